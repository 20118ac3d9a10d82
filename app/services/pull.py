"""Pull exchange accounts: all at once in one event loop, what is due of each, into one archive.

One failing account is a Problem and the others go on; an archive that cannot be written ends
them all. Whoever stops the run, or a deadline that a slow answer lets pass, cancels what waits:
at most the windows that were being asked are lost. Only one pull at a time writes on a machine.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from app.errors import AppError, Cancelled, RepositoryLocked, WrongUsage
from app.exchange.archive import Archive
from app.exchange.pull import What, pull
from app.exchange.pull_state import PullReport
from app.exchange.schema import ArchiveError
from app.exchange.streams import Millis
from app.exchange.throttle import Throttle
from app.monitor import Monitor, Problem
from app.services.connections import Connection, connect, connection, throttles
from app.services.exchanges import named
from app.services.home import Home
from app.services.only_one import only_one
from app.services.opening import sealed_file
from app.services.pull_monitor import AccountMonitor, Together
from app.settings.model import ExchangeSettings
from app.settings.sealed import OF_SIGNING

if TYPE_CHECKING:
    from app.exchange.candles import CandleReport

BEGINNING = date(2017, 1, 1)  # of history, where the user names no other day
_TICK = 0.2
_GRACE = 3.0  # seconds beyond the deadline for answers that are on their way


class Ending(StrEnum):
    """How an account's pull ended."""

    DONE = "done"
    LEFT = "left"  # the deadline left something for the next run
    STOPPED = "stopped"  # a wrong key, maintenance
    FAILED = "failed"  # it could not even begin


@dataclass(frozen=True, slots=True)
class AccountPulled:
    """What became of one account; `report` None where it did not come to one."""

    settings: ExchangeSettings
    ending: Ending
    report: PullReport | None = None

    @property
    def left(self) -> int:
        """Windows for the next run; at least one if anything is left."""
        known = self.report.left if self.report else 0
        return max(known, 1) if self.ending is Ending.LEFT else known

    def as_json(self) -> dict[str, object]:
        told = self.report or PullReport(account="", exchange="")
        return {
            "name": self.settings.name,
            "exchange": self.settings.exchange,
            "environment": self.settings.environment.value,
            "outcome": self.ending.value,
            "records": told.records,
            "versions": told.versions,
            "calls": told.calls,
            "windows": told.windows,
            "left": self.left,
            "partial": told.partial,
            "denied": list(told.denied),
            "clock_offset_ms": told.clock_offset,
        }


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull brought. `candles` None: there are none to keep, or they were not asked for.
    `busy`: inside a backup, another pull is at work anyway."""

    accounts: tuple[AccountPulled, ...] = ()
    candles: CandleReport | None = None
    busy: bool = False

    @property
    def left(self) -> int:
        """Windows and sets of candles for the next run."""
        candles = self.candles.left if self.candles else 0
        return sum(each.left for each in self.accounts) + candles

    @property
    def records(self) -> int:
        return sum(each.report.records for each in self.accounts if each.report)


def pull_accounts(
    home: Home,
    names: Sequence[str],
    monitor: Monitor,
    *,
    seconds: float | None = None,
    what: What = What.EVERYTHING,
) -> list[AccountPulled]:
    """Pull the named accounts, or all, and no candles; begin nothing new after `seconds`.

    Raises `WrongUsage` for a name that is not known or where there is no account at all,
    `RepositoryLocked` if another pull is at work, `ArchiveError`, `SealedError`, keyring errors,
    `Cancelled`.
    """
    wanted = [named(home, name) for name in names] or list(home.settings.exchanges)
    if not wanted:
        raise WrongUsage("no-exchanges")
    deadline = None if seconds is None else time.monotonic() + seconds
    with only_one(home, "pull", "pull-busy"):
        return _accounts(home, wanted, monitor, deadline, what)


def pull_everything(home: Home, monitor: Monitor, *, seconds: float | None = None) -> Pulled:
    """All accounts, then all candles, under one lock and within `seconds` together. Raises as
    `pull_accounts`; what fails of the candles is a Problem."""
    wanted = list(home.settings.exchanges)
    if not wanted and not home.settings.candles:
        raise WrongUsage("no-exchanges")
    deadline = None if seconds is None else time.monotonic() + seconds
    with only_one(home, "pull", "pull-busy"):
        accounts = _accounts(home, wanted, monitor, deadline, What.EVERYTHING) if wanted else []
        return Pulled(tuple(accounts), _candles(home, monitor, deadline))


def _candles(home: Home, monitor: Monitor, deadline: float | None) -> CandleReport | None:
    if not home.settings.candles:
        return None
    from app.services.candles import update_all  # pyarrow is behind it

    rest = None if deadline is None else deadline - time.monotonic()
    return update_all(home, monitor, seconds=rest)


def _accounts(
    home: Home,
    wanted: Sequence[ExchangeSettings],
    monitor: Monitor,
    deadline: float | None,
    what: What,
) -> list[AccountPulled]:
    kept = sealed_file(home).accounts()
    together = Together(monitor)
    works: list[_Work] = []
    failed: list[AccountPulled] = []
    for settings in wanted:
        try:
            made = connection(settings, kept.get(settings.name))
            works.append(_Work(made, AccountMonitor(together, settings.name)))
        except AppError as error:
            monitor.problem(Problem.from_error(error))
            failed.append(AccountPulled(settings, Ending.FAILED))
    with Archive(home.paths.archive_file) as archive:
        pulled = asyncio.run(_pull_all(works, archive, monitor, deadline, what))
        if home.paths.years.exists() or any(name.startswith(OF_SIGNING) for name in kept):
            from app.services.years_check import after_pull  # for those who have locked one

            after_pull(home, archive, monitor)
    found = {each.settings.name: each for each in (*pulled, *failed)}
    return [found[settings.name] for settings in wanted]


@dataclass(frozen=True, slots=True)
class _Work:
    connection: Connection
    monitor: AccountMonitor

    async def do(
        self, archive: Archive, throttle: Throttle, deadline: float | None, what: What
    ) -> AccountPulled:
        settings = self.connection.settings
        try:
            client = connect(self.connection, throttle)
        except AppError as error:
            self.monitor.problem(Problem.from_error(error))
            return AccountPulled(settings, Ending.FAILED)
        try:
            report = await pull(
                client,
                archive,
                self.connection.account,
                self.monitor,
                since=_millis(settings.since or BEGINNING),
                deadline=deadline,
                what=what,
            )
        finally:
            await client.close()
        ending = Ending.LEFT if report.left else Ending.DONE
        return AccountPulled(settings, Ending.STOPPED if report.stopped else ending, report)


async def _pull_all(
    works: Sequence[_Work],
    archive: Archive,
    monitor: Monitor,
    deadline: float | None,
    what: What,
) -> list[AccountPulled]:
    shared = throttles(work.connection for work in works)
    tasks = {
        asyncio.create_task(
            work.do(archive, shared[work.connection.settings.exchange], deadline, what)
        ): work
        for work in works
    }
    try:
        await _watch(list(tasks), monitor, deadline)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    return [
        AccountPulled(work.connection.settings, Ending.LEFT) if task.cancelled() else task.result()
        for task, work in tasks.items()
    ]


async def _watch(
    tasks: Sequence[asyncio.Task[AccountPulled]], monitor: Monitor, deadline: float | None
) -> None:
    """Wait for all, and look several times a second whether somebody wants to stop. Raises what
    a task raised, as soon as it did."""
    waiting = list(tasks)
    while waiting:
        done, pending = await asyncio.wait(
            waiting, timeout=_TICK, return_when=asyncio.FIRST_COMPLETED
        )
        waiting = list(pending)
        for task in done:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error
        monitor.checkpoint()
        if deadline is not None and time.monotonic() > deadline + _GRACE:
            for task in waiting:
                task.cancel()


def _millis(day: date) -> Millis:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def pull_for_backup(home: Home, monitor: Monitor, *, seconds: float) -> Pulled:
    """As `pull_everything`, but nothing of it ends the backup except `Cancelled`."""
    try:
        return pull_everything(home, monitor, seconds=seconds)
    except Cancelled:
        raise
    except RepositoryLocked:
        return Pulled(busy=True)
    except (AppError, ArchiveError) as error:
        monitor.problem(Problem.from_error(error))
        return Pulled()


def pull_json(pulled: Pulled) -> dict[str, object]:
    """The report of a pull in protocol 1."""
    told: dict[str, object] = {
        "accounts": [each.as_json() for each in pulled.accounts],
        "records": pulled.records,
        "calls": sum(each.report.calls for each in pulled.accounts if each.report),
        "pull_left": pulled.left,
    }
    if pulled.candles is not None:
        candles = pulled.candles
        told["candles"] = {
            "new": candles.candles,
            "filled": candles.filled,
            "left": candles.left,
        }
    return told
