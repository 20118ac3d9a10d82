"""When backups begin by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace
from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from app.messages import _, render
from app.ui.pages.page import Tools
from app.ui.pages.settings.plan import Kind, Plan, weekdays
from app.ui.pages.settings.saving import Saving
from app.ui.pages.settings.section import Report, Section
from app.ui.tokens import Space, Tone
from app.ui.widgets.basic import column_of, row_of
from app.ui.widgets.fields import check, combo, field
from app.ui.widgets.notice import Notice
from app.ui.widgets.radio_card import RadioCard, RadioCards
from app.ui.widgets.times import TimesRow, every_words

_WORKDAYS = 5  # the weekend stands below them where there is no room for all
_MINUTES = (30, 60, 120, 180, 360, 720)


class Schedule(Section):
    """See the module."""

    def __init__(self, tools: Tools, saving: Saving) -> None:
        super().__init__(tools, saving)
        self._plan = Plan()

    def read(self) -> None:
        self.ask(["schedule", "show"], self._told)

    def _told(self, report: Report) -> None:
        held = self.held(report, "schedule", Plan)
        if held is not None:
            self._plan = held
            self.redraw()

    def _change(self, plan: Plan) -> None:
        """Save another plan, unless it says nothing yet."""
        before, self._plan = self._plan, plan
        self._none.setVisible(plan.kind is Kind.OFF)
        if plan.kind is Kind.CRON and not plan.cron:
            return
        if plan != before:
            undo = before if before.kind is not Kind.CRON or before.cron else Plan()
            self.save(plan.command(), undo.command())

    # --- what is seen ------------------------------------------------------------------------

    def draw(self) -> None:
        look, plan = self.look, self._plan
        cards = RadioCards(self, self._choose)
        at = RadioCard(look, Kind.AT, _("At times of day"), inside=self._at())
        every = RadioCard(look, Kind.EVERY, _("Every few hours"), inside=self._every())
        about = _("For those who know cron: minute, hour, day, month, weekday.")
        cron = RadioCard(look, Kind.CRON, _("By cron"), about, inside=self._cron())
        about = _("You think of it yourself, every time.")
        off = RadioCard(look, Kind.OFF, _("Only when I start one"), about)
        for card in (at, every, cron, off):
            self.column.addWidget(cards.add(card, chosen=card.value is plan.kind))
        self._none = Notice(look, Tone.WARN, render("setup-no-schedule", {}))
        self._none.setVisible(plan.kind is Kind.OFF)
        self.column.addWidget(self._none)
        start = check(look, _("Also after the computer was switched on"), self._set_at_start)
        start.setChecked(plan.at_start)
        drive = check(look, _("Fill a drive as soon as it is plugged in"), self._set_on_drive)
        drive.setChecked(plan.on_drive)
        self.column.addWidget(start)
        self.column.addWidget(drive)

    def _at(self) -> QWidget:
        holder = QWidget()
        column = column_of(spacing=Space.SMALL)
        column.addWidget(TimesRow(self.look, self._plan.times, self._set_times))
        chosen, ticks = self._plan.weekdays, []
        for day, words in weekdays():
            ticks.append(check(self.look, words, partial(self._tick_day, day)))
            ticks[-1].setChecked(not chosen or day in chosen)
        column.addWidget(_Days(ticks))
        holder.setLayout(column)
        return holder

    def _every(self) -> QWidget:
        holder = QWidget()
        row = row_of()
        known = sorted({*_MINUTES, self._plan.minutes})
        choices = [(every_words(minutes), minutes) for minutes in known]
        box = combo(self.look, _("How often"), choices, self._set_minutes)
        box.setCurrentIndex(box.findData(self._plan.minutes))
        row.addWidget(box)
        row.addStretch()
        holder.setLayout(row)
        return holder

    def _cron(self) -> QWidget:
        holder = QWidget()
        row = row_of()
        self.cron = field(self.look, _("Cron text"), hint="0 */6 * * *")
        self.cron.setText(self._plan.cron)
        self.cron.editingFinished.connect(self._set_cron)
        row.addWidget(self.cron)
        row.addStretch()
        holder.setLayout(row)
        return holder

    # --- choosing ----------------------------------------------------------------------------

    def _choose(self, value: object) -> None:
        assert isinstance(value, Kind)
        self._change(replace(self._plan, kind=value))

    def _set_times(self, times: tuple[str, ...]) -> None:
        self._change(replace(self._plan, times=times))

    def _tick_day(self, day: str, on: bool) -> None:  # noqa: FBT001  # a tick's signal
        self._set_day(day, on=on)

    def _set_day(self, day: str, *, on: bool) -> None:
        every = tuple(name for name, _words in weekdays())
        chosen = set(self._plan.weekdays or every)
        chosen = chosen | {day} if on else chosen - {day}
        if not chosen:  # no day at all is "only when I start one"
            self.read()
            self.saving.tell(_("One day at least has to be ticked."), Tone.BAD)
            return
        days = tuple(name for name in every if name in chosen)
        self._change(replace(self._plan, weekdays=() if days == every else days))

    def _set_minutes(self, minutes: object) -> None:
        assert isinstance(minutes, int)
        self._change(replace(self._plan, minutes=minutes))

    def _set_cron(self) -> None:
        if self.cron.text().strip() != self._plan.cron:
            self._change(replace(self._plan, kind=Kind.CRON, cron=self.cron.text().strip()))

    def _set_at_start(self, on: bool) -> None:  # noqa: FBT001  # a tick's signal
        self._change(replace(self._plan, at_start=on))

    def _set_on_drive(self, on: bool) -> None:  # noqa: FBT001  # a tick's signal
        self._change(replace(self._plan, on_drive=on))


class _Days(QWidget):
    """The days of a week in one row, or the weekend below the others."""

    def __init__(self, ticks: Sequence[QCheckBox]) -> None:
        super().__init__()
        self._ticks, self._columns = ticks, 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(Space.CARD)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(len(ticks), 1)
        self._place(_WORKDAYS)

    def _place(self, columns: int) -> None:
        if columns != self._columns:
            self._columns = columns
            for number, tick in enumerate(self._ticks):
                self._grid.removeWidget(tick)
                self._grid.addWidget(tick, *divmod(number, columns))

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        super().resizeEvent(event)
        wide = sum(tick.sizeHint().width() + Space.CARD for tick in self._ticks)
        self._place(len(self._ticks) if wide <= self.width() else _WORKDAYS)
