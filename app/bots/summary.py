"""How much a bot's folder holds, by what it is; counted for a bounded time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from app.bots.kinds import Kind

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_LOOK_EVERY = 256  # names between two looks at the clock
_MOST_DATABASES = 200
_BY_NAME = (".sqlite", ".sqlite3", ".db")


class Group(StrEnum):
    """What the files of a bot are. A file counts in the first that fits, in this order."""

    LEAVE_OUT = "leave_out"
    DATABASES = "databases"
    SECRETS = "secrets"
    CHARTS = "charts"
    KEEP = "keep"
    OTHER = "other"


@dataclass(slots=True)
class Amount:
    """Files and their bytes."""

    files: int = 0
    bytes: int = 0


@dataclass(slots=True)
class Summary:
    """What was counted. `complete` is False where time ran out: then there is more.

    `databases` are paths from the folder, at most 200 of them, sorted.
    """

    groups: dict[Group, Amount] = field(default_factory=lambda: {g: Amount() for g in Group})
    databases: list[str] = field(default_factory=list)
    complete: bool = True

    @property
    def files(self) -> int:
        return sum(amount.files for amount in self.groups.values())

    @property
    def bytes(self) -> int:
        return sum(amount.bytes for amount in self.groups.values())


def summarize(
    path: Path, kind: Kind, *, seconds: float = 2, clock: Callable[[], float] = time.monotonic
) -> Summary:
    """Count the files of a bot for at most `seconds`. Links are not followed, folders that cannot
    be read are passed over."""
    summary = Summary()
    specs = _specs(kind)
    end = clock() + seconds
    for number, (relative, size) in enumerate(_files(path)):
        if number % _LOOK_EVERY == 0 and clock() > end:
            summary.complete = False
            break
        group = _group(relative, specs)
        summary.groups[group].files += 1
        summary.groups[group].bytes += size
        if group is Group.DATABASES and len(summary.databases) < _MOST_DATABASES:
            summary.databases.append(relative)
    summary.databases.sort()
    return summary


def _files(root: Path) -> Iterator[tuple[str, int]]:
    """(path from the root, size) of each file; nearest folders first."""
    folders = [""]
    for folder in folders:
        try:
            with os.scandir(root / folder) as entries:
                for entry in entries:
                    relative = f"{folder}/{entry.name}" if folder else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(relative)
                    elif entry.is_file(follow_symlinks=False):
                        yield relative, entry.stat(follow_symlinks=False).st_size
        except OSError:
            continue


def _specs(kind: Kind) -> list[tuple[Group, GitIgnoreSpec]]:
    from pathspec import GitIgnoreSpec

    patterns = {
        Group.LEAVE_OUT: tuple(each.pattern for each in kind.leave_out),
        Group.DATABASES: kind.databases,
        Group.SECRETS: kind.secrets,
        Group.CHARTS: kind.charts,
        Group.KEEP: kind.keep,
    }
    return [(group, GitIgnoreSpec.from_lines(lines)) for group, lines in patterns.items() if lines]


def _group(relative: str, specs: list[tuple[Group, GitIgnoreSpec]]) -> Group:
    for group, spec in specs:
        if spec.match_file(relative):
            return group
    return Group.DATABASES if relative.endswith(_BY_NAME) else Group.OTHER
