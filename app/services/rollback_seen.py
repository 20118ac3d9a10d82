"""A backup that reads a bot while a rollback replaces it: it must not keep half of each.

Each time that a bot's folder gives way it gets another mark (`rollback_swap`). The marks are looked
at before anything is read and when all is read but the snapshot is not written; where one differs,
everything is read again. So a rollback never waits for a backup, which may take hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.monitor import Monitor, Problem
from app.repository.scan import Source
from app.services.home import Home
from app.services.rollback_swap import marks


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
        return marks(self._home, (source.path for source in self._sources))
