"""Saying when backups begin by themselves: the settings, in plain values and in words."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from app.errors import WrongUsage
from app.messages import _, plural
from app.messages.joined import listed
from app.repository.span import parse_span
from app.services.home import Home
from app.settings.model import PowerSettings, ScheduleKind, ScheduleSettings


def as_json(settings: msgspec.Struct) -> dict[str, object]:
    """Settings as plain values."""
    plain: dict[str, object] = msgspec.to_builtins(settings)
    return plain


def changed(
    home: Home, schedule: ScheduleSettings | None = None, power: PowerSettings | None = None
) -> dict[str, object]:
    """Write what is given, and tell what holds now. Raises as `app.settings.editing` does."""
    from app.settings.settings import set_power, set_schedule

    if schedule is not None:
        set_schedule(home.paths.settings_file, schedule)
    if power is not None:
        set_power(home.paths.settings_file, power)
    return told(home.fresh())


def told(home: Home) -> dict[str, object]:
    """{"schedule": {…}, "power": {…}, "words": "At 12:00 and 18:00"}."""
    schedule = home.settings.schedule
    return {
        "schedule": as_json(schedule),
        "power": as_json(home.settings.power),
        "words": words(schedule),
    }


def words(schedule: ScheduleSettings) -> str:
    """A schedule as people say it."""
    match schedule.kind:
        case ScheduleKind.OFF:
            return _("Only when you start a backup")
        case ScheduleKind.EVERY:
            return every(schedule.minutes)
        case ScheduleKind.CRON:
            return _("By cron: {text}").format(text=schedule.cron)
    times = listed(schedule.times)
    if not schedule.weekdays:
        return _("Every day at {times}").format(times=times)
    names = {
        "mon": _("Mon"), "tue": _("Tue"), "wed": _("Wed"), "thu": _("Thu"), "fri": _("Fri"),
        "sat": _("Sat"), "sun": _("Sun"),
    }  # fmt: skip
    days = listed(names[day] for day in names if day in schedule.weekdays)
    return _("{days} at {times}").format(days=days, times=times)


def every(minutes: int) -> str:
    """An interval as people say it."""
    hours, rest = divmod(minutes, 60)
    if rest:
        return _("Every {minutes} minutes").format(minutes=minutes)
    return plural("Every hour", "Every {count} hours", hours)


def until(text: str | None, span: str | None, now: datetime) -> datetime:
    """The end of a pause: a moment as RFC 3339, or a span such as 1h or 1d from now on."""
    if text is not None:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise WrongUsage("time-unreadable", text=text) from error
        moment = moment if moment.tzinfo else moment.astimezone()
        if moment <= now:
            raise WrongUsage("time-past", text=text)
        return moment
    wanted = parse_span(span or "1h")
    days = wanted.years * 365 + wanted.months * 30 + wanted.days
    return now + timedelta(days=days, hours=wanted.hours)
