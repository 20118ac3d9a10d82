"""What the Exchanges page waits for: pages of a million fills, read by the reading child.

    python -m tests.bench.archive [--rows 1000000]

The archive is written by hand, without an exchange. Aimed at: a page of 200 rows at any place
within 50 ms, once its order stands; the newest rows at once.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from app.exchange.records import stored_fields
from app.exchange.schema import prepare
from app.exchange.streams import Kind
from app.settings.model import ExchangeSettings
from app.settings.paths import Paths
from app.settings.settings import add_exchange
from tests.bench.browse import Child, seconds
from tests.cli.support import Machine

AIM = 0.05
_MARKETS = ("BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT")
_ORDERS = ("timestamp", "price", "symbol")


def _fills(count: int, now: int) -> Iterator[tuple[object, ...]]:
    """Rows of `record`, spread over the markets' series."""
    rng = random.Random(1)
    names = stored_fields(Kind.FILLS)
    for number in range(count):
        market = number % len(_MARKETS)
        known = {
            "id": str(number),
            "symbol": _MARKETS[market],
            "side": rng.choice(("buy", "sell")),
            "price": f"{rng.uniform(20_000, 90_000):.1f}",
            "amount": f"{rng.uniform(0.001, 2):.3f}",
            "fee_cost": "0.0123",
            "fee_currency": "USDT",
        }
        data = json.dumps([known.get(name) for name in names], separators=(",", ":"))
        yield market + 1, f"{number:09}", 1, now - (count - number) * 60_000, 1, 0, data


def write_archive(path: Path, count: int) -> None:
    """An archive with one account of `count` fills."""
    path.parent.mkdir(parents=True, exist_ok=True)
    now = time.time_ns() // 1_000_000
    database = sqlite3.connect(path)
    prepare(database, path)
    database.execute("INSERT INTO account VALUES (1, 'main', 'binanceusdm', 'live', ?)", (now,))
    database.executemany(
        "INSERT INTO series VALUES (?, 1, 'fills', 'linear', ?)", enumerate(_MARKETS, 1)
    )
    database.executemany(
        "INSERT INTO record (series, native, version, time, evidence, place, data)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        _fills(count, now),
    )
    database.commit()
    database.close()


def measure(machine: Machine, count: int) -> float:
    """Print what each look takes; returns the seconds of the slowest page of a standing order."""
    child = Child(machine, "--archive")
    ask = {"do": "rows", "kind": "fills", "account": "main"}
    print(
        f"the accounts               {1000 * seconds(lambda: child.ask(do='accounts'), 3):8.1f} ms"
    )
    print(f"the newest, cold           {1000 * seconds(lambda: child.ask(**ask), 1):8.1f} ms")
    worst = seconds(lambda: child.ask(**ask))
    print(f"the newest, warm           {1000 * worst:8.1f} ms")
    for order in _ORDERS:
        wish = {**ask, "order": order}
        first = seconds(lambda wish=wish: child.ask(**wish, start=count // 2), 1)
        print(f"by {order:9}, first time   {1000 * first:8.1f} ms")
        for start in (0, count // 2, count - 200):
            page = seconds(lambda wish=wish, start=start: child.ask(**wish, start=start))
            print(f"by {order:9}, from {start:8,} {1000 * page:8.1f} ms")
            worst = max(worst, page)
    found = seconds(lambda: child.ask(**ask, text="eth/usdt"), 1)
    print(f"a filter, first time       {1000 * found:8.1f} ms")
    print(f"memory                     {child.memory / 1e6:8.1f} MB")
    child.process.communicate()
    return worst


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    count = parser.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="tradekeep-bench-") as temporary:
        machine = Machine(Path(temporary)).set_up()
        paths = Paths.find(machine.environment)
        account = ExchangeSettings(name="main", exchange="binanceusdm")
        add_exchange(paths.settings_file, account)
        write_archive(paths.archive_file, count)
        return 0 if measure(machine, count) <= AIM else 1


if __name__ == "__main__":
    sys.exit(main())
