"""After everything came back: what was done, and what only a person can do. Each thing is asked for
by itself and may be left out; then the next backup."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import msgspec
from PySide6.QtWidgets import QVBoxLayout, QWidget
from shiboken6 import isValid

from app.messages import Sentence, _, plural
from app.ui import words
from app.ui.controller import Controller
from app.ui.jobs import Ending, error_of
from app.ui.look import Look
from app.ui.pages.copies.again import SignInAgain
from app.ui.pages.exchanges.dialogs import ReplaceKey
from app.ui.shown import Intent
from app.ui.tokens import Tone
from app.ui.widgets.basic import Card, ask_first, button, line
from app.ui.widgets.notice import Notice
from app.ui.widgets.rows import headed, thing
from app.ui.wizards.restore.base import RestorePage
from app.ui.wizards.restore.confirm_server import ConfirmServer
from app.ui.wizards.restore.recover_rules import (
    SETTINGS,
    DeviceKey,
    Recovered,
    key_why,
    lost_keys,
)
from app.ui.wizards.restore.session import Session

Act = Callable[[QWidget], object]


@dataclass(frozen=True, slots=True)
class _Dialogs:
    """What dialogs are given."""

    look: Look
    controller: Controller


class AfterPage(RestorePage):
    """See the module."""

    name = "after"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.given: set[str] = set()  # what was done here: "account:main", "copy:Dropbox", …
        self.lost: list[DeviceKey] | None = None
        self._backs_up = True

    @property
    def applies(self) -> bool:
        return self.session.recovers and SETTINGS in self.session.answers.only

    @property
    def step(self) -> str:
        return _("What is left")

    @property
    def title(self) -> str:
        return _("This computer has taken over from {host}").format(host=self._host)

    @property
    def why(self) -> str:
        return _("What is left can wait, but not for long: leave out what you cannot do now.")

    @property
    def deed(self) -> str:
        return _("Back up now")

    @property
    def under_way(self) -> bool:
        return True

    @property
    def may_go_back(self) -> bool:
        return False

    @property
    def may_cancel(self) -> bool:
        return False

    @property
    def made(self) -> Recovered:
        return self.session.recovered or Recovered()

    @property
    def _host(self) -> str:
        snapshot = self.session.answers.snapshot
        return snapshot.host if snapshot is not None else ""

    def entered(self) -> None:
        self.session.controller.ask(["key", "list"], self._keys_told)

    def _keys_told(self, ending: Ending) -> None:
        if not isValid(self):
            return
        told = ending.done.report.get("keys") if ending.done is not None else None
        try:
            keys = msgspec.convert(told, type=list[DeviceKey])
        except msgspec.ValidationError:
            return  # then nobody is asked about it here
        self.lost = lost_keys(keys, self._host)
        self.redraw()

    # --- what is seen ------------------------------------------------------------------------

    def draw(self, look: Look, column: QVBoxLayout) -> None:
        column.addWidget(self._done_card(look))
        rows = self._left(look)
        if rows:
            card = headed(look, _("What only you can do"))
            for row in rows:
                card.body.addWidget(line())
                card.body.addWidget(row)
            column.addWidget(card)
        column.addWidget(self._next(look))

    def _done_card(self, look: Look) -> Card:
        made = self.made
        card = headed(look, _("What was done"))
        facts = [
            (
                "shield-check",
                plural("{count} file was restored", "{count} files were restored", made.files),
                _("Each file was checked against its hash before it got its name."),
            ),
            (
                "circle-check",
                _("Settings and schedule are as they were"),
                _("The repository is at {path}").format(
                    path=words.short_path(made.repository, self.session.home)
                ),
            ),
            (
                "key",
                _("This computer has a key of its own"),
                _("In its keyring. The recovery key from the paper is not kept here."),
            ),
        ]
        if made.copy:
            title = _("{copy} is a copy of this computer now").format(copy=made.copy)
            facts.append(("stack-2", title, _("The next backup goes there, too.")))
        for icon, title, about in facts:
            card.body.addWidget(line())
            card.body.addLayout(thing(look, icon, title, about, Tone.OK))
        return card

    def _left(self, look: Look) -> list[QWidget]:
        made, rows = self.made, []
        for name in made.accounts:
            about = _("Without it, its history stops here.")
            title = _("The exchange key of {name}").format(name=name)
            rows.append(
                self._row(look, "key", title, about, f"account:{name}", _("Give the key…"),
                          partial(self._give_key, name))
            )  # fmt: skip
        for name, hosts in made.foreign.items():
            if name not in made.accounts:
                title = _("The server of {name}: {hosts}")
                title = title.format(name=name, hosts=words.listed(hosts))
                about = _("It is not the exchange's own. It is asked once you confirm it again.")
                rows.append(
                    self._row(look, "world", title, about, f"server:{name}", _("Confirm it…"),
                              partial(self._confirm, name))
                )  # fmt: skip
        for name in made.copies:
            about = _("Until then it gets no new snapshots.")
            title = _("The sign-in of the copy {name}").format(name=name)
            rows.append(
                self._row(look, "cloud", title, about, f"copy:{name}", _("Sign in…"),
                          partial(self._sign_in, name))
            )  # fmt: skip
        if made.alerts:
            title = _("The secrets of your alerts: {names}").format(names=words.listed(made.alerts))
            rows.append(
                self._row(look, "bell", title, _("Add them again in Settings, Alerts."), "")
            )
        if self.lost or "retired" in self.given:
            rows.append(self._retire_row(look))
        return rows

    def _retire_row(self, look: Look) -> QWidget:
        title = _("Is {host} lost, stolen or sold?").format(host=self._host)
        about = _(
            "Its own key still opens every copy. Shut it out, or leave it if you go on using it."
        )
        deed = _("Shut it out…")
        return self._row(look, "lock", title, about, "retired", deed, self._ask_retire)

    def _row(
        self,
        look: Look,
        icon: str,
        title: str,
        about: str,
        what: str,
        deed: str = "",
        act: Act | None = None,
    ) -> QWidget:
        done = what in self.given
        holder = QWidget()
        about = _("Done") if done else about
        row = thing(look, "circle-check" if done else icon, title, about, Tone.OK if done else None)
        if act is not None and not done:
            made = button(look, deed, "plain")
            made.setAccessibleDescription(title)
            made.clicked.connect(lambda _on: act(made))
            row.addWidget(made)
        holder.setLayout(row)
        return holder

    def _next(self, look: Look) -> QWidget:
        status = self.session.controller.situation.status
        following = status.next if status is not None else None
        now = self.session.controller.situation.now
        when = words.moment(following, now) if following is not None else ""
        hint = _("It proves that all is in its place. By itself it starts {when}.").format(
            when=when
        )
        if not when:
            hint = _("It proves that all is in its place.")
        notice = Notice(look, Tone.CALM, Sentence(_("Next comes the first backup from here"), hint))
        later = button(look, _("Not now"), "quiet")
        later.clicked.connect(lambda _on: self._leave())
        notice.row.addWidget(later)
        return notice

    # --- what only a person can do -----------------------------------------------------------

    def _give_key(self, name: str, parent: QWidget) -> None:
        assert self._look is not None
        status = self.session.controller.situation.status
        known = {each.name: each.exchange for each in status.exchanges} if status else {}
        hosts = self.made.foreign.get(name, ())
        asked = ReplaceKey(
            _Dialogs(self._look, self.session.controller),
            parent.window(),
            name,
            known.get(name, ""),
            hosts=hosts,
            done=lambda: self._is_given(f"account:{name}"),
        )
        title = _("The exchange key of {name}").format(name=name)
        asked.ask(title, key_why(hosts), _("Give it"))
        asked.open()

    def _confirm(self, name: str, parent: QWidget) -> None:
        assert self._look is not None
        ConfirmServer(
            self._look, self.session.controller, parent.window(),
            lambda: self._is_given(f"server:{name}"), name, self.made.foreign[name],
        ).open()  # fmt: skip

    def _sign_in(self, name: str, parent: QWidget) -> None:
        assert self._look is not None
        status = self.session.controller.situation.status
        found = [copy for copy in status.copies if copy.name == name] if status else []
        if found:
            tools = _Dialogs(self._look, self.session.controller)
            given = partial(self._is_given, f"copy:{name}")
            SignInAgain(tools, parent.window(), found[0], given).open()

    def _ask_retire(self, parent: QWidget) -> None:
        title = _("Shut out {host}?").format(host=self._host)
        hint = _(
            "Its key is removed here now, and at each copy when that is next brought up to date. "
            "Its snapshots stay."
        )
        ask_first(parent.window(), title, hint, _("Shut it out"), self.retire)

    def retire(self) -> None:
        """Remove the lost machine's keys, one after the other."""
        if not self.lost:
            self._is_given("retired")
            return
        key = self.lost[0]
        self.session.controller.ask(["key", "remove", key.id], self._retired, changes=True)

    def _retired(self, ending: Ending) -> None:
        if not isValid(self):
            return
        self.error = error_of(ending)
        if self.error is None and self.lost:
            self.lost.pop(0)
            self.retire()
            return
        self.redraw()

    def _is_given(self, what: str) -> None:
        self.given.add(what)
        self.error = None
        self.redraw()

    # --- the end -----------------------------------------------------------------------------

    def _leave(self) -> None:
        self._backs_up = False
        self.done.emit()

    def go_on(self) -> None:
        if self._backs_up:
            self.session.controller.do(Intent.BACK_UP)
        self.done.emit()
