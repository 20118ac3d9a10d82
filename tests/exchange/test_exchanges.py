"""Every full exchange, through the same tests, against a stateful server in its wire format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from app.demo.exchange.server import Fault, Request
from app.demo.exchange.world import DAY, HOUR
from app.exchange.coverage import KNOWN, State
from app.exchange.schema import ArchiveError
from app.exchange.streams import Kind
from tests.exchange.harness import CASES, Lab, case_of, lab


@pytest.fixture(params=CASES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of(request.param), tmp_path)
    with made.server:
        yield made


def test_a_first_pull_brings_everything(place: Lab) -> None:
    report = place.pull()
    place.compare()
    assert not place.problems
    assert report.records > 0


def test_a_second_pull_brings_nothing_new_and_asks_little(place: Lab) -> None:
    place.pull()
    before = len(place.server.log)
    report = place.pull()
    place.compare()
    assert (report.records, report.versions) == (0, 0)
    assert len(place.server.log) - before < before / 2


BROKEN = {
    "truncated": Fault(cut=30),
    "page": Fault(body=b"<html><body>Just a moment...</body></html>"),
    "empty": Fault(body=b""),
    "null": Fault(body=b"null"),
    "error page": Fault(status=502, body=b"<html>Bad gateway</html>"),
    "internal": Fault(status=500, body=b""),
    "reset": Fault(reset=True),
}


def fault(place: Lab, like: Fault, *, times: int, after: int = 0) -> None:
    place.server.faults.append(replace(like, path=place.case.fills, times=times, after=after))


@pytest.mark.parametrize("how", BROKEN)
def test_an_answer_that_is_rubbish_is_asked_again(place: Lab, how: str) -> None:
    fault(place, BROKEN[how], times=2)
    place.pull()
    place.compare()
    assert not place.problems


@pytest.mark.parametrize("how", BROKEN)
def test_what_stays_rubbish_is_never_called_complete(place: Lab, how: str) -> None:
    fault(place, BROKEN[how], times=10_000)
    place.pull()
    known = [each for each in place.all_coverage("fills") if each.known]
    assert not known
    assert set(place.problems) & {"pull-partial", "pull-unreachable"}
    place.server.faults.clear()
    place.pull()
    place.compare()
    assert not place.problems


def test_an_answer_that_stalls_is_asked_again(place: Lab) -> None:
    fault(place, Fault(stall=1.5), times=1)
    place.pull(timeout=500)
    place.compare()


@pytest.mark.parametrize("status", [429, 418])
def test_too_many_requests_are_waited_for(place: Lab, status: int) -> None:
    body = json.dumps(place.case.broken["rate"][1]).encode()
    fault(place, Fault(status=status, body=body, headers={"Retry-After": "1"}), times=3)
    place.pull()
    place.compare()
    assert not place.problems


def test_maintenance_leaves_the_rest_to_the_next_run(place: Lab) -> None:
    status, body = place.case.broken["maintenance"]
    sick = Fault(status=status, body=json.dumps(body).encode())
    fault(place, sick, times=10_000)
    place.pull()
    assert place.problems
    assert not [each for each in place.all_coverage("fills") if each.known]
    place.server.faults.clear()
    place.pull()
    place.compare()


@pytest.mark.parametrize("what", ["key", "address"])
def test_a_refused_key_ends_the_account_with_a_sentence(place: Lab, what: str) -> None:
    status, body = place.case.broken[what]
    place.server.faults.append(
        Fault(status=status, body=json.dumps(body).encode(), times=10_000, but=place.case.public)
    )
    report = place.pull()
    assert place.problems == ["pull-key-refused"]
    assert report.stopped
    assert not [each for each in place.all_coverage("fills") if each.known]


def test_a_missing_permission_does_not_stop_the_rest(place: Lab) -> None:
    path, kind = place.case.denied
    status, body = place.case.broken["permission"]
    place.server.faults.append(
        Fault(path=path, status=status, body=json.dumps(body).encode(), times=10_000)
    )
    place.pull()
    truth = place.truth()
    assert sorted(place.held(Kind.FILLS)) == sorted(truth[Kind.FILLS])
    assert "pull-denied" in place.problems
    states = {each.state for each in place.all_coverage(kind.value)}
    assert State.DENIED in states
    assert not states & KNOWN
    place.server.faults.clear()
    place.pull()
    place.compare()


@pytest.mark.parametrize("seconds", [10, -10])
def test_a_wrong_clock_is_measured_and_corrected(place: Lab, seconds: int) -> None:
    place.skew = seconds * 1000
    report = place.pull()
    place.compare()
    assert abs(report.clock_offset + seconds * 1000) < 500


def test_a_clock_that_is_set_meanwhile_is_measured_again(place: Lab) -> None:
    def jump(request: Request) -> None:
        if place.case.fills in request.told:
            place.skew = 30_000

    place.server.before = jump
    place.pull()
    assert sorted(place.held(Kind.FILLS)) == sorted(place.truth()[Kind.FILLS])
    assert not place.problems


def test_late_rows_changed_orders_and_new_markets_come_with_the_next_pull(place: Lab) -> None:
    name, other = list(place.world.markets)[:2]
    now = place.now
    resting = place.world.place(name, "buy", Decimal(10), Decimal(2), now - 20 * DAY)
    going = place.world.place(other, "sell", Decimal(10), Decimal(2), now - 5 * HOUR)
    place.pull()
    place.compare()
    place.world.fill(resting, Decimal(1), now - HOUR)
    place.world.cancel(going, now - HOUR)
    place.world.fill(place.world.place(other, "buy", Decimal(9), Decimal(1), now - 30 * HOUR),
                     Decimal(1), now - 29 * HOUR)  # fmt: skip
    fresh = replace(place.world.markets[other], base="SOL")
    place.world.add_market(fresh)
    place.world.fill(
        place.world.place(fresh.name, "buy", Decimal(5), Decimal(1), now - 2 * HOUR),
        Decimal(1),
        now - HOUR,
    )
    place.pull()
    place.compare()
    assert max(place.versions(Kind.ORDERS).values()) == 2
    assert max(place.versions(Kind.FILLS).values()) == 1


def test_a_deadline_ends_between_windows_and_the_next_run_goes_on(place: Lab) -> None:
    report = place.pull(deadline=0.0)
    assert report.left > 0
    place.pull()
    place.compare()


def test_a_full_disk_loses_nothing_that_was_there(place: Lab) -> None:
    with place.archive() as archive:
        pages = archive.database.execute("PRAGMA page_count").fetchone()[0]
    place.most_pages = pages + 60
    with pytest.raises(ArchiveError):
        place.pull()
    place.most_pages = None
    place.pull()
    place.compare()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", [3, 8, 21, 34])
def test_a_crash_between_two_steps_loses_at_most_what_was_in_flight(
    place: Lab, number: int, when: str
) -> None:
    place.crash_at = (number, when)
    with pytest.raises(BaseException, match="crash"):
        place.pull()
    place.crash_at = None
    place.pull()
    place.compare()
    assert not place.problems


def test_no_secret_is_in_the_archive(place: Lab) -> None:
    place.pull()
    raw = b"".join(path.read_bytes() for path in place.folder.iterdir())
    with place.archive() as archive:
        rows = archive.database.execute("SELECT call, url, sent_body FROM evidence").fetchall()
    for value in place.case.secrets.values():
        assert value.encode() not in raw
        assert not any(value in part for row in rows for part in row)
    assert not any("signature" in row[1].lower() for row in rows)
