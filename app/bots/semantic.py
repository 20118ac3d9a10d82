"""What differs between two versions of a configuration, by what they mean.

JSON (with comments, as Freqtrade takes it), YAML, TOML, INI, .env and Python are read, never run.
Keys that moved, other blanks, quotes and comments are no difference. A value that sounds like a
secret is never shown, on either side: that it changed is. Rather too much is hidden than too
little (see `redact_lines`). Numbers keep their digits: none becomes a binary float.

What is none of these languages, is broken, or would unfold to more than a person can read has no
meaning here: then lines are compared instead, elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from app.bots.config_languages import Code, Value, language, read
from app.bots.redact_lines import settings
from app.redact import HIDDEN, without_random

MOST = 500
_LONG = 400
_IDENTITIES = ("name", "id", "method")
_NAMES = ("name", "key", "id", "variable")


@dataclass(frozen=True, slots=True)
class Difference:
    """A key that differs. `before` and `after` are its value as text, None where there is none on
    that side, `HIDDEN` for a secret. `code`: a piece of a program; both texts are "" then, or None.
    `order`: the same values in another order."""

    key: str
    before: str | None
    after: str | None
    secret: bool = False
    code: bool = False
    order: bool = False


def is_configuration(name: str) -> bool:
    """Whether a file's name is that of a language that is read here."""
    return language(name) is not None


def differences(name: str, before: bytes, after: bytes) -> list[Difference] | None:
    """The keys that differ, in the file's order, `MOST` at most; none if both mean the same. None
    where at least one of them cannot be read."""
    try:
        old, new = read(name, before), read(name, after)
        if old is None or new is None:
            return None
        found = []
        for each in _compared((), old.value, new.value, hide=False):
            found.append(each)
            if len(found) >= MOST:
                break
    except RecursionError:
        return None
    return found


class _Missing:
    """There is no such key on this side."""


_NONE = _Missing()
_Side: TypeAlias = "Value | _Missing"
_Path = tuple[str, ...]


def _compared(path: _Path, old: _Side, new: _Side, *, hide: bool) -> Iterator[Difference]:
    if _same(old, new):
        return
    tables = [each for each in (old, new) if isinstance(each, dict)]
    lists = [each for each in (old, new) if isinstance(each, list)]
    sides = sum(not isinstance(each, _Missing) for each in (old, new))
    if tables and len(tables) == sides and any(tables):
        yield from _tables(path, _table(old), _table(new), hide=hide)
    elif lists and len(lists) == sides and not all(map(_is_plain, lists)):
        yield from _tables(path, *_numbered(_list(old), _list(new)), hide=hide)
    elif len(lists) == 2:
        yield from _plain_lists(path, _list(old), _list(new), hide=hide)
    else:
        yield _told(path, old, new, hide=hide)


def _same(old: _Side, new: _Side) -> bool:
    """Python holds True for 1 and 1 for 1.0; a configuration means something else by the first."""
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_same(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_same, old, new))
    return old == new


def _tables(
    path: _Path, old: Mapping[str, Value], new: Mapping[str, Value], *, hide: bool
) -> Iterator[Difference]:
    hide = hide or _names_a_secret(old) or _names_a_secret(new)
    for key in dict.fromkeys((*new, *old)):
        inner = (*path, key)
        yield from _compared(inner, old.get(key, _NONE), new.get(key, _NONE), hide=hide)


def _table(side: _Side) -> Mapping[str, Value]:
    return side if isinstance(side, dict) else {}


def _list(side: _Side) -> Sequence[Value]:
    return side if isinstance(side, list) else []


def _is_plain(values: Sequence[Value]) -> bool:
    return not any(isinstance(each, (dict, list)) for each in values)


def _numbered(
    old: Sequence[Value], new: Sequence[Value]
) -> tuple[Mapping[str, Value], Mapping[str, Value]]:
    """Lists of tables as tables of tables: by what names their entries, or by their number."""
    for name in _IDENTITIES:
        sides = [_by(name, each) for each in (old, new)]
        if all(side is not None for side in sides):
            return sides[0] or {}, sides[1] or {}
    return _by_number(old), _by_number(new)


def _by_number(values: Sequence[Value]) -> dict[str, Value]:
    return {str(number): each for number, each in enumerate(values, 1)}


def _by(name: str, values: Sequence[Value]) -> dict[str, Value] | None:
    found = {}
    for each in values:
        key = each.get(name) if isinstance(each, dict) else None
        if not isinstance(key, str) or key in found:
            return None
        found[key] = each
    return found


def _plain_lists(
    path: _Path, old: Sequence[Value], new: Sequence[Value], *, hide: bool
) -> Iterator[Difference]:
    """What went out of a list and what came into it; its order only if that is all."""
    hide = hide or any(_sounds(each) for each in (*old, *new) if isinstance(each, str))
    gone, come = _without(old, new), _without(new, old)
    if not gone and not come:
        told = _told(path, list(old), list(new), hide=hide)
        yield Difference(told.key, told.before, told.after, told.secret, order=True)
        return
    yield _told(path, gone or _NONE, come or _NONE, hide=hide)


def _without(values: Sequence[Value], others: Sequence[Value]) -> list[Value]:
    left = [_text(each) for each in others]
    rest = []
    for each in values:
        if _text(each) in left:
            left.remove(_text(each))
        else:
            rest.append(each)
    return rest


# --- what is shown -------------------------------------------------------------------------------


def _told(path: _Path, old: _Side, new: _Side, *, hide: bool) -> Difference:
    key = ".".join(without_random(part) for part in path)
    if isinstance(old, Code) or isinstance(new, Code):
        sides = [None if isinstance(each, _Missing) else "" for each in (old, new)]
        return Difference(key, sides[0], sides[1], code=True)
    hide = hide or any(map(_sounds, path))
    before, after = (_shown(path, each, hide=hide) for each in (old, new))
    secret = HIDDEN in (before or "") or HIDDEN in (after or "")
    return Difference(key, before, after, secret)


def _shown(path: _Path, side: _Side, *, hide: bool) -> str | None:
    if isinstance(side, _Missing):
        return None
    if hide:
        return _text(side) if side is None or isinstance(side, bool) else HIDDEN
    if isinstance(side, list):
        return _shown_list(side)
    text = _text(side)
    begin = f"{json.dumps(path[-1] if path else '')}: "
    (line,) = settings([begin + text])
    shown = line.removeprefix(begin) if line.startswith(begin) else HIDDEN
    return shown if len(shown) <= _LONG else shown[:_LONG] + "…"


def _shown_list(values: Sequence[Value]) -> str:
    """An argument list is as good as a line of assignments: one that sounds hides all."""
    texts = [_text(each) for each in values]
    if any(_sounds(each) for each in values if isinstance(each, str)):
        return HIDDEN
    shown = f"[{', '.join(next(settings([text])) for text in texts)}]"
    return shown if len(shown) <= _LONG else shown[:_LONG] + "…"


def _sounds(name: str) -> bool:
    line = f'{json.dumps(name, ensure_ascii=False)}: "x"'
    return next(settings([line])) != line


def _names_a_secret(table: Mapping[str, Value]) -> bool:
    """`name: API_KEY` beside `value: …`, as in lists of environment variables."""
    named = (table.get(name) for name in _NAMES)
    return any(isinstance(each, str) and _sounds(each) for each in named)


def _text(value: Value) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, dict):
        return "{…}" if value else "{}"  # one that became something else
    return json.dumps(value, ensure_ascii=False)
