"""A capsule: a bot's files, and what brings its environment back on another machine.

The files are saved like any source; here is what is recorded beside them. Equal facts make an
equal record, so that a backup of an unchanged bot adds nothing: everything is sorted, nothing is
dated. See `redact` for what never stands in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import msgspec

from app.bots.compose import compose_files, image_names, outline
from app.bots.interpreter import checkout, installed, python_version, virtual_environment
from app.bots.kinds import Kind
from app.bots.summary import Summary, summarize
from app.bots.units import Starters, cron_lines, units_for
from app.monitor import Problem

VERSION = 1
_UP = 2  # folders above the bot's own where compose files, checkouts and environments may be


class TextFile(msgspec.Struct, frozen=True):
    """A file's path and the part of its text that is recorded."""

    path: str
    text: str


class Checkout(msgspec.Struct, frozen=True):
    """A git checkout: full commit id, branch ("" if detached), address of origin or ""."""

    path: str
    commit: str
    branch: str
    origin: str


class PythonEnvironment(msgspec.Struct, frozen=True):
    """A virtual environment: packages as `name==version`."""

    path: str
    version: str
    packages: tuple[str, ...]


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """Plain data for `/.tradekeep/`; a reader ignores fields that it does not know."""

    version: int = VERSION
    bot: str
    name: str
    path: str
    images: tuple[str, ...] = ()
    compose: tuple[TextFile, ...] = ()
    units: tuple[TextFile, ...] = ()
    crontab: tuple[str, ...] = ()
    python: tuple[PythonEnvironment, ...] = ()
    checkouts: tuple[Checkout, ...] = ()
    beyond: tuple[str, ...] = ()


@dataclass(frozen=True)
class Capsule:
    """A bot as one thing. `problems`: what no copy of its files holds."""

    path: Path
    kind: Kind
    environment: Environment
    problems: tuple[Problem, ...] = field(default=())

    @cached_property
    def summary(self) -> Summary:
        """How much it holds; counted when first asked for, two seconds at most."""
        return summarize(self.path, self.kind)


def capsule(path: Path, kind: Kind, *, starters: Starters, stop_at: Path | None = None) -> Capsule:
    """What is known of the bot at `path` (absolute). Reads small files only, runs nothing but
    `crontab -l`; what cannot be read is passed over. Folders above `stop_at` are not looked at."""
    near = list(_near(path, stop_at))
    texts = [found for folder in near for found in compose_files(folder)]
    environment = Environment(
        bot=kind.id,
        name=kind.name,
        path=str(path),
        images=tuple(sorted({image for _, text in texts for image in image_names(text)})),
        compose=tuple(sorted((TextFile(str(p), outline(text)) for p, text in texts), key=_path)),
        units=tuple(TextFile(str(p), text) for p, text in units_for(path, starters.unit_folders)),
        crontab=tuple(cron_lines(path, starters)),
        python=tuple(sorted(_environments(near), key=_path)),
        checkouts=tuple(sorted(_checkouts(near), key=_path)),
        beyond=tuple(each.what for each in kind.beyond),
    )
    return Capsule(path, kind, environment, tuple(_beyond_reach(path, kind)))


def _path(found: TextFile | PythonEnvironment | Checkout) -> str:
    return found.path


def _near(path: Path, stop_at: Path | None) -> Iterator[Path]:
    """The bot's folder and those above it, below the home folder and the top of the disk."""
    for folder in (path, *path.parents[:_UP]):
        if folder != path and (folder == stop_at or folder.parent == folder):
            return
        yield folder


def _environments(folders: list[Path]) -> Iterator[PythonEnvironment]:
    for folder in folders:
        found = virtual_environment(folder)
        if found is not None:
            packages = tuple(installed(found))
            yield PythonEnvironment(str(found), python_version(found), packages)


def _checkouts(folders: list[Path]) -> Iterator[Checkout]:
    for folder in folders:
        found = checkout(folder)
        if found is not None:
            yield Checkout(str(folder), *found)


def _beyond_reach(path: Path, kind: Kind) -> Iterator[Problem]:
    """Databases of servers that have no dump in the folder."""
    for each in kind.beyond:
        if not any(True for pattern in each.dumps for _ in path.glob(pattern)):
            params = {"path": str(path), "name": kind.name, "what": each.what, "how": each.how}
            yield Problem("bot-beyond-files", params)
