"""Reading the languages of configurations into plain values, without running anything.

What several ways of writing mean is one value: numbers become `Decimal` with their digits, dates
their text. A Python file becomes a table of what it assigns, each function and everything that is
no plain value being a `Code`, equal where the program is.
"""

from __future__ import annotations

import ast
import configparser
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import yaml

_LARGEST = 512 << 10
_MOST = 100_000  # values in one file, with what aliases unfold to
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Code:
    """A piece of a program, by its syntax: comments and blanks are no part of it."""

    syntax: str


Value: TypeAlias = "dict[str, Value] | list[Value] | str | int | Decimal | bool | Code | None"


@dataclass(frozen=True, slots=True)
class Read:
    """What a file means."""

    value: Value


class _Unreadable(Exception):
    """It is not in this language."""


def language(name: str) -> Callable[[str], object] | None:
    """What reads a file of this name."""
    base = PurePosixPath(name).name.casefold()
    if base == ".env" or base.startswith(".env."):
        return _env
    return _BY_SUFFIX.get(PurePosixPath(base).suffix)


def read(name: str, data: bytes) -> Read | None:
    """What a file means; None where it has no language of ours, is broken, or too large. May raise
    RecursionError."""
    reader = language(name)
    if reader is None or len(data) > _LARGEST:
        return None
    try:
        found = reader(data.decode("utf-8-sig"))
        return Read(_plain(found)) if _fits(found) else None
    except (ValueError, SyntaxError, MemoryError, configparser.Error, _Unreadable):
        return None  # json's, toml's and Unicode's errors are ValueErrors


def _fits(value: object) -> bool:
    """Whether a value is a tree that a person can read: aliases may unfold to anything."""
    waiting = [(value, 0)]
    count = 0
    while waiting:
        each, depth = waiting.pop()
        count += 1
        if count > _MOST or depth > _DEEPEST:
            return False
        if isinstance(each, dict):
            waiting.extend((inner, depth + 1) for inner in each.values())
        elif isinstance(each, (list, tuple)):
            waiting.extend((inner, depth + 1) for inner in each)
    return True


def _plain(value: object) -> Value:
    """Parsed values with text for keys; anything unusual (dates) as its text."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, (str, bool, int, Decimal, Code)):
        return value
    return _decimal(repr(value)) if isinstance(value, float) else str(value)


def _decimal(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


# --- JSON ----------------------------------------------------------------------------------------

_JSON_PIECE = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/|#[^\n]*', re.DOTALL)
_TRAILING = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])', re.DOTALL)


def _json(text: str) -> object:
    """With comments and commas before a closing bracket, as bots' own readers take them."""
    bare = _JSON_PIECE.sub(lambda found: found[1] or " ", text)
    return json.loads(_TRAILING.sub(lambda found: found[1] or "", bare), parse_float=Decimal)


# --- YAML, TOML ----------------------------------------------------------------------------------


def _yaml(text: str) -> object:
    import yaml

    try:
        found = list(yaml.load_all(text, Loader=_loader()))  # a safe one
    except yaml.YAMLError as error:
        raise _Unreadable from error
    return found[0] if len(found) == 1 else found


@cache
def _loader() -> type[yaml.SafeLoader]:
    import yaml

    class Loader(yaml.SafeLoader):  # type: ignore[misc]  # it has no types
        """Numbers keep their digits, dates stay text."""

    def number(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> object:
        text = str(loader.construct_scalar(node)).replace("_", "")
        return _decimal(text)

    def text_of(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> object:
        return str(loader.construct_scalar(node))

    Loader.add_constructor("tag:yaml.org,2002:float", number)
    Loader.add_constructor("tag:yaml.org,2002:timestamp", text_of)
    return Loader


def _toml(text: str) -> object:
    return tomllib.loads(text, parse_float=Decimal)


# --- INI, .env -----------------------------------------------------------------------------------


def _ini(text: str) -> object:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as its documentation says
    try:
        parser.read_string(text)
    except configparser.MissingSectionHeaderError:
        return _env(text)
    found: dict[str, object] = {name: dict(parser.items(name)) for name in parser.sections()}
    return {**dict(parser.defaults()), **found}


_ASSIGNED = re.compile(r"\s*(?:export\s+)?([\w.-]+)\s*[=:]\s*(.*?)\s*$")


def _env(text: str) -> object:
    found = {}
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith(("#", ";")):
            continue
        assigned = _ASSIGNED.match(line)
        if assigned is None:
            raise _Unreadable
        found[assigned[1]] = _unquoted(assigned[2])
    return found


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] in "\"'" and text.find(text[0], 1) > 0:
        return text[1 : text.find(text[0], 1)]
    return re.split(r"\s+#", text, maxsplit=1)[0]


# --- Python --------------------------------------------------------------------------------------


def _python(text: str) -> object:
    return _body(ast.parse(text).body)


def _body(statements: list[ast.stmt]) -> dict[str, object]:
    found: dict[str, object] = {}
    for statement in statements:
        for name, value in _pieces(statement):
            while name in found:  # a second one of that name is another piece
                name += "'"
            found[name] = value
    return found


def _pieces(statement: ast.stmt) -> Iterator[tuple[str, object]]:
    if isinstance(statement, ast.ClassDef):
        yield statement.name, {**_head(statement), **_body(statement.body)}
    elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield f"{statement.name}()", Code(ast.dump(_without_text(statement)))
    elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        yield ", ".join(map(ast.unparse, targets)), _assigned(statement.value)
    elif not _is_text(statement):
        yield f"{type(statement).__name__.casefold()} …", Code(ast.dump(statement))


def _head(statement: ast.ClassDef) -> dict[str, object]:
    """What a class is made of, if that is anything."""
    said = [ast.dump(each) for each in (*statement.bases, *statement.decorator_list)]
    return {"class": Code(" ".join(said))} if said else {}


def _without_text(statement: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.stmt:
    if statement.body and _is_text(statement.body[0]):
        statement.body = statement.body[1:] or [ast.Pass()]
    return statement


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _assigned(value: ast.expr | None) -> object:
    if value is None:
        return None
    try:
        return ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError):
        return Code(ast.dump(value))


_BY_SUFFIX: dict[str, Callable[[str], object]] = {
    ".json": _json, ".json5": _json, ".jsonc": _json,
    ".yml": _yaml, ".yaml": _yaml, ".toml": _toml,
    ".ini": _ini, ".cfg": _ini, ".conf": _ini, ".env": _env,
    ".py": _python,
}  # fmt: skip
