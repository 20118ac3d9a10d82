"""Sources, what the snapshot says about itself, live databases, and stopping in the middle."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.backends.contract import Kind
from app.errors import Cancelled
from app.messages import render
from app.monitor import Recorder
from app.repository.backup_model import ContextFile, NothingToBackUp
from app.repository.lock import LockLost
from app.repository.pack import BlobKind
from app.repository.scan import Source, identities
from app.repository.tree import permissions
from tests.chaos.support import Hooked, Rig, local, restic, small_corpus, state_of

# --- sources ---------------------------------------------------------------------------------


def test_overlapping_sources_are_saved_once_each_by_its_own_rules(tmp_path):
    rig = Rig(tmp_path)
    for name in ("x.log", "bot/x.log", "bot/config", "file"):
        rig.write(name)
    report = rig.save(
        Source("outer", rig.home, ("*.log",)),
        Source("bot", rig.home / "bot"),
    )
    assert rig.below_home() == {"bot", "bot/x.log", "bot/config", "file"}
    assert [(count.name, count.files) for count in report.sources] == [("outer", 1), ("bot", 2)]
    assert report.snapshot.file.excludes == ["*.log"]
    rig.sound()


def test_two_sources_of_one_name(tmp_path):
    rig = Rig(tmp_path)
    rig.write("one/bot/file", "1")
    rig.write("two/bot/file", "22")
    report = rig.save(
        Source("bot", rig.home / "one" / "bot"), Source("bot", rig.home / "two" / "bot")
    )
    assert [(count.name, count.bytes) for count in report.sources] == [("bot", 1), ("bot", 2)]
    assert {"one/bot/file", "two/bot/file"} < rig.below_home()


def test_a_source_that_is_one_file(tmp_path):
    rig = Rig(tmp_path)
    path = rig.write("file", "alone")
    rig.write("beside")
    report = rig.save(path)
    assert rig.below_home() == {"file"}
    assert report.sources[0].files == 1
    assert rig.save(path).bytes_read == 0


def test_the_whole_file_system_as_a_source(tmp_path):
    """Here with all left out but the way to one file."""
    rig = Rig(tmp_path)
    rig.write("file")
    rig.write("beside")
    patterns = ["/*"]
    for folder in [*reversed(rig.home.parents[:-1]), rig.home]:
        patterns += [f"!{folder}", f"{folder}/*"]
    rig.save(Source("all", Path("/"), (*patterns, f"!{rig.home}/file")))
    assert rig.problems == []
    assert rig.below_home() == {"file"}


def test_a_source_that_is_a_link_is_saved_as_one(tmp_path):
    rig = Rig(tmp_path)
    rig.write("real/file")
    (rig.home / "link").symlink_to("real")
    rig.save(rig.home / "link")
    assert rig.below_home() == {"link"}


def test_a_source_whose_path_is_not_utf_8(tmp_path):
    home = Path(os.fsdecode(os.fsencode(tmp_path) + b"/not \xff UTF-8"))
    home.mkdir()
    (home / "file").write_text("content")
    rig = Rig(tmp_path)
    report = rig.save(Source("strange", home, ("not \udcfe either",)))
    assert report.snapshot.paths == (f"{tmp_path}/not \ufffd UTF-8",)
    assert rig.problems == []
    assert state_of(rig.restored(folder=home)) == state_of(home)
    again = rig.save(Source("strange", home))
    assert again.snapshot.file.parent == report.snapshot.id
    assert again.bytes_read == 0
    rig.save(home, Path(f"{home}/gone"))
    assert rig.problems == [("source-gone", f"{tmp_path}/not \ufffd UTF-8/gone")]


def test_the_repository_its_copies_and_our_own_folders_are_not_saved(tmp_path):
    """Also where a source leads there by another way."""
    rig = Rig(tmp_path, local(tmp_path / "home" / "repository"))
    rig.write("file")
    (tmp_path / "link").symlink_to(tmp_path / "home")
    never = identities([rig.home / "repository"])
    rig.save(rig.home, tmp_path / "link" / "repository", never=never)
    assert rig.below_home() == {"file"}
    assert not any(b"/repository" in path for path in rig.nodes())
    held = len(rig.snapshots())
    with pytest.raises(NothingToBackUp):
        rig.save(rig.home / "repository", never=never)
    assert len(rig.snapshots()) == held


def test_excluded_files_are_not_read(tmp_path):
    rig = Rig(tmp_path)
    rig.write("kept.txt", "kept")
    rig.write("big.bin", bytes(1_000_000))
    assert rig.save(Source("home", rig.home, ("*.bin",))).bytes_read == 4
    assert rig.below_home() == {"kept.txt"}


# --- what the snapshot says ------------------------------------------------------------------


def test_the_snapshot_says_when_where_and_what(tmp_path):
    rig = Rig(tmp_path, host="a machine")
    rig.write("file", "12345")
    report = rig.save(tags=("nightly", "ümläut"))
    (snapshot,) = rig.snapshots()
    assert snapshot == report.snapshot
    assert snapshot.host == "a machine"
    assert snapshot.tags == ("nightly", "ümläut")
    assert snapshot.paths == (str(rig.home),)
    assert snapshot.file.parent is None
    assert snapshot.file.program_version.startswith("tradekeep ")
    assert snapshot.file.excludes is None
    assert (snapshot.file.uid, snapshot.file.gid) == (os.getuid(), os.getgid())
    assert snapshot.file.time.endswith("Z")
    summary = snapshot.file.summary
    assert summary is not None
    assert (summary.total_files_processed, summary.total_bytes_processed) == (1, 5)
    assert (summary.files_new, summary.files_changed, summary.files_unmodified) == (1, 0, 0)
    stored = sum(location.length for _, location in rig.open().index.locations(BlobKind.DATA))
    stored += sum(location.length for _, location in rig.open().index.locations(BlobKind.TREE))
    assert summary.data_added_packed == stored
    assert rig.save().snapshot.file.parent == snapshot.id


def test_context_files_stand_below_tradekeep(tmp_path):
    rig = Rig(tmp_path, local(tmp_path / "repository"))
    rig.write("file")
    context = (
        ContextFile("settings.toml", b"[settings]\n", 1_700_000_000_000_000_000),
        ContextFile("bot.json", b"", 1_700_000_001_000_000_000),
    )
    report = rig.save(context=context)
    nodes = rig.nodes()
    folder = nodes[b"/.tradekeep"]
    assert permissions(folder.mode) == 0o700
    assert folder.mtime == "2023-11-14T22:13:21Z"
    assert nodes[b"/.tradekeep/settings.toml"].size == 11
    assert nodes[b"/.tradekeep/bot.json"].content == ()
    assert [count.files for count in report.sources] == [1]
    assert rig.snapshots()[0].tree == report.snapshot.tree
    restored = rig.restored(folder=Path("/.tradekeep"))
    assert (restored / "settings.toml").read_bytes() == b"[settings]\n"
    rig.save(context=context)
    assert rig.nodes()[b"/.tradekeep"].raw == folder.raw, "equal context makes an equal tree"
    rig.sound()


@pytest.mark.parametrize("size", [0, 1000, 3_000_000])
def test_context_may_lie_in_a_file_that_stands_for_another(tmp_path, size):
    rig = Rig(tmp_path, local(tmp_path / "repository"))
    rig.write("file")
    private = tmp_path / "private"
    private.mkdir()
    (private / "bot.sql").write_bytes(noise := os.urandom(size))
    context = (
        ContextFile("bot.json", b"{}", 1_700_000_000_000_000_000),
        ContextFile("bot.sql", b"", 1_700_000_000_000_000_000, private / "bot.sql"),
    )
    report = rig.save(context=context)
    assert (rig.restored(folder=Path("/.tradekeep")) / "bot.sql").read_bytes() == noise
    assert not any(b"private" in path for path in rig.nodes())
    assert [count.files for count in report.sources] == [1]
    summary = report.snapshot.file.summary
    assert summary is not None and summary.total_bytes_processed == 2 + size + len(b"content")
    (private / "bot.sql").write_bytes(noise + b"more")
    again = rig.save(context=context)
    assert again.summary.data_added_packed < 2_000_000, "only its end is new"
    rig.sound()


def test_context_file_that_cannot_be_read_is_a_problem(tmp_path):
    rig = Rig(tmp_path)
    rig.write("file")
    gone = ContextFile("bot.sql", b"", 1, tmp_path / "bot.sql")
    (tmp_path / "bot.sql").mkdir()
    rig.save(context=(gone,))
    assert [each.message_id for each in rig.recorder.problems] == ["file-changed-kind"]
    assert b"/.tradekeep/bot.sql" not in rig.nodes()


def test_context_alone_makes_no_snapshot_of_missing_sources(tmp_path):
    rig = Rig(tmp_path)
    context = (ContextFile("settings.toml", b"x", 1),)
    with pytest.raises(NothingToBackUp):
        rig.save(tmp_path / "gone", context=context)
    assert rig.snapshots() == []


def test_progress_counts_to_its_total(tmp_path):
    rig = Rig(tmp_path)
    small_corpus(rig.home)
    report = rig.save()
    last = rig.recorder.last
    assert last is not None
    assert last.done == last.total == report.summary.total_bytes_processed
    assert last.items == last.items_total == report.summary.total_files_processed


# --- live databases --------------------------------------------------------------------------


def _rows(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        count: int = database.execute("SELECT count(*) FROM trades").fetchone()[0]
        return count


def _add(database: sqlite3.Connection, count: int) -> None:
    database.executemany("INSERT INTO trades VALUES (randomblob(200))", [()] * count)
    database.commit()


@pytest.fixture(params=["folder", "file"])
def bot(request, tmp_path) -> Iterator[tuple[Rig, Path, sqlite3.Connection, Path]]:
    """A database in WAL mode that is open, with 100 rows; the source is its folder, or itself."""
    rig = Rig(tmp_path)
    path = rig.home / "tradesv3.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA wal_autocheckpoint=0")
        database.execute("CREATE TABLE trades (data)")
        _add(database, 100)
        yield rig, path, database, rig.home if request.param == "folder" else path


def test_a_live_database_is_saved_with_what_only_its_wal_holds(bot):
    rig, path, database, source = bot
    assert path.with_name("tradesv3.sqlite-wal").stat().st_size > 0
    report = rig.save(source)
    assert rig.problems == []
    assert report.sources[0].databases == 1
    assert rig.below_home() == {"tradesv3.sqlite"}
    assert _rows(rig.restored() / "tradesv3.sqlite") == 100
    _add(database, 1)  # nobody was locked out
    assert list((rig.root / "temporary").iterdir()) == []


def test_commits_that_touched_only_the_wal_are_in_the_next_snapshot(bot):
    """Size, mtime, ctime and inode of the database itself stay as they were."""
    rig, path, database, source = bot
    rig.save(source)
    held = path.stat()
    _add(database, 23)
    now = path.stat()
    assert (held.st_size, held.st_mtime_ns, held.st_ctime_ns, held.st_ino) == (
        *(now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino),
    )
    rig.save(source)
    first, second = rig.snapshots()
    assert _rows(rig.restored(second) / "tradesv3.sqlite") == 123
    assert _rows(rig.restored(first) / "tradesv3.sqlite") == 100


def test_a_database_that_was_closed_is_taken_over_once_it_rests(bot):
    rig, path, database, source = bot
    rig.save(source)
    _add(database, 5)
    database.close()
    assert not path.with_name("tradesv3.sqlite-wal").exists()
    rig.save(source)
    assert _rows(rig.restored() / "tradesv3.sqlite") == 105
    assert rig.save(source).bytes_read == 0


def test_what_is_no_database_though_it_begins_like_one(tmp_path):
    rig = Rig(tmp_path)
    broken = rig.write("broken.sqlite", b"SQLite format 3\0" + random.Random(1).randbytes(9_000))
    rig.save()
    (message, path), *more = rig.problems
    assert (message, path, more) == ("database-damaged", str(broken), [])
    assert (rig.restored() / "broken.sqlite").read_bytes() == broken.read_bytes()


# --- stopping in the middle ------------------------------------------------------------------


class _Cancelling(Recorder):
    """Cancels once `size` bytes have been stored in packs at a place."""

    def __init__(self, rig: Rig, size: int) -> None:
        super().__init__()
        self._rig = rig
        self._size = size

    def checkpoint(self, while_paused=None) -> None:
        if sum(info.size for info in self._rig.backend.list(Kind.PACK)) > self._size:
            raise Cancelled


@pytest.mark.parametrize("workers", [0, 2])
def test_a_cancelled_run_leaves_a_valid_repository_and_the_next_one_goes_on(tmp_path, workers):
    rig = Rig(tmp_path, local(tmp_path / "repository"), workers=workers)
    small_corpus(rig.home)
    rig.save()
    held = state_of(rig.home)
    rng = random.Random(8)
    for number in range(160):  # a busy machine looks late
        rig.write(f"new/{number:03}", rng.randbytes(1 << 20))
    with pytest.raises(Cancelled):
        rig.save(monitor=_Cancelling(rig, 60 << 20))
    assert list(rig.backend.list(Kind.LOCK)) == []
    (first,) = rig.snapshots()
    stored = sum(info.size for info in rig.backend.list(Kind.PACK))
    assert 60 << 20 < stored < 160 << 20
    report = rig.sound()
    listed = stored - report.orphan_bytes
    # What a worker has saved and not yet told is lost: a pack or two for each.
    assert listed > 20 << 20, "packs that were saved are in an index"
    again = rig.save()
    assert again.summary.data_added < (161 << 20) - listed
    assert state_of(rig.restored()) == state_of(rig.home)
    assert {name: facts[3] for name, facts in state_of(rig.restored(first)).items()} == {
        name: facts[3] for name, facts in held.items()
    }
    assert rig.sound().orphans == report.orphans


def test_a_run_cancelled_anywhere_leaves_nothing_but_packs_and_indexes(tmp_path):
    rig = Rig(tmp_path)
    small_corpus(rig.home)
    counting = Hooked(0, lambda: None)
    Rig(tmp_path).save(monitor=counting)

    def cancel() -> None:
        raise Cancelled

    for number in range(1, counting.count + 1):
        with pytest.raises(Cancelled):
            rig.save(monitor=Hooked(number, cancel))
        kinds = {file.kind for file in rig.backend.files}  # type: ignore[attr-defined]
        assert kinds <= {Kind.CONFIG, Kind.KEY, Kind.PACK, Kind.INDEX}
        assert rig.sound().orphans == 0
    rig.save()
    assert state_of(rig.restored()) == state_of(rig.home)


def test_no_snapshot_is_written_once_the_lock_is_lost(tmp_path):
    """After a standby another machine may have taken over and pruned what we stored."""
    rig = Rig(tmp_path)
    rig.write("file")

    def steal() -> None:
        for info in list(rig.backend.list(Kind.LOCK)):
            rig.backend.remove(info.file)

    with pytest.raises(LockLost):
        rig.save(monitor=Hooked(1, steal))
    assert rig.snapshots() == []


@pytest.mark.interop
def test_stock_restic_takes_a_cancelled_run_for_a_sound_repository(tmp_path):
    rig = Rig(tmp_path, local(tmp_path / "repository"))
    rng = random.Random(8)
    for number in range(24):
        rig.write(f"new/{number:02}", rng.randbytes(1 << 20))
    with pytest.raises(Cancelled):
        rig.save(monitor=_Cancelling(rig, 1))
    restic(tmp_path / "repository", "check", "--read-data")


def test_every_message_of_a_backup_can_be_shown():
    for message in ("backup-nothing", "source-gone", "file-changed-kind"):
        assert render(message, {"path": "/x", "reason": "y"}).title
