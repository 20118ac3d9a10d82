"""The archive proves what it holds: its chain, heads in snapshots, records from the evidence."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.exchange import pager, schema
from app.exchange.archive import Archive, Window
from app.exchange.chain import Fault, Head, verify
from app.exchange.coverage import State
from app.exchange.gaps import NOT_ASKED, gaps
from app.exchange.rebuild import rebuild
from app.exchange.schema import ArchiveError
from app.exchange.streams import DAY
from tests.exchange.harness import CASES, Lab, case_of, lab


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of("binanceusdm"), tmp_path)
    with made.server:
        made.pull()
        yield made


def meddle(place: Lab, *statements: str) -> None:
    """Somebody changes the file behind our back."""
    database = sqlite3.connect(place.folder / "archive.db")
    database.executescript(
        "DROP TRIGGER evidence_is_not_changed; DROP TRIGGER evidence_is_not_removed;"
    )
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()


def test_an_untouched_archive_is_whole(place: Lab) -> None:
    with place.archive() as archive:
        count, link = archive.head()
        report = verify(archive, [Head(count, link, "here"), Head(3, _link(archive, 3))])
    assert report.whole
    assert report.rows == count > 20


def _link(archive: Archive, number: int) -> bytes:
    found = archive.database.execute("SELECT link FROM evidence WHERE id = ?", (number,))
    return bytes(found.fetchone()[0])


@pytest.mark.parametrize(
    ("statement", "number", "fault"),
    [
        ("UPDATE evidence SET status = 201 WHERE id = 7", 7, Fault.CHANGED),
        ("UPDATE evidence SET received = received + 1 WHERE id = 7", 7, Fault.CHANGED),
        ("UPDATE evidence SET body = (SELECT body FROM evidence WHERE id = 8) WHERE id = 7", 7,
         Fault.CHANGED),
        ("UPDATE evidence SET body = x'00' WHERE id = 7", 7, Fault.UNREADABLE),
        ("DELETE FROM evidence WHERE id = 7", 8, Fault.MISSING),
    ],
)  # fmt: skip
def test_a_changed_or_removed_row_is_found(
    place: Lab, statement: str, number: int, fault: Fault
) -> None:
    meddle(place, statement)
    with place.archive() as archive:
        report = verify(archive)
    assert (number, fault) in [(each.number, each.fault) for each in report.broken]


def test_rows_that_changed_places_are_found(place: Lab) -> None:
    meddle(
        place,
        "UPDATE evidence SET id = 1000000 WHERE id = 7",
        "UPDATE evidence SET id = 7 WHERE id = 8",
        "UPDATE evidence SET id = 8 WHERE id = 1000000",
    )
    with place.archive() as archive:
        report = verify(archive)
    assert {each.number for each in report.broken} >= {7, 8}


def test_a_tail_that_was_cut_off_is_found_by_a_snapshots_head(place: Lab) -> None:
    with place.archive() as archive:
        count, link = archive.head()
    meddle(place, f"DELETE FROM evidence WHERE id > {count - 3}")
    with place.archive() as archive:
        assert verify(archive).whole  # the chain alone cannot show it
        report = verify(archive, [Head(count, link, "KEEP-1")])
    assert [(each.fault, each.origin) for each in report.broken] == [(Fault.CUT_OFF, "KEEP-1")]


def test_a_history_that_was_written_anew_is_found_by_a_snapshots_head(place: Lab) -> None:
    with place.archive() as archive:
        count, _ = archive.head()
        report = verify(archive, [Head(count, bytes(32), "KEEP-1")])
    assert [each.fault for each in report.broken] == [Fault.OTHER_HISTORY]


def test_evidence_cannot_be_changed_by_mistake(place: Lab) -> None:
    with place.archive() as archive:
        for statement in ("UPDATE evidence SET status = 1", "DELETE FROM evidence"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                archive.database.execute(statement)


@pytest.mark.parametrize("exchange", CASES)
def test_records_follow_from_the_evidence_alone(exchange: str, tmp_path: Path) -> None:
    made = lab(case_of(exchange), tmp_path)
    with made.server:
        made.pull()
        made.pull()
    before = (tmp_path / "archive.db").read_bytes()
    with made.archive() as archive:
        report = rebuild(archive, keep=False)
    assert report.same, report
    assert report.records > 500
    assert not report.skipped
    assert before  # and the server is gone: nobody was asked
    with made.archive() as archive:  # nor is any stream one that a whole pull does not come to
        now = time.time_ns() // 1_000_000
        found = gaps(archive, now - 2 * DAY, now - DAY, now=now)
        asked = archive.database.execute(
            "SELECT stream, wallet FROM series JOIN coverage ON coverage.series = series.id"
        ).fetchall()
        never = {(gap.stream, gap.wallet) for gap in found if gap.state == NOT_ASKED}
        assert never <= set(asked)


def test_a_rebuild_mends_records_that_somebody_changed(place: Lab) -> None:
    meddle(
        place,
        "UPDATE record SET data = replace(data, 'BTC', 'ETH') WHERE native = '3'",
        "DELETE FROM record WHERE native = '5'",
    )
    with place.archive() as archive:
        report = rebuild(archive, keep=False)
        assert report.changed >= 1
        assert report.added >= 1
        rebuild(archive)
        assert rebuild(archive).same
    place.compare()


def test_a_newer_archive_is_refused(place: Lab) -> None:
    database = sqlite3.connect(place.folder / "archive.db")
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(ArchiveError, match="newer version of Tradekeep"):
        place.archive()


def test_an_older_archive_is_migrated_and_kept_as_it_was(
    place: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    step = {schema.VERSION - 1: "ALTER TABLE account ADD COLUMN color TEXT NOT NULL DEFAULT ''"}
    monkeypatch.setattr(schema, "_MIGRATIONS", step)
    with place.archive() as archive:
        assert archive.database.execute("SELECT color FROM account").fetchall() == [("",)]
        count, _ = archive.head()
    kept = place.folder / f"archive.db.before-{schema.VERSION}"
    database = sqlite3.connect(kept)
    assert database.execute("PRAGMA user_version").fetchone() == (schema.VERSION - 1,)
    assert database.execute("SELECT count(*) FROM evidence").fetchone() == (count,)
    database.close()
    assert (kept.stat().st_mode & 0o777) == 0o600


def test_a_copy_before_a_migration_that_was_interrupted_is_not_taken_for_one(
    place: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    monkeypatch.setattr(schema, "_MIGRATIONS", {schema.VERSION - 1: "SELECT 1"})
    kept = place.folder / f"archive.db.before-{schema.VERSION}"
    connect = sqlite3.connect

    def full(file: Path) -> sqlite3.Connection:
        connect(file).close()
        Path(file).touch()
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(schema.sqlite3, "connect", full)
        with closing(connect(place.folder / "archive.db")) as database:
            with pytest.raises(sqlite3.OperationalError):
                schema.prepare(database, place.folder / "archive.db")
            assert database.execute("PRAGMA user_version").fetchone() == (schema.VERSION - 1,)
    assert not kept.exists()
    with place.archive() as archive:
        count, _ = archive.head()
    with closing(connect(kept)) as database:
        assert database.execute("SELECT count(*) FROM evidence").fetchone() == (count,)
    assert [each for each in place.folder.iterdir() if "partial" in each.name] == []


def test_a_migration_that_fails_leaves_the_archive_as_it_was(
    place: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    wrong = "ALTER TABLE account ADD COLUMN color TEXT; SELECT * FROM nothing"
    monkeypatch.setattr(schema, "_MIGRATIONS", {schema.VERSION - 1: wrong})
    with pytest.raises(ArchiveError, match="cannot be opened"):
        place.archive()
    monkeypatch.undo()
    with place.archive() as archive:
        assert verify(archive).whole


def test_a_walk_through_all_of_history_is_kept_page_by_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pager, "_MOST_HELD", 1)
    held: list[int] = []
    commit = Archive.commit

    def counted(archive: Archive, account: int, pull: int, window: Window, *more: object) -> object:
        if window.stream.title == "fills":
            held.append(len(window.parts))
        return commit(archive, account, pull, window, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(Archive, "commit", counted)
    made = lab(case_of("binanceusdm"), tmp_path, count=4_000)
    with made.server:
        made.pull()
    made.compare()
    assert max(held) == 1
    assert len(held) > 3 * 2  # more pages than markets, and the end of each
    assert {each.state for each in made.all_coverage("fills")} == {State.COMPLETE}
