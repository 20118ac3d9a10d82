"""Reading for long beside others who write and prune, within a bound of memory."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec
import pytest

from app.backends.contract import FileName, Kind
from app.monitor import Recorder
from app.repository.contents import Contents
from app.repository.finder import find, search
from app.repository.lru import Lru
from app.repository.named import Missing
from app.repository.pack import BlobKind
from app.repository.reader import Reader
from app.repository.snapshot import SnapshotFile
from app.repository.tree import NodeFacts, encode_node, encode_tree
from app.repository.walk import DEEPEST, lookup, walk
from tests.faults import Op, RecordingBackend
from tests.repository.support import cheap_repository, open_cheap, save_backup, save_blobs
from tests.repository.test_differ import Desk


def test_what_was_not_used_for_long_is_forgotten_first() -> None:
    kept: Lru[str, int] = Lru(10)
    kept.put("a", 1, 4)
    kept.put("b", 2, 4)
    assert kept.get("a") == 1
    kept.put("c", 3, 4)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (1, None, 3)
    assert kept.cost == 8


def test_a_huge_folder_and_those_on_the_way_to_it_do_not_push_each_other_out() -> None:
    kept: Lru[str, int] = Lru(10)
    kept.put("way", 1, 9)
    kept.put("huge", 2, 100)
    kept.put("other", 3, 1)
    assert (kept.get("way"), kept.get("huge"), kept.get("other")) == (1, 2, 3)
    kept.put("next huge", 4, 50)
    assert (kept.get("huge"), kept.get("next huge")) == (None, 4)
    assert kept.cost == 10


def test_a_tree_is_read_once_while_it_is_remembered(tmp_path: Path) -> None:
    place = RecordingBackend(cheap_repository().backend)
    snapshot = save_backup(open_cheap(place), 1, b"content")
    reader = Reader(open_cheap(place), Recorder())
    first = reader.load_tree(snapshot.tree)
    place.forget()
    assert reader.load_tree(snapshot.tree) is first
    assert not place.calls
    assert all(node.raw == b"" for node in first)


def test_trees_stay_within_their_bound() -> None:
    repository = cheap_repository()
    snapshots = [save_backup(repository, day, b"%d" % day) for day in range(20)]
    reader = Reader(open_cheap(repository.backend), Recorder(), trees=5000)
    for snapshot in snapshots:
        reader.load_tree(snapshot.tree)
    assert 0 < reader._trees.cost <= 5000


def test_only_new_snapshots_are_read() -> None:
    repository = cheap_repository()
    first = save_backup(repository, 1, b"one")
    place = RecordingBackend(repository.backend)
    reader = Reader(open_cheap(place), Recorder())
    reader.snapshots(Recorder())
    second = save_backup(repository, 2, b"two")
    place.forget()
    assert [each.id for each in reader.snapshots(Recorder())][-1] == second.id
    assert [call.file for call in place.calls if call.op is Op.LOAD] == [
        FileName(Kind.SNAPSHOT, second.id)
    ]
    repository.backend.remove(FileName(Kind.SNAPSHOT, second.id))
    assert [each.id for each in reader.snapshots(Recorder())] == [first.id]
    assert reader.known(second.id) is None


def test_what_another_process_wrote_is_found_and_said() -> None:
    repository = cheap_repository()
    changes: list[str] = []
    reader = Reader(
        open_cheap(repository.backend), Recorder(), changed=lambda: changes.append("changed")
    )
    reader.load_tree(save_backup(repository, 1, b"one").tree)
    assert changes == []
    later = save_backup(repository, 2, b"two")
    (node,) = reader.load_tree(later.tree)
    assert reader.load_data(node.content[0]) == b"two"
    assert changes == ["changed"]


def test_what_is_missing_for_good_does_not_read_the_index_again_and_again() -> None:
    place = RecordingBackend(cheap_repository().backend)
    save_backup(open_cheap(place), 1, b"one")
    reader = Reader(open_cheap(place), Recorder())
    with pytest.raises(Missing):
        reader.load_data(b"\1" * 32)
    place.forget()
    with pytest.raises(Missing):
        reader.load_data(b"\1" * 32)
    assert [call.op for call in place.calls] == [Op.LIST]


@pytest.mark.parametrize("sizes", [(), (5,), (5, 1, 7), (3, 3, 3, 3)])
def test_any_part_of_a_file_is_that_part(sizes: tuple[int, ...]) -> None:
    repository = cheap_repository()
    parts = [os.urandom(size) for size in sizes]
    ids = save_blobs(repository, BlobKind.DATA, *parts)
    snapshot = save_backup(repository, 1, b"x")
    reader = Reader(open_cheap(repository.backend), Recorder(), blobs=8)
    (node,) = reader.load_tree(snapshot.tree)
    contents = Contents(reader, msgspec.structs.replace(node, content=tuple(ids)))
    whole = b"".join(parts)
    assert contents.size == len(whole)
    for offset in range(len(whole) + 2):
        for length in range(len(whole) + 3):
            assert contents.read(offset, length) == whole[offset : offset + length]


# --- searching -------------------------------------------------------------------------------


def test_a_search_sees_what_find_finds(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for name in ("a/one", "a/b/two", "c/one"):
        (desk.source / name).parent.mkdir(parents=True, exist_ok=True)
        (desk.source / name).write_text(name)
    first = desk.back_up()
    (desk.source / "a/one").unlink()
    (desk.source / "c/new one").write_text("x")
    second = desk.back_up()
    for pattern in ("*", "one", "*o*", "a/*", "b/two"):
        seen = list(search(desk.repository, [second, first], pattern, Recorder()))
        found = find(desk.repository, [first, second], pattern, Recorder())
        assert sorted(each.path for each in seen) == [each.path for each in found]
        newest = {each.path: each.versions[-1].last.id for each in found}
        assert {each.path: each.snapshot.id for each in seen} == newest


def test_a_search_reads_no_folder_twice_that_stayed_as_it_was(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for number in range(20):
        (desk.source / f"d{number}").mkdir()
        (desk.source / f"d{number}/f").write_text(str(number))
    snapshots = [desk.back_up() for _ in range(5)]
    desk.place.forget()
    assert len(list(search(desk.repository, snapshots, "f", Recorder()))) == 20
    loads = [call for call in desk.place.calls if call.op is Op.LOAD]
    assert len(loads) <= 20 + 5 * len(desk.source.parts)


def test_a_search_says_where_it_did_not_go_deeper() -> None:
    repository = cheap_repository()
    (tree,) = save_blobs(repository, BlobKind.TREE, encode_tree([]))
    folder = NodeFacts(name=b"d", mode=stat.S_IFDIR | 0o700, mtime=0, ctime=0, uid=0, gid=0)
    for _ in range(DEEPEST + 5):
        folder.subtree = tree
        (tree,) = save_blobs(repository, BlobKind.TREE, encode_tree([encode_node(folder)]))
    content = SnapshotFile(time="2026-01-01T00:00:00Z", tree=tree.hex(), paths=[])
    snapshot = repository.save_snapshot(content)
    monitor = Recorder()
    assert len(list(search(repository, [snapshot], "d", monitor))) == DEEPEST
    assert [problem.message_id for problem in monitor.problems] == ["folder-too-deep"]


def test_a_reader_walks_as_its_repository(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (desk.source / "a").mkdir()
    (desk.source / "a/one").write_text("one")
    snapshot = desk.back_up()
    reader = Reader(desk.repository, Recorder(), trees=0)
    paths = [path for path, _ in walk(reader, snapshot.tree, Recorder())]
    assert paths == [path for path, _ in walk(desk.repository, snapshot.tree, Recorder())]
    assert lookup(reader, snapshot, paths[-1]).size == 3
