"""From the text of `settings.toml` to `Settings`, or to every mistake in it at once.

tomllib reads (tomlkit takes fifty times as long, and every command starts here); where the
mistakes are is found out only when there are some.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.settings.fields import (
    ALERT,
    CANDLES,
    COPY,
    DROPBOX_TABLE,
    EXCHANGE,
    KEEP,
    NUMBER,
    POWER,
    REPOSITORY,
    SCHEDULE,
    SECRETS,
    SOURCE,
    TOP,
    WINDOW,
    Field,
    Wrong,
)
from app.settings.mistakes import BrokenSettings, Mistake, NewerSettings
from app.settings.model import (
    DROPBOX,
    S3,
    VERSION,
    WEBDAV,
    AlertSettings,
    CandleSettings,
    CopySettings,
    DropboxSettings,
    ExchangeSettings,
    KeepSettings,
    PowerSettings,
    RepositorySettings,
    ScheduleKind,
    ScheduleSettings,
    Settings,
    SourceKind,
    SourceSettings,
    WindowSettings,
)
from app.settings.notes import Notes

if TYPE_CHECKING:
    from app.settings.places import Key


def load(path: Path) -> Settings:
    """Read the settings; a file that is not there is empty settings. Raises `BrokenSettings`."""
    raw = read_raw(path)
    return Settings() if raw is None else parse(decode(raw, path), path)


def read_raw(path: Path) -> bytes | None:
    """The bytes of the settings file; None if there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = error.strerror or str(error)
        raise BrokenSettings("settings-unreadable", path=str(path), reason=reason) from error


def decode(raw: bytes, path: Path) -> str:
    """The text; a byte order mark, as Windows editors write it, is passed over."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        bad = error.object[error.start]
        line = error.object.count(b"\n", 0, error.start) + 1
        mistake = Mistake(line, "", f"0x{bad:02x}", "", "settings-not-utf8")
        raise BrokenSettings.of(path, [mistake]) from error


def parse(text: str, path: Path) -> Settings:
    """Settings from a text; `path` is for sentences. Raises `BrokenSettings`."""
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BrokenSettings.of(path, [_syntax(error, text)]) from error
    version = document.get("version")
    if type(version) is int and version > VERSION:
        raise NewerSettings(path=str(path), version=version, known=VERSION)
    notes = Notes()
    settings = _settings(document, notes)
    if notes.found:
        from app.settings.places import scan

        places = scan(text)
        raise BrokenSettings.of(path, [note(places) for note in notes.found])
    return settings


def _syntax(error: Exception, text: str) -> Mistake:
    reason = str(error)
    match = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", reason)
    if match is None:
        return Mistake(1, "", reason, "", "settings-not-toml")
    line = int(match[1]) if match[1] else len(text.splitlines()) or 1
    return Mistake(line, "", reason[: match.start()], "", "settings-not-toml")


# Values that were read: each has the type that its field's `read` returns.
_Values = dict[str, Any]


def _settings(document: Mapping[str, object], notes: Notes) -> Settings:
    if not document:
        return Settings()
    for name in document.keys() - set(TOP):
        notes.unknown((name,), TOP)
    if "version" in document:
        _read(NUMBER, document["version"], ("version",), notes)
    else:
        notes.missing(("version",), NUMBER.right)
    repository = _table(document.get("repository"), ("repository",), REPOSITORY, notes)
    sources = _tables(document.get("sources"), "sources", SOURCE, notes)
    copies = _tables(document.get("copies"), "copies", COPY, notes)
    exchanges = _tables(document.get("exchanges"), "exchanges", EXCHANGE, notes)
    candles = _tables(document.get("candles"), "candles", CANDLES, notes)
    alerts = _tables(document.get("alerts"), "alerts", ALERT, notes)
    secrets = _table(document.get("secrets"), ("secrets",), SECRETS, notes)
    schedule = _table(document.get("schedule"), ("schedule",), SCHEDULE, notes)
    power = _table(document.get("power"), ("power",), POWER, notes)
    keep = _table(document.get("keep"), ("keep",), KEEP, notes)
    dropbox = _table(document.get("dropbox"), ("dropbox",), DROPBOX_TABLE, notes)
    _check_repository(repository, notes)
    _check_schedule(schedule, notes)
    window = _table(document.get("window"), ("window",), WINDOW, notes)
    for number, source in enumerate(sources):
        _check_bot(source, ("sources", number), notes)
    for number, copy in enumerate(copies):
        _check_address(copy, ("copies", number), notes)
    if notes.found:
        return Settings()
    return Settings(
        version=VERSION,
        repository=RepositorySettings(**{"path": None, **repository}) if repository else None,
        sources=tuple(SourceSettings(**values) for values in sources),
        copies=tuple(CopySettings(**values) for values in copies),
        exchanges=tuple(ExchangeSettings(**values) for values in exchanges),
        candles=tuple(CandleSettings(**values) for values in candles),
        alerts=tuple(AlertSettings(**values) for values in alerts),
        secrets_in_backup=secrets.get("in_backup"),
        schedule=ScheduleSettings(**schedule),
        power=PowerSettings(**power),
        keep=KeepSettings(**keep) if "keep" in document else None,
        window=WindowSettings(**window),
        dropbox=DropboxSettings(**dropbox),
    )


def _read(field: Field, value: object, key: Key, notes: Notes) -> object | None:
    try:
        return field.read(value)
    except Wrong as wrong:
        notes.wrong((*key, *wrong.inside), field.right)
        return None


def _table(value: object, at: Key, fields: Mapping[str, Field], notes: Notes) -> _Values:
    """What could be read of a table; mistakes are noted."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        notes.wrong(at, "settings-right-table", name=at[0])
        return {}
    for key in value.keys() - fields.keys():
        notes.unknown((*at, key), fields)
    values: _Values = {}
    for key, field in fields.items():
        if key in value:
            values[key] = _read(field, value[key], (*at, key), notes)
        elif field.required:
            notes.missing((*at, key), field.right)
    return values


def _tables(value: object, name: str, fields: Mapping[str, Field], notes: Notes) -> list[_Values]:
    """The tables of an array, with names that differ."""
    if value is None:
        return []
    if not isinstance(value, list):
        notes.wrong((name,), "settings-right-tables", name=name)
        return []
    tables = []
    first: dict[str, Key] = {}
    for number, each in enumerate(value):
        at: Key = (name, number)
        values = _table(each, at, fields, notes)
        tables.append(values)
        folded = str(values.get("name") or "").casefold()
        if folded and first.setdefault(folded, (*at, "name")) != (*at, "name"):
            notes.repeated((*at, "name"), first[folded])
    return tables


def _check_bot(source: _Values, at: Key, notes: Notes) -> None:
    kind = source.get("kind")
    if kind is SourceKind.BOT and "bot" not in source:
        notes.missing((*at, "bot"), "settings-right-bot")
    if kind is SourceKind.FOLDER and "bot" in source:
        notes.wrong((*at, "bot"), "settings-right-no-bot")


def _check_repository(repository: _Values, notes: Notes) -> None:
    """It lies at a path, or behind a network."""
    if not repository:
        return
    if "kind" not in repository:
        if "path" not in repository:
            notes.missing(("repository", "path"), "settings-right-path")
    elif "address" not in repository:
        notes.missing(("repository", "address"), "settings-right-address")
    elif "path" in repository:
        notes.wrong(("repository", "path"), "settings-right-no-path")
    _check_address(repository, ("repository",), notes)


def _check_address(copy: _Values, at: Key, notes: Notes) -> None:
    """A folder has a path, everything else an address of its kind."""
    begins = {S3: ("https://", "http://"), WEBDAV: ("https://", "http://"), DROPBOX: ("dropbox:/",)}
    kind, address = copy.get("kind"), copy.get("address")
    if kind is None or address is None:
        return  # noted already
    if kind in begins:
        fits = address.startswith(begins[kind])
    else:
        fits = not any(address.startswith(each) for each in (*begins[S3], *begins[DROPBOX]))
    if not fits:
        notes.wrong((*at, "address"), "settings-right-address")


def _check_schedule(schedule: _Values, notes: Notes) -> None:
    if schedule.get("kind") is ScheduleKind.CRON and not schedule.get("cron"):
        notes.missing(("schedule", "cron"), "settings-right-cron")
