"""Bringing back a copy that was damaged or emptied, from what its place keeps of the past.

Dropbox has no right to write without the right to delete: whoever takes over this computer or the
account can empty a copy there. What was overwritten or deleted is kept by Dropbox for some time,
and comes back from there without being sent again.

What belongs to the copy is what this machine's repository has: so nothing comes back that was
removed on purpose, least of all key files. With `everything` also what is known there alone
(another machine's, or all of it where this machine has no repository), as far as its content has
the hash that is its name. The order is that of a mirror, so the copy is a valid repository with
fewer snapshots whenever this ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from app.backends.contract import (
    CONFIG,
    Backend,
    BackendError,
    FileName,
    FileNotThere,
    KeepsVersions,
    Kind,
    PlaceAway,
)
from app.backends.retrying import RetryingBackend, Tries
from app.errors import WrongUsage
from app.monitor import Monitor, Problem, Progress, Step, Unit
from app.repository.config import DamagedConfig
from app.repository.destination import survey
from app.repository.named import Damaged, load_named
from app.repository.repository import Repository

# Packs before what speaks of them.
_ORDER = (Kind.KEY, Kind.PACK, Kind.INDEX, Kind.SNAPSHOT, Kind.CONFIG)


@dataclass(slots=True)
class BroughtBack:
    """What was wrong, and what became of it. `kept_days`: for how long at least the place keeps
    what was."""

    kept_days: int
    missing: int = 0
    damaged: int = 0
    brought: int = 0
    lost: int = 0  # the place has nothing sound of it any more


def bring_back(
    own: Repository | None,
    place: Backend,
    monitor: Monitor,
    *,
    everything: bool = False,
    dry_run: bool = False,
) -> BroughtBack:
    """See the module. Raises `WrongUsage` for a place that keeps no versions, `OtherRepository`,
    a `BackendError` of either place, `Cancelled`."""
    keeper = _keeper(place)
    report = BroughtBack(keeper.history_days())
    held = _held(place, keeper, dry_run=dry_run)
    if own is not None and held:
        with suppress(DamagedConfig):  # that comes back, too
            survey(own, place)
    wrong = list(_wrong(own, keeper, held, report, monitor))
    if everything:
        known = {file for file, _hash in wrong}
        for file in keeper.deleted():
            if file.kind in _ORDER and file not in held and file not in known:
                report.missing += 1
                # The config alone has no name that proves it: what was last there counts.
                wrong.append((file, keeper.last_hash(file) if file == CONFIG else None))
    wrong.sort(key=lambda each: _ORDER.index(each[0].kind))
    if not dry_run:
        waiting = RetryingBackend(place, checkpoint=monitor.checkpoint)
        _bring(keeper, waiting, wrong, report, monitor)
    return report


def _bring(
    keeper: KeepsVersions,
    waiting: RetryingBackend,
    wrong: list[tuple[FileName, str | None]],
    report: BroughtBack,
    monitor: Monitor,
) -> None:
    for number, (file, digest) in enumerate(wrong):
        monitor.checkpoint()
        told = Progress(Step.COPIES, "recover", number, len(wrong), Unit.FILES, number)
        monitor.progress(told)
        if _recovered(keeper, waiting, file, digest):
            report.brought += 1
        else:
            report.lost += 1
    if report.lost:
        monitor.problem(Problem("recover-lost", {"count": report.lost, "place": waiting.place}))


def _recovered(
    keeper: KeepsVersions, waiting: RetryingBackend, file: FileName, digest: str | None
) -> bool:
    """Ask again where the place stumbles, as with every other question."""
    tries = Tries(waiting)
    while True:
        try:
            return keeper.recover(file, digest)
        except BackendError as error:
            tries.wait_or_raise(error)


def history_days(place: Backend) -> int | None:
    """For how many days at least a place keeps what was; None where it does not, or does not tell
    now."""
    try:
        return _keeper(place).history_days()
    except (WrongUsage, BackendError):
        return None


def _keeper(place: Backend) -> KeepsVersions:
    """The place itself, below what is wrapped around it."""
    found: object = place
    while found is not None and not isinstance(found, KeepsVersions):
        found = getattr(found, "inner", None)
    if found is None:
        raise WrongUsage("recover-no-versions", place=place.place)
    return found


def _held(place: Backend, keeper: KeepsVersions, *, dry_run: bool) -> dict[FileName, str]:
    """Each file that is there, with its hash; a folder that is gone holds nothing, and is made
    anew."""
    try:
        return {held.file: held.content_hash for held in keeper.hashes()}
    except PlaceAway as error:
        if error.message_id != "dropbox-folder-gone":
            raise
    if not dry_run:
        place.create()
    return {}


def _wrong(
    own: Repository | None,
    keeper: KeepsVersions,
    held: dict[FileName, str],
    report: BroughtBack,
    monitor: Monitor,
) -> Iterator[tuple[FileName, str | None]]:
    """What is not there as it is here, with the hash that it has to have."""
    for file in _own_files(own):
        monitor.checkpoint()
        assert own is not None
        try:
            digest = keeper.hash_of(_sound(own, file))
        except FileNotThere:  # it went here since
            continue
        except Damaged as error:  # ours: that is another matter, and nothing to compare with
            monitor.problem(Problem.from_error(error))
            continue
        there = held.get(file)
        if there is None:
            report.missing += 1
        elif there != digest:
            report.damaged += 1
        if there != digest:
            yield file, digest


def _sound(own: Repository, file: FileName) -> bytes:
    return own.backend.load(file) if file == CONFIG else load_named(own.backend, file)


def _own_files(own: Repository | None) -> Iterator[FileName]:
    for kind in _ORDER if own is not None else ():
        assert own is not None
        yield from (info.file for info in own.backend.list(kind))
