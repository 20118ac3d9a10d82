"""Rows of the archive into a file that the user names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from app.errors import WrongUsage
from app.exchange.archive import Archive
from app.exchange.export.rows import Row, Selection, What, columns, rows
from app.exchange.export.tables import write_csv, write_parquet, write_xlsx
from app.exchange.export.tax import tax_rows
from app.exchange.export.tax_formats import FORMATS
from app.monitor import Monitor, Problem
from app.services.archive import no_such_account, opened
from app.services.home import Home

Write = Callable[[Path, Sequence[str], Iterable[Row]], int]
TABLES: dict[str, Write] = {"csv": write_csv, "parquet": write_parquet, "xlsx": write_xlsx}
NAMES = (*TABLES, *FORMATS)


def export(
    home: Home, selection: Selection, form: str, out: Path, monitor: Monitor
) -> dict[str, object]:
    """Write `out`; it appears when it is complete. Raises `WrongUsage`, `ExportFailed`."""
    if form in FORMATS and selection.what is not What.TRADES:
        raise WrongUsage("export-tax-whole", format=form, what=selection.what.value)
    with opened(home) as archive:
        if selection.account is not None:
            selection = replace(selection, account=account_named(archive, selection.account))
        names, count = write(archive, selection, form, out, monitor)
    if not count:
        monitor.problem(Problem("export-nothing"))
    return {"path": str(out), "rows": count, "format": form, "columns": list(names)}


def write(
    archive: Archive, selection: Selection, form: str, out: Path, monitor: Monitor
) -> tuple[Sequence[str], int]:
    """Write `out`; its columns and how many rows there are. What a tax program's file has to leave
    out is a Problem. Raises `ExportFailed`."""
    if form not in FORMATS:
        names = columns(selection.what)
        return names, TABLES[form](out, names, rows(archive, selection))
    left_out: list[str] = []
    names = FORMATS[form].columns
    count = write_csv(out, names, tax_rows(archive, selection, form, left_out))
    if left_out:
        params: dict[str, str | int] = {"count": len(left_out), "first": left_out[0]}
        monitor.problem(Problem("export-left-out", params))
    return names, count


def account_named(archive: Archive, name: str) -> str:
    """The account's own spelling; `WrongUsage` if there is none of that name."""
    for _, account in archive.accounts():
        if account.name.casefold() == name.casefold():
            return account.name
    raise no_such_account(archive, name)


def millis(text: str | None) -> int | None:
    """A day or time as ms; a day begins at midnight UTC. `WrongUsage` for anything else."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise WrongUsage("export-bad-time", text=text) from error
    if moment.tzinfo is None:
        if len(text) > len("2025-01-01"):
            raise WrongUsage("export-bad-time", text=text)
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)
