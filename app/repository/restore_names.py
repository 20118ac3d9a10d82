"""Names that a file system takes for one: FAT, exFAT, NTFS and most Macs do not tell capitals from
small letters, and what is restored second would take the place of what was first.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress

from app.repository.restore_target import Target
from app.repository.tree import Node

_PROBE = b".tradekeep-Names"


def clash(names: Iterable[str]) -> bool:
    """Whether two of them differ in capitals only. The same one twice is no clash."""
    seen = set(names)
    return len({name.casefold() for name in seen}) < len(seen)


def apart(target: Target, nodes: Sequence[Node]) -> tuple[Sequence[Node], list[bytes]]:
    """The nodes of a folder that can stand side by side at the target, and the names of those
    that cannot: where two clash, the first one stays."""
    if not clash(_text(node.name) for node in nodes) or not _folds(target.folder(b"")):
        return nodes, []
    first: dict[str, bytes] = {}
    for node in nodes:
        first.setdefault(_text(node.name).casefold(), node.name)
    stays = set(first.values())
    others = [node.name for node in nodes if node.name not in stays]
    return [node for node in nodes if node.name in stays], others


def joined(folder: bytes, name: bytes) -> bytes:
    """The path of a name in a folder below the target."""
    return folder + b"/" + name if folder else name


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _folds(at: int) -> bool:
    """Whether an open folder finds a name by other capitals. One that cannot be tried tells names
    apart, as far as we know."""
    try:
        os.mkdir(_PROBE, dir_fd=at)
    except FileExistsError:
        pass  # by a run that was killed
    except OSError:
        return False
    try:
        os.stat(_PROBE.swapcase(), dir_fd=at)
    except OSError:
        return False
    else:
        return True
    finally:
        with suppress(OSError):
            os.rmdir(_PROBE, dir_fd=at)
