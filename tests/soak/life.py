"""What happens to the computer from day to day. All of it follows from the date."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from app.demo.exchange.server import Fault
from app.demo.exchange.world import World
from tests.cli.exchange_support import Place
from tests.soak.computer import Computer
from tests.soak.disks import Disk

ZONE = "America/New_York"
_HERE = ZoneInfo(ZONE)
BEGIN = date(2028, 2, 27)  # two days before the leap day, a fortnight before the clocks go on
_OFF = date(2028, 3, 15)  # switched off in the evening before
_ON = date(2028, 10, 24)  # a fortnight before the clocks go back
_UP, _TO_BED = time(7, 40), time(23, 10)
_ALWAYS = 1 << 30

Span = tuple[datetime, datetime]


def days(count: int) -> Iterator[date]:
    """The days on which the computer is used."""
    day = BEGIN
    for _ in range(count):
        yield day
        day += timedelta(days=1)
        if day == _OFF:
            day = _ON


def moment(day: date, at: time) -> datetime:
    """A local time as a moment in UTC."""
    return datetime.combine(day, at, _HERE).astimezone(UTC)


def first_moment() -> datetime:
    return moment(BEGIN, _UP)


@dataclass
class Life:
    """See the module. `awake` and `full` are what the judge needs to know."""

    computer: Computer
    disk: Disk
    drive: Disk
    place: Place
    bot: Path
    awake: list[Span] = field(default_factory=list)
    full: list[Span] = field(default_factory=list)

    def day(self, day: date) -> None:
        """From getting up to going to bed, asleep before it."""
        spans = [(_UP, _TO_BED)]
        if day.day % 5 == 2:  # on the way somewhere at noon, with the lid closed
            spans = [(_UP, time(10, 5)), (time(16, 20), _TO_BED)]
        for begin, end in spans:
            began = max(moment(day, begin), self.computer.clock.now())
            self.computer.sleeps(began)
            self.computer.lives(moment(day, end), self._happens)
            self.awake.append((began, self.computer.clock.now()))

    def _happens(self, now: datetime) -> None:
        here = now.astimezone(_HERE)
        day, at = here.day, here.time()
        self._trade(now)
        self._drive(day % 2 == 0 and time(19) <= at < time(21))
        self._exchange(day, at)
        self._disk(now, day % 9 == 5 and time(17, 30) <= at < time(19, 10))
        if day % 6 == 3 and time(9) <= at < time(9, 30):
            self._update_bot(here.date())

    def _trade(self, now: datetime) -> None:
        stamp = int(now.timestamp() * 1000)
        database = sqlite3.connect(self.bot, timeout=30)
        with database:  # a full disk takes the bot's trade, not the soak
            try:
                database.execute("CREATE TABLE IF NOT EXISTS soak (time INTEGER)")
                database.execute("INSERT INTO soak VALUES (?)", (stamp,))
            except sqlite3.OperationalError:
                database.rollback()
        database.close()
        _fill(self.place.world, stamp - 60_000)

    def _drive(self, there: bool) -> None:  # a state
        if there:
            self.drive.plug_in()
        else:
            self.drive.pull()

    def _exchange(self, day: int, at: time) -> None:
        faults: list[Fault] = []
        if day % 4 == 1 and time(11) <= at < time(13, 30):
            faults = [Fault(times=_ALWAYS, reset=True)]
        elif day % 4 == 3 and time(17, 30) <= at < time(18, 30):
            faults = [Fault(times=2, status=429, body=b"{}", headers={"Retry-After": "1"})]
        self.place.server.faults[:] = faults
        self.place.server.log.clear()

    def _disk(self, now: datetime, full: bool) -> None:  # a state
        if full:
            self.disk.fill()
            self.full.append((now, now + timedelta(minutes=30)))
        else:
            self.disk.make_room()

    def _update_bot(self, day: date) -> None:
        for file in sorted((self.bot.parent / "strategies").glob("*.py")):
            file.write_text(f"{file.read_text()}# updated on {day}\n")


def _fill(world: World, stamp: int) -> None:
    """An order that is filled at once."""
    name = next(iter(world.markets))
    order = world.place(name, "buy", world.markets[name].price, Decimal("0.01"), stamp)
    world.fill(order, Decimal("0.01"), stamp, maker=False)
