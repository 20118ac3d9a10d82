"""Walking every tree once for the checker, and naming what damage means for people.

A tree that several snapshots share is read once. Only where something is wrong are paths looked
for, and then only below trees that lead to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from app.monitor import Monitor
from app.repository.named import Damaged, Missing
from app.repository.names import printable
from app.repository.pack import BlobKind
from app.repository.repository import Repository
from app.repository.snapshot import Snapshot
from app.repository.tree import NodeType
from app.repository.tree_links import Links, links_of


@dataclass(slots=True)
class TreeCheck:
    """The walk's findings. `children` are kept for all trees (ids only), to find paths later."""

    repository: Repository
    monitor: Monitor
    trees: int = 0
    lost_trees: dict[bytes, str] = field(default_factory=dict)
    lost_data: set[bytes] = field(default_factory=set)
    _children: dict[bytes, tuple[bytes, ...]] = field(default_factory=dict)

    def walk(self, snapshots: Sequence[Snapshot]) -> Iterator[int]:
        """Read every tree below the snapshots; yields how many snapshots are done, after each
        tree: whoever calls looks at the monitor between them."""
        for number, snapshot in enumerate(snapshots):
            yield number
            stack = [snapshot.tree]
            while stack:
                tree = stack.pop()
                if tree in self._children or tree in self.lost_trees:
                    continue
                stack.extend(self._read(tree))
                yield number
        yield len(snapshots)

    def _read(self, tree: bytes) -> tuple[bytes, ...]:
        self.trees += 1
        try:
            raw = self.repository.load_blob(BlobKind.TREE, tree)
            contents, subtrees = links_of(raw) or self._searched(tree)
        except (Damaged, Missing) as error:
            self.lost_trees[tree] = error.sentence.title
            return ()
        self.lost_data.update(self.repository.index.tables[BlobKind.DATA].missing(contents))
        below = self._children[tree] = tuple(subtrees)
        return below

    def _searched(self, tree: bytes) -> Links:
        """What a tree refers to that is unusual; raises what `load_tree` raises."""
        nodes = self.repository.load_tree(tree)
        for node in nodes:
            if node.type is NodeType.DIR and node.subtree is None:
                self.lost_trees[tree] = f"{printable(node.name)}: no list"
        return Links(
            [blob for node in nodes for blob in node.content],
            [node.subtree for node in nodes if node.subtree is not None],
        )

    # --- what it means -----------------------------------------------------------------------

    def affected(
        self, snapshots: Sequence[Snapshot], bad_data: frozenset[bytes], bad_trees: frozenset[bytes]
    ) -> dict[str, list[str]]:
        """Path → ids of the snapshots in which it is damaged. Folders end in a slash."""
        search = _Search(self, bad_data, bad_trees | frozenset(self.lost_trees))
        found: dict[str, list[str]] = {}
        for snapshot in snapshots:
            for path in search.paths(snapshot.tree):
                found.setdefault(path, []).append(snapshot.id)
        return found

    def children(self, tree: bytes) -> tuple[bytes, ...]:
        return self._children.get(tree, ())


@dataclass(slots=True)
class _Search:
    """Finds the paths that lead to damage."""

    check: TreeCheck
    bad_data: frozenset[bytes]
    bad_trees: frozenset[bytes]
    _leads: dict[bytes, bool] = field(default_factory=dict)

    def paths(self, top: bytes) -> Iterator[str]:
        stack = [(b"", top)]
        while stack:
            self.check.monitor.checkpoint()
            path, tree = stack.pop()
            if tree in self.bad_trees:
                yield printable(path) + "/"
                continue
            for node in self.check.repository.load_tree(tree):
                inner = path + b"/" + node.name
                if any(blob in self.bad_data for blob in node.content):
                    yield printable(inner)
                if node.subtree is not None and self._leads_to_damage(node.subtree):
                    stack.append((inner, node.subtree))

    def _leads_to_damage(self, tree: bytes) -> bool:
        """Whether anything below a tree is damaged; every tree is asked once."""
        stack = [tree]
        while stack:
            top = stack[-1]
            below = self.check.children(top)
            unknown = [each for each in below if each not in self._leads]
            if unknown and top not in self._leads:
                stack.extend(unknown)
                continue
            stack.pop()
            if top not in self._leads:
                self._leads[top] = self._is_bad(top) or any(self._leads[each] for each in below)
        return self._leads[tree]

    def _is_bad(self, tree: bytes) -> bool:
        if tree in self.bad_trees:
            return True
        nodes = self.check.repository.load_tree(tree)
        return any(blob in self.bad_data for node in nodes for blob in node.content)
