"""A pull that ends between any two of its steps, and real SIGKILLs at it.

Beside each transaction of a pull (before it is committed, and after) the archive's files are copied
as they lie on the disk: that is what a kill there leaves. From every such copy the next pull has
to lead to the exchange's own truth, without a row twice and without a problem; the chain of the
evidence is whole; and of what was known nothing is asked again but the overlap of every pull, so
that a kill costs each lane the window that it was at.

`python -m tests.chaos pulls` takes every transaction of every exchange and 60 kills; by default it
is every 40th of two exchanges, and one kill.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from app.exchange.archive import Archive
from app.exchange.chain import verify
from app.exchange.coverage import Interval, missing
from app.exchange.pager import Pager
from app.exchange.plan import OVERLAP
from app.exchange.streams import Millis, Stream
from tests.cli.exchange_support import Place, connect, sample_exchange
from tests.cli.support import Machine
from tests.exchange.harness import CASES, Lab, case_of, lab

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(3600)]

FULL = os.environ.get("TRADEKEEP_CHAOS_PULLS") == "all"
EXCHANGES = CASES if FULL else ("binanceusdm", "kucoin")
EVERY = 1 if FULL else 40
KILLS = 60 if FULL else 1
SEED = int(os.environ.get("TRADEKEEP_CHAOS_SEED", "20261126"))
Asked = list[tuple[Stream, str, Millis, Millis]]


@pytest.fixture(params=EXCHANGES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of(request.param), tmp_path / "whole", count=25)
    with made.server:
        yield made


class Photographed(Archive):
    """An archive whose files are copied at its transactions, as they lie there."""

    count = 0

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        self.count += 1
        due = self.count % EVERY == 0
        with super().transaction() as database:
            yield database
            if due:
                self._copy("before")
        if due:
            self._copy("after")

    def _copy(self, when: str) -> None:
        target = self.path.parent.with_name(f"{self.count:05}-{when}")
        target.mkdir()
        for name in ("archive.db", "archive.db-wal"):
            shutil.copyfile(self.path.with_name(name), target / name)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Every window that is asked for."""
    found: Asked = []
    original = Pager.window

    async def window(
        self: Pager, stream: Stream, market: str, start: Millis, stop: Millis
    ) -> list[Interval]:
        found.append((stream, market, start, stop))
        return await original(self, stream, market, start, stop)

    monkeypatch.setattr(Pager, "window", window)
    return found


Series = tuple[str, str, str]  # stream, wallet, market
Known = dict[Series, list[Interval]]


def known_to(place: Lab) -> Known:
    """What the archive knows, by stream, wallet and market."""
    with place.archive() as archive:
        rows = archive.database.execute("SELECT id, stream, wallet, market FROM series")
        return {(s, w, m): archive.coverage(number) for number, s, w, m in rows.fetchall()}


def asked_again(asked: Asked, known: Known, now: Millis) -> dict[Series, Millis]:
    """How much of what was known was asked for, beside the overlap that each pull asks for, in
    ms. What takes no times is asked for as a whole anyway."""
    again: dict[Series, Millis] = {}
    for stream, market, start, stop in asked:
        if stream.window.timeless or stream.newest is not None or not stream.cursor.windowed:
            continue
        end = min(stop, now - OVERLAP)
        key = (stream.title, stream.wallet, market)
        intervals = known.get(key, [])
        unknown = sum(b - a for a, b in missing(intervals, start, max(start, end), unproven=True))
        again[key] = again.get(key, 0) + max(0, end - start) - unknown
    return again


def test_a_pull_that_ends_between_any_two_steps_is_made_whole_by_the_next(
    place: Lab, asked: Asked
) -> None:
    place.folder.mkdir()
    place.archive = lambda: Photographed(place.folder / "archive.db")  # type: ignore[method-assign]
    place.pull()
    copies = sorted(each for each in place.folder.parent.iterdir() if each != place.folder)
    assert len(copies) >= 2
    for folder in copies:
        mine = replace(place, folder=folder)
        known = known_to(mine)
        asked.clear()
        mine.pull()
        mine.compare()
        assert mine.problems == [], folder.name
        with mine.archive() as archive:
            assert verify(archive, ()).whole, folder.name
        again = asked_again(asked, known, mine.now)
        # Before a gap the overlap is asked again, too: late rows lie there.
        assert all(ms <= OVERLAP + 60_000 for ms in again.values()), (folder.name, again)
        shutil.rmtree(folder)
    print(f"{place.case.exchange}: {len(copies)} ends of a pull, all made whole")


@pytest.mark.xdist_group("chaos")
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_pulls_that_are_killed_at_random_moments(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    killed = 0
    with sample_exchange(fills=60) as exchange:
        exchange.server.latency = 0.01
        machine = Machine(tmp_path).set_up()
        connect(machine, exchange)
        exchange.server.log.clear()
        machine.run("pull")
        calls = len(exchange.server.log)
        for _ in range(KILLS):
            shutil.rmtree(machine.home / "data" / "archive")
            killed += killed_at(machine, exchange, chance.randrange(1, calls), chance)
            machine.run("pull")
            assert fills(machine) == sorted((it.market, str(it.id)) for it in exchange.world.fills)
            machine.run("archive", "verify")
    print(f"{killed} of {KILLS} pulls were at work when they were killed")
    assert killed >= KILLS // 2, "hardly any pull was at work when it was killed"


def killed_at(machine: Machine, exchange: Place, calls: int, chance: random.Random) -> bool:
    """Kill a pull soon after it has asked so often; whether it was still at work."""
    exchange.server.log.clear()
    child = machine.start("pull")
    until = time.monotonic() + 60
    while len(exchange.server.log) < calls and child.poll() is None:
        assert time.monotonic() < until
        time.sleep(0.001)
    time.sleep(chance.uniform(0, 0.02))
    child.kill()
    child.communicate()
    return child.returncode == -signal.SIGKILL


def fills(machine: Machine) -> list[tuple[str, str]]:
    """Market and id of every fill in the archive, each as often as it is there."""
    database = sqlite3.connect(machine.home / "data" / "archive" / "archive.db")
    try:
        return sorted(
            database.execute(
                "SELECT market, native FROM record JOIN series ON series.id = series"
                " WHERE stream = 'fills' AND superseded = 0"
            )
        )
    finally:
        database.close()
