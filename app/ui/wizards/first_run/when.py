"""When backups begin by themselves: at times of day, every so often, or never."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.messages import _, render
from app.ui import words
from app.ui.look import Look
from app.ui.protocol import Told
from app.ui.shown import ChipShown
from app.ui.tokens import Space, Tone
from app.ui.widgets.basic import clear, column_of, row_of
from app.ui.widgets.fields import check, combo
from app.ui.widgets.notice import Notice
from app.ui.widgets.radio_card import RadioCard, RadioCards
from app.ui.widgets.times import MOST, TIME, TimesRow, every_words
from app.ui.wizards.first_run.base import FirstRunPage
from app.ui.wizards.first_run.plan import schedule_command
from app.ui.wizards.first_run.session import Report, Session

_MINUTES = (30, 60, 120, 180, 360, 720)


class Kind(StrEnum):
    """As `schedule set` has them; what else there is (cron) is in the settings."""

    AT = "at"
    EVERY = "every"
    OFF = "off"


class WhenPage(FirstRunPage):
    """See the module. Begins with what holds, which is the default on a new computer."""

    name = "when"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._kind = Kind.AT
        self._times = ["12:00", "18:00"]
        self._minutes = 360
        self._at_start = False
        self._on_drive = True
        self._by_hand = False
        self._first: QWidget | None = None

    @property
    def step(self) -> str:
        return _("When")

    @property
    def title(self) -> str:
        return _("When should backups run?")

    @property
    def why(self) -> str:
        return _(
            "They begin by themselves, also while this window is closed. What was missed follows."
        )

    def answer(self) -> str:
        if self._kind is Kind.OFF:
            return _("Only when I start one")
        if self._kind is Kind.EVERY:
            return every_words(self._minutes)
        return _("Every day at {times}").format(times=words.listed(sorted(set(self._times))))

    # --- what holds --------------------------------------------------------------------------

    def entered(self) -> None:
        if not self._by_hand:
            self.ask(["schedule", "show"], self._told)

    def _told(self, report: Report, error: Told | None) -> None:
        self.error = error
        plan = report.get("schedule")
        if isinstance(plan, dict) and not self._by_hand:  # whoever was quicker meant it
            self._take_plan(plan)
        self.redraw()

    def _take_plan(self, plan: Mapping[str, object]) -> None:
        kind, times, minutes = plan.get("kind"), plan.get("times"), plan.get("minutes")
        if kind in set(Kind):
            self._kind = Kind(str(kind))
        if isinstance(times, list):
            read = [each for each in times if isinstance(each, str) and TIME.fullmatch(each)]
            self._times = read[:MOST] or self._times
        if isinstance(minutes, int):
            self._minutes = minutes
        self._at_start = plan.get("at_start", self._at_start) is True
        self._on_drive = plan.get("on_drive", self._on_drive) is True

    # --- what is seen ------------------------------------------------------------------------

    def draw(self, look: Look, column: QVBoxLayout) -> None:
        assert self.holder is not None
        cards = RadioCards(self.holder, self._choose)
        chip = ChipShown("check", _("Recommended"), Tone.ACCENT)
        about = _("When the day’s trades are in, for example.")
        times = TimesRow(look, self._times, self._set_times)
        at = RadioCard(look, Kind.AT, _("At times of day"), about, chip=chip, inside=times)
        about = _("For bots that trade around the clock. Only what has changed is saved.")
        often = self._often_row(look)
        every = RadioCard(look, Kind.EVERY, _("Every few hours"), about, inside=often)
        about = _("You think of it yourself, every time.")
        off = RadioCard(look, Kind.OFF, _("Only when I start one"), about)
        for card in (at, every, off):
            column.addWidget(cards.add(card, chosen=card.value is self._kind))
        self._first = cards.now.radio if cards.now is not None else None
        self._notes = column_of(spacing=Space.SMALL)
        column.addLayout(self._notes)
        start = check(look, _("Also after the computer was switched on"), self._set_at_start)
        start.setChecked(self._at_start)
        drive = check(look, _("Fill a drive as soon as it is plugged in"), self._set_on_drive)
        drive.setChecked(self._on_drive)
        column.addWidget(start)
        column.addWidget(drive)
        self._say()

    def _often_row(self, look: Look) -> QWidget:
        holder = QWidget()
        row = row_of()
        known = sorted({*_MINUTES, self._minutes})
        choices = [(every_words(minutes), minutes) for minutes in known]
        box = combo(look, _("How often"), choices, self._set_minutes)
        box.setCurrentIndex(box.findData(self._minutes))
        row.addWidget(box)
        row.addStretch()
        holder.setLayout(row)
        return holder

    def _say(self) -> None:
        """What follows from the choice."""
        if self._look is None or self._column is None:
            return
        clear(self._notes)
        if self._kind is Kind.OFF:
            self._notes.addWidget(Notice(self._look, Tone.WARN, render("setup-no-schedule", {})))
        self.changed.emit()

    def first_field(self) -> QWidget | None:
        return self._first

    # --- choosing ----------------------------------------------------------------------------

    def _choose(self, value: object) -> None:
        assert isinstance(value, Kind)
        self._by_hand = True
        self._kind = value
        self._say()

    def _set_minutes(self, minutes: object) -> None:
        assert isinstance(minutes, int)
        self._by_hand = True
        self._minutes = minutes
        self.changed.emit()

    def _set_times(self, times: tuple[str, ...]) -> None:
        self._by_hand = True
        self._times = list(times)
        self.changed.emit()

    def _set_at_start(self, on: bool) -> None:  # noqa: FBT001  # a tick's signal
        self._by_hand, self._at_start = True, on

    def _set_on_drive(self, on: bool) -> None:  # noqa: FBT001  # a tick's signal
        self._by_hand, self._on_drive = True, on

    # --- going on ----------------------------------------------------------------------------

    def go_on(self) -> None:
        self._by_hand = True
        command = schedule_command(
            self._kind,
            minutes=self._minutes,
            times=self._times,
            at_start=self._at_start,
            on_drive=self._on_drive,
        )
        self.carry_out([command])

    def keep(self) -> Mapping[str, object]:
        return {
            "by_hand": self._by_hand,
            "kind": str(self._kind),
            "times": self._times,
            "minutes": self._minutes,
            "at_start": self._at_start,
            "on_drive": self._on_drive,
        }

    def take(self, kept: Mapping[str, object]) -> None:
        if kept:
            self._by_hand = kept.get("by_hand") is True
            self._take_plan(kept)
