"""Real drives that are full, read-only or gone; other processes, and kills."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from app.backends.contract import (
    CONFIG,
    AccessDenied,
    FileName,
    FileNotThere,
    Kind,
    NoSpace,
    PlaceAway,
)
from app.backends.local import LocalBackend
from tests.backends.places import everything, file_of, numbered

SOME = file_of(b"some")
KEY = FileName(Kind.KEY, SOME.name)
DAY = 24 * 3600


@pytest.fixture
def mounts() -> Iterator[Callable[..., Path]]:
    """Mounts something, as far as this machine lets us; all is unmounted at the end."""
    made: list[Path] = []

    def mount(point: Path, *arguments: str) -> Path:
        point.mkdir(exist_ok=True)
        done = subprocess.run(["mount", *arguments, point], capture_output=True, check=False)
        if done.returncode:
            pytest.skip(f"cannot mount here: {done.stderr.decode().strip()}")
        made.append(point)
        return point

    yield mount
    for point in reversed(made):
        with contextlib.suppress(FileNotFoundError):
            subprocess.run(["umount", "-l", point], capture_output=True, check=False)


def test_a_full_drive(tmp_path: Path, mounts: Callable[..., Path]) -> None:
    backend = LocalBackend(mounts(tmp_path / "drive", "-t", "tmpfs", "-o", "size=3m", "tmpfs"))
    backend.create()
    files = [(FileName(Kind.PACK, f"{n:064x}"), bytes([n]) * 400_000) for n in range(9)]
    named: list[FileName] = []
    with pytest.raises(NoSpace) as caught:
        named.extend(backend.save_many(files))
    assert caught.value.message_id == "place-full"
    there = {info.file for info in backend.list(Kind.PACK)}
    assert set(named) <= there
    with pytest.raises(NoSpace):
        for file, content in files:
            backend.save(file, content)
    there = {info.file for info in backend.list(Kind.PACK)}
    assert there and all(backend.load(file) == dict(files)[file] for file in there)
    assert not [name for name in everything(backend) if "-tmp-" in name]
    backend.remove(min(there, key=str))
    backend.save(KEY, b"key")


def test_a_drive_without_room_for_one_more_name(
    tmp_path: Path, mounts: Callable[..., Path]
) -> None:
    options = ("-t", "tmpfs", "-o", "nr_inodes=100", "tmpfs")
    with pytest.raises(NoSpace):
        LocalBackend(mounts(tmp_path / "drive", *options)).create()


def test_a_read_only_place(
    backend: LocalBackend, tmp_path: Path, mounts: Callable[..., Path]
) -> None:
    backend.save(SOME, b"some")
    point = mounts(tmp_path / "view", "--bind", str(backend.path))
    mounts(point, "-o", "remount,ro,bind")
    view = LocalBackend(point)
    assert view.load(SOME) == b"some"
    assert [info.file for info in view.list(Kind.PACK)] == [SOME]
    calls: list[Callable[[], object]] = [
        lambda: view.save(KEY, b"key"),
        lambda: list(view.save_many([(KEY, b"key")])),
        lambda: view.save(CONFIG, b"config"),
        lambda: view.remove(SOME),
    ]
    for call in calls:
        with pytest.raises(AccessDenied) as caught:
            call()
        assert caught.value.message_id == "place-read-only"
    view.save(SOME, b"some")  # is there


def test_a_drive_that_is_unplugged_is_away_although_its_mount_point_stays(
    tmp_path: Path, mounts: Callable[..., Path]
) -> None:
    point = mounts(tmp_path / "drive", "-t", "tmpfs", "tmpfs")
    backend = LocalBackend(point)
    backend.create()
    backend.save(CONFIG, b"config")
    for file, content in numbered(30):
        backend.save(file, content)
    listing = backend.list(Kind.PACK)
    next(listing)
    subprocess.run(["umount", "-l", point], check=True)
    with pytest.raises(PlaceAway):
        list(listing)
    with pytest.raises(PlaceAway):
        backend.save(KEY, b"key")
    assert list(point.iterdir()) == []


def test_a_path_that_is_not_utf_8(tmp_path: Path) -> None:
    backend = LocalBackend(tmp_path / os.fsdecode(b"caf\xe9"))
    backend.create()
    backend.save(SOME, b"some")
    assert backend.load(SOME) == b"some"
    assert backend.is_local
    copy = pickle.loads(pickle.dumps(backend))
    assert copy == backend and copy.load(SOME) == b"some"
    with pytest.raises(FileNotThere) as caught:
        backend.load(KEY)
    str(caught.value).encode()  # can be printed
    backend.path.rename(tmp_path / "gone")
    with pytest.raises(PlaceAway) as away:
        list(backend.list(Kind.KEY))
    str(away.value).encode()


def _save_in_child(backend: LocalBackend, number: int) -> None:
    for file, content in numbered(number):
        backend.save(file, content)


def test_processes_may_share_a_folder(backend: LocalBackend) -> None:
    context = multiprocessing.get_context("spawn")
    children = [context.Process(target=_save_in_child, args=(backend, 20)) for _ in range(2)]
    for child in children:
        child.start()
    _save_in_child(backend, 20)
    for child in children:
        child.join()
        assert child.exitcode == 0
    assert len(list(backend.list(Kind.PACK))) == 20


def test_a_range_of_a_damaged_index_takes_no_memory(backend: LocalBackend) -> None:
    backend.save(SOME, b"some")
    assert backend.load(SOME, 0, 1 << 60) == b"some"
    assert backend.load(SOME, 1 << 40, 1 << 60) == b""


def _save_for_ever(backend: LocalBackend, told: Connection) -> None:
    for number in count():
        contents = [os.urandom(1 + (number * 37_123 + each) % 900_000) for each in range(12)]
        for file in backend.save_many((file_of(content), content) for content in contents):
            told.send(file)


@pytest.mark.chaos
@pytest.mark.parametrize("after", [0.05, 0.1, 0.2, 0.4])
def test_a_kill_leaves_whole_files_and_all_that_were_named(
    backend: LocalBackend, after: float
) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_save_for_ever, args=(backend, theirs))
    child.start()
    theirs.close()
    named = {ours.recv()}  # it is at work
    time.sleep(after)
    child.kill()
    child.join()
    with contextlib.suppress(EOFError):
        while True:
            named.add(ours.recv())
    ours.close()
    there = {info.file for info in backend.list(Kind.PACK)}
    assert named <= there
    assert all(file_of(backend.load(file)) == file for file in there)
    backend.clean(time.time() + 2 * DAY)
    assert len(everything(backend)) == len(there)
