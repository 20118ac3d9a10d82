"""What is backed up: finding bots, adding and removing sources, a bot's capsule.

Removing a source takes it out of the settings; what it holds and what was saved of it stay.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.bots.capsule import Capsule, capsule
from app.bots.containers import Container, containers_here, may_answer
from app.bots.detect import Alive, Bounds, FoundBot, detect, kind_of
from app.bots.kinds import BrokenKinds, Kind, load_kinds
from app.bots.roots import Mounts, default_roots, special_places
from app.bots.running import places_of, programs
from app.bots.units import Starters
from app.copies.where import folder_of, is_local
from app.errors import WrongUsage
from app.monitor import Monitor, Problem
from app.repository.scan import is_pattern
from app.services.bot_state import cannot_dump
from app.services.home import Home
from app.services.taking import source_named
from app.settings.paths import resource
from app.settings.settings import (
    SourceKind,
    SourceSettings,
    add_source,
    remove_source,
    set_exclude,
)

__all__ = [
    "Added",
    "FoundBot",
    "SourceKind",
    "add_bot",
    "add_folder",
    "capsule_of",
    "detect_bots",
    "exclude",
    "kinds_of",
    "list_sources",
    "remove",
]

_NOT_IN_NAMES = '/\\"'


@dataclass(frozen=True, slots=True)
class Added:
    """A source that was added, the bot's kind if it is one, and what to tell about it."""

    source: SourceSettings
    kind: Kind | None = None
    problems: tuple[Problem, ...] = ()


def kinds_of(home: Home) -> dict[str, Kind]:
    """All kinds of bots, the user's own included; `BrokenKinds` if their file has mistakes."""
    return load_kinds(resource("bots.toml"), home.paths.config / "bots.toml")


def detect_bots(home: Home, roots: Sequence[Path], monitor: Monitor) -> list[FoundBot]:
    """Bots below `roots`, or wherever they usually are if none are named. See `app.bots.detect`.

    Raises `WrongUsage` for a root that is no folder, `BrokenKinds`, `Cancelled`.
    """
    kinds = kinds_of(home)
    user = user_folder(home)
    mounts = Mounts.of_this_machine()
    bounds = Bounds(never=frozenset({user, Path(os.path.realpath(user))}))
    search = partial(detect, kinds=kinds, monitor=monitor, mounts=mounts, bounds=bounds)
    if roots:  # other bots' containers were not asked about
        return search([_folder(root) for root in roots], alive=Alive(tuple(programs())))
    alive = Alive.of_this_machine(user)
    patterns = [pattern for kind in kinds.values() for pattern in kind.places]
    mounted = [folder for each in alive.containers for folder in each.folders()]
    places = [*default_roots(user, mounts, mounted), *special_places(user, patterns)]
    return search(places, alive=alive, near=places_of(alive.programs))


def user_folder(home: Home) -> Path:
    """The home folder of whoever uses this machine."""
    named = home.environment.get("HOME")
    return Path(named) if named else Path.home()


def add_folder(
    home: Home, path: Path, name: str | None = None, exclude: Sequence[str] = ()
) -> Added:
    """Add a folder. Raises `WrongUsage` where it is not there, is no folder, is a source already,
    or lies in the repository or a copy; settings errors."""
    folder = _folder(path)
    source = SourceSettings(
        name=_name(home, folder, name),
        kind=SourceKind.FOLDER,
        path=folder,
        exclude=tuple(exclude),
    )
    return Added(source, None, _add(home, source))


def add_bot(
    home: Home,
    path: Path,
    kind: str | None = None,
    name: str | None = None,
    leave_out: Sequence[str] = (),
) -> Added:
    """Add a bot's folder; its kind is recognised by its signs unless it is named. As `add_folder`;
    also raises `WrongUsage` for a kind that is not known."""
    folder = _folder(path)
    found = _kind(home, folder, kind)
    source = SourceSettings(
        name=_name(home, folder, name),
        kind=SourceKind.BOT,
        path=folder,
        bot=found.id,
        leave_out=tuple(leave_out),
    )
    problems = _add(home, source)
    beyond = capsule(folder, found, starters=Starters()).problems
    return Added(source, found, (*problems, *beyond, *cannot_dump(folder, found)))


def list_sources(home: Home) -> tuple[SourceSettings, ...]:
    """The configured sources, in their order."""
    return home.settings.sources


def remove(home: Home, name: str) -> SourceSettings:
    """Take a source out of the settings, by its name in upper or lower case."""
    gone = source_named(home, name)
    remove_source(home.paths.settings_file, gone.name)
    return gone


def exclude(home: Home, name: str, patterns: Sequence[str]) -> tuple[str, ...]:
    """Give a source other patterns of what is left out. Raises `WrongUsage`, settings errors."""
    found = source_named(home, name)
    check_patterns(patterns)
    kept = tuple(dict.fromkeys(pattern for pattern in patterns if pattern.strip()))
    set_exclude(home.paths.settings_file, found.name, kept)
    return kept


def kind_of_source(home: Home, source: SourceSettings) -> Kind:
    """The kind of a bot that is a source; a nameless one where the user's own kinds are broken or
    gone: a backup must go on."""
    try:
        kinds = kinds_of(home)
    except BrokenKinds:
        kinds = load_kinds(resource("bots.toml"))
    named = source.bot or ""
    return kinds.get(named, Kind(id=named, name=named))


def containers_known(home: Home) -> list[Container]:
    """The containers of this computer, where something looks like it has any."""
    user = user_folder(home)
    return containers_here(user) if may_answer(user, home.environment) else []


def capsule_of(
    home: Home, source: SourceSettings, containers: Sequence[Container] | None = None
) -> Capsule:
    """The capsule of a bot that is a source; `containers` for whoever knows them already. Never
    fails because of a kind."""
    user = user_folder(home)
    return capsule(
        Path(os.path.realpath(source.path)),
        kind_of_source(home, source),
        starters=Starters.of_this_machine(user),
        stop_at=user,
        containers=containers_known(home) if containers is None else containers,
    )


# --- what is refused -------------------------------------------------------------------------


def _folder(path: Path) -> Path:
    """The folder that is meant: absolute, links resolved."""
    folder = Path(os.path.realpath(path.expanduser()))
    if not os.path.lexists(folder):
        raise WrongUsage("path-not-there", path=str(path))
    if not folder.is_dir():
        raise WrongUsage("source-not-a-folder", path=str(path))
    return folder


def _kind(home: Home, folder: Path, wanted: str | None) -> Kind:
    kinds = kinds_of(home)
    known = ", ".join(kinds)
    if wanted is None:
        found = kind_of(folder, kinds.values())
        if found is None:
            raise WrongUsage("bot-unknown", path=str(folder), kinds=known)
        return found
    for each in kinds.values():
        if wanted.casefold() in (each.id.casefold(), each.name.casefold()):
            return each
    raise WrongUsage("bot-kind-unknown", kind=wanted, kinds=known)


def _name(home: Home, folder: Path, wanted: str | None) -> str:
    """The name that is wanted if it is free, or one made from the folder's."""
    taken = {source.name.casefold() for source in home.settings.sources}
    if wanted is not None and wanted.casefold() not in taken:
        return wanted
    own = "".join(c for c in folder.name if c.isprintable() and c not in _NOT_IN_NAMES).strip(" .")
    free = next(n for n in _numbered(wanted or own or "folder") if n.casefold() not in taken)
    if wanted is not None:
        raise WrongUsage("source-name-taken", name=wanted, suggestion=free)
    return free


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}-{number}"
        number += 1


def _add(home: Home, source: SourceSettings) -> tuple[Problem, ...]:
    for other in home.settings.sources:
        if Path(os.path.realpath(other.path)) == source.path:
            raise WrongUsage("source-taken", path=str(source.path), name=other.name)
    check_patterns((*source.exclude, *source.leave_out))
    problems = tuple(_overlaps(home, source.path))
    add_source(home.paths.settings_file, source)
    return problems


def check_patterns(patterns: Sequence[str]) -> None:
    """Refuse what gitignore does not know; raises `WrongUsage`."""
    for pattern in patterns:
        if not is_pattern(pattern):
            raise WrongUsage("source-pattern-wrong", pattern=pattern)


def _overlaps(home: Home, folder: Path) -> Iterator[Problem]:
    """Refuses a folder inside a place of backups; one around it is a Problem: backups leave that
    place out by themselves."""
    for place in _places(home):
        if place == folder or place in folder.parents:
            raise WrongUsage("source-inside-place", path=str(folder), place=str(place))
        if folder in place.parents:
            yield Problem("source-holds-place", {"path": str(folder), "place": str(place)})


def _places(home: Home) -> Iterator[Path]:
    own = home.settings.repository
    if own is not None and own.path is not None:
        yield Path(os.path.realpath(own.path))
    for copy in home.settings.copies:
        if is_local(copy):
            yield Path(os.path.realpath(folder_of(copy)))
