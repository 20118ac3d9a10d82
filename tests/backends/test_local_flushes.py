"""What is durable when, and what file systems cannot do."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.backends import flushes, local
from app.backends.contract import (
    CONFIG,
    FileName,
    Kind,
)
from app.backends.flushes import Flushes
from app.backends.local import LocalBackend
from tests.backends.places import NAMED, file_of, mode_of, numbered, path_to

SOME = file_of(b"some")
KEY = FileName(Kind.KEY, SOME.name)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Every fsync and rename, with the path it was for, in order."""
    events: list[tuple[str, str]] = []
    fsync, rename = os.fsync, Path.replace

    def logged_fsync(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        events.append(("sync folder" if is_folder else "sync", path.partition("-tmp-")[0]))
        fsync(descriptor)

    def logged_rename(self: Path, target: Path) -> Path:
        events.append(("rename", str(target)))
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", logged_fsync)
    monkeypatch.setattr(Path, "replace", logged_rename)
    return events


def assert_durable(log: list[tuple[str, str]], path: Path) -> None:
    """Content first, then the name, then the folder."""
    steps = [("sync", str(path)), ("rename", str(path)), ("sync folder", str(path.parent))]
    at = -1
    for step in steps:
        at = log.index(step, at + 1)


def test_save_is_durable_when_it_returns(backend: LocalBackend, log: list[tuple[str, str]]) -> None:
    for file in (SOME, CONFIG, KEY):
        log.clear()
        backend.save(file, b"some")
        path = backend.path / "config" if file == CONFIG else path_to(backend, file)
        assert_durable(log, path)
        assert len(log) == 3


def test_saving_what_is_there_makes_its_name_durable(
    backend: LocalBackend, log: list[tuple[str, str]]
) -> None:
    """Whoever renamed it may have been killed before it synced the folder."""
    backend.save(SOME, b"some")
    log.clear()
    backend.save(SOME, b"some")
    assert log == [("sync folder", str(path_to(backend, SOME).parent))]


def test_save_many_names_only_what_is_durable_and_shares_flushes(
    backend: LocalBackend, log: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "Flushes", lambda: Flushes(lambda: 0.0))
    for file in backend.save_many(numbered(20, Kind.INDEX)):
        assert_durable(log, path_to(backend, file))
    assert sum(event == "sync" for event, _ in log) == 20
    assert sum(event == "sync folder" for event, _ in log) == 3  # 4, then twice 8


def test_save_many_flushes_large_files_early(
    backend: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flushes, "_BYTES", 1)
    taken = []

    def source() -> Iterator[tuple[FileName, bytes]]:
        for each in numbered(6):
            taken.append(each)
            yield each

    for named, _ in enumerate(backend.save_many(source()), start=1):
        assert len(taken) - named <= 1


def test_create_makes_its_folders_durable(tmp_path: Path, log: list[tuple[str, str]]) -> None:
    backend = LocalBackend(tmp_path / "repository")
    backend.create()
    for folder in (tmp_path, backend.path, backend.path / "data"):
        assert ("sync folder", str(folder)) in log


def test_removing_an_index_or_a_key_is_durable(
    backend: LocalBackend, log: list[tuple[str, str]]
) -> None:
    for kind in NAMED:
        backend.save(FileName(kind, SOME.name), b"some")
    log.clear()
    for kind in NAMED:
        backend.remove(FileName(kind, SOME.name))
    synced = {Path(path).name for event, path in log if event == "sync folder"}
    assert synced == {"keys", "index", "snapshots"}


def test_file_systems_that_cannot_sync_are_used_all_the_same(
    backend: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", fail)
    backend.save(SOME, b"some")
    assert backend.load(SOME) == b"some"


def test_file_systems_without_modes_are_used_all_the_same(
    backend: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, mode: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    backend.save(SOME, b"some")
    assert backend.load(SOME) == b"some"


def test_read_only_files_are_removed_and_replaced_where_they_are_protected(
    backend: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows and some network shares."""
    unlink, rename = Path.unlink, Path.replace

    def careful_unlink(self: Path, missing_ok: bool = False) -> None:
        if not mode_of(self) & 0o200:
            raise PermissionError(errno.EACCES, "Permission denied")
        unlink(self)

    def careful_rename(self: Path, target: Path) -> Path:
        if target.exists() and not mode_of(target) & 0o200:
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "unlink", careful_unlink)
    monkeypatch.setattr(Path, "replace", careful_rename)
    for content in (b"first", b"second"):
        backend.save(CONFIG, content)
    assert backend.load(CONFIG) == b"second"
    backend.remove(CONFIG)
    assert list(backend.list(Kind.CONFIG)) == []
