"""The generic table, against the sample exchange in Binance USD-M's wire format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.exchange.coverage import NOT_VERIFIED, State
from app.exchange.pull_state import PullReport
from app.exchange.streams import Exchange, Kind
from app.exchange.tables.generic import generic
from tests.exchange.harness import Lab, case_of, lab


@dataclass
class GenericLab(Lab):
    """Binance USD-M as if it had no table of its own."""

    @property
    def table(self) -> Exchange:
        return generic("binanceusdm")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[GenericLab]:
    plain = lab(case_of("binanceusdm"), tmp_path, count=150)
    made = GenericLab(plain.case, plain.folder, plain.world, plain.server, plain.now, plain.days)
    with made.server:
        yield made


def _listed(place: Lab) -> set[tuple[str, str]]:
    """The fills of markets that ccxt still knows: others it cannot be asked for."""
    there = {name for name, market in place.world.markets.items() if market.delisted is None}
    return {
        (f"{place.world.markets[fill.market].base}/USDT:USDT", str(fill.id))
        for fill in place.world.fills
        if fill.market in there
    }


def test_fills_come_whole_and_are_not_called_complete(place: GenericLab) -> None:
    place.pull()
    assert set(place.held(Kind.FILLS)) == _listed(place)
    states = {(each.state, each.reason) for each in place.all_coverage("fills")}
    # A delisted market that the ledger names cannot be asked for by ccxt's unified methods.
    assert states == {(State.PARTIAL, NOT_VERIFIED), (State.SOURCE_GAP, "BadSymbol")}


def test_nothing_of_it_is_ever_known(place: GenericLab) -> None:
    place.pull()
    with place.archive() as archive:
        rows = archive.database.execute(
            "SELECT DISTINCT stream, state FROM coverage JOIN series ON series.id = series"
        ).fetchall()
    assert rows
    assert {state for _, state in rows} <= {"partial", "unsupported", "expired", "source-gap"}
    assert ("ledger", "partial") in rows
    assert ("position-history", "unsupported") in rows


def test_a_second_pull_asks_for_the_overlap_alone(place: GenericLab) -> None:
    place.pull()
    before = place.server.calls("/fapi/")  # the others are not there: they are tried each time
    report = place.pull()
    assert (report.records, report.versions) == (0, 0)
    assert place.server.calls("/fapi/") - before < before / 4


def test_what_failed_is_asked_again_although_nothing_is_proven(place: GenericLab) -> None:
    place.server.wire.denied = {"/fapi/v1/userTrades"}  # type: ignore[attr-defined]
    place.pull()
    assert not place.held(Kind.FILLS)
    place.server.wire.denied = set()  # type: ignore[attr-defined]
    report: PullReport = place.pull()
    assert set(place.held(Kind.FILLS)) == _listed(place)
    assert report.records > 0
