"""What is kept between backups makes them fast and must never make them wrong."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.backends.contract import FileName, Kind
from app.backends.local import LocalBackend
from app.monitor import Recorder
from app.repository import folder_cache, index_cache
from app.repository.archiver import back_up
from app.repository.assembly import Folder
from app.repository.backup_model import BackupOptions, BackupReport
from app.repository.index import BlobTable
from app.repository.lock import locked
from app.repository.pack import BlobKind
from app.repository.repository import Repository
from app.repository.restorer import restore
from app.repository.scan import Source
from app.repository.walk import lookup
from tests.faults import files_of, flip_bit
from tests.repository.support import cheap_repository, open_cheap
from tests.repository.test_restorer import listing


class Desk:
    """A repository, a source, and both caches."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = folder / "source"
        self.source.mkdir(parents=True)
        (folder / "temporary").mkdir()
        cheap_repository(LocalBackend(folder / "repository"))

    @property
    def folders(self) -> Path:
        return self.folder / "cache" / "folders"

    @property
    def index(self) -> Path:
        return self.folder / "cache" / "index"

    def open(self) -> Repository:
        return open_cheap(LocalBackend(self.folder / "repository"))

    def back_up(
        self, *, cached: bool = True, exclude: tuple[str, ...] = (), problems: int = 0
    ) -> BackupReport:
        """A backup whose clock is ahead, so that nothing counts as changed just now."""
        repository = self.open()
        monitor = Recorder()
        with locked(repository) as lock:
            repository.load_index(monitor, self.index if cached else None)
            report = back_up(
                repository,
                [Source("s", self.source, exclude)],
                temporary=self.folder / "temporary",
                monitor=monitor,
                lock=lock,
                options=BackupOptions(
                    workers=0,
                    cache=self.folders if cached else None,
                    now=lambda: datetime.now(UTC) + timedelta(seconds=10),
                ),
            )
            if cached:
                repository.keep_index(self.index)
        assert len(monitor.problems) == problems, monitor.problems
        return report

    def tree(self, report: BackupReport) -> bytes:
        """The source's own tree: the folders above it change with the tests."""
        repository = self.open()
        repository.load_index(Recorder())
        found = lookup(repository, report.snapshot, os.fsencode(self.source)).subtree
        assert found is not None
        return found

    def restored(self, report: BackupReport, target: Path) -> dict[str, tuple[object, ...]]:
        repository, monitor = self.open(), Recorder()
        repository.load_index(monitor)
        restore(repository, report.snapshot, target, monitor=monitor, workers=0)
        assert monitor.problems == []
        return listing(target / "source")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    fill(desk.source)
    return desk


def fill(source: Path) -> None:
    for name in ("a/one", "a/two", "a/b/three", "c/four", "five"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(name * 40)
    (source / "a/link").symlink_to("one")
    os.mkfifo(source / "c/fifo")


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Paths of files that were compared one by one."""
    from app.repository import archiver, intake

    seen: list[bytes] = []

    def watch(owner: type, method: str) -> None:
        real = getattr(owner, method)

        def watched(self: object, folder: Folder, *arguments: object, **more: object) -> None:
            name = next(each for each in arguments if isinstance(each, bytes))
            seen.append(os.path.join(folder.path, name))
            real(self, folder, *arguments, **more)

        monkeypatch.setattr(owner, method, watched)

    watch(intake.Intake, "file")
    watch(archiver._Run, "_special")
    return seen


def test_an_unchanged_folder_is_listed_and_no_more(desk: Desk, listed: list[bytes]) -> None:
    first = desk.back_up()
    assert len(listed) == 7
    listed.clear()
    second = desk.back_up()
    assert listed == []
    assert desk.tree(second) == desk.tree(first)
    assert second.sources == first.sources
    facts = (second.summary.total_files_processed, second.summary.total_bytes_processed)
    assert facts == (first.summary.total_files_processed, first.summary.total_bytes_processed)
    assert second.summary.files_unmodified == 5
    assert second.summary.files_new == second.summary.files_changed == 0


def test_a_change_deep_down_reaches_the_top(
    desk: Desk, listed: list[bytes], tmp_path: Path
) -> None:
    desk.back_up()
    (desk.source / "a/b/three").write_text("changed")
    listed.clear()
    report = desk.back_up()
    assert listed == [os.fsencode(desk.source / "a/b/three")]
    assert desk.restored(report, tmp_path / "t") == listing(desk.source)
    listed.clear()
    assert desk.tree(desk.back_up()) == desk.tree(report)
    assert listed == []


CHANGES: dict[str, Callable[[Path], object]] = {
    "content": lambda s: (s / "a/one").write_text("other"),
    "same size": lambda s: (s / "five").write_text("6" * 160),
    "new file": lambda s: (s / "a/b/new").write_text("x"),
    "new empty folder": lambda s: (s / "a/empty").mkdir(),
    "removed file": lambda s: (s / "a/two").unlink(),
    "removed folder": lambda s: shutil.rmtree(s / "a/b"),
    "renamed": lambda s: (s / "a/one").rename(s / "a/uno"),
    "moved": lambda s: (s / "a/one").rename(s / "c/one"),
    "mode": lambda s: (s / "c/four").chmod(0o600),
    "folder's mode": lambda s: (s / "c").chmod(0o700),
    "time alone": lambda s: os.utime(s / "five", ns=(1, 1)),
    "attribute": lambda s: os.setxattr(s / "five", "user.x", b"y"),
    "link's target": lambda s: ((s / "a/link").unlink(), (s / "a/link").symlink_to("two")),
    "file for folder": lambda s: (shutil.rmtree(s / "a/b"), (s / "a/b").write_text("x")),
    "hard link": lambda s: os.link(s / "five", s / "c/cinq"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_noticed(desk: Desk, change: str, tmp_path: Path) -> None:
    desk.back_up()
    CHANGES[change](desk.source)
    with_cache = desk.back_up()
    without = desk.back_up(cached=False)
    assert desk.tree(with_cache) == desk.tree(without)
    assert desk.restored(with_cache, tmp_path / "t") == listing(desk.source)
    assert with_cache.sources[0].files == without.sources[0].files


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1 << 32))
def test_with_and_without_caches_the_same_trees_come_out(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    fill(desk.source)
    chance = random.Random(seed)
    for _ in range(6):
        for _ in range(chance.randrange(4)):
            mutate(desk.source, chance)
        cached = desk.tree(desk.back_up())
        assert cached == desk.tree(desk.back_up(cached=False))
    shutil.rmtree(desk.folder)


def mutate(source: Path, chance: random.Random) -> None:
    folders = [source, *(p for p in source.rglob("*") if p.is_dir())]
    files = [p for p in source.rglob("*") if p.is_file() and not p.is_symlink()]
    name = f"n{chance.randrange(1000)}"
    what = chance.randrange(5)
    if what == 0 or not files:
        (chance.choice(folders) / name).write_text("x" * chance.randrange(1, 300))
    elif what == 1:
        with chance.choice(files).open("a") as file:
            file.write("y")
    elif what == 2:
        chance.choice(files).unlink()
    elif what == 3:
        (chance.choice(folders) / f"d{name}").mkdir(exist_ok=True)
    else:
        chance.choice(files).rename(chance.choice(folders) / f"m{name}")


def test_a_file_changed_just_before_is_looked_at_again(desk: Desk, listed: list[bytes]) -> None:
    """Without a clock that is ahead: what is younger than two seconds gets no record."""
    for _ in range(2):
        repository = desk.open()
        listed.clear()
        with locked(repository) as lock:
            repository.load_index(Recorder(), desk.index)
            back_up(
                repository,
                [Source("s", desk.source)],
                temporary=desk.folder / "temporary",
                monitor=Recorder(),
                lock=lock,
                options=BackupOptions(workers=0, cache=desk.folders),
            )
        assert len(listed) == 7


def test_other_rules_are_another_listing(desk: Desk, listed: list[bytes]) -> None:
    everything = desk.back_up()
    less = desk.back_up(exclude=("t*",))
    assert less.sources[0].files == everything.sources[0].files - 2
    listed.clear()
    assert desk.back_up(exclude=("t*",)).sources == less.sources
    assert listed == []
    assert desk.back_up().sources == everything.sources


def test_a_lost_index_file_ends_the_belief_in_both_caches(desk: Desk, tmp_path: Path) -> None:
    desk.back_up()
    for path in files_of(desk.folder / "repository", Kind.INDEX):
        path.unlink()
    report = desk.back_up()
    assert report.summary.data_blobs == 5
    assert desk.restored(report, tmp_path / "t") == listing(desk.source)


def test_a_tree_that_cannot_be_read_is_made_anew(desk: Desk, tmp_path: Path) -> None:
    """The index still has it, the pack is gone: only its subfolder changed, so it is needed."""
    desk.back_up()
    repository = desk.open()
    repository.load_index(Recorder())
    trees = {place.pack.hex() for _, place in repository.index.locations(BlobKind.TREE)}
    for path in files_of(desk.folder / "repository", Kind.PACK):
        if path.name in trees:
            flip_bit(path, 60)
            flip_bit(path, 200)
            flip_bit(path, 400)
    (desk.source / "a/b/three").write_text("changed")
    report = desk.back_up(problems=1)  # that older snapshots are damaged, and this one may be
    repository = desk.open()
    repository.load_index(Recorder())
    assert report.summary.total_files_processed == 7
    assert report.sources[0].problems == 0


def test_a_file_that_could_not_be_read_gives_its_folder_no_record(
    desk: Desk, listed: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.repository import reading, small_files

    def not_small(_self: object, _folder: bytes, names: tuple[bytes, ...]) -> list[bytes]:
        return [b""] * len(names)

    monkeypatch.setattr(small_files.SmallFiles, "nodes", not_small)
    real = reading.Reader._stored

    def failing(self: reading.Reader, job: reading.FileJob) -> reading.FileResult:
        if job.path.endswith(b"two"):
            raise PermissionError(13, "no")
        return real(self, job)

    monkeypatch.setattr(reading.Reader, "_stored", failing)
    desk.back_up(problems=1)
    monkeypatch.setattr(reading.Reader, "_stored", real)
    listed.clear()
    report = desk.back_up()
    assert os.fsencode(desk.source / "a/two") in listed
    assert os.fsencode(desk.source / "five") not in listed
    assert report.sources[0].files == 7


def test_a_live_database_is_always_looked_at(desk: Desk, listed: list[bytes]) -> None:
    import sqlite3

    connection = sqlite3.connect(desk.source / "c/trades.sqlite")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE t (x)")
    connection.commit()
    desk.back_up()
    listed.clear()
    report = desk.back_up()
    connection.close()
    assert os.fsencode(desk.source / "c/trades.sqlite") in listed
    assert report.sources[0].databases == 1


# --- the files -------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["folders", "index"])
@pytest.mark.parametrize("at", [0, 20, 0.5, -1])
def test_a_damaged_cache_is_no_cache(desk: Desk, which: str, at: float, tmp_path: Path) -> None:
    desk.back_up()
    path: Path = getattr(desk, which)
    flip_bit(path, int(path.stat().st_size * at) if isinstance(at, float) else at)
    (desk.source / "a/one").write_text("changed")
    report = desk.back_up()
    assert desk.restored(report, tmp_path / "t") == listing(desk.source)


@pytest.mark.parametrize("content", [b"", b"x" * 40, b"tradekeep index\n\xff\xff\xff\xff"])
def test_rubbish_is_no_cache(desk: Desk, content: bytes) -> None:
    desk.folders.parent.mkdir(exist_ok=True)
    desk.folders.write_bytes(content)
    desk.index.write_bytes(content)
    assert desk.back_up().summary.files_new == 5


def test_a_cache_of_another_repository_is_no_cache(desk: Desk) -> None:
    desk.back_up()
    shutil.rmtree(desk.folder / "repository")
    cheap_repository(LocalBackend(desk.folder / "repository"), number=2)
    assert desk.back_up().summary.data_blobs == 5


def test_a_cache_that_cannot_be_written_stops_nothing(desk: Desk) -> None:
    (desk.folder / "cache").write_text("in the way")
    repository = desk.open()
    with locked(repository) as lock:
        repository.load_index(Recorder(), desk.index)
        report = back_up(
            repository,
            [Source("s", desk.source)],
            temporary=desk.folder / "temporary",
            monitor=Recorder(),
            lock=lock,
            options=BackupOptions(workers=0, cache=desk.folders),
        )
    assert report.summary.files_new == 5


def test_caches_are_private(desk: Desk) -> None:
    desk.back_up()
    assert desk.folders.stat().st_mode & 0o777 == 0o600
    assert desk.index.stat().st_mode & 0o777 == 0o600
    assert desk.folders.parent.stat().st_mode & 0o777 == 0o700


def test_the_kept_index_is_the_parsed_one(desk: Desk) -> None:
    desk.back_up()
    (desk.source / "new").write_text("new")
    desk.back_up()
    parsed, kept = desk.open(), desk.open()
    parsed.load_index(Recorder())
    kept.load_index(Recorder(), desk.index)
    for kind in BlobKind:
        assert dict(parsed.index.locations(kind)) == dict(kept.index.locations(kind))
    assert parsed.index_files == kept.index_files


def test_index_files_that_came_since_are_added_to_the_kept_ones(desk: Desk) -> None:
    desk.back_up()
    (desk.source / "new").write_text("new")
    desk.back_up(cached=False)
    repository = desk.open()
    names = frozenset(path.name for path in files_of(desk.folder / "repository", Kind.INDEX))
    _, kept = index_cache.load(desk.index, repository.config.id, names)
    assert kept < names
    repository.load_index(Recorder(), desk.index)
    assert repository.index_files == names
    for name in names:
        assert repository.backend.size(FileName(Kind.INDEX, name))
    with pytest.raises(index_cache.Stale):
        index_cache.load(desk.index, repository.config.id, names - kept)


def test_a_table_that_would_have_no_end_is_refused() -> None:
    for size, count in ((48 * 1024, 1024), (48 * 1000, 3), (17, 0), (0, 0)):
        with pytest.raises(ValueError, match="no table"):
            BlobTable.of_size(size, 7, count)


def test_caches_of_sources_that_are_backed_up_no_more_go_away(desk: Desk) -> None:
    desk.folders.parent.mkdir()
    old = desk.folders.with_name("old")
    old.write_bytes(b"x")
    os.utime(old, (1, 1))
    desk.back_up()
    assert not old.exists()
    assert folder_cache.load(desk.folders, desk.open().config.id, frozenset()).old == {}
