"""Answers to what a window asks of snapshots, from one repository that is held open.

A question comes typed (`questions`), its answer leaves as one object, before which rows may come
one by one through the `Listener`. Nothing is written and no lock is held: what other processes
write or prune meanwhile is noticed (`repository.reader`). Must not know lines, pipes or threads.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from app.errors import AppError, WrongUsage
from app.repository.contents import Contents
from app.repository.finder import history, search
from app.repository.listing import Entry, in_order
from app.repository.lru import Lru
from app.repository.named import Missing
from app.repository.names import printable
from app.repository.reader import Reader
from app.repository.snapshot import Snapshot
from app.repository.tree import Node, NodeType, permissions
from app.repository.walk import folder_tree, lookup
from app.services import questions as q
from app.services.beside import compared, folders_beside
from app.services.home import Home
from app.services.listener import Listener
from app.services.places import places
from app.services.preview import preview
from app.services.reading import (
    Totals,
    as_change,
    as_version,
    changes_between,
    changes_on_disk,
)
from app.services.restoring import restoring
from app.services.snapshots import Filter, as_json_object, choose

_MOST_GONE = 500
_IN_SIGHT = 40  # rows of a folder whose folders are read ahead
_PLACES = 1 << 20  # bytes of paths whose trees are known
_ORDERS = 4 << 20  # bytes of sorted folders: a million entries


class Browser:
    """See the module. `own` says that the repository is this machine's configured one."""

    def __init__(self, home: Home, reader: Reader, *, own: bool) -> None:
        self._home = home
        self._reader = reader
        self._own = own
        self._orders: Lru[bytes, array[int]] = Lru(_ORDERS)
        self._places: Lru[bytes, bytes] = Lru(_PLACES)
        self._ahead: list[bytes] = []
        self._looked = False  # at snapshots

    def answer(self, question: q.Question, listener: Listener) -> dict[str, object]:
        """The answer, after its rows. AppErrors say why there is none."""
        try:
            return self._answer(question, listener)
        except Missing as error:
            self._refuse_gone(question, listener)
            raise error

    def _answer(self, question: q.Question, listener: Listener) -> dict[str, object]:
        match question:
            case q.ListSnapshots():
                return self._snapshots(question, listener)
            case q.ListFolder():
                return self._folder(question, listener)
            case q.Changes():
                return self._changes(question, listener)
            case q.Stat():
                return self._stat(question, listener)
            case q.Preview():
                return self._preview(question, listener)
            case q.Compare():
                return self._compare(question, listener)
            case q.Places():
                return {"places": places(self._home, self._reader.place)}
            case q.Search():
                return self._search(question, listener)
            case q.History():
                return self._history(question, listener)
            case q.Diff():
                return self._diff(question, listener)
            case q.Sizes() | q.Measure() | q.RestorePlan():
                snapshot = self._find(question.snapshot, listener)
                return restoring(self._reader, snapshot, question, listener)
        raise WrongUsage("browse-of-archive")

    def idle(self) -> bool:
        """Use a moment in which nobody asks: read the index, then a folder of those that are in
        sight, so that it is there at once when it is opened. False if there is nothing to do."""
        self._reader.rest()
        # It would cost somebody's network; but who has looked at snapshots there opens one.
        if not self._reader.repository.backend.is_local and not self._looked:
            return False
        with suppress(AppError):  # whoever opens something is told
            if self._reader.prepare():
                return True
        if not self._ahead:
            return False
        tree = self._ahead.pop(0)
        with suppress(AppError):
            self._order(tree, self._reader.load_listing(tree))
        return True

    # --- one look ----------------------------------------------------------------------------

    def _snapshots(self, asked: q.ListSnapshots, listener: Listener) -> dict[str, object]:
        found = self._reader.snapshots(listener)[::-1]
        self._looked = True
        chosen = found[asked.start : asked.start + asked.count]
        return _page(asked.start, len(found), [_snapshot_row(each) for each in chosen])

    def _folder(self, asked: q.ListFolder, listener: Listener) -> dict[str, object]:
        snapshot = self._find(asked.snapshot, listener)
        tree = self._tree(snapshot, asked.inside)
        entries = self._reader.load_listing(tree)
        chosen = self._order(tree, entries)[asked.start : asked.start + asked.count]
        rows = [_entry(entries[at]) for at in chosen]
        ahead = (entries[at].tree for at in chosen[:_IN_SIGHT])
        self._ahead = [each for each in ahead if each is not None]
        head = {"snapshot": snapshot.id, **shown("path", asked.inside or b"/")}
        return {**head, **_page(asked.start, len(entries), rows)}

    def _tree(self, snapshot: Snapshot, inside: bytes) -> bytes:
        """The tree of a folder, found by the listings on the way to it, which are lean."""
        place = snapshot.tree + inside
        tree = self._places.get(place)
        if tree is None:
            tree = folder_tree(self._reader.load_listing, snapshot, inside)
            self._places.put(place, tree, len(place) + len(tree))
        return tree

    def _changes(self, asked: q.Changes, listener: Listener) -> dict[str, object]:
        snapshot = self._find(asked.snapshot, listener)
        tree = self._tree(snapshot, asked.inside)
        other = self._beside(self._find(asked.against, listener), asked.inside)
        order = self._order(tree, self._reader.load_listing(tree))
        found = folders_beside(self._reader, tree, other, listener)
        return {
            "snapshot": snapshot.id,
            **shown("path", asked.inside or b"/"),
            "changes": "".join(map(found.signs.__getitem__, order)),
            "gone": [_entry(each) for each in found.gone[:_MOST_GONE]],
        }

    def _beside(self, snapshot: Snapshot, inside: bytes) -> bytes | None:
        """The tree of the same folder in another snapshot; None where it is none there."""
        try:
            return self._tree(snapshot, inside)
        except WrongUsage:
            return None

    def _order(self, tree: bytes, entries: Sequence[Entry]) -> array[int]:
        """The places of a folder's entries in the order in which they are shown."""
        order = self._orders.get(tree)
        if order is None:
            order = array("L", in_order(entries))
            self._orders.put(tree, order, order.itemsize * len(order))
        return order

    def _stat(self, asked: q.Stat, listener: Listener) -> dict[str, object]:
        snapshot = self._find(asked.snapshot, listener)
        head = {"snapshot": snapshot.id, **shown("path", asked.inside or b"/")}
        if not asked.inside:
            return {**head, "type": NodeType.DIR.value}
        return {**head, **_details(lookup(self._reader, snapshot, asked.inside))}

    def _preview(self, asked: q.Preview, listener: Listener) -> dict[str, object]:
        snapshot = self._find(asked.snapshot, listener)
        node = lookup(self._reader, snapshot, asked.inside) if asked.inside else None
        if node is None or node.type is not NodeType.FILE:
            raise WrongUsage("path-is-no-file", path=printable(asked.inside) or "/")
        contents = Contents(self._reader, node)
        head = {"snapshot": snapshot.id, **shown("path", asked.inside)}
        return {**head, **preview(contents, asked.bytes)}

    def _compare(self, asked: q.Compare, listener: Listener) -> dict[str, object]:
        snapshot = self._find(asked.snapshot, listener)
        other = None if asked.against is None else self._find(asked.against, listener)
        return compared(self._reader, snapshot, other, asked, listener.row)

    # --- many looks --------------------------------------------------------------------------

    def _search(self, asked: q.Search, listener: Listener) -> dict[str, object]:
        if asked.snapshot is None:
            snapshots = self._of_host(asked.host, listener)[::-1]
        else:
            snapshots = [self._find(asked.snapshot, listener)]
        found = 0
        sights = search(
            self._reader, snapshots, asked.pattern, listener, ignore_case=asked.ignore_case
        )
        for sight in sights:
            if found == asked.most:
                return {"snapshots": len(snapshots), "found": found, "cut": True}
            found += 1
            held = {"id": sight.snapshot.id, "time": sight.snapshot.file.time}
            listener.row({**shown("path", sight.path), **_facts(sight.entry), "last": held})
        return {"snapshots": len(snapshots), "found": found, "cut": False}

    def _history(self, asked: q.History, listener: Listener) -> dict[str, object]:
        snapshots = self._of_host(asked.host, listener)
        found = history(self._reader, snapshots, asked.inside, listener)
        ids = [snapshot.id for snapshot in snapshots]
        at = {each: place for place, each in enumerate(ids)}
        versions = [
            {**as_version(each), "snapshots": ids[at[each.first.id] : at[each.last.id] + 1]}
            for each in found.versions
        ]
        return {
            **shown("path", found.path),
            "gone": found.gone,
            "versions": versions,
        }

    def _diff(self, asked: q.Diff, listener: Listener) -> dict[str, object]:
        before = self._find(asked.before, listener)
        after = None if asked.after is None else self._find(asked.after, listener)
        if after is None:
            own = Path(self._reader.place) if self._own else None
            changes = changes_on_disk(self._home, self._reader, before, listener, own=own)
        else:
            changes = changes_between(self._reader, before, after, asked.inside, listener)
        totals = Totals()
        for change in totals.counted(changes):
            listener.row({**as_change(change), **_bytes64("path", change.path)})
        return {"before": before.id, "after": after and after.id, **totals.as_json()}

    # --- snapshots ---------------------------------------------------------------------------

    def _of_host(self, host: str | None, listener: Listener) -> list[Snapshot]:
        """Oldest first."""
        wanted = Filter(host)
        return [each for each in self._reader.snapshots(listener) if wanted.fits(each)]

    def _find(self, name: str, listener: Listener) -> Snapshot:
        """By its full id without looking for new ones; else as on the command line."""
        known = self._reader.known(name)
        return known or choose(self._reader.snapshots(listener), name, self._reader.place)

    def _refuse_gone(self, question: q.Question, listener: Listener) -> None:
        """Raise what is better known than that a piece is missing: that its snapshot was removed
        since it was listed."""
        named = [
            getattr(question, field, None) for field in ("snapshot", "against", "before", "after")
        ]
        known = [each for name in named if name and (each := self._reader.known(name))]
        there = {each.id for each in self._reader.snapshots(listener)} if known else set()
        for snapshot in known:
            if snapshot.id not in there:
                raise WrongUsage("snapshot-gone", snapshot=snapshot.id[:8])


def shown(key: str, path: bytes) -> dict[str, object]:
    """A path or a name for people, and its bytes where that does not say them all."""
    return {key: printable(path), **_bytes64(key, path)}


def _bytes64(key: str, path: bytes) -> dict[str, object]:
    return {} if printable(path).encode() == path else {f"{key}64": path}


def _page(start: int, total: int, rows: list[dict[str, object]]) -> dict[str, object]:
    """A page of a list; `next` is where the next one starts, null after the last."""
    end = start + len(rows)
    return {"rows": rows, "total": total, "next": end if rows and end < total else None}


def _snapshot_row(snapshot: Snapshot) -> dict[str, object]:
    summary = snapshot.file.summary
    more = {
        "files": summary.total_files_processed if summary else None,
        "bytes_added": summary.data_added_packed if summary else None,
    }
    return {**as_json_object(snapshot), **more}


def _facts(node: Node | Entry) -> dict[str, object]:
    return {"type": node.type.value, "size": node.size, "mtime": node.mtime}


def _entry(node: Node | Entry) -> dict[str, object]:
    return {**shown("name", node.name), **_facts(node)}


def _details(node: Node) -> dict[str, object]:
    """All that a person may want to know of a node."""
    target = shown("target", node.linktarget) if node.type is NodeType.SYMLINK else {}
    return {
        **_facts(node),
        "mode": permissions(node.mode),
        "uid": node.uid,
        "gid": node.gid,
        "user": printable(node.user.encode()),
        "group": printable(node.group.encode()),
        "links": node.links,
        "attributes": [printable(each.name.encode()) for each in node.attributes],
        **target,
    }
