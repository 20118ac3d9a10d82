"""What is missing of a year, in sentences: what may still be fetched, and what no exchange tells
any more, which a file of the user's can fill.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.exchange.coverage import State
from app.exchange.gaps import Gap
from app.exchange.imports import KINDS
from app.exchange.pager import SHORT_LIVED
from app.exchange.streams import DAY, Kind, Millis
from app.exchange.tables import table_for
from app.monitor import Problem
from app.services.period import when

_WORDS = {Kind.FILLS: "trades"}  # as `tradekeep import csv --what` has them


def problems_of(gaps: Sequence[Gap]) -> list[Problem]:
    """One for all that may still be had, and one for each list of which it is too late."""
    fresh: list[Gap] = []
    late: dict[tuple[str, str, str, str], list[Gap]] = {}
    for gap in gaps:
        if gap.state == State.EXPIRED:
            late.setdefault((gap.account, gap.stream, gap.wallet, gap.reason), []).append(gap)
        else:
            fresh.append(gap)
    told = [_may_be_had(fresh)] if fresh else []
    return [*told, *map(_too_late, late.values())]


def _may_be_had(gaps: Sequence[Gap]) -> Problem:
    first = gaps[0]
    params: dict[str, str | int] = {
        "count": len(gaps),
        "account": first.account,
        "stream": first.stream,
        "since": when(first.start)[:10],
        "until": when(first.stop)[:10],
    }
    return Problem("year-gaps", params)


def _too_late(gaps: Sequence[Gap]) -> Problem:
    first = gaps[0]
    params: dict[str, str | int] = {
        "account": first.account,
        "exchange": first.exchange,
        "stream": first.stream,
        "what": _WORDS.get(first.kind, first.kind.value),
        "since": when(min(gap.start for gap in gaps))[:10],
        "until": when(_end_of_day(max(gap.stop for gap in gaps)))[:10],
    }
    if first.keeps is not None:
        params["days"] = max(1, first.keeps // DAY)
    return Problem(_sentence(first), params)


def _sentence(gap: Gap) -> str:
    files = table_for(gap.exchange).files
    if any((each.kind, each.wallet) == (gap.kind, gap.wallet) for each in files):
        return "year-gone-file"
    if gap.kind not in KINDS:
        return "year-gone-for-good"
    if gap.reason == SHORT_LIVED:
        return "year-gone-cancelled"
    return "year-gone" if gap.keeps is None else "year-gone-days"


def _end_of_day(time: Millis) -> Millis:
    return -(-time // DAY) * DAY
