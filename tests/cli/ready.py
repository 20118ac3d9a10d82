"""Machines that are set up already: `init` takes half a second, hundreds of tests begin with it.

Each process makes its own, with real keys, and copies them from then on. The machines of one test
have repositories and keys of their own.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

# What holds the folder's own path.
_WITH_PATHS = ("home/config/settings.toml*", "home/data/runs.jsonl", "home/logs/*")
_made: list[Path] = []
_given = 0


def begin_test() -> None:
    """The next machine may be like the first of the test before."""
    global _given  # one count for each process
    _given = 0


def provide(folder: Path, make: Callable[[Path], None]) -> None:
    """What `make` makes of an empty folder, in `folder`, which may hold other things already."""
    global _given
    if _given == len(_made):
        _made.append(_make(make))
    ready = _made[_given]
    _given += 1
    copy(ready, folder)


def copy(ready: Path, folder: Path) -> None:
    """Another machine like the one in `ready`, which is not at work."""
    shutil.copytree(ready, folder, symlinks=True, dirs_exist_ok=True)
    for pattern in _WITH_PATHS:
        for file in ready.glob(pattern):
            text = file.read_text().replace(str(ready), str(folder))
            (folder / file.relative_to(ready)).write_text(text)


def _make(make: Callable[[Path], None]) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tradekeep-ready-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    make(folder)
    return folder
