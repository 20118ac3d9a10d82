"""The tripwire at a backup, and what a person decides about what it found.

A backup is compared with the last clean one, so that it stays suspect until the files are as they
were, or somebody says that it was their own work. The judgement comes when all of a backup is
written but the snapshot: so that has its tag from the start, and nothing is rewritten.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from app.errors import AppError, Cancelled, WrongUsage
from app.monitor import Monitor, Problem, Recorder
from app.repository.parent import find_parent
from app.repository.policy import PINNED, SUSPECT
from app.repository.repository import Repository
from app.repository.snapshot import Snapshot
from app.services.history import now
from app.services.home import Home
from app.services.suspect import Suspect, complete, freeze, suspects, write
from app.services.tripwire import judge
from app.services.tripwire_facts import facts_of


class Watch:
    """The tripwire of one backup: `judge` before the snapshot is written, `finish` after it."""

    def __init__(self, home: Home, repository: Repository, monitor: Monitor) -> None:
        self._home = home
        self._repository = repository
        self._monitor = monitor
        self._made: Suspect | None = None

    def judge(self, parent: Snapshot | None, tree: bytes) -> Sequence[str]:
        """The tag of a suspect backup, which is noted then; none for ordinary work. Trouble is a
        Problem: a backup must go on."""
        self._made = None
        try:
            clean = self._clean(parent)
            if clean is None or clean.tree == tree:
                return ()
            found = judge(facts_of(self._repository, clean.tree, tree, Recorder()))
            if found is None:
                return ()
            self._made = freeze(self._home, self._repository, found, clean.id, now())
        except Cancelled:
            raise
        except AppError as error:
            self._monitor.problem(Problem.from_error(error))
            return ()
        return (SUSPECT,)

    def _clean(self, parent: Snapshot | None) -> Snapshot | None:
        """The last snapshot that nothing was found in: mostly the parent."""
        if parent is None or SUSPECT not in parent.tags:
            return parent
        found = self._repository.snapshots(Recorder())
        clean = [each for each in found if SUSPECT not in each.tags]
        return find_parent(clean, host=parent.host, paths=parent.paths)

    def finish(self, snapshot: Snapshot) -> None:
        """Pin the last clean snapshot and say what was found. Under no lock of the caller's."""
        made = self._made
        if made is None:
            return
        try:
            clean = self._pin(made.clean)
            complete(self._home, made, snapshot.id, clean)
        except Cancelled:
            raise
        except AppError as error:
            self._monitor.problem(Problem.from_error(error))
        examples = ", ".join(made.examples)
        params: dict[str, str | int] = {"examples": examples, "snapshot": snapshot.id[:8]}
        self._monitor.problem(Problem("suspect-backup", params))

    def _pin(self, clean: str) -> str:
        """Returns the id that the snapshot has then. While somebody else is using the repository
        it is not pinned: what is frozen here does not go anyway."""
        from app.services.forget import change_tags  # with all of pruning behind it: 20 ms

        try:
            pinned = change_tags(
                self._home, self._repository, clean, self._monitor, add=(PINNED,), own=True
            )
        except Cancelled:
            raise
        except AppError as error:
            self._monitor.problem(Problem.from_error(error))
            return clean
        return pinned.id


# --- deciding --------------------------------------------------------------------------------


def dismiss(home: Home, repository: Repository, name: str, monitor: Monitor) -> list[Suspect]:
    """It was the person's own work: the tag goes, and with the last one the freeze. `name` is the
    beginning of an id, or `all`. Returns what was dismissed. Raises `WrongUsage`, `Frozen`,
    `RepositoryLocked`, or a `BackendError`."""
    from app.services.forget import change_tags  # as above

    chosen = _named(home, name)
    there = {name: at.id for at in repository.snapshots(monitor) for name in _names(at)}
    for each in chosen:
        if each.snapshot in there:
            change_tags(
                home, repository, there[each.snapshot], monitor, remove=(SUSPECT,), own=True
            )
        write(home, tuple(other for other in suspects(home) if other != each))
    return chosen


def _names(snapshot: Snapshot) -> Sequence[str]:
    """Its id, and the one that it had before its tags were changed."""
    return tuple(filter(None, (snapshot.id, snapshot.file.original)))


def keep(home: Home, name: str) -> list[Suspect]:
    """It was not: all stays as it is, and that is written down."""
    chosen = _named(home, name)
    found = tuple(
        msgspec.structs.replace(each, kept=True) if each in chosen else each
        for each in suspects(home)
    )
    write(home, found)
    return [msgspec.structs.replace(each, kept=True) for each in chosen]


def _named(home: Home, name: str) -> list[Suspect]:
    found = suspects(home)
    chosen = [each for each in found if name == "all" or each.snapshot.startswith(name.lower())]
    if not chosen or not name or (len(chosen) > 1 and name != "all"):
        raise WrongUsage("suspect-unknown", snapshot=name)
    return chosen
