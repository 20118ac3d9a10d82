"""A folder or a file of a snapshot beside the same one elsewhere: what a file browser shows."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

from app.errors import WrongUsage
from app.monitor import Monitor
from app.repository.contents import Contents
from app.repository.names import printable
from app.repository.reader import Reader
from app.repository.since import NEW, SAME, Since, since
from app.repository.snapshot import Snapshot
from app.repository.tree import NodeType
from app.repository.walk import lookup
from app.services.compare import LARGEST, compare, lines_of
from app.services.questions import Compare


def folders_beside(reader: Reader, tree: bytes, other: bytes | None, monitor: Monitor) -> Since:
    """What became of a folder's entries since it was `other` (None: it was not there). One that is
    new or the same is not read for it."""
    if other is None or other == tree:
        sign = NEW if other is None else SAME
        return Since(sign * len(reader.load_listing(tree)), [])
    now = reader.load_held(tree)
    monitor.checkpoint()
    before = reader.load_held(other)
    return since(now, before, monitor.checkpoint)


def compared(
    reader: Reader,
    snapshot: Snapshot,
    other: Snapshot | None,
    asked: Compare,
    say: Callable[[dict[str, object]], None],
) -> dict[str, object]:
    """The answer to `Compare`, after its lines."""
    mine = _in(reader, snapshot, asked.inside)
    if mine is None:
        raise WrongUsage("path-is-no-file", path=printable(asked.inside) or "/")
    theirs: bytes | None = None
    if other is not None:
        theirs = _in(reader, other, asked.inside)
    elif asked.disk:
        theirs = on_disk(asked.inside)
    sizes = {"size": len(mine), "against_size": None if theirs is None else len(theirs)}
    # A snapshot is the older side of the disk, and the newer side of an older snapshot.
    sides = (mine, theirs) if asked.disk else (theirs, mine)
    lines = [lines_of(each) if each is not None else None for each in sides]
    alone = theirs is None and other is None and not asked.disk
    readable = [each for each, side in zip(lines, sides, strict=True) if side is not None]
    if any(each is None for each in readable):
        return {"kind": "other", **sizes, "same": mine == theirs}
    before, after = (each or [] for each in lines)
    if alone:
        before = after
    for line in compare(before, after):
        say(line.as_row())
    return {"kind": "text", **sizes, "same": mine == theirs}


def _in(reader: Reader, snapshot: Snapshot, inside: bytes) -> bytes | None:
    """A file's bytes up to one more than can be compared; None where there is no such file."""
    try:
        node = lookup(reader, snapshot, inside) if inside else None
    except WrongUsage:
        return None
    if node is None or node.type is not NodeType.FILE:
        return None
    return Contents(reader, node).read(0, LARGEST + 1)


def on_disk(inside: bytes) -> bytes | None:
    """The same on the disk. Never a pipe or a device: opening one would wait."""
    try:
        descriptor = os.open(inside, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return file.read(LARGEST + 1)
