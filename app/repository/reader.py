"""A repository as somebody sees it who reads for long: a window, a mounted folder.

Trees and blobs are remembered within a bound. No lock is held, so other processes may write and
prune meanwhile: where something is missing, the index is read anew if it was replaced, and the
piece is looked for once more. What is missing then is missing.

An object belongs to one thread.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from app.backends.contract import Kind
from app.monitor import Monitor, nothing
from app.repository.lazy_nodes import Nodes
from app.repository.listing import Entry, parse_listing
from app.repository.lru import Lru
from app.repository.named import Missing
from app.repository.pack import BlobKind
from app.repository.repository import Repository
from app.repository.since import Held, parse_held
from app.repository.snapshot import Snapshot
from app.repository.tree import BadTree, Node

MIB = 1 << 20
# How often the index is read for one piece; a prune replaces it in several steps.
_RELOADS = 3
_JSON = 64 * MIB
_ENTRY = 290  # bytes of memory of an entry without its name, about
Result = TypeVar("Result")


class Reader:
    """See the module. `monitor` is told what is wrong with the index, `changed` that it was
    replaced. `trees` and `blobs` bound the memory in bytes. `index_cache` is only read."""

    def __init__(
        self,
        repository: Repository,
        monitor: Monitor,
        *,
        trees: int = 64 * MIB,
        blobs: int = 32 * MIB,
        changed: Callable[[], None] = nothing,
        index_cache: Path | None = None,
    ) -> None:
        self.repository = repository
        self._monitor = monitor
        self._changed = changed
        self._index_cache = index_cache
        self._trees: Lru[bytes, list[Node]] = Lru(trees)
        self._nodes: Lru[bytes, Nodes] = Lru(trees // 2)
        self._listings: Lru[bytes, list[Entry]] = Lru(trees // 2)
        self._blobs: Lru[bytes, bytes] = Lru(blobs)
        self._snapshots: dict[str, Snapshot] = {}
        self._index_files: frozenset[str] | None = None
        self._json: Lru[bytes, bytes] = Lru(_JSON)  # of trees that were listed just now

    @property
    def place(self) -> str:
        return self.repository.backend.place

    # --- snapshots ---------------------------------------------------------------------------

    def snapshots(self, monitor: Monitor) -> list[Snapshot]:
        """As the repository's, oldest first; only new ones are read."""
        found = self.repository.snapshots(monitor, self._snapshots)
        self._snapshots = {snapshot.id: snapshot for snapshot in found}
        return found

    def known(self, snapshot_id: str) -> Snapshot | None:
        """A snapshot that was there at the last look, by its full id."""
        return self._snapshots.get(snapshot_id)

    # --- trees and blobs ---------------------------------------------------------------------

    def load_tree(self, tree_id: bytes) -> list[Node]:
        """The nodes of a tree, without the JSON they came in; not to be changed."""
        found = self._trees.get(tree_id)
        if found is None:
            found = list(map(_lean, self._again(lambda: self.repository.load_tree(tree_id))))
            self._trees.put(tree_id, found, sum(map(_cost, found)))
        return found

    def load_listing(self, tree_id: bytes) -> list[Entry]:
        """The entries of a tree, in the order of its nodes; not to be changed."""
        found = self._listings.get(tree_id)
        if found is None:
            found = self._again(lambda: self._listed_anew(tree_id))
            self._listings.put(tree_id, found, sum(_ENTRY + len(each.quoted) for each in found))
        return found

    def _listed_anew(self, tree_id: bytes) -> list[Entry]:
        read: list[bytes] = []

        def parse(raw: bytes) -> list[Entry]:
            read.append(raw)
            return parse_listing(raw)

        found = self.repository.load_tree_as(tree_id, parse)
        if self._json.get(tree_id) is None:
            self._json.put(tree_id, read[-1], len(read[-1]))
        return found

    def load_held(self, tree_id: bytes) -> dict[str, Held]:
        """The entries of a tree with what they hold. Not remembered: it takes the memory of whole
        nodes. A folder that was listed just now is not read once more for it."""
        read = self._json.get(tree_id)
        if read is not None:
            with suppress(BadTree):  # what it holds is damaged, not its list: said below
                return parse_held(read)
        return self._again(lambda: self.repository.load_tree_as(tree_id, parse_held))

    def rest(self) -> None:
        """Nobody asks: give back the memory that only the next question might have used."""
        self._json = Lru(_JSON)

    def load_nodes(self, tree_id: bytes) -> Nodes:
        """As the repository's, for those who look for one name after the other."""
        found = self._nodes.get(tree_id)
        if found is None:
            found = self._again(lambda: self.repository.load_nodes(tree_id))
            self._nodes.put(tree_id, found, found.cost)
        return found

    def load_data(self, blob_id: bytes) -> bytes:
        """The plaintext of a data blob; `Missing` or `Damaged`."""
        found = self._blobs.get(blob_id)
        if found is None:
            load = self.repository.load_blob
            found = self._again(lambda: load(BlobKind.DATA, blob_id))
            self._blobs.put(blob_id, found, len(found))
        return found

    def data_size(self, blob_id: bytes) -> int:
        """The length of a data blob, from the index alone; `Missing`."""

        def size() -> int:
            location = self.repository.index.find(BlobKind.DATA, blob_id)
            if location is None:
                raise Missing("blob-missing", blob=blob_id.hex()[:16], place=self.place)
            return location.size

        return self._again(size)

    def prepare(self) -> bool:
        """Read the index before anything is looked for; False if that is done."""
        if self._index_files is not None:
            return False
        self._load_index(self._listed())
        return True

    def _again(self, load: Callable[[], Result]) -> Result:
        """Load something, after reading the index anew if it is missing and the index changed."""
        self.prepare()
        for _ in range(_RELOADS):
            try:
                return load()
            except Missing:
                listed = self._listed()
                if listed == self._index_files:
                    raise
                self._load_index(listed)
                self._changed()
        return load()

    def _load_index(self, listed: frozenset[str]) -> None:
        self.repository.load_index(self._monitor, self._index_cache)
        self._index_files = listed

    def _listed(self) -> frozenset[str]:
        """The index files there are now. Taken before they are read: what comes in between is
        seen at the next miss."""
        return frozenset(info.file.name for info in self.repository.backend.list(Kind.INDEX))


def _lean(node: Node) -> Node:
    """A node without its JSON, which is half of its size."""
    return msgspec.structs.replace(node, raw=b"")


def _cost(node: Node) -> int:
    """Bytes of memory, about: 768 were measured for a file of one blob."""
    attributes = sum(100 + len(each.value or b"") for each in node.attributes)
    return 770 + len(node.name) + 73 * len(node.content) + len(node.linktarget) + attributes
