"""A capsule: a bot's files, and what brings its environment back on another machine.

The files are saved like any source; here is what is recorded beside them, as `NAME.json` in the
snapshot's `/.tradekeep/`, NAME being the source's. Equal facts make an equal record, so that a
backup of an unchanged bot adds nothing: everything is sorted, nothing is dated. See `redact` for
what never stands in it.

Its shape (`Environment`; every list may be empty, a reader passes over what it does not know):

    {"version": 1, "bot": "freqtrade", "name": "Freqtrade", "path": "/home/me/ft",
     "release": {"version": "2026.3", "told_by": "freqtradeorg/freqtrade:2026.3"} or null,
     "open": [{"database": "user_data/tradesv3.sqlite", "trades": 2, "orders": 1, "records":
       [{"what": "trade", "id": "7", "pair": "BTC/USDT", "side": "long", "amount": "0.1",
         "opened": "2026-03-01T12:00:00Z", "exchange": "binance", "exchange_id": ""}]}],
     "dumps": [{"file": "jesse.postgresql.sql", "database": "jesse_db", "server": "localhost:5432",
       "left_out": ["candle"], "restore": "createdb … && psql … -f jesse.postgresql.sql"}],
     "images": ["freqtradeorg/freqtrade:2026.3"], "crontab": ["…"], "beyond": ["PostgreSQL"],
     "compose": [{"path": "…", "text": "…"}], "units": [{"path": "…", "text": "…"}],
     "python": [{"path": "…", "version": "3.12.4", "packages": ["ccxt==4.5.1"]}],
     "checkouts": [{"path": "…", "commit": "…", "branch": "stable", "origin": "…"}]}

`trades` and `orders` count all that is open; of `records` there are 200 at most.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import msgspec

from app.bots.compose import compose_files, image_names, outline
from app.bots.compose_services import sees, services_near
from app.bots.containers import Container
from app.bots.interpreter import checkout, installed, python_version, virtual_environment
from app.bots.kinds import Beyond, Kind
from app.bots.lost import lost_in_configuration, lost_in_containers
from app.bots.open_trades import OpenTrade, What
from app.bots.postgres import Dumped
from app.bots.release import PythonEnvironment, Release, release_of
from app.bots.summary import Summary, summarize
from app.bots.units import Starters, cron_lines, units_for
from app.json_lines import NO_JSON
from app.monitor import Problem

VERSION = 1
_PROGRAM = re.compile(r"(/[^\s\"'=:;]{1,300})/bin/[\w.-]+")
_MOST_RECORDS = 200
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


class OpenIn(msgspec.Struct, frozen=True):
    """What a database says is open; `database` is its path from the bot's folder."""

    database: str
    trades: int
    orders: int
    records: tuple[OpenTrade, ...]


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
    release: Release | None = None
    open: tuple[OpenIn, ...] = ()
    dumps: tuple[Dumped, ...] = ()


def read_environment(raw: bytes) -> Environment | None:
    """A capsule's record as a snapshot has it; None where it is none, or of a later version."""
    try:
        found = msgspec.json.decode(raw, type=Environment)
    except NO_JSON:
        return None
    return found if found.version == VERSION else None


def open_in(database: str, found: Sequence[OpenTrade]) -> OpenIn:
    """What a database says is open, for the record."""
    trades = sum(each.what is What.TRADE for each in found)
    return OpenIn(database, trades, len(found) - trades, tuple(found[:_MOST_RECORDS]))


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


def capsule(
    path: Path,
    kind: Kind,
    *,
    starters: Starters,
    stop_at: Path | None = None,
    containers: Sequence[Container] = (),
) -> Capsule:
    """What is known of the bot at `path` (absolute). Reads small files only, runs nothing but
    `crontab -l`; what cannot be read is passed over. Folders above `stop_at` are not looked at.
    Of `containers` those count that see the bot's folder."""
    near = list(_near(path, stop_at))
    mine = [each for each in containers if sees(each, path)]
    texts = [found for folder in near for found in compose_files(folder)]
    units = units_for(path, starters.unit_folders)
    lines = cron_lines(path, starters)
    images = {image for _, text in texts for image in image_names(text)}
    images |= {each.image for each in mine if each.image}
    started = [*(text for _, text in units), *lines]
    python = tuple(sorted(_environments([*near, *_named_in(started)]), key=_path))
    environment = Environment(
        bot=kind.id,
        name=kind.name,
        path=str(path),
        images=tuple(sorted(images)),
        compose=tuple(sorted((TextFile(str(p), outline(text)) for p, text in texts), key=_path)),
        units=tuple(TextFile(str(p), text) for p, text in units),
        crontab=tuple(lines),
        python=python,
        checkouts=tuple(sorted(_checkouts(near), key=_path)),
        beyond=tuple(each.what for each in kind.beyond),
        release=release_of(path, kind, python, sorted(images)),
    )
    return Capsule(path, kind, environment, tuple(_problems(path, kind, mine)))


def _path(found: TextFile | PythonEnvironment | Checkout) -> str:
    return found.path


def _near(path: Path, stop_at: Path | None) -> Iterator[Path]:
    """The bot's folder and those above it, below the home folder and the top of the disk."""
    for folder in (path, *path.parents[:_UP]):
        if folder != path and (folder == stop_at or folder.parent == folder):
            return
        yield folder


def _named_in(started: list[str]) -> Iterator[Path]:
    """Folders of programs that a unit or a crontab starts: an environment may lie anywhere."""
    for text in started:
        for found in _PROGRAM.findall(text):
            yield Path(found)


def _environments(folders: list[Path]) -> Iterator[PythonEnvironment]:
    told = set()
    for folder in folders:
        found = virtual_environment(folder)
        if found is not None and found not in told:
            told.add(found)
            packages = tuple(installed(found))
            yield PythonEnvironment(str(found), python_version(found), packages)


def _checkouts(folders: list[Path]) -> Iterator[Checkout]:
    for folder in folders:
        found = checkout(folder)
        if found is not None:
            yield Checkout(str(folder), *found)


def _problems(path: Path, kind: Kind, containers: Sequence[Container]) -> Iterator[Problem]:
    """What is lost when the bot stops, and databases of servers that have no dump in the folder
    and that no backup dumps by itself."""
    yield from lost_in_configuration(path, kind)
    found = lost_in_containers([*services_near(path), *containers], [kind])
    yield from {(each.message_id, *each.params.values()): each for each in found}.values()
    for each in kind.beyond:
        if not each.variables and not has_dump(path, each):
            params = {"path": str(path), "name": kind.name, "what": each.what, "how": each.how}
            yield Problem("bot-beyond-files", params)


def has_dump(path: Path, beyond: Beyond) -> bool:
    """Whether something that looks like a dump lies in a bot's folder."""
    return any(True for pattern in beyond.dumps for _ in path.glob(pattern))
