"""A folder tree for every kind of bot that we know."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from app.bots.kinds import Kind, load_kinds
from app.bots.markers import Marker

KINDS = load_kinds(Path(__file__).resolve().parents[2] / "resources" / "bots.toml")


def grow(folder: Path, group: tuple[Marker, ...]) -> Path:
    """A folder with the signs of one group of markers and some files more."""
    folder.mkdir(parents=True, exist_ok=True)
    for marker in group:
        parts = [part.replace("*", "X").replace("[45]", "5") for part in marker.parts]
        path = folder.joinpath(*parts)
        if marker.folder:
            path.mkdir(parents=True, exist_ok=True)
            (path / "inside.txt").write_text("x")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"before " + marker.content + b"HOST=localhost\n")
    return folder


def groups() -> list[tuple[Kind, tuple[Marker, ...]]]:
    """Every group of every kind."""
    return [(kind, group) for kind in KINDS.values() for group in kind.markers]


def freqtrade(folder: Path) -> Path:
    """A Freqtrade as it really looks, in small."""
    data = folder / "user_data"
    for name in ("strategies/__pycache__", "data/binance", "backtest_results", "logs"):
        (data / name).mkdir(parents=True)
    (data / "config.json").write_text('{"exchange": {"key": "K", "secret": "S"}}')
    (data / "strategies" / "mine.py").write_text("class Mine: ...")
    (data / "strategies" / "__pycache__" / "mine.cpython-311.pyc").write_bytes(bytes(100))
    (data / "data" / "binance" / "BTC_USDT-5m.feather").write_bytes(bytes(5000))
    (data / "logs" / "freqtrade.log").write_text("bought\n")
    with closing(sqlite3.connect(data / "tradesv3.sqlite")) as database:
        database.execute("CREATE TABLE trades(id INTEGER PRIMARY KEY)")
    return folder


def freqtrade_trades(path: Path) -> Path:
    """A database as Freqtrade makes it: one trade open, one closed, one order open."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            """
            CREATE TABLE trades(id INTEGER PRIMARY KEY, exchange VARCHAR(25), pair VARCHAR(25),
                is_open BOOLEAN, is_short BOOLEAN, amount FLOAT, open_date DATETIME);
            CREATE TABLE orders(id INTEGER PRIMARY KEY, ft_trade_id INTEGER, ft_pair VARCHAR(25),
                ft_is_open BOOLEAN, order_id VARCHAR(255), side VARCHAR(25), amount FLOAT,
                remaining FLOAT, order_date DATETIME);
            INSERT INTO trades VALUES
                (1, 'binance', 'BTC/USDT', 0, 0, 1.0, '2026-01-01 00:00:00.000000'),
                (2, 'binance', 'ETH/USDT:USDT', 1, 1, 0.1, '2026-03-01 12:00:00.000000');
            INSERT INTO orders VALUES
                (6, 1, 'BTC/USDT', 0, '885', 'sell', 1.0, 0.0, '2026-01-01 00:00:00.000000'),
                (7, 2, 'ETH/USDT:USDT', 1, '886', 'buy', 0.1, 1e-08, '2026-03-02 00:00:01.500000');
            """
        )
    return path


def hummingbot_orders(path: Path, kind: str, amount: float) -> Path:
    """A database as Hummingbot makes it, amounts of a `kind` of column: three orders open."""
    path.parent.mkdir(parents=True, exist_ok=True)
    states = {
        "buy-BTC-USDT-1": "BuyOrderCreated", "HBOT-2": "SellOrderCreated",
        "sell-BTC-USDT-3": "OrderFilled", "buy-4": "BuyOrderCompleted", "buy-5": "OrderCancelled",
    }  # fmt: skip
    with closing(sqlite3.connect(path)) as database:
        database.execute(
            f'CREATE TABLE "Order"(id TEXT, market TEXT, symbol TEXT, amount {kind},'
            " creation_timestamp BIGINT, last_status TEXT, exchange_order_id TEXT)"
        )
        for number, (order, status) in enumerate(states.items(), 1):
            row = (order, "binance", "BTC-USDT", amount, 1767225600000 + 1000 * number, status)
            database.execute('INSERT INTO "Order" VALUES(?,?,?,?,?,?,?)', (*row, f"x{number}"))
        database.commit()
    return path
