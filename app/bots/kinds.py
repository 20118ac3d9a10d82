"""The kinds of bots: `resources/bots.toml` and the user's own file of the same shape.

A file with mistakes is refused as a whole; all of them are named, by kind and key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from app.bots.markers import Marker, NotAMarker, parse_marker
from app.errors import AppError
from app.json_lines import NO_JSON
from app.messages import render

_LARGEST = 1 << 20


class BrokenKinds(AppError):
    """A file of bot kinds that cannot be used."""


@dataclass(frozen=True, slots=True)
class LeaveOut:
    """A pattern of what a program makes again by itself, and the reason why that is so."""

    pattern: str
    reason: str


@dataclass(frozen=True, slots=True)
class Beyond:
    """Something outside a bot's folder: what it is, a command that dumps it into the folder, and
    globs (from the folder) where such a dump is looked for. `variables`: it is PostgreSQL, the
    bot's .env has variables of this prefix that say where, and a backup dumps it by itself."""

    what: str
    how: str
    dumps: tuple[str, ...] = ()
    variables: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of bot. Patterns are gitignore's, from the bot's folder; `markers` are groups of
    which one must hold; `places` are globs below the home folder. `images` are names of container
    images without registry and tag, `inside` what of the container has to be mounted."""

    id: str
    name: str
    markers: tuple[tuple[Marker, ...], ...] = ()
    places: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    charts: tuple[str, ...] = ()
    leave_out: tuple[LeaveOut, ...] = ()
    beyond: tuple[Beyond, ...] = ()
    images: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()


Kinds: TypeAlias = Mapping[str, Kind]


class _Wrong(Exception):
    """A key of a kind is not what it should be; the argument is the id of what would be right."""


def load_kinds(builtin: Path, own: Path | None = None) -> dict[str, Kind]:
    """All kinds by id, sorted; those in the user's own file (if it is there) go first.

    Raises `BrokenKinds` if that file cannot be read or has mistakes.
    """
    kinds = parse_kinds(builtin.read_bytes(), builtin)
    if own is not None:
        try:
            with own.open("rb") as file:
                raw = file.read(_LARGEST)
        except FileNotFoundError:
            raw = b""
        except OSError as error:
            reason = error.strerror or str(error)
            raise BrokenKinds("bots-unreadable", path=str(own), reason=reason) from error
        kinds |= parse_kinds(raw, own)
    return dict(sorted(kinds.items()))


def parse_kinds(raw: bytes, path: Path) -> dict[str, Kind]:
    """The kinds that a file describes. Raises `BrokenKinds`, which names every mistake."""
    try:
        table = tomllib.loads(raw.decode("utf-8-sig"))
    except NO_JSON as error:
        raise BrokenKinds("bots-not-toml", path=str(path), reason=str(error)) from error
    mistakes: list[str] = []
    kinds = {}
    for name, values in table.items():
        if not isinstance(values, dict):
            mistakes.append(_mistake(name, "", "bots-right-table"))
            continue
        found = dict(_fields(name, values, mistakes))
        if not mistakes:
            kinds[name] = Kind(id=name, **found)  # type: ignore[arg-type]  # each by its reader
    if mistakes:
        listed = "\n".join(f"  {mistake}" for mistake in mistakes)
        raise BrokenKinds("bots-broken", path=str(path), count=len(mistakes), mistakes=listed)
    return kinds


def _fields(
    kind: str, values: dict[str, object], mistakes: list[str]
) -> Iterator[tuple[str, object]]:
    mistakes.extend(
        _mistake(kind, key, "bots-right-known") for key in values if key not in _READERS
    )
    mistakes.extend(
        _mistake(kind, key, right) for key, right in _NEEDED.items() if key not in values
    )
    for key, read in _READERS.items():
        if key in values:
            try:
                yield key, read(values[key])
            except _Wrong as wrong:
                mistakes.append(_mistake(kind, key, str(wrong)))


def _mistake(kind: str, key: str, right: str) -> str:
    keys = ", ".join(_READERS)
    phrase = render(right, {"keys": keys}).title
    where = f"{kind}.{key}" if key else kind
    return render("bots-mistake", {"where": where, "right": phrase}).title


# --- readers of the keys: each takes what TOML has and returns what `Kind` holds -----------------


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Wrong("bots-right-text")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
        raise _Wrong("bots-right-texts")
    return tuple(value)


def _patterns(value: object) -> tuple[str, ...]:
    from pathspec import GitIgnoreSpec

    patterns = _texts(value)
    try:
        GitIgnoreSpec.from_lines(patterns)
    except (ValueError, re.error) as error:
        raise _Wrong("bots-right-texts") from error
    return patterns


def _relative(value: object) -> tuple[str, ...]:
    texts = _texts(value)
    if any(Path(text).is_absolute() or ".." in Path(text).parts for text in texts):
        raise _Wrong("bots-right-relative")
    return texts


def _absolute(value: object) -> tuple[str, ...]:
    texts = _texts(value)
    if not all(text.startswith("/") and ".." not in Path(text).parts for text in texts):
        raise _Wrong("bots-right-absolute")
    return texts


def _markers(value: object) -> tuple[tuple[Marker, ...], ...]:
    if not isinstance(value, list) or not value or not all(isinstance(v, list) for v in value):
        raise _Wrong("bots-right-markers")
    try:
        groups = tuple(tuple(parse_marker(text) for text in _texts(group)) for group in value)
    except (NotAMarker, _Wrong) as error:
        raise _Wrong("bots-right-markers") from error
    if not all(groups):
        raise _Wrong("bots-right-markers")
    return groups


def _tables(value: object, keys: frozenset[str], right: str) -> list[dict[str, object]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise _Wrong(right)
    if any(each.keys() - keys for each in value):
        raise _Wrong(right)
    return value


def _leave_out(value: object) -> tuple[LeaveOut, ...]:
    right = "bots-right-leave-out"
    found = []
    for each in _tables(value, frozenset({"pattern", "reason"}), right):
        try:
            (pattern,) = _patterns([each.get("pattern")])
            found.append(LeaveOut(pattern, _text(each.get("reason"))))
        except _Wrong as error:
            raise _Wrong(right) from error
    return tuple(found)


def _beyond(value: object) -> tuple[Beyond, ...]:
    right = "bots-right-beyond"
    found = []
    for each in _tables(value, frozenset({"what", "how", "dumps", "variables"}), right):
        try:
            dumps = _relative(each.get("dumps", []))
            prefix = _text(each["variables"]) if "variables" in each else ""
            found.append(Beyond(_text(each.get("what")), _text(each.get("how")), dumps, prefix))
        except _Wrong as error:
            raise _Wrong(right) from error
    return tuple(found)


_READERS: dict[str, Callable[[object], object]] = {
    "name": _text,
    "markers": _markers,
    "places": _relative,
    "secrets": _patterns,
    "keep": _patterns,
    "databases": _patterns,
    "charts": _patterns,
    "leave_out": _leave_out,
    "beyond": _beyond,
    "images": _texts,
    "inside": _absolute,
}
_NEEDED = {"name": "bots-right-text", "markers": "bots-right-markers"}
