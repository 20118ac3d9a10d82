"""What a rollback would change in a bot's folder: its files, and its configurations by meaning.

Everything is told from now to the snapshot: what *comes* is in the snapshot alone, what *goes* is
on the disk alone. What the source leaves out is no part of it. Secrets are hidden before anything
leaves this process. Nothing is written.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from app.bots import paper
from app.bots.kinds import Kind as BotKind
from app.bots.semantic import differences, is_configuration
from app.bots.summary import summarize
from app.hotcopy import is_database
from app.monitor import Monitor
from app.repository.contents import Contents
from app.repository.differ import Change, Kind, diff_disk
from app.repository.names import printable
from app.repository.reader import Reader
from app.repository.scan import Rules, Source
from app.repository.snapshot import Snapshot
from app.repository.tree import Node, NodeType
from app.repository.walk import lookup, nodes_or_problem
from app.services.beside import on_disk
from app.services.compare import LARGEST, compare, lines_of
from app.services.taking import CACHE

MOST_FILES = 500
_MOST_CONFIGURATIONS = 100
_MOST_LINES = 400
_SECONDS = 20.0  # to look for databases
_JOURNALS = ("-wal", "-journal", "-shm")
_WORDS = {
    Kind.ADDED: "goes", Kind.REMOVED: "comes", Kind.CHANGED: "changes",
    Kind.METADATA: "rights", Kind.TYPE: "changes",
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A bot's folder with the rules of its source, and what it is in a snapshot."""

    source: Source
    kind: BotKind
    snapshot: Snapshot
    node: Node

    @property
    def path(self) -> Path:
        return self.source.path

    @property
    def inside(self) -> bytes:
        return os.fsencode(self.source.path)

    def is_left_out(self, path: Path, is_folder: bool) -> bool:  # noqa: FBT001  # as it is called
        """Whether the source leaves out what is on the disk. The journal of a database goes where
        that goes."""
        for suffix in _JOURNALS:
            base = path.with_name(path.name.removesuffix(suffix))
            if not is_folder and base != path and base.is_file() and is_database(base):
                path = base
        folder = path.parent
        if path.name != CACHE and self._rules.keeps_only_tag(os.fsencode(folder)):
            return True
        return self._rules.leaves_out(os.fsencode(path), folder=is_folder)

    @cached_property
    def _rules(self) -> Rules:
        return Rules(self.source, 0)

    def databases(self) -> list[Path]:
        """The databases on the disk, as far as they are found in some seconds."""
        found = summarize(self.path, self.kind, seconds=_SECONDS).databases
        return [path for each in found if is_database(path := self.path / each)]


def plan(place: Place, reader: Reader, monitor: Monitor) -> dict[str, object]:
    """counts (changes, comes, goes, rights); files: path (in the folder), what, now and then
    (bytes or null), 500 at most; configurations: path, and keys (key, now, then, secret, code,
    order) or lines (as `compare`'s rows), at most 100; paper: path and on, of the snapshot's files
    that say whether the bot trades on paper."""
    changes = [each for each in _changes(place, reader, monitor) if not each.is_folder]
    counts = dict.fromkeys(("changes", "comes", "goes", "rights"), 0)
    for each in changes:
        counts[_WORDS[each.kind]] += 1
    return {
        "counts": counts,
        "files": [_file(place, each) for each in changes[:MOST_FILES]],
        "configurations": list(_configurations(place, reader, changes)),
        "paper": list(_paper(place, reader, monitor)),
    }


def _changes(place: Place, reader: Reader, monitor: Monitor) -> Iterator[Change]:
    told = set()
    for each in diff_disk(reader, place.snapshot, [place.source], monitor):
        path = Path(os.fsdecode(each.path))
        if path != place.path and not _leaves_out(place, path, each):
            told.add(path)
            yield each
    # What a bot wrote last may be in the journal alone: its database then looks as it was.
    for path in place.databases():
        journal = path.with_name(path.name + "-wal")
        if path not in told and not place.is_left_out(path, False) and _size(journal):
            yield Change(os.fsencode(path), Kind.CHANGED, _size(path), _size(path))


def _leaves_out(place: Place, path: Path, change: Change) -> bool:
    """Also what the snapshot has, from before it was left out: as a whole it is in a folder."""
    inner = path
    while inner != place.path:
        if place.is_left_out(inner, inner != path or change.is_folder):
            return True
        inner = inner.parent
    return False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _name(place: Place, path: bytes) -> str:
    return printable(path[len(place.inside) + 1 :])


def _file(place: Place, change: Change) -> dict[str, object]:
    return {
        "path": _name(place, change.path),
        "what": _WORDS[change.kind],
        "now": change.after,
        "then": change.before,
    }


# --- configurations --------------------------------------------------------------------------


def _configurations(
    place: Place, reader: Reader, changes: Sequence[Change]
) -> Iterator[dict[str, object]]:
    """Those that both sides have, and that mean something else."""
    told = 0
    for each in changes:
        name = _name(place, each.path)
        if each.kind is not Kind.CHANGED or not is_configuration(name):
            continue
        found = _configuration(place, reader, name, each)
        if found is not None:
            yield {"path": name, **found}
            told += 1
        if told >= _MOST_CONFIGURATIONS:
            return


def _configuration(
    place: Place, reader: Reader, name: str, change: Change
) -> dict[str, object] | None:
    now = on_disk(change.path)
    then = _in_snapshot(reader, lookup(reader, place.snapshot, change.path))
    if now is None or then is None or now == then:
        return None
    keys = differences(name, now, then)
    if keys is not None:
        rows = [
            {
                "key": each.key, "now": each.before, "then": each.after,
                "secret": each.secret, "code": each.code, "order": each.order,
            }
            for each in keys
        ]  # fmt: skip
        return {"keys": rows} if rows else None
    before, after = lines_of(now), lines_of(then)
    if before is None or after is None:
        return {"lines": []}
    different = (line.as_row() for line in compare(before, after) if line.mark != " ")
    return {"lines": [row for row, _ in zip(different, range(_MOST_LINES), strict=False)]}


def _in_snapshot(reader: Reader, node: Node) -> bytes | None:
    if node.type is not NodeType.FILE or node.size > LARGEST:
        return None
    return Contents(reader, node).read(0, LARGEST + 1)


def _paper(place: Place, reader: Reader, monitor: Monitor) -> Iterator[dict[str, object]]:
    """Of the files as they would be."""
    if not paper.has_mode(place.kind.id) or place.node.subtree is None:
        return
    for name, node in _near(reader, place.node.subtree, monitor):
        if not paper.may_say(place.kind.id, name):
            continue
        raw = _in_snapshot(reader, node) or b""
        said = paper.on_paper(place.kind.id, raw.decode("utf-8", "replace"))
        if said is not None:
            yield {"path": name, "on": said}


def _near(reader: Reader, tree: bytes, monitor: Monitor) -> Iterator[tuple[str, Node]]:
    """What lies in a folder, and in those right in it."""
    for node in nodes_or_problem(reader, tree, monitor, b""):
        name = printable(node.name)
        yield name, node
        if node.subtree is not None:
            for inner in nodes_or_problem(reader, node.subtree, monitor, b"/" + node.name):
                yield f"{name}/{printable(inner.name)}", inner
