"""`python -m tests.bench.archive`: what a window asks of an archive with a million fills.

Prints a table: how long the first page and any other take, in each order; how long putting rows
in order takes; the memory of the child that answers. It is filled without a pull.

    --small   a fiftieth of everything: does it work at all
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from app.exchange.archive import Account, Archive
from app.exchange.looking.open import connect, readable
from app.exchange.looking.table import Rows, Wish
from app.exchange.records import stored_fields
from app.exchange.streams import Kind

MARKETS = tuple(f"COIN{number}USDT" for number in range(10))
_PAGE = 200
_ORDERS = ("timestamp", "price", "amount", "symbol", "side", "account")


def fill(path: Path, count: int) -> None:
    """An archive with `count` fills on ten markets."""
    names = stored_fields(Kind.FILLS)
    with Archive(path) as archive:
        account = archive.account(Account("bench", "binanceusdm"))
        with archive.transaction() as database:
            series = [archive.series(account, Kind.FILLS.value, "", each) for each in MARKETS]
            database.executemany(
                "INSERT INTO record VALUES (?, ?, 1, ?, 0, 1, ?, ?)",
                (_row(series[number % 10], number, names) for number in range(count)),
            )


def _row(series: int, number: int, names: tuple[str, ...]) -> tuple[object, ...]:
    when = 1_700_000_000_000 + number * 60_000
    told = {
        "id": str(number),
        "timestamp": when,
        "symbol": f"COIN{number % 10}/USDT:USDT",
        "order": str(number // 3),
        "side": "buy" if number % 2 else "sell",
        "takerOrMaker": "maker",
        "price": f"{number * 7919 % 99991}.{number % 100:02}",
        "amount": f"0.{number * 31 % 997:03}",
        "cost": f"{number % 5003}.5",
        "fee_cost": "0.01",
        "fee_currency": "USDT",
    }
    data = json.dumps([told.get(name) for name in names], separators=(",", ":"))
    return series, str(number), when, number, data


def table(path: Path, count: int) -> Iterator[str]:
    yield "| order | first page | any page, the slowest of 40 | goal |"
    yield "|---|---|---|---|"
    database = connect(path)
    for order in _ORDERS:
        for text in ("", "coin7"):
            rows = Rows(database)
            wish = Wish(Kind.FILLS, text=text, order=order)
            first, total = _timed(rows, database, path, wish, 0)
            if not text:
                assert total == count
            _timed(rows, database, path, wish, total // 2)  # in order now, if it was not before
            places = [total * part // 41 for part in range(40)]
            slowest = max(_timed(rows, database, path, wish, place)[0] for place in places)
            name = f"{order}, with a filter" if text else order
            yield f"| {name} | {first * 1000:.0f} ms | {slowest * 1000:.1f} ms | 50 ms |"
    database.close()


def _timed(
    rows: Rows, database: sqlite3.Connection, path: Path, wish: Wish, start: int
) -> tuple[float, int]:
    began = time.perf_counter()
    with readable(database, path):
        found, total = rows.page(wish, start, _PAGE)
    assert len(found) == min(_PAGE, max(0, total - start))
    return time.perf_counter() - began, total


def memory(path: Path) -> int:
    """The most memory of a process that puts everything in order and reads a page, in MB."""
    child = subprocess.run(
        [sys.executable, "-m", "tests.bench.archive", "--child", str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(child.stdout) // 1024


def _child(path: Path) -> None:
    database = connect(path)
    rows = Rows(database)
    for order in _ORDERS:
        _timed(rows, database, path, Wish(Kind.FILLS, order=order), 5_000)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--child", type=Path)
    asked = parser.parse_args()
    if asked.child is not None:
        _child(asked.child)
        return
    count = 1_000_000 // (50 if asked.small else 1)
    folder = Path(tempfile.mkdtemp(prefix="tradekeep-bench-"))
    try:
        path = folder / "archive.db"
        fill(path, count)
        print(f"{count:,} fills, {path.stat().st_size >> 20} MB")
        for line in table(path, count):
            print(line, flush=True)
        print(f"| memory of the child | {memory(path)} MB | | |")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
