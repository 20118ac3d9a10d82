"""The quick look at a tree never says more than `parse_tree` would."""

from __future__ import annotations

import json
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.repository.pack import BlobKind
from app.repository.tree import BadTree, NodeFacts, encode_node, encode_tree, parse_tree
from app.repository.tree_links import Links, links_of
from tests.repository.support import VERSIONS, golden
from tests.repository.test_tree import (
    _KEYS,
    _VALUES,
    WRONG,
    _long_numbers,  # noqa: F401  # a fixture that goes with WRONG
    any_facts,
    tree_of,
)

ID, OTHER = b"\x01" * 32, b"\x02" * 32


def searched(raw: bytes) -> Links | None:
    """The same by `parse_tree`; None for what is no tree, or lacks a folder's list."""
    try:
        nodes = parse_tree(raw)
    except BadTree:
        return None
    if any(node.type == "dir" and node.subtree is None for node in nodes):
        return None
    return Links(
        [blob for node in nodes for blob in node.content],
        [node.subtree for node in nodes if node.subtree is not None],
    )


def agree(raw: bytes) -> None:
    found = links_of(raw)
    assert found is None or found == searched(raw)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_trees_that_restic_wrote_refer_to_the_same(version):
    repository = golden(version)
    for tree, _ in repository.index.locations(BlobKind.TREE):
        agree(repository.load_blob(BlobKind.TREE, tree))


def test_an_everyday_tree_is_plain_to_see():
    raw = encode_tree(
        [
            encode_node(_facts(b"empty.csv", content=())),
            encode_node(_facts(b"folder", kind=stat.S_IFDIR, subtree=ID)),
            encode_node(_facts(b"link", kind=stat.S_IFLNK, linktarget=b"empty.csv")),
            encode_node(_facts("äöü.csv".encode(), content=(ID, OTHER))),
        ]
    )
    assert links_of(raw) == Links([ID, OTHER], [ID]) == searched(raw)


def _facts(name: bytes, *, kind: int = stat.S_IFREG, **fields: object) -> NodeFacts:
    return NodeFacts(name=name, mode=kind | 0o600, mtime=1, ctime=1, uid=0, gid=0, **fields)


@pytest.mark.parametrize("fields", WRONG.values(), ids=WRONG)
def test_a_node_that_cannot_be_is_not_waved_through(fields):
    assert links_of(tree_of(**fields)) is None


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"nodes":[7]}', b'{"nodes":{}}'])
def test_what_is_no_tree_is_not_waved_through(raw):
    assert links_of(raw) is None


def test_a_folder_without_a_list_is_not_waved_through():
    assert links_of(tree_of(type="dir", content=None)) is None
    assert links_of(tree_of(type="dir", content=None, subtree="")) is None


def test_a_name_that_stands_twice_is_not_waved_through():
    node = {"name": "a", "type": "file", "content": []}
    assert links_of(json.dumps({"nodes": [node, node]}).encode()) is None


@given(st.lists(st.dictionaries(_KEYS, _VALUES, max_size=4), max_size=3))
def test_hostile_fields_are_judged_alike(nodes):
    base = {"name": "a", "type": "file", "content": []}
    agree(json.dumps({"nodes": [base | fields for fields in nodes]}).encode())


@given(any_facts(), st.data())
def test_a_changed_byte_is_judged_alike(found, data):
    raw = bytearray(encode_tree([encode_node(found)]))
    agree(bytes(raw))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    agree(bytes(raw))
