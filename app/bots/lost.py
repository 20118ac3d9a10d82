"""Databases that a bot loses when it stops: in memory, or inside a container only.

What trades were open goes with them (freqtrade#4828, hummingbot#1066). Found by what the bot's
configuration, command line, compose file and container say; nothing is opened. A line that is
commented out does not count, and of a line only the database's address is repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from app.bots.compose import compose_files
from app.bots.containers import Container
from app.bots.kinds import Kind
from app.bots.reading import read_text
from app.bots.running import Program
from app.monitor import Problem

# SQLAlchemy: no path at all, or :memory:. (sqlite:///file.db is a path, sqlite:////x an absolute.)
_IN_MEMORY = re.compile(
    r"sqlite(?:\+\w+)?:///?(?:(?:file:)?:memory:)?(?:\?[^\s\"']*)?(?=[\s\"',\]})]|$)"
    r"|(?<=[\"'=\s]):memory:(?=[\s\"',\]})]|$)"
)
_COMMENTED = re.compile(r"\s*(?:#|//|;)")
_CONFIGS = ("*.json", "*.yml", "*.yaml", "*.toml", "*.ini", ".env", "conf*.py")
_FOLDERS = ("", "user_data", "conf", "config", "user")
_MOST = 60  # configurations that are read
_URL = re.compile(r"sqlite(?:\+\w+)?:///(.*)")
# What is used if nothing is said: the address, and the folder that it starts from in a container.
_DEFAULTS: Mapping[str, tuple[str, str]] = {
    "freqtrade": ("sqlite:///tradesv3.sqlite", "/freqtrade"),
}
_SAID = re.compile(r"\"db_url\"\s*:\s*\"(sqlite(?:\+\w+)?:[^\"\s]*)\"")


def in_memory(text: str) -> str | None:
    """The address of a database in memory that a text names, outside of comments."""
    for line in text.splitlines():
        found = _IN_MEMORY.search(line)
        if found and not _COMMENTED.match(line):
            return found[0]
    return None


def lost_in_configuration(bot: Path, kind: Kind) -> Iterator[Problem]:
    """The configurations and compose files of a bot that put a database into memory."""
    texts = [(path, read_text(path) or "") for path in _configurations(bot)]
    for path, text in (*texts, *compose_files(bot), *compose_files(bot.parent)):
        address = in_memory(text)
        if address is not None and (path.parent != bot.parent or _is_of(text, kind)):
            yield _memory(kind, path, address)


def _is_of(text: str, kind: Kind) -> bool:
    """Whether a compose file above a bot's folder has to do with its kind."""
    return any(image in text for image in kind.images)


def lost_by_programs(found: Iterable[Program], kind: Kind, bot: Path) -> Iterator[Problem]:
    """Programs of a bot whose command line puts its database into memory."""
    for program in found:
        address = in_memory(" ".join(program.arguments))
        if address is not None:
            yield _memory(kind, bot, address)


def _memory(kind: Kind, where: Path, address: str) -> Problem:
    params = {"name": kind.name, "where": str(where), "address": address}
    return Problem("bot-database-in-memory", params)


def _configurations(bot: Path) -> list[Path]:
    found: list[Path] = []
    for name in _FOLDERS:
        for pattern in _CONFIGS:
            found += sorted((bot / name).glob(pattern))
    return list(dict.fromkeys(found))[:_MOST]


# --- containers ------------------------------------------------------------------------------


def kind_by_image(image: str, kinds: Iterable[Kind]) -> Kind | None:
    """The kind of bot that an image holds: registry, tag and digest do not matter."""
    name = re.sub(r"(?::[\w.-]+)?(?:@.*)?$", "", image)
    for kind in kinds:
        if any(f"/{name}".endswith(f"/{each}") for each in kind.images):
            return kind
    return None


def lost_in_containers(found: Iterable[Container], kinds: Iterable[Kind]) -> Iterator[Problem]:
    """Bots in containers whose data lies in the container itself, or in memory. Each container
    once, with the outermost place."""
    kinds = tuple(kinds)
    for container in found:
        kind = kind_by_image(container.image, kinds)
        if kind is None or not container.certain:
            continue
        address = container.database or _said_in_mounts(container)
        if container.database and in_memory(container.database):
            yield _memory(kind, Path(container.project or container.name), container.database)
        elif (lost := _lost_place(container, kind, address)) is not None:
            mount = container.mount_of(lost)
            told = "bot-inside-container" if mount is None else "bot-mounted-in-memory"
            yield Problem(told, {"name": kind.name, "container": container.name, "path": lost})


def _lost_place(container: Container, kind: Kind, address: str) -> str | None:
    places = list(kind.inside)
    database = _database_of(container, kind, address)
    if database:
        places.append(database)
    for place in places:
        mount = container.mount_of(place)
        if mount is None or mount.memory:
            return place
    return None


def _database_of(container: Container, kind: Kind, address: str) -> str:
    """Where its SQLite database lies in a container that trades, "" if that is not known."""
    if not container.trades or kind.id not in _DEFAULTS:
        return ""
    default, folder = _DEFAULTS[kind.id]
    path = _URL.fullmatch(address or default)
    if path is None or not path[1] or ":memory:" in path[1]:
        return ""
    return str(PurePosixPath(container.working or folder) / path[1].partition("?")[0])


def _said_in_mounts(container: Container) -> str:
    """The database's address in a configuration that the container has mounted."""
    for folder in container.folders():
        for path in sorted(folder.glob("config*.json"))[:_MOST]:
            said = _SAID.search(read_text(path) or "")
            if said:
                return said[1]
    return ""
