"""`.env` files as docker compose and python-dotenv read them, for what we need of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from app.bots.reading import read_text

_ASSIGNMENT = re.compile(
    r"""^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*("(?:\\.|[^"\\])*"|'[^']*'|[^\n]*?)\s*$"""
)
_COMMENT = re.compile(r"\s#.*$")
_USED = re.compile(r"\$\{(\w{1,200})(?::?-([^}]{0,1000}))?\}|\$(\w+)")


def read_env(path: Path) -> dict[str, str]:
    """The variables of a file; {} where it cannot be read. Its values hold secrets."""
    found = {}
    for line in (read_text(path) or "").splitlines():
        match = _ASSIGNMENT.match(line)
        if match:
            found[match[1]] = _value(match[2])
    return found


def _value(raw: str) -> str:
    if raw.startswith("'"):
        return raw[1:-1] if raw.endswith("'") and len(raw) > 1 else raw
    if raw.startswith('"'):
        closed = raw.endswith('"') and len(raw) > 1
        return re.sub(r"\\(.)", r"\1", raw[1:-1]) if closed else raw
    return _COMMENT.sub("", raw).strip()


def filled_in(text: str, variables: Mapping[str, str]) -> str:
    """A text with `${NAME}`, `${NAME:-default}` and `$NAME` filled in; unknown ones stay."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[3]
        return variables.get(name) or (found[2] if found[2] is not None else found[0])

    return _USED.sub(value, text)
