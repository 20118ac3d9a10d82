"""`python -m tests.bench.exchange`: pulls from a sample exchange on this machine, and the archive.

The exchange is a process of its own. Prints a table: the share of the permitted requests that a
pull makes, without latency and with 200 ms of it; calls against the least number of calls; bytes
a fill, rows a second, and memory for a million fills.

    --small   a fiftieth of everything: does it work at all
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from app.demo.exchange.server import Request, SampleExchange
from app.demo.exchange.usdm import Rows, UsdM
from app.demo.exchange.world import DAY, World, sample_markets
from app.exchange.archive import Account, Archive
from app.exchange.balances import monthly
from app.exchange.client import connect
from app.exchange.export.rows import Selection, What, columns, rows
from app.exchange.export.tables import write_csv
from app.exchange.pull import pull
from app.exchange.pull_state import PullReport
from app.exchange.tables import table_for, told_by
from app.exchange.throttle import Throttle
from app.monitor import Recorder
from app.secret import Secret

SECRETS = {"apiKey": Secret("sample-key"), "secret": Secret("sample-secret")}
ACCOUNT = Account("bench", "binanceusdm", "demo")
YEARS = 3 * 365 * DAY
# Seconds for a request of cost 1, and the history of that measurement: twice as fast as what we
# take at Binance, and a month of it, so that it ends in a minute.
_INTERVAL = 0.05
_MONTH = 30 * DAY


@dataclass
class Many(UsdM):
    """Binance's wire format over fills that are made up while they are asked for: `fills` of them
    on each of three markets, evenly over three years, and one funding row for each hundred."""

    fills: int = 0
    begin: int = 0

    def _step(self) -> int:
        return max(1, YEARS // max(1, self.fills))

    def _fills(self, request: Request) -> Rows:
        name = self._symbol(request).name
        limit, begin = self._limit(request, 500, 1000), request.number("fromId")
        assert begin is not None
        first = max(1, begin)
        return [
            _fill(name, number, self.begin + number * self._step())
            for number in range(first, min(first + limit, self.fills + 1))
        ]

    def _income(self, request: Request) -> Rows:
        start, end = self._span(request, 90 * DAY, None)
        if request.text("incomeType") == "TRANSFER":
            return []
        limit, page = self._limit(request, 100, 1000), request.number("page") or 1
        every = self._step() * 100
        numbers = range(max(0, -(-(start - self.begin) // every)), (end - self.begin) // every + 1)
        chosen = numbers[(page - 1) * limit : page * limit]
        return [_income(number, self.begin + number * every) for number in chosen]


def _fill(market: str, number: int, when: int) -> dict[str, object]:
    price, amount = 60_000 + number % 997, number % 50 + 1
    return {
        "symbol": market,
        "id": number,
        "orderId": 8_000_000_000 + number // 3,
        "side": "BUY" if number % 2 else "SELL",
        "price": f"{price}.{number % 100:02}",
        "qty": f"0.{amount:03}",
        "realizedPnl": f"{number % 7}.{number % 9973:08}",
        "quoteQty": f"{price * amount / 1000:.4f}",
        "commission": f"0.{number % 99991:08}",
        "commissionAsset": "USDT",
        "time": when,
        "positionSide": "BOTH",
        "maker": number % 3 == 0,
        "buyer": bool(number % 2),
    }


def _income(number: int, when: int) -> dict[str, object]:
    return {
        "symbol": "BTCUSDT",
        "incomeType": "FUNDING_FEE",
        "income": f"-0.{number % 9973:08}",
        "asset": "USDT",
        "info": "",
        "time": when,
        "tranId": number,
        "tradeId": "",
    }


def _serve(pipe: Connection, fills: int, begin: int, latency: float) -> None:
    world = World()
    for market in sample_markets():
        world.add_market(market)
    with SampleExchange(Many(world, fills=fills, begin=begin), latency=latency) as exchange:
        pipe.send(exchange.address)
        while True:
            pipe.recv()
            with exchange.lock:
                pipe.send((len(exchange.log), exchange.calls("/userTrades")))
                exchange.log.clear()


@dataclass(frozen=True)
class Remote:
    """The sample exchange in its own process."""

    address: str
    pipe: Connection

    def counted(self) -> tuple[int, int]:
        """Requests since the last time, and those for fills."""
        self.pipe.send("count")
        total, fills = self.pipe.recv()
        return int(total), int(fills)


@contextmanager
def exchange(fills: int, begin: int, latency: float = 0.0) -> Iterator[Remote]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, fills, begin, latency), daemon=True)
    process.start()
    try:
        yield Remote(ours.recv(), ours)
    finally:
        process.terminate()
        process.join()


def pulled(archive: Archive, remote: Remote, since: int, throttle: Throttle) -> PullReport:
    async def run() -> PullReport:
        client = connect(
            table_for(ACCOUNT.exchange),
            SECRETS,
            throttle,
            settings={"address": remote.address},
            told=told_by(ACCOUNT.exchange),
        )
        monitor = Recorder()
        try:
            report = await pull(client, archive, ACCOUNT, monitor, since=since)
        finally:
            await client.close()
        assert not monitor.problems, monitor.problems
        return report

    return asyncio.run(run())


def rate(folder: Path, fills: int, begin: int, latency: float) -> str:
    """The share of what the throttle permits: requests times their spacing over the time."""
    # ccxt's costs differ by endpoint, so the permitted time is what the throttle itself adds up.
    spent: list[float] = []
    throttle = Throttle(_INTERVAL)
    original = throttle.wait

    async def wait(cost: float) -> None:
        spent.append(cost)
        await original(cost)

    throttle.wait = wait  # type: ignore[method-assign]
    with exchange(fills, begin, latency) as remote, Archive(folder / "rate" / "a.db") as archive:
        started = time.perf_counter()
        pulled(archive, remote, begin + YEARS - _MONTH, throttle)
        took = time.perf_counter() - started
    shutil.rmtree(folder / "rate")
    return f"{sum(spent) * throttle.interval / took:.1%} of {len(spent)} requests' time"


def timed(work: Callable[[], object]) -> tuple[float, object]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--small", action="store_true")
    small = parser.parse_args().small
    folder = Path(tempfile.mkdtemp(prefix="tradekeep-bench-"))
    try:
        for line in table(folder, 50 if small else 1):
            print(line, flush=True)
    finally:
        shutil.rmtree(folder)


def table(folder: Path, divisor: int) -> Iterator[str]:
    begin = time.time_ns() // 1_000_000 - YEARS
    yield "| work | measured | goal |"
    yield "|---|---|---|"
    for latency in (0.0, 0.2):
        name = f"requests, {latency * 1000:.0f} ms of latency"
        yield f"| {name} | {rate(folder, 20_000 // divisor, begin, latency)} | at least 95 % |"
    yield from _calls(folder, 50_000 // 3 // divisor, begin)
    yield from _million(folder, 1_000_000 // 3 // divisor, begin)


def _calls(folder: Path, each: int, begin: int) -> Iterator[str]:
    with exchange(each, begin) as remote, Archive(folder / "calls" / "a.db") as archive:
        pulled(archive, remote, begin, Throttle(0.0))
        total, fills = remote.counted()
        least = 3 * (each // 1000 + 1)
        yield f"| calls for {3 * each:,} fills in 3 years | {fills / least:.2f} × the least | 1.1 |"
        pulled(archive, remote, begin, Throttle(0.0))
        again, _ = remote.counted()
        yield f"| calls of a second pull | {again} of {total} | the overlap only |"


def _million(folder: Path, each: int, begin: int) -> Iterator[str]:
    path = folder / "million" / "a.db"
    with exchange(each, begin) as remote, Archive(path) as archive:
        took, _ = timed(lambda: pulled(archive, remote, begin, Throttle(0.0)))
        yield f"| a pull of {3 * each:,} fills without any throttle | {took:.1f} s | – |"
    with Archive(path) as archive:
        count = archive.database.execute("SELECT count(*) FROM record").fetchone()[0]
        archive.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = path.stat().st_size / count
        yield f"| bytes a row, with evidence | {size:.0f} | under 400 |"
        took, series = timed(lambda: monthly(archive))
        assert series
        yield f"| a monthly balance series | {took * 1000:.1f} ms | under 100 ms |"
        out = folder / "trades.csv"
        chosen = Selection(what=What.TRADES)
        took, written = timed(lambda: write_csv(out, columns(What.TRADES), rows(archive, chosen)))
        assert written == 3 * each
        yield f"| export to csv | {3 * each / took:,.0f} rows a second | over 150,000 |"
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    yield f"| memory of all of it | {memory / 1e6:.0f} MB | under 250 MB |"


if __name__ == "__main__":
    main()
