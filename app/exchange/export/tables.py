"""csv, parquet and xlsx, written as the rows come; a file appears when it is complete."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.errors import AppError
from app.exchange.export.rows import Row
from app.files import replaced

_BATCH = 50_000  # rows of a parquet row group: about 30 MB in memory
_SHEET = 1_048_575  # rows of a sheet below its heading: Excel's limit
_WHOLE = frozenset({"timestamp", "version", "updated", "lastTradeTimestamp", "lastUpdateTimestamp"})


class ExportFailed(AppError):
    """The file could not be written."""


@contextmanager
def target(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to, which becomes `path` when all went well."""
    try:
        with replaced(path) as temporary:
            yield temporary
    except OSError as error:
        reason = error.strerror or str(error)
        raise ExportFailed("export-unwritable", path=str(path), reason=reason) from error


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """UTF-8, a heading, lines ended by CR LF (RFC 4180); an empty field is no value. Returns how
    many rows there were."""
    with target(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        counted = itertools.count()
        writer.writerows(map(_counting(counted), rows))
        return next(counted)


def _counting(counted: Iterator[int]) -> Callable[[Row], Row]:
    """Counts rows on their way, and writes what csv cannot: lists as JSON."""

    def plain(row: Row) -> Row:
        next(counted)
        for value in row:
            if isinstance(value, (list, dict, bool)):
                return tuple(map(_plain, row))
        return row

    return plain


def _plain(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, (list, dict)) else value


def write_parquet(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Amounts and prices as text, times as 64-bit ms, compressed with zstd."""
    import pyarrow
    import pyarrow.parquet

    types = [pyarrow.int64() if name in _WHOLE else pyarrow.string() for name in columns]
    schema = pyarrow.schema(list(zip(columns, types, strict=True)))
    count = 0
    with (
        target(path) as temporary,
        pyarrow.parquet.ParquetWriter(temporary, schema, compression="zstd") as writer,
    ):
        for batch in _batches(rows):
            count += len(batch)
            arrays = [
                pyarrow.array(_column(values, whole=name in _WHOLE), kind)
                for name, kind, values in zip(columns, types, zip(*batch, strict=True), strict=True)
            ]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
    return count


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while batch := list(itertools.islice(iterator, _BATCH)):
        yield batch


def _column(values: Sequence[object], *, whole: bool) -> list[object]:
    if whole:
        return [value if isinstance(value, int) else None for value in values]
    return [None if value is None else str(_plain(value)) for value in values]


def write_xlsx(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """One sheet for each million rows. Numbers are text, because a cell's number has 15 digits."""
    import xlsxwriter

    count = 0
    options = {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
    with target(path) as temporary, xlsxwriter.Workbook(str(temporary), options) as book:
        iterator = iter(rows)
        while True:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, columns)
            sheet.freeze_panes(1, 0)
            place = 0
            for place, row in enumerate(itertools.islice(iterator, _SHEET), 1):
                for column, value in enumerate(row):
                    if value is not None:
                        sheet.write_string(place, column, str(_plain(value)))
            count += place
            if place < _SHEET:
                return count
