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
