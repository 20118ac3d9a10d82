"""Restoring writes below its target, whatever the snapshot says and whoever meddles meanwhile."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.monitor import Recorder
from app.repository.pack import BlobKind
from app.repository.repository import Repository
from app.repository.restorer import restore
from app.repository.tree import encode_tree
from tests.repository.support import cheap_repository, save_blobs
from tests.repository.test_restorer import file_node, folder_node, link_node, snapshot_of

# What leads elsewhere, or to a device, on Windows; here each is a name like any other.
ELSEWHERE = [
    b"..\\..\\evil", b"C:\\evil", b"C:evil", b"\\\\host\\share", b"CON", b"nul.txt", b"COM1",
    b"a:b", b"a.", b"a ", b"\xff\xfe", b"-rf", b"~", b"$(touch x)", b"\n", b"\x1b[2J",
    "\u202egpj".encode(),
]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="where they are names like any other")
def test_names_that_mean_something_elsewhere_stay_in_their_folder(tmp_path: Path) -> None:
    repository = cheap_repository()
    (blob,) = save_blobs(repository, BlobKind.DATA, b"data")
    (inner,) = save_blobs(
        repository, BlobKind.TREE, encode_tree([file_node(n, blob, 4) for n in sorted(ELSEWHERE)])
    )
    target = tmp_path / "in" / "t"
    _restored(repository, target, folder_node(b"d", inner))
    assert sorted(os.listdir(os.fsencode(target / "d"))) == sorted(ELSEWHERE)
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["t"]
    assert [path.name for path in target.iterdir()] == ["d"]


def test_a_link_of_the_snapshot_is_not_written_through(tmp_path: Path) -> None:
    """A link to elsewhere, and in later parts of the snapshot a folder of that name."""
    repository = cheap_repository()
    outside = tmp_path / "outside"
    outside.mkdir()
    (blob,) = save_blobs(repository, BlobKind.DATA, b"evil")
    (inner,) = save_blobs(repository, BlobKind.TREE, encode_tree([file_node(b"f", blob, 4)]))
    target = tmp_path / "t"
    _restored(repository, target, link_node(b"d", os.fsencode(outside)))
    assert (target / "d").is_symlink()
    monitor = _restored(repository, target, folder_node(b"d", inner))
    assert os.listdir(outside) == []
    assert monitor.problems


@contextlib.contextmanager
def _meddling(target: Path, outside: Path) -> Iterator[list[int]]:
    """Somebody who swaps whatever is new for a link to elsewhere, as fast as they can."""
    over, swapped = threading.Event(), [0]
    spare = outside.parent / "spare"
    spare.mkdir()

    def meddle() -> None:
        while not over.is_set():
            for path in (
                target / "d",
                target / "d/e",
                target / "d/e/7",
                target / "d/.7.tradekeep.partial",
            ):
                with contextlib.suppress(OSError):
                    if path.is_symlink():
                        path.unlink()
                        continue
                    leads = outside if path.is_dir() else outside / "victim"
                    path.rename(spare / str(swapped[0]))
                    path.symlink_to(leads)
                    swapped[0] += 1

    thread = threading.Thread(target=meddle)
    thread.start()
    try:
        yield swapped
    finally:
        over.set()
        thread.join()


def test_nothing_is_written_elsewhere_while_somebody_swaps_what_is_made(tmp_path: Path) -> None:
    repository = cheap_repository()
    (blob,) = save_blobs(repository, BlobKind.DATA, b"evil")
    files = [file_node(b"%d" % number, blob, 4) for number in range(40)]
    (deep,) = save_blobs(repository, BlobKind.TREE, encode_tree(files))
    (top,) = save_blobs(repository, BlobKind.TREE, encode_tree([*files, folder_node(b"e", deep)]))
    outside, target = tmp_path / "outside", tmp_path / "t"
    outside.mkdir()
    (outside / "victim").write_bytes(b"mine")
    target.mkdir()
    with _meddling(target, outside) as swapped:
        for _ in range(30):
            _restored(repository, target, folder_node(b"d", top))
    assert swapped[0] > 20  # there was somebody
    assert [path.name for path in outside.iterdir()] == ["victim"]
    assert (outside / "victim").read_bytes() == b"mine"
    assert (outside / "victim").stat().st_nlink == 1
    shutil.rmtree(target, ignore_errors=True)


def _restored(repository: Repository, target: Path, *nodes: bytes) -> Recorder:
    monitor = Recorder()
    snapshot = snapshot_of(repository, *nodes)
    repository.load_index(monitor)
    restore(repository, snapshot, target, monitor=monitor, workers=0)
    return monitor
