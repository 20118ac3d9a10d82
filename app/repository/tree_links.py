"""The quick way to read a tree, if it is one like nearly all: for the checker, which reads every
one, and for restoring plain files.

`tree.parse_tree` makes an object of each node, so that it can say what is wrong and give what is
there. To learn that nothing is wrong, and what a tree refers to, it takes a third of the time:
the decoder checks types and ranges, and the rest is asked of all nodes at once. Whatever is rare
or wrong is left to `parse_tree`, which alone decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, NamedTuple

import msgspec

from app.repository.tree import Attribute, NodeType

_U32 = Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)]
_U63 = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]  # what is larger is rare


class PlainNode(msgspec.Struct, rename={"kind": "type"}, gc=False):
    """A node as its JSON has it; its name needs no unquoting, and no second look."""

    name: str
    kind: str
    mode: int = 0
    mtime: str = ""
    ctime: str = ""
    uid: _U32 = 0
    gid: _U32 = 0
    user: str = ""
    group: str = ""
    inode: _U63 = 0
    device_id: _U63 = 0
    size: _U63 = 0
    links: _U63 = 0
    linktarget: str = ""
    linktarget_raw: bytes | None = None
    extended_attributes: list[Attribute] | None = None
    device: _U63 = 0
    content: list[str] | None = None
    subtree: str | None = None


class _Tree(msgspec.Struct, gc=False):
    nodes: list[PlainNode] | None


class Links(NamedTuple):
    """Ids of contents and of subtrees, in the order of the nodes."""

    contents: list[bytes]
    subtrees: list[bytes]


_DECODER = msgspec.json.Decoder(_Tree)
_TYPES = frozenset(NodeType._value2member_map_)
_NO_NAMES = frozenset(("", ".", ".."))


class PlainTree(NamedTuple):
    """The nodes of a tree, and what they refer to."""

    nodes: Sequence[PlainNode]
    links: Links


def plain_tree(raw: bytes) -> PlainTree | None:
    """A tree, where `parse_tree` would accept it and each folder has a list; None where that is
    not plain to see."""
    try:
        nodes = _DECODER.decode(raw).nodes or ()
        if not _are_plain(nodes):
            return None
        contents = [blob for node in nodes if node.content for blob in node.content]
        subtrees = [node.subtree for node in nodes if node.subtree]
        links = Links(list(map(bytes.fromhex, contents)), list(map(bytes.fromhex, subtrees)))
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    sizes = {len(each) for ids in links for each in ids}
    return PlainTree(nodes, links) if sizes <= {32} else None


def links_of(raw: bytes) -> Links | None:
    """What a plain tree refers to."""
    tree = plain_tree(raw)
    return tree and tree.links


def _are_plain(nodes: Sequence[PlainNode]) -> bool:
    """Whether names, types and link targets are such as need no second look. ValueError for text
    that has no bytes."""
    names = [node.name for node in nodes]
    different = frozenset(names)
    if len(different) != len(names) or different & _NO_NAMES:
        return False
    text = "".join(names)
    if "/" in text or "\\" in text or "\0" in text:  # a backslash: a name that is quoted
        return False
    targets = "".join([node.linktarget for node in nodes])
    if "\0" in targets or not _TYPES.issuperset([node.kind for node in nodes]):
        return False
    if any(node.linktarget_raw is not None for node in nodes):
        return False
    (text + targets).encode()
    return all(node.subtree for node in nodes if node.kind == "dir")
