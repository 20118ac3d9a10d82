"""History from a file, for what an exchange will no longer give: its own export, a tax program's.

The file itself becomes evidence, and each row a record that says so; coverage says `imported`,
never `complete`. What the exchange itself told is never replaced by a file. Lines that make no
sense are Problems; the others are imported.

Columns are ccxt's field names as `tradekeep export` writes them; others are named with a mapping
(column=field). A table that the exchange itself makes (`OwnFile`) is known by its headings. A time
without a zone is UTC. A ZIP file with one table in it is read as that table.
"""

from __future__ import annotations

import csv
import io
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from app.errors import WrongUsage
from app.exchange.archive import Archive, Derived, Window
from app.exchange.coverage import Interval, State
from app.exchange.evidence import Answer, Call, Http
from app.exchange.records import FIELDS, Record, derive
from app.exchange.streams import Kind, Millis, OwnFile, Row, Stream
from app.exchange.tables import table_for

LARGEST = 256 << 20  # bytes of a table
FILE = "FILE"  # the verb of evidence that is a file
_NEEDED = {
    Kind.FILLS: ("symbol", "side", "price", "amount"),
    Kind.ORDERS: ("symbol", "side", "amount"),
    Kind.FUNDING: ("symbol", "code", "amount"),
    Kind.LEDGER: ("currency", "amount"),
    Kind.DEPOSITS: ("currency", "amount"),
    Kind.WITHDRAWALS: ("currency", "amount"),
    Kind.TRANSFERS: ("currency", "amount"),
}
KINDS = tuple(_NEEDED)
_NUMBERS = frozenset(
    {
        *("price", "amount", "cost", "fee_cost", "filled", "remaining", "average", "before"),
        *("after", "triggerPrice", "rate"),
    }
)


@dataclass(slots=True)
class ImportReport:
    """What came of a file. `wrong` are lines (the heading is 1) and what is wrong with them."""

    rows: int = 0
    records: int = 0
    ignored: list[str] = field(default_factory=list)  # columns that mean nothing here
    wrong: list[tuple[int, str]] = field(default_factory=list)


class _BadLine(Exception):
    """A line that makes no sense; its text says why."""


def import_csv(
    archive: Archive,
    account: int,
    kind: Kind,
    content: bytes,
    name: str,
    *,
    columns: Mapping[str, str] | None = None,
    span: tuple[Millis | None, Millis | None] = (None, None),
) -> ImportReport:
    """Import a file in one transaction. `columns` maps its headings to fields; `span` is the time
    of which the file holds all, where that is more than from its first row to its last. Raises
    `WrongUsage` for a file that is no such table, `ArchiveError`."""
    report = ImportReport()
    table = _unpacked(content)
    own = None if columns else _own_file(archive, account, kind, table)
    given = dict(columns or {}) if own is None else dict(own.columns)
    rows = list(_rows(kind, table, given, report, own))
    stream = Stream(
        kind=kind,
        endpoint="import-csv",
        wallet="" if own is None else own.wallet,
        key=("id",),
        time="timestamp",
        market="market_id",
    )
    records, _ = derive(stream, rows, lambda row, _market: row)
    now = time.time_ns() // 1000
    http = Http(FILE, f"file:{name}", "", now, now, 0, content)
    answer = Answer(Call("import-csv", {"columns": given}), (http,), None)
    window = Window(stream=stream, parts=[Derived(answer, records)], imported=True)
    window.known = _known(records, *span)
    run = archive.begin_pull(account)
    added = archive.commit(account, run, window, "import", 0)
    archive.end_pull(run, "imported")
    report.rows, report.records = len(rows), added.records
    return report


def _known(records: list[Record], since: Millis | None, until: Millis | None) -> list[Interval]:
    times = [record.time for record in records if record.time is not None]
    starts = [*times, *([] if since is None else [since])]
    stops = [*(time + 1 for time in times), *([] if until is None else [until])]
    if not starts or not stops or max(stops) <= min(starts):
        return []
    return [Interval(min(starts), max(stops), State.IMPORTED)]


def _unpacked(content: bytes) -> bytes:
    """The table in a ZIP file, or what is none as it is."""
    if not content.startswith(b"PK\x03\x04"):
        return content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            (only,) = [each for each in packed.infolist() if not each.is_dir()]
            if only.file_size > LARGEST:
                raise WrongUsage("import-too-large", path=only.filename)
            return packed.read(only)
    except (ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise WrongUsage("import-not-text") from error


def _own_file(archive: Archive, account: int, kind: Kind, table: bytes) -> OwnFile | None:
    """The exchange's own table that this is, by its headings."""
    exchange = next(each.exchange for number, each in archive.accounts() if number == account)
    files = [each for each in table_for(exchange).files if each.kind is kind]
    if not files:
        return None
    first = _text(table).split("\n", 1)[0]
    titles = next(csv.reader([first], delimiter=_delimiter(first)), [])
    heading = {title.strip() for title in titles}
    return next((each for each in files if each.columns.keys() <= heading), None)


def _rows(
    kind: Kind,
    content: bytes,
    columns: Mapping[str, str],
    report: ImportReport,
    own: OwnFile | None = None,
) -> Iterator[Row]:
    text = _text(content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    heading = next(reader, [])
    fields = _fields(kind, heading, columns, report)
    for line in reader:
        if not any(line):
            continue
        told = dict(zip(fields, line, strict=False))
        if own is not None:
            told["type"] = own.types.get(told["type"], told["type"])
        try:
            yield _row(kind, told)
        except _BadLine as wrong:
            report.wrong.append((reader.line_num, str(wrong)))


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongUsage("import-not-text") from error


def _delimiter(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max(",;\t", key=first.count)


def _fields(
    kind: Kind, heading: list[str], columns: Mapping[str, str], report: ImportReport
) -> list[str]:
    """The field of each column; "" for those that mean nothing here."""
    known = {*FIELDS[kind], "timestamp", "datetime", "market_id"}
    unknown = set(columns.values()) - known
    if unknown:
        raise WrongUsage("import-no-field", field=sorted(unknown)[0], kind=kind.value)
    found = []
    for title in heading:
        name = columns.get(title.strip(), title.strip())
        found.append(name if name in known else "")
        if name not in known:
            report.ignored.append(title.strip())
    missing = [name for name in _NEEDED[kind] if name not in found]
    if "timestamp" not in found and "datetime" not in found:
        missing.append("timestamp")
    if missing:
        raise WrongUsage("import-no-column", field=", ".join(missing), kind=kind.value)
    return found


def _row(kind: Kind, told: dict[str, str]) -> Row:
    row: dict[str, object] = {
        name: value.strip() for name, value in told.items() if name and value.strip()
    }
    for name in _NEEDED[kind]:
        if name not in row:
            raise _BadLine(f"{name}: –")
    for name in _NUMBERS & row.keys():
        _check_number(name, str(row[name]))
    row["timestamp"] = _time(str(row.pop("timestamp", "")), str(row.pop("datetime", "")))
    if "side" in row:
        row["side"] = str(row["side"]).lower()
    row.setdefault("market_id", row.get("symbol", ""))
    if "fee_cost" in row:
        row["fee"] = {"cost": row["fee_cost"], "currency": row.get("fee_currency")}
    return row


def _check_number(name: str, text: str) -> None:
    try:
        finite = Decimal(text).is_finite()
    except InvalidOperation:
        finite = False
    if not finite:
        raise _BadLine(f"{name}: {text}")


def _time(millis: str, text: str) -> Millis:
    if millis.isdecimal() and len(millis) < 16:  # longer ones are no time, and no number for SQLite
        return int(millis)
    try:
        moment = datetime.fromisoformat(text or millis)
    except ValueError as error:
        raise _BadLine(f"timestamp: {text or millis}") from error
    return round(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)
