"""What lies in `/.tradekeep/` of each snapshot: settings, what brings each bot back, the head of
the archive with what it covers, and the accounts' secrets if the user chose so."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from app.errors import AppError
from app.monitor import Monitor, Problem
from app.repository.backup_model import ContextFile
from app.services.home import Home
from app.settings.model import SourceKind, SourceSettings
from app.settings.sealed import OF_ALERTS, OF_COPIES, OF_SIGNING

if TYPE_CHECKING:
    from app.bots.capsule import Capsule
    from app.services.bot_state import BotState

SECRETS = "secrets.json"
_Make: TypeAlias = Callable[[Home], ContextFile]


@contextmanager
def context_files(
    home: Home, monitor: Monitor, temporary: Path
) -> Iterator[tuple[ContextFile, ...]]:
    """The files, valid inside the block: dumps lie below the private folder `temporary`. What
    cannot be told is a Problem: a backup must go on. What no copy of a bot's files holds (a
    database in a server) is a Problem of each backup."""
    with ExitStack() as stack:
        yield tuple(_files(home, monitor, temporary, stack))


def _files(
    home: Home, monitor: Monitor, temporary: Path, stack: ExitStack
) -> Iterator[ContextFile]:
    settings = home.paths.settings_file
    if settings.exists():
        yield ContextFile("settings.toml", settings.read_bytes(), settings.stat().st_mtime_ns)
    sources = home.settings.sources
    bots = [each for each in sources if each.kind is SourceKind.BOT and each.path.exists()]
    if bots:
        yield from _capsules(home, bots, monitor, temporary, stack)
    if home.paths.archive_file.exists():
        yield from _told(_archive_head, home, monitor)
    if home.settings.secrets_in_backup and home.settings.exchanges:
        yield from _told(_secrets, home, monitor)


def _told(make: _Make, home: Home, monitor: Monitor) -> Iterator[ContextFile]:
    try:
        yield make(home)
    except AppError as error:
        monitor.problem(Problem.from_error(error))


def _capsules(
    home: Home, bots: list[SourceSettings], monitor: Monitor, temporary: Path, stack: ExitStack
) -> Iterator[ContextFile]:
    from app.services.bot_state import BotState  # only those with bots pay for it
    from app.services.sources import capsule_of, containers_known

    containers = containers_known(home)
    state = BotState(temporary, monitor, stack, containers)
    for source in bots:
        monitor.checkpoint()
        capsule = capsule_of(home, source, containers)
        for problem in capsule.problems:
            monitor.problem(problem)
        yield from _capsule(source, capsule, state)


def _capsule(source: SourceSettings, capsule: Capsule, state: BotState) -> Iterator[ContextFile]:
    try:
        changed = source.path.stat().st_mtime_ns
    except OSError:  # it went a moment ago: the sources say so
        return
    dumped = list(state.dumps(source, capsule.kind))
    for told, file in dumped:
        yield ContextFile(told.file, b"", changed, file)
    environment = msgspec.structs.replace(
        capsule.environment,
        open=tuple(state.open(source, capsule.kind)),
        dumps=tuple(told for told, _ in dumped),
    )
    facts = msgspec.json.encode(environment)
    content = msgspec.json.format(facts, indent=2) + b"\n"
    # As old as the bot's folder: equal facts then make an equal tree.
    yield ContextFile(f"{source.name}.json", content, changed)


def _archive_head(home: Home) -> ContextFile:
    """As old as the last pull, so that it is the same while the archive is."""
    from app.exchange import heads
    from app.exchange.archive import Archive

    with Archive(home.paths.archive_file) as archive:
        content = heads.head_file(archive, time.time_ns() // 1_000_000)
        (last,) = archive.database.execute(
            "SELECT coalesce(max(coalesce(ended, began)), 0) FROM pull"
        ).fetchone()
    return ContextFile(heads.NAME, content, last * 1_000_000)


def _secrets(home: Home) -> ContextFile:
    """Readable for whoever opens the repository: that is what the user was told and chose. The
    confirmed servers are not in it: they are confirmed on each computer."""
    from app.services.opening import sealed_file

    file = sealed_file(home)
    accounts = {
        name: {each: secret.reveal() for each, secret in account.secrets.items()}
        for name, account in file.accounts().items()
        if not name.startswith((OF_ALERTS, OF_COPIES, OF_SIGNING))  # asked was about accounts
    }
    content = msgspec.json.encode({"version": 1, "accounts": accounts}) + b"\n"
    changed = file.path.stat().st_mtime_ns if file.path.exists() else 0
    return ContextFile(SECRETS, content, changed)
