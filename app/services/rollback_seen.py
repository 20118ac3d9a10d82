"""A backup that reads a bot while a rollback replaces it: it must not keep half of each.

Each time that a bot's folder gives way it gets another mark among this machine's data. A backup
compares the marks of before it read anything and of when all is read but the snapshot is not
written; where one differs, it reads everything again. So a rollback never waits for a backup, which
may take hours.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from app.errors import AppError
from app.files import private_folder, write_atomic
from app.monitor import Monitor, Problem
from app.repository.scan import Source
from app.services.home import Home
from app.services.only_one import only_one
from app.settings.model import SourceKind

_WAIT = 30.0  # for a step, or for whoever looks at the marks: moments


def file_about(home: Home, bot: Path, suffix: str) -> Path:
    """Where something is noted about rollbacks of the bot at a place."""
    name = hashlib.sha256(os.fsencode(bot)).hexdigest()[:32]
    return _folder(home) / f"{name}.{suffix}"


def _folder(home: Home) -> Path:
    return home.paths.data / "rollback"


def _nobody_else(home: Home) -> AbstractContextManager[None]:
    return only_one(home, "rollback-step", "rollback-busy", wait=_WAIT)


@contextmanager
def giving_way(home: Home, bot: Path) -> Iterator[None]:
    """The block lets the folder give way. The mark comes first and nobody looks at it meanwhile, so
    whoever finds it unchanged has seen one folder. Raises OSError, `RepositoryLocked`."""
    file = file_about(home, bot, "mark")
    private_folder(file.parent)
    with _nobody_else(home):
        write_atomic(file, os.urandom(16).hex().encode())
        yield


class GaveWay(Exception):  # it is no error: the backup begins again
    """A bot was replaced while it was read."""


class Still:
    """Whether the bots of a backup are still those that it began with."""

    def __init__(
        self, home: Home, sources: Sequence[Source], monitor: Monitor, *, last: bool = False
    ) -> None:
        """Before anything is read. The `last` one only tells: a backup must come to an end."""
        self._home, self._sources, self._monitor = home, sources, monitor
        self._last = last
        self._before = self._marks()

    def again(self) -> Still:
        """For the second and last try."""
        return Still(self._home, self._sources, self._monitor, last=True)

    def check(self) -> None:
        """When all is read. Raises `GaveWay`, or tells of it at the last try."""
        after = self._marks()
        gone = [path for path, mark in after.items() if mark != self._before.get(path, b"")]
        if gone and not self._last:
            raise GaveWay
        for path in gone:
            self._monitor.problem(Problem("source-rolled-back", {"path": str(path)}))

    def _marks(self) -> dict[Path, bytes]:
        """Of each bot that lies in one of the sources, or around it. Raises `RepositoryLocked`
        where one has been giving way for very long."""
        if not _folder(self._home).exists():
            return {}  # no bot has ever been rolled back here
        with _nobody_else(self._home):
            return {path: _mark(self._home, path) for path in self._bots()}

    def _bots(self) -> Iterator[Path]:
        for source in self._home.settings.sources:
            path = Path(os.path.realpath(source.path))
            if source.kind is SourceKind.BOT and any(
                path.is_relative_to(each.path) or each.path.is_relative_to(path)
                for each in self._sources
            ):
                yield path


def _mark(home: Home, bot: Path) -> bytes:
    file = file_about(home, bot, "mark")
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        path, reason = str(file.parent), error.strerror or str(error)
        raise AppError("own-folder-unwritable", path=path, reason=reason) from error
