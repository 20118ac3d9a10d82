"""Every full exchange, through the same tests, against a stateful server in its wire format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import zstandard

from app.demo.exchange.server import Fault, Request, SampleExchange, Wire
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


@pytest.fixture(params=CASES)
def short(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    """All kinds, but few rows: how they are paged is not what is in question."""
    made = lab(case_of(request.param), tmp_path, count=60)
    with made.server:
        yield made


@pytest.fixture(params=CASES)
def fills(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    """Fills alone, in few windows: for what goes wrong with a single question."""
    made = lab(case_of(request.param), tmp_path, count=60, days=16, kinds=(Kind.FILLS,))
    with made.server:
        yield made


def test_a_first_pull_brings_everything_and_a_second_asks_little(place: Lab) -> None:
    report = place.pull()
    place.compare()
    assert not place.problems
    assert report.records > 0
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
def test_an_answer_that_is_rubbish_is_asked_again(fills: Lab, how: str) -> None:
    fault(fills, BROKEN[how], times=2)
    fills.pull()
    fills.compare()
    assert not fills.problems


@pytest.mark.parametrize("how", BROKEN)
def test_what_stays_rubbish_is_never_called_complete(fills: Lab, how: str) -> None:
    fault(fills, BROKEN[how], times=10_000)
    fills.pull()
    known = [each for each in fills.all_coverage("fills") if each.known]
    assert not known
    assert set(fills.problems) & {"pull-partial", "pull-unreachable"}
    fills.server.faults.clear()
    fills.pull()
    fills.compare()
    assert not fills.problems


def test_an_answer_that_stalls_is_asked_again(fills: Lab) -> None:
    fault(fills, Fault(stall=1.5), times=1)
    fills.pull(timeout=500)
    fills.compare()


@pytest.mark.parametrize("status", [429, 418])
def test_too_many_requests_are_waited_for(fills: Lab, status: int) -> None:
    body = json.dumps(fills.case.broken["rate"][1]).encode()
    fault(fills, Fault(status=status, body=body, headers={"Retry-After": "1"}), times=3)
    fills.pull()
    fills.compare()
    assert not fills.problems


def test_maintenance_leaves_the_rest_to_the_next_run(short: Lab) -> None:
    status, body = short.case.broken["maintenance"]
    sick = Fault(status=status, body=json.dumps(body).encode())
    fault(short, sick, times=10_000)
    short.pull()
    assert short.problems
    assert not [each for each in short.all_coverage("fills") if each.known]
    short.server.faults.clear()
    short.pull()
    short.compare()


@pytest.mark.parametrize("what", ["key", "address"])
def test_a_refused_key_ends_the_account_with_a_sentence(short: Lab, what: str) -> None:
    status, body = short.case.broken[what]
    short.server.faults.append(
        Fault(status=status, body=json.dumps(body).encode(), times=10_000, but=short.case.public)
    )
    report = short.pull()
    assert short.problems == ["pull-key-refused"]
    assert report.stopped
    assert not [each for each in short.all_coverage("fills") if each.known]


def test_a_missing_permission_does_not_stop_the_rest(short: Lab) -> None:
    path, kind = short.case.denied
    status, body = short.case.broken["permission"]
    short.server.faults.append(
        Fault(path=path, status=status, body=json.dumps(body).encode(), times=10_000)
    )
    short.pull()
    truth = short.truth()
    assert sorted(short.held(Kind.FILLS)) == sorted(truth[Kind.FILLS])
    assert "pull-denied" in short.problems
    states = {each.state for each in short.all_coverage(kind.value)}
    assert State.DENIED in states
    assert not states & KNOWN
    short.server.faults.clear()
    short.pull()
    short.compare()


@pytest.mark.parametrize("seconds", [10, -10])
def test_a_wrong_clock_is_measured_and_corrected(short: Lab, seconds: int) -> None:
    short.skew = seconds * 1000
    report = short.pull()
    short.compare()
    assert abs(report.clock_offset + seconds * 1000) < 500


def test_a_clock_that_is_set_meanwhile_is_measured_again(fills: Lab) -> None:
    def jump(request: Request) -> None:
        if fills.case.fills in request.told:
            fills.skew = 30_000

    fills.server.before = jump
    fills.pull()
    assert sorted(fills.held(Kind.FILLS)) == sorted(fills.truth()[Kind.FILLS])
    assert not fills.problems


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


def test_a_deadline_ends_between_windows_and_the_next_run_goes_on(short: Lab) -> None:
    report = short.pull(deadline=0.0)
    assert report.left > 0
    short.pull()
    short.compare()


def test_a_full_disk_loses_nothing_that_was_there(short: Lab) -> None:
    with short.archive() as archive:
        pages = archive.database.execute("PRAGMA page_count").fetchone()[0]
    short.most_pages = pages + 20
    with pytest.raises(ArchiveError):
        short.pull()
    short.most_pages = None
    short.pull()
    short.compare()


def test_no_secret_is_in_the_archive(short: Lab) -> None:
    keys = [short.case.secrets[name] for name in _KEPT_SECRET if name in short.case.secrets]
    if keys:
        short.server.wire = Echoing(short.server.wire, " ".join(keys))
    short.pull()
    short.compare()
    raw = b"".join(path.read_bytes() for path in short.folder.iterdir())
    unpack = zstandard.ZstdDecompressor().decompress
    with short.archive() as archive:
        rows = archive.database.execute("SELECT call, url, sent_body, body FROM evidence")
        evidence = [(*texts, unpack(body).decode()) for *texts, body in rows.fetchall()]
        said = archive.database.execute("SELECT data FROM record").fetchall()
    assert any("***" in row[-1] for row in evidence) or not keys
    for value in (*short.case.secrets.values(), *keys):
        assert value.encode() not in raw
        assert not any(value in part for row in evidence for part in row[:3])
        assert not any(value in row[0] for row in said)
    for value in keys:
        assert not any(value in row[-1] for row in evidence)
    assert not any("signature" in row[1].lower() for row in evidence)


_KEPT_SECRET = ("apiKey", "secret", "password", "privateKey")


class Echoing:
    """An exchange that repeats the key in every row and every body (Bybit's query-api does)."""

    def __init__(self, wire: Wire, keys: str) -> None:
        self.wire, self.keys = wire, keys

    def __getattr__(self, name: str) -> object:
        return getattr(self.wire, name)

    def answer(self, request: Request) -> object:
        body = self.wire.answer(request)
        if isinstance(body, list):
            return [{**row, "echo": self.keys} if isinstance(row, dict) else row for row in body]
        return {**body, "echo": self.keys} if isinstance(body, dict) else body


def test_a_redirect_is_not_followed_with_the_key(short: Lab) -> None:
    with SampleExchange(short.server.wire) as other:
        elsewhere = other.address.replace("127.0.0.1", "localhost")
        for status in (302, 307):
            told = Fault(
                status=status, body=b"", headers={"Location": elsewhere}, but=short.case.public
            )
            short.server.faults = [replace(told, times=10_000)]
            report = short.pull()
            assert short.problems == ["pull-redirected"]
            assert report.stopped == f"HTTP {status}, sent on to localhost"
        assert other.log == []
    short.server.faults.clear()
    short.pull()
    short.compare()
