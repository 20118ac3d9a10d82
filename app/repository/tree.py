"""Trees: one JSON list of nodes for each folder, byte for byte as restic writes it.

    {"nodes":[{…},{…}]}\\n       the newline is part of the hash

Nodes are sorted by the bytes of their real names. A tree is named by the SHA-256 of these bytes,
so equal folders must encode equally: see `encode_node` for the order of fields. Reading accepts
unknown fields; what was read is never encoded again but carried over as the bytes it came in.

Format: restic's doc/design.rst, "Trees and Data"; field order and omissions from
internal/restic/node.go.
"""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

import msgspec

from app.repository.names import json_name, json_string, unquote
from app.repository.times import from_ns


class NodeType(StrEnum):
    """What a node is; the value is restic's word."""

    FILE = "file"
    DIR = "dir"
    SYMLINK = "symlink"
    DEV = "dev"
    CHARDEV = "chardev"
    FIFO = "fifo"
    SOCKET = "socket"


TYPE_OF_MODE = {
    stat.S_IFREG: NodeType.FILE,
    stat.S_IFDIR: NodeType.DIR,
    stat.S_IFLNK: NodeType.SYMLINK,
    stat.S_IFBLK: NodeType.DEV,
    stat.S_IFCHR: NodeType.CHARDEV,
    stat.S_IFIFO: NodeType.FIFO,
    stat.S_IFSOCK: NodeType.SOCKET,
}

# Go's fs.FileMode beside the nine permission bits; not st_mode.
_GO_TYPE = {
    stat.S_IFREG: 0,
    stat.S_IFDIR: 1 << 31,
    stat.S_IFLNK: 1 << 27,
    stat.S_IFBLK: 1 << 26,
    stat.S_IFCHR: 1 << 26 | 1 << 21,
    stat.S_IFIFO: 1 << 25,
    stat.S_IFSOCK: 1 << 24,
}
_GO_EXTRA = ((stat.S_ISUID, 1 << 23), (stat.S_ISGID, 1 << 22), (stat.S_ISVTX, 1 << 20))


def go_mode(mode: int) -> int:
    """st_mode as Go's fs.FileMode."""
    go = mode & 0o777 | _GO_TYPE[stat.S_IFMT(mode)]
    if mode & 0o7000:
        for unix, bit in _GO_EXTRA:
            if mode & unix:
                go |= bit
    return go


def permissions(go: int) -> int:
    """The chmod bits (0o7777) of Go's fs.FileMode."""
    mode = go & 0o777
    for unix, bit in _GO_EXTRA:
        if go & bit:
            mode |= unix
    return mode


class Attribute(msgspec.Struct, frozen=True):
    """One extended attribute; `value` is decoded from base64."""

    name: str
    value: bytes | None = b""


class _RawNode(msgspec.Struct, rename={"kind": "type"}):
    """A node as its JSON has it; `Node` is what the rest of the program sees."""

    name: str
    kind: str
    mode: int = 0
    mtime: str = ""
    ctime: str = ""
    uid: int = 0
    gid: int = 0
    user: str = ""
    group: str = ""
    inode: int = 0
    device_id: int = 0
    size: int = 0
    links: int = 0
    linktarget: str = ""
    linktarget_raw: bytes | None = None
    extended_attributes: list[Attribute] | None = None
    device: int = 0
    content: list[str] | None = None
    subtree: str | None = None


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a folder, parsed and checked. `name` is bytes without a slash.

    `mode` is Go's (see `permissions`). `mtime` and `ctime` are RFC 3339 text as written: parse
    with `times.to_ns`. `content` lists the ids of a file's blobs, `subtree` is a folder's tree.
    `raw` is the JSON object it came in, for carrying it over unchanged.
    """

    name: bytes
    type: NodeType
    mode: int
    mtime: str
    ctime: str
    uid: int
    gid: int
    user: str
    group: str
    inode: int
    device_id: int
    size: int
    links: int
    linktarget: bytes
    attributes: tuple[Attribute, ...]
    device: int
    content: tuple[bytes, ...]
    subtree: bytes | None
    raw: bytes


class _RawTree(msgspec.Struct):
    nodes: list[msgspec.Raw] | None


class BadTree(ValueError):
    """Not a tree, or one that could not have been written honestly."""


_KINDS = {kind.value: kind for kind in NodeType}
_TREE = msgspec.json.Decoder(_RawTree)
_NODE = msgspec.json.Decoder(_RawNode)


def raw_nodes(raw: bytes) -> Sequence[msgspec.Raw]:
    """The nodes of a tree, each as its JSON. Raises msgspec's DecodeError for what is none."""
    return _TREE.decode(raw).nodes or ()


def parse_tree(raw: bytes) -> list[Node]:
    """The nodes of a tree, checked: no name can leave its folder, none stands twice.

    Raises `BadTree`. Order is not demanded: old writers sorted otherwise.
    """
    try:
        nodes = [parse_node(bytes(part)) for part in raw_nodes(raw)]
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadTree(str(error)) from error
    if len({node.name for node in nodes}) != len(nodes):
        raise BadTree("a name stands twice")
    return nodes


def parse_node(raw: bytes) -> Node:
    """One node, checked by itself; raises what `parse_tree` makes a `BadTree` of."""
    read = _NODE.decode(raw)
    name = unquote(read.name)
    if not name or name in (b".", b"..") or b"/" in name or b"\0" in name:
        raise BadTree(f"a name that no file can have: {name[:80]!r}")
    kind = _KINDS.get(read.kind)
    if kind is None:
        raise BadTree(f"an unknown kind of node: {read.kind[:40]!r}")
    if not (
        0 <= read.uid < 1 << 32
        and 0 <= read.gid < 1 << 32
        and 0 <= read.size < 1 << 63
        and 0 <= read.inode < 1 << 64
        and 0 <= read.links < 1 << 64
        and 0 <= read.device < 1 << 64
        and 0 <= read.device_id < 1 << 64
    ):
        raise BadTree("a number is out of range")
    target = read.linktarget_raw or read.linktarget.encode("utf-8", "surrogateescape")
    if b"\0" in target:
        raise BadTree("a link target with a zero byte")
    return Node(
        name=name,
        type=kind,
        mode=read.mode,
        mtime=read.mtime,
        ctime=read.ctime,
        uid=read.uid,
        gid=read.gid,
        user=read.user,
        group=read.group,
        inode=read.inode,
        device_id=read.device_id,
        size=read.size,
        links=read.links,
        linktarget=target,
        attributes=tuple(read.extended_attributes) if read.extended_attributes else (),
        device=read.device,
        content=tuple(map(_id, read.content)) if read.content else (),
        subtree=_id(read.subtree) if read.subtree else None,
        raw=raw,
    )


class _References(msgspec.Struct):
    content: list[str] | None = None
    subtree: str | None = None


class _ReferenceList(msgspec.Struct):
    nodes: list[_References] | None = None


_REFERENCES = msgspec.json.Decoder(_ReferenceList)


def references(raw: bytes) -> tuple[list[bytes], list[bytes]]:
    """What a tree refers to: ids of contents and of subtrees. `BadTree`.

    For those who need nothing else of it: several times faster than `parse_tree`.
    """
    try:
        nodes = _REFERENCES.decode(raw).nodes or ()
        contents = [_id(blob) for node in nodes for blob in node.content or ()]
        return contents, [_id(node.subtree) for node in nodes if node.subtree]
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadTree(str(error)) from error


def _id(text: str) -> bytes:
    raw = bytes.fromhex(text)
    if len(raw) != 32:
        raise BadTree("an id does not have 32 bytes")
    return raw


def encode_tree(nodes: Iterable[bytes]) -> bytes:
    """A tree from its encoded nodes, which the caller has sorted by name."""
    parts = list(nodes)
    if not parts:
        return b'{"nodes":[]}\n'
    # One copy instead of three: a folder of 100,000 files has 45 MB of nodes.
    parts[0] = b'{"nodes":[' + parts[0]
    parts[-1] += b"]}\n"
    return b",".join(parts)


class NodeFacts(msgspec.Struct, kw_only=True):
    """What `encode_node` needs; times in nanoseconds, `mode` is st_mode.

    `content` is None but for files; `links` is 0 for folders and fifos, as restic leaves it out;
    `device_id` is 0 but for hard links, so that a drive that gets another number at the next
    start does not change every tree.
    """

    name: bytes
    mode: int
    mtime: int
    ctime: int
    uid: int
    gid: int
    user: str = ""
    group: str = ""
    inode: int = 0
    device_id: int = 0
    size: int = 0
    links: int = 0
    linktarget: bytes | None = None
    attributes: tuple[tuple[bytes, bytes], ...] = ()
    device: int = 0
    content: tuple[bytes, ...] | None = None
    subtree: bytes | None = None


def encode_node(facts: NodeFacts) -> bytes:
    """One node as restic writes it: its field order, its omissions, its escaping."""
    node_type = TYPE_OF_MODE[stat.S_IFMT(facts.mode)]
    mtime = from_ns(facts.mtime)
    parts = [
        f'{{"name":{json_name(facts.name)},"type":"{node_type}"{_encode_mode(facts.mode)},'
        f'"mtime":"{mtime}","atime":"{mtime}","ctime":"{from_ns(facts.ctime)}"',
        _encode_owner(facts.uid, facts.gid, facts.user, facts.group),
    ]
    for key in ("inode", "device_id", "size", "links"):
        value = getattr(facts, key)
        if value:
            parts.append(f',"{key}":{value}')
    if facts.linktarget is not None:
        parts.append(_encode_target(facts.linktarget))
    if facts.attributes:
        parts.append(_encode_attributes(facts.attributes))
    if facts.device:
        parts.append(f',"device":{facts.device}')
    parts.append(_encode_content(facts.content))
    if facts.subtree is not None:
        parts.append(f',"subtree":"{facts.subtree.hex()}"')
    parts.append("}")
    return "".join(parts).encode()


class PlainFiles:
    """Encodes nodes of plain files as `encode_node` does, at half the cost: those with one link,
    no attributes, and at most one blob. What files have in common is put together once."""

    def __init__(self, names: Callable[[int, int], tuple[str, str]]) -> None:
        """`names` gives a user's and a group's name."""
        self._names = names
        self._mode: dict[int, str] = {}
        self._owner: dict[tuple[int, int], str] = {}

    def encode(self, name: bytes, status: os.stat_result, content: bytes) -> bytes:
        """`content` is the blob's id, b"" for an empty file."""
        mode = self._mode.get(status.st_mode)
        if mode is None:
            mode = self._mode[status.st_mode] = _encode_mode(status.st_mode)
        ids = (status.st_uid, status.st_gid)
        owned = self._owner.get(ids)
        if owned is None:
            owned = self._owner[ids] = _encode_owner(*ids, *self._names(*ids))
        mtime = from_ns(status.st_mtime_ns)
        inode = f',"inode":{status.st_ino}' if status.st_ino else ""
        held = (
            f',"size":{status.st_size},"links":1,"content":["{content.hex()}"]'
            if content
            else (',"links":1,"content":[]')
        )
        return (
            f'{{"name":{json_name(name)},"type":"file"{mode}'
            f',"mtime":"{mtime}","atime":"{mtime}","ctime":"{from_ns(status.st_ctime_ns)}"'
            f"{owned}{inode}{held}}}"
        ).encode()


def _encode_owner(uid: int, gid: int, user: str, group: str) -> str:
    named = f',"user":{json_string(user)}' if user else ""
    return f',"uid":{uid},"gid":{gid}{named}' + (f',"group":{json_string(group)}' if group else "")


def _encode_mode(mode: int) -> str:
    go = go_mode(mode)
    return f',"mode":{go}' if go else ""  # a file that nobody may read


def _encode_content(content: tuple[bytes, ...] | None) -> str:
    if content is None:
        return ',"content":null'
    return ',"content":[' + ",".join(f'"{blob.hex()}"' for blob in content) + "]"


def _encode_target(target: bytes) -> str:
    text = target.decode("utf-8", "surrogateescape")
    encoded = f',"linktarget":{json_string(text)}'
    if any("\udc80" <= char <= "\udcff" for char in text):
        encoded += f',"linktarget_raw":"{base64.b64encode(target).decode()}"'
    return encoded


def _encode_attributes(attributes: tuple[tuple[bytes, bytes], ...]) -> str:
    items = ",".join(
        f'{{"name":{json_string(name.decode("utf-8", "surrogateescape"))},'
        f'"value":"{base64.b64encode(value).decode()}"}}'
        for name, value in attributes
    )
    return f',"extended_attributes":[{items}]'
