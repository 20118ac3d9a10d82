"""Reads a lock of `packaging/lock`: names, versions, for which systems, and hashes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;]+)(?: ; (?P<marker>[^-]*[^- ]))?")


@dataclass(frozen=True, slots=True)
class Locked:
    """A library, pinned."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    text: str


def read(lock: Path) -> list[Locked]:
    """All of a lock's libraries, in its order."""
    return [_parsed(entry) for entry in _entries(lock.read_text(encoding="utf-8"))]


def _entries(text: str) -> Iterator[str]:
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip():
            yield " ".join(line.split())


def _parsed(entry: str) -> Locked:
    pin = _PIN.match(entry)
    if pin is None:
        raise ValueError(f"not an entry of a lock: {entry[:80]}")
    hashes = tuple(_HASH.findall(entry))
    return Locked(pin["name"], pin["version"], pin["marker"] or "", hashes, entry)
