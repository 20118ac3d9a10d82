"""What is in the way gets another name, and the preview tells exactly which."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app.monitor import Recorder
from app.repository.repository import Repository
from app.repository.restore_plan import Selection, pieces
from app.repository.restore_preview import InTheWay, Preview, preview
from app.repository.restore_target import Overwrite
from app.repository.restorer import mark_of
from app.repository.snapshot import Snapshot
from tests.repository.support import cheap_repository
from tests.repository.test_restorer import backed_up, restored


@pytest.fixture
def repository() -> Repository:
    return cheap_repository()


def bot(tmp_path: Path, repository: Repository) -> tuple[Snapshot, Path]:
    """A bot that was backed up, and the folder in which it lies."""
    source = tmp_path / "bots/trend"
    (source / "logs").mkdir(parents=True)
    (source / "config.json").write_text("the snapshot's")
    (source / "logs/a.log").write_text("a")
    (source / "logs/b.log").write_text("b")
    (source / "now").symlink_to("logs/a.log")
    with closing(sqlite3.connect(source / "trades.sqlite")) as database:
        database.execute("CREATE TABLE trades (id)")
        database.commit()
    return backed_up(repository, source, temporary=tmp_path), source


def looked(
    repository: Repository, snapshot: Snapshot, target: Path, overwrite: Overwrite
) -> tuple[Preview, dict[str, InTheWay]]:
    repository.load_index(Recorder())
    found: list[InTheWay] = []
    chosen = pieces(repository, snapshot, Selection())
    result = preview(
        repository, chosen, target, overwrite, Recorder(), mark=mark_of(snapshot),
        tell=found.append,
    )  # fmt: skip
    return result, {each.path.decode(): each for each in found}


def test_what_is_in_the_way_is_kept_under_the_name_that_was_announced(
    tmp_path: Path, repository: Repository
) -> None:
    snapshot, source = bot(tmp_path, repository)
    (source / "config.json").write_text("mine")
    (source / "logs/b.log").unlink()
    (source / "now").unlink()
    (source / "now").symlink_to("elsewhere")
    told, rows = looked(repository, snapshot, source.parent, Overwrite.SET_ASIDE)
    assert (told.new, told.same, told.different) == (1, 2, 2)
    assert rows["trend/config.json"].size == len("mine")
    assert {path: row.name for path, row in rows.items()} == {
        "trend/config.json": b"config.json.before-restore",
        "trend/now": b"now.before-restore",
    }
    assert (source / "config.json").read_text() == "mine"

    report, _ = restored(repository, snapshot, source.parent, overwrite=Overwrite.SET_ASIDE)
    assert (report.aside, report.kept, report.files) == (1, 2, 2)
    assert (source / "config.json").read_text() == "the snapshot's"
    assert (source / "config.json.before-restore").read_text() == "mine"
    assert os.readlink(source / "now") == "logs/a.log"
    assert os.readlink(source / "now.before-restore") == "elsewhere"


def test_restoring_twice_sets_nothing_aside_again(tmp_path: Path, repository: Repository) -> None:
    snapshot, source = bot(tmp_path, repository)
    (source / "config.json").write_text("mine")
    restored(repository, snapshot, source.parent, overwrite=Overwrite.SET_ASIDE)
    before = sorted(source.rglob("*"))
    report, _ = restored(repository, snapshot, source.parent, overwrite=Overwrite.SET_ASIDE)
    assert (report.files, report.aside) == (0, 0)
    assert sorted(source.rglob("*")) == before


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path, repository: Repository) -> None:
    snapshot, source = bot(tmp_path, repository)
    for text in ("first", "second"):
        (source / "config.json").write_text(text)
        restored(repository, snapshot, source.parent, overwrite=Overwrite.SET_ASIDE)
    assert (source / "config.json.before-restore").read_text() == "first"
    assert (source / "config.json.before-restore.2").read_text() == "second"


def test_a_database_that_is_set_aside_still_has_what_its_journal_held(
    tmp_path: Path, repository: Repository
) -> None:
    """Its -wal went nowhere: trades that were committed since were lost to the kept database."""
    snapshot, source = bot(tmp_path, repository)
    path = source / "trades.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("INSERT INTO trades VALUES (7)")
        database.commit()
        restored(repository, snapshot, source.parent, overwrite=Overwrite.SET_ASIDE)
        wal = source / "trades.sqlite.before-restore-wal"
        assert wal.stat().st_size > 0
    with closing(sqlite3.connect(f"{path}.before-restore")) as kept:
        assert kept.execute("SELECT id FROM trades").fetchall() == [(7,)]
    with closing(sqlite3.connect(path)) as now:
        assert now.execute("SELECT count(*) FROM trades").fetchall() == [(0,)]


def test_both_kept_is_announced_with_the_name_of_the_restored_one(
    tmp_path: Path, repository: Repository
) -> None:
    snapshot, source = bot(tmp_path, repository)
    (source / "config.json").write_text("mine")
    _, rows = looked(repository, snapshot, source.parent, Overwrite.KEEP_BOTH)
    name = rows["trend/config.json"].name
    assert name is not None
    restored(repository, snapshot, source.parent, overwrite=Overwrite.KEEP_BOTH)
    assert (source / os.fsdecode(name)).read_text() == "the snapshot's"


def test_a_file_where_a_folder_belongs_is_announced_once(
    tmp_path: Path, repository: Repository
) -> None:
    snapshot, _ = bot(tmp_path, repository)
    target = tmp_path / "there"
    (target / "trend").mkdir(parents=True)
    (target / "trend/logs").write_text("a file")
    told, rows = looked(repository, snapshot, target, Overwrite.SET_ASIDE)
    assert told.in_the_way == 2
    assert list(rows) == ["trend/logs"]
    assert rows["trend/logs"].blocks


def test_room_is_that_of_the_place_that_is_written_to(
    tmp_path: Path, repository: Repository
) -> None:
    snapshot, _ = bot(tmp_path, repository)
    told, _ = looked(repository, snapshot, tmp_path / "not/there/yet", Overwrite.SET_ASIDE)
    assert told.tightest is not None
    assert told.tightest.needed == told.bytes == told.write
    assert 0 < told.tightest.free <= os.statvfs(tmp_path).f_blocks * os.statvfs(tmp_path).f_frsize


def names(target: Path) -> set[str]:
    return {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()}


def test_what_is_excluded_stays_away_but_for_what_is_included_in_it(
    tmp_path: Path, repository: Repository
) -> None:
    snapshot, source = bot(tmp_path, repository)
    selection = Selection(
        include=(os.fsencode(source), os.fsencode(source / "logs/b.log")),
        exclude=(os.fsencode(source / "logs"), os.fsencode(source / "now")),
    )
    restored(repository, snapshot, tmp_path / "t", selection=selection)
    assert names(tmp_path / "t") == {"trend/config.json", "trend/trades.sqlite", "trend/logs/b.log"}


def test_excluding_alone_takes_everything_else(tmp_path: Path, repository: Repository) -> None:
    snapshot, source = bot(tmp_path, repository)
    selection = Selection(exclude=(os.fsencode(source / "logs"),))
    report, _ = restored(repository, snapshot, tmp_path / "t", selection=selection)
    assert report.files == 2
    assert not (tmp_path / "t/trend/logs").exists()
