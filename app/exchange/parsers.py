"""Which parser a stream's rows go through: ccxt's, our own, or ccxt's with our own over it.

Must not import ccxt: `raw` is ccxt's object, for its parsers and market definitions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from app.exchange.records import row_time
from app.exchange.streams import Kind, Row, Stream


def parser_of(raw: Any, stream: Stream, *, sized: bool) -> Any:
    """A function of a row and its market id that answers ccxt's unified structure. `sized`: amounts
    are contracts, whose size ccxt has to know."""
    if stream.unified:
        return _itself if stream.own is None else functools.partial(_over, stream.own)
    if not stream.parser:
        return functools.partial(_own, raw, stream)
    parse = functools.partial(_parse, raw, getattr(raw, stream.parser), stream)
    return functools.partial(_sized, raw, parse) if sized else parse


def _own(raw: Any, stream: Stream, row: Row, market_id: str) -> Any:
    """Our own parser does not know ccxt's symbols, and need not know how times are written."""
    assert stream.own is not None
    known: dict[str, object] = {"timestamp": row_time(stream, row)}
    if market_id:
        known["symbol"] = raw.safe_symbol(market_id, None, None, stream.market_type or None)
    return {**known, **stream.own(row)}


def _itself(row: Row, market_id: str) -> Row:  # noqa: ARG001
    return row


def _over(own: Callable[[Row], Row], row: Row, market_id: str) -> Row:  # noqa: ARG001
    return {**row, **own(row)}


def _sized(raw: Any, parse: Any, row: Row, market_id: str) -> Any:
    """ccxt takes the contracts of a market that it does not know for the base currency itself."""
    found = parse(row, market_id)
    if market_id and market_id not in (raw.markets_by_id or {}) and "cost" in found:
        found["cost"] = None
    return found


def _parse(raw: Any, parser: Any, stream: Stream, row: Row, market_id: str) -> Any:
    market = (market_id, None, None, stream.market_type)
    told = (raw.safe_market(*market),) if market_id and stream.market_type else ()
    unified = parser(dict(row), *told)
    if told and unified.get("contractSize") is None:
        unified = {**unified, "contractSize": told[0].get("contractSize")}
    if stream.kind in (Kind.DEPOSITS, Kind.WITHDRAWALS):
        # ccxt's parsers guess which it is; its unified methods overrule them.
        unified = {**unified, "type": stream.kind.value.removesuffix("s")}
    return unified if stream.own is None else {**unified, **stream.own(row)}
