"""What a restore would do, before it does anything: new, equal and different files, and room."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.backends.mounts import room_of
from app.monitor import Monitor
from app.repository.repository import Repository
from app.repository.restore_metadata import facts_of
from app.repository.restore_plan import Amount, Piece, Silent
from app.repository.restore_same import compare
from app.repository.restore_target import Found, Overwrite, Target, TargetFull
from app.repository.restore_worker import is_kept
from app.repository.tree import Node, NodeType
from app.repository.walk import walk

_BLOCK = 512  # what a small file costs beside its bytes, at the least


@dataclass(frozen=True, slots=True)
class InTheWay:
    """Something other than the snapshot has, where the snapshot's is to go: its path below the
    target, its size and time (ns) now, and the name that it gets (SET_ASIDE) or that the restored
    file gets beside it (KEEP_BOTH). `blocks` says that nothing can be restored there."""

    path: bytes
    size: int
    mtime: int
    name: bytes | None = None
    blocks: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """A file system that is written to: a folder on it, what is needed there, what is free."""

    path: Path
    needed: int
    free: int

    @property
    def short(self) -> bool:
        return self.needed > self.free


@dataclass(slots=True)
class Preview:
    """Files by how they compare with what is there; `files` and `bytes` count all, `rooms` what
    is to be written where."""

    new: int = 0
    same: int = 0
    different: int = 0
    in_the_way: int = 0
    files: int = 0
    bytes: int = 0
    rooms: dict[str, Room] = field(default_factory=dict)

    @property
    def write(self) -> int:
        return sum(room.needed for room in self.rooms.values())

    @property
    def tightest(self) -> Room | None:
        """The file system with the least to spare."""
        return min(self.rooms.values(), key=lambda room: room.free - room.needed, default=None)


Tell = Callable[[InTheWay], None]


def preview(
    repository: Repository,
    chosen: Iterable[Piece],
    path: Path,
    overwrite: Overwrite,
    monitor: Monitor,
    *,
    mark: str = "",
    tell: Tell | None = None,
) -> Preview:
    """Compare without changing anything: sizes and times, of databases the contents too. `tell`
    is told what is in the way, `mark` is that of the restore."""
    place = Target(path) if path.is_dir() else None
    try:
        return _Look(repository, path, place, overwrite, mark, monitor, tell).at(chosen)
    finally:
        if place is not None:
            place.close()


@dataclass(slots=True)
class _Look:
    """One preview; `target` is None where there is nothing yet."""

    repository: Repository
    path: Path
    target: Target | None
    overwrite: Overwrite
    mark: str
    monitor: Monitor
    tell: Tell | None
    _blocked: set[bytes] = field(default_factory=set)
    _last: tuple[bytes, bool] = (b"", False)

    def at(self, chosen: Iterable[Piece]) -> Preview:
        result = Preview()
        for piece in chosen:
            device, there, free = room_at(_landing(self.path, piece))
            write = 0
            for folder, node in _entries(self.repository, piece, Silent(self.monitor)):
                write += self._count(result, folder, node)
            before = result.rooms.get(device)
            needed = write + (before.needed if before else 0)
            result.rooms[device] = Room(before.path if before else there, needed, free)
        return result

    def _count(self, result: Preview, folder: bytes, node: Node) -> int:
        """Count one file or link; returns the bytes that it will write."""
        found = self._compare(folder, node)
        if found in (Found.DIFFERENT, Found.IN_THE_WAY):
            self._tell(folder, node.name, blocks=found is Found.IN_THE_WAY)
        if node.type is not NodeType.FILE:
            result.different += found is Found.DIFFERENT
            return 0
        result.files += 1
        result.bytes += node.size
        result.new += found is Found.NEW
        result.same += found is Found.SAME
        result.different += found is Found.DIFFERENT
        result.in_the_way += found is Found.IN_THE_WAY
        kept = found is Found.IN_THE_WAY or is_kept(found, self.overwrite)
        return 0 if kept else node.size

    def _compare(self, folder: bytes, node: Node) -> Found:
        if self.target is None:
            return Found.NEW
        if self._is_blocked(folder):
            return Found.IN_THE_WAY
        try:
            if node.type is NodeType.SYMLINK:
                return self._compare_link(self.target, folder, node)
            return compare(
                self.target,
                self.repository,
                (folder, node.name),
                size=node.size,
                mtime=facts_of(node).mtime,
                content=b"".join(node.content),
                checkpoint=self.monitor.checkpoint,
            )
        except OSError:
            return Found.IN_THE_WAY  # a link or a file where a folder belongs

    @staticmethod
    def _compare_link(target: Target, folder: bytes, node: Node) -> Found:
        if target.link_at(folder, node.name) == node.linktarget:
            return Found.SAME
        return target.compare(folder, node.name, -1, None)

    def _tell(self, folder: bytes, name: bytes, *, blocks: bool) -> None:
        if self.tell is None or self.target is None:
            return
        path = folder + b"/" + name if folder else name
        if blocks:
            path = self._blocking(path)
            if path in self._blocked:
                return
            self._blocked.add(path)
        status = (self.path / os.fsdecode(path)).stat(follow_symlinks=False)
        other = None if blocks else self._other_name(self.target, folder, name)
        self.tell(InTheWay(path, status.st_size, status.st_mtime_ns, other, blocks))

    def _is_blocked(self, folder: bytes) -> bool:
        """Whether a file or a link stands where a folder of the way belongs. Files come folder by
        folder, so the last answer is remembered."""
        if self._last[0] != folder:
            self._last = folder, self._blocking(folder + b"/x") != folder + b"/x"
        return bool(folder) and self._last[1]

    def _blocking(self, path: bytes) -> bytes:
        """The first part of a path that is no folder, or the folder in a file's place itself."""
        parts = path.split(b"/")
        for end in range(1, len(parts)):
            upper = b"/".join(parts[:end])
            at = self.path / os.fsdecode(upper)
            if at.is_symlink() or (at.exists() and not at.is_dir()):
                return upper
        return path

    def _other_name(self, target: Target, folder: bytes, name: bytes) -> bytes | None:
        if self.overwrite is Overwrite.SET_ASIDE:
            return target.aside_name(folder, name)
        if self.overwrite is Overwrite.KEEP_BOTH:
            return target.beside_name(folder, name, self.mark)
        return None


def refuse_if_full(
    repository: Repository,
    chosen: Iterable[Piece],
    target: Target,
    amount: Amount,
    overwrite: Overwrite,
    monitor: Monitor,
) -> None:
    """Say it before anything is written: `TargetFull`. What is there already needs no room: a
    restore that was stopped by a full disk can go on once some is made."""
    pieces = list(chosen)
    found = [room_at(_landing(target.path, piece)) for piece in pieces]
    most = amount.bytes + amount.files * _BLOCK
    if all(most <= free for _, _, free in found):
        return
    looked = _Look(repository, target.path, target, overwrite, "", monitor, None).at(pieces)
    room = looked.tightest
    if room is not None and room.short:
        raise TargetFull(
            "restore-no-space",
            path=str(room.path if len(looked.rooms) > 1 else target.path),
            needed=_megabytes(room.needed),
            free=_megabytes(room.free),
        )


def _landing(target: Path, piece: Piece) -> Path:
    folder = target / os.fsdecode(piece.folder)
    return folder / os.fsdecode(piece.node.name) if piece.node.subtree is not None else folder


def room_at(path: Path) -> tuple[str, Path, int]:
    """The room that a folder fills or will fill: its name, the folder there is for now, and the
    bytes that this user may still write."""
    while not path.is_dir() and path != path.parent:
        path = path.parent
    try:
        status = os.statvfs(path)
        return room_of(path), path, status.f_bavail * status.f_frsize
    except OSError:
        return "", path, 0


def _megabytes(count: int) -> str:
    return f"{-(-count // 1_000_000):,} MB"


def _entries(
    repository: Repository, piece: Piece, monitor: Monitor
) -> Iterator[tuple[bytes, Node]]:
    """Files and links of a piece with the folder below the target in which each lands."""
    top = piece.folder + b"/" + piece.node.name if piece.folder else piece.node.name
    if piece.node.type in (NodeType.FILE, NodeType.SYMLINK):
        yield piece.folder, piece.node
    if piece.node.subtree is None:
        return
    for path, node in walk(repository, piece.node.subtree, monitor, top):
        if node.type in (NodeType.FILE, NodeType.SYMLINK):
            yield path.rpartition(b"/")[0], node
