"""Rows that no exchange should send, of every full exchange: one without an id, one without a time,
one whose id has more digits than 64 bits hold. Each is kept, once, and takes nothing with it."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.demo.exchange.server import Request, Wire
from app.exchange.cursors import at, list_at
from app.exchange.records import row_time
from app.exchange.streams import Exchange, Kind, Stream
from tests.exchange.harness import CASES, Lab, case_of, lab

_BIG = 2**80
_HOW = ("no id", "no time", "big")
_NAMED = ("binance", "binancecoinm", "binanceusdm", "bitget")  # their ledgers name markets
Own = tuple[str, int, str]  # a row's id and time, and whose it is: others have the same ids


@pytest.fixture(params=CASES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of(request.param), tmp_path, count=24, days=6, kinds=(Kind.FILLS,))
    made.alone = request.param not in _NAMED
    with made.server:
        yield made


@dataclass
class Odd:
    """Makes the first three rows of fills that it sees odd, always the same ones."""

    wire: Wire
    table: Exchange
    path: str
    made: dict[Own, str] = field(default_factory=dict)  # what became of a row

    def __getattr__(self, name: str) -> object:
        return getattr(self.wire, name)

    def answer(self, request: Request) -> object:
        body = self.wire.answer(request)
        if self.path not in request.told:
            return body
        body = copy.deepcopy(body)
        for stream in self.table.streams:
            rows = list_at(body, stream.rows) if stream.kind is Kind.FILLS else None
            if rows and self._changed(stream, rows, _whose(request)):
                break
        return body

    def _changed(self, stream: Stream, rows: list[object], whose: str) -> bool:
        told = [(row, _told(stream, row, whose)) for row in rows if isinstance(row, dict)]
        if None in [own for _, own in told]:
            return False  # another stream's rows
        for row, own in told:
            assert own is not None
            if own not in self.made and len(self.made) < len(_HOW):
                self.made[own] = _HOW[len(self.made)]
            if own in self.made:
                _make(stream, row, own, self.made[own])
        return True


def _whose(request: Request) -> str:
    """Hyperliquid's sub-accounts and vaults are named in the body."""
    found = re.search(r'"user":\s*"([^"]+)"', request.body)
    return found[1] if found else ""


def _told(stream: Stream, row: Mapping[str, object], whose: str) -> Own | None:
    """A row's id and time; None where it is not this stream's."""
    shaped = stream.shape(row) if stream.shape else row
    value, time = at(shaped, stream.key[0]), row_time(stream, shaped)
    return None if value is None or time is None else (str(value), time, whose)


def _make(stream: Stream, row: dict[str, object], own: Own, how: str) -> None:
    native, time, _ = own
    for inner, name in _places(row):
        value = inner[name]
        its_time = value is not None and _is_time(stream, value, time)
        if how == ("no time" if its_time else "no id") and (its_time or str(value) == native):
            del inner[name]
        elif how == "big" and str(value) == native:
            inner[name] = _BIG if isinstance(value, int) else str(_BIG)


def _places(row: dict[str, object]) -> list[tuple[dict[str, object], str]]:
    """Every field of a row, also inside of it."""
    found = [(row, name) for name in row]
    for inner in [each for each in row.values() if isinstance(each, dict)]:
        found += _places(inner)
    return found


def _is_time(stream: Stream, value: object, time: int | None) -> bool:
    probe = Stream(kind=stream.kind, endpoint="", time="it", time_unit=stream.time_unit)
    return row_time(probe, {"it": value}) == time


def test_odd_rows_are_kept_once_and_take_nothing_with_them(place: Lab) -> None:
    odd = Odd(place.server.wire, place.table, place.case.fills)
    place.server.wire = odd
    place.pull(since_days=20)
    assert tuple(odd.made.values()) == _HOW
    truth, held = place.truth()[Kind.FILLS], place.held(Kind.FILLS)
    assert len(held) == len(truth)
    other = set(held) - set(truth)  # that without an id, and that with a big one
    assert len(other) == 2
    assert len([native for _, native in other if str(_BIG) in native]) == 1
    report = place.pull(since_days=20)
    assert report.records == 0
    assert len(place.held(Kind.FILLS)) == len(truth)
