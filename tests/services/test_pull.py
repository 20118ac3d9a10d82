"""Pulls of several accounts: side by side, to a deadline, stopped at once, one at a time."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.demo.exchange.server import Fault, Request
from app.errors import Cancelled, RepositoryLocked, WrongUsage
from app.exchange.schema import ArchiveError
from app.monitor import Problem, Progress, Recorder, nothing
from app.services import candles
from app.services import pull as pulling
from app.services.home import Home
from app.services.lock_year import Wanted, lock
from app.services.opening import sealed_file
from app.services.pull import (
    Ending,
    Pulled,
    pull_accounts,
    pull_everything,
    pull_for_backup,
    pull_json,
)
from app.settings.edit_lock import edit_lock
from app.settings.sealed import SealedAccount
from tests.cli.exchange_support import KEY, Place, sample_exchange
from tests.services.exchange_home import SINCE, add, home_at, seconds


@pytest.fixture
def place() -> Iterator[Place]:
    with sample_exchange(fills=40) as made:
        yield made


@pytest.fixture
def home(tmp_path: Path, place: Place) -> Home:
    return add(home_at(tmp_path), place)


class Stopping(Recorder):
    """Somebody stops the run after so many seconds."""

    def __init__(self, after: float) -> None:
        super().__init__()
        self.at = time.monotonic() + after

    def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
        if time.monotonic() >= self.at:
            raise Cancelled


def fills(home: Home) -> set[tuple[str, str, str]]:
    """(account, market, id) of every fill in the archive."""
    database = sqlite3.connect(home.paths.archive_file)
    try:
        rows = database.execute(
            "SELECT account.name, market, native FROM record JOIN series ON series.id = series"
            " JOIN account ON account.id = account WHERE stream = 'fills' AND superseded = 0"
        ).fetchall()
    finally:
        database.close()
    assert len(rows) == len(set(rows))
    return set(rows)


def truth(place: Place, *names: str) -> set[tuple[str, str, str]]:
    return {(name, fill.market, str(fill.id)) for name in names for fill in place.world.fills}


def ids(recorder: Recorder) -> list[str]:
    return [problem.message_id for problem in recorder.problems]


def test_all_accounts_side_by_side(home: Home, place: Place) -> None:
    home = add(add(home, place, "second"), place, "third")
    place.server.latency = 0.05
    recorder = Recorder()
    busiest = 0
    at_work = 0

    def before(_request: object) -> None:
        nonlocal at_work, busiest
        at_work += 1
        busiest = max(busiest, at_work)
        time.sleep(0.005)
        at_work -= 1

    place.server.before = before
    seen: list[Progress] = []
    recorder.progress = seen.append  # type: ignore[method-assign]
    pulled = pull_accounts(home, (), recorder)
    assert [each.settings.name for each in pulled] == ["main", "second", "third"]
    assert {each.ending for each in pulled} == {Ending.DONE}
    assert ids(recorder) == []
    assert fills(home) == truth(place, "main", "second", "third")
    assert busiest > 1
    windows = sum(each.report.windows for each in pulled if each.report)
    in_flight = 3 * 4  # three accounts with four lanes each: told of before they are done
    assert windows - in_flight <= max(each.done for each in seen) <= windows
    assert all(each.total is None or each.total >= each.done for each in seen)
    report = pull_json(Pulled(tuple(pulled)))
    assert report["pull_left"] == 0
    json.dumps(report)


def test_only_those_that_are_named(home: Home, place: Place) -> None:
    home = add(home, place, "second")
    assert [each.settings.name for each in pull_accounts(home, ["SECOND"], Recorder())] == [
        "second"
    ]
    assert fills(home) == truth(place, "second")


def test_one_that_fails_does_not_stop_the_others(home: Home, place: Place) -> None:
    home = add(add(home, place, "second"), place, "third")
    sealed_file(home).remove("main")
    wrong = {**sealed_file(home).accounts()["second"].secrets}
    wrong["secret"] = type(wrong["secret"])("wrong")
    sealed_file(home).put("second", SealedAccount(wrong))
    recorder = Recorder()
    pulled = pull_accounts(home, (), recorder)
    endings = {each.settings.name: each.ending for each in pulled}
    assert endings == {"main": Ending.FAILED, "second": Ending.STOPPED, "third": Ending.DONE}
    assert sorted(ids(recorder)) == ["exchange-no-key", "pull-key-refused"]
    assert fills(home) == truth(place, "third")


def test_what_an_exchange_repeats_of_a_key_is_not_told(home: Home, place: Place) -> None:
    echo = json.dumps({"code": -2015, "msg": f"bad key {KEY}"}).encode()
    pull_accounts(home, (), Recorder())
    place.server.faults.append(Fault("userTrades", times=1000, status=401, body=echo))
    recorder = Recorder()
    pull_accounts(home, (), recorder)
    assert recorder.problems
    told = " ".join(str(problem.sentence) for problem in recorder.problems)
    assert "bad key ***" in told
    assert KEY not in told
    assert b"bad key ***" in b"".join(
        file.read_bytes() for file in home.paths.archive_file.parent.iterdir()
    )
    for file in home.paths.data.rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes()


def test_a_deadline_leaves_the_rest_to_the_next_run(home: Home, place: Place) -> None:
    recorder = Recorder()
    (first,) = pull_accounts(home, (), recorder, seconds=0.0)
    assert first.ending is Ending.LEFT
    assert first.left > 0
    assert pull_json(Pulled((first,)))["pull_left"] == first.left
    (second,) = pull_accounts(home, (), recorder)
    assert second.ending is Ending.DONE
    assert fills(home) == truth(place, "main")
    assert ids(recorder) == []


def test_a_deadline_holds_although_an_answer_does_not_come(
    home: Home, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "_GRACE", 0.2)
    home = add(home, place, "second")
    place.server.faults.append(Fault("userTrades", times=100, stall=8.0))
    began = time.monotonic()
    pulled = pull_accounts(home, (), Recorder(), seconds=1.0)
    assert seconds(began) < 5
    assert {each.ending for each in pulled} == {Ending.LEFT}
    assert all(each.left >= 1 for each in pulled)


def test_whoever_stops_waits_a_second_at_most(home: Home, place: Place) -> None:
    place.server.faults.append(Fault("userTrades", times=100, stall=8.0))
    monitor = Stopping(after=1.5)
    with pytest.raises(Cancelled):
        pull_accounts(home, (), monitor)
    assert time.monotonic() - monitor.at < 1.0
    place.server.faults.clear()
    pull_accounts(home, (), Recorder())
    assert fills(home) == truth(place, "main")


def test_a_long_pause_that_an_exchange_asks_for_can_be_stopped(home: Home, place: Place) -> None:
    asked = {"Retry-After": "86400"}
    place.server.faults.append(Fault("income", status=418, body=b"{}", headers=asked))
    monitor = Stopping(after=1.5)
    with pytest.raises(Cancelled):
        pull_accounts(home, (), monitor)
    assert time.monotonic() - monitor.at < 1.0


def test_two_pulls_at_once(home: Home) -> None:
    with (
        edit_lock(home.paths.data / "pull", wait=0.0),
        pytest.raises(RepositoryLocked) as caught,
    ):
        pull_accounts(home, (), Recorder())
    assert caught.value.message_id == "pull-busy"
    with edit_lock(home.paths.data / "pull", wait=0.0):
        inside = pull_for_backup(home, Recorder(), seconds=5)
    assert inside.busy
    pull_accounts(home, (), Recorder())


def test_nothing_to_pull(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage) as caught:
        pull_accounts(home_at(tmp_path), (), Recorder())
    assert caught.value.message_id == "no-exchanges"


def test_an_archive_that_cannot_be_used_ends_a_pull_but_not_a_backup(home: Home) -> None:
    home.paths.archive_file.parent.mkdir(parents=True)
    home.paths.archive_file.write_bytes(b"no database at all" * 100)
    with pytest.raises(ArchiveError):
        pull_accounts(home, (), Recorder())
    recorder = Recorder()
    assert pull_for_backup(home, recorder, seconds=5).accounts == ()
    assert ids(recorder) == ["archive-broken"]


def test_a_sealed_file_that_cannot_be_used_does_not_end_a_backup(home: Home) -> None:
    home.paths.sealed_file.write_bytes(b"damaged")
    recorder = Recorder()
    pull_for_backup(home, recorder, seconds=5)
    assert ids(recorder) == ["sealed-damaged"]
    assert isinstance(recorder.problems[0], Problem)


def candles_of(home: Home, place: Place) -> Home:
    """Keep the candles of a market of the sample exchange."""
    candles.add(
        home,
        exchange="binanceusdm",
        market="BTC/USDT:USDT",
        timeframe="1h",
        since=SINCE,
        name="btc-1h",
    )
    return home.fresh()


def test_candles_come_with_a_backups_pull(home: Home, place: Place) -> None:
    home = candles_of(home, place)
    pulled = pull_for_backup(home, Recorder(), seconds=60)
    assert pulled.candles is not None
    assert pulled.candles.candles > 24
    assert pulled.left == 0
    assert "candles" in pull_json(pulled)


def test_candles_that_the_minute_does_not_suffice_for_are_left(home: Home, place: Place) -> None:
    home = candles_of(home, place)
    pulled = pull_for_backup(home, Recorder(), seconds=0.0)
    assert pulled.candles is not None
    assert (pulled.candles.candles, pulled.candles.left) == (0, 1)
    assert pulled.left > 1
    place.server.faults.append(Fault("klines", times=100, stall=8.0))
    pull_accounts(home, (), Recorder())
    began = time.monotonic()
    pulled = pull_for_backup(home, Recorder(), seconds=2.0)
    assert seconds(began) < 6
    assert pulled.candles is not None
    assert pulled.candles.left == 1


def test_candles_are_under_the_pulls_lock(home: Home, place: Place) -> None:
    home = candles_of(home, place)
    busy = []

    def before(request: Request) -> None:
        if "klines" in request.path:
            with pytest.raises(RepositoryLocked):
                pull_accounts(home, (), Recorder())
            busy.append(request)

    place.server.before = before
    pull_everything(home, Recorder())
    assert busy


def test_a_pull_that_changes_a_locked_year_says_so(home: Home, place: Place) -> None:
    """A fill that came later than the lock of its year, as it is in the first days of January."""
    pull_accounts(home, [], Recorder())
    year = datetime.fromtimestamp(place.world.fills[-1].time / 1000, UTC).year
    made = lock(home, Wanted.named(home, year, None), Recorder())
    last = place.world.fills[-1]
    place.world.fills.append(replace(last, id=last.id + 1, time=last.time + 1))
    monitor = Recorder()
    pull_accounts(home, [], monitor)
    told = [p for p in monitor.problems if p.message_id == "year-differs"]
    assert [problem.params["year"] for problem in told] == [made.label]
    assert int(told[0].params["added"]) >= 1
    shutil.rmtree(home.paths.years)
    monitor = Recorder()
    pull_accounts(home, [], monitor)
    assert [p.message_id for p in monitor.problems] == ["year-lock-missing"]
