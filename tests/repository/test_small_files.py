"""Small plain files are read in a loop of their own; it must say what the long way says."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.repository.chunker import SMALLEST_CHUNK
from app.repository.nodes import file_node, names_of
from app.repository.pack import BlobKind
from app.repository.packer import Claims, Packer
from app.repository.small_files import SmallFiles
from app.repository.tree import PlainFiles
from tests.repository.support import cheap_repository


@pytest.fixture
def small() -> SmallFiles:
    return SmallFiles(Packer(cheap_repository(), BlobKind.DATA, Claims()))


def read(small: SmallFiles, path: Path) -> bytes:
    (node,) = small.nodes(os.fsencode(path.parent), [os.fsencode(path.name)])
    return node


@given(
    name=st.binary(min_size=1, max_size=12).filter(lambda name: not set(name) & set(b"/\0")),
    mode=st.integers(0, 0o7777),
    size=st.integers(0, 1 << 40),
    times=st.tuples(*[st.integers(-(1 << 62), 1 << 62)] * 2),
    owner=st.tuples(st.integers(0, 9), st.integers(0, 9)),
    inode=st.sampled_from([0, 1, 1 << 40]),
)
def test_the_short_way_encodes_as_the_long_one(name, mode, size, times, owner, inode):
    mtime, ctime = times
    status = os.stat_result(
        (stat.S_IFREG | mode, inode, 5, 1, *owner, size, 0, 0, 0),
        {"st_mtime_ns": mtime, "st_ctime_ns": ctime},
    )
    blob = b"\1" * 32 if size else b""
    content = (blob,) if size else ()
    encoder = PlainFiles(names_of)
    for _ in range(2):  # the second time from what it remembers
        assert encoder.encode(name, status, blob) == file_node(name, status, size, content, ())


def test_a_small_file_is_read(small: SmallFiles, tmp_path: Path) -> None:
    for content in (b"", b"x", b"x" * SMALLEST_CHUNK):
        path = tmp_path / "file"
        path.write_bytes(content)
        assert b'"size":%d' % len(content) in read(small, path) or not content
    assert small.read == 1 + SMALLEST_CHUNK


def test_what_is_out_of_the_ordinary_is_left_to_the_long_way(
    small: SmallFiles, tmp_path: Path
) -> None:
    (tmp_path / "large").write_bytes(b"x" * (SMALLEST_CHUNK + 1))
    (tmp_path / "one").write_text("two names")
    (tmp_path / "other").hardlink_to(tmp_path / "one")
    (tmp_path / "link").symlink_to("large")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    with closing(sqlite3.connect(tmp_path / "trades.sqlite")) as connection:
        connection.execute("CREATE TABLE t (x)")
    tagged = tmp_path / "tagged"
    tagged.write_text("attribute")
    try:
        os.setxattr(tagged, "user.tradekeep", b"1")
    except OSError:
        tagged.unlink()  # not on this file system
    for path in (*tmp_path.iterdir(), tmp_path / "missing", tmp_path / "no folder/file"):
        assert read(small, path) == b"", path
    assert small.read == 0


def test_a_file_that_changes_while_it_is_read_is_left_to_the_long_way(
    small: SmallFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_text("before")
    real = os.listxattr

    def meanwhile(descriptor: int) -> list[str]:
        path.write_text("after!")
        return real(descriptor)

    monkeypatch.setattr(os, "listxattr", meanwhile)
    assert read(small, path) == b""


def test_a_file_system_without_attributes_is_no_exception(
    small: SmallFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int) -> list[str]:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "listxattr", refuse)
    path = tmp_path / "file"
    path.write_text("content")
    assert read(small, path)
