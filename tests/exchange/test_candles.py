"""Candles: complete, closed months untouched, gaps filled and marked, the open candle left out."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.demo.exchange.server import Fault, SampleExchange
from app.demo.exchange.usdm import UsdM
from app.demo.exchange.world import HOUR, World, sample_markets
from app.exchange.candles import (
    CandleReport,
    CandleSet,
    CandlesFailed,
    files,
    is_closed,
    months,
    read,
    update,
)
from app.exchange.client import connect
from app.exchange.export.candles import write
from app.exchange.tables import table_for, told_by
from app.exchange.throttle import Throttle
from app.monitor import Recorder

DAY = 24 * HOUR
# Half past noon of yesterday: the sample exchange has no candle of five o’clock, and whether that
# is the newest one must not depend on when these tests run.
NOW = time.time_ns() // 1_000_000 // DAY * DAY - DAY // 2 + HOUR // 2


@pytest.fixture
def server() -> Iterator[SampleExchange]:
    world = World()
    for market in sample_markets():
        world.add_market(market)
    with SampleExchange(UsdM(world)) as made:
        yield made


def hourly(days: int) -> CandleSet:
    return CandleSet("binanceusdm", "BTC/USDT:USDT", "1h", NOW - days * 24 * HOUR)


async def no_sleep(_seconds: float) -> None:
    await asyncio.sleep(0)


def updated(
    server: SampleExchange, folder: Path, chosen: CandleSet, now: int = NOW
) -> CandleReport:
    async def run() -> CandleReport:
        client = connect(
            table_for("binanceusdm"),
            {},
            Throttle(0.0),
            settings={"address": server.address},
            told=told_by("binanceusdm"),
        )
        try:
            await client.load_markets()
            return await update(client, folder, chosen, Recorder(), now=lambda: now, sleep=no_sleep)
        finally:
            await client.close()

    return asyncio.run(run())


def test_an_even_row_of_candles_with_filled_ones_marked(
    server: SampleExchange, tmp_path: Path
) -> None:
    chosen = hourly(70)
    updated(server, tmp_path, chosen)
    found = list(read(files(tmp_path, chosen)))
    times = [candle.timestamp for candle in found]
    assert times == list(range(times[0], times[0] + len(times) * HOUR, HOUR))
    assert NOW - 2 * HOUR < times[-1] <= NOW - HOUR  # the open one is left out
    for candle in found:
        assert candle.filled is (candle.timestamp // HOUR % 24 == 5)
        assert Decimal(candle.high) >= Decimal(candle.low)
    filled = next(place for place, candle in enumerate(found) if candle.filled and place)
    assert found[filled].close == found[filled - 1].close
    assert found[filled].volume == "0"


def test_closed_months_are_never_written_again(server: SampleExchange, tmp_path: Path) -> None:
    chosen = hourly(70)
    updated(server, tmp_path, chosen)
    paths = files(tmp_path, chosen)
    assert [is_closed(path) for path in paths] == [True] * (len(paths) - 1) + [False]
    before = {path: (path.stat().st_ino, path.read_bytes()) for path in paths[:-1]}
    asked = server.calls("/klines")
    report = updated(server, tmp_path, chosen)
    assert report.months == 1
    assert server.calls("/klines") - asked == 1
    for path, (inode, content) in before.items():
        assert (path.stat().st_ino, path.read_bytes()) == (inode, content)


def test_a_candle_that_is_missing_at_the_edge_of_a_month_is_filled_from_the_month_before(
    server: SampleExchange, tmp_path: Path
) -> None:
    first = datetime.fromtimestamp(NOW / 1000, UTC).replace(
        day=1, hour=5, minute=0, second=0, microsecond=0
    )
    chosen = CandleSet("binanceusdm", "BTC/USDT:USDT", "1h", NOW - 70 * 24 * HOUR)
    updated(server, tmp_path, chosen)
    found = {candle.timestamp: candle for candle in read(files(tmp_path, chosen))}
    at = round(first.timestamp() * 1000)
    assert found[at].filled
    assert found[at].close == found[at - HOUR].close


def test_nothing_is_made_up_before_a_market_was_listed(
    server: SampleExchange, tmp_path: Path
) -> None:
    wire = server.wire
    assert isinstance(wire, UsdM)
    wire.listed = NOW // HOUR * HOUR - 100 * HOUR
    chosen = hourly(70)
    updated(server, tmp_path, chosen)
    assert next(iter(read(files(tmp_path, chosen)))).timestamp >= wire.listed


def test_a_failure_keeps_what_was_complete(server: SampleExchange, tmp_path: Path) -> None:
    chosen = hourly(70)
    server.faults.append(Fault(path="/klines", after=1, times=1000, status=500, body=b""))
    with pytest.raises(CandlesFailed, match="could not be asked for"):
        updated(server, tmp_path, chosen)
    server.faults.clear()
    assert len(files(tmp_path, chosen)) == 1
    updated(server, tmp_path, chosen)
    assert len(files(tmp_path, chosen)) >= 3


def test_a_damaged_month_is_asked_for_again(server: SampleExchange, tmp_path: Path) -> None:
    chosen = hourly(70)
    updated(server, tmp_path, chosen)
    first = files(tmp_path, chosen)[0]
    whole = first.read_bytes()
    first.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CandlesFailed, match="damaged"):
        list(read([first]))
    updated(server, tmp_path, chosen)
    assert is_closed(first)
    assert len(list(read([first]))) > 24


@pytest.mark.parametrize("frame", ["7x", "h1", "0m", "", "1000m"])
def test_a_time_frame_that_is_none(frame: str) -> None:
    with pytest.raises(CandlesFailed, match="not a time frame"):
        _ = CandleSet("binanceusdm", "A/B", frame, 0).step


def test_an_unknown_market_is_said(server: SampleExchange, tmp_path: Path) -> None:
    with pytest.raises(CandlesFailed, match="does not know the market"):
        updated(server, tmp_path, CandleSet("binanceusdm", "NO/SUCH:USDT", "1h", NOW - HOUR * 9))


def test_months_follow_each_other() -> None:
    since = round(datetime(2025, 11, 15, tzinfo=UTC).timestamp() * 1000)
    now = round(datetime(2026, 2, 2, tzinfo=UTC).timestamp() * 1000)
    spans = list(months(since, now))
    assert spans[0][0] == since
    assert [stop for _, stop in spans[:-1]] == [start for start, _ in spans[1:]]
    assert len(spans) == 4


def test_exports_for_others(server: SampleExchange, tmp_path: Path) -> None:
    import pyarrow.feather

    chosen = hourly(3)
    updated(server, tmp_path, chosen)
    found = list(read(files(tmp_path, chosen)))
    for form in ("csv", "parquet", "feather"):
        assert write(tmp_path / f"out.{form}", found, form) == len(found)
    table = pyarrow.feather.read_table(tmp_path / "out.feather")
    assert table.column_names == ["date", "open", "high", "low", "close", "volume"]
    assert str(table.schema.field("date").type) == "timestamp[ms, tz=UTC]"
    assert table.column("close").to_pylist() == [float(candle.close) for candle in found]
    assert os.stat(tmp_path / "out.csv").st_size > 100
