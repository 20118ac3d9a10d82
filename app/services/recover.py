"""A new computer in the place of one that was lost, from one of its copies.

Order: files first, each verified before it gets its name; then this machine's own repository, as a
mirror of the copy under the same master key; then its device key, the secrets that came along, the
copy, and the settings last, at once. So until the end nothing claims to be set up, and the same
command goes on where it was interrupted: what is complete is not written again. What is there
already and differs gets another name, NAME.before-restore.

Needs no cache, and no network for a drive. What cannot be read here is looked for in the other
copies that the settings name and that can be reached.
"""

from __future__ import annotations

import os

from app.errors import WrongUsage
from app.monitor import Monitor, Step
from app.repository.lock import guard, locked_for_reading
from app.repository.repository import Repository
from app.services.home import Access, Home, open_for
from app.services.only_one import only_one
from app.services.proof import note_opened
from app.services.recover_files import Others, own_repository, restore_parts
from app.services.recover_look import add_repository, brings, look, part_json, refuse_if_full
from app.services.recover_plan import RecoverRequest, What, make_plan
from app.services.recover_settings import settle
from app.services.restore import previewed
from app.services.run import Run
from app.services.snapshots import as_json_object
from app.swapping import sync_all_of


def preview_recovery(
    home: Home, access: Access, request: RecoverRequest, monitor: Monitor
) -> dict[str, object]:
    """What `recover` would do; nothing is written here.

    The report: snapshot, parts (what, name, from, to, and what `previewed` says), the totals of
    `previewed`, in_the_way (at most 500 rows with absolute paths), repository, and what `brings`
    says.
    """
    repository = _open(home, access)
    plan = make_plan(home, repository, request, monitor)
    looked, parts, rows = look(repository, plan, monitor)
    add_repository(home, repository, request, looked)
    return {
        "snapshot": as_json_object(plan.snapshot),
        "parts": parts,
        **previewed(looked),
        "in_the_way": rows,
        "repository": str(home.default_repository()) if What.SETTINGS in request.only else None,
        **brings(home, plan),
    }


def recover(home: Home, access: Access, request: RecoverRequest, run: Run) -> dict[str, object]:
    """Bring back what was asked for. What fails of it is a Problem, and all else is done.

    The report: snapshot, parts (what, name, from, to), files, bytes, kept, beside, aside,
    set_aside, failed; and what `settle` says where the settings were wanted, with
    damaged, the count of files at the place that are. Raises `WrongUsage`,
    `WrongKey`, `TargetFull` before anything is written, `RepositoryLocked`, `Cancelled`, or a
    `BackendError`.
    """
    repository = _open(home, access)
    with only_one(home, "recover", "recover-at-work"):
        with run.step(Step.RESTORE) as step, locked_for_reading(repository) as lock:
            monitor = guard(lock, run)
            plan = make_plan(home, repository, request, monitor)
            refuse_if_full(home, repository, request, plan, monitor)
            others = Others(home, repository, plan)
            report = restore_parts(home, repository, others, plan, monitor)
            step.items, step.bytes = report.files, report.bytes
        settled: dict[str, object] = {}
        if What.SETTINGS in request.only:
            with run.step(Step.COPIES) as step:
                local, damaged = own_repository(home, repository, others, run)
                # A power cut must not leave settings that begin to back up files of no length.
                for folder in {part.target for part in plan.parts if part.target.is_dir()}:
                    sync_all_of(folder)
                settled = settle(home, plan, local, repository, access.place or "", run)
                settled["damaged"] = damaged
                if access.password is not None:  # not one that a file gave
                    note_opened(home, repository)
    return {
        "snapshot": as_json_object(plan.snapshot),
        "parts": [part_json(part) for part in plan.parts],
        "files": report.files,
        "bytes": report.bytes,
        "kept": report.kept,
        "beside": report.beside,
        "aside": report.aside,
        "set_aside": report.set_aside,
        "failed": report.failed,
        **settled,
    }


def _open(home: Home, access: Access) -> Repository:
    """The place's repository; `WrongUsage` where this machine has one of its own."""
    if home.settings.repository is not None:
        raise WrongUsage("already-set-up", path=home.settings.repository.place)
    repository = open_for(home, access)
    own = os.path.realpath(home.default_repository())
    if repository.backend.is_local and os.path.realpath(repository.backend.place) == own:
        raise WrongUsage("copy-overlaps", place=repository.backend.place, repository=own)
    return repository
