"""Who is told how the backups go, when nobody sits at this computer."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import msgspec
from PySide6.QtWidgets import QGridLayout

from app.messages import _
from app.ui import words
from app.ui.pages.page import Tools
from app.ui.pages.settings.alert_form import AlertForm
from app.ui.pages.settings.saving import Saving
from app.ui.pages.settings.section import Report, Section
from app.ui.protocol import Told
from app.ui.tokens import Space, Tone, Type
from app.ui.widgets.basic import ask_first, button, line, text
from app.ui.widgets.fields import check
from app.ui.widgets.notice import Notice
from app.ui.widgets.rows import thing

_IN_A_ROW = 1


class Alert(msgspec.Struct, frozen=True):
    """One of `alert list`."""

    name: str
    service: str
    silence: bool = False
    on: tuple[str, ...] = ()
    last_sent: datetime | None = None
    last_error: Told | None = None

    def command(self, on: tuple[str, ...]) -> tuple[str, ...]:
        """What makes it tell of these."""
        given = [word for each in on for word in ("--on", each)]
        return ("alert", "set", self.name, *(given or ["--off"]))


def kinds() -> dict[str, str]:
    """What an alert may tell of, in words."""
    return {
        "failed": _("A backup failed"),
        "problems": _("A backup met problems"),
        "overdue": _("A backup is overdue"),
        "recovered": _("Backups are well again"),
        "weekly": _("A summary every Monday"),
    }


class Alerts(Section):
    """See the module. Addresses are never read here; removing one cannot be undone for that."""

    def __init__(self, tools: Tools, saving: Saving) -> None:
        super().__init__(tools, saving)
        self._alerts: list[Alert] = []

    def read(self) -> None:
        self.ask(["alert", "list"], self._told)

    def _told(self, report: Report) -> None:
        held = self.held(report, "alerts", list[Alert])
        if held is not None:
            self._alerts = held
            self.redraw()

    # --- what is seen ------------------------------------------------------------------------

    def draw(self) -> None:
        self.say(
            _(
                "Alerts reach you where you are. They say how backups went, never what is in them: "
                "no path, no amount, no key."
            )
        )
        for alert in self._alerts:
            self._draw_alert(alert)
            self.column.addWidget(line())
        self.column.addWidget(text(self.look, _("Add an alert"), weight=Type.SEMIBOLD))
        self.form = AlertForm(self.look, self.tools.controller, self.read)
        self.column.addWidget(self.form)

    def _draw_alert(self, alert: Alert) -> None:
        icon = "activity" if alert.silence else "bell"
        row = thing(self.look, icon, alert.name, self._about(alert))
        test = button(self.look, _("Send a test"))
        test.setAccessibleDescription(alert.name)
        test.clicked.connect(lambda _on: self._test(alert))
        remove = button(self.look, _("Remove…"), "quiet", "trash")
        remove.setAccessibleDescription(alert.name)
        remove.clicked.connect(lambda _on: self._ask_to_remove(alert))
        row.addWidget(test)
        row.addWidget(remove)
        self.column.addLayout(row)
        if alert.last_error is not None:
            self.column.addWidget(Notice(self.look, Tone.WARN, alert.last_error.sentence))
        if not alert.silence:
            self.column.addLayout(self._ticks(alert))

    def _about(self, alert: Alert) -> str:
        parts = [alert.service]
        if alert.silence:
            parts.append(_("Dead man’s switch"))
        if alert.last_sent is not None:
            when = words.spoken(alert.last_sent, self.tools.controller.situation.now)
            parts.append(_("last sent {when}").format(when=when))
        return " · ".join(parts)

    def _ticks(self, alert: Alert) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.CARD)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(_IN_A_ROW, 1)
        for number, (kind, said) in enumerate(kinds().items()):
            tick = check(self.look, said, partial(self._set, alert.name, kind))
            tick.setAccessibleDescription(alert.name)
            tick.setChecked(kind in alert.on)
            grid.addWidget(tick, *divmod(number, _IN_A_ROW))
        return grid

    # --- choosing ----------------------------------------------------------------------------

    def _set(self, name: str, kind: str, wanted: bool) -> None:  # noqa: FBT001  # a tick's signal
        alert = next(each for each in self._alerts if each.name == name)
        chosen = {*alert.on, kind} if wanted else {*alert.on} - {kind}
        on = tuple(each for each in kinds() if each in chosen)
        changed = msgspec.structs.replace(alert, on=on)
        self._alerts = [changed if each is alert else each for each in self._alerts]
        self.save(alert.command(on), alert.command(alert.on))

    def _test(self, alert: Alert) -> None:
        self.saving.forget()
        self.saving.tell(_("Sending…"))
        self.ask(["alert", "test", alert.name], lambda _told: self._tested(alert), self.read)

    def _tested(self, alert: Alert) -> None:
        self.read()
        words = _("Sent to {service}. Look whether it has arrived.")
        self.saving.tell(words.format(service=alert.service))

    def _ask_to_remove(self, alert: Alert) -> None:
        ask_first(
            self,
            _("Remove {name}?").format(name=alert.name),
            _("Its address is forgotten; to have it back it has to be given again."),
            _("Remove the alert"),
            lambda: self._remove(alert),
        )

    def _remove(self, alert: Alert) -> None:
        self.saving.forget()
        self.ask(["alert", "remove", alert.name], lambda _told: self.read())
