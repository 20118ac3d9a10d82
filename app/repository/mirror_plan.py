"""What a mirror has to send: the files of a repository that a copy lacks, by listing both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.backends.contract import AccessDenied, Backend, FileInfo, FileName, Kind, NoSpace
from app.repository.lock import Clocks, locked
from app.repository.repository import Repository

# Keys first: by them a copy that was begun is known as ours.
ORDER = (Kind.KEY, Kind.PACK, Kind.INDEX, Kind.SNAPSHOT)
# What a file costs on a drive beyond its bytes, and what a drive must keep for its own use.
_BLOCK = 4096
_RESERVE = 1 << 20

Listing = Mapping[Kind, Sequence[FileInfo]]


@dataclass(frozen=True, slots=True)
class Plan:
    """Files to send, by kind; `replaced` are those that are there with another size."""

    missing: Mapping[Kind, Sequence[FileInfo]]
    replaced: frozenset[FileName]
    held: frozenset[FileName]

    @property
    def files(self) -> int:
        return sum(map(len, self.missing.values()))

    @property
    def bytes(self) -> int:
        return sum(info.size for infos in self.missing.values() for info in infos)


def list_files(backend: Backend) -> Listing:
    """The source's files. The order is essential: see the module."""
    return {kind: list(backend.list(kind)) for kind in reversed(ORDER)}


def list_locked(source: Repository, clocks: Clocks | None) -> Listing:
    try:
        with locked(source, clocks=clocks):
            return list_files(source.backend)
    except (AccessDenied, NoSpace):
        # Where we cannot write a lock, nobody can prune, but for another user: then a vanished
        # file tells.
        return list_files(source.backend)


def compare(listing: Listing, destination: Backend) -> Plan:
    missing: dict[Kind, list[FileInfo]] = {}
    replaced: set[FileName] = set()
    held: set[FileName] = set()
    for kind in ORDER:
        sizes = {info.file: info.size for info in destination.list(kind)}
        lacking = [info for info in listing[kind] if sizes.get(info.file) != info.size]
        missing[kind] = sorted(lacking, key=lambda info: info.file.name)
        replaced.update(info.file for info in lacking if info.file in sizes)
        held.update(info.file for info in listing[kind] if sizes.get(info.file) == info.size)
    return Plan(missing, frozenset(replaced), frozenset(held))


def refuse_if_full(plan: Plan, free: int | None, place: str) -> None:
    """Raises `NoSpace` where `free` bytes at `place` are too few; None where nobody knows."""
    needed = plan.bytes + plan.files * _BLOCK
    if free is None or not plan.files or needed + _RESERVE <= free:
        return
    raise NoSpace(
        "mirror-no-space",
        place=place,
        missing=_megabytes(needed + _RESERVE - free),
        needed=_megabytes(needed),
        free=_megabytes(free),
    )


def _megabytes(count: int) -> str:
    return f"{-(-count // 1_000_000):,} MB"
