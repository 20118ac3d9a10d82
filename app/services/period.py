"""A span of days that a report is about, in UTC, as exports have it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from app.errors import WrongUsage
from app.exchange.streams import Millis
from app.repository.times import rfc3339
from app.services.export import millis
from app.services.history import now as wall_clock


@dataclass(frozen=True, slots=True)
class Period:
    """[since, until) in ms. A report's `until` is never later than its making."""

    since: Millis
    until: Millis

    @classmethod
    def named(cls, since: str | None, until: str | None, now: datetime) -> Period:
        """From what a person typed: days or times; without a beginning, this year so far."""
        first = millis(since)
        begin = of_year(now.year).since if first is None else first
        here = int(now.timestamp() * 1000)
        told = millis(until)
        end = here if told is None else min(told, here)
        if end <= begin:
            raise WrongUsage("report-no-time")
        return cls(begin, end)

    def holds(self, moment: datetime) -> bool:
        return self.since <= moment.timestamp() * 1000 < self.until

    def as_json(self) -> dict[str, object]:
        return {"since": when(self.since), "until": when(self.until)}


def of_year(year: int) -> Period:
    """A calendar year in UTC."""
    begin, end = (datetime(each, 1, 1, tzinfo=UTC) for each in (year, year + 1))
    return Period(int(begin.timestamp()) * 1000, int(end.timestamp()) * 1000)


def millis_now() -> Millis:
    """The wall clock."""
    return int(wall_clock().timestamp() * 1000)


def when(millis: Millis) -> str:
    """RFC 3339 in UTC."""
    return rfc3339(datetime.fromtimestamp(millis / 1000, UTC))
