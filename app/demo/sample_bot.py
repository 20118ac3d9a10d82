"""A sample bot in freqtrade's layout, and a process that trades into its database.

Everything is made from one seed, so two demos start from equal files. `python -m
app.demo.sample_bot DATABASE RATE` writes RATE transactions a second until its standard input
ends, then prints what it did as one JSON object.
"""

from __future__ import annotations

import json
import random
import select
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from app.settings.program import module

_PAIRS = ("BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT", "ADA/USDT", "LINK/USDT")
_START = datetime(2026, 1, 1, tzinfo=UTC)
_SCHEMA = """
CREATE TABLE trades (
    id INTEGER PRIMARY KEY, pair TEXT NOT NULL, side TEXT NOT NULL, amount TEXT NOT NULL,
    price TEXT NOT NULL, fee TEXT NOT NULL, opened TEXT NOT NULL, note TEXT NOT NULL
)
"""
_INSERT = (
    "INSERT INTO trades (pair, side, amount, price, fee, opened, note) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_STRATEGY = '''"""A sample strategy: buys above one moving average, sells below another."""


class {name}:
    timeframe = "{frame}"
    minimal_roi = {{"0": 0.0{roi}}}
    stoploss = -0.0{stop}
    fast, slow = {fast}, {slow}

    def wants_to_buy(self, candles):
        return candles[-self.fast :].mean() > candles[-self.slow :].mean()
'''
# How long the writer waits for a lock: freqtrade's patience is of this order.
PATIENCE = 0.5


def make_bot(folder: Path, seed: int = 1) -> Path:
    """Make a bot in an empty or missing folder; returns its database, in WAL mode."""
    chance = random.Random(seed)
    data = folder / "user_data"
    for name in ("strategies", "data/binance", "logs", "backtest_results"):
        (data / name).mkdir(parents=True)
    (data / "config.json").write_text(_config(), encoding="utf-8")
    for number in range(12):
        text = _STRATEGY.format(
            name=f"Trend{number:02}", frame=chance.choice(("5m", "15m", "1h")),
            roi=number + 1, stop=number + 2, fast=5 + number, slow=20 + 3 * number,
        )  # fmt: skip
        (data / "strategies" / f"trend_{number:02}.py").write_text(text, encoding="utf-8")
    for pair in _PAIRS:
        name = pair.replace("/", "_") + "-5m.csv"
        (data / "data/binance" / name).write_text(_candles(chance, 24_000), encoding="utf-8")
    for number in range(200):
        result = {"run": number, "profit": str(_money(chance, -500, 900)), "trades": number * 3}
        path = data / "backtest_results" / f"result-{number:03}.json"
        path.write_text(json.dumps(result, indent=2), encoding="utf-8")
    (data / "logs" / "freqtrade.log").write_text(_log(chance), encoding="utf-8")
    database = data / "tradesv3.sqlite"
    _make_database(database, chance)
    return database


def make_folder(folder: Path, seed: int = 2) -> None:
    """Make a folder as a trader keeps beside a bot: exports, notes, a link to the newest."""
    chance = random.Random(seed)
    (folder / "exports").mkdir(parents=True)
    for year in (2023, 2024, 2025):
        path = folder / "exports" / f"fills-{year}.csv"
        path.write_text(_fills(chance, year), encoding="utf-8")
    (folder / "notes.md").write_text("# Plan\n\nNever risk more than one per cent.\n", "utf-8")
    (folder / "newest.csv").symlink_to("exports/fills-2025.csv")
    (folder / "chart.bin").write_bytes(chance.randbytes(3 << 20))


def _config() -> str:
    config = {
        "dry_run": True,
        "stake_currency": "USDT",
        "stake_amount": "100",
        "exchange": {"name": "binance", "key": "", "secret": "", "pair_whitelist": _PAIRS},
        "db_url": "sqlite:///user_data/tradesv3.sqlite",
    }
    return json.dumps(config, indent=2) + "\n"


def _money(chance: random.Random, low: int, high: int) -> Decimal:
    return Decimal(chance.randrange(low * 100, high * 100)) / 100


def _candles(chance: random.Random, count: int) -> str:
    lines = ["time,open,high,low,close,volume"]
    price = 50_000_00
    for number in range(count):
        last, price = price, max(100, price + chance.randrange(-4000, 4001))
        high, low = (
            max(last, price) + chance.randrange(900),
            min(last, price) - chance.randrange(90),
        )
        moment = _START + timedelta(minutes=5 * number)
        cents = (Decimal(each) / 100 for each in (last, high, low, price))
        volume = Decimal(chance.randrange(1, 9_000_000)) / 1000
        lines.append(f"{moment:%Y-%m-%dT%H:%M:%SZ},{','.join(map(str, cents))},{volume}")
    return "\n".join(lines) + "\n"


def _fills(chance: random.Random, year: int) -> str:
    lines = ["id,time,pair,side,amount,price,fee"]
    for number in range(4000):
        moment = datetime(year, 1, 1, tzinfo=UTC) + timedelta(minutes=130 * number)
        amount = Decimal(chance.randrange(1, 90_000)) / 10_000
        lines.append(
            f"{year}{number:06},{moment:%Y-%m-%dT%H:%M:%SZ},{chance.choice(_PAIRS)},"
            f"{chance.choice(('buy', 'sell'))},{amount},{_money(chance, 10, 60_000)},"
            f"{_money(chance, 0, 9)}"
        )
    return "\n".join(lines) + "\n"


def _log(chance: random.Random) -> str:
    return "".join(
        f"{_START + timedelta(seconds=37 * number):%Y-%m-%d %H:%M:%S} - INFO - "
        f"{chance.choice(_PAIRS)}: no signal, {chance.randrange(1000)} ms\n"
        for number in range(20_000)
    )


def _make_database(path: Path, chance: random.Random) -> None:
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(_SCHEMA)
        with connection:
            connection.executemany(_INSERT, (_trade(chance, number) for number in range(20_000)))
    finally:
        connection.close()


def _trade(chance: random.Random, number: int) -> tuple[str, ...]:
    moment = _START + timedelta(minutes=11 * number)
    return (
        chance.choice(_PAIRS),
        chance.choice(("long", "short")),
        str(Decimal(chance.randrange(1, 90_000)) / 10_000),
        str(_money(chance, 10, 60_000)),
        str(_money(chance, 0, 9)),
        f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        f"signal {number} {chance.getrandbits(64):016x}",
    )


# --- the process that trades ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Traded:
    """What a writer did: transactions, those that failed, and how long the slowest took (s)."""

    written: int
    failed: int
    slowest: float


class Writer:
    """A process that writes to a database meanwhile; a context manager."""

    def __init__(self, database: Path, rate: int = 200) -> None:
        command = [*module("app.demo.sample_bot"), str(database), str(rate)]
        root = Path(__file__).resolve().parents[2]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()  # it says when it has begun
        self.traded: Traded | None = None

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_exc: object) -> None:
        if self.traded is None:
            self.stop()

    def stop(self) -> Traded:
        """End it; returns what it did."""
        out, _ = self._process.communicate(timeout=30)
        answer = json.loads(out)
        self.traded = Traded(answer["written"], answer["failed"], answer["slowest"])
        return self.traded


def _write(database: Path, rate: int) -> Traded:
    """Write until standard input ends."""
    chance = random.Random(3)
    connection = sqlite3.connect(database, timeout=PATIENCE)
    written = failed = 0
    slowest = 0.0
    begin = time.monotonic()
    print("ready", flush=True)  # noqa: T201  # its protocol
    while not select.select([sys.stdin], [], [], max(0.0, _due(begin, written + failed, rate)))[0]:
        before = time.monotonic()
        try:
            with connection:
                connection.execute(_INSERT, _trade(chance, 20_000 + written))
            written += 1
        except sqlite3.OperationalError:
            failed += 1
        slowest = max(slowest, time.monotonic() - before)
    connection.close()
    return Traded(written, failed, slowest)


def _due(begin: float, done: int, rate: int) -> float:
    return begin + done / rate - time.monotonic()


def _main() -> None:
    traded = _write(Path(sys.argv[1]), int(sys.argv[2]))
    answer = {"written": traded.written, "failed": traded.failed, "slowest": traded.slowest}
    print(json.dumps(answer))  # noqa: T201  # its protocol


if __name__ == "__main__":
    _main()
