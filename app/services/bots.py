"""What is known of each bot right now: its version, whether it runs, what it has open.

Read as a backup reads it (`snapshot_context`), but for its PostgreSQL, which is not dumped for it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec

from app.bots.capsule import Environment, OpenIn
from app.bots.containers import Container
from app.bots.running import Program, programs, works_in
from app.files import private_folder
from app.monitor import Monitor
from app.services.bot_state import BotState
from app.services.home import Home
from app.services.sources import capsule_of, containers_known
from app.settings.model import SourceSettings


def list_bots(
    home: Home, sources: Sequence[SourceSettings], monitor: Monitor
) -> list[dict[str, object]]:
    """source, bot (its kind), name, path, there, version (or null), running (pid and name of
    programs), trades and orders that are open (null where no database of it tells)."""
    running, containers = programs(), containers_known(home)
    return [_row(each, *_state(home, each, containers, monitor), running) for each in sources]


def show_bot(home: Home, source: SourceSettings, monitor: Monitor) -> dict[str, object]:
    """A bot's row of `list_bots`, and its capsule as a backup would record it now."""
    environment, opened = _state(home, source, containers_known(home), monitor)
    told = msgspec.to_builtins(msgspec.structs.replace(environment, open=opened))
    return {**_row(source, environment, opened, programs()), "capsule": told}


def _state(
    home: Home, source: SourceSettings, containers: Sequence[Container], monitor: Monitor
) -> tuple[Environment, tuple[OpenIn, ...]]:
    capsule = capsule_of(home, source, containers)
    for problem in capsule.problems:
        monitor.problem(problem)
    with ExitStack() as stack:
        state = BotState(private_folder(home.paths.temporary), monitor, stack)
        return capsule.environment, tuple(state.open(source, capsule.kind))


def _row(
    source: SourceSettings,
    environment: Environment,
    opened: Sequence[OpenIn],
    running: Sequence[Program],
) -> dict[str, object]:
    folder = Path(os.path.realpath(source.path))
    return {
        "source": source.name,
        "bot": environment.bot,
        "name": environment.name,
        "path": str(source.path),
        "there": source.path.exists(),
        "version": environment.release.version if environment.release else None,
        "running": [
            {"pid": each.pid, "name": each.name} for each in running if works_in(each, folder)
        ],
        "trades": sum(each.trades for each in opened) if opened else None,
        "orders": sum(each.orders for each in opened) if opened else None,
    }
