"""Nodes that are parsed when they are asked for are the same nodes."""

from __future__ import annotations

import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.monitor import Recorder
from app.repository.differ import Change, Kind, diff_disk, diff_trees
from app.repository.lazy_nodes import Nodes
from app.repository.named import Damaged
from app.repository.pack import BlobKind
from app.repository.scan import Source
from app.repository.snapshot import Snapshot, SnapshotFile
from app.repository.tree import BadTree, encode_node, encode_tree, parse_tree
from tests.repository.support import cheap_repository, save_blobs
from tests.repository.test_tree import NAMES_THAT_LEAVE, any_facts, facts, tree_of

_BAD = b'{"name":"bad","type":"file","content":["ab"]}'


@settings(max_examples=40)
@given(st.lists(any_facts(), max_size=4, unique_by=lambda each: each.name))
def test_each_is_found_by_its_name(found):
    raw = encode_tree(map(encode_node, found))
    nodes = Nodes(raw)
    assert [nodes.find(name) for name in nodes] == parse_tree(raw)
    assert nodes.find(b"nobody's name") is None


@pytest.mark.parametrize("name", NAMES_THAT_LEAVE.values(), ids=NAMES_THAT_LEAVE)
def test_names_are_checked_before_anybody_asks(name):
    with pytest.raises(BadTree, match="no file can have"):
        Nodes(tree_of(name=name))


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"nodes":{}}', b'{"nodes":[7]}', b"{}"])
def test_what_is_no_tree_has_no_nodes(raw):
    with pytest.raises(BadTree):
        Nodes(raw)


def test_a_name_that_stands_twice_is_refused():
    with pytest.raises(BadTree, match="twice"):
        Nodes(encode_tree([encode_node(facts(content=()))] * 2))


def test_a_node_that_lies_is_damage_when_it_is_asked_for_and_ends_a_comparison_of_its_folder():
    def tree(*nodes: bytes, ids: tuple[bytes, ...] = ()) -> bytes:
        others = [encode_node(facts(name, content=ids)) for name in (b"a", b"z")]
        return encode_tree([others[0], *nodes, others[1]])

    repository = cheap_repository()
    inner = save_blobs(repository, BlobKind.TREE, tree(_BAD), tree(ids=(b"\1" * 32,)))
    bad, _ = inner
    nodes = repository.load_nodes(bad)
    assert nodes.find(b"a") is not None
    with pytest.raises(Damaged) as caught:
        nodes.find(b"bad")
    assert caught.value.message_id == "tree-damaged"

    def above(subtree: bytes) -> bytes:
        folder = facts(b"folder", stat.S_IFDIR, subtree=subtree)
        return encode_tree([encode_node(folder)])

    tops = save_blobs(repository, BlobKind.TREE, *map(above, inner))
    monitor = Recorder()
    found = list(diff_trees(repository, *tops, monitor))
    assert found == [Change(b"/folder/a", Kind.CHANGED, 0, 0)]
    (problem,) = monitor.problems
    assert (problem.message_id, problem.params["path"]) == ("folder-lost", "/folder")


def test_a_node_that_lies_ends_the_comparison_of_its_folder_with_the_disk(tmp_path):
    (tmp_path / "bad").touch()
    repository = cheap_repository()
    (tree,) = save_blobs(repository, BlobKind.TREE, encode_tree([_BAD]))
    for part in reversed(tmp_path.parts[1:]):
        folder = facts(part.encode(), stat.S_IFDIR, subtree=tree)
        (tree,) = save_blobs(repository, BlobKind.TREE, encode_tree([encode_node(folder)]))
    file = SnapshotFile(time="2026-01-01T00:00:00Z", tree=tree.hex(), paths=[str(tmp_path)])
    snapshot, monitor = Snapshot("ab" * 32, file), Recorder()
    list(diff_disk(repository, snapshot, [Source("s", tmp_path)], monitor))
    (problem,) = monitor.problems
    assert (problem.message_id, problem.params["path"]) == ("folder-lost", str(tmp_path))
