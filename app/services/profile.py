"""A profile: what a person set up, without secrets and without what belongs to one machine's
repository. For another computer, or to look at.

It is a part of the settings file: sources, accounts (without keys), candles, schedule, power, keep,
window. Importing adds what is missing by name, and takes over the rest; what is here already under
the same name stays as it is.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from app.errors import AppError, WrongUsage
from app.files import write_atomic
from app.secret import LOGIN
from app.services.home import Home
from app.settings import surgery
from app.settings.model import Settings
from app.settings.reading import load
from app.settings.settings import (
    add_candles,
    add_exchange,
    add_source,
    set_keep,
    set_power,
    set_schedule,
    set_window,
)

HEADER = """\
# A profile of Tradekeep: what is saved, when, and how long it is kept. No key and no secret is in
# it. On another computer: tradekeep profile import FILE

"""
_LISTS = ("sources", "exchanges", "candles")
_TABLES = ("schedule", "power", "keep", "window")
# Rather an option too few than one secret too many: a proxy may hold a login, too.
_SECRET_OPTION = re.compile(r"(?i)proxy|secret|password|passphrase|token|key|credential|2fa")


def text_of(settings: Settings) -> str:
    """The profile as TOML."""
    text = surgery.with_version(HEADER)
    for name in reversed(_TABLES):
        table = getattr(settings, name)
        if table is not None:
            text = surgery.set_table(text, name, _values(table))
    for name in _LISTS:
        for each in getattr(settings, name):
            text = surgery.append_table(text, name, _values(each))
    return text


def _values(each: msgspec.Struct) -> surgery.Values:
    """The values of one thing, without those that are so by themselves, and without options that
    may be secret."""
    found: dict[str, surgery.Value] = {}
    for field in msgspec.structs.fields(each):
        value = getattr(each, field.name)
        if value is None or value == field.default:
            continue
        if field.name == "options":
            value = _without_secrets(value)
            if not value:
                continue
        found[field.name] = _plain(value)
    return found


def _without_secrets(value: Any) -> Any:  # an option, at any depth
    if isinstance(value, Mapping):
        named = {key: each for key, each in value.items() if not _SECRET_OPTION.search(key)}
        cleaned = {key: _without_secrets(each) for key, each in named.items()}
        return {key: each for key, each in cleaned.items() if each is not None}
    if isinstance(value, str):
        return None if LOGIN.search(value) else value
    if isinstance(value, Sequence):
        return [each for each in map(_without_secrets, value) if each is not None]
    return value


def _plain(value: Any) -> Any:  # a value of any field, as TOML has it
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return getattr(value, "value", value)  # an enum's


def export(home: Home, out: Path) -> dict[str, object]:
    """Write the profile to a file, but not over the settings. Raises `AppError`."""
    text = text_of(home.settings)
    if os.path.realpath(out.expanduser()) == os.path.realpath(home.paths.settings_file):
        raise WrongUsage("profile-over-settings", path=str(out))
    try:
        write_atomic(out.expanduser().absolute(), text.encode())
    except OSError as error:
        reason = error.strerror or str(error)
        raise AppError("profile-unwritable", path=str(out), reason=reason) from error
    return {"path": str(out)}


def plan(home: Home, file: Path) -> dict[str, object]:
    """What an import would change: {"add": [[kind, name]], "stays": [[kind, name]], "takes":
    [tables]}. Raises `WrongUsage`, `BrokenSettings`."""
    wanted = _read(file)
    here = home.settings
    add: list[list[str]] = []
    stays: list[list[str]] = []
    for kind in _LISTS:
        known = {each.name.casefold() for each in getattr(here, kind)}
        for each in getattr(wanted, kind):
            (stays if each.name.casefold() in known else add).append([kind, each.name])
    takes = [name for name in _given(file) if getattr(wanted, name) != getattr(here, name)]
    return {"add": add, "stays": stays, "takes": takes}


def take(home: Home, file: Path) -> dict[str, object]:
    """Import a profile; what was planned. What fails ends it, and says how far it came."""
    made = plan(home, file)
    wanted, path = _read(file), home.paths.settings_file
    adders: dict[str, Callable[..., None]] = {
        "sources": add_source, "exchanges": add_exchange, "candles": add_candles,
    }  # fmt: skip
    setters: dict[str, Callable[..., None]] = {
        "schedule": set_schedule, "power": set_power, "keep": set_keep, "window": set_window,
    }  # fmt: skip
    added = made["add"]
    takes = made["takes"]
    assert isinstance(added, list)
    assert isinstance(takes, list)
    for kind, name in added:
        found = next(each for each in getattr(wanted, kind) if each.name == name)
        adders[kind](path, found)
    for name in takes:
        setters[name](path, getattr(wanted, name))
    return made


def _read(file: Path) -> Settings:
    """The profile's settings; one that names a repository or copies is a settings file."""
    if not file.exists():
        raise WrongUsage("path-not-there", path=str(file))
    found = load(file)
    if found.repository is not None or found.copies:
        raise WrongUsage("profile-is-settings", path=str(file))
    return found


def _given(file: Path) -> list[str]:
    """Which tables the profile says something of."""
    document = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    return [name for name in _TABLES if name in document]
