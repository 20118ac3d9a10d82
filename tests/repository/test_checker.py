"""The checker: damage of every kind is found, and named down to files and snapshots."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest

from app.backends.contract import FileName, Kind
from app.backends.local import LocalBackend
from app.monitor import Recorder
from app.repository.checker import CheckReport, Scope, check
from app.repository.lock import locked
from app.repository.pack import BlobKind
from app.repository.repository import Repository
from app.repository.snapshot import SnapshotFile
from tests.faults import empty, files_of, flip_bit, truncate
from tests.repository.support import (
    GOLDEN,
    VERSIONS,
    cheap_repository,
    golden,
    open_cheap,
    save_backup,
    save_blobs,
)

STRUCTURE, ALL = Scope(), Scope(100)


class Checked:
    """A local repository with two snapshots that share nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        repository = cheap_repository(LocalBackend(folder))
        self.snapshots = [
            save_backup(repository, 1, b"a" * 4000, os.urandom(4000), os.urandom(9000)),
            save_backup(repository, 2, os.urandom(5000), os.urandom(100)),
        ]
        self.repository = repository

    def check(self, scope: Scope, workers: int = 0) -> tuple[CheckReport, Recorder]:
        monitor = Recorder()
        repository = open_cheap(LocalBackend(self.folder))
        with locked(repository):
            return check(repository, scope, monitor=monitor, workers=workers), monitor

    def packs(self, kind: BlobKind) -> list[Path]:
        """Packs of one kind, as the index has them."""
        names = {place.pack.hex() for _, place in self.repository.index.locations(kind)}
        return [path for path in files_of(self.folder, Kind.PACK) if path.name in names]


@pytest.fixture
def place(tmp_path: Path) -> Checked:
    return Checked(tmp_path / "repository")


def ids(monitor: Recorder) -> set[str]:
    return {problem.message_id for problem in monitor.problems}


@pytest.mark.parametrize("scope", [STRUCTURE, Scope(50), ALL], ids=lambda scope: scope.name)
def test_a_sound_repository_has_no_problems(place: Checked, scope: Scope) -> None:
    report, monitor = place.check(scope)
    assert monitor.problems == []
    assert (report.snapshots, report.packs, report.orphans) == (2, 4, 0)
    assert report.packs_read == {"structure": 0, "sample": 2, "all": 4}[scope.name]
    assert report.affected == {}


@pytest.mark.parametrize("version", VERSIONS)
def test_what_stock_restic_wrote_is_sound(version: str) -> None:
    monitor = Recorder()
    report = check(golden(version), ALL, monitor=monitor, workers=0)
    assert monitor.problems == []
    assert report.packs_read == report.packs > 0
    assert (GOLDEN / version).is_dir()


def test_a_flipped_bit_is_invisible_to_the_structure_and_found_in_the_data(
    place: Checked,
) -> None:
    pack = place.packs(BlobKind.DATA)[0]
    flip_bit(pack, 2000)
    assert place.check(STRUCTURE)[1].problems == []
    report, monitor = place.check(ALL)
    assert ids(monitor) == {"check-pack-hash", "check-blob-damaged", "check-affected"}
    assert report.damaged_packs == [pack.name]
    assert len(report.damaged_blobs) == 1
    ((path, snapshots),) = report.affected.items()
    assert path.startswith("/file ")
    assert len(snapshots) == 1


def test_every_bit_of_every_pack_matters(place: Checked) -> None:
    for pack in files_of(place.folder, Kind.PACK):
        for at in (0, 16, pack.stat().st_size // 2, -5, -1):
            flip_bit(pack, at)
            report, _ = place.check(ALL)
            assert pack.name in report.damaged_packs or report.affected, (pack.name, at)
            flip_bit(pack, at)
    assert place.check(ALL)[1].problems == []


@pytest.mark.parametrize("workers", [0, 2])
def test_workers_find_the_same(
    place: Checked, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.repository.checker._FEW_BYTES", 0)
    flip_bit(place.packs(BlobKind.DATA)[1], 100)
    report, monitor = place.check(ALL, workers)
    assert ids(monitor) == {"check-pack-hash", "check-blob-damaged", "check-affected"}
    assert len(report.affected) == 1


def test_a_missing_pack_names_every_file_in_it(place: Checked) -> None:
    pack = place.packs(BlobKind.DATA)[0]
    pack.unlink()
    report, monitor = place.check(STRUCTURE)
    assert ids(monitor) == {"check-pack-missing", "check-affected"}
    ((one, *_), *_) = report.affected.values()
    snapshot = next(each for each in place.snapshots if each.id == one)
    held = len(place.repository.load_tree(snapshot.tree))
    assert len(report.affected) == held


@pytest.mark.parametrize("change", [lambda path: truncate(path, -1), empty])
def test_a_pack_of_the_wrong_size_is_found_without_reading_it(
    place: Checked, change: Callable[[Path], None]
) -> None:
    change(place.packs(BlobKind.DATA)[0])
    _, monitor = place.check(STRUCTURE)
    assert ids(monitor) == {"check-pack-size", "check-affected"}


def test_a_damaged_tree_is_named_as_a_folder(place: Checked) -> None:
    flip_bit(place.packs(BlobKind.TREE)[0], 40)
    report, monitor = place.check(STRUCTURE)
    assert ids(monitor) == {"check-tree-lost", "check-affected"}
    assert list(report.affected) == ["/"]


def test_a_damaged_index_leaves_its_blobs_unfound(place: Checked) -> None:
    flip_bit(files_of(place.folder, Kind.INDEX)[0], 50)
    report, monitor = place.check(STRUCTURE)
    assert "index-damaged" in ids(monitor)
    assert report.affected
    assert report.orphans == 1  # its pack is there, only nobody knows of it


def test_a_damaged_snapshot_file_is_named_and_the_others_are_checked(place: Checked) -> None:
    path = files_of(place.folder, Kind.SNAPSHOT)[0]
    flip_bit(path, -1)
    report, monitor = place.check(ALL)
    assert ids(monitor) == {"repository-file-damaged"}
    assert path.name in monitor.problems[0].sentence.title
    assert report.snapshots == 1


def test_a_damaged_key_file_is_named(place: Checked) -> None:
    from app.repository.keys import add_key
    from app.secret import Secret
    from tests.repository.support import CHEAP

    add_key(place.repository.backend, place.repository.master, Secret("second"), cost=CHEAP)
    (other,) = (
        path for path in files_of(place.folder, Kind.KEY) if path.name != place.repository.key_id
    )
    flip_bit(other, 20)
    _, monitor = place.check(STRUCTURE)
    assert "key-file-damaged" in ids(monitor)


def test_packs_that_no_index_lists_are_no_damage(place: Checked) -> None:
    save_blobs(place.repository, BlobKind.DATA, b"of an interrupted backup")
    newest = max(files_of(place.folder, Kind.INDEX), key=lambda path: path.stat().st_mtime_ns)
    newest.unlink()
    report, monitor = place.check(ALL)
    assert monitor.problems == []
    assert report.orphans == 1
    assert report.orphan_bytes > 0


def test_an_index_that_lies_about_a_pack_is_found(place: Checked) -> None:
    """Swapped offsets keep the size and every hash; only the header contradicts."""
    import re

    name = FileName(Kind.INDEX, files_of(place.folder, Kind.INDEX)[0].name)
    for path in files_of(place.folder, Kind.INDEX):
        raw = place.repository.load_json(FileName(Kind.INDEX, path.name))
        offsets = re.findall(rb'"offset":(\d+)', raw)
        if len(offsets) > 1:
            name = FileName(Kind.INDEX, path.name)
            first, second = offsets[:2]
            swapped = raw.replace(b'"offset":%s,' % first, b'"offset":X,', 1)
            swapped = swapped.replace(b'"offset":%s,' % second, b'"offset":%s,' % first, 1)
            swapped = swapped.replace(b'"offset":X,', b'"offset":%s,' % second)
            break
    place.repository.save_json(Kind.INDEX, swapped)
    place.repository.backend.remove(name)
    report, monitor = place.check(ALL)
    assert "check-pack-index" in ids(monitor)
    assert report.damaged_packs


def test_a_blob_that_was_damaged_before_it_was_written_is_found(tmp_path: Path) -> None:
    """Bad memory: the pack's hash fits, the blob's does not."""
    from app.repository.index import encode_index
    from app.repository.pack import PackBuilder

    repository = cheap_repository(LocalBackend(tmp_path / "r"))
    builder = PackBuilder(BlobKind.DATA, repository._sealer)
    builder.add(b"\x07" * 32, b"not what the id says", 0)
    builder.seal_header()
    pack, view = builder.finish()
    repository.backend.save(pack.file, view)
    repository.save_json(Kind.INDEX, encode_index([pack]))
    monitor = Recorder()
    check(repository, ALL, monitor=monitor, workers=0)
    assert ids(monitor) == {"check-pack-blob", "check-blob-damaged"}


def test_a_drive_that_reads_differently_the_second_time_is_not_trusted(place: Checked) -> None:
    pack = place.packs(BlobKind.DATA)[0]

    class Flaky(LocalBackend):
        flipped: ClassVar[list[bool]] = []

        def load(self, file: FileName, offset: int = 0, length: int | None = None) -> bytes:
            content = super().load(file, offset, length)
            if file.name != pack.name or length is None or self.flipped:
                return content
            self.flipped.append(True)
            return content[:100] + bytes([content[100] ^ 1]) + content[101:]

    monitor = Recorder()
    report = check(open_cheap(Flaky(place.folder)), ALL, monitor=monitor, workers=0)
    assert Flaky.flipped
    assert ids(monitor) == {"check-pack-unreadable"}
    assert report.damaged_packs == [pack.name]
    assert report.damaged_blobs == []


@pytest.mark.parametrize("piece", [1, 5000, 1 << 30])
def test_packs_are_read_alike_in_pieces_of_any_size(
    place: Checked, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.repository.check_packs._PIECE", piece)
    assert place.check(ALL)[1].problems == []
    for pack in place.packs(BlobKind.DATA):
        for at in (0, pack.stat().st_size // 2, -5):
            flip_bit(pack, at)
            report, _ = place.check(ALL)
            assert report.damaged_packs == [pack.name]
            flip_bit(pack, at)


def test_a_blob_in_no_index_is_named_with_its_file(tmp_path: Path) -> None:
    from app.repository.tree import encode_tree
    from tests.repository.test_restorer import file_node

    repository = cheap_repository(LocalBackend(tmp_path / "r"))
    node = file_node(b"lost.csv", b"\x05" * 32, 10)
    (tree,) = save_blobs(repository, BlobKind.TREE, encode_tree([node]))
    snapshot = repository.save_snapshot(
        SnapshotFile(time="2026-01-01T00:00:00Z", tree=tree.hex(), paths=["x"], hostname="h")
    )
    monitor = Recorder()
    report = check(repository, STRUCTURE, monitor=monitor, workers=0)
    assert ids(monitor) == {"blob-missing", "check-affected"}
    assert report.affected == {"/lost.csv": [snapshot.id]}


def test_a_shared_tree_is_read_once(place: Checked) -> None:
    first = place.snapshots[0].file
    for day in range(3, 6):
        place.repository.save_snapshot(
            SnapshotFile(
                time=f"2026-01-0{day}T00:00:00Z", tree=first.tree, paths=["x"], hostname="h"
            )
        )
    report, _ = place.check(STRUCTURE)
    assert (report.snapshots, report.trees) == (5, 2)


def test_a_sample_is_of_the_asked_size_and_never_nothing(place: Checked) -> None:
    asked: list[tuple[int, int]] = []

    def choose(count: int, of: int) -> list[int]:
        asked.append((count, of))
        return list(range(count))

    for percent in (0.001, 50, 99):
        check(place.repository, Scope(percent), monitor=Recorder(), workers=0, choose=choose)
    assert asked == [(1, 4), (2, 4), (4, 4)]


def test_reading_twice_chooses_other_packs(tmp_path: Path) -> None:
    from app.repository.checker import _at_random

    seen = {tuple(_at_random(3, 30)) for _ in range(20)}
    assert len(seen) > 1
    assert all(len(set(each)) == 3 for each in seen)


def test_repository_without_snapshots_is_sound(tmp_path: Path) -> None:
    repository: Repository = cheap_repository(LocalBackend(tmp_path / "r"))
    monitor = Recorder()
    report = check(repository, ALL, monitor=monitor, workers=0)
    assert (report.snapshots, report.packs, monitor.problems) == (0, 0, [])
