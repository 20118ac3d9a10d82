"""What a folder is shown by says the same as its whole nodes, and refuses as much."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.monitor import Recorder
from app.repository.listing import in_order, parse_listing
from app.repository.reader import Reader
from app.repository.tree import BadTree, NodeType, encode_node, encode_tree, parse_tree
from tests.faults import RecordingBackend
from tests.repository.support import cheap_repository, open_cheap, save_backup
from tests.repository.test_tree import NAMES_THAT_LEAVE, any_facts, facts, tree_of


@given(st.lists(any_facts(), max_size=4, unique_by=lambda each: each.name))
def test_a_listing_tells_what_the_nodes_tell(found):
    raw = encode_tree(map(encode_node, found))
    told = [(each.name, each.type, each.size, each.mtime) for each in parse_listing(raw)]
    assert told == [(each.name, each.type, each.size, each.mtime) for each in parse_tree(raw)]


@pytest.mark.parametrize("name", NAMES_THAT_LEAVE.values(), ids=NAMES_THAT_LEAVE)
def test_no_name_of_a_listing_leads_out_of_its_folder(name):
    with pytest.raises(BadTree, match="no file can have"):
        parse_listing(tree_of(name=name))


def test_a_name_that_stands_twice_in_a_listing_is_refused():
    with pytest.raises(BadTree, match="twice"):
        parse_listing(encode_tree([encode_node(facts(content=()))] * 2))
    quoted = b'{"name":"\\\\x61","type":"dir"}'  # the same name, quoted otherwise
    with pytest.raises(BadTree, match="twice"):
        parse_listing(encode_tree([encode_node(facts(content=())), quoted]))


@pytest.mark.parametrize("fields", [
    {"type": "door"}, {"type": None}, {"size": -1}, {"size": 1 << 63}, {"size": 1 << 64},
    {"name": 7}, {"name": "\\q"}, {"mtime": 5},
])  # fmt: skip
def test_an_entry_that_cannot_be_is_refused(fields):
    with pytest.raises(BadTree):
        parse_listing(tree_of(**fields))


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"nodes":{}}', b'{"nodes":[7]}', b"{}"])
def test_what_is_no_tree_has_no_listing(raw):
    with pytest.raises(BadTree):
        parse_listing(raw)


@given(st.binary(max_size=40))
def test_hostile_bytes_have_no_listing_and_do_nothing_else(raw):
    for each in (raw, b'{"nodes":[' + raw + b"]}"):
        try:
            entries = parse_listing(each)
        except BadTree:
            continue
        assert all(entry.name not in (b"", b".", b"..") for entry in entries)


_NAMES = st.binary(min_size=1, max_size=6).filter(
    lambda name: name not in (b".", b"..") and not {*name} & {*b"/\0"}
)


@given(st.lists(st.tuples(_NAMES, st.booleans()), unique_by=lambda each: each[0]))
def test_folders_come_first_and_then_names_whatever_their_case(found):
    nodes = [
        facts(name, 0o040000 if folder else 0o100000, content=None if folder else (),
              subtree=b"\1" * 32 if folder else None)
        for name, folder in found
    ]  # fmt: skip
    entries = parse_listing(encode_tree(map(encode_node, nodes)))

    def rank(at: int) -> tuple[bool, str, str]:
        name = entries[at].name.decode("utf-8", "replace")
        return entries[at].type is not NodeType.DIR, name.casefold(), name

    assert [rank(at) for at in in_order(entries)] == sorted(map(rank, range(len(entries))))


def test_a_listing_is_read_once_while_it_is_remembered():
    place = RecordingBackend(cheap_repository().backend)
    snapshot = save_backup(open_cheap(place), 1, b"content")
    reader = Reader(open_cheap(place), Recorder())
    first = reader.load_listing(snapshot.tree)
    place.forget()
    assert reader.load_listing(snapshot.tree) is first
    assert not place.calls
