"""Restoring from the repository or a copy: which snapshot, which part of it, where to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from app.monitor import Step
from app.repository.lock import guard, locked_for_reading
from app.repository.repository import Repository
from app.repository.restore_plan import Selection
from app.repository.restore_target import Overwrite
from app.repository.restorer import restore
from app.services.run import Run
from app.services.snapshots import Filter, find


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreRequest:
    """What to restore. `snapshot` is an id's beginning or `latest`, with `:FOLDER` for a part of
    it; `target` is None for the places where everything came from."""

    snapshot: str
    wanted: Filter
    target: Path | None
    include: tuple[str, ...] = ()
    overwrite: Overwrite = Overwrite.IF_CHANGED


def restore_snapshot(
    repository: Repository, request: RestoreRequest, run: Run, *, index_cache: Path | None = None
) -> dict[str, object]:
    """Restore, under a shared lock where one can be written. What fails is a Problem of the run.

    `index_cache` is what a backup has left; a drill goes without it.

    The report: snapshot (id), target, files, bytes, folders, others, kept, beside, set_aside,
    failed.
    """
    name, _, folder = request.snapshot.partition(":")
    target = request.target or Path("/")
    with run.step(Step.RESTORE) as step, locked_for_reading(repository) as lock:
        snapshot = find(repository, name, request.wanted, run)
        repository.load_index(run, index_cache)
        report = restore(
            repository,
            snapshot,
            target,
            selection=Selection(
                folder=os.fsencode(folder),
                include=tuple(os.fsencode(path) for path in request.include),
                in_place=request.target is None,
            ),
            overwrite=request.overwrite,
            monitor=guard(lock, run),
        )
        step.items = report.files
        step.bytes = report.bytes
    return {
        "snapshot": snapshot.id,
        "target": str(target),
        "files": report.files,
        "bytes": report.bytes,
        "folders": report.folders,
        "others": report.others,
        "kept": report.kept,
        "beside": report.beside,
        "set_aside": report.set_aside,
        "failed": report.failed,
    }
