"""Files of a repository that are named by the hash of what is stored, and what is said of damage.

Needs no key: whoever compares or mends copies reads them like this.
"""

from __future__ import annotations

import hashlib

from app.backends.contract import Backend, FileName, Kind
from app.errors import AppError
from app.repository.compression import LARGEST_JSON, LARGEST_TREE

# restic makes packs of at most 128 MiB and one blob more.
_LARGEST_PACK = (128 << 20) + LARGEST_TREE


class Damaged(AppError):
    """A file or a blob of the repository cannot be used as it is."""


class Missing(AppError):
    """A blob that is referred to is not in the index."""


def most_stored(kind: Kind) -> int:
    """Bytes of the largest file of this kind that we read: a file with holes of any size costs its
    maker nothing, and would cost us memory or a drive."""
    return _LARGEST_PACK if kind is Kind.PACK else LARGEST_JSON


def load_named(backend: Backend, file: FileName) -> bytes:
    """The stored bytes of a file whose name is its hash, without any key; `Damaged` if they do
    not fit."""
    most = most_stored(file.kind)
    stored = backend.load(file, 0, most + 1)
    if len(stored) > most or hashlib.sha256(stored).hexdigest() != file.name:
        raise damaged_file(backend, file)
    return stored


def damaged_file(backend: Backend, file: FileName) -> Damaged:
    """What to raise for a file that cannot be used as it is."""
    return Damaged("repository-file-damaged", file=str(file), place=backend.place)
