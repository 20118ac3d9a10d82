"""What stands at a mirror's destination, and whether we may write there.

A destination is ours if its config opens with our master key and has our id. A config that does
not open may be damaged or may belong to others; key files and sealed files tell these apart: a
key file that we have too wraps our master key, and a file that opens with our master key was
sealed by it. Nobody else has either.
"""

from __future__ import annotations

from enum import Enum
from itertools import islice

from app.backends.contract import Backend, FileName, FileNotThere, Kind
from app.errors import AppError, NoRepository
from app.repository.config import DamagedConfig, load_config
from app.repository.crypto import Sealer
from app.repository.named import Damaged
from app.repository.repository import Repository

# So many files of a kind are tried; all of a repository are sealed by one key.
_TRIED = 5


class OtherRepository(AppError):
    """The destination holds a repository that is not this one."""


class Ground(Enum):
    """What the destination lacks before it is this repository."""

    NEW = "no config: nothing is there, or a first run was interrupted"
    DAMAGED = "a config that cannot be read, among files of ours"
    OLDER = "our config in an older format version"
    OURS = "nothing"

    @property
    def config_first(self) -> bool:
        """Whether a config must be replaced before anything else is sent."""
        return self in (Ground.DAMAGED, Ground.OLDER)


def survey(source: Repository, destination: Backend) -> Ground:
    """What is at the destination. Raises `OtherRepository`, `TooNew`, or a `BackendError`."""
    try:
        config = load_config(destination, Sealer(source.master))
    except NoRepository:
        return _without_config(source, destination)
    except DamagedConfig:
        if not _has_files_of(source, destination):
            raise _other(destination) from None
        return Ground.DAMAGED
    if config.id != source.config.id:
        raise _other(destination)
    return Ground.OLDER if config.version < source.config.version else Ground.OURS


def _without_config(source: Repository, destination: Backend) -> Ground:
    # Locks are always listed anew; what that look found may serve for the others.
    kinds = (Kind.LOCK, *(kind for kind in Kind if kind not in (Kind.CONFIG, Kind.LOCK)))
    if any(True for kind in kinds for _ in destination.list(kind)) and not _has_files_of(
        source, destination
    ):
        raise _other(destination)
    return Ground.NEW


def _has_files_of(source: Repository, destination: Backend) -> bool:
    ours = {info.file for info in source.backend.list(Kind.KEY)}
    if any(info.file in ours for info in destination.list(Kind.KEY)):
        return True
    probe = there(source, destination)
    return any(
        _opens(probe, info.file)
        for kind in (Kind.LOCK, Kind.SNAPSHOT, Kind.INDEX)
        for info in islice(destination.list(kind), _TRIED)
    )


def _opens(probe: Repository, file: FileName) -> bool:
    try:
        probe.load_json(file)
    except (Damaged, FileNotThere):
        return False
    return True


def there(source: Repository, destination: Backend) -> Repository:
    """The repository as it is, or will be, at the destination: for its locks."""
    return Repository(destination, source.master, source.config, source.key_id)


def _other(destination: Backend) -> OtherRepository:
    return OtherRepository("mirror-other-repository", place=destination.place)
