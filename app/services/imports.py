"""A file of the user's into the archive: see `app.exchange.imports`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.errors import WrongUsage
from app.exchange.archive import Account, Archive
from app.exchange.imports import KINDS, LARGEST, import_csv
from app.exchange.streams import Kind
from app.exchange.tables import table_for
from app.monitor import Monitor, Problem
from app.services.archive import no_such_account
from app.services.export import millis
from app.services.home import Home

_NAMES = {"trades": Kind.FILLS, **{kind.value: kind for kind in KINDS}}


def import_file(
    home: Home,
    file: Path,
    *,
    what: str,
    account: str,
    exchange: str | None,
    columns: Mapping[str, str],
    since: str | None = None,
    until: str | None = None,
    monitor: Monitor,
) -> dict[str, object]:
    """Import a CSV file for an account that the archive knows, or a new one at `exchange`. `since`
    and `until` are days or times between which it holds everything. Raises `WrongUsage`; lines that
    were left out are a Problem."""
    kind = _NAMES.get(what)
    if kind is None:
        raise WrongUsage("import-kind", what=what)
    span = millis(since), millis(until)
    content = _content(file)
    with Archive(home.paths.archive_file) as archive:
        number = _number(archive, account, exchange)
        report = import_csv(archive, number, kind, content, file.name, columns=columns, span=span)
    if report.wrong:
        line, reason = report.wrong[0]
        params: dict[str, str | int] = {"count": len(report.wrong), "line": line, "reason": reason}
        monitor.problem(Problem("import-bad-lines", params))
    return {
        "path": str(file),
        "account": account,
        "what": what,
        "rows": report.rows,
        "new": report.records,
        "ignored_columns": report.ignored,
        "left_out": [{"line": line, "reason": reason} for line, reason in report.wrong],
    }


def _content(file: Path) -> bytes:
    try:
        if file.stat().st_size > LARGEST:
            raise WrongUsage("import-too-large", path=str(file))
        return file.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise WrongUsage("import-unreadable", path=str(file), reason=reason) from error


def _number(archive: Archive, name: str, exchange: str | None) -> int:
    fitting = [
        number
        for number, account in archive.accounts()
        if account.name.casefold() == name.casefold()
        if exchange is None or account.exchange == exchange
    ]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise WrongUsage("import-which-account", name=name)
    if exchange is None:
        raise no_such_account(archive, name)
    table_for(exchange)
    return archive.account(Account(name, exchange))
