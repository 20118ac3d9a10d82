"""What a drill chooses, what it finds in databases, and what it says of time."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.errors import Cancelled
from app.exchange import heads
from app.exchange.archive import Archive
from app.monitor import Problem, Progress, Recorder, Step, nothing
from app.repository.backup_model import ContextFile
from app.repository.snapshot import Snapshot
from app.services.drill_choice import Choice, Limits, sample_choice, source_choice
from app.services.drill_databases import Opened, open_databases
from app.services.drill_watch import Watch
from tests.chaos.support import Rig

FEW = Limits(files=10, bytes=40_000, databases=20_000)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """Two sources: many small files in folders, and a bot with databases and one large file."""
    rig = Rig(tmp_path)
    for number in range(60):
        rig.write(f"notes/{number % 7}/{number}.txt", os.urandom(500))
    rig.write("bot/config.json", b"{}")
    rig.write("bot/large.bin", os.urandom(100_000))
    for name, size in (("a.sqlite", 3000), ("b.db", 9000), ("c.sqlite", 60_000)):
        rig.write(f"bot/{name}", os.urandom(size))
    rig.write("bot/a.sqlite-wal", os.urandom(1000))
    return rig


def saved(rig: Rig) -> Snapshot:
    settings = f'[[sources]]\nname = "Trend"\npath = "{rig.home}/bot"\n'
    context = (
        ContextFile("settings.toml", settings.encode(), 0),
        ContextFile("secrets.json", b"secret", 0),
    )
    return rig.save(rig.home / "notes", rig.home / "bot", context=context).snapshot


def sample(rig: Rig, snapshot: Snapshot, seed: int, limits: Limits = FEW) -> Choice:
    return sample_choice(rig.open(), snapshot, seed, limits, Recorder())


def names(choice: Choice) -> list[str]:
    return [os.fsdecode(piece.folder + b"/" + piece.node.name) for piece in choice.pieces]


def test_a_sample_is_bounded_and_has_something_of_each_source(rig: Rig) -> None:
    snapshot = saved(rig)
    for seed in range(20):
        choice = sample(rig, snapshot, seed)
        assert (choice.scope, choice.sources) == ("sample", 2)
        assert choice.amount.files == len(choice.pieces) <= FEW.files
        assert choice.amount.bytes == sum(p.node.size for p in choice.pieces) <= FEW.bytes
        found = {os.fsdecode(piece.node.name) for piece in choice.pieces}
        assert {"settings.toml", "a.sqlite", "a.sqlite-wal", "b.db"} <= found
        assert "large.bin" not in found


def test_the_same_seed_chooses_the_same_and_another_one_something_else(rig: Rig) -> None:
    snapshot = saved(rig)
    assert names(sample(rig, snapshot, 7)) == names(sample(rig, snapshot, 7))
    assert len({tuple(names(sample(rig, snapshot, seed))) for seed in range(5)}) > 1


def test_where_everything_is_little_everything_is_taken_but_for_secrets(rig: Rig) -> None:
    choice = sample(rig, saved(rig), 1, Limits())
    assert (choice.scope, choice.sources) == ("all", 2)
    assert choice.amount.files == 60 + 6 + 1
    assert not [name for name in names(choice) if name.endswith("secrets.json")]


def test_only_so_many_folders_are_looked_into_and_of_each_source_one(rig: Rig) -> None:
    choice = sample(rig, saved(rig), 3, Limits(folders=4))
    assert (choice.scope, choice.sources) == ("sample", 2)
    assert len({piece.folder for piece in choice.pieces}) <= 4


def test_large_files_are_in_a_sample_more_often_than_small_ones(rig: Rig) -> None:
    for number in range(5):
        rig.write(f"notes/7/large-{number}", os.urandom(20_000))
    for name in ("large.bin", "c.sqlite"):
        (rig.home / "bot" / name).unlink()
    snapshot = saved(rig)
    limits = Limits(files=12, bytes=100_000, databases=1)
    drawn = [name for seed in range(10) for name in names(sample(rig, snapshot, seed, limits))]
    assert len([name for name in drawn if "large-" in name]) > 30


def test_a_source_is_found_by_the_name_it_has_in_its_own_snapshot(rig: Rig) -> None:
    snapshot = saved(rig)
    by_name = source_choice(rig.open(), snapshot, "trend", Recorder())
    by_path = source_choice(rig.open(), snapshot, f"{rig.home}/bot", Recorder())
    assert names(by_name) == names(by_path)
    assert (by_name.scope, by_name.amount.files) == ("source", 6)


# --- databases -------------------------------------------------------------------------------


def filled(path: Path, rows: int, *, wal: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        if wal:
            database.execute("PRAGMA journal_mode=WAL")
        database.execute('CREATE TABLE "a ""quoted"" name" (x)')
        database.executemany('INSERT INTO "a ""quoted"" name" VALUES (?)', [(1,)] * rows)


class Folders:
    """What was restored, and where databases are opened."""

    def __init__(self, folder: Path) -> None:
        self.restored = folder / "restored"
        self.restored.mkdir()
        self.work = folder / "work"
        self.recorder = Recorder()

    def open(self) -> Opened:
        return open_databases(self.restored, self.work, "KEEP-1", self.recorder)

    @property
    def problems(self) -> list[str]:
        return [problem.message_id for problem in self.recorder.problems]


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


def test_rows_of_every_table_are_counted_whatever_files_are_called(folders: Folders) -> None:
    filled(folders.restored / "x" / "no ending?#%", 3)
    deep = folders.restored / ("d" * 200) / ("e" * 200) / ("f" * 200)
    deep.mkdir(parents=True)
    filled(folders.restored / "short.sqlite", 4, wal=True)
    (folders.restored / "short.sqlite").rename(deep / "deep.sqlite")  # SQLite opens no such path
    (folders.restored / "text.db").write_bytes(b"no database")
    (folders.restored / "empty.sqlite").touch()
    assert folders.open() == Opened(databases=2, tables=2, rows=7)
    assert folders.problems == []


def test_a_database_with_a_journal_is_opened_as_its_bot_would(
    folders: Folders, tmp_path: Path
) -> None:
    live = tmp_path / "live.sqlite"
    filled(live, 1000)
    with closing(sqlite3.connect(live, isolation_level=None)) as bot:
        bot.execute("PRAGMA cache_size=1")
        bot.execute("BEGIN IMMEDIATE")
        bot.execute('UPDATE "a ""quoted"" name" SET x = 2')
        bot.execute('INSERT INTO "a ""quoted"" name" SELECT x FROM "a ""quoted"" name"')
        for suffix in ("", "-journal"):
            shutil.copy(f"{live}{suffix}", folders.restored / f"live.sqlite{suffix}")
        bot.execute("ROLLBACK")
    assert folders.open() == Opened(databases=1, tables=1, rows=1000)
    assert folders.problems == []


def test_a_journal_that_is_a_link_leads_to_no_file_outside_the_drill(
    folders: Folders, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"mine")
    outside.chmod(0o444)
    filled(folders.restored / "live.sqlite", 10)
    for suffix in ("-wal", "-journal"):
        (folders.restored / f"live.sqlite{suffix}").symlink_to(outside)
    assert folders.open().rows == 10
    assert (outside.read_bytes(), outside.stat().st_mode & 0o777) == (b"mine", 0o444)


def test_what_stands_in_the_wal_counts_too(folders: Folders, tmp_path: Path) -> None:
    live = tmp_path / "live.sqlite"
    filled(live, 10, wal=True)
    with closing(sqlite3.connect(live, isolation_level=None)) as bot:
        bot.execute('INSERT INTO "a ""quoted"" name" VALUES (1)')
        for suffix in ("", "-wal"):
            shutil.copy(f"{live}{suffix}", folders.restored / f"live.sqlite{suffix}")
    assert folders.open().rows == 11
    assert folders.problems == []


def test_a_module_that_only_the_bot_has_is_no_damage(folders: Folders) -> None:
    path = folders.restored / "a.sqlite"
    filled(path, 5)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA writable_schema=ON")
        database.execute(
            "INSERT INTO sqlite_master VALUES ('table', 'odd', 'odd', 0, "
            "'CREATE VIRTUAL TABLE odd USING nobody_has_this(x)')"
        )
    assert folders.open() == Opened(databases=1, tables=1, rows=5)
    assert folders.problems == []


@pytest.mark.parametrize("spoil", [lambda c: c[:5000], lambda c: c[:4096] + b"\xff" * 4096])
def test_a_broken_database_is_named(folders: Folders, spoil: Callable[[bytes], bytes]) -> None:
    path = folders.restored / "home" / "a.sqlite"
    filled(path, 3000)
    path.write_bytes(spoil(path.read_bytes()))
    filled(folders.restored / "z.sqlite", 2)
    opened = folders.open()
    assert (opened.databases, opened.rows) == (2, 2)
    (problem,) = folders.recorder.problems
    assert problem.message_id == "drill-database-broken"
    assert problem.params["path"] == "/home/a.sqlite"


def test_a_long_look_into_a_database_can_be_stopped(folders: Folders) -> None:
    filled(folders.restored / "a.sqlite", 300_000)

    class Stopping(Recorder):
        looks = 0

        def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
            self.looks += 1
            if self.looks > 2:  # those were before it is opened
                raise Cancelled

    with pytest.raises(Cancelled):
        open_databases(folders.restored, folders.work, "KEEP-1", Stopping())


def test_the_archive_must_hold_what_its_snapshot_has_seen(folders: Folders) -> None:
    path = folders.restored / "data" / "archive.db"
    with Archive(path) as archive:
        head = heads.head_file(archive, 0)
    context = folders.restored / ".tradekeep"
    context.mkdir()
    (context / heads.NAME).write_bytes(head)
    folders.open()
    assert folders.problems == []
    shutil.rmtree(folders.work)
    with Archive(path):
        pass
    link = b"\1" * 32
    said = head.decode().replace('"count": 0', '"count": 7').replace("00" * 32, link.hex())
    (context / heads.NAME).write_text(said)
    folders.open()
    assert folders.problems == ["drill-archive-differs"]


# --- time ------------------------------------------------------------------------------------


def test_time_spent_paused_or_choosing_is_not_time_to_recover() -> None:
    now = 100.0

    class Pausing(Recorder):
        def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
            nonlocal now
            now += 1000

    watch = Watch(Pausing(), lambda: now)
    now += 2
    watch.checkpoint()
    watch.opened()
    now += 50  # choosing
    watch.begins()
    now += 3
    watch.checkpoint()
    watch.progress(Progress(Step.RESTORE, "write", 0, 9, items=1))
    now += 4
    watch.ends()
    assert (watch.finding, watch.first_file, watch.restoring) == (2, 3, 7)


def test_what_this_disk_cannot_keep_of_a_file_says_nothing_of_the_copy() -> None:
    recorder = Recorder()
    watch = Watch(recorder, lambda: 0.0)
    watch.problem(Problem("restore-no-owner", {"reason": "x", "count": 1, "path": "a"}))
    watch.problem(Problem("restore-file-lost", {"path": "home/a", "reason": "x"}))
    (told,) = recorder.problems
    assert told.params["path"] == "/home/a"
