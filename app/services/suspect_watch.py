"""The tripwire at a backup, and what a person decides about what it found.

A backup is compared with the last clean one, so that it stays suspect until the files are as they
were, or somebody says that it was their own work. The judgement comes when all of a backup is
written but the snapshot: so that has its tag from the start, and nothing is rewritten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import msgspec

from app.errors import AppError, Cancelled, WrongUsage
from app.monitor import Monitor, Problem, Recorder
from app.repository.parent import find_parent
from app.repository.policy import PINNED, SUSPECT
from app.repository.repository import Repository
from app.repository.snapshot import Snapshot
from app.services.history import now
from app.services.home import Home
from app.services.suspect import Suspect, change, freeze, suspects

if TYPE_CHECKING:
    from app.services.tripwire import Finding

Result = TypeVar("Result")


class Watch:
    """The tripwire of one backup: `judge` before the snapshot is written, `finish` after it."""

    def __init__(self, home: Home, repository: Repository, monitor: Monitor) -> None:
        self._home = home
        self._repository = repository
        self._monitor = monitor
        self._found: Finding | None = None
        self._base = ""

    def judge(self, parent: Snapshot | None, tree: bytes) -> Sequence[str]:
        """The tag of a suspect backup, which is noted then; none for ordinary work. Trouble is a
        Problem: a backup must go on."""
        self._found = self._told(lambda: self._look(parent, tree))
        return () if self._found is None else (SUSPECT,)

    def _look(self, parent: Snapshot | None, tree: bytes) -> Finding | None:
        clean = self._clean(parent)
        if clean is None or clean.tree == tree:
            return None
        from app.services.tripwire import judge  # nothing has changed, mostly: 5 ms
        from app.services.tripwire_facts import facts_of

        found = judge(facts_of(self._repository, clean.tree, tree, Recorder()))
        if found is not None:
            self._base = clean.id
            self._told(lambda: self._freeze(found, clean.id))
        return found

    def _told(self, do: Callable[[], Result]) -> Result | None:
        """Do something; what makes it impossible is a Problem, and None."""
        try:
            return do()
        except Cancelled:
            raise
        except AppError as error:
            self._monitor.problem(Problem.from_error(error))
            return None

    def _clean(self, parent: Snapshot | None) -> Snapshot | None:
        """The last snapshot that nothing was found in: mostly the parent."""
        if parent is None or SUSPECT not in parent.tags:
            return parent
        found = self._repository.snapshots(Recorder())
        clean = [each for each in found if SUSPECT not in each.tags]
        machine = parent.file.machine
        return find_parent(clean, host=parent.host, paths=parent.paths, machine=machine)

    def finish(self, snapshot: Snapshot) -> None:
        """Pin the last clean snapshot and say what was found. Under no lock of the caller's. Where
        somebody else is using the repository it is not pinned: nothing goes while it is frozen."""
        found = self._found
        if found is None:
            return
        clean = self._told(self._pin) or self._base
        self._told(lambda: self._freeze(found, clean, snapshot.id))
        examples = ", ".join(found.examples)
        params = {"examples": examples, "snapshot": snapshot.id[:8]}
        self._monitor.problem(Problem("suspect-backup", params))

    def _freeze(self, found: Finding, clean: str, snapshot: str = "") -> Suspect:
        return freeze(self._home, self._repository, found, now(), clean=clean, snapshot=snapshot)

    def _pin(self) -> str:
        """Returns the id that the snapshot has then."""
        from app.services.forget import change_tags  # with all of pruning behind it: 20 ms

        return change_tags(
            self._home, self._repository, self._base, self._monitor, add=(PINNED,), own=True
        ).id


def dismiss(home: Home, repository: Repository, name: str, monitor: Monitor) -> list[Suspect]:
    """It was the person's own work: the tag goes, and with the last one the freeze of this
    repository; what was found in another one stays. `name` is the beginning of an id, or `all`.
    Returns what was dismissed. Raises `WrongUsage`, `Frozen`,
    `RepositoryLocked`, or a `BackendError`."""
    from app.services.forget import change_tags  # as above

    here = [each for each in suspects(home) if each.repository == repository.config.id]
    chosen = _named(here, name)
    there = {name: at.id for at in repository.snapshots(monitor) for name in _names(at)}
    for each in chosen:
        if each.snapshot in there:
            change_tags(
                home, repository, there[each.snapshot], monitor, remove=(SUSPECT,), own=True
            )
        change(home, partial(_without, each))
    return chosen


def _without(each: Suspect, found: tuple[Suspect, ...]) -> tuple[Suspect, ...]:
    return tuple(other for other in found if other != each)


def _names(snapshot: Snapshot) -> Sequence[str]:
    """Its id, and the one that it had before its tags were changed."""
    return tuple(filter(None, (snapshot.id, snapshot.file.original)))


def keep(home: Home, name: str) -> list[Suspect]:
    """It was not: all stays as it is, and that is written down."""
    chosen = _named(suspects(home), name)
    kept = {each: msgspec.structs.replace(each, kept=True) for each in chosen}
    change(home, lambda found: tuple(kept.get(each, each) for each in found))
    return list(kept.values())


def _named(found: Sequence[Suspect], name: str) -> list[Suspect]:
    chosen = [each for each in found if name == "all" or each.snapshot.startswith(name.lower())]
    if not chosen or not name or (len(chosen) > 1 and name != "all"):
        raise WrongUsage("suspect-unknown", snapshot=name)
    return chosen
