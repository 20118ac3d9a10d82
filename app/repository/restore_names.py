"""Names that a file system takes for one: what is restored second would take the place of what was
first.

Each has rules of its own: NTFS and exFAT know capitals sign by sign (ß stays alone, and so does
whatever lies beyond U+FFFF), APFS takes ß for ss and é for e with an accent, ext4 takes nothing for
anything else. So what could be one by any of them is tried where it is to go.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from app.repository.restore_target import Target
from app.repository.tree import Node

_TRIAL = b".tradekeep-Names"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def clash(names: Iterable[str]) -> bool:
    """Whether two of them may be one somewhere. The same one twice is no clash."""
    seen = set(names)
    return len({_widest(name) for name in seen}) < len(seen)


def _widest(name: str) -> str:
    """Equal for all names that any file system takes for one; also for some that none does."""
    if name.isascii():
        return name.lower()
    plain = unicodedata.normalize("NFKD", name)
    # Signs that are not seen: HFS+ does not either.
    seen = "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")
    return unicodedata.normalize("NFKD", seen.upper().casefold())


def apart(target: Target, nodes: Sequence[Node]) -> tuple[Sequence[Node], list[bytes]]:
    """The nodes of a folder that can stand side by side at the target, and the names of those
    that cannot: where two clash, the first one stays."""
    groups: dict[str, dict[bytes, None]] = {}
    for node in nodes:
        groups.setdefault(_widest(_text(node.name)), {})[node.name] = None
    doubtful = [name for group in groups.values() if len(group) > 1 for name in group]
    others = _taken(target.folder(b""), doubtful) if doubtful else []
    if not others:
        return nodes, []
    left_out = set(others)
    return [node for node in nodes if node.name not in left_out], others


def joined(folder: bytes, name: bytes) -> bytes:
    """The path of a name in a folder below the target."""
    return folder + b"/" + name if folder else name


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _taken(at: int, names: Sequence[bytes]) -> list[bytes]:
    """Those that one before them has taken already, tried as folders in a folder of our own in
    `at`. Where that cannot be tried, names are told apart, as far as we know."""
    taken = []
    with suppress(OSError), _trial(at) as trial:
        for name in names:
            try:
                _make(name, trial)
            except FileExistsError:
                taken.append(name)
            except OSError:  # nothing can have this name there, which its own restoring tells
                continue
    return taken


def _make(name: bytes, trial: int) -> None:
    os.mkdir(name, dir_fd=trial)


@contextmanager
def _trial(at: int) -> Iterator[int]:
    """An empty folder, which is gone afterwards."""
    with suppress(FileExistsError):  # by a run that was killed
        os.mkdir(_TRIAL, 0o700, dir_fd=at)
    trial = os.open(_TRIAL, _FOLDER, dir_fd=at)
    try:
        _clear(trial)
        yield trial
    finally:
        with suppress(OSError):
            _clear(trial)
        os.close(trial)
        with suppress(OSError):
            os.rmdir(_TRIAL, dir_fd=at)


def _clear(trial: int) -> None:
    for name in os.listdir(trial):
        os.rmdir(name, dir_fd=trial)
