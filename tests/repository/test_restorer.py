"""Restoring: everything comes back, nothing lands outside the target, nothing is lost silently."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.backends.local import LocalBackend
from app.backends.memory import MemoryBackend
from app.errors import Cancelled, WrongUsage
from app.monitor import Recorder, nothing
from app.repository.archiver import back_up
from app.repository.backup_model import BackupOptions
from app.repository.lock import locked
from app.repository.pack import BlobKind
from app.repository.repository import Repository
from app.repository.restore_plan import Selection
from app.repository.restore_queue import in_strands
from app.repository.restore_target import Overwrite, TargetFull, TargetUnusable
from app.repository.restorer import RestoreReport, restore
from app.repository.scan import Source
from app.repository.snapshot import Snapshot, SnapshotFile
from app.repository.tree import NodeFacts, encode_node, encode_tree
from tests.faults import Kind, files_of, flip_bit
from tests.repository.support import cheap_repository, save_blobs

IS_ROOT = os.geteuid() == 0


def backed_up(repository: Repository, *sources: Path, temporary: Path) -> Snapshot:
    """A snapshot of some folders."""
    found = [Source(str(path), path) for path in sources]
    with locked(repository) as lock:
        repository.load_index(Recorder())
        report = back_up(
            repository,
            found,
            temporary=temporary,
            monitor=Recorder(),
            lock=lock,
            options=BackupOptions(workers=0),
        )
    return report.snapshot


def restored(
    repository: Repository,
    snapshot: Snapshot,
    target: Path,
    *,
    workers: int | None = 0,
    problems: int = 0,
    **options: object,
) -> tuple[RestoreReport, Recorder]:
    """Restore, and insist on the number of Problems."""
    monitor = Recorder()
    repository.load_index(monitor)
    report = restore(
        repository,
        snapshot,
        target,
        monitor=monitor,
        workers=workers,
        **options,  # type: ignore[arg-type]
    )
    assert [str(p.sentence) for p in monitor.problems[problems:]] == []
    assert len(monitor.problems) == problems
    return report, monitor


@pytest.fixture
def repository() -> Repository:
    return cheap_repository()


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "me" / "bots"
    folder.mkdir(parents=True)
    return folder


def listing(folder: Path) -> dict[str, tuple[object, ...]]:
    """Everything that must come back, by path."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        facts: tuple[object, ...] = (stat.S_IFMT(status.st_mode), status.st_mtime_ns)
        if path.is_symlink():
            facts += (os.readlink(path),)
        else:
            facts += (stat.S_IMODE(status.st_mode),)
            attributes = {name: os.getxattr(path, name) for name in os.listxattr(path)}
            facts += (tuple(sorted(attributes.items())),)
        if path.is_file() and not path.is_symlink():
            facts += (path.read_bytes(), status.st_nlink)
        found[str(path.relative_to(folder))] = facts
    return found


# --- everything comes back -------------------------------------------------------------------


@pytest.mark.parametrize("workers", [0, 2])
def test_everything_comes_back(
    repository: Repository, source: Path, temporary: Path, tmp_path: Path, workers: int
) -> None:
    backend = LocalBackend(tmp_path / "repository")
    repository = cheap_repository(backend)
    _fill(source)
    snapshot = backed_up(repository, source, temporary=temporary)
    target = tmp_path / "target"
    report, _ = restored(repository, snapshot, target, workers=workers)
    assert listing(target / "bots") == listing(source)
    assert report.failed == 0
    assert not list(target.rglob("*.partial"))
    facts = (source.stat().st_mode, source.stat().st_mtime_ns)
    assert ((target / "bots").stat().st_mode, (target / "bots").stat().st_mtime_ns) == facts


def _fill(folder: Path) -> None:
    for number in range(300):  # more than one process would be started for
        path = folder / f"many/{number % 7}/{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(number * 11))
    (folder / "empty").touch()
    (folder / "empty folder").mkdir()
    (folder / "large").write_bytes(os.urandom(3 << 20))
    os.link(folder / "large", folder / "many/second name")
    (folder / "link").symlink_to("many/1.json")
    (folder / "dangling").symlink_to("/nowhere/at/all")
    os.mkfifo(folder / "fifo", 0o640)
    os.setxattr(folder / "large", "user.note", b"keep \xff")
    os.setxattr(folder / "many", "user.note", b"folder")
    with open(os.fsencode(folder) + b"/\xff\xfe not UTF-8 \n", "wb") as file:
        file.write(b"odd")
    (folder / ("n" * 250)).write_bytes(b"a name as long as it may be")
    for path, mode in (("large", 0o4755), ("empty", 0o000), ("many/3", 0o555)):
        (folder / path).chmod(mode)
    os.utime(folder / "link", ns=(5, 1_234_567_891), follow_symlinks=False)
    os.utime(folder / "empty", ns=(5, 1_234_567_890_123_456_789))
    os.utime(folder / "many/3", ns=(5, -1_000_000_001))


def test_hard_links_are_one_file_again(
    repository: Repository, source: Path, temporary: Path, tmp_path: Path
) -> None:
    (source / "a").write_bytes(b"x" * 5000)
    (source / "z").mkdir()
    os.link(source / "a", source / "z" / "b")
    snapshot = backed_up(repository, source, temporary=temporary)
    restored(repository, snapshot, tmp_path / "t")
    assert (tmp_path / "t/bots/a").stat().st_ino == (tmp_path / "t/bots/z/b").stat().st_ino


def test_restoring_twice_over_hard_links_leaves_no_partials(
    repository: Repository, source: Path, temporary: Path, tmp_path: Path
) -> None:
    (source / "a").write_bytes(b"x" * 5000)
    os.link(source / "a", source / "b")
    snapshot = backed_up(repository, source, temporary=temporary)
    for _ in range(2):
        restored(repository, snapshot, tmp_path / "t", overwrite=Overwrite.ALWAYS)
    assert sorted(os.listdir(tmp_path / "t/bots")) == ["a", "b"]


def test_hard_links_do_not_tie_a_restored_file_to_one_that_stays(
    repository: Repository, source: Path, temporary: Path, tmp_path: Path
) -> None:
    (source / "a").write_bytes(b"from the snapshot")
    os.link(source / "a", source / "b")
    snapshot = backed_up(repository, source, temporary=temporary)
    target = tmp_path / "t"
    (target / "bots").mkdir(parents=True)
    (target / "bots/a").write_bytes(b"mine")
    restored(repository, snapshot, target, overwrite=Overwrite.NEVER)
    assert (target / "bots/a").read_bytes() == b"mine"
    assert (target / "bots/b").read_bytes() == b"from the snapshot"


def test_holes_stay_holes(
    repository: Repository, source: Path, temporary: Path, tmp_path: Path
) -> None:
    with (source / "sparse").open("wb") as file:
        file.write(b"begin")
        file.seek(40 << 20)
        file.write(b"end")
        file.truncate(60 << 20)
    snapshot = backed_up(repository, source, temporary=temporary)
    restored(repository, snapshot, tmp_path / "t")
    back = tmp_path / "t/bots/sparse"
    assert back.read_bytes() == (source / "sparse").read_bytes()
    assert back.stat().st_blocks * 512 < 20 << 20


@pytest.mark.parametrize("workers", [0, 2])
def test_a_large_file_is_written_in_segments_and_comes_back_whole(
    source: Path, temporary: Path, tmp_path: Path, workers: int
) -> None:
    repository = cheap_repository(LocalBackend(tmp_path / "repository"))
    block = os.urandom(1 << 20)
    with (source / "large").open("wb") as file:
        for number in range(70):
            file.write(number.to_bytes(4, "big") + block[4:])
    snapshot = backed_up(repository, source, temporary=temporary)
    report, _ = restored(repository, snapshot, tmp_path / "t", workers=workers)
    assert (report.files, report.bytes) == (1, 70 << 20)
    same = subprocess.run(["cmp", source / "large", tmp_path / "t/bots/large"])
    assert same.returncode == 0
    assert (tmp_path / "t/bots/large").stat().st_mtime_ns == (source / "large").stat().st_mtime_ns


def test_a_large_file_has_its_size_when_its_content_is_written_and_not_before(
    source: Path, temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was made as long as it would be. A power cut some seconds after the restore then left
    zeros of the right size and time, which the next restore took for the file."""
    repository = cheap_repository(LocalBackend(tmp_path / "repository"))
    for name, end in (("large", b"end"), ("hollow", b"")):
        with (source / name).open("wb") as file:
            file.truncate(70 << 20)
            file.seek(70 << 20)
            file.write(end)
    snapshot = backed_up(repository, source, temporary=temporary)
    set_to: list[int] = []
    ftruncate = os.ftruncate

    def watched(descriptor: int, size: int) -> None:
        set_to.append(size)
        ftruncate(descriptor, size)

    monkeypatch.setattr(os, "ftruncate", watched)
    restored(repository, snapshot, tmp_path / "t", workers=0)
    assert set_to == [70 << 20]  # what ends in a hole, once all else is there
    for name in ("large", "hollow"):
        there = (tmp_path / "t/bots" / name).stat()
        assert there.st_size == (source / name).stat().st_size
        assert there.st_blocks < 1000


@pytest.mark.skipif(not IS_ROOT, reason="only root makes devices and gives files away")
def test_devices_and_owners_come_back(
    repository: Repository, source: Path, temporary: Path, tmp_path: Path
) -> None:
    os.mknod(source / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    (source / "theirs").write_bytes(b"x")
    os.chown(source / "theirs", 12345, 23456)
    os.chown(source, 777, 778)
    snapshot = backed_up(repository, source, temporary=temporary)
    restored(repository, snapshot, tmp_path / "t")
    null = (tmp_path / "t/bots/null").lstat()
    assert stat.S_ISCHR(null.st_mode)
    assert null.st_rdev == os.makedev(1, 3)
    theirs = (tmp_path / "t/bots/theirs").stat()
    assert (theirs.st_uid, theirs.st_gid) == (12345, 23456)
    assert (tmp_path / "t/bots").stat().st_uid == 777


# --- where things land -----------------------------------------------------------------------


def test_the_path_above_the_sources_is_not_recreated(
    repository: Repository, tmp_path: Path, temporary: Path
) -> None:
    for name in ("me/bots/trend", "me/notes"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "file").write_text(name)
    snapshot = backed_up(
        repository, tmp_path / "me/bots/trend", tmp_path / "me/notes", temporary=temporary
    )
    restored(repository, snapshot, tmp_path / "t")
    found = sorted(str(p.relative_to(tmp_path / "t")) for p in (tmp_path / "t").rglob("*"))
    assert found == ["bots", "bots/trend", "bots/trend/file", "notes", "notes/file"]


def test_a_subfolder_lands_in_the_target_itself(
    repository: Repository, source: Path, temporary: Path, tmp_path: Path
) -> None:
    (source / "in/deep").mkdir(parents=True)
    (source / "in/deep/file").write_text("x")
    (source / "out").write_text("y")
    snapshot = backed_up(repository, source, temporary=temporary)
    selection = Selection(folder=os.fsencode(source / "in"))
    restored(repository, snapshot, tmp_path / "t", selection=selection)
    assert sorted(os.listdir(tmp_path / "t")) == ["deep"]
    one = Selection(folder=os.fsencode(source / "in/deep/file"))
    restored(repository, snapshot, tmp_path / "u", selection=one)
    assert (tmp_path / "u/file").read_text() == "x"


def test_chosen_paths_keep_their_place_and_each_comes_once(
    repository: Repository, source: Path, temporary: Path, tmp_path: Path
) -> None:
    for name in ("a/one", "a/two", "b/three"):
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text(name)
    snapshot = backed_up(repository, source, temporary=temporary)
    include = tuple(os.fsencode(source / name) for name in ("a", "a/one", "b/three"))
    report, _ = restored(repository, snapshot, tmp_path / "t", selection=Selection(include=include))
    assert report.files == 3
    assert (tmp_path / "t/bots/a/one").read_text() == "a/one"
    assert (tmp_path / "t/bots/b/three").read_text() == "b/three"


def test_paths_can_be_given_as_they_land(
    repository: Repository, source: Path, temporary: Path, tmp_path: Path
) -> None:
    (source / "a").mkdir()
    (source / "a/one").write_text("1")
    (source / "a/two").write_text("2")
    snapshot = backed_up(repository, source, temporary=temporary)
    restored(repository, snapshot, tmp_path / "t", selection=Selection(include=(b"bots/a/one",)))
    assert [path.name for path in (tmp_path / "t/bots/a").iterdir()] == ["one"]
    inside = Selection(folder=os.fsencode(source), include=(b"a/two",))
    restored(repository, snapshot, tmp_path / "u", selection=inside)
    assert [path.name for path in (tmp_path / "u").rglob("*")] == ["a", "two"]


def test_in_place_restores_the_sources_and_not_our_own_folder(
    repository: Repository, source: Path, temporary: Path
) -> None:
    (source / "config.json").write_text("{}")
    snapshot = backed_up(repository, source, temporary=temporary)
    (source / "config.json").unlink()
    restored(repository, snapshot, Path("/"), selection=Selection(in_place=True))
    assert (source / "config.json").read_text() == "{}"
    assert not Path("/.tradekeep").exists()


def test_a_path_that_is_not_there_is_said(
    repository: Repository, source: Path, temporary: Path, tmp_path: Path
) -> None:
    (source / "a").write_text("x")
    snapshot = backed_up(repository, source, temporary=temporary)
    with pytest.raises(WrongUsage, match="There is no /nowhere in snapshot"):
        restored(repository, snapshot, tmp_path, selection=Selection(folder=b"/nowhere"))


# --- what is there already -------------------------------------------------------------------


@pytest.fixture
def both(
    repository: Repository, source: Path, temporary: Path, tmp_path: Path
) -> tuple[Snapshot, Path]:
    """A snapshot with three files, and a target that has one equal, one other, one of its own."""
    for name in ("equal.txt", "other.txt", "new.txt"):
        (source / name).write_text(f"{name} of the snapshot")
    snapshot = backed_up(repository, source, temporary=temporary)
    target = tmp_path / "t"
    restored(repository, snapshot, target)
    (target / "bots/other.txt").write_text("mine, and longer than the other")
    (target / "bots/new.txt").unlink()
    (target / "bots/own.txt").write_text("own")
    return snapshot, target


@pytest.mark.parametrize(
    ("overwrite", "written", "kept", "beside"),
    [
        (Overwrite.NEVER, 1, 2, 0),
        (Overwrite.IF_CHANGED, 2, 1, 0),
        (Overwrite.ALWAYS, 3, 0, 0),
        (Overwrite.KEEP_BOTH, 2, 1, 1),
    ],
)
def test_what_is_there_already(
    repository: Repository,
    both: tuple[Snapshot, Path],
    overwrite: Overwrite,
    written: int,
    kept: int,
    beside: int,
) -> None:
    snapshot, target = both
    report, _ = restored(repository, snapshot, target, overwrite=overwrite)
    assert (report.files, report.kept, report.beside) == (written, kept, beside)
    assert (report.bytes > 0) == (written > 0)
    mine = overwrite in (Overwrite.NEVER, Overwrite.KEEP_BOTH)
    expected = "mine, and longer than the other" if mine else "other.txt of the snapshot"
    assert (target / "bots/other.txt").read_text() == expected
    assert (target / "bots/own.txt").read_text() == "own"
    assert (target / "bots/new.txt").read_text() == "new.txt of the snapshot"
    others = list(target.glob("bots/other (restored*).txt"))
    assert [path.read_text() for path in others] == ["other.txt of the snapshot"] * beside


def test_keep_both_twice_gives_two_names(
    repository: Repository, both: tuple[Snapshot, Path]
) -> None:
    snapshot, target = both
    for _ in range(2):
        restored(repository, snapshot, target, overwrite=Overwrite.KEEP_BOTH)
    assert len(list(target.glob("bots/other (restored*).txt"))) == 2


def test_a_folder_in_the_way_is_not_removed(
    repository: Repository, both: tuple[Snapshot, Path]
) -> None:
    snapshot, target = both
    (target / "bots/new.txt").mkdir()
    (target / "bots/new.txt/precious").write_text("mine")
    _, monitor = restored(repository, snapshot, target, overwrite=Overwrite.ALWAYS, problems=1)
    assert monitor.problems[0].message_id == "restore-in-the-way"
    assert (target / "bots/new.txt/precious").read_text() == "mine"


def test_the_journal_of_a_newer_database_does_not_ruin_the_restored_one(
    repository: Repository, source: Path, temporary: Path
) -> None:
    database = source / "trades.sqlite"
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE trades (id INTEGER PRIMARY KEY, note TEXT)")
    with connection:
        connection.executemany("INSERT INTO trades (note) VALUES (?)", [("old",)] * 500)
    snapshot = backed_up(repository, source, temporary=temporary)
    with connection:
        connection.execute("DELETE FROM trades WHERE id > 10")
        connection.execute("VACUUM") if False else None
        connection.executemany("INSERT INTO trades (note) VALUES (?)", [("new",)] * 700)
    subprocess.run(["cp", f"{database}-wal", source / "wal"], check=True)
    connection.close()
    (source / "wal").rename(f"{database}-wal")  # as a killed bot leaves it
    report, _ = restored(repository, snapshot, Path("/"), selection=Selection(in_place=True))
    assert report.set_aside >= 1
    assert list(source.glob("trades (before restore).sqlite-wal"))
    back = sqlite3.connect(database)
    assert back.execute("PRAGMA quick_check").fetchone() == ("ok",)
    assert back.execute("SELECT count(*) FROM trades").fetchone() == (500,)
    back.close()


@pytest.mark.parametrize("overwrite", [Overwrite.IF_CHANGED, Overwrite.KEEP_BOTH])
def test_a_database_that_lost_its_journal_is_not_taken_for_unchanged(
    repository: Repository, source: Path, temporary: Path, overwrite: Overwrite
) -> None:
    """Commits in WAL mode leave size and time of the database as they were. Somebody tidies up
    and deletes the -wal; what was committed is in the backup alone."""
    database = source / "trades.sqlite"
    with closing(sqlite3.connect(database, isolation_level=None)) as bot:
        bot.execute("PRAGMA journal_mode = WAL")
        bot.execute("CREATE TABLE trades (note)")
        bot.execute("INSERT INTO trades VALUES ('old')")
        bot.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        bot.execute("UPDATE trades SET note = 'new'")
        before = database.stat()
        snapshot = backed_up(repository, source, temporary=temporary)
        lost = database.read_bytes()
    for path in source.iterdir():
        path.unlink()
    database.write_bytes(lost)
    os.utime(database, ns=(before.st_mtime_ns, before.st_mtime_ns))
    restored(repository, snapshot, source.parent, overwrite=overwrite)
    beside = [path for path in source.iterdir() if path != database]
    assert len(beside) == (overwrite is Overwrite.KEEP_BOTH)
    (found,) = beside or [database]
    with closing(sqlite3.connect(found)) as bot:
        assert bot.execute("SELECT note FROM trades").fetchall() == [("new",)]


@pytest.mark.parametrize("overwrite", [Overwrite.IF_CHANGED, Overwrite.KEEP_BOTH])
def test_a_database_that_is_as_in_the_snapshot_is_kept(
    repository: Repository, source: Path, temporary: Path, overwrite: Overwrite
) -> None:
    with closing(sqlite3.connect(source / "trades.sqlite", isolation_level=None)) as bot:
        bot.execute("CREATE TABLE trades (note)")
        bot.execute("INSERT INTO trades VALUES (zeroblob(3000000))")
    snapshot = backed_up(repository, source, temporary=temporary)
    report, _ = restored(repository, snapshot, source.parent, overwrite=overwrite)
    assert (report.kept, report.files) == (1, 0)
    assert os.listdir(source) == ["trades.sqlite"]


def test_a_change_beside_the_counters_of_a_database_is_a_change(
    repository: Repository, source: Path, temporary: Path
) -> None:
    database = source / "trades.sqlite"
    with closing(sqlite3.connect(database, isolation_level=None)) as bot:
        bot.execute("CREATE TABLE trades (note)")
    snapshot = backed_up(repository, source, temporary=temporary)
    times = database.stat()
    for place in (60, 96):  # the user version, SQLite's own version
        content = bytearray(database.read_bytes())
        content[place] ^= 1
        database.write_bytes(content)
        os.utime(database, ns=(times.st_mtime_ns, times.st_mtime_ns))
        report, _ = restored(repository, snapshot, source.parent)
        assert (report.kept, report.files) == (0, 1), place


def test_a_database_with_a_journal_of_later_commits_is_restored(
    repository: Repository, source: Path, temporary: Path
) -> None:
    """The file is as in the snapshot; what the bot would read is not."""
    database = source / "trades.sqlite"
    with closing(sqlite3.connect(database, isolation_level=None)) as bot:
        bot.execute("PRAGMA journal_mode = WAL")
        bot.execute("CREATE TABLE trades (note)")
        bot.execute("INSERT INTO trades VALUES ('good')")
    snapshot = backed_up(repository, source, temporary=temporary)
    with closing(sqlite3.connect(database, isolation_level=None)) as bot:
        bot.execute("UPDATE trades SET note = 'ruined'")
        subprocess.run(["cp", "-p", database, source / "saved"], check=True)
        subprocess.run(["cp", f"{database}-wal", source / "wal"], check=True)
    (source / "saved").rename(database)
    (source / "wal").rename(f"{database}-wal")  # as a killed bot leaves it
    report, _ = restored(repository, snapshot, source.parent)
    assert report.set_aside == 1
    with closing(sqlite3.connect(database)) as bot:
        assert bot.execute("SELECT note FROM trades").fetchall() == [("good",)]


def test_the_journal_in_a_snapshot_is_not_put_beside_a_database_that_stays(
    repository: Repository, tmp_path: Path
) -> None:
    (old,) = save_blobs(repository, BlobKind.DATA, b"SQLite format 3\0 old")
    (wal,) = save_blobs(repository, BlobKind.DATA, b"frames")
    snapshot = snapshot_of(
        repository, file_node(b"t.sqlite", old, 20), file_node(b"t.sqlite-wal", wal, 6)
    )
    target = tmp_path / "t"
    target.mkdir()
    (target / "t.sqlite").write_bytes(b"SQLite format 3\0 mine")
    _, monitor = restored(repository, snapshot, target, overwrite=Overwrite.NEVER, problems=1)
    assert monitor.problems[0].message_id == "restore-journal-left"
    assert os.listdir(target) == ["t.sqlite"]


@pytest.mark.parametrize("overwrite", [Overwrite.NEVER, Overwrite.KEEP_BOTH])
def test_a_journal_comes_back_beside_its_database_in_a_new_folder(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overwrite: Overwrite
) -> None:
    """The database that this very restore had written a moment ago was taken for one that was
    there before, and what its -wal holds was left out."""
    # Each file is written before the next one is looked at.
    monkeypatch.setattr("app.repository.restore_queue._WINDOW_BYTES", 1)
    (old,) = save_blobs(repository, BlobKind.DATA, b"SQLite format 3\0 old")
    (wal,) = save_blobs(repository, BlobKind.DATA, b"frames")
    names = ((b"t.sqlite", old, 20), (b"t.sqlite-2", old, 20), (b"t.sqlite-wal", wal, 6))
    inner = encode_tree([file_node(*each) for each in names])
    (tree,) = save_blobs(repository, BlobKind.TREE, inner)
    snapshot = snapshot_of(repository, folder_node(b"bot", tree))
    restored(repository, snapshot, tmp_path / "t", overwrite=overwrite)
    assert sorted(os.listdir(tmp_path / "t/bot")) == [os.fsdecode(name) for name, *_ in names]


# --- hostile repositories --------------------------------------------------------------------


def file_node(name: bytes, blob: bytes | None, size: int, **facts: object) -> bytes:
    return encode_node(
        NodeFacts(
            name=name,
            mode=stat.S_IFREG | 0o644,
            mtime=1,
            ctime=1,
            uid=0,
            gid=0,
            size=size,
            content=() if blob is None else (blob,),
            **facts,  # type: ignore[arg-type]
        )
    )


def folder_node(name: bytes, subtree: bytes) -> bytes:
    return encode_node(
        NodeFacts(
            name=name, mode=stat.S_IFDIR | 0o755, mtime=1, ctime=1, uid=0, gid=0, subtree=subtree
        )
    )


def link_node(name: bytes, target: bytes) -> bytes:
    return encode_node(
        NodeFacts(
            name=name, mode=stat.S_IFLNK | 0o777, mtime=1, ctime=1, uid=0, gid=0, links=1,
            linktarget=target,
        )
    )  # fmt: skip


def snapshot_of(repository: Repository, *nodes: bytes) -> Snapshot:
    (tree,) = save_blobs(repository, BlobKind.TREE, encode_tree(nodes))
    return repository.save_snapshot(
        SnapshotFile(time="2026-01-01T00:00:00Z", tree=tree.hex(), paths=["x"], hostname="h")
    )


@pytest.mark.parametrize(
    "name", [b"..", b".", b"../escaped", b"/escaped", b"a/../../escaped", b"a\0b", b""]
)
def test_a_name_that_leaves_its_folder_is_refused(
    repository: Repository, tmp_path: Path, name: bytes
) -> None:
    (blob,) = save_blobs(repository, BlobKind.DATA, b"evil")
    (bad,) = save_blobs(repository, BlobKind.TREE, encode_tree([file_node(name, blob, 4)]))
    snapshot = snapshot_of(repository, folder_node(b"d", bad), file_node(b"good", blob, 4))
    target = tmp_path / "in" / "t"
    _, monitor = restored(repository, snapshot, target, problems=1)
    assert monitor.problems[0].message_id == "folder-lost"
    assert sorted(p.name for p in (tmp_path / "in").rglob("*")) == ["d", "good", "t"]


def test_a_name_that_stands_twice_as_link_and_folder_is_refused(
    repository: Repository, tmp_path: Path
) -> None:
    (blob,) = save_blobs(repository, BlobKind.DATA, b"evil")
    (inner,) = save_blobs(repository, BlobKind.TREE, encode_tree([file_node(b"f", blob, 4)]))
    outside = tmp_path / "outside"
    outside.mkdir()
    nodes = [link_node(b"d", os.fsencode(outside)), folder_node(b"d", inner)]
    (top,) = save_blobs(repository, BlobKind.TREE, encode_tree(nodes))
    snapshot = snapshot_of(repository, folder_node(b"top", top))
    restored(repository, snapshot, tmp_path / "t", problems=1)
    assert os.listdir(outside) == []


def test_a_link_in_the_target_is_not_followed(repository: Repository, tmp_path: Path) -> None:
    (blob,) = save_blobs(repository, BlobKind.DATA, b"data")
    (inner,) = save_blobs(repository, BlobKind.TREE, encode_tree([file_node(b"f", blob, 4)]))
    snapshot = snapshot_of(repository, folder_node(b"d", inner))
    outside = tmp_path / "outside"
    outside.mkdir()
    target = tmp_path / "t"
    target.mkdir()
    (target / "d").symlink_to(outside)
    _, monitor = restored(repository, snapshot, target, problems=1)
    assert monitor.problems[0].message_id == "restore-folder-in-the-way"
    assert os.listdir(outside) == []


def test_a_link_with_the_name_of_a_file_is_replaced_and_not_written_through(
    repository: Repository, tmp_path: Path
) -> None:
    (blob,) = save_blobs(repository, BlobKind.DATA, b"data")
    snapshot = snapshot_of(repository, file_node(b"f", blob, 4))
    outside = tmp_path / "outside"
    outside.write_bytes(b"mine")
    target = tmp_path / "t"
    target.mkdir()
    (target / "f").symlink_to(outside)
    (target / ".f.tradekeep.partial").symlink_to(outside)
    restored(repository, snapshot, target)
    assert outside.read_bytes() == b"mine"
    assert (target / "f").read_bytes() == b"data"
    assert not (target / "f").is_symlink()


def test_a_folder_swapped_for_a_link_meanwhile_is_not_followed(
    source: Path, temporary: Path, tmp_path: Path
) -> None:
    repository = cheap_repository(LocalBackend(tmp_path / "repository"))
    (source / "d").mkdir()
    for number in range(20):
        (source / "d" / str(number)).write_bytes(b"data")
    snapshot = backed_up(repository, source, temporary=temporary)
    outside = tmp_path / "outside"
    outside.mkdir()
    target = tmp_path / "t"

    class Swapping(Recorder):
        """Swaps the folder as soon as it is there."""

        def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
            folder = target / "bots/d"
            if folder.is_dir() and not folder.is_symlink():
                folder.rename(tmp_path / "moved")
                folder.symlink_to(outside)

    repository.load_index(Recorder())
    monitor = Swapping()
    restore(repository, snapshot, target, monitor=monitor, workers=2)
    assert os.listdir(outside) == []
    assert monitor.problems


def test_a_size_that_lies_costs_nothing_and_is_said(repository: Repository, tmp_path: Path) -> None:
    (blob,) = save_blobs(repository, BlobKind.DATA, b"data")
    snapshot = snapshot_of(repository, file_node(b"f", blob, 1 << 20))
    _, monitor = restored(repository, snapshot, tmp_path / "t", problems=1)
    assert monitor.problems[0].message_id == "restore-size-differs"
    assert (tmp_path / "t/f").read_bytes() == b"data"


def test_a_size_beyond_the_disk_is_refused_before_anything_is_written(
    repository: Repository, tmp_path: Path
) -> None:
    snapshot = snapshot_of(repository, file_node(b"f", None, 1 << 60))
    with pytest.raises(TargetFull, match="not enough room"):
        restored(repository, snapshot, tmp_path / "t")
    assert os.listdir(tmp_path / "t") == []


def test_a_repository_nested_without_end_is_cut_off(repository: Repository, tmp_path: Path) -> None:
    (tree,) = save_blobs(repository, BlobKind.TREE, encode_tree([]))
    for _ in range(1100):
        (tree,) = save_blobs(repository, BlobKind.TREE, encode_tree([folder_node(b"d", tree)]))
    snapshot = repository.save_snapshot(
        SnapshotFile(time="2026-01-01T00:00:00Z", tree=tree.hex(), paths=["x"], hostname="h")
    )
    _, monitor = restored(repository, snapshot, tmp_path / "t", problems=1)
    assert monitor.problems[0].message_id == "folder-too-deep"
    subprocess.run(["rm", "-rf", tmp_path / "t"], check=True)  # deeper than Python can follow


def test_setuid_is_kept_only_with_the_owner(tmp_path: Path) -> None:
    if not IS_ROOT:
        pytest.skip("needs root to change into somebody else")
    from app.repository.restore_metadata import Facts, Misfits, apply

    path = tmp_path / "f"
    path.write_bytes(b"")
    os.chown(path, 65534, 65534)
    descriptor = os.open(path, os.O_RDONLY)
    os.seteuid(65534)
    try:
        apply(descriptor, Facts(0o6755, 0, 0, 0, ()), "f", Misfits())
        os.close(descriptor)
    finally:
        os.seteuid(0)
    assert stat.S_IMODE(path.stat().st_mode) == 0o755


# --- damage ----------------------------------------------------------------------------------


def test_a_damaged_blob_costs_only_the_files_that_need_it(
    source: Path, temporary: Path, tmp_path: Path
) -> None:
    place = tmp_path / "repository"
    repository = cheap_repository(LocalBackend(place))
    for number in range(30):
        (source / f"{number:02}").write_bytes(os.urandom(5000))
    snapshot = backed_up(repository, source, temporary=temporary)
    flip_bit(_data_pack(repository, place), 12_000)
    report, monitor = restored(repository, snapshot, tmp_path / "t", problems=1)
    assert monitor.problems[0].message_id == "restore-file-lost"
    assert (report.files, report.failed) == (29, 1)
    back = listing(tmp_path / "t/bots")
    assert len(back) == 29
    assert back.items() <= listing(source).items()


def _data_pack(repository: Repository, place: Path) -> Path:
    packs = {location.pack.hex() for _, location in repository.index.locations(BlobKind.DATA)}
    return next(path for path in files_of(place, Kind.PACK) if path.name in packs)


def test_a_lost_pack_costs_only_the_files_in_it(
    source: Path, temporary: Path, tmp_path: Path
) -> None:
    place = tmp_path / "repository"
    repository = cheap_repository(LocalBackend(place))
    (source / "a").write_bytes(b"a" * 5000)
    first = backed_up(repository, source, temporary=temporary)
    repository.load_index(Recorder())
    pack = _data_pack(repository, place)
    (source / "b").write_bytes(b"b" * 5000)
    second = backed_up(repository, source, temporary=temporary)
    pack.unlink()
    for snapshot in (first, second):
        _, monitor = restored(repository, snapshot, tmp_path / snapshot.id[:8], problems=1)
        assert monitor.problems[0].message_id == "restore-file-lost"
    assert (tmp_path / second.id[:8] / "bots/b").read_bytes() == b"b" * 5000


def test_a_file_without_its_blob_in_the_index_is_named(
    repository: Repository, tmp_path: Path
) -> None:
    snapshot = snapshot_of(repository, file_node(b"f", b"\x01" * 32, 4))
    _, monitor = restored(repository, snapshot, tmp_path / "t", problems=1)
    assert "f cannot be restored from here" in monitor.problems[0].sentence.title


# --- bad targets -----------------------------------------------------------------------------


def test_a_target_that_is_a_file_is_refused(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "t").write_text("x")
    with pytest.raises(TargetUnusable, match="cannot be restored to"):
        restored(repository, snapshot_of(repository), tmp_path / "t")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if not IS_ROOT or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("this system lets us mount nothing")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_disk_that_fills_up_meanwhile_keeps_what_is_complete(
    repository: Repository,
    source: Path,
    temporary: Path,
    small_disk: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(6):
        (source / str(number)).write_bytes(os.urandom(1 << 20))
    snapshot = backed_up(repository, source, temporary=temporary)
    with pytest.raises(TargetFull, match="not enough room"):
        restored(repository, snapshot, small_disk / "t")
    assert os.listdir(small_disk / "t") == []
    monkeypatch.setattr("app.repository.restorer.refuse_if_full", lambda *_: None)
    with pytest.raises(TargetFull, match="is full"):
        restored(repository, snapshot, small_disk / "t")
    found = list((small_disk / "t/bots").iterdir())
    assert 0 < len(found) < 6
    for path in found:
        assert path.read_bytes() == (source / path.name).read_bytes()


def test_a_restore_goes_on_where_a_full_disk_stopped_it(
    repository: Repository, source: Path, temporary: Path, small_disk: Path
) -> None:
    for number in range(3):
        (source / str(number)).write_bytes(os.urandom(1 << 20))
    snapshot = backed_up(repository, source, temporary=temporary)
    restored(repository, snapshot, small_disk)
    (small_disk / "bots/2").unlink()
    report, _ = restored(repository, snapshot, small_disk)
    assert (report.files, report.kept) == (1, 2)


@pytest.mark.parametrize("workers", [0, 2])
def test_cancelled_in_the_middle_leaves_whole_files_and_no_partials(
    source: Path, temporary: Path, tmp_path: Path, workers: int
) -> None:
    repository = cheap_repository(LocalBackend(tmp_path / "repository"))
    for number in range(400):
        (source / f"{number:03}").write_bytes(os.urandom(40_000))
    (source / "large").write_bytes(os.urandom(65 << 20))
    snapshot = backed_up(repository, source, temporary=temporary)

    class Impatient(Recorder):
        def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
            if self.last is not None and self.last.done > 1 << 20:
                raise Cancelled

    repository.load_index(Recorder())
    target = tmp_path / "t"
    with pytest.raises(Cancelled):
        restore(repository, snapshot, target, monitor=Impatient(), workers=workers)
    assert not list(target.rglob("*.partial"))
    for path in (target / "bots").iterdir():
        assert path.read_bytes() == (source / path.name).read_bytes()


def test_a_memory_repository_restores_too(source: Path, temporary: Path, tmp_path: Path) -> None:
    repository = cheap_repository(MemoryBackend())
    (source / "a").write_text("x")
    snapshot = backed_up(repository, source, temporary=temporary)
    restored(repository, snapshot, tmp_path / "t")
    assert (tmp_path / "t/bots/a").read_text() == "x"


@given(count=st.integers(0, 40), workers=st.integers(0, 8))
def test_strands_hold_every_batch_once_and_leave_each_worker_its_neighbours(count, workers):
    """Two workers that made files in the same folder waited for each other."""
    batches = [(number,) for number in range(count)]
    strands = list(in_strands(batches, workers))
    assert sorted(strands) == batches
    if workers and count % workers == 0:
        first = strands[::workers]  # what the first of them gets, if all are as fast
        assert first == batches[: len(first)]


def test_a_small_file_whose_metadata_cannot_be_set_is_restored_and_told(
    repository: Repository, source: Path, temporary: Path, tmp_path: Path, monkeypatch
) -> None:
    def refuse(*_arguments: object) -> bool:
        raise PermissionError(1, "Operation not permitted")

    (source / "only").write_bytes(b"content")
    (source / "only").chmod(0o606)  # which no umask gives
    snapshot = backed_up(repository, source, temporary=temporary)
    monkeypatch.setattr(os, "fchmod", refuse)
    report, monitor = restored(repository, snapshot, tmp_path / "t", problems=1)
    assert (report.files, report.failed) == (1, 0)
    assert (tmp_path / "t/bots/only").read_bytes() == b"content"
    assert monitor.problems[0].message_id == "restore-no-permissions"
