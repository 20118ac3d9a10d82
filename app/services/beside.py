"""A folder or a file of a snapshot beside the same one elsewhere: what a file browser shows."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping

from app.errors import WrongUsage
from app.repository.contents import Contents
from app.repository.names import printable
from app.repository.reader import Reader
from app.repository.snapshot import Snapshot
from app.repository.tree import Node, NodeType
from app.repository.walk import lookup
from app.services.compare import LARGEST, compare, lines_of
from app.services.questions import Compare

_MOST_GONE = 500


def folders_beside(
    reader: Reader, tree: bytes, chosen: Iterable[int], other: bytes | None
) -> tuple[list[str], list[Node]]:
    """What became of the entries at these places of a folder since it was `other` (None: it was
    not there), and what is gone. A folder that is new or the same is not read for it."""
    if other is None or other == tree:
        return ["new" if other is None else "same" for _ in chosen], []
    nodes = reader.load_tree(tree)
    before = {node.name: node for node in reader.load_tree(other)}
    return [change_of(nodes[at], before.get(nodes[at].name)) for at in chosen], gone(nodes, before)


def change_of(node: Node, before: Node | None) -> str:
    """What became of an entry: "new", "changed" or "same"."""
    if before is None:
        return "new"
    same = (node.type, node.subtree, node.content, node.linktarget) == (
        before.type, before.subtree, before.content, before.linktarget,
    )  # fmt: skip
    return "same" if same else "changed"


def gone(nodes: Iterable[Node], before: Mapping[bytes, Node]) -> list[Node]:
    """What only the other folder holds, by name, 500 at most."""
    there = {node.name for node in nodes}
    names = sorted(name for name in before if name not in there)
    return [before[name] for name in names[:_MOST_GONE]]


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
