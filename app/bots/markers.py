"""Signs by which a bot's folder is known: paths that are in it.

"name/" is a folder, "name" a file, "*" stands for any part of a name, "file ~ text" is a file
whose first 64 KiB hold the text.
"""

from __future__ import annotations

import fnmatch
import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass

_LOOK_INTO = 64 << 10
_MOST = 50  # matches of one wildcard that are looked at


class NotAMarker(ValueError):
    """A text that is no marker."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A relative path in parts, whether it is a folder, and what its content must hold."""

    parts: tuple[str, ...]
    folder: bool
    content: bytes = b""


def parse_marker(text: str) -> Marker:
    """Raises `NotAMarker`."""
    path, tilde, content = text.partition(" ~ ")
    path = path.strip()
    parts = tuple(path.rstrip("/").split("/"))
    if path.startswith(("/", "~")) or not all(parts) or {".", ".."} & set(parts):
        raise NotAMarker(text)
    if tilde and (not content.strip() or path.endswith("/")):
        raise NotAMarker(text)
    return Marker(parts, path.endswith("/"), content.strip().encode())


def holds(marker: Marker, folder: str, names: Collection[str]) -> bool:
    """Whether a folder that holds `names` has this sign. Links count as what they lead to."""
    return any(_is(marker, path) for path in _matching(marker.parts, folder, names))


def _matching(parts: tuple[str, ...], folder: str, names: Collection[str]) -> Iterator[str]:
    first, rest = parts[0], parts[1:]
    if any(sign in first for sign in "*?["):
        found = [name for name in names if fnmatch.fnmatchcase(name, first)][:_MOST]
    else:
        found = [first] if first in names else []
    for name in found:
        path = os.path.join(folder, name)  # noqa: PTH118  # the hot path of the search
        if rest:
            yield from _matching(rest, path, _names(path))
        else:
            yield path


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _is(marker: Marker, path: str) -> bool:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116
        if marker.folder:
            return stat.S_ISDIR(mode)
        if not stat.S_ISREG(mode):
            return False
        if not marker.content:
            return True
        with open(path, "rb") as file:  # noqa: PTH123
            return marker.content in file.read(_LOOK_INTO)
    except OSError:
        return False
