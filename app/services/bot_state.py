"""What a bot's files do not hold, taken at each backup: dumps of its PostgreSQL, what it has open.

Dumps lie in a private folder until the snapshot is made and are gone then, after a kill at the next
start (`hotcopy.clear_leftovers`). What fails is a Problem: the rest of the capsule goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

from app.bots.capsule import OpenIn, has_dump, open_in
from app.bots.containers import Container, ways_to
from app.bots.kinds import Beyond, Kind
from app.bots.open_trades import TradesUnreadable, in_copy_of, trade_databases
from app.bots.pg_dump import Address, pg_dump_here
from app.bots.postgres import Dumped, DumpFailed, address_in, dump
from app.hotcopy.leftovers import private_copy_folder
from app.monitor import Monitor, Problem
from app.settings.model import SourceSettings

_TABLES = "postgresql/"
_TABLE = re.compile(r"[\w.*?]+")
_LARGEST = 1 << 30  # a database is not copied just to count what is open in it


class BotState:
    """Takes it, bot by bot; what was dumped is gone when `stack` is left."""

    def __init__(
        self,
        temporary: Path,
        monitor: Monitor,
        stack: ExitStack,
        containers: Sequence[Container] = (),
    ) -> None:
        self._temporary, self._monitor, self._stack = temporary, monitor, stack
        self._containers = containers

    @cached_property
    def folder(self) -> Path:
        """Where dumps lie; made when the first one is."""
        return self._stack.enter_context(private_copy_folder(self._temporary))

    def dumps(self, source: SourceSettings, kind: Kind) -> Iterator[tuple[Dumped, Path]]:
        """What was dumped of a bot's databases, and where it lies now."""
        for beyond in kind.beyond:
            address = address_in(source.path, beyond.variables) if beyond.variables else None
            if address is not None:
                yield from self._dump(source, address)
            elif (problem := without_address(source.path, beyond)) is not None:
                self._monitor.problem(problem)

    def _dump(self, source: SourceSettings, address: Address) -> Iterator[tuple[Dumped, Path]]:
        target = self.folder / f"{source.name}.postgresql.sql"
        try:
            told = dump(
                address,
                target,
                left_out=left_out_tables(source),
                bot=source.path,
                monitor=self._monitor,
                ways=tuple(ways_to(self._containers, address.host, address.port)),
            )
        except DumpFailed as failure:
            self._monitor.problem(Problem.from_error(failure))
        else:
            yield told, target

    def open(self, source: SourceSettings, kind: Kind) -> Iterator[OpenIn]:
        """What each database of a bot says is open, by a hot copy; none that says nothing."""
        for database in trade_databases(source.path, kind.id):
            try:
                if database.stat().st_size <= _LARGEST:
                    found = in_copy_of(database, kind.id, self._temporary)
                    if found is not None:
                        yield open_in(str(database.relative_to(source.path)), found)
            except TradesUnreadable as error:
                self._monitor.problem(Problem.from_error(error))
            except OSError:  # it went a moment ago
                continue


def left_out_tables(source: SourceSettings) -> tuple[str, ...]:
    """The tables whose rows a person has left out, by patterns like `postgresql/candle`."""
    patterns = (each.strip().lstrip("/") for each in (*source.leave_out, *source.exclude))
    names = (
        each.removeprefix(_TABLES).rstrip("/") for each in patterns if each.startswith(_TABLES)
    )
    return tuple(sorted({name for name in names if _TABLE.fullmatch(name)}))


def without_address(bot: Path, beyond: Beyond) -> Problem | None:
    """What to say of a database whose address the bot does not tell."""
    if not beyond.variables or has_dump(bot, beyond):
        return None
    params = {"path": str(bot), "what": beyond.what, "prefix": beyond.variables}
    return Problem("bot-dump-no-address", params)


def cannot_dump(bot: Path, kind: Kind) -> Iterator[Problem]:
    """What would keep a backup from dumping a bot's databases; no server is asked."""
    for beyond in kind.beyond:
        address = address_in(bot, beyond.variables) if beyond.variables else None
        if address is None:
            problem = without_address(bot, beyond)
            if problem is not None:
                yield problem
        elif pg_dump_here() is None:
            yield Problem("bot-dump-no-program", {"path": str(bot)})
