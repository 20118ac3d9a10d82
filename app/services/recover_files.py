"""The files of a recovery, and this machine's own repository: from the place, and what cannot be
read there from the other copies.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.backends.contract import Backend, BackendError
from app.backends.local import LocalBackend
from app.copies.marker import MarkerState
from app.copies.where import folder_of, is_local, state_of
from app.errors import AppError, WrongUsage
from app.files import private_folder
from app.monitor import Monitor, Problem, Progress, Recorder, nothing
from app.repository.config import load_config
from app.repository.destination import there
from app.repository.lock import LockMode, guard, locked
from app.repository.mirror import mirror
from app.repository.named import Damaged, Missing
from app.repository.repair import mend
from app.repository.repository import Repository
from app.repository.restore_target import Overwrite, TargetUnusable
from app.repository.restorer import RestoreReport, restore
from app.services.home import Home
from app.services.opening import backend_for
from app.services.recover_look import refuse_strangers
from app.services.recover_plan import Part, RecoverPlan, What
from app.settings.model import DROPBOX, WEBDAV, CopySettings
from app.settings.reading import parse

# What another copy may still have.
_LOST = frozenset(
    {
        "restore-file-lost",
        "restore-link-lost",
        "folder-lost",
        "blob-missing",
        "blob-damaged",
        "blob-unreadable",
        "tree-damaged",
    }
)


@dataclass(slots=True)
class Others:
    """The other copies that the settings name and that are plugged in, or let us in with what the
    environment holds. They are opened when something is first found to be lost."""

    home: Home
    repository: Repository
    plan: RecoverPlan
    _opened: list[Repository] | None = None

    def opened(self) -> list[Repository]:
        """With the same master key, and their indexes loaded."""
        if self._opened is None:
            self._opened = []
            for copy in parse(self.plan.text, self.home.paths.settings_file).copies:
                with suppress(AppError):
                    place = self._place(copy)
                    if place is not None and not self._is_the_same(place):
                        self._open(place)
        return self._opened

    def _place(self, copy: CopySettings) -> Backend | None:
        if is_local(copy):
            folder = folder_of(copy)
            ours = state_of(copy, folder) is MarkerState.OURS
            return LocalBackend(folder) if ours else None
        if copy.kind == WEBDAV:
            return None  # its server would be told the password of another one
        return backend_for(
            copy.address if copy.kind == DROPBOX else f"{copy.kind}:{copy.address}", self.home
        )

    def _is_the_same(self, place: Backend) -> bool:
        mine = self.repository.backend.place
        return os.path.realpath(place.place) == os.path.realpath(mine)

    def _open(self, place: Backend) -> None:
        if load_config(place, self.repository.sealer).id == self.repository.config.id:
            other = there(self.repository, place)
            other.load_index(Recorder())
            assert self._opened is not None
            self._opened.append(other)


@dataclass(slots=True)
class _Sorting:
    """A monitor that keeps back what is lost: another copy may have it."""

    inner: Monitor
    lost: list[Problem] = field(default_factory=list)

    def progress(self, progress: Progress) -> None:
        self.inner.progress(progress)

    def problem(self, problem: Problem) -> None:
        if problem.message_id in _LOST:
            self.lost.append(problem)
        else:
            self.inner.problem(problem)

    def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
        self.inner.checkpoint(while_paused)


def restore_parts(
    home: Home, repository: Repository, others: Others, plan: RecoverPlan, monitor: Monitor
) -> RestoreReport:
    """All parts; what is lost here, from the next copy. What no copy has becomes Problems."""
    total = RestoreReport()
    for part in plan.parts:
        if part.what is What.ARCHIVE:
            _make_folder(home.paths.data)
        report, lost = _restore(repository, plan, part, monitor)
        if lost:
            for other in others.opened():
                try:
                    more, left = _restore(other, plan, part, monitor)
                except BackendError:
                    continue  # it is only the second best, and may be away
                report.files += more.files
                report.bytes += more.bytes
                if len(left) < len(lost):
                    lost, report.failed = left, more.failed
                if not lost:
                    break
        for problem in lost:
            monitor.problem(problem)
        _sum(total, report)
    return total


def _restore(
    place: Repository, plan: RecoverPlan, part: Part, monitor: Monitor
) -> tuple[RestoreReport, list[Problem]]:
    """One part from one place, and what is lost there of it."""
    sorting = _Sorting(monitor)
    try:
        report = restore(
            place,
            plan.snapshot,
            part.target,
            selection=part.selection,
            overwrite=Overwrite.SET_ASIDE,
            monitor=sorting,
        )
    except TargetUnusable as error:
        monitor.problem(Problem("recover-target", error.params))
        return RestoreReport(failed=1), []
    except (Damaged, Missing, WrongUsage) as error:
        sorting.problem(Problem.from_error(error))
        return RestoreReport(failed=1), sorting.lost
    return report, sorting.lost


def _sum(total: RestoreReport, report: RestoreReport) -> None:
    for name in RestoreReport.__dataclass_fields__:
        setattr(total, name, getattr(total, name) + getattr(report, name))


def _make_folder(folder: Path) -> None:
    """A private folder of this machine's own."""
    try:
        private_folder(folder)
    except OSError as error:
        path, reason = str(folder), error.strerror or str(error)
        raise AppError("own-folder-unwritable", path=path, reason=reason) from error


def own_repository(
    home: Home, repository: Repository, others: Others, monitor: Monitor
) -> tuple[Repository, int]:
    """This machine's repository, as whole as all places together are, and how many files of the
    place are damaged. An index that speaks of what stays lost is mended, so that the next backup
    saves it again where it still is."""
    folder = home.default_repository()
    refuse_strangers(folder)
    _make_folder(folder)
    backend = LocalBackend(folder)
    report = mirror(repository, backend, monitor=monitor)
    local = there(repository, backend)
    if report.problems:
        sound = [*others.opened(), repository]
        with locked(local, LockMode.EXCLUSIVE) as lock:
            mend(local, sound, lock, monitor=guard(lock, monitor))
    return local, report.problems
