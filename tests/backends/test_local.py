"""What else may be in a folder: modes, foreign files, leftovers, and what is missing."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.backends import local, staging
from app.backends.contract import (
    CONFIG,
    AccessDenied,
    FileName,
    FileNotThere,
    Kind,
    PlaceAway,
    PlaceBroken,
)
from app.backends.layout import FOLDERS, KIND_FOLDERS
from app.backends.local import LocalBackend
from tests.backends.places import NAMED, everything, file_of, mode_of, numbered, path_to

SOME = file_of(b"some")
KEY = FileName(Kind.KEY, SOME.name)
DAY = 24 * 3600


# --- layout and modes ----------------------------------------------------------------------


def test_the_layout_is_restics(backend: LocalBackend) -> None:
    backend.save(CONFIG, b"config")
    for kind in NAMED:
        backend.save(FileName(kind, SOME.name), b"some")
    assert everything(backend) == {
        "config",
        f"data/{SOME.name[:2]}/{SOME.name}",
        *(f"{kind.value}/{SOME.name}" for kind in NAMED if kind is not Kind.PACK),
    }
    assert {p.name for p in (backend.path / "data").iterdir()} == {f"{n:02x}" for n in range(256)}
    assert {p.name for p in backend.path.iterdir() if p.is_dir()} == set(KIND_FOLDERS)


def test_modes_are_private(backend: LocalBackend) -> None:
    backend.save(CONFIG, b"config")
    backend.save(SOME, b"some")
    list(backend.save_many([(KEY, b"key")]))
    folders = [backend.path, *(backend.path / name for name in FOLDERS)]
    assert {mode_of(folder) for folder in folders} == {0o700}
    for path in (backend.path / "config", path_to(backend, SOME), path_to(backend, KEY)):
        assert mode_of(path) == 0o400


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_a_config_that_the_group_may_read_shares_what_is_made(
    backend: LocalBackend, umask: int
) -> None:
    backend.save(CONFIG, b"config")
    (backend.path / "config").chmod(0o440)
    (backend.path / "data" / SOME.name[:2]).rmdir()
    before = os.umask(umask)
    try:
        backend.save(SOME, b"some")
        list(backend.save_many([(KEY, b"key")]))
        backend.save(CONFIG, b"replaced")
    finally:
        os.umask(before)
    assert mode_of(path_to(backend, SOME)) == 0o440
    assert mode_of(path_to(backend, SOME).parent) == 0o770
    assert mode_of(path_to(backend, KEY)) == 0o440
    assert mode_of(backend.path / "config") == 0o440


def test_a_folder_made_for_the_group_keeps_its_setgid_bit(backend: LocalBackend) -> None:
    backend.save(CONFIG, b"config")
    (backend.path / "config").chmod(0o440)
    (backend.path / "data" / SOME.name[:2]).rmdir()
    (backend.path / "data").chmod(0o2770)
    backend.save(SOME, b"some")
    assert mode_of(path_to(backend, SOME).parent) == 0o2770


def test_a_file_is_private_while_it_is_written(
    backend: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes = []

    def look(descriptor: int) -> None:
        modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))

    monkeypatch.setattr(staging, "sync_file", look)
    backend.save(SOME, b"some")
    assert modes == [0o600]


# --- what else lies in the folder ----------------------------------------------------------


def test_foreign_files_are_not_listed(backend: LocalBackend) -> None:
    backend.save(SOME, b"some")
    folder = path_to(backend, SOME).parent
    for name in ("README", SOME.name.upper(), SOME.name + "0", SOME.name[:-1], ".hidden", "ä"):
        (folder / name).write_bytes(b"x")
        (backend.path / "data" / name).write_bytes(b"x")
    (folder / f"{SOME.name}-tmp-123").write_bytes(b"x")
    (folder / ("a" * 64)).mkdir()
    (backend.path / "keys" / ("a" * 64)).symlink_to("nowhere")
    assert [info.file for info in backend.list(Kind.PACK)] == [SOME]
    assert list(backend.list(Kind.KEY)) == []


def leave(backend: LocalBackend, name: str, age: float) -> Path:
    path = backend.path / name
    path.write_bytes(b"half")
    when = path.stat().st_mtime - age
    os.utime(path, (when, when))
    return path


@pytest.mark.parametrize("way", ["clean", "create"])
def test_only_old_leftovers_of_ours_are_removed(backend: LocalBackend, way: str) -> None:
    name = SOME.name
    old = [
        leave(backend, f"{folder}{name}-tmp-1a2b", 2 * DAY)
        for folder in ("keys/", f"data/{name[:2]}/", "index/", "snapshots/", "locks/")
    ]
    old.append(leave(backend, "config-tmp-1234", 2 * DAY))
    kept = [
        leave(backend, f"keys/{name}-tmp-ffff", DAY / 2),
        leave(backend, "keys/notes-tmp-old", 2 * DAY),
        leave(backend, "notes-tmp-old", 2 * DAY),
        leave(backend, f"keys/{'b' * 64}", 2 * DAY),
    ]
    if way == "clean":
        assert backend.clean() == len(old)
    else:
        backend.create()
    assert not any(path.exists() for path in old)
    assert all(path.exists() for path in kept)


def test_a_failed_save_leaves_nothing(
    backend: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "I/O error")

    for module, name in ((staging, "sync_file"), (local, "sync_folder")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, fail)
            with pytest.raises(PlaceBroken):
                backend.save(SOME, b"some")
            with pytest.raises(PlaceBroken):
                list(backend.save_many(numbered(9)))
    assert not [name for name in everything(backend) if "-tmp-" in name]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_save_many_that_is_interrupted_leaves_no_temporary_files(
    backend: LocalBackend, error: type[BaseException]
) -> None:
    def source() -> Iterator[tuple[FileName, bytes]]:
        yield from numbered(6)
        raise error

    with pytest.raises(error):
        list(backend.save_many(source()))
    saving = backend.save_many(numbered(50)[20:])
    next(iter(saving))
    saving.close()  # type: ignore[attr-defined]  # it is a generator
    assert not [name for name in everything(backend) if "-tmp-" in name]


# --- folders that are missing --------------------------------------------------------------


@pytest.mark.parametrize("gone", [f"data/{SOME.name[:2]}", "data", "keys"])
def test_missing_folders_of_a_repository_are_made_again(backend: LocalBackend, gone: str) -> None:
    backend.save(CONFIG, b"config")
    subprocess.run(["rm", "-r", backend.path / gone], check=True)
    assert list(backend.list(Kind.PACK)) == list(backend.list(Kind.KEY)) == []
    with pytest.raises(FileNotThere):
        backend.load(SOME)
    backend.save(SOME, b"some")
    list(backend.save_many([(KEY, b"key")]))
    assert backend.load(SOME) == b"some"
    assert backend.load(KEY) == b"key"
    assert mode_of(path_to(backend, SOME).parent) == 0o700


def test_an_empty_mount_point_is_not_filled(tmp_path: Path) -> None:
    """The drive is gone, but the folder it was mounted on is there."""
    backend = LocalBackend(tmp_path)
    for file in (SOME, KEY):
        with pytest.raises(PlaceAway):
            backend.save(file, b"some")
        with pytest.raises(PlaceAway):
            list(backend.save_many([(file, b"some")]))
    assert list(tmp_path.iterdir()) == []
    assert all(list(backend.list(kind)) == [] for kind in Kind)
    with pytest.raises(FileNotThere):
        backend.size(CONFIG)


def test_a_place_that_is_not_there_is_away(tmp_path: Path) -> None:
    backend = LocalBackend(tmp_path / "away" / "repository")
    calls: list[Callable[[], object]] = [
        lambda: backend.load(SOME),
        lambda: backend.size(CONFIG),
        lambda: backend.remove(SOME),
        lambda: backend.save(SOME, b"some"),
        lambda: backend.save(CONFIG, b"config"),
        lambda: list(backend.save_many([(SOME, b"some")])),
        backend.free_space,
        *(lambda kind=kind: list(backend.list(kind)) for kind in Kind),
    ]
    for call in calls:
        with pytest.raises(PlaceAway) as caught:
            call()
        assert caught.value.params["place"] == backend.place
    assert not backend.path.parent.exists()
    assert backend.is_local


def test_a_place_that_vanishes_while_it_is_listed_is_away(backend: LocalBackend) -> None:
    for file, content in numbered(30):
        backend.save(file, content)
    listing = backend.list(Kind.PACK)
    next(listing)
    backend.path.rename(backend.path.with_name("unplugged"))
    with pytest.raises(PlaceAway):
        list(listing)


@pytest.mark.parametrize("kind", NAMED)
def test_something_else_in_the_place_of_a_folder(backend: LocalBackend, kind: Kind) -> None:
    subprocess.run(["rm", "-r", backend.path / kind.value], check=True)
    (backend.path / kind.value).write_bytes(b"no folder")
    file = FileName(kind, SOME.name)
    calls: list[Callable[[], object]] = [
        backend.create,
        lambda: list(backend.list(kind)),
        lambda: backend.load(file),
        lambda: backend.size(file),
        lambda: backend.save(file, b"some"),
        lambda: backend.remove(file),
    ]
    for call in calls:
        with pytest.raises(AccessDenied) as caught:
            call()
        assert caught.value.message_id == "place-not-a-folder"


def test_a_place_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    backend = LocalBackend(tmp_path / "file")
    calls: list[Callable[[], object]] = [
        backend.create,
        lambda: backend.size(CONFIG),
        lambda: backend.save(SOME, b"some"),
        *(lambda kind=kind: list(backend.list(kind)) for kind in Kind),
    ]
    for call in calls:
        with pytest.raises(AccessDenied) as caught:
            call()
        assert caught.value.message_id == "place-not-a-folder"


def test_a_folder_in_the_place_of_a_file(backend: LocalBackend) -> None:
    for file in (CONFIG, SOME):
        path = backend.path / "config" if file == CONFIG else path_to(backend, file)
        path.mkdir()
        calls: list[Callable[[], object]] = [
            lambda file=file: backend.load(file),  # type: ignore[misc]
            lambda file=file: backend.size(file),  # type: ignore[misc]
            lambda file=file: backend.save(file, b"some"),  # type: ignore[misc]
            lambda file=file: backend.remove(file),  # type: ignore[misc]
        ]
        for call in calls:
            with pytest.raises(AccessDenied) as caught:
                call()
            assert caught.value.message_id == "place-not-a-file"
    with pytest.raises(AccessDenied):
        list(backend.list(Kind.CONFIG))
    assert not [name for name in everything(backend) if "-tmp-" in name]


def test_what_a_killed_process_left_goes_when_nobody_else_writes(backend: LocalBackend) -> None:
    """A pack of 16 MiB stayed for ever after each kill."""
    name = SOME.name
    gone = [leave(backend, f"{place}{name}-tmp-1", 5) for place in (f"data/{name[:2]}/", "index/")]
    kept = [
        leave(backend, f"data/{name[:2]}/{name}-tmp-2", 0),  # begun since
        leave(backend, f"locks/{name}-tmp-3", 5),  # of somebody who is only taking a lock
        leave(backend, f"data/{name[:2]}/notes-tmp-4", 5),
    ]
    assert backend.clear_dead(time.time() - 2) == 2
    assert not any(path.exists() for path in gone)
    assert all(path.exists() for path in kept)
    lock = leave(backend, f"locks/{name}-tmp-5", 2 * DAY)  # of somebody killed while taking one
    assert backend.clear_dead(time.time() - 2) == 1
    assert not lock.exists()


def test_a_driver_that_tells_no_room_is_not_taken_for_a_full_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(0, 0, 0))
    assert LocalBackend(tmp_path).free_space() is None
