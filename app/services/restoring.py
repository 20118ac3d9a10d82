"""What is asked before a restore: how much it is, and what it would do. Nothing is written."""

from __future__ import annotations

from pathlib import Path

from app.errors import WrongUsage
from app.repository.names import printable
from app.repository.reader import Reader
from app.repository.restore_plan import Piece, Selection, measure, pieces
from app.repository.restore_preview import InTheWay, preview
from app.repository.restore_target import Overwrite
from app.repository.restorer import mark_of
from app.repository.snapshot import Snapshot
from app.repository.tree import NodeType
from app.repository.walk import lookup
from app.services.listener import Listener
from app.services.questions import Measure, RestorePlan, Sizes, path_bytes
from app.services.restore import MOST_IN_THE_WAY, in_the_way_row, previewed


def restoring(
    reader: Reader, snapshot: Snapshot, asked: Sizes | Measure | RestorePlan, listener: Listener
) -> dict[str, object]:
    """The answer, after its rows."""
    match asked:
        case Sizes():
            return _sizes(reader, snapshot, asked, listener)
        case Measure():
            chosen = pieces(reader, snapshot, _selection(asked, in_place=False))
            amount = measure(reader, chosen, listener)
            return {"files": amount.files, "bytes": amount.bytes}
    return _plan(reader, snapshot, asked, listener)


def _sizes(
    reader: Reader, snapshot: Snapshot, asked: Sizes, listener: Listener
) -> dict[str, object]:
    tree: bytes | None = snapshot.tree
    if asked.inside:
        tree = lookup(reader, snapshot, asked.inside).subtree
    if tree is None:
        raise WrongUsage("path-is-no-folder", path=printable(asked.inside))
    for node in reader.load_tree(tree):
        if node.type is NodeType.DIR:
            amount = measure(reader, [Piece(b"", node)], listener)
            name = printable(node.name)
            coded = {} if name.encode() == node.name else {"name64": node.name}
            counted = {"files": amount.files, "bytes": amount.bytes}
            listener.row({"name": name, **coded, **counted})
    return {}


def _plan(
    reader: Reader, snapshot: Snapshot, asked: RestorePlan, listener: Listener
) -> dict[str, object]:
    told = 0

    def tell(found: InTheWay) -> None:
        nonlocal told
        told += 1
        if told <= MOST_IN_THE_WAY:
            listener.row(in_the_way_row(found))

    chosen = pieces(reader, snapshot, _selection(asked, in_place=asked.target is None))
    target = Path(asked.target).expanduser().absolute() if asked.target else Path("/")
    looked = preview(
        reader.repository, chosen, target, _overwrite(asked.overwrite), listener,
        mark=mark_of(snapshot), tell=tell,
    )  # fmt: skip
    return {"snapshot": snapshot.id, "target": str(target), **previewed(looked)}


def _selection(asked: Measure | RestorePlan, *, in_place: bool) -> Selection:
    return Selection(
        include=tuple(map(path_bytes, asked.include)),
        exclude=tuple(map(path_bytes, asked.exclude)),
        in_place=in_place,
    )


def _overwrite(word: str) -> Overwrite:
    try:
        return Overwrite(word)
    except ValueError as error:
        raise WrongUsage("browse-question-bad", reason=str(error)) from error
