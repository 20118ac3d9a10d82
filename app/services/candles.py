"""Sets of candles: added, listed, removed, fetched with each pull, exported.

Candles are public, so no key is used. Where an account at the same exchange is connected, its
options (a proxy, another host name) hold for its candles, too.
"""

from __future__ import annotations

import asyncio
import difflib
import re
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from app.errors import AppError, Cancelled, WrongUsage
from app.exchange import candles, options
from app.exchange.candles import CandleReport, CandleSet, CandlesFailed
from app.exchange.client import connect
from app.exchange.export.candles import write
from app.exchange.failures import CallFailed
from app.exchange.tables import table_for, told_by
from app.exchange.throttle import Throttle
from app.monitor import Monitor, Problem
from app.services.connections import refuse_foreign, tables
from app.services.home import Home
from app.services.markets import symbols
from app.services.opening import sealed_file
from app.settings.model import CandleSettings, ExchangeSettings
from app.settings.settings import add_candles, remove_candles
from app.settings.unknown import no_candles

BEGINNING = date(2017, 1, 1)


def add(
    home: Home, *, exchange: str, market: str, timeframe: str, since: date | None, name: str | None
) -> CandleSettings:
    """Keep candles from now on; nothing is fetched yet. A market is looked for among those that a
    pull has seen at the exchange, if one has. Raises `WrongUsage`, `CandlesFailed`."""
    _, told = tables(exchange)
    if name is None:
        name = re.sub(r"[^a-z0-9]+", "-", f"{exchange} {market} {timeframe}".lower()).strip("-")
    chosen = CandleSettings(name, exchange, market, timeframe, since or BEGINNING)
    _ = _set_of(chosen).step
    if told.timeframes and timeframe not in told.timeframes:
        known = ", ".join(told.timeframes)
        raise WrongUsage(
            "candles-frame-unknown", exchange=told.name, timeframe=timeframe, known=known
        )
    _check_market(market, symbols(home, exchange))
    add_candles(home.paths.settings_file, chosen)
    return chosen


def _check_market(market: str, known: Sequence[str]) -> None:
    if not known or market in known:
        return
    upper = {each.upper(): each for each in known}
    near = difflib.get_close_matches(market.upper(), upper, n=5)
    if not near:
        raise WrongUsage("candles-no-market", market=market)
    raise WrongUsage("candles-market-near", market=market, near=", ".join(upper[n] for n in near))


def remove(home: Home, name: str) -> None:
    """Keep them no longer; the files stay, and so does what was saved of them."""
    remove_candles(home.paths.settings_file, name)


def listed(home: Home) -> list[dict[str, object]]:
    """What is kept: each set with its months and their size."""
    found = []
    for each in home.settings.candles:
        paths = candles.files(home.paths.candles, _set_of(each))
        found.append(
            {
                "name": each.name,
                "exchange": each.exchange,
                "market": each.market,
                "timeframe": each.timeframe,
                "since": each.since.isoformat(),
                "months": len(paths),
                "newest": paths[-1].stem if paths else None,
                "bytes": sum(path.stat().st_size for path in paths),
            }
        )
    return found


def update_all(home: Home, monitor: Monitor, *, seconds: float | None = None) -> CandleReport:
    """Bring all sets up to now; what fails is a Problem. After `seconds` it ends: months that are
    whole are kept, and `left` counts the sets that wait for the next run. For whoever holds the
    lock of pulls. Raises `Cancelled`."""
    total = CandleReport()
    deadline = None if seconds is None else time.monotonic() + seconds
    for each in home.settings.candles:
        rest = None if deadline is None else deadline - time.monotonic()
        try:
            report = asyncio.run(_update_within(home, each, monitor, rest))
        except TimeoutError:
            total.left += 1
            continue
        except AppError as error:
            if isinstance(error, Cancelled):
                raise
            monitor.problem(Problem.from_error(error))
            continue
        total.candles += report.candles
        total.filled += report.filled
        total.months += report.months
        total.calls += report.calls
    return total


async def _update_within(
    home: Home, chosen: CandleSettings, monitor: Monitor, seconds: float | None
) -> CandleReport:
    """Raises `TimeoutError`, at once where no time is left."""
    if seconds is not None and seconds <= 0:
        raise TimeoutError
    async with asyncio.timeout(seconds):
        return await _update(home, chosen, monitor)


async def _update(home: Home, chosen: CandleSettings, monitor: Monitor) -> CandleReport:
    table, about = tables(chosen.exchange)
    account = next((a for a in home.settings.exchanges if a.exchange == chosen.exchange), None)
    checked = options.check(account.options if account else {}, about)
    if account is not None and checked.foreign:
        kept = sealed_file(home).accounts().get(account.name)
        refuse_foreign(account.name, checked, kept.hosts if kept else frozenset())
    pace = _pace(account, about.rate_limit_ms, table.share)
    client = connect(
        table_for(chosen.exchange),
        {},
        Throttle(pace),
        settings=checked.settings,
        told=told_by(chosen.exchange),
        here=checked.here,
    )
    try:
        await client.load_markets()
        return await candles.update(
            client, home.paths.candles, _set_of(chosen), monitor, now=_now, sleep=asyncio.sleep
        )
    except CallFailed as failure:
        raise CandlesFailed(
            "candles-failed", market=chosen.market, reason=failure.reason
        ) from failure
    finally:
        await client.close()


def _pace(account: ExchangeSettings | None, rate_limit_ms: float, share: float) -> float:
    mine = account.share if account is not None and account.share else share
    return rate_limit_ms / 1000 / mine


def export(home: Home, name: str, form: str, out: Path) -> dict[str, object]:
    """Write a set into one file: csv, parquet or feather."""
    chosen = next(
        (each for each in home.settings.candles if each.name.casefold() == name.casefold()), None
    )
    if chosen is None:
        raise no_candles(name, [each.name for each in home.settings.candles])
    paths = candles.files(home.paths.candles, _set_of(chosen))
    if not paths:
        raise AppError("candles-none", name=chosen.name)
    count = write(out, list(candles.read(paths)), form)
    return {"path": str(out), "candles": count, "format": form}


def _set_of(each: CandleSettings) -> CandleSet:
    day = each.since
    since = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000
    return CandleSet(each.exchange, each.market, each.timeframe, since)


def _now() -> int:
    return time.time_ns() // 1_000_000
