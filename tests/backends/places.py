"""The places that the contract is tested on, and files to put there."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable
from pathlib import Path

from app.backends.contract import Backend, FileName, Kind
from app.backends.limited import Pace, limited
from app.backends.local import LocalBackend
from app.backends.memory import MemoryBackend
from app.backends.retrying import Patience, RetryingBackend
from tests.backends.dropbox_place import dropbox_place
from tests.backends.object_servers import OBJECT_PLACES
from tests.faults import FlakyBackend, RecordingBackend

NAMED = tuple(kind for kind in Kind if kind is not Kind.CONFIG)


def no_sleep(seconds: float) -> None:
    """Time passes without us."""


def retrying(inner: Backend, patience: Patience | None = None) -> RetryingBackend:
    """Retries without waiting."""
    return RetryingBackend(inner, patience or Patience(tries=8), sleep=no_sleep)


def flaky(inner: Backend) -> Backend:
    """Fails so often that a whole batch seldom passes, and tries often enough."""
    return retrying(FlakyBackend.seeded(inner, seed=7, rate=0.4), Patience(tries=200))


PLACES: dict[str, Callable[[Path], Backend]] = {
    "local": LocalBackend,
    "memory": lambda folder: MemoryBackend(),
    "retrying": lambda folder: retrying(MemoryBackend()),
    "retrying-flaky": lambda folder: flaky(MemoryBackend()),
    "retrying-flaky-local": lambda folder: flaky(LocalBackend(folder)),
    "recording": lambda folder: RecordingBackend(LocalBackend(folder)),
    "limited": lambda folder: limited(LocalBackend(folder), Pace(10**12)),
    **OBJECT_PLACES,
    "dropbox": lambda folder: dropbox_place(),
}


def file_of(content: bytes, kind: Kind = Kind.PACK) -> FileName:
    """The file that this content makes."""
    return FileName(kind, hashlib.sha256(content).hexdigest())


def numbered(count: int, kind: Kind = Kind.PACK) -> list[tuple[FileName, bytes]]:
    """So many different small files."""
    contents = [b"content %d" % number for number in range(count)]
    return [(file_of(content, kind), content) for content in contents]


def path_to(backend: LocalBackend, file: FileName) -> Path:
    folder = backend.path / file.kind.value
    return (folder / file.name[:2] if file.kind is Kind.PACK else folder) / file.name


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def everything(backend: LocalBackend) -> set[str]:
    return {str(p.relative_to(backend.path)) for p in backend.path.rglob("*") if not p.is_dir()}
