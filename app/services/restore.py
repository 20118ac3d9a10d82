"""Restoring from the repository or a copy: which snapshot, which part of it, where to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.monitor import Monitor, Step
from app.repository.lock import guard, locked_for_reading
from app.repository.names import printable
from app.repository.repository import Repository
from app.repository.restore_plan import Selection, pieces
from app.repository.restore_preview import InTheWay, Preview, preview
from app.repository.restore_target import Overwrite
from app.repository.restorer import mark_of, restore
from app.repository.snapshot import Snapshot
from app.repository.times import rfc3339
from app.services.run import Run
from app.services.snapshots import Filter, choose, rather_ours
from app.services.suspect_choice import tell_if_suspect

MOST_IN_THE_WAY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreRequest:
    """What to restore. `snapshot` is an id's beginning or `latest`, with `:FOLDER` for a part of
    it; `target` is None for the places where everything came from."""

    snapshot: str
    wanted: Filter
    target: Path | None
    include: tuple[bytes, ...] = ()
    exclude: tuple[bytes, ...] = ()
    overwrite: Overwrite = Overwrite.IF_CHANGED

    @property
    def selection(self) -> Selection:
        return Selection(
            folder=os.fsencode(self.snapshot.partition(":")[2]),
            include=self.include,
            exclude=self.exclude,
            in_place=self.target is None,
        )

    @property
    def folder(self) -> Path:
        return self.target or Path("/")


def restore_snapshot(
    repository: Repository, request: RestoreRequest, run: Run, *, index_cache: Path | None = None
) -> dict[str, object]:
    """Restore, under a shared lock where one can be written. What fails is a Problem of the run.

    `index_cache` is what a backup has left; a drill goes without it.

    The report: snapshot (id), target, files, bytes, folders, others, kept, beside, aside,
    set_aside, failed.
    """
    name, _, _folder = request.snapshot.partition(":")
    with run.step(Step.RESTORE) as step, locked_for_reading(repository) as lock:
        snapshot = _found(repository, name, request, run)
        repository.load_index(run, index_cache)
        report = restore(
            repository,
            snapshot,
            request.folder,
            selection=request.selection,
            overwrite=request.overwrite,
            monitor=guard(lock, run),
        )
        step.items = report.files
        step.bytes = report.bytes
    return {
        "snapshot": snapshot.id,
        "target": str(request.folder),
        "files": report.files,
        "bytes": report.bytes,
        "folders": report.folders,
        "others": report.others,
        "kept": report.kept,
        "beside": report.beside,
        "aside": report.aside,
        "set_aside": report.set_aside,
        "failed": report.failed,
    }


def preview_restore(
    repository: Repository, request: RestoreRequest, monitor: Monitor
) -> dict[str, object]:
    """What `restore_snapshot` would do, without doing anything.

    The report: snapshot (id), target, `previewed`, and `in_the_way`: rows of at most 500.
    """
    name, _, _folder = request.snapshot.partition(":")
    snapshot = _found(repository, name, request, monitor)
    repository.load_index(monitor)
    rows: list[dict[str, object]] = []

    def tell(found: InTheWay) -> None:
        if len(rows) < MOST_IN_THE_WAY:
            rows.append(in_the_way_row(found))

    chosen = pieces(repository, snapshot, request.selection)
    looked = preview(
        repository, chosen, request.folder, request.overwrite, monitor,
        mark=mark_of(snapshot), tell=tell,
    )  # fmt: skip
    head = {"snapshot": snapshot.id, "target": str(request.folder)}
    return {**head, **previewed(looked), "in_the_way": rows}


def _found(
    repository: Repository, name: str, request: RestoreRequest, monitor: Monitor
) -> Snapshot:
    """As `snapshots.find` where it goes back to where it came from, else of any machine; and says
    where it is suspect."""
    found = repository.snapshots(monitor)
    fitting = [snapshot for snapshot in found if request.wanted.fits(snapshot)]
    if request.target is None and request.wanted.host is None and name == "latest":
        fitting = rather_ours(fitting)
    snapshot = choose(fitting, name, repository.backend.place)
    tell_if_suspect(found, snapshot, monitor)
    return snapshot


def previewed(looked: Preview) -> dict[str, object]:
    """files, bytes; new, same, different, blocked (files by what is there); write (bytes); room:
    path, needed and free of the file system with the least to spare, null if none is known."""
    room = looked.tightest
    return {
        "files": looked.files,
        "bytes": looked.bytes,
        "new": looked.new,
        "same": looked.same,
        "different": looked.different,
        "blocked": looked.in_the_way,
        "write": looked.write,
        "room": room and {"path": str(room.path), "needed": room.needed, "free": room.free},
    }


def in_the_way_row(found: InTheWay) -> dict[str, object]:
    """path (below the target), size and mtime of what is there now; name: the one that it gets
    ("set-aside") or that the restored one gets ("keep-both"), else null; blocks."""
    changed = datetime.fromtimestamp(found.mtime // 10**9, UTC)
    return {
        "path": printable(found.path),
        "size": found.size,
        "mtime": rfc3339(changed),
        "name": None if found.name is None else printable(found.name),
        "blocks": found.blocks,
    }
