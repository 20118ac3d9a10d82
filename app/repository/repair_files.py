"""Mending single files: keys, index files and snapshots from a copy that has them as they were
written, and the config.

All but the config are named by their hash. So no key is needed to know whether one is damaged,
nor whether a copy's is sound, and a damaged key file can be mended before anything is opened. A
damaged file is replaced in one step: a crash leaves the damaged one or the sound one.

A config can be made anew: it holds nothing but the repository's id, which this machine's settings
know, and a polynomial that only stock restic uses, and only to cut new files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from app.backends.contract import (
    CONFIG,
    AccessDenied,
    Backend,
    BackendError,
    FileName,
    FileNotThere,
    Kind,
    PlaceBroken,
)
from app.errors import AppError, NoRepository
from app.repository.config import DamagedConfig, load_config, make_config, save_config
from app.repository.crypto import Sealer
from app.repository.lock import Lock
from app.repository.named import Damaged, load_named


def fetch_damaged(
    place: Backend, kind: Kind, copies: Sequence[Backend], lock: Lock | None = None
) -> Iterator[str]:
    """Replace damaged files by what a copy has under their names; yields the names.

    What is missing altogether is not fetched: it may have been removed on purpose. What
    permissions hide may be sound, and stays: whoever needs it says so. Raises `LockLost` before
    anything is replaced, or a `BackendError` of `place`.
    """
    for info in list(place.list(kind)):
        if not _is_damaged(place, info.file):
            continue
        content = sound_file(copies, info.file)
        if content is not None:
            if lock is not None:
                lock.verify()
            place.replace(info.file, content)
            yield info.file.name


def _is_damaged(place: Backend, file: FileName) -> bool:
    """Also where the drive fails: the very same bytes, written anew, do no harm."""
    try:
        load_named(place, file)
    except (Damaged, PlaceBroken):
        return True
    except (FileNotThere, AccessDenied):
        return False
    return False


def sound_file(copies: Sequence[Backend], file: FileName) -> bytes | None:
    """A file's content from the first copy that has it as it was written."""
    for copy in copies:
        with suppress(Damaged, BackendError):  # damaged, missing, unplugged meanwhile
            return load_named(copy, file)
    return None


def mend_config(
    place: Backend, sealer: Sealer, copies: Sequence[Backend], repository_id: str
) -> bool:
    """Give a repository whose config is damaged or lost the one that a copy has, else a new one
    of the same id. Returns whether that was needed. Raises `TooNew`, or a `BackendError`."""
    try:
        load_config(place, sealer)
    except (DamagedConfig, NoRepository):
        content = _config_of(copies, sealer, repository_id)
        if content is not None:
            place.replace(CONFIG, content)
        else:
            save_config(place, sealer, make_config(repository_id=repository_id))
        return True
    return False


def _config_of(copies: Sequence[Backend], sealer: Sealer, repository_id: str) -> bytes | None:
    for copy in copies:
        with suppress(AppError):
            if load_config(copy, sealer).id == repository_id:
                return copy.load(CONFIG)
    return None
