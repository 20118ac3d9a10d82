"""What the benchmark backs up, made from a seed: the same bytes on every machine."""

from __future__ import annotations

import gzip
import json
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

MIB = 1 << 20


def trader(folder: Path, size: int, files: int) -> None:
    """A trader's folder: candles as CSV, JSON, gz and binary, SQLite, logs, configurations."""
    makers: list[Callable[[random.Random, int], bytes]] = [_csv, _json, _gz, _binary, _log, _config]
    rng = random.Random(20261123)
    average = size // files
    for number in range(files):
        make = makers[number % len(makers)]
        wanted = int(average * rng.choice((0.1, 0.4, 1.0, 1.5, 2.0)))
        path = folder / f"{make.__name__[1:]}-{number // 100:03}" / f"part-{number:05}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make(rng, max(256, wanted)))
    _database(folder / "tradesv3.sqlite", rows=max(1000, size // (64 << 10)))


def small_files(folder: Path, count: int) -> None:
    """Many files of 0.2 to 8 KiB, a thousand to a folder."""
    rng = random.Random(7)
    for number in range(count):
        if number % 1000 == 0:
            below = folder / f"{number // 1000:04}"
            below.mkdir(parents=True)
        (below / f"{number:07}.json").write_bytes(_json(rng, rng.randrange(200, 8192)))


def incompressible(folder: Path, size: int) -> None:
    """One file of random bytes."""
    folder.mkdir(parents=True)
    rng = random.Random(3)
    with (folder / "ticks.bin").open("wb") as file:
        for _ in range(size // (16 * MIB)):
            file.write(rng.randbytes(16 * MIB))


def change(folder: Path, share: float, seed: int) -> None:
    """Change a share of the files: some get more at the end, some are overwritten inside."""
    rng = random.Random(seed)
    for path in sorted(each for each in folder.rglob("part-*") if each.is_file()):
        if rng.random() >= share:
            continue
        with path.open("r+b") as file:
            size = file.seek(0, 2)
            if rng.random() < 0.5:
                file.write(_csv(rng, max(64, size // 50)))
            else:
                file.seek(rng.randrange(max(1, size)))
                file.write(rng.randbytes(512))


def files_below(folder: Path) -> Iterator[Path]:
    """All regular files below a folder."""
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _walk(rng: random.Random, count: int) -> Iterator[tuple[int, float]]:
    price, stamp = rng.uniform(100, 60000), 1_600_000_000_000
    for _ in range(count):
        price *= 1 + rng.gauss(0, 0.0008)
        stamp += 60_000
        yield stamp, price


def _csv(rng: random.Random, size: int) -> bytes:
    lines = (
        f"{stamp},{price:.2f},{price * 1.001:.2f},{price * 0.999:.2f},{price:.2f},"
        f"{rng.random() * 50:.4f}\n"
        for stamp, price in _walk(rng, size // 62 + 1)
    )
    return "".join(lines).encode()[:size]


def _json(rng: random.Random, size: int) -> bytes:
    rows = [[stamp, round(price, 2), rng.randrange(1 << 30)] for stamp, price in
            _walk(rng, size // 36 + 1)]  # fmt: skip
    return json.dumps({"pair": "BTC/USDT", "data": rows}).encode()[:size]


def _gz(rng: random.Random, size: int) -> bytes:
    return gzip.compress(_csv(rng, size * 3), 6, mtime=0)[:size]


def _binary(rng: random.Random, size: int) -> bytes:
    return rng.randbytes(size)


def _log(rng: random.Random, size: int) -> bytes:
    lines = (
        f"2026-11-{rng.randrange(1, 29):02} {stamp % 86400:05} INFO freqtrade.worker: "
        f"Bot heartbeat. PID={rng.randrange(1 << 16)}, rate={price:.2f}\n"
        for stamp, price in _walk(rng, size // 80 + 1)
    )
    return "".join(lines).encode()[:size]


def _config(rng: random.Random, size: int) -> bytes:
    pairs = {f"pair{number}": rng.random() for number in range(size // 40 + 1)}
    return json.dumps({"exchange": {"name": "binance"}, "weights": pairs}, indent=1).encode()[:size]


def _database(path: Path, rows: int) -> None:
    rng = random.Random(11)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE trades (id INTEGER PRIMARY KEY, pair, rate, note)")
        connection.executemany(
            "INSERT INTO trades (pair, rate, note) VALUES (?, ?, ?)",
            (("BTC/USDT", f"{rng.uniform(1, 9):.8f}", rng.randbytes(200).hex()) for _ in
             range(rows)),
        )  # fmt: skip
