"""Which files differ between two snapshots, with their nodes, so that both can be read.

As `differ`, for whoever wants to look into what changed: folders that are equal are skipped by
their ids, and what came or went as a whole folder is listed only if somebody asks (`below`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.monitor import Monitor
from app.repository.backup_model import CONTEXT
from app.repository.tree import Node, NodeType
from app.repository.walk import Trees, nodes_or_problem, walk


@dataclass(frozen=True, slots=True)
class Touched:
    """A file or a folder that differs; None on the side that has none. Of folders only those that
    came or went."""

    path: bytes
    old: Node | None
    new: Node | None


def touched(trees: Trees, before: bytes, after: bytes, monitor: Monitor) -> Iterator[Touched]:
    """What differs below two trees. Lists that are lost are Problems, and empty."""
    stack = [(b"", before, after)]
    while stack:
        path, one, two = stack.pop()
        monitor.checkpoint()
        if one == two:
            continue
        old = {node.name: node for node in nodes_or_problem(trees, one, monitor, path)}
        new = {node.name: node for node in nodes_or_problem(trees, two, monitor, path)}
        for name in sorted(old.keys() | new.keys()):
            if not path and name == CONTEXT:
                continue
            was, now = old.get(name), new.get(name)
            inner = path + b"/" + name
            if was is not None and now is not None and was.subtree and now.subtree:
                stack.append((inner, was.subtree, now.subtree))
            elif not _same(was, now):
                yield Touched(inner, was, now)


def _same(was: Node | None, now: Node | None) -> bool:
    if was is None or now is None or was.type is not now.type:
        return False
    return was.content == now.content


def below(trees: Trees, each: Touched, monitor: Monitor) -> Iterator[Touched]:
    """The files of a folder that came or went; a file itself."""
    for node, is_new in ((each.old, False), (each.new, True)):
        if node is None:
            continue
        if node.type is NodeType.FILE:
            yield _side(each.path, node, is_new=is_new)
        elif node.subtree is not None:
            for path, inner in walk(trees, node.subtree, monitor, each.path):
                if inner.type is NodeType.FILE:
                    yield _side(path, inner, is_new=is_new)


def _side(path: bytes, node: Node, *, is_new: bool) -> Touched:
    return Touched(path, None, node) if is_new else Touched(path, node, None)
