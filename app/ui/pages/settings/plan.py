"""The schedule as a form holds it, and the command that saves it. Must not know Qt."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from app.messages import _


class Kind(StrEnum):
    """As `schedule set` has them."""

    AT = "at"
    EVERY = "every"
    CRON = "cron"
    OFF = "off"


class Plan(msgspec.Struct, frozen=True):
    """What `schedule show` tells of the schedule."""

    kind: Kind = Kind.AT
    minutes: int = 360
    times: tuple[str, ...] = ("12:00", "18:00")
    weekdays: tuple[str, ...] = ()
    cron: str = ""
    at_start: bool = False
    on_drive: bool = True

    def command(self) -> tuple[str, ...]:
        """The command that saves it."""
        when: tuple[str, ...] = ("--off",)
        if self.kind is Kind.EVERY:
            when = ("--every", str(self.minutes))
        elif self.kind is Kind.CRON:
            when = ("--cron", self.cron)
        elif self.kind is Kind.AT:
            times = tuple(word for time in sorted(set(self.times)) for word in ("--at", time))
            days = tuple(word for day in self.weekdays for word in ("--on", day))
            when = (*times, *days)
        start = "--at-start" if self.at_start else "--not-at-start"
        drive = "--on-drive" if self.on_drive else "--not-on-drive"
        return ("schedule", "set", *when, start, drive)


def weekdays() -> tuple[tuple[str, str], ...]:
    """A week's days: as the settings have them, and as people say them."""
    return (
        ("mon", _("Mon")), ("tue", _("Tue")), ("wed", _("Wed")), ("thu", _("Thu")),
        ("fri", _("Fri")), ("sat", _("Sat")), ("sun", _("Sun")),
    )  # fmt: skip
