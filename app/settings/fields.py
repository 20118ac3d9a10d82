"""What each setting may be: how its value is read, and the phrase that says what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from app.messages.language import AUTO, LANGUAGES
from app.schedule import is_cron
from app.settings.model import (
    AWAY_KINDS,
    COPY_KINDS,
    VERSION,
    WEEKDAYS,
    AlertOn,
    Appearance,
    Environment,
    Metered,
    Option,
    ScheduleKind,
    SourceKind,
)

if TYPE_CHECKING:
    from app.settings.places import Key
E = TypeVar("E", bound=StrEnum)
_SPAN = re.compile(r"(?:\d{1,9}[ymdh])+", re.ASCII)


class Wrong(Exception):
    """A value is not what it should be; `inside` leads to the part of it that is wrong."""

    def __init__(self, inside: Key = ()) -> None:
        super().__init__(inside)
        self.inside = inside


class Field(msgspec.Struct, frozen=True):
    """How a value is read, and the id of the phrase that says what would be right."""

    read: Callable[[object], object]
    right: str
    required: bool = True


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise Wrong
    return value


def _name(value: object) -> str:
    # A name is typed on command lines and becomes a file's name in snapshots.
    text = _text(value)
    if text != text.strip() or not text.isprintable() or "/" in text or "\\" in text:
        raise Wrong
    return text


def _absolute(value: object) -> Path:
    text = _text(value)
    if "\0" in text:
        raise Wrong
    try:
        path = Path(text).expanduser()
    except RuntimeError as error:  # ~somebody who has no home here
        raise Wrong from error
    if not path.is_absolute():
        raise Wrong
    return path


_ADDRESS = re.compile(r"(?:https?://|dropbox:/)[^\x00-\x20\x7f]*")
_HOURS = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", re.ASCII)


def _address(value: object) -> str:
    text = _text(value)
    return text if _ADDRESS.fullmatch(text) else str(_absolute(value))


def _inside(value: object) -> str:
    """A path below another one, with slashes."""
    if not isinstance(value, str) or "\0" in value or "\\" in value or value.startswith("/"):
        raise Wrong
    if value and not {"", ".", ".."}.isdisjoint(value.split("/")):
        raise Wrong
    return value


def _word(value: object) -> str:
    text = _text(value)
    if not text.isprintable() or text != text.strip():
        raise Wrong
    return text


def _hours(value: object) -> str:
    if value != "" and (not _HOURS.fullmatch(_text(value)) or str(value)[:5] == str(value)[6:]):
        raise Wrong
    return str(value)


def _rate(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Wrong
    # So slow that a pack outlasts the lock at the copy, others would take that for stale.
    if value and not 50 <= value <= 10_000_000:
        raise Wrong
    return value


def _hexadecimal(digits: int) -> Callable[[object], str]:
    pattern = re.compile(f"[0-9a-f]{{{digits}}}")

    def read(value: object) -> str:
        text = _text(value)
        if not pattern.fullmatch(text):
            raise Wrong
        return text

    return read


def _enum(kind: type[E]) -> Callable[[object], E]:
    def read(value: object) -> E:
        try:
            return kind(_text(value))
        except ValueError as error:
            raise Wrong from error

    return read


def _one_of(kinds: tuple[str, ...]) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in kinds:
            raise Wrong
        return str(value)

    return read


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Wrong
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise Wrong
    for number, each in enumerate(value):
        if not isinstance(each, str):
            raise Wrong((number,))
    return tuple(value)


def _alert_on(value: object) -> tuple[AlertOn, ...]:
    texts = _texts(value)
    for number, each in enumerate(texts):
        if each not in set(AlertOn):
            raise Wrong((number,))
    return tuple(map(AlertOn, texts))


def _exchange(value: object) -> str:
    text = _text(value)
    if not re.fullmatch(r"[a-z0-9_]+", text):
        raise Wrong
    return text


def _date(value: object) -> date:
    if isinstance(value, datetime):
        raise Wrong
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(_text(value))
    except ValueError as error:
        raise Wrong from error


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 1:
        raise Wrong
    return float(value)


def _minutes(value: object) -> int:
    if type(value) is not int or not 1 <= value <= 24 * 60:
        raise Wrong
    return value


def _options(value: object) -> dict[str, Option]:
    if not isinstance(value, dict):
        raise Wrong
    return {name: _option(each, (name,)) for name, each in value.items()}


def _option(value: object, inside: Key) -> Option:
    if isinstance(value, dict):
        return {name: _option(each, (*inside, name)) for name, each in value.items()}
    if isinstance(value, list):
        return tuple(_option(each, (*inside, number)) for number, each in enumerate(value))
    if not isinstance(value, (str, bool, int)):
        raise Wrong(inside)
    return value


def _timeframe(value: object) -> str:
    text = _text(value)
    if not re.fullmatch(r"[1-9]\d{0,2}[mhdw]", text):
        raise Wrong
    return text


def _interval(value: object) -> int:
    if type(value) is not int or not 5 <= value <= 24 * 60:
        raise Wrong
    return value


def _times(value: object) -> tuple[str, ...]:
    texts = _texts(value)
    for number, each in enumerate(texts):
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", each):
            raise Wrong((number,))
    if not texts:
        raise Wrong
    return texts


def _weekdays(value: object) -> tuple[str, ...]:
    texts = _texts(value)
    for number, each in enumerate(texts):
        if each not in WEEKDAYS:
            raise Wrong((number,))
    return texts


def _cron(value: object) -> str:
    if value == "":
        return ""
    text = _text(value)
    if not is_cron(text):
        raise Wrong
    return text


def _language(value: object) -> str:
    text = _text(value)
    if text != AUTO and text not in LANGUAGES:
        raise Wrong
    return text


def _kept(value: object) -> int:
    if type(value) is not int or not 0 <= value <= 10_000:
        raise Wrong
    return value


def _span(value: object) -> str:
    if value == "":
        return ""
    text = _text(value)
    if not _SPAN.fullmatch(text):
        raise Wrong
    return text


def _percent(value: object) -> int:
    if type(value) is not int or not 0 <= value <= 100:
        raise Wrong
    return value


def _version(value: object) -> int:
    if type(value) is not int or value != VERSION:
        raise Wrong
    return value


REPOSITORY = {
    "path": Field(_absolute, "settings-right-path", required=False),
    "id": Field(_hexadecimal(64), "settings-right-id"),
    "device_key": Field(_hexadecimal(64), "settings-right-id"),
    "kind": Field(_one_of(AWAY_KINDS), "settings-right-away-kind", required=False),
    "address": Field(_address, "settings-right-address", required=False),
    "user": Field(_word, "settings-right-word", required=False),
    "region": Field(_word, "settings-right-word", required=False),
    "off_site": Field(_flag, "settings-right-flag", required=False),
    "limit": Field(_rate, "settings-right-rate", required=False),
}
SOURCE = {
    "name": Field(_name, "settings-right-name"),
    "kind": Field(_enum(SourceKind), "settings-right-source-kind"),
    "path": Field(_absolute, "settings-right-path"),
    "bot": Field(_text, "settings-right-bot", required=False),
    "exclude": Field(_texts, "settings-right-patterns", required=False),
    "exclude_caches": Field(_flag, "settings-right-flag", required=False),
    "leave_out": Field(_texts, "settings-right-patterns", required=False),
}
COPY = {
    "name": Field(_name, "settings-right-name"),
    "kind": Field(_one_of(COPY_KINDS), "settings-right-copy-kind"),
    "address": Field(_address, "settings-right-address"),
    "id": Field(_hexadecimal(16), "settings-right-copy-id"),
    "inside": Field(_inside, "settings-right-inside", required=False),
    "user": Field(_word, "settings-right-word", required=False),
    "region": Field(_word, "settings-right-word", required=False),
    "off_site": Field(_flag, "settings-right-flag", required=False),
    "paused": Field(_flag, "settings-right-flag", required=False),
    "limit": Field(_rate, "settings-right-rate", required=False),
    "hours": Field(_hours, "settings-right-hours", required=False),
    "append_only": Field(_flag, "settings-right-flag", required=False),
}
EXCHANGE = {
    "name": Field(_name, "settings-right-name"),
    "exchange": Field(_exchange, "settings-right-exchange"),
    "environment": Field(_enum(Environment), "settings-right-environment", required=False),
    "since": Field(_date, "settings-right-date", required=False),
    "options": Field(_options, "settings-right-options", required=False),
    "share": Field(_share, "settings-right-share", required=False),
    "sample_minutes": Field(_minutes, "settings-right-minutes", required=False),
}
CANDLES = {
    "name": Field(_name, "settings-right-name"),
    "exchange": Field(_exchange, "settings-right-exchange"),
    "market": Field(_text, "settings-right-market"),
    "timeframe": Field(_timeframe, "settings-right-timeframe"),
    "since": Field(_date, "settings-right-date"),
}
ALERT = {
    "name": Field(_name, "settings-right-name"),
    "id": Field(_hexadecimal(16), "settings-right-copy-id"),
    "service": Field(_word, "settings-right-word"),
    "on": Field(_alert_on, "settings-right-alert-on", required=False),
    "silence": Field(_flag, "settings-right-flag", required=False),
}
SCHEDULE = {
    "kind": Field(_enum(ScheduleKind), "settings-right-schedule-kind", required=False),
    "minutes": Field(_interval, "settings-right-interval", required=False),
    "times": Field(_times, "settings-right-times", required=False),
    "weekdays": Field(_weekdays, "settings-right-weekdays", required=False),
    "cron": Field(_cron, "settings-right-cron", required=False),
    "at_start": Field(_flag, "settings-right-flag", required=False),
    "on_drive": Field(_flag, "settings-right-flag", required=False),
}
KEEP = {
    "on": Field(_flag, "settings-right-flag", required=False),
    "last": Field(_kept, "settings-right-kept", required=False),
    "hourly": Field(_kept, "settings-right-kept", required=False),
    "daily": Field(_kept, "settings-right-kept", required=False),
    "weekly": Field(_kept, "settings-right-kept", required=False),
    "monthly": Field(_kept, "settings-right-kept", required=False),
    "yearly": Field(_kept, "settings-right-kept", required=False),
    "within": Field(_span, "settings-right-span", required=False),
}
POWER = {
    "battery_least": Field(_percent, "settings-right-percent", required=False),
    "battery_enough": Field(_percent, "settings-right-percent", required=False),
    "metered": Field(_enum(Metered), "settings-right-metered", required=False),
}
SECRETS = {"in_backup": Field(_flag, "settings-right-flag")}
WINDOW = {
    "language": Field(_language, "settings-right-language", required=False),
    "appearance": Field(_enum(Appearance), "settings-right-appearance", required=False),
}
DROPBOX_TABLE = {"app_key": Field(_word, "settings-right-word", required=False)}
NUMBER = Field(_version, "settings-right-version")
TOP = (
    "version", "repository", "sources", "copies", "exchanges", "candles", "secrets", "schedule",
    "power", "window", "keep", "dropbox", "alerts",
)  # fmt: skip
