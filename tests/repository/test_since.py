"""What became of a folder's entries is what the whole nodes say, however their JSON is written."""

from __future__ import annotations

import json
from dataclasses import dataclass

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.monitor import Recorder
from app.repository.differ import Kind, diff_trees
from app.repository.lazy_nodes import Nodes
from app.repository.listing import parse_listing
from app.repository.since import CHANGED, NEW, SAME, parse_held, since
from app.repository.tree import BadTree, Node, NodeFacts, encode_node, encode_tree, parse_tree
from tests.repository.test_tree import NAMES_THAT_LEAVE, any_facts, facts, tree_of

_UNKNOWN = {"later": {"name": "no name", "nodes": [1]}, "content_id": "00", "atime": "never"}


@dataclass(frozen=True)
class Trees:
    """Two states of a folder; every folder in it holds one file that is named by its id."""

    known: dict[bytes, bytes]

    def _json(self, tree_id: bytes) -> bytes:
        inner = encode_tree([encode_node(facts(b"inner", content=(tree_id,)))])
        return self.known.get(tree_id, inner)

    def load_tree(self, tree_id: bytes) -> list[Node]:
        return parse_tree(self._json(tree_id))

    def load_nodes(self, tree_id: bytes) -> Nodes:
        return Nodes(self._json(tree_id))


@st.composite
def written(draw, found: NodeFacts) -> str:
    """The JSON of a node as some other program may write it: keys in any order, ids in capitals,
    fields that nobody knows, escapes that need not be."""
    node = json.loads(encode_node(found))
    for field in ("content", "subtree"):
        if node.get(field) and draw(st.booleans()):
            upper = json.dumps(node[field]).upper()
            node[field] = json.loads(upper)
    if not node.get("content") and draw(st.booleans()):
        node["content"] = draw(st.sampled_from([None, []]))
    if found.name.isalnum() and found.name.isascii() and draw(st.booleans()):
        node["name"] = "".join(f"\\x{byte:02x}" for byte in found.name)
    node |= draw(st.sampled_from([{}, _UNKNOWN]))
    keys = draw(st.permutations(sorted(node)))
    return json.dumps({key: node[key] for key in keys}, indent=draw(st.sampled_from([None, 1])))


@st.composite
def states(draw) -> tuple[bytes, bytes]:
    """An older and a newer state of a folder, as JSON."""
    found = draw(st.lists(any_facts(), max_size=4, unique_by=lambda each: each.name))
    old, new = [], []
    for each in found:
        became = draw(st.sampled_from(["same", "touched", "inside", "other", "gone", "new"]))
        later = each
        if became == "touched":
            later = msgspec.structs.replace(each, mtime=each.mtime + 1, uid=each.uid ^ 1)
        elif became == "inside":
            ids = st.binary(min_size=32, max_size=32)
            inside = {"subtree": draw(ids)} if each.subtree else {"content": (draw(ids),)}
            later = msgspec.structs.replace(each, **inside)
        elif became == "other":
            later = msgspec.structs.replace(draw(any_facts()), name=each.name)
        if became != "new":
            old.append(draw(written(each)))
        if became != "gone":
            new.append(draw(written(later)))
    shuffled = draw(st.permutations(new))
    return _tree(old), _tree(list(shuffled))


def _tree(nodes: list[str]) -> bytes:
    return ('{"nodes":[' + ",".join(nodes) + "]}\n").encode()


@settings(max_examples=40)
@given(states())
def test_entries_become_what_the_nodes_say(both):
    old, new = both
    trees, monitor = Trees({b"old": old, b"new": new}), Recorder()
    changes = {
        (change.path.split(b"/")[1], change.path.count(b"/")): change.kind
        for change in diff_trees(trees, b"old", b"new", monitor)
        if change.kind is not Kind.METADATA
    }
    became = since(parse_held(new), parse_held(old), lambda: None)
    expected = ""
    for node in parse_tree(new):
        kinds = {changes.get((node.name, depth)) for depth in (1, 2)} - {None}
        expected += NEW if changes.get((node.name, 1)) is Kind.ADDED else CHANGED if kinds else SAME
    assert became.signs == expected
    gone = sorted(name for (name, depth), kind in changes.items()
                  if depth == 1 and kind is Kind.REMOVED)  # fmt: skip
    assert [entry.name for entry in became.gone] == gone
    assert monitor.problems == []


def test_a_link_is_another_where_it_leads_elsewhere_by_bytes_that_are_no_text():
    def link(target: bytes) -> bytes:
        return encode_tree([encode_node(facts(kind=0o120000, linktarget=target))])

    def sign(one: bytes, two: bytes) -> str:
        return since(parse_held(link(one)), parse_held(link(two)), lambda: None).signs

    assert (sign(b"\xff", b"\xff"), sign(b"\xff", b"\xfe"), sign(b"a", b"b")) == (
        SAME,
        CHANGED,
        CHANGED,
    )


@pytest.mark.parametrize("content", ["7", '"x"', "[7]", "{}", '[["00"]]'])
def test_contents_that_are_none_are_compared_as_they_are_written(content):
    raw = b'{"nodes":[{"name":"a","type":"file","content":%s,"mtime":"%d"}]}'
    one, two = (raw % (content.encode(), number) for number in range(2))
    other = raw % (b"[]", 0)
    assert since(parse_held(one), parse_held(two), lambda: None).signs == SAME
    assert since(parse_held(one), parse_held(other), lambda: None).signs == CHANGED


@pytest.mark.parametrize("name", NAMES_THAT_LEAVE.values(), ids=NAMES_THAT_LEAVE)
def test_names_are_checked_as_those_of_a_listing(name):
    with pytest.raises(BadTree, match="no file can have"):
        parse_held(tree_of(name=name))


def test_a_name_that_stands_twice_is_refused():
    plain = encode_node(facts(content=()))
    for again in (plain, b'{"name":"\\\\x61","type":"dir"}'):
        with pytest.raises(BadTree, match="twice"):
            parse_held(encode_tree([plain, again]))


@given(st.binary(max_size=40))
def test_hostile_bytes_are_a_listing_or_refused(raw):
    for each in (raw, b'{"nodes":[' + raw + b"]}"):
        try:
            held = parse_held(each)
        except BadTree:
            continue
        assert [entry.name for entry in held.values()] == [e.name for e in parse_listing(each)]


def test_a_long_comparison_looks_up_now_and_then(monkeypatch):
    monkeypatch.setattr("app.repository.since._SLICE", 2)
    held = parse_held(encode_tree([encode_node(facts(b"%d" % n, content=())) for n in range(5)]))
    looks: list[None] = []
    assert since(held, {}, lambda: looks.append(None)).signs == NEW * 5
    assert len(looks) == 3
