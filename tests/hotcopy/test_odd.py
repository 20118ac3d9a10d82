"""Damaged databases, odd names, no room, and what stays behind."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.hotcopy import SQLITE_HEADER, Consistency, Limits, clear_leftovers, copied
from app.messages import message_ids
from tests.hotcopy.support import QUICK, is_private, make, rows_in

# --- damage ----------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_damaged_database_is_kept_as_it_is_and_named(tmp_path: Path, mode: str) -> None:
    source = make(tmp_path / "trades.sqlite", mode, rows=3000)
    raw = bytearray(source.read_bytes())
    raw[8192:40960] = os.urandom(32768)
    source.write_bytes(raw)
    with copied(source, tmp_path / "t") as copy:
        assert copy.how is Consistency.CRASH
        assert copy.problem and copy.problem.message_id == "database-damaged"
        assert [name for name, _ in copy.files] == ["trades.sqlite"]
        assert copy.files[0][1].read_bytes() == bytes(raw)


@pytest.mark.parametrize("content", [SQLITE_HEADER, SQLITE_HEADER + os.urandom(5000)])
def test_a_header_without_a_database(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "encrypted.db"
    source.write_bytes(content)
    with copied(source, tmp_path / "t", limits=QUICK) as copy:
        assert copy.files[0][1].read_bytes() == content
        assert copy.how is Consistency.CRASH
        assert copy.problem and copy.problem.message_id == "database-damaged"


def test_a_truncated_database(tmp_path: Path) -> None:
    source = make(tmp_path / "trades.sqlite", "delete", rows=3000)
    raw = source.read_bytes()[:20000]
    source.write_bytes(raw)
    with copied(source, tmp_path / "t") as copy:
        assert copy.problem and copy.problem.message_id == "database-damaged"
        assert copy.files[0][1].read_bytes() == raw


def test_rows_that_break_a_rule_of_their_table_are_no_damage(tmp_path: Path) -> None:
    source = tmp_path / "trades.sqlite"
    bot = sqlite3.connect(source)
    bot.execute("CREATE TABLE t(a CHECK (a > 5), b)")
    bot.execute("PRAGMA ignore_check_constraints=ON")
    bot.execute("INSERT INTO t VALUES (1, NULL)")
    bot.execute("PRAGMA writable_schema=ON")
    bot.execute("UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a CHECK (a > 5), b NOT NULL)'")
    bot.commit()
    bot.close()
    with copied(source, tmp_path / "t") as copy:
        assert (copy.how, copy.problem) == (Consistency.ONLINE, None)


# --- names -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [b"a?mode=rwc&x=1.db", b"#1 100%.db", b"%2e%00.db", b"caf\xe9.db", b"\xf0\x9f\x93\x88 \n.db"],
)
@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_odd_names(tmp_path: Path, name: bytes, mode: str) -> None:
    source = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name)))
    make(tmp_path / "plain", mode).rename(source)
    with copied(source, tmp_path / "t") as copy:
        assert copy.problem is None
        assert os.fsencode(copy.files[0][0]) == name
        assert rows_in((("db", copy.files[0][1]),), tmp_path / "restored") == 100


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=60))
def test_any_name(tmp_path: Path, name: str) -> None:
    try:
        encoded = name.encode()
    except UnicodeEncodeError:
        return
    if name in (".", "..") or len(encoded) > 240:
        return
    folder = tmp_path / os.urandom(8).hex()
    folder.mkdir()
    source = folder / name
    make(folder / "x", "delete", rows=3).rename(source)
    with copied(source, tmp_path / "t") as copy:
        assert (copy.how, copy.problem) == (Consistency.ONLINE, None)


# --- no room ---------------------------------------------------------------------------------


def test_without_room_the_source_itself_is_handed_out(tmp_path: Path) -> None:
    source = make(tmp_path / "trades.sqlite", "delete")
    with copied(source, tmp_path / "t", limits=Limits(reserve=1 << 60)) as copy:
        assert copy.files == (("trades.sqlite", source),)
        assert copy.how is Consistency.CRASH
        assert copy.problem and copy.problem.message_id == "database-no-room"
        assert copy.problem.message_id in message_ids()
    assert source.exists()


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_disk_that_fills_up_on_the_way(
    tmp_path: Path, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look at the free space said that there was enough, and then there was not."""
    disk = namedtuple("disk", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _path: disk(1 << 40, 0, 1 << 40))
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "none", str(place)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("may not mount a small file system here")
    try:
        source = make(tmp_path / "trades.sqlite", mode, rows=5000)
        with copied(source, place) as copy:
            assert copy.files == (("trades.sqlite", source),)
            assert copy.problem and copy.problem.message_id == "database-no-room"
        assert list(place.iterdir()) == []
    finally:
        subprocess.run(["umount", str(place)])


def test_a_source_that_cannot_be_read_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), copied(tmp_path / "gone.db", tmp_path / "t"):
        pass
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with pytest.raises(OSError) as caught, copied(fifo, tmp_path / "t"):
        pass
    assert caught.value.errno == errno.EINVAL
    assert list((tmp_path / "t").iterdir()) == []


# --- what stays behind -----------------------------------------------------------------------


def test_a_copy_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        source = make(tmp_path / "trades.sqlite", "delete")
        with copied(source, tmp_path / "t") as copy:
            path = copy.files[0][1]
            assert is_private(path) and is_private(path.parent) and is_private(tmp_path / "t")
    finally:
        os.umask(old)
    assert list((tmp_path / "t").iterdir()) == []


_HOLD = """
import sys, time
from pathlib import Path
from app.hotcopy import copied
with copied(Path(sys.argv[1]), Path(sys.argv[2])) as copy:
    print(copy.files[0][1], flush=True)
    time.sleep(60)
"""


def test_what_a_killed_process_left_goes_and_what_a_living_one_has_stays(tmp_path: Path) -> None:
    source = make(tmp_path / "trades.sqlite", "delete")
    command = [sys.executable, "-c", _HOLD, str(source), str(tmp_path / "t")]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as killed,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as living,
    ):
        assert killed.stdout and living.stdout
        left = Path(killed.stdout.readline().strip())
        held = Path(living.stdout.readline().strip())
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert left.exists()
        clear_leftovers(tmp_path / "t")
        assert not left.parent.exists()
        assert held.exists()
        living.kill()
    clear_leftovers(tmp_path / "t")
    assert list((tmp_path / "t").iterdir()) == []


def test_clearing_leaves_alone_what_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "hot-0123").mkdir()  # without a lock file: no process has it
    clear_leftovers(tmp_path)
    clear_leftovers(tmp_path / "absent")
    assert [each.name for each in tmp_path.iterdir()] == ["other"]
