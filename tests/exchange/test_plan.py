"""Which windows are asked for, and which again."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from app.exchange.archive import Account, Archive, Window
from app.exchange.coverage import Interval, State
from app.exchange.cursors import Pages
from app.exchange.plan import OVERLAP, Lane, Markets, Span, lanes
from app.exchange.streams import DAY, HOUR, Exchange, Kind, Stream
from app.exchange.streams import Window as Times

_NOW = 2_000 * DAY
_STREAM = Stream(kind=Kind.LEDGER, endpoint="x", window=Times(span=7 * DAY), cursor=Pages())
_EXCHANGE = Exchange(id="x", streams=(_STREAM,))


def _asked(folder: Path, known_until: int) -> tuple[tuple[int, int], ...]:
    with Archive(folder / "archive.db") as archive:
        account = archive.account(Account("main", "x"))
        run = archive.begin_pull(account)
        known = [Interval(_NOW - 30 * DAY, known_until, State.COMPLETE)]
        archive.commit(account, run, Window(stream=_STREAM, known=known), "test", 0)
        span = Span(_NOW - 30 * DAY, _NOW)
        found: list[Lane] = lanes(archive, account, _EXCHANGE, Markets(), span)
    (lane,) = found
    return lane.windows


def test_a_second_run_asks_for_the_last_two_days_again(tmp_path: Path) -> None:
    assert _asked(tmp_path, _NOW - HOUR) == ((_NOW - OVERLAP, _NOW),)


@pytest.mark.parametrize("days", [5, 20])
def test_a_late_row_is_found_although_nobody_pulled_for_days(tmp_path: Path, days: int) -> None:
    """What came late lies before the end of what was known, not within two days of now."""
    last = _NOW - days * DAY
    windows = _asked(tmp_path, last)
    assert windows[0][0] == last - OVERLAP
    assert windows[-1][1] == _NOW
    assert all(before[1] == after[0] for before, after in itertools.pairwise(windows))
