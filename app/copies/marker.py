"""The marker of a copy: a small file beside the repository that says which copy this is.

A mount point without its drive is an ordinary empty folder on the system disk. A copy is written
only where its marker lies, so that it cannot fill that disk unnoticed. Stock restic ignores it.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path

import msgspec

from app.files import write_atomic
from app.json_lines import NO_JSON

NAME = "tradekeep-copy.json"
_LARGEST = 4096


class MarkerState(Enum):
    """What lies at a copy's place."""

    OURS = "ours"
    AWAY = "away"  # the folder itself is not there
    BARE = "bare"  # the folder is there, without a marker
    OTHER = "other"  # another copy's marker


class Marker(msgspec.Struct, frozen=True):
    """The file's content."""

    copy: str
    name: str
    version: int = 1


def write_marker(folder: Path, copy_id: str, name: str) -> None:
    """Mark a folder as a copy; durable. OSErrors pass through."""
    write_atomic(folder / NAME, msgspec.json.format(msgspec.json.encode(Marker(copy_id, name))))


def load_marker(folder: Path) -> Marker | None:
    """The marker in a folder, None if there is none or it cannot be read."""
    try:
        with (folder / NAME).open("rb") as file:
            return msgspec.json.decode(file.read(_LARGEST), type=Marker)
    except (OSError, *NO_JSON):
        return None


def read_marker(folder: Path, copy_id: str) -> MarkerState:
    """What lies at the place of the copy with this id."""
    marker = load_marker(folder)
    if marker is not None:
        return MarkerState.OURS if marker.copy == copy_id else MarkerState.OTHER
    return MarkerState.BARE if folder.is_dir() else MarkerState.AWAY
