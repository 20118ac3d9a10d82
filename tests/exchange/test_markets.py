"""Market definitions: kept as they change, and their public bodies only then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo.exchange.server import Request, Wire
from app.exchange.records import decode
from app.exchange.streams import Kind
from tests.exchange.harness import Lab, case_of, lab

_SYMBOL = "ETH/USDT:USDT"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of("binanceusdm"), tmp_path, count=10, days=2, kinds=(Kind.FILLS,))
    with made.server:
        yield made


def definitions(place: Lab) -> list[dict[str, object]]:
    """All versions of one market's definition, oldest first."""
    with place.archive() as archive:
        rows = archive.database.execute(
            "SELECT data FROM record JOIN series ON series.id = record.series"
            " WHERE stream = ? AND native = ? ORDER BY version",
            (Kind.MARKETS.value, _SYMBOL),
        ).fetchall()
    return [decode(Kind.MARKETS, data) or {} for (data,) in rows]


def bodies(place: Lab) -> int:
    with place.archive() as archive:
        found = archive.database.execute(
            "SELECT count(*) FROM evidence WHERE url LIKE '%/exchangeInfo%'"
        ).fetchone()
    return int(found[0])


class Coarser:
    """The same exchange after it has made the steps of a price ten times as large."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    def answer(self, request: Request) -> object:
        body = self.wire.answer(request)
        if isinstance(body, dict) and "symbols" in body:
            for market in body["symbols"]:
                market["filters"][0]["tickSize"] = "0.1"
        return body


def test_a_definition_that_changes_is_another_version(place: Lab) -> None:
    place.pull()
    place.pull()
    assert (len(definitions(place)), bodies(place)) == (1, 1)
    place.server.wire = Coarser(place.server.wire)
    place.pull()
    place.pull()
    before, after = definitions(place)
    assert before["precision"] != after["precision"]
    assert {**before, "precision": 0, "limits": 0} == {**after, "precision": 0, "limits": 0}
    assert bodies(place) == 2
