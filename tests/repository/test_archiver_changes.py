"""What is read again, and what is taken over from the parent snapshot without reading."""

from __future__ import annotations

import json
import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.backends.contract import FileName, Kind
from app.backends.memory import MemoryBackend
from app.repository.pack import BlobKind
from app.repository.parent import find_parent
from app.repository.scan import Source
from app.repository.snapshot import Snapshot, SnapshotFile
from tests.chaos.support import (
    FIRST,
    Rig,
    local,
    problems_of,
    restic,
    small_corpus,
    state_of,
)
from tests.faults import Op, RecordingBackend


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """A corpus that has been backed up once."""
    rig = Rig(tmp_path, RecordingBackend(MemoryBackend()))
    small_corpus(rig.home)
    rig.save()
    return rig


def test_an_unchanged_run_reads_and_adds_nothing(rig):
    count = sum(path.is_file() for path in rig.home.rglob("*"))
    assert isinstance(rig.backend, RecordingBackend)
    rig.backend.forget()
    report = rig.save()
    assert report.bytes_read == 0
    assert (report.summary.data_blobs, report.summary.tree_blobs) == (0, 0)
    assert report.summary.files_unmodified == count
    assert (report.summary.files_new, report.summary.files_changed) == (0, 0)
    saved = [call.file.kind for call in rig.backend.changes if call.op is Op.SAVE and call.file]
    assert saved == [Kind.LOCK, Kind.SNAPSHOT]
    loaded = [call.file for call in rig.backend.calls if call.op is Op.LOAD and call.file]
    data = {location.pack for _, location in rig.open().index.locations(BlobKind.DATA)}
    assert not {bytes.fromhex(file.name) for file in loaded if file.kind is Kind.PACK} & data
    first, second = rig.snapshots()
    assert first.tree == second.tree


def test_an_unchanged_file_that_cannot_be_opened_any_more_is_no_problem(rig):
    """Nothing is opened that is taken over: reading is what would fail."""
    path = rig.write("folder 0/a fifo soon")
    rig.save()
    held = path.stat()
    report = rig.save()
    assert report.bytes_read == 0
    assert path.stat().st_atime_ns == held.st_atime_ns


def test_touching_reads_the_file_and_adds_no_data(rig):
    path = rig.write("touched", b"x" * 5_000)
    rig.save()
    os.utime(path, ns=(1, 1))
    report = rig.save()
    assert report.bytes_read == 5_000
    assert report.summary.data_blobs == 0
    assert report.summary.files_changed == 1
    assert state_of(rig.restored()) == state_of(rig.home)


def test_an_edit_of_the_same_size_with_its_time_restored_is_found_by_ctime(rig):
    path = rig.write("sneaky", b"before")
    rig.save()
    held = path.stat()
    path.write_bytes(b"after!")
    os.utime(path, ns=(held.st_atime_ns, held.st_mtime_ns))
    assert path.stat().st_mtime_ns == held.st_mtime_ns
    rig.save()
    assert (rig.restored() / "sneaky").read_bytes() == b"after!"


def test_another_file_moved_into_the_place_is_found(rig):
    path = rig.write("config", b"before")
    rig.save()
    other = rig.write("config.new", b"after!")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)
    rig.save()
    assert (rig.restored() / "config").read_bytes() == b"after!"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("inode", 999_999_999),
        ("size", 8),
        ("kind", "symlink"),
        ("mtime", "2001-02-03T04:05:06Z"),
        ("ctime", "2001-02-03T04:05:06Z"),
        ("content", ["00" * 32]),
    ],
)
def test_each_sign_of_change_counts_alone(tmp_path, field, value):
    """A parent whose node differs in this one field: here made by stock restic's rules."""
    from app.repository.assembly import parse_known
    from app.repository.intake import is_unchanged

    rig = Rig(tmp_path)
    path = rig.write("file")
    rig.save()
    repository = rig.open()
    (before,) = parse_known(
        repository.load_blob(BlobKind.TREE, rig.nodes()[os.fsencode(rig.home)].subtree)
    ).values()
    known = repository.index.tables[BlobKind.DATA]
    assert is_unchanged(path.lstat(), before, known=known, racy_from=1 << 62)
    assert not is_unchanged(path.lstat(), before, known=known, racy_from=path.lstat().st_ctime_ns)
    setattr(before, field, value)
    assert not is_unchanged(path.lstat(), before, known=known, racy_from=1 << 62)


def test_an_edit_within_the_two_seconds_of_the_parents_start_is_read_again(tmp_path):
    """FAT counts in steps of two seconds: the edit may leave size and times as they were."""
    rig = Rig(tmp_path)
    path = rig.write("file", b"x" * 1_000)
    changed = datetime.fromtimestamp(path.stat().st_ctime, UTC)
    rig.save(now=changed + timedelta(seconds=1))
    assert rig.save(now=changed + timedelta(seconds=1.5)).bytes_read == 1_000
    assert rig.save(now=changed + timedelta(seconds=10)).bytes_read == 1_000
    assert rig.save(now=changed + timedelta(seconds=20)).bytes_read == 0


def test_what_is_deleted_is_gone_from_the_next_snapshot_only(rig):
    first = rig.snapshots()[0]
    before = state_of(rig.home)
    gone = next(path for path in rig.home.rglob("*") if path.is_file())
    name = gone.relative_to(rig.home)
    gone.unlink()
    rig.save()
    assert str(name) not in rig.below_home()
    restored = state_of(rig.restored(first))
    assert {name: fact[3] for name, fact in restored.items()} == {
        name: fact[3] for name, fact in before.items()
    }


def test_a_file_that_became_a_folder_and_a_folder_that_became_a_file(rig):
    rig.write("a")
    rig.write("b/inside")
    rig.save()
    (rig.home / "a").unlink()
    rig.write("a/inside now")
    (rig.home / "b" / "inside").unlink()
    (rig.home / "b").rmdir()
    rig.write("b")
    rig.save()
    assert rig.problems == []
    assert state_of(rig.restored()) == state_of(rig.home)


def test_new_permissions_and_attributes_are_saved_without_new_data(rig):
    path = rig.write("file")
    rig.save()
    path.chmod(0o604)
    os.setxattr(path, "user.tag", b"value")
    assert rig.save().summary.data_blobs == 0
    assert state_of(rig.restored()) == state_of(rig.home)


def test_a_growing_file_costs_its_end(rig):
    rng = random.Random(9)
    path = rig.write("candles", rng.randbytes(8 << 20))
    rig.save()
    with path.open("ab") as file:
        file.write(rng.randbytes(1_000))
    report = rig.save()
    assert report.bytes_read == path.stat().st_size
    assert 1_000 <= report.summary.data_added < 1 << 20
    assert state_of(rig.restored()) == state_of(rig.home)


# --- healing ---------------------------------------------------------------------------------


def _lose(rig: Rig, kind: BlobKind, *, index: bool) -> None:
    """All packs of a kind are gone, and the index knows it if told."""
    repository = rig.open()
    packs = {location.pack.hex() for _, location in repository.index.locations(kind)}
    for pack in packs:
        rig.backend.remove(FileName(Kind.PACK, pack))
    if not index:
        return
    for info in list(rig.backend.list(Kind.INDEX)):
        listed = json.loads(repository.load_json(info.file))["packs"]
        kept = [each for each in listed if each["id"] not in packs]
        repository.save_json(Kind.INDEX, json.dumps({"packs": kept}).encode())
        rig.backend.remove(info.file)


def test_lost_blobs_are_stored_again_by_the_next_backup(rig):
    content = {path: path.stat().st_size for path in rig.home.rglob("*") if path.is_file()}
    _lose(rig, BlobKind.DATA, index=True)
    report = rig.save()
    assert report.bytes_read == sum(content.values())
    assert report.summary.data_blobs > 0
    rig.sound()
    for snapshot in rig.snapshots():  # the older one is whole again, too
        assert state_of(rig.restored(snapshot)) == state_of(rig.home)


def test_lost_trees_are_stored_again_by_the_next_backup(rig):
    _lose(rig, BlobKind.TREE, index=True)
    report = rig.save()
    assert report.summary.data_blobs == 0
    rig.sound()
    assert rig.problems == []
    assert state_of(rig.restored()) == state_of(rig.home)


def test_a_backup_on_lost_folder_lists_does_not_end_as_if_all_were_well(rig):
    """They cannot be read, but the index lists them, so they are not stored again: a snapshot
    that could not be restored came with exit code 0."""
    _lose(rig, BlobKind.TREE, index=False)
    report = rig.save()
    assert report.summary.files_new > 0
    assert [problem.message_id for problem in rig.recorder.problems] == ["backup-parent-damaged"]


def test_a_damaged_snapshot_is_a_problem_and_no_parent(rig):
    (snapshot,) = rig.snapshots()
    file = FileName(Kind.SNAPSHOT, snapshot.id)
    rig.backend.save(file, b"nonsense")
    report = rig.save()
    assert report.snapshot.file.parent is None
    assert [problem.message_id for problem in rig.recorder.problems] == ["repository-file-damaged"]
    assert report.summary.data_blobs == 0  # but its data are in the index


# --- the parent ------------------------------------------------------------------------------


def _snapshot(number: int, host: str, *paths: str) -> Snapshot:
    time = (FIRST + timedelta(days=number)).isoformat().replace("+00:00", "Z")
    return Snapshot(
        f"{number:064x}", SnapshotFile(time=time, tree="0" * 64, paths=[*paths], hostname=host)
    )


def test_the_parent_is_the_newest_of_this_host_rather_with_the_same_paths():
    same = _snapshot(1, "here", "/a", "/b")
    newer = _snapshot(2, "here", "/c")
    foreign = _snapshot(3, "there", "/a", "/b")
    every = [newer, foreign, same]
    assert find_parent(every, host="here", paths=["/b", "/a"]) is same
    assert find_parent(every, host="here", paths=["/d"]) is newer
    assert find_parent(every, host="elsewhere", paths=["/a", "/b"]) is None
    assert find_parent([], host="here", paths=[]) is None
    older = _snapshot(0, "here", "/a", "/b")
    assert find_parent([same, older], host="here", paths=["/a", "/b"]) is same


def test_the_parent_is_rather_a_snapshot_of_this_very_machine() -> None:
    """Of two of one name, each read everything anew since the other had backed up last; and what
    the other has looked like the work of ransomware here."""
    every = [
        Snapshot(
            f"{number:064x}",
            SnapshotFile(time=f"2026-05-0{number}T10:00:00Z", tree="0" * 64, paths=paths,
                         hostname="here", machine=machine),
        )
        for number, paths, machine in (
            (1, ["/a"], "mine"), (2, ["/b"], "mine"), (3, ["/a"], "other"), (4, ["/c"], ""),
        )
    ]  # fmt: skip
    first, second, third, fourth = every
    assert find_parent(every, host="here", paths=["/a"], machine="mine") is first
    assert find_parent(every, host="here", paths=["/d"], machine="mine") is second
    assert find_parent(every, host="here", paths=["/a"], machine="third") is third
    assert find_parent(every, host="here", paths=["/d"]) is fourth


def test_another_host_has_no_parent_here_and_shares_the_data(rig):
    rig.host = "another machine"
    report = rig.save()
    assert report.snapshot.file.parent is None
    assert report.bytes_read > 0
    assert report.summary.data_blobs == 0


def test_a_new_source_beside_the_old_one_takes_the_old_one_over(rig, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "file").write_bytes(b"new")
    report = rig.save(Source("home", rig.home), Source("other", other))
    assert report.snapshot.file.parent == rig.snapshots()[0].id
    assert report.bytes_read == 3


@pytest.mark.interop
def test_the_parent_may_be_stock_restics(tmp_path):
    """Written in another zone, with other chunks: taken over, not read."""
    rig = Rig(tmp_path, local(tmp_path / "repository"))
    small_corpus(rig.home)
    rig.write("large", random.Random(4).randbytes(3 << 20))
    for path in rig.home.rglob("*"):
        os.utime(path, ns=(1_000_000_000, 1_234_567_890_123_456_700))
    later = FIRST + timedelta(days=1)
    os.environ["TZ"] = "Asia/Kolkata"
    try:
        restic(
            tmp_path / "repository",
            *("backup", rig.home, "--host", rig.host),
            *("--time", f"{later:%Y-%m-%d %H:%M:%S}"),
        )
    finally:
        del os.environ["TZ"]
    report = rig.save(now=later + timedelta(days=1))
    assert (report.bytes_read, report.summary.data_blobs) == (0, 0)
    assert report.snapshot.file.parent is not None
    assert state_of(rig.restored()) == state_of(rig.home)
    rig.sound()


def test_problems_name_damaged_files_in_sentences(rig):
    """What this file leaves in `recorder` can be shown."""
    rig.save(rig.home, rig.root / "gone")
    assert problems_of(rig.recorder) == [("source-gone", str(rig.root / "gone"))]
