"""What a restore would do, before it does anything: new, equal and different files, and room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.monitor import Monitor
from app.repository.repository import Repository
from app.repository.restore_metadata import facts_of
from app.repository.restore_plan import Amount, Piece, Selection, Silent, pieces
from app.repository.restore_same import compare
from app.repository.restore_target import Found, Overwrite, Target, TargetFull
from app.repository.restore_worker import is_kept
from app.repository.snapshot import Snapshot
from app.repository.tree import Node, NodeType
from app.repository.walk import walk

_BLOCK = 512  # what a small file costs beside its bytes, at the least


@dataclass(slots=True)
class Preview:
    """Files by how they compare with what is there; `write` are the bytes to be written."""

    new: int = 0
    same: int = 0
    different: int = 0
    in_the_way: int = 0
    write: int = 0
    free: int | None = None


def preview(
    repository: Repository,
    snapshot: Snapshot,
    target: Path,
    *,
    selection: Selection | None = None,
    overwrite: Overwrite = Overwrite.IF_CHANGED,
    monitor: Monitor,
) -> Preview:
    """Compare without changing anything: sizes and times, of databases the contents too."""
    chosen = pieces(repository, snapshot, selection or Selection())
    if target.is_dir():
        place = Target(target)
        try:
            return compare_all(repository, chosen, place, overwrite, monitor)
        finally:
            place.close()
    return compare_all(repository, chosen, None, overwrite, monitor)


def compare_all(
    repository: Repository,
    chosen: Iterable[Piece],
    target: Target | None,
    overwrite: Overwrite,
    monitor: Monitor,
) -> Preview:
    """The preview of some pieces; `target` is None where there is nothing yet."""
    result = Preview(free=target.free_space() if target else None)
    for piece in chosen:
        for folder, node in _files(repository, piece, Silent(monitor)):
            found = _compare(repository, target, folder, node, monitor)
            result.new += found is Found.NEW
            result.same += found is Found.SAME
            result.different += found is Found.DIFFERENT
            result.in_the_way += found is Found.IN_THE_WAY
            if found is not Found.IN_THE_WAY and not is_kept(found, overwrite):
                result.write += node.size
    return result


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
    free = target.free_space()
    if amount.bytes + amount.files * _BLOCK <= free:
        return
    needed = compare_all(repository, chosen, target, overwrite, monitor).write
    if needed > free:
        raise TargetFull(
            "restore-no-space",
            path=str(target.path),
            needed=_megabytes(needed),
            free=_megabytes(free),
        )


def _megabytes(count: int) -> str:
    return f"{-(-count // 1_000_000):,} MB"


def _compare(
    repository: Repository, target: Target | None, folder: bytes, node: Node, monitor: Monitor
) -> Found:
    if target is None:
        return Found.NEW
    try:
        return compare(
            target,
            repository,
            (folder, node.name),
            size=node.size,
            mtime=facts_of(node).mtime,
            content=b"".join(node.content),
            checkpoint=monitor.checkpoint,
        )
    except OSError:
        return Found.IN_THE_WAY  # a link or a file where a folder belongs


def _files(repository: Repository, piece: Piece, monitor: Monitor) -> Iterator[tuple[bytes, Node]]:
    """Files of a piece with the folder below the target in which each lands."""
    top = piece.folder + b"/" + piece.node.name if piece.folder else piece.node.name
    if piece.node.type is NodeType.FILE:
        yield piece.folder, piece.node
    if piece.node.subtree is None:
        return
    for path, node in walk(repository, piece.node.subtree, monitor, top):
        if node.type is NodeType.FILE:
            yield path.rpartition(b"/")[0], node
