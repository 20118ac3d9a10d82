"""What became of a folder's entries since an older state of it, without whole nodes.

Of each entry only what it is shown by is decoded, and what makes it another: its type, its tree,
its contents, where it leads. The ids of contents stay the JSON that they came in, which is equal
for nearly all; where it is not, they are read. Two states of a folder of 100,000 files take a
quarter of the work of their nodes, and nothing stays in memory (`tests.bench.browse`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter

import msgspec

from app.json_lines import NO_JSON
from app.repository.listing import Entry, checked_names
from app.repository.tree import BadTree

SAME, NEW, CHANGED = "=", "+", "~"
_SLICE = 20_000  # entries between two checkpoints


class Held(Entry, frozen=True, gc=False):
    """An entry with what it holds; `content` is the JSON of its ids."""

    content: msgspec.Raw = msgspec.Raw(b"null")
    linktarget: str = ""
    linktarget_raw: bytes | None = None


class _Folder(msgspec.Struct):
    nodes: list[Held] | None


@dataclass(frozen=True, slots=True)
class Since:
    """`signs` says of each entry, in the order of its tree, whether it is SAME, NEW or CHANGED;
    `gone` is what only the older state has, by name."""

    signs: str
    gone: list[Held]


_FOLDER = msgspec.json.Decoder(_Folder)
_IDS = msgspec.json.Decoder(list[str] | None)


def parse_held(raw: bytes) -> dict[str, Held]:
    """The entries of a tree by name, in its order, checked as `parse_listing` checks them. Raises
    `BadTree`."""
    try:
        entries = _FOLDER.decode(raw).nodes or []
        return dict(zip(checked_names(entries), entries, strict=True))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadTree(str(error)) from error


def since(
    now: Mapping[str, Held], before: Mapping[str, Held], checkpoint: Callable[[], None]
) -> Since:
    """Compare two states of a folder, as `differ` tells a file's contents apart."""
    left = dict(before)
    signs: list[str] = []
    entries = iter(now.items())
    while some := list(islice(entries, _SLICE)):
        checkpoint()
        for name, entry in some:
            was = left.pop(name, None)
            if was is None:
                signs.append(NEW)
            else:
                signs.append(SAME if entry == was or _alike(entry, was) else CHANGED)
    return Since("".join(signs), sorted(left.values(), key=attrgetter("name")))


def _alike(one: Held, other: Held) -> bool:
    """Whether they hold the same, however it is written and whatever their times are."""
    if one.type is not other.type or _target(one) != _target(other):
        return False
    if (one.subtree or "").lower() != (other.subtree or "").lower():
        return False
    return one.content == other.content or _ids(one.content) == _ids(other.content)


def _target(entry: Held) -> bytes:
    return entry.linktarget_raw or entry.linktarget.encode("utf-8", "surrogateescape")


def _ids(content: msgspec.Raw) -> object:
    try:
        return [each.lower() for each in _IDS.decode(content) or ()]
    except NO_JSON:
        return bytes(content)  # nonsense is told by whoever restores or verifies
