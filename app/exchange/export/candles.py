"""Candles as files for others: csv, parquet, and freqtrade's feather."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.exchange.candles import Candle
from app.exchange.export.tables import target, write_csv, write_parquet

COLUMNS = ("timestamp", "datetime", "open", "high", "low", "close", "volume", "filled", "fetched")


def write(path: Path, candles: Sequence[Candle], form: str) -> int:
    """`form` is csv, parquet or feather. Returns how many candles there are."""
    if form == "feather":
        return write_feather(path, candles)
    from app.exchange.export.rows import iso

    rows = [
        (
            c.timestamp,
            iso(c.timestamp),
            c.open,
            c.high,
            c.low,
            c.close,
            c.volume,
            c.filled,
            c.fetched,
        )
        for c in candles
    ]
    return (write_csv if form == "csv" else write_parquet)(path, COLUMNS, rows)


def write_feather(path: Path, candles: Sequence[Candle]) -> int:
    """As freqtrade's `feather` data format has it: `date` in UTC and five doubles, lz4. The one
    place where prices become floats, because that is the format; the archive keeps the text."""
    import pyarrow
    import pyarrow.feather

    date = pyarrow.array([c.timestamp for c in candles], pyarrow.timestamp("ms", tz="UTC"))
    names = ("open", "high", "low", "close", "volume")
    columns = [
        pyarrow.array([float(getattr(c, name)) for c in candles], pyarrow.float64())
        for name in names
    ]
    table = pyarrow.table([date, *columns], names=["date", *names])
    with target(path) as temporary:
        pyarrow.feather.write_feather(table, str(temporary), compression="lz4")
    return len(candles)
