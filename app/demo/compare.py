"""Whether what was restored is what was backed up, shown file by file."""

from __future__ import annotations

import filecmp
import sqlite3
from dataclasses import dataclass
from pathlib import Path

_DATABASE = ".sqlite"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Files that are equal in content, and paths (below the folders) that are not."""

    equal: int
    different: tuple[str, ...]


def compare(original: Path, restored: Path) -> Comparison:
    """Compare two folders: names, contents, links, permissions, times. Live databases and their
    journals are left to `rows`, for they went on."""
    different = sorted(_names(original) ^ _names(restored))
    equal = 0
    for name in sorted(_names(original) & _names(restored)):
        if _same(original / name, restored / name):
            equal += 1
        else:
            different.append(name)
    return Comparison(equal, tuple(different))


def _names(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if _DATABASE not in path.name and (path.is_symlink() or not path.is_dir())
    }


def _same(one: Path, two: Path) -> bool:
    if one.is_symlink() or two.is_symlink():
        return one.is_symlink() and two.is_symlink() and one.readlink() == two.readlink()
    first, second = one.stat(), two.stat()
    facts = (first.st_mode, first.st_mtime_ns) == (second.st_mode, second.st_mtime_ns)
    return facts and filecmp.cmp(one, two, shallow=False)


def rows(database: Path) -> int:
    """Trades in a database that is whole: its own check passes and no id is missing. ValueError
    otherwise."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        (answer,) = connection.execute("PRAGMA quick_check").fetchone()
        count, last = connection.execute("SELECT count(*), max(id) FROM trades").fetchone()
    finally:
        connection.close()
    if answer != "ok" or count != last:
        raise ValueError(f"{database}: {answer}, {count} of {last} trades")
    return int(count)
