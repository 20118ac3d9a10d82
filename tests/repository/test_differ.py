"""Differences and finds, against what a plain walk of both sides says."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from app.backends.memory import MemoryBackend
from app.errors import WrongUsage
from app.monitor import Recorder
from app.repository.archiver import back_up
from app.repository.backup_model import BackupOptions
from app.repository.differ import Change, Kind, diff_disk, diff_trees
from app.repository.finder import find, history
from app.repository.lock import locked
from app.repository.repository import Repository
from app.repository.scan import Source
from app.repository.snapshot import Snapshot
from tests.faults import Op, RecordingBackend
from tests.repository.support import cheap_repository
from tests.repository.test_caches import mutate


class Desk:
    """A repository and a folder that is backed up into it."""

    def __init__(self, folder: Path) -> None:
        self.source = folder / "source"
        self.source.mkdir(parents=True)
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.place = RecordingBackend(MemoryBackend())
        self.repository: Repository = cheap_repository(self.place)

    def back_up(self) -> Snapshot:
        with locked(self.repository) as lock:
            self.repository.load_index(Recorder())
            report = back_up(
                self.repository,
                [Source("s", self.source)],
                temporary=self.temporary,
                monitor=Recorder(),
                lock=lock,
                options=BackupOptions(workers=0),
            )
        self.repository.load_index(Recorder())
        return report.snapshot

    def diff(self, one: Snapshot, two: Snapshot) -> list[Change]:
        """Changes within the source; folders above it change with the tests."""
        monitor = Recorder()
        found = list(diff_trees(self.repository, one.tree, two.tree, monitor))
        assert monitor.problems == []
        top = os.fsencode(self.source)
        return [change for change in found if change.path.startswith(top + b"/")]

    def state(self) -> dict[bytes, tuple[str, bytes]]:
        """Path → kind and content."""
        found = {}
        for path in self.source.rglob("*"):
            name = os.fsencode(path)
            if path.is_dir():
                found[name] = ("dir", b"")
            else:
                found[name] = ("file", path.read_bytes())
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    for name in ("a/one", "a/b/two", "c/three", "four"):
        (desk.source / name).parent.mkdir(parents=True, exist_ok=True)
        (desk.source / name).write_text(name)
    return desk


def kinds(changes: list[Change], source: Path) -> dict[str, str]:
    top = len(os.fsencode(source)) + 1
    return {change.path[top:].decode(): change.kind.value for change in changes}


def test_what_changed_between_two_snapshots(desk: Desk) -> None:
    one = desk.back_up()
    (desk.source / "a/one").write_text("other")
    (desk.source / "four").chmod(0o600)
    (desk.source / "new").mkdir()
    (desk.source / "new/file").write_text("12345")
    shutil.rmtree(desk.source / "c")
    (desk.source / "a/b/two").unlink()
    (desk.source / "a/b/two").mkdir()
    two = desk.back_up()
    changes = desk.diff(one, two)
    assert kinds(changes, desk.source) == {
        "a/b/two": "type", "a/one": "changed", "c": "removed", "c/three": "removed",
        "four": "metadata", "new": "added", "new/file": "added",
    }  # fmt: skip
    sizes = {Path(os.fsdecode(c.path)).name: (c.before, c.after) for c in changes}
    assert sizes["file"] == (None, 5)
    assert sizes["one"] == (5, 5)
    assert desk.diff(one, one) == []


@pytest.mark.parametrize("seed", range(8))
def test_random_changes_are_those_of_a_plain_comparison(tmp_path: Path, seed: int) -> None:
    desk = Desk(tmp_path)
    chance = random.Random(seed)
    for _ in range(12):
        mutate(desk.source, chance)
    one, before = desk.back_up(), desk.state()
    for _ in range(10):
        mutate(desk.source, chance)
    two, after = desk.back_up(), desk.state()
    expected = {}
    for path in before.keys() | after.keys():
        if path not in after:
            expected[path] = "removed"
        elif path not in before:
            expected[path] = "added"
        elif before[path] != after[path]:
            expected[path] = "type" if before[path][0] != after[path][0] else "changed"
    found = {c.path: c.kind.value for c in desk.diff(one, two) if c.kind is not Kind.METADATA}
    assert found == expected


def test_equal_subtrees_are_not_read(desk: Desk) -> None:
    for number in range(30):
        (desk.source / f"d{number}").mkdir()
        (desk.source / f"d{number}/f").write_text(str(number))
    one = desk.back_up()
    (desk.source / "d7/f").write_text("changed")
    two = desk.back_up()
    desk.place.forget()
    assert len(desk.diff(one, two)) == 1
    loads = [call for call in desk.place.calls if call.op is Op.LOAD]
    depth = len(desk.source.parts) + 2
    assert len(loads) <= 2 * depth


# --- with the disk ---------------------------------------------------------------------------


def disk(desk: Desk, snapshot: Snapshot, *exclude: str) -> dict[str, str]:
    monitor = Recorder()
    sources = [Source("s", desk.source, exclude)]
    found = list(diff_disk(desk.repository, snapshot, sources, monitor))
    assert monitor.problems == []
    return kinds(found, desk.source)


def test_the_disk_as_it_was_backed_up_differs_in_nothing(desk: Desk) -> None:
    assert disk(desk, desk.back_up()) == {}


def test_what_changed_on_the_disk_since(desk: Desk) -> None:
    snapshot = desk.back_up()
    (desk.source / "a/one").write_text("longer than before")
    (desk.source / "four").chmod(0o600)
    (desk.source / "a/new").write_text("x")
    (desk.source / "a/left out.tmp").write_text("x")
    shutil.rmtree(desk.source / "c")
    assert disk(desk, snapshot, "*.tmp") == {
        "a/new": "added", "a/one": "changed", "c": "removed", "c/three": "removed",
        "four": "metadata",
    }  # fmt: skip


def test_a_source_that_is_gone_is_a_problem(desk: Desk) -> None:
    snapshot = desk.back_up()
    shutil.rmtree(desk.source)
    monitor = Recorder()
    list(diff_disk(desk.repository, snapshot, [Source("s", desk.source)], monitor))
    assert monitor.problems


# --- finding ---------------------------------------------------------------------------------


def test_a_deleted_file_is_found_with_its_versions(desk: Desk) -> None:
    first = desk.back_up()
    (desk.source / "a/one").write_text("second version")
    second = desk.back_up()
    third = desk.back_up()
    (desk.source / "a/one").unlink()
    last = desk.back_up()
    (found,) = find(desk.repository, [first, second, third, last], "on?", Recorder())
    assert found.path == os.fsencode(desk.source / "a/one")
    assert found.gone
    spans = [(version.first.id, version.last.id) for version in found.versions]
    assert spans == [(first.id, first.id), (second.id, third.id)]


def test_a_file_that_came_back_has_a_version_of_its_own(desk: Desk) -> None:
    path = desk.source / "four"
    snapshots = [desk.back_up()]
    path.unlink()
    snapshots.append(desk.back_up())
    path.write_text("four")
    snapshots.append(desk.back_up())
    found = history(desk.repository, snapshots, os.fsencode(path), Recorder())
    assert [version.first.id for version in found.versions] == [snapshots[0].id, snapshots[2].id]
    assert not found.gone


def test_patterns_for_names_and_for_paths(desk: Desk) -> None:
    snapshots = [desk.back_up()]

    def names(pattern: str, *, ignore_case: bool = False) -> list[str]:
        found = find(desk.repository, snapshots, pattern, Recorder(), ignore_case=ignore_case)
        return [each.path.rpartition(b"/")[2].decode() for each in found]

    assert names("t[wh]*") == ["two", "three"]
    assert names("a/*/two") == names("b/two") == names(f"{desk.source}/a/b/two") == ["two"]
    assert names("c/two") == []
    assert names("FOUR") == []
    assert names("FOUR", ignore_case=True) == ["four"]


def test_each_tree_is_read_once_for_all_snapshots(desk: Desk) -> None:
    snapshots = [desk.back_up() for _ in range(5)]
    desk.place.forget()
    find(desk.repository, snapshots, "*", Recorder())
    loads = [call for call in desk.place.calls if call.op is Op.LOAD]
    assert len(loads) <= 4 + 5 * len(desk.source.parts)


def test_a_path_in_no_snapshot_is_said(desk: Desk) -> None:
    with pytest.raises(WrongUsage, match="No snapshot has /nowhere"):
        history(desk.repository, [desk.back_up()], b"/nowhere", Recorder())
