"""Finding bots: a search for their signs, bounded in depth, time and number of names.

Breadth first, so that what lies near the top of any root is found before time runs out. A folder
that is a bot is not searched further: a bot inside a bot's folder belongs to it.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.bots.compose import NAMES
from app.bots.compose_services import services_in, services_near
from app.bots.containers import Container, containers_here
from app.bots.kinds import Kind
from app.bots.lost import kind_by_image, lost_by_programs, lost_in_configuration, lost_in_containers
from app.bots.markers import holds
from app.bots.roots import Mounts
from app.bots.running import Program, programs, works_in
from app.bots.summary import Summary, summarize
from app.monitor import Monitor, Problem, Progress, Step, Unit

DEPTH = 6
SECONDS = 20.0
ENTRIES = 1_000_000
_EACH = 2.0  # seconds to count one bot's files
_COMPOSE_FILES = frozenset(NAMES)
_NEVER = frozenset(
    {"/proc", "/sys", "/dev", "/run/user", "/snap", "/boot", "/var/lib/docker/overlay2"}
)
_SKIPPED = frozenset(
    {"node_modules", ".git", ".hg", ".svn", "__pycache__", "site-packages", ".cache", ".npm",
     ".cargo", ".rustup", ".venv", "venv", ".tox", ".mypy_cache", ".Trash", "Trash",
     "$RECYCLE.BIN", "System Volume Information", "lost+found", ".snapshots", ".gradle", ".m2",
     "Windows", "WindowsApps", ".local", ".var"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FoundBot:
    """A bot's folder (absolute, links resolved), its kind and how much it holds."""

    kind: Kind
    path: Path
    summary: Summary
    in_memory: tuple[Path, ...] = ()  # databases that are gone at the next start
    programs: tuple[Program, ...] = ()  # what runs on it now


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a search goes. `never` are folders that are no bots themselves: the home folder."""

    depth: int = DEPTH
    seconds: float = SECONDS
    entries: int = ENTRIES
    each: float = _EACH
    never: frozenset[Path] = frozenset()


@dataclass(frozen=True, slots=True)
class Alive:
    """What is known of this moment: programs that run, and containers."""

    programs: tuple[Program, ...] = ()
    containers: tuple[Container, ...] = ()

    @classmethod
    def of_this_machine(cls, home: Path) -> Alive:
        return cls(tuple(programs()), tuple(containers_here(home)))


def detect(
    roots: Sequence[Path],
    kinds: Mapping[str, Kind],
    *,
    monitor: Monitor,
    mounts: Mounts | None = None,
    bounds: Bounds | None = None,
    alive: Alive | None = None,
    near: Sequence[Path] = (),
    clock: Callable[[], float] = time.monotonic,
) -> list[FoundBot]:
    """The bots below `roots` and those that are one of `near`, sorted by path. A search that was
    cut short, and databases that are lost when a bot stops, are Problems. Raises `Cancelled`."""
    bounds, alive = bounds or Bounds(), alive or Alive()
    mounts = mounts or Mounts.of_this_machine()
    search = _Search(kinds, mounts, bounds, monitor, clock)
    found = search.run(roots, [each for each in near if not mounts.is_remote(each)])
    bots = []
    for path, kind in sorted(found.items()):
        monitor.checkpoint()
        summary = summarize(path, kind, seconds=bounds.each, clock=clock)
        lost = tuple(path / each for each in summary.databases if mounts.in_memory(path / each))
        run = tuple(each for each in alive.programs if works_in(each, path))
        bots.append(FoundBot(kind, path, summary, lost, run))
    for problem in _lost(bots, kinds, [*search.services, *alive.containers]):
        monitor.problem(problem)
    return bots


def _lost(
    bots: Sequence[FoundBot], kinds: Mapping[str, Kind], containers: Sequence[Container]
) -> list[Problem]:
    """What stops with a bot and is gone, each once."""
    found: list[Problem] = []
    for bot in bots:
        named = {"name": bot.kind.name}
        found += [Problem("database-in-memory", {"path": str(p), **named}) for p in bot.in_memory]
        found += lost_in_configuration(bot.path, bot.kind)
        found += lost_by_programs(bot.programs, bot.kind, bot.path)
    services = [each for bot in bots for each in services_near(bot.path)]
    found += lost_in_containers([*services, *containers], kinds.values())
    return [each for number, each in enumerate(found) if each not in found[:number]]


def kind_of(path: Path, kinds: Iterable[Kind]) -> Kind | None:
    """The kind whose signs a folder has; the one with the longest group of them if several fit."""
    try:
        names = frozenset(os.listdir(path))
    except OSError:
        return None
    return _kind(str(path), names, kinds)


def _kind(folder: str, names: frozenset[str], kinds: Iterable[Kind]) -> Kind | None:
    best: tuple[int, Kind] | None = None
    for kind in kinds:
        for group in kind.markers:
            if best and len(group) <= best[0]:
                continue
            if all(holds(marker, folder, names) for marker in group):
                best = (len(group), kind)
    return best[1] if best else None


class _Search:
    def __init__(
        self,
        kinds: Mapping[str, Kind],
        mounts: Mounts,
        bounds: Bounds,
        monitor: Monitor,
        clock: Callable[[], float],
    ) -> None:
        self._kinds = tuple(kinds.values())
        self._mounts = mounts
        self._bounds = bounds
        self._monitor = monitor
        self._clock = clock
        self._folders = 0
        self._names = 0
        self.services: list[Container] = []  # of compose files that start bots

    def run(self, roots: Sequence[Path], near: Sequence[Path]) -> dict[Path, Kind]:
        """Bots by path, without those inside another one. `near` are only looked at themselves."""
        end = self._clock() + self._bounds.seconds
        found = self._near(near)
        real = dict.fromkeys(Path(os.path.realpath(root)) for root in roots)
        queue = deque((str(root), self._bounds.depth) for root in real)
        seen: set[tuple[int, int]] = set()
        while queue:
            folder, depth = queue.popleft()
            self._report(folder)
            if self._clock() > end or self._names > self._bounds.entries:
                self._monitor.problem(Problem("detect-incomplete", {"folders": self._folders}))
                break
            self._visit(folder, depth, found, seen, queue)
        return {p: k for p, k in found.items() if not any(up in found for up in p.parents)}

    def _near(self, folders: Sequence[Path]) -> dict[Path, Kind]:
        found = {}
        for path in dict.fromkeys(Path(os.path.realpath(folder)) for folder in folders):
            self._monitor.checkpoint()
            kind = kind_of(path, self._kinds)
            if kind is not None and path not in self._bounds.never and path.parent != path:
                found[path] = kind
        return found

    def _visit(
        self,
        folder: str,
        depth: int,
        found: dict[Path, Kind],
        seen: set[tuple[int, int]],
        queue: deque[tuple[str, int]],
    ) -> None:
        """Look at one folder; its subfolders go into the queue unless it is a bot."""
        try:
            status = os.stat(folder)  # noqa: PTH116  # a place that was named, or no link
            identity = (status.st_dev, status.st_ino)
            if identity in seen:
                return  # a root below another root, or a bind mount
            seen.add(identity)
            with os.scandir(folder) as entries:
                below = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
        except OSError:
            return
        self._names += len(below)
        path = Path(folder)
        kind = _kind(folder, frozenset(below), self._kinds)
        if kind is not None and path not in self._bounds.never and path.parent != path:
            found[path] = kind
            return
        if _COMPOSE_FILES & below.keys():
            queue.extend((each, 1) for each in self._composed(path))
        if depth > 0:
            names = sorted(name for name, is_folder in below.items() if is_folder)
            paths = [os.path.join(folder, name) for name in names if name not in _SKIPPED]  # noqa: PTH118
            queue.extend((each, depth - 1) for each in paths if self._may_enter(each))

    def _composed(self, folder: Path) -> list[str]:
        """Folders of bots that a compose file starts, wherever they are on this computer."""
        found = [each for each in services_in(folder) if kind_by_image(each.image, self._kinds)]
        self.services += found
        folders = {path for each in found for path in each.folders() if path != folder}
        return [str(path) for path in sorted(folders) if not self._mounts.is_remote(path)]

    def _may_enter(self, folder: str) -> bool:
        return folder not in _NEVER and not self._mounts.is_foreign(folder)

    def _report(self, folder: str) -> None:
        self._folders += 1
        if self._folders % 50 == 0:
            self._monitor.checkpoint()
            self._monitor.progress(
                Progress(Step.SOURCES, "detect", self._folders, None, Unit.FILES, item=folder)
            )
