"""Removing snapshots and changing their tags. Crashes: tests/chaos/test_crash_tidying."""

from __future__ import annotations

import pytest

from app.backends.contract import Kind
from app.errors import AppError
from app.monitor import Recorder
from app.repository.forgetting import remove_snapshots, retag
from app.repository.lock import LockLost, LockMode, locked
from app.repository.snapshot import Snapshot
from tests.repository.support import cheap_repository, save_backup


def test_removed_snapshots_are_gone_and_missing_ones_do_not_matter() -> None:
    repository = cheap_repository()
    first, second = (save_backup(repository, number, b"x%d" % number) for number in (1, 2))
    with locked(repository, LockMode.EXCLUSIVE) as lock:
        ids = [first.id, "f" * 64]
        assert remove_snapshots(repository, ids, lock, monitor=Recorder()) == 1
    assert [each.id for each in repository.snapshots(Recorder())] == [second.id]


def test_nothing_is_removed_without_the_lock() -> None:
    repository = cheap_repository()
    first = save_backup(repository, 1, b"x")
    with locked(repository, LockMode.EXCLUSIVE) as lock:
        for info in list(repository.backend.list(Kind.LOCK)):
            repository.backend.remove(info.file)
        with pytest.raises(LockLost):
            remove_snapshots(repository, [first.id], lock, monitor=Recorder())
        with pytest.raises(LockLost):
            retag(repository, first, ["a"], lock)
    assert len(repository.snapshots(Recorder())) == 1


def test_tags_change_and_nothing_else() -> None:
    repository = cheap_repository()
    first = save_backup(repository, 1, b"x")
    with locked(repository, LockMode.EXCLUSIVE) as lock:
        second = retag(repository, first, ["b", "a", "a"], lock)
        third = retag(repository, second, ["c"], lock)
        assert retag(repository, third, ["c"], lock) is third
        bare = retag(repository, third, [], lock)
    assert second.tags == ("a", "b")
    assert bare.tags == ()
    assert {each.file.original for each in (second, third, bare)} == {first.id}
    assert (bare.tree, bare.time, bare.paths) == (first.tree, first.time, first.paths)
    assert [each.id for each in repository.snapshots(Recorder())] == [bare.id]


def test_whoever_keeps_books_is_told_before_the_old_one_goes() -> None:
    repository = cheap_repository()
    first = save_backup(repository, 1, b"x")
    told: list[tuple[str, set[str]]] = []

    def note(made: Snapshot) -> None:
        told.append((made.id, {each.id for each in repository.snapshots(Recorder())}))

    with locked(repository, LockMode.EXCLUSIVE) as lock:
        second = retag(repository, first, ["a"], lock, note=note)
    assert told == [(second.id, {first.id, second.id})]


def test_if_the_books_cannot_be_kept_nothing_goes() -> None:
    repository = cheap_repository()
    first = save_backup(repository, 1, b"x")

    def note(_made: Snapshot) -> None:
        raise AppError("owed-unusable", path="x", reason="y")

    with locked(repository, LockMode.EXCLUSIVE) as lock, pytest.raises(AppError):
        retag(repository, first, ["a"], lock, note=note)
    assert first.id in {each.id for each in repository.snapshots(Recorder())}
