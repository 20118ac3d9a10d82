"""Folders that a worker restores as a whole: what is plain there, all else as it always was."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from app.backends.local import LocalBackend
from app.errors import Cancelled
from app.monitor import Recorder
from app.repository import restore_queue
from app.repository.pack import BlobKind
from app.repository.repository import Repository
from app.repository.restore_folder import FolderResult, FolderTask, FolderWriter
from app.repository.restore_target import REPLACING, Overwrite, TargetFull, open_target
from app.repository.restorer import restore
from app.repository.snapshot import Snapshot
from app.repository.tree import NodeFacts, encode_node, encode_tree, parse_tree
from tests.faults import flip_bit
from tests.repository.support import cheap_repository, save_blobs
from tests.repository.test_restorer import (
    _data_pack,
    _fill,
    backed_up,
    file_node,
    folder_node,
    listing,
    restored,
    small_disk,  # noqa: F401  # a fixture
    snapshot_of,
)


@pytest.fixture
def repository() -> Repository:
    return cheap_repository()


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "me" / "bots"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every folder is a large one."""
    monkeypatch.setattr(restore_queue, "_LARGE_BYTES", 0)
    monkeypatch.setattr(restore_queue, "_PART_NODES", 3)


@pytest.mark.usefixtures("in_parts")
@pytest.mark.parametrize("workers", [0, 2])
def test_a_folder_restored_in_parts_comes_back_whole(
    source: Path, temporary: Path, tmp_path: Path, workers: int
) -> None:
    repository = cheap_repository(LocalBackend(tmp_path / "repository"))
    _fill(source)
    snapshot = backed_up(repository, source, temporary=temporary)
    target = tmp_path / "target"
    report, _ = restored(repository, snapshot, target, workers=workers)
    assert listing(target / "bots") == listing(source)
    assert not list(target.rglob("*.partial"))
    assert report.failed == 0


@pytest.mark.usefixtures("in_parts")
def test_a_large_tree_without_a_node_does_not_keep_the_restore_waiting(
    repository: Repository, tmp_path: Path
) -> None:
    (empty,) = save_blobs(repository, BlobKind.TREE, encode_tree([]))
    report, _ = restored(repository, snapshot_of(repository, folder_node(b"d", empty)), tmp_path)
    assert (report.files, report.folders) == (0, 1)


@pytest.mark.usefixtures("in_parts")
def test_a_damaged_list_of_a_large_folder_is_told_once(
    repository: Repository, tmp_path: Path
) -> None:
    (blob,) = save_blobs(repository, BlobKind.DATA, b"data")
    nodes = [file_node(b"%d" % number, blob, 4) for number in range(9)]
    (bad,) = save_blobs(repository, BlobKind.TREE, encode_tree([*nodes, file_node(b"..", blob, 4)]))
    snapshot = snapshot_of(repository, folder_node(b"d", bad), file_node(b"good", blob, 4))
    _, monitor = restored(repository, snapshot, tmp_path / "t", problems=1)
    assert monitor.problems[0].message_id == "folder-lost"
    assert sorted(path.name for path in (tmp_path / "t").rglob("*")) == ["d", "good"]


@pytest.mark.usefixtures("in_parts")
def test_a_name_that_stands_in_two_parts_is_refused(repository: Repository, tmp_path: Path) -> None:
    (blob,) = save_blobs(repository, BlobKind.DATA, b"data")
    nodes = [file_node(b"%d" % number, blob, 4) for number in (1, 2, 3, 4, 5, 1)]
    (bad,) = save_blobs(repository, BlobKind.TREE, encode_tree(nodes))
    restored(repository, snapshot_of(repository, folder_node(b"d", bad)), tmp_path, problems=1)
    assert os.listdir(tmp_path / "d") == []


def test_names_that_are_quoted_come_back(repository: Repository, tmp_path: Path) -> None:
    (blob,) = save_blobs(repository, BlobKind.DATA, b"data")
    nodes = [file_node(name, blob, 4) for name in (b"\\", b"\xff", b"plain")]
    (tree,) = save_blobs(repository, BlobKind.TREE, encode_tree(nodes))
    restored(repository, snapshot_of(repository, folder_node(b"d", tree)), tmp_path)
    assert sorted(os.listdir(os.fsencode(tmp_path / "d"))) == [b"\\", b"plain", b"\xff"]


@pytest.mark.parametrize("overwrite", list(Overwrite))
def test_a_database_and_its_journal_come_back_into_a_new_folder(
    repository: Repository, tmp_path: Path, overwrite: Overwrite
) -> None:
    database, journal = save_blobs(repository, BlobKind.DATA, b"SQLite format 3\0 db", b"frames")
    nodes = [file_node(b"t.sqlite", database, 19), file_node(b"t.sqlite-wal", journal, 6)]
    (tree,) = save_blobs(repository, BlobKind.TREE, encode_tree(nodes))
    snapshot = snapshot_of(repository, folder_node(b"d", tree))
    report, _ = restored(repository, snapshot, tmp_path / "t", overwrite=overwrite)
    assert (report.files, report.set_aside) == (2, 0)
    assert (tmp_path / "t/d/t.sqlite-wal").read_bytes() == b"frames"


def test_equal_files_and_gaps_between_their_blobs(repository: Repository, tmp_path: Path) -> None:
    contents = [b"%03d" % number * 50 for number in range(20)]
    blobs = save_blobs(repository, BlobKind.DATA, *contents)
    chosen = [0, 0, 1, 7, 7, 3, 19]
    nodes = [file_node(b"%d" % at, blobs[number], 150) for at, number in enumerate(chosen)]
    (tree,) = save_blobs(repository, BlobKind.TREE, encode_tree(nodes))
    snapshot = snapshot_of(repository, folder_node(b"d", tree))
    restored(repository, snapshot, tmp_path)
    for at, number in enumerate(chosen):
        assert (tmp_path / "d" / str(at)).read_bytes() == contents[number]


@pytest.mark.parametrize("folder_mode", [0o755, 0o2775])
def test_permissions_are_right_whatever_the_umask_and_the_folder_give(
    repository: Repository, tmp_path: Path, folder_mode: int
) -> None:
    (blob,) = save_blobs(repository, BlobKind.DATA, b"data")
    modes = [0o644, 0o666, 0o600, 0o000, 0o444, 0o777, 0o640, 0o666, 0o644]
    nodes = []
    for at, mode in enumerate(modes):
        node = json.loads(file_node(b"%d" % at, blob, 4))
        nodes.append(json.dumps({**node, "mode": mode, "gid": os.getegid()}).encode())
    (tree,) = save_blobs(repository, BlobKind.TREE, encode_tree(nodes))
    tmp_path.chmod(folder_mode)
    if os.geteuid() == 0:
        os.chown(tmp_path, 0, 4321)  # files made below it get this group, where it is setgid
        tmp_path.chmod(folder_mode)
    restored(repository, snapshot_of(repository, folder_node(b"d", tree)), tmp_path)
    found = [(tmp_path / "d" / str(at)).stat() for at in range(len(modes))]
    assert [stat.S_IMODE(status.st_mode) for status in found] == modes
    if os.geteuid() == 0:
        assert {status.st_gid for status in found} == {os.getegid()}


def test_what_is_not_plain_is_handed_back_as_it_stands(
    repository: Repository, tmp_path: Path
) -> None:
    contents = (bytes(5000), b"x" * 70_000, b"plain", b"SQLite format 3\0 db")
    zeros, long, plain, database = save_blobs(repository, BlobKind.DATA, *contents)
    odd = [
        file_node(b"attributes", plain, 5, attributes=((b"user.a", b"b"),)),
        file_node(b"database", database, 19),
        file_node(b"empty", None, 0),
        file_node(b"hole", zeros, 5000),
        file_node(b"large", long, 70_000),
        file_node(b"lies", plain, 6),
        file_node(b"links", plain, 5, links=2),
        file_node(b"lost", b"\1" * 32, 5),
        file_node(b"n" * 250, plain, 5),
    ]
    tree = _tree_of(repository, *odd, file_node(b"plain", plain, 5))
    result = _written(repository, tmp_path, tree)
    assert (result.files, result.size) == (1, 5)
    assert result.rest is not None
    assert [node.raw for node in parse_tree(result.rest)] == odd
    assert os.listdir(tmp_path) == ["plain"]


def test_a_damaged_blob_in_a_folder_with_equal_files_costs_those_that_need_it(
    source: Path, temporary: Path, tmp_path: Path
) -> None:
    place = tmp_path / "repository"
    repository = cheap_repository(LocalBackend(place))
    for number in range(20):
        (source / f"{number:02}").write_bytes(b"%02d" % (number // 2) * 3000)
    snapshot = backed_up(repository, source, temporary=temporary)
    flip_bit(_data_pack(repository, place), 200)
    report, monitor = restored(repository, snapshot, tmp_path / "t", problems=2)
    assert {problem.message_id for problem in monitor.problems} == {"restore-file-lost"}
    assert (report.files, report.failed) == (18, 2)
    assert listing(tmp_path / "t/bots").items() <= listing(source).items()


@pytest.mark.parametrize("workers", [0, 2])
def test_a_disk_that_fills_up_with_small_files_keeps_those_that_are_complete(
    source: Path,
    temporary: Path,
    tmp_path: Path,
    small_disk: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    workers: int,
) -> None:
    repository = cheap_repository(LocalBackend(tmp_path / "repository"))
    for number in range(300):
        (source / f"{number:03}").write_bytes(os.urandom(20_000))
    snapshot = backed_up(repository, source, temporary=temporary)
    monkeypatch.setattr("app.repository.restorer.refuse_if_full", lambda *_: None)
    with pytest.raises(TargetFull, match="is full"):
        restored(repository, snapshot, small_disk / "t", workers=workers)
    assert not list(small_disk.rglob("*.partial"))
    found = list((small_disk / "t/bots").iterdir())
    assert 100 < len(found) < 300
    for path in found:
        assert path.read_bytes() == (source / path.name).read_bytes()


def test_workers_that_are_stopped_leave_no_partial_in_their_folders(
    source: Path, temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = cheap_repository(LocalBackend(tmp_path / "repository"))
    for number in range(300):
        (source / f"{number:03}").write_bytes(os.urandom(100))
    snapshot = backed_up(repository, source, temporary=temporary)
    target = tmp_path / "t"

    class Stopping(Recorder):
        """Stops as soon as there is a partial, as a worker that is ended in the middle leaves."""

        def checkpoint(self, *_: object) -> None:
            if (target / "bots").is_dir():
                (target / "bots/.x.tradekeep.partial").write_bytes(b"half")
                raise Cancelled

    repository.load_index(Recorder())
    with pytest.raises(Cancelled):
        restore(repository, snapshot, target, monitor=Stopping(), workers=2)
    assert not list(target.rglob("*.partial"))


def test_two_sources_of_one_name_do_not_take_each_other_for_new(
    repository: Repository, tmp_path: Path
) -> None:
    one, two = save_blobs(repository, BlobKind.DATA, b"first", b"other")
    inner = [
        save_blobs(repository, BlobKind.TREE, encode_tree([file_node(name, blob, 5)]))[0]
        for name, blob in ((b"a", one), (b"b", two))
    ]
    (below,) = save_blobs(repository, BlobKind.TREE, encode_tree([folder_node(b"d", inner[0])]))
    top = [folder_node(b"d", inner[1]), folder_node(b"home", below)]
    snapshot = _of_source(repository, top, "/home/d")
    report, _ = restored(repository, snapshot, tmp_path / "t")
    assert report.files == 2
    assert sorted(os.listdir(tmp_path / "t/d")) == ["a", "b"]


def _of_source(repository: Repository, nodes: list[bytes], path: str) -> Snapshot:
    from app.repository.snapshot import SnapshotFile

    (tree,) = save_blobs(repository, BlobKind.TREE, encode_tree(nodes))
    return repository.save_snapshot(
        SnapshotFile(time="2026-01-01T00:00:00Z", tree=tree.hex(), paths=[path], hostname="h")
    )


# --- hostile repositories and targets --------------------------------------------------------


def _tree_of(repository: Repository, *nodes: bytes) -> bytes:
    (tree,) = save_blobs(repository, BlobKind.TREE, encode_tree(nodes))
    repository.load_index(Recorder())
    return tree


def _written(
    repository: Repository, place: Path, tree: bytes, folder: bytes = b"", *, replace: bool = True
) -> FolderResult:
    """What a worker, with a target that it has opened itself, makes of a folder."""
    target = open_target(place)
    try:
        writer = FolderWriter(repository, target, replace=replace)
        return writer.restore(FolderTask(folder, tree))
    finally:
        target.close()


def _names(result: FolderResult) -> list[bytes]:
    assert result.rest is not None
    return [node.name for node in parse_tree(result.rest)]


@pytest.mark.parametrize("false_id", [bytes(32), b"\xff" * 32])
def test_an_index_with_two_blobs_at_one_place_gives_no_file_the_content_of_another(
    repository: Repository, tmp_path: Path, false_id: bytes
) -> None:
    """A blob was taken for checked because the one at the same place was."""
    (blob,) = save_blobs(repository, BlobKind.DATA, b"data")
    tree = _tree_of(repository, file_node(b"false", false_id, 4), file_node(b"true", blob, 4))
    table = repository.index.tables[BlobKind.DATA]
    found = table.get(blob)
    assert found is not None
    table.add(false_id, *found)
    result = _written(repository, tmp_path, tree)
    assert b"false" in _names(result)
    assert "false" not in os.listdir(tmp_path)


def test_a_folder_that_is_swapped_for_a_link_before_a_worker_comes_is_not_followed(
    repository: Repository, tmp_path: Path
) -> None:
    (blob,) = save_blobs(repository, BlobKind.DATA, b"data")
    tree = _tree_of(repository, file_node(b"f", blob, 4))
    outside, target = tmp_path / "outside", tmp_path / "t"
    outside.mkdir()
    target.mkdir()
    (target / "d").symlink_to(outside)
    result = _written(repository, target, tree, b"d")
    assert (result.files, _names(result)) == (0, [b"f"])
    assert os.listdir(outside) == []


def test_a_folder_that_is_swapped_while_two_workers_write_is_not_followed(
    source: Path, temporary: Path, tmp_path: Path
) -> None:
    repository = cheap_repository(LocalBackend(tmp_path / "repository"))
    (source / "d").mkdir()
    for number in range(300):
        (source / "d" / str(number)).write_bytes(b"data")
    snapshot = backed_up(repository, source, temporary=temporary)
    outside, target = tmp_path / "outside", tmp_path / "t"
    outside.mkdir()

    class Swapping(Recorder):
        """Swaps the folder as soon as it is there."""

        def checkpoint(self, *_: object) -> None:
            folder = target / "bots/d"
            if folder.is_dir() and not folder.is_symlink():
                folder.rename(tmp_path / "moved")
                folder.symlink_to(outside)

    repository.load_index(Recorder())
    monitor = Swapping()
    restore(repository, snapshot, target, monitor=monitor, workers=2)
    assert os.listdir(outside) == []
    assert monitor.problems


@pytest.mark.parametrize("replace", [True, False])
def test_a_link_with_the_name_of_a_file_or_its_partial_is_not_written_through(
    repository: Repository, tmp_path: Path, *, replace: bool
) -> None:
    (blob,) = save_blobs(repository, BlobKind.DATA, b"data")
    tree = _tree_of(repository, file_node(b"name", blob, 4), file_node(b"partial", blob, 4))
    outside, target = tmp_path / "outside", tmp_path / "t"
    outside.write_bytes(b"mine")
    target.mkdir()
    (target / "name").symlink_to(outside)
    (target / ".partial.tradekeep.partial").symlink_to(outside)
    result = _written(repository, target, tree, replace=replace)
    assert outside.read_bytes() == b"mine"
    assert b"partial" in _names(result)
    assert (b"name" in _names(result)) is not replace
    assert (target / "name").is_symlink() is not replace


@pytest.mark.parametrize("overwrite", [Overwrite.NEVER, Overwrite.KEEP_BOTH])
def test_a_file_that_somebody_makes_meanwhile_stays_and_is_handed_back(
    repository: Repository, tmp_path: Path, overwrite: Overwrite
) -> None:
    (blob,) = save_blobs(repository, BlobKind.DATA, b"data")
    tree = _tree_of(repository, file_node(b"f", blob, 4))
    (tmp_path / "f").write_bytes(b"theirs")
    result = _written(repository, tmp_path, tree, replace=overwrite in REPLACING)
    assert (result.files, _names(result)) == (0, [b"f"])
    assert os.listdir(tmp_path) == ["f"]
    assert (tmp_path / "f").read_bytes() == b"theirs"


@pytest.mark.parametrize("mode", [0o4755, 0o2755, 0o1755])
def test_special_bits_of_a_file_in_a_new_folder_go_the_longer_way(
    repository: Repository, tmp_path: Path, mode: int
) -> None:
    (blob,) = save_blobs(repository, BlobKind.DATA, b"data")
    node = encode_node(
        NodeFacts(
            name=b"f", mode=stat.S_IFREG | mode, mtime=1, ctime=1, uid=0, gid=0, size=4,
            content=(blob,),
        )
    )  # fmt: skip
    result = _written(repository, tmp_path, _tree_of(repository, node))
    assert (result.files, _names(result)) == (0, [b"f"])


@pytest.mark.parametrize("size", [0, 3, 5, 1 << 20])
def test_a_size_that_lies_in_a_new_folder_is_said(
    repository: Repository, tmp_path: Path, size: int
) -> None:
    (blob,) = save_blobs(repository, BlobKind.DATA, b"data")
    snapshot = snapshot_of(
        repository, folder_node(b"d", _tree_of(repository, file_node(b"f", blob, size)))
    )
    _, monitor = restored(repository, snapshot, tmp_path / "t", problems=1)
    assert monitor.problems[0].message_id == "restore-size-differs"
    assert (tmp_path / "t/d/f").read_bytes() == b"data"


@pytest.mark.parametrize("mtime", ["", "yesterday", "99999-01-01T00:00:00Z"])
def test_a_time_that_is_none_costs_the_time_alone(
    repository: Repository, tmp_path: Path, mtime: str
) -> None:
    (blob,) = save_blobs(repository, BlobKind.DATA, b"data")
    node = json.dumps({**json.loads(file_node(b"f", blob, 4)), "mtime": mtime}).encode()
    snapshot = snapshot_of(repository, folder_node(b"d", _tree_of(repository, node)))
    _, monitor = restored(repository, snapshot, tmp_path / "t", problems=1)
    assert monitor.problems[0].message_id == "restore-no-time"
    assert (tmp_path / "t/d/f").read_bytes() == b"data"


def test_folders_of_a_damaged_pack_lose_what_is_damaged_with_two_workers_as_well(
    source: Path, temporary: Path, tmp_path: Path
) -> None:
    place = tmp_path / "repository"
    repository = cheap_repository(LocalBackend(place))
    for number in range(300):
        (source / f"{number:03}").write_bytes(os.urandom(1000))
    snapshot = backed_up(repository, source, temporary=temporary)
    flip_bit(_data_pack(repository, place), 200)
    report, _ = restored(repository, snapshot, tmp_path / "t", workers=2, problems=1)
    assert (report.files, report.failed) == (299, 1)
    assert listing(tmp_path / "t/bots").items() <= listing(source).items()
