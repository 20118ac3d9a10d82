"""Backing up everything that a file system can hold, and getting exactly that back."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
from pathlib import Path

import pytest

from app.backends.contract import Kind
from app.backends.memory import MemoryBackend
from app.monitor import Recorder
from app.repository.archiver import back_up
from app.repository.backup_model import BackupOptions
from app.repository.config import Config
from app.repository.repository import NewKey, create_repository
from app.repository.scan import Source
from app.repository.tree import NodeType, encode_tree, permissions
from tests.chaos.support import (
    Rig,
    assert_sound,
    local,
    problems_of,
    restic,
    restic_lines,
    restore_all,
    state_of,
)
from tests.faults import Op, RecordingBackend
from tests.repository.support import CHEAP, PASSWORD, cheap_config

ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason="only root may make devices and give files away")

AWKWARD_NAMES = (
    b"\xff\xfe not UTF-8",
    b"control \x01\x07\x1b\x7f",
    b"new\nline",
    b"tab\tand\rreturn",
    b'quotes " and \\ backslash',
    b"<html> & co",
    "nbsp\u00a0 soft\u00ad zero\u200b ls\u2028 ps\u2029".encode(),
    "emoji 🚀 and ümläut".encode(),
    "e\u0301 is not é".encode(),
    "\U000e0001 tag".encode(),
    b"\xed\xa0\x80 a surrogate in bytes",
    b" leading and trailing ",
    b"-rf",
    b"...",
    b"~",
    b"*",
    b"x" * 255,
)


def _make_names(home: Path) -> None:
    below = os.fsencode(home / "names")
    os.mkdir(below)
    for number, name in enumerate(AWKWARD_NAMES):
        with open(os.path.join(below, name), "wb") as file:
            file.write(b"%d" % number)
    os.mkdir(os.path.join(below, b"folder \xff\n"))
    with open(os.path.join(below, b"folder \xff\n", b"inside"), "wb") as file:
        file.write(b"inside")


def _make_links(home: Path) -> None:
    links = home / "links"
    links.mkdir()
    (links / "target").write_text("target")
    (links / "relative").symlink_to("target")
    (links / "absolute").symlink_to(home / "links" / "target")
    (links / "dangling").symlink_to("nowhere/at all")
    (links / "to a folder").symlink_to("..")
    (links / "itself").symlink_to("itself")
    os.symlink(b"not UTF-8 \xff", os.fsencode(links / "strange"))
    (links / "hard 1").write_bytes(b"one content, three names")
    (links / "hard 2").hardlink_to(links / "hard 1")
    (home / "hard 3").hardlink_to(links / "hard 1")


def _make_others(home: Path) -> None:
    others = home / "others"
    others.mkdir()
    os.mkfifo(others / "fifo", 0o640)
    if ROOT:
        os.mknod(others / "null", 0o20666, os.makedev(1, 3))
        os.mknod(others / "block", 0o60600, os.makedev(7, 300))


def _make_sizes(home: Path) -> None:
    sizes = home / "sizes"
    sizes.mkdir()
    rng = random.Random(1)
    border = 32 << 10  # the smallest chunk; up to 1 MiB a file is read at once
    for size in (0, 1, border - 1, border, border + 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1):
        (sizes / f"{size}").write_bytes(rng.randbytes(size))
    (sizes / "two packs").write_bytes(rng.randbytes(20 << 20))
    with (sizes / "sparse").open("wb") as file:
        file.seek(5 << 20)
        file.write(b"in the middle")
        file.truncate(9 << 20)


def _make_metadata(home: Path) -> None:
    metadata = home / "metadata"
    metadata.mkdir()
    for mode in (0o000, 0o400, 0o644, 0o777, 0o4755, 0o2755, 0o1644, 0o7777):
        path = metadata / f"mode {mode:o}"
        path.write_bytes(b"content")
        path.chmod(mode)
    sticky = metadata / "sticky"
    sticky.mkdir()
    sticky.chmod(0o1777)
    (metadata / "empty folder").mkdir()
    times = 0, 1, -1, -2_000_000_000_123_456_789, 4_000_000_000_000_000_001
    for number, when in enumerate(times):
        path = metadata / f"time {number}"
        path.write_bytes(b"")
        os.utime(path, ns=(when, when))
    marked = metadata / "attributes"
    marked.write_bytes(b"content")
    for path in (marked, sticky):
        os.setxattr(path, "user.tag", b"\x00\xff binary")
        os.setxattr(path, "user.empty", b"")
    if ROOT:
        os.chown(metadata / "time 0", 12345, 54321)
        os.chown(sticky, 12345, 54321)


def _make_deep(home: Path) -> None:
    deep = home / "deep"
    for number in range(150):
        deep = deep / f"level {number}"
    deep.mkdir(parents=True)
    (deep / "bottom").write_text("here")


MAKERS = (_make_names, _make_links, _make_others, _make_sizes, _make_metadata, _make_deep)


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__[6:])
def test_what_was_there_comes_back(tmp_path, make):
    rig = Rig(tmp_path)
    make(rig.home)
    rig.save()
    assert rig.problems == []
    assert state_of(rig.restored()) == state_of(rig.home)
    rig.sound()


def _make_everything(home: Path) -> None:
    for make in MAKERS:
        make(home)


@pytest.mark.interop
def test_stock_restic_lists_checks_and_restores_the_same(tmp_path):
    rig = Rig(tmp_path, local(tmp_path / "repository"))
    _make_everything(rig.home)
    rig.save()
    repository = tmp_path / "repository"
    restic(repository, "check", "--read-data")
    restic(repository, "restore", "latest", "--target", tmp_path / "by restic")
    restored = tmp_path / "by restic" / rig.home.relative_to("/")
    restic_cannot = {  # 0.14 mangles this target, and does not know these times
        b"links/strange",
    }
    ours, theirs = state_of(rig.home), state_of(restored)
    for name in restic_cannot:
        ours.pop(name)
        theirs.pop(name)
    assert theirs == ours


@pytest.mark.interop
def test_stock_restic_finds_in_our_snapshot_what_it_finds_in_its_own(tmp_path):
    rig = Rig(tmp_path, local(tmp_path / "repository"))
    _make_everything(rig.home)
    rig.save()
    repository = tmp_path / "repository"
    ours = restic_lines(repository, "ls", "--json", "latest")
    restic(repository, "backup", rig.home, "--tag", "theirs")
    theirs = restic_lines(repository, "ls", "--json", "--tag", "theirs", "latest")
    assert [_fact(line) for line in ours[1:]] == [_fact(line) for line in theirs[1:]]
    assert len(ours) > 200


@pytest.mark.interop
def test_nodes_are_stock_restics_byte_for_byte_but_for_zone_and_device(tmp_path):
    """`restic cat tree` of each folder below home, ours against its own."""
    rig = Rig(tmp_path, local(tmp_path / "repository"))
    for make in (_make_names, _make_links, _make_metadata):
        make(rig.home)
    rig.save()
    ours = rig.nodes()
    restic(tmp_path / "repository", "backup", rig.home, "--tag", "theirs")
    (snapshot,) = (each for each in rig.snapshots() if each.tags == ("theirs",))
    theirs = rig.nodes(snapshot)
    inside = os.fsencode(rig.home) + b"/"
    assert ours.keys() == theirs.keys()
    compared = [path for path in ours if path.startswith(inside) and not ours[path].subtree]
    for path in compared:
        assert _bare(ours[path].raw) == _bare(theirs[path].raw), path
    assert len(compared) > 40


def _bare(raw: bytes) -> dict[str, object]:
    """A node's fields and their order, without what legally differs: ours are in UTC, have the
    device only for hard links, and the bytes of links that are not UTF-8 (restic since 0.16)."""
    fields = json.loads(raw)
    order = list(fields)
    for name in ("atime", "mtime", "ctime", "device_id", "linktarget_raw"):
        fields.pop(name, None)
    return {"fields": fields, "order": [name for name in order if name in fields]}


def _fact(line: dict[str, object]) -> tuple[object, ...]:
    keys = ("name", "type", "path", "uid", "gid", "size", "mode", "permissions")
    return tuple(line.get(key) for key in keys)


def test_a_large_sparse_file(tmp_path):
    rig = Rig(tmp_path)
    large = rig.write("large")
    with large.open("wb") as file:
        file.write(b"begin")
        file.seek(300 << 20)
        file.write(b"end")
    report = rig.save()
    assert report.bytes_read == large.stat().st_size
    assert report.summary.data_added < 4 << 20
    assert state_of(rig.restored()) == state_of(rig.home)


def test_five_thousand_files_go_through_worker_processes(tmp_path):
    rig = Rig(tmp_path, local(tmp_path / "repository"), workers=2)
    rng = random.Random(5)
    below = rig.home / "many"
    below.mkdir()
    for number in range(5_000):
        (below / f"{number:05}").write_bytes(rng.randbytes(rng.randrange(0, 2_000)))
    report = rig.save()
    assert report.summary.files_new == 5_000
    assert report.bytes_read == sum(path.stat().st_size for path in below.iterdir())
    assert state_of(rig.restored()) == state_of(rig.home)
    assert rig.sound().orphans == 0
    again = rig.save()
    assert (again.bytes_read, again.summary.data_blobs) == (0, 0)


@pytest.mark.parametrize("workers", [0, 2])
def test_equal_contents_are_stored_once(tmp_path, workers):
    rig = Rig(tmp_path, local(tmp_path / "repository"), workers=workers)
    content = random.Random(2).randbytes(3 << 20)
    for number in range(8):
        rig.write(f"{number}/same", content)
    added = rig.save().summary.data_added
    assert len(content) < added < 1.2 * len(content)


def test_a_file_that_holds_the_bytes_of_a_tree(tmp_path):
    """Someone keeps what `restic cat tree` printed: the same bytes as data and as a tree."""
    rig = Rig(tmp_path)
    (rig.home / "empty").mkdir()
    rig.write("trees/of an empty folder", encode_tree([]))
    rig.save()
    rig.sound()
    assert state_of(rig.restored()) == state_of(rig.home)


def test_sockets_are_left_out_without_a_word(tmp_path):
    rig = Rig(tmp_path)
    rig.write("file")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(rig.home / "socket"))
        rig.save()
    assert rig.below_home() == {"file"}
    assert rig.problems == []


def test_paths_longer_than_the_system_takes_become_a_problem(tmp_path):
    """PATH_MAX is 4,096: such folders can be made step by step, and exist."""
    rig = Rig(tmp_path)
    rig.write("kept")
    back = os.open(".", os.O_RDONLY)
    try:
        os.chdir(rig.home)
        for _ in range(20):
            os.mkdir("d" * 250)
            os.chdir("d" * 250)
        rig.save()
    finally:
        os.fchdir(back)
        os.close(back)
    assert [message for message, _ in rig.problems] == ["file-unreadable"]
    assert "kept" in rig.below_home()
    rig.sound()
    shutil.rmtree(rig.home)


@as_root
def test_owners_and_permissions_are_in_the_snapshot(tmp_path):
    rig = Rig(tmp_path)
    path = rig.write("file")
    os.chown(path, 0, 65534)
    path.chmod(0o4711)
    rig.save()
    node = rig.nodes()[os.fsencode(path)]
    assert (node.uid, node.gid, node.user) == (0, 65534, "root")
    assert permissions(node.mode) == 0o4711


def test_upper_folders_have_their_own_metadata(tmp_path):
    rig = Rig(tmp_path)
    tmp_path.chmod(0o751)
    rig.write("file")
    rig.save()
    nodes = rig.nodes()
    upper = nodes[os.fsencode(tmp_path)]
    assert upper.type is NodeType.DIR
    assert permissions(upper.mode) == 0o751
    assert set(nodes) == {
        *(os.fsencode(each) for each in [*rig.home.parents][:-1]),
        os.fsencode(rig.home),
        os.fsencode(rig.home / "file"),
    }


def test_folders_take_their_time_from_before_the_backup(tmp_path):
    """Reading with access times on must not show; nor may a folder's own time change."""
    rig = Rig(tmp_path)
    rig.write("folder/file")
    before = state_of(rig.home)
    rig.save()
    assert state_of(rig.home) == before


@as_root
def test_access_times_are_left_alone(tmp_path):
    rig = Rig(tmp_path)
    path = rig.write("file")
    os.utime(path, ns=(1_000_000_000, 2_000_000_000))
    rig.save()
    assert path.stat().st_atime_ns == 1_000_000_000


def test_the_order_on_the_wire_is_packs_index_snapshot(tmp_path):
    recording = RecordingBackend(MemoryBackend())
    rig = Rig(tmp_path, recording)
    rig.write("large", random.Random(1).randbytes(20 << 20))
    recording.forget()
    rig.save()
    kinds = [call.file.kind for call in recording.changes if call.op is Op.SAVE and call.file]
    assert kinds[0] is Kind.LOCK
    assert kinds[1:] == sorted(kinds[1:], key=[Kind.PACK, Kind.INDEX, Kind.SNAPSHOT].index)
    assert kinds.count(Kind.PACK) >= 3
    assert kinds[-1] is Kind.SNAPSHOT
    assert [call.file.kind for call in recording.changes[-1:] if call.file] == [Kind.LOCK]


def test_without_compression_in_version_1(tmp_path):
    backend = MemoryBackend()
    config = Config(1, cheap_config().id, cheap_config().chunker_polynomial)
    create_repository(backend, [NewKey(PASSWORD, CHEAP)], config=config)
    rig = Rig(tmp_path, backend)
    _make_names(rig.home)
    rig.write("text", b"text " * 10_000)
    report = rig.save()
    assert report.summary.data_added > 50_000
    assert state_of(rig.restored()) == state_of(rig.home)
    rig.sound()


def test_a_backup_without_a_lock(tmp_path):
    """The demonstration and drills work on a place of their own."""
    rig = Rig(tmp_path)
    rig.write("file")
    recorder = Recorder()
    report = back_up(
        rig.open(),
        [Source("home", rig.home)],
        temporary=tmp_path / "temporary",
        monitor=recorder,
        options=BackupOptions(host="rig"),
    )
    assert problems_of(recorder) == []
    restore_all(rig.open(), report.snapshot, tmp_path / "back", rig.home)
    assert state_of(tmp_path / "back") == state_of(rig.home)
    assert_sound(rig.backend)
