"""Trees: restic's bytes from what was parsed of them, and folders that nobody wrote honestly."""

from __future__ import annotations

import hashlib
import json
import stat
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.repository.assembly import Assembly, Folder
from app.repository.names import json_name
from app.repository.pack import BlobKind
from app.repository.packer import Claims, Packer
from app.repository.times import from_ns, to_ns
from app.repository.tree import (
    TYPE_OF_MODE,
    Attribute,
    BadTree,
    Node,
    NodeFacts,
    NodeType,
    encode_node,
    encode_tree,
    go_mode,
    parse_tree,
    permissions,
)
from tests.repository.support import VERSIONS, cheap_repository, golden, save_blobs

_FORMATS = {node_type: form for form, node_type in TYPE_OF_MODE.items()}
_TIME = to_ns("2026-01-01T00:00:00Z")


def facts(name: bytes = b"a", kind: int = stat.S_IFREG, **changes) -> NodeFacts:
    fields = {"mode": kind | 0o644, "mtime": _TIME, "ctime": _TIME, "uid": 0, "gid": 0} | changes
    return NodeFacts(name=name, **fields)


def facts_of(node: Node) -> NodeFacts:
    """What must have been found on the disk for this node."""
    return NodeFacts(
        name=node.name,
        mode=_FORMATS[node.type] | permissions(node.mode),
        mtime=to_ns(node.mtime),
        ctime=to_ns(node.ctime),
        uid=node.uid,
        gid=node.gid,
        user=node.user,
        group=node.group,
        inode=node.inode,
        device_id=node.device_id,
        size=node.size,
        links=node.links,
        linktarget=node.linktarget if node.type is NodeType.SYMLINK else None,
        attributes=tuple((each.name.encode(), each.value or b"") for each in node.attributes),
        device=node.device,
        content=node.content if node.type is NodeType.FILE else None,
        subtree=node.subtree,
    )


def tree_of(**fields: object) -> bytes:
    node = {"name": "a", "type": "file", "content": []} | fields
    return json.dumps({"nodes": [node]}).encode()


# --- restic's --------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_the_trees_that_restic_wrote_are_written_alike_from_their_facts(version):
    repository = golden(version)
    trees = [tree for tree, _ in repository.index.locations(BlobKind.TREE)]
    assert len(trees) == 3
    kinds = set()
    for tree in trees:
        raw = repository.load_blob(BlobKind.TREE, tree)
        nodes = parse_tree(raw)
        kinds |= {node.type for node in nodes}
        assert encode_tree(encode_node(facts_of(node)) for node in nodes) == raw
        assert encode_tree(node.raw for node in nodes) == raw
        assert [node.name for node in nodes] == sorted(node.name for node in nodes)
    assert kinds == set(NodeType) - {NodeType.SOCKET}  # restic leaves sockets out


@pytest.mark.parametrize("version", VERSIONS)
def test_what_restic_found_is_what_was_there(version):
    """Against `populate` of golden/make.py."""
    repository = golden(version)
    (snapshot,) = repository.snapshots(_Unwanted())
    nodes = {node.name: node for node in repository.load_tree(snapshot.tree)}
    modes = {name: oct(permissions(nodes[name].mode)) for name in
             (b"setuid", b"setgid", b"sticky", b"no", b"sub", b"fifo")}  # fmt: skip
    assert modes == {
        b"setuid": "0o4755", b"setgid": "0o2755", b"sticky": "0o1777", b"no": "0o0",
        b"sub": "0o750", b"fifo": "0o640",
    }  # fmt: skip
    assert nodes[b"link"].linktarget == b"plain.txt"
    assert nodes[b"dangling"].linktarget == "nowhere/<&>/ä".encode()
    assert nodes[b"char"].device == 1 << 8 | 3
    assert nodes[b"plain.txt"].links == 2
    assert nodes[b"plain.txt"].inode == nodes[b"second-name"].inode
    assert set(nodes[b"text"].attributes) == {
        Attribute("user.<&>ä", b""),
        Attribute("user.colour", b"blue \0\xff"),
    }
    assert (nodes[b"text"].uid, nodes[b"text"].gid) == (12345, 54321)
    assert to_ns(nodes[b"empty"].mtime) == -1_000_000_001
    assert nodes[b"empty"].content == ()


class _Unwanted:
    def problem(self, problem):
        raise AssertionError(problem)


# --- traps -----------------------------------------------------------------------------------


def test_names_are_sorted_by_their_bytes_and_not_as_text():
    """As text with surrogates b'\\xff' (U+DCFF) would stand before U+10000, which is b'\\xf0…'."""
    names = [b"\xff", "\U00010000".encode(), "\ufffd".encode(), b"b", b"a\xff", b"a", b"B"]
    by_text = sorted(names, key=lambda name: name.decode("utf-8", "surrogateescape"))
    assert by_text != sorted(names)
    repository = cheap_repository()
    assembly = Assembly(Packer(repository, BlobKind.TREE, Claims()))
    folder = Folder(b"/", b"", None, None, {})
    for name in names:
        assembly.add(folder, name, encode_node(facts(name, content=())))
    assembly.close(folder)
    wanted = encode_tree(encode_node(facts(name, content=())) for name in sorted(names))
    assert assembly.root == hashlib.sha256(wanted).digest()


def test_a_tree_ends_in_exactly_one_newline_which_counts():
    assert encode_tree([]) == b'{"nodes":[]}\n'
    assert encode_tree([b"{}", b"{}"]) == b'{"nodes":[{},{}]}\n'
    empty = "ac08ce34ba4f8123618661bef2425f7028ffb9ac740578a3ee88684d2523fee8"  # restic's
    assert hashlib.sha256(encode_tree([])).hexdigest() == empty


def test_content_is_null_but_for_files_and_a_list_for_the_empty_file():
    assert b',"content":[]}' in encode_node(facts(content=()))
    for kind in set(TYPE_OF_MODE) - {stat.S_IFREG}:
        assert b',"content":null}' in encode_node(facts(kind=kind))
    two = encode_node(facts(content=(bytes(32), b"\xff" * 32)))
    assert two.endswith(b',"content":["%s","%s"]}' % (b"00" * 32, b"ff" * 32))


def test_fields_stand_in_the_order_of_restic():
    node = encode_node(
        facts(
            user="u", group="g", inode=1, device_id=2, size=3, links=4, linktarget=b"\xff",
            attributes=((b"n", b"v"),), device=5, content=(), subtree=bytes(32),
        )
    )  # fmt: skip
    fields = (
        "name type mode mtime atime ctime uid gid user group inode device_id size links "
        "linktarget linktarget_raw extended_attributes device content subtree"
    )
    assert list(json.loads(node)) == fields.split()


def test_what_is_zero_or_empty_is_omitted_but_for_the_owner():
    node = encode_node(facts(mode=stat.S_IFREG, content=()))
    fields = "name type mtime atime ctime uid gid content"
    assert list(json.loads(node)) == fields.split()


def test_html_characters_and_separators_are_escaped_wherever_text_stands():
    node = encode_node(
        facts(
            "<\u2028>".encode(), user="&", group="\u2029", linktarget="a<\u2028".encode(),
            attributes=((b"user.<>", b""),),
        )
    )  # fmt: skip
    for part in (
        rb'"name":"\u003c\\u2028\u003e"', rb'"user":"\u0026"', rb'"group":"\u2029"',
        rb'"linktarget":"a\u003c\u2028"', rb'{"name":"user.\u003c\u003e","value":""}',
    ):  # fmt: skip
        assert part in node


def test_a_link_target_that_is_not_utf8_survives():
    raw = encode_tree([encode_node(facts(kind=stat.S_IFLNK, linktarget=b"\xff/\xe2\x82"))])
    assert rb'"linktarget":"\ufffd/\ufffd\ufffd","linktarget_raw":"/y/igg=="' in raw
    (node,) = parse_tree(raw)
    assert node.linktarget == b"\xff/\xe2\x82"


def test_the_access_time_is_the_modification_time():
    node = json.loads(encode_node(facts(mtime=1, ctime=2, content=())))
    assert (node["atime"], node["mtime"], node["ctime"]) == (from_ns(1), from_ns(1), from_ns(2))


MODES = {
    stat.S_IFREG | 0o644: 0o644,
    stat.S_IFREG | 0o4755: 1 << 23 | 0o755,
    stat.S_IFREG | 0o2755: 1 << 22 | 0o755,
    stat.S_IFDIR | 0o1777: 1 << 31 | 1 << 20 | 0o777,
    stat.S_IFDIR: 1 << 31,
    stat.S_IFLNK | 0o777: 1 << 27 | 0o777,
    stat.S_IFBLK | 0o600: 1 << 26 | 0o600,
    stat.S_IFCHR | 0o600: 1 << 26 | 1 << 21 | 0o600,
    stat.S_IFIFO | 0o640: 1 << 25 | 0o640,
    stat.S_IFSOCK | 0o700: 1 << 24 | 0o700,
}


@pytest.mark.parametrize(("mode", "go"), MODES.items(), ids=map(oct, MODES))
def test_the_mode_is_gos_and_not_the_systems(mode, go):
    assert go_mode(mode) == go
    assert permissions(go) == mode & 0o7777


# --- any node --------------------------------------------------------------------------------

_NAMES = st.binary(min_size=1, max_size=12).filter(
    lambda name: name not in (b".", b"..") and not {*name} & {*b"/\0"}
)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
_IDS = st.binary(min_size=32, max_size=32)
_TIMES = st.integers(to_ns("0000-01-01T00:00:00Z"), to_ns("9999-12-31T23:59:59.999999999Z"))
_WIDE = st.integers(0, 2**64 - 1)
_ATTRIBUTES = st.tuples(_TEXT.map(str.encode), st.binary(max_size=9))


@st.composite
def any_facts(draw) -> NodeFacts:
    kind = draw(st.sampled_from(sorted(TYPE_OF_MODE)))
    is_link, is_file = kind == stat.S_IFLNK, kind == stat.S_IFREG
    return NodeFacts(
        name=draw(_NAMES),
        mode=kind | draw(st.integers(0, 0o7777)),
        mtime=draw(_TIMES),
        ctime=draw(_TIMES),
        uid=draw(st.integers(0, 2**32 - 1)),
        gid=draw(st.integers(0, 2**32 - 1)),
        user=draw(_TEXT),
        group=draw(_TEXT),
        inode=draw(_WIDE),
        device_id=draw(_WIDE),
        size=draw(st.integers(0, 2**63 - 1)) if is_file else 0,
        links=draw(_WIDE),
        linktarget=draw(st.binary(min_size=1, max_size=9).filter(lambda t: 0 not in t))
        if is_link
        else None,
        attributes=tuple(draw(st.lists(_ATTRIBUTES, max_size=2))),
        device=draw(_WIDE),
        content=tuple(draw(st.lists(_IDS, max_size=3))) if is_file else None,
        subtree=draw(_IDS) if kind == stat.S_IFDIR else None,
    )  # fmt: skip


@given(any_facts())
def test_a_node_survives_writing_and_reading(found):
    raw = encode_tree([encode_node(found)])
    (node,) = parse_tree(raw)
    assert facts_of(node) == found
    assert json.loads(raw)["nodes"][0]["type"] == node.type.value
    assert encode_tree([node.raw]) == raw


# --- what nobody wrote honestly --------------------------------------------------------------

NAMES_THAT_LEAVE = {
    "empty": "", "this folder": ".", "the one above": "..", "a path": "a/b", "absolute": "/etc",
    "up and out": "../../etc", "a zero byte": "a\\x00b", "an escaped slash": "a\\x2fb",
    "an escaped one above": "\\x2e.",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES_THAT_LEAVE.values(), ids=NAMES_THAT_LEAVE)
def test_no_name_leads_out_of_its_folder(name):
    with pytest.raises(BadTree):
        parse_tree(tree_of(name=name))


def test_a_name_that_stands_twice_is_refused():
    with pytest.raises(BadTree, match="twice"):
        parse_tree(encode_tree([encode_node(facts(content=()))] * 2))
    quoted = b'{"name":"\\\\x61","type":"dir"}'  # the same name, quoted otherwise
    with pytest.raises(BadTree, match="twice"):
        parse_tree(encode_tree([encode_node(facts(content=())), quoted]))


WRONG = {
    "an unknown kind": {"type": "door"},
    "no kind": {"type": None},
    "a size below zero": {"size": -1},
    "a size beyond 63 bits": {"size": 1 << 63},
    "a user beyond 32 bits": {"uid": 1 << 32},
    "a user below zero": {"uid": -1},
    "a group beyond 32 bits": {"gid": 1 << 32},
    "an inode beyond 64 bits": {"inode": 1 << 64},
    "a number of 6000 digits": {"links": 10**5999},
    "a device below zero": {"device": -1},
    "a short blob id": {"content": ["ab" * 31]},
    "a blob id that is not hexadecimal": {"content": ["zz" * 32]},
    "blob ids that are no list": {"content": "ab" * 32},
    "a short tree id": {"type": "dir", "subtree": "ab"},
    "a link target with a zero byte": {"type": "symlink", "linktarget": "a\0b"},
    "a raw link target that is no base64": {"type": "symlink", "linktarget_raw": "%%"},
    "a name that is no text": {"name": 7},
    "a name that Go would not unquote": {"name": "\\q"},
    "half a surrogate": {"name": "\ud800"},
}


@pytest.fixture(autouse=True)
def _long_numbers():
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    yield
    sys.set_int_max_str_digits(before)


@pytest.mark.parametrize("fields", WRONG.values(), ids=WRONG)
def test_a_node_that_cannot_be_is_refused(fields):
    raw = tree_of(**fields)
    with pytest.raises(BadTree):
        parse_tree(raw)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"7", b'{"nodes":{}}', b'{"nodes":[7]}',
                                 b'{"nodes":[{"name":"a\xff","type":"file"}]}', b"{}"])  # fmt: skip
def test_what_is_no_tree_is_refused(raw):
    with pytest.raises(BadTree):
        parse_tree(raw)


def test_deeply_nested_nonsense_does_not_exhaust_the_stack():
    deep = b"[" * 100_000 + b"]" * 100_000
    with pytest.raises(BadTree):
        parse_tree(b'{"nodes":[{"name":"a","type":"file","x":' + deep + b"}]}")


def test_unknown_fields_are_accepted_and_carried_over():
    raw = b'{"name":"a","type":"file","new":{"x":[1]},"content":[],"generic_attributes":{"y":1}}'
    (node,) = parse_tree(encode_tree([raw]))
    assert node.raw == raw


def test_nodes_in_another_order_are_read():
    names = [b"b", b"a", b"c"]
    raw = encode_tree(encode_node(facts(name, content=())) for name in names)
    assert [node.name for node in parse_tree(raw)] == names


def test_no_nodes_may_be_null():
    assert parse_tree(b'{"nodes":null}\n') == []


_FIELDS = (
    "name type mode mtime uid size links linktarget linktarget_raw extended_attributes device "
    "content subtree inode x"
)
_KEYS = st.sampled_from(_FIELDS.split())
_LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6)
)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_KEYS, inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(_KEYS, _VALUES, max_size=4))
def test_hostile_fields_are_a_bad_tree_and_nothing_else(fields):
    _read(tree_of(**fields))


@given(any_facts(), st.data())
def test_a_changed_byte_is_a_bad_tree_and_nothing_else(found, data):
    raw = bytearray(encode_tree([encode_node(found)]))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    _read(bytes(raw))


@given(st.binary(max_size=40))
def test_hostile_bytes_are_a_bad_tree_and_nothing_else(raw):
    _read(raw)
    _read(b'{"nodes":[' + raw + b"]}")


def _read(raw: bytes) -> None:
    try:
        nodes = parse_tree(raw)
    except BadTree:
        return
    for node in nodes:
        assert node.name not in (b"", b".", b"..")
        assert not {*node.name} & {*b"/\0"}
        assert all(len(blob) == 32 for blob in node.content)


def test_a_name_that_was_read_is_written_alike_whatever_restic_calls_printable():
    """Unicode grows: what is carried over stays as it came, whatever our tables say."""
    raw = b'{"name":"\\\\u0378","type":"file","content":[]}'
    (node,) = parse_tree(encode_tree([raw]))
    assert node.name == "\u0378".encode()
    assert json_name(node.name) == '"\\\\u0378"'
    repository = cheap_repository()
    (tree,) = save_blobs(repository, BlobKind.TREE, encode_tree([raw]))
    assert [each.raw for each in repository.load_tree(tree)] == [raw]
