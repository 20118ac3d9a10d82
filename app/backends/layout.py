"""Where a repository's files stand below its folder: restic's default layout.

    config   keys/<id>   data/<2 hex>/<id>   index/<id>   snapshots/<id>   locks/<id>

A file that is being written is called `<name>-tmp-<random>` and stands in the same folder. Only
names of 64 hex digits are files of the repository; all others are left alone.

Format: restic's doc/design.rst, "Repository Layout".
"""

from __future__ import annotations

import os
import re

from app.backends.contract import FileName, Kind

_NAME = re.compile(r"[0-9a-f]{64}")
_LEFTOVER = re.compile(r"(?:config|[0-9a-f]{64})-tmp-.+", re.DOTALL)

# `data` has a folder for each first byte of a name; `folders_of` and `path_of` know them.
PACK_FOLDERS = tuple(f"data/{number:02x}" for number in range(256))
KIND_FOLDERS = tuple(kind.value for kind in Kind if kind is not Kind.CONFIG)
FOLDERS = KIND_FOLDERS + PACK_FOLDERS
_TOP = frozenset(kind.value for kind in Kind)


def is_name(name: str) -> bool:
    """Whether this is the name of a content-named file."""
    return _NAME.fullmatch(name) is not None


def is_leftover(name: str) -> bool:
    """Whether this is a file that is being written, or was when something ended the writer."""
    return _LEFTOVER.fullmatch(name) is not None


def leftover_of(name: str) -> str:
    """A new temporary name for a file that will be called `name`."""
    return f"{name}-tmp-{os.urandom(6).hex()}"


def is_of_others(name: str) -> bool:
    """Whether a file or folder at the top of a place is none of a repository's. What systems hide
    belongs to them."""
    return not (name in _TOP or is_leftover(name) or name.startswith("."))


def path_of(file: FileName) -> str:
    """The path below the repository's folder, with slashes; ValueError for a name that no file
    can have, so that nothing outside the folder is ever meant."""
    if file.kind is Kind.CONFIG:
        if file.name:
            raise ValueError(f"the config has no name: {file.name[:80]!r}")
        return "config"
    if not is_name(file.name):
        raise ValueError(f"not a name of a repository's file: {file.name[:80]!r}")
    if file.kind is Kind.PACK:
        return f"data/{file.name[:2]}/{file.name}"
    return f"{file.kind.value}/{file.name}"


def folders_of(kind: Kind) -> tuple[str, ...]:
    """The folders that hold the files of a kind; none for the config."""
    if kind is Kind.CONFIG:
        return ()
    return PACK_FOLDERS if kind is Kind.PACK else (kind.value,)
