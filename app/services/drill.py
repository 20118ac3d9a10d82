"""A drill: a restore that is done to prove that it works, from one place alone.

With the device key and nothing else: no index and no listing that this computer has kept is read,
and no setting but the one that says where the copy lies. Part of the newest snapshot is restored
into a private folder, which is removed in every case (after a kill by the next run); each piece of
data is checked against its hash, and each database is opened. What it took until the files were
there tells how long everything would take.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from app.copies.marker import MarkerState
from app.copies.where import folder_of, is_local, state_of
from app.errors import AppError, WrongUsage
from app.files import private_folder
from app.hotcopy.leftovers import clear_leftovers, private_copy_folder
from app.messages.amounts import size
from app.monitor import Monitor, Step
from app.repository.keys import host_name
from app.repository.lock import guard, locked_for_reading
from app.repository.repository import Repository
from app.repository.restore_preview import room_at
from app.repository.restore_target import Overwrite, TargetFull
from app.repository.restorer import restore_pieces
from app.repository.snapshot import Snapshot
from app.services.drill_choice import FAR, NEAR, Choice, sample_choice, source_choice
from app.services.drill_databases import Opened, open_databases
from app.services.drill_watch import Clock, Watch
from app.services.drilled import oldest_first
from app.services.home import Access, Home, open_for
from app.services.opening import open_copy
from app.services.run import Run
from app.services.snapshots import choose, is_whole
from app.services.suspect_choice import is_suspect, tell_if_suspect
from app.services.sync import find_copy
from app.settings.model import CopySettings

_SPARE = 64 << 20  # bytes that are left free on the disk
_BLOCK = 4096  # what a small file costs beside its bytes


@dataclass(frozen=True, slots=True)
class DrillRequest:
    """What to restore: one source as a whole, or a sample chosen with `seed`; of the newest clean
    snapshot, or of the one that is named."""

    seed: int
    source: str | None = None
    snapshot: str | None = None


def place_to_drill(home: Home, name: str | None) -> str:
    """The name of a copy as the settings have it, "" for the repository here. Unless one is named:
    the copy that can be reached whose last drill is the oldest. Raises `WrongUsage`."""
    if name:
        return find_copy(home, name).name
    if name is not None or not home.settings.copies:
        return ""
    ordered = oldest_first(home.settings.copies, home.history.runs())
    return next((copy.name for copy in ordered if _is_there(copy)), ordered[0].name)


def _is_there(copy: CopySettings) -> bool:
    if copy.paused:
        return False
    return not is_local(copy) or state_of(copy, folder_of(copy)) is MarkerState.OURS


def drill(
    home: Home, access: Access, request: DrillRequest, run: Run, clock: Clock = time.monotonic
) -> dict[str, object]:
    """Practise a restore from the copy that `access` names, None for the repository of this
    computer. What is found is a Problem of the run; raises what makes it impossible.

    The report: copy (its name, or ""), which (its id, or the repository's), snapshot (id), host,
    scope ("source", "sample", "all"), source (name or null), seed, sources (of which something was
    restored), files, bytes, databases, tables, rows, seconds (from the start until everything was
    there), first_file_seconds, bytes_per_second, whole_bytes, whole_seconds_estimate (null where
    the snapshot does not say how much it holds), sound (nothing at all was found).
    """
    watch = Watch(run, clock)
    with _work_folder(home) as folder:
        with run.step(Step.RESTORE) as step:
            copy = None if access.place is None else find_copy(home, access.place)
            bare = Home(replace(home.paths, cache=folder / "cache"), home.environment)
            if copy is not None and is_local(copy):
                open_copy(bare, copy)  # or it is away, or not what it was
            repository = open_for(bare, access)
            snapshot, choice = _restored(repository, request, folder, watch)
            step.items, step.bytes = choice.amount.files, choice.amount.bytes
        with run.step(Step.VERIFY) as step:
            place = repository.backend.place
            opened = open_databases(folder / "files", folder / "databases", place, run)
            step.items = opened.databases
    return {
        "copy": copy.name if copy else "",
        "which": copy.id if copy else repository.config.id,
        "snapshot": snapshot.id,
        "host": snapshot.host,
        "source": request.source,
        "seed": request.seed,
        **_amounts(choice, opened),
        **_times(snapshot, choice, watch),
        "sound": not run.problems,
    }


def _restored(
    repository: Repository, request: DrillRequest, folder: Path, watch: Watch
) -> tuple[Snapshot, Choice]:
    with locked_for_reading(repository) as lock:
        monitor = guard(lock, watch)
        repository.load_index(monitor)
        snapshot = _chosen(repository, request.snapshot, monitor)
        watch.opened()
        if request.source is not None:
            choice = source_choice(repository, snapshot, request.source, monitor)
        else:
            limits = NEAR if repository.backend.is_local else FAR
            choice = sample_choice(repository, snapshot, request.seed, limits, monitor)
        if not choice.amount.files:
            raise WrongUsage("drill-nothing", place=repository.backend.place)
        watch.begins()
        _restore(repository, choice, folder / "files", monitor)
        watch.ends()
    return snapshot, choice


def _restore(repository: Repository, choice: Choice, target: Path, monitor: Monitor) -> None:
    amount = choice.amount
    _, _, free = room_at(target)
    try:
        if amount.bytes + amount.files * _BLOCK + _SPARE > free:
            raise TargetFull("restore-full", path=str(target))
        how = (Overwrite.IF_CHANGED, "")
        restore_pieces(repository, choice.pieces, amount, target, how, monitor)
    except TargetFull as error:
        path = str(target.parents[1])
        raise AppError("drill-no-room", path=path, needed=size(amount.bytes)) from error


def _chosen(repository: Repository, name: str | None, monitor: Monitor) -> Snapshot:
    """The one that is named. Else the newest snapshot of everything: of this computer if it made
    one, else of any; a clean one before any that is suspect; else the newest that there is."""
    found = repository.snapshots(monitor)
    if name is not None:
        chosen = choose(found, name, repository.backend.place)
        tell_if_suspect(found, chosen, monitor)
        return chosen
    newest_first = found[::-1]
    newest_first.sort(key=lambda each: (is_suspect(each), each.host != host_name()))
    whole = (each for each in newest_first if is_whole(repository, each))
    return next(whole, None) or choose(newest_first[:1], "latest", repository.backend.place)


@contextmanager
def _work_folder(home: Home) -> Iterator[Path]:
    """A private folder; what a killed drill left goes first."""
    temporary = home.paths.temporary
    try:
        private_folder(temporary)
        clear_leftovers(temporary)
        with private_copy_folder(temporary) as folder:
            yield folder
    except OSError as error:
        reason = error.strerror or str(error)
        raise AppError("own-folder-unwritable", path=str(temporary), reason=reason) from error


def _amounts(choice: Choice, opened: Opened) -> dict[str, object]:
    return {
        "scope": choice.scope,
        "sources": choice.sources,
        "files": choice.amount.files,
        "bytes": choice.amount.bytes,
        "databases": opened.databases,
        "tables": opened.tables,
        "rows": opened.rows,
    }


def _times(snapshot: Snapshot, choice: Choice, watch: Watch) -> dict[str, object]:
    """The whole is extrapolated by its bytes; finding the snapshot takes its time once."""
    restoring = max(watch.restoring, 1e-6)
    rate = choice.amount.bytes / restoring
    whole = snapshot.size
    estimate = None
    if choice.scope == "all":
        whole, estimate = choice.amount.bytes, watch.finding + restoring
    elif whole is not None and rate:
        estimate = watch.finding + whole / rate
    return {
        "seconds": round(watch.finding + restoring, 3),
        "first_file_seconds": round(watch.finding + watch.first_file, 3),
        "bytes_per_second": int(rate),
        "whole_bytes": whole,
        "whole_seconds_estimate": None if estimate is None else round(estimate, 3),
    }
