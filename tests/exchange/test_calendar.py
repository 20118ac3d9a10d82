"""The coverage calendar over every exchange's lists: never saved what is not, nor the reverse."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.exchange.looking.days import Calendar, Day, calendar
from app.exchange.streams import DAY, Kind
from tests.exchange.harness import Lab, case_of, lab

WHOLE = {Day.BEFORE, Day.SAVED, Day.EMPTY}


@pytest.fixture(scope="module", params=["deribit", "krakenfutures", "hyperliquid", "bitget"])
def pulled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    folder = tmp_path_factory.mktemp("calendar")
    made = lab(case_of(request.param), folder, count=40)
    with made.server:
        made.pull()
    return made


@pytest.fixture
def database(pulled: Lab, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A copy of the archive, to be spoilt."""
    with pulled.archive() as archive:
        archive.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(pulled.folder / "archive.db", tmp_path / "archive.db")
    opened = sqlite3.connect(tmp_path / "archive.db", isolation_level=None)
    yield opened
    opened.close()


def shown(pulled: Lab, database: sqlite3.Connection, now: int | None = None) -> Calendar:
    at = now or pulled.now
    return calendar(database, 1, pulled.case.exchange, at // DAY - 30, 31, at)


def days(found: Calendar, kind: Kind) -> set[Day]:
    return {day for row in found.rows if row.kind is kind for day in row.days}


@pytest.mark.parametrize("kind", [Kind.FILLS, Kind.ORDERS, Kind.LEDGER, Kind.FUNDING])
def test_lists_of_what_is_new_do_not_make_old_days_expired(
    pulled: Lab, database: sqlite3.Connection, kind: Kind
) -> None:
    assert days(shown(pulled, database), kind) <= WHOLE


def test_a_list_that_was_never_asked_for_is_missing(
    pulled: Lab, database: sqlite3.Connection
) -> None:
    """A first pull that was killed before it came to the last list of fills."""
    title = {"bitget": "fills-spot"}.get(pulled.case.exchange, "fills")
    database.execute(
        "DELETE FROM coverage WHERE series IN (SELECT id FROM series WHERE stream = ?)", (title,)
    )
    assert not days(shown(pulled, database), Kind.FILLS) & {Day.SAVED, Day.EMPTY}


def test_what_a_later_pull_did_not_get_to_is_missing_since_then(
    pulled: Lab, database: sqlite3.Connection
) -> None:
    """The ledger was asked two days later; nothing else was."""
    later = pulled.now + 2 * DAY
    database.execute(
        "UPDATE coverage SET stop = ? WHERE stop > ? AND series IN"
        " (SELECT id FROM series WHERE stream LIKE 'ledger%')",
        (later, pulled.now - DAY),
    )
    rows = {row.kind: row.days for row in shown(pulled, database, later).rows}
    assert rows[Kind.LEDGER][-2] in WHOLE
    assert {rows[Kind.FUNDING][-2], rows[Kind.FILLS][-2]} <= {Day.MISSING, Day.EXPIRING}


def test_a_look_at_balances_alone_makes_no_day_missing(
    pulled: Lab, database: sqlite3.Connection
) -> None:
    later = int(time.time() * 1000) + 3 * DAY
    database.execute(
        "INSERT OR REPLACE INTO coverage SELECT id, ?, ?, 'complete', '', 1 FROM series"
        " WHERE stream LIKE 'balances%' OR stream LIKE '%open%'",
        (later, later + 1),
    )
    rows = {row.kind: row.days for row in shown(pulled, database, later).rows}
    assert rows[Kind.FILLS][-2:] == (Day.BEFORE, Day.BEFORE)


def test_a_market_that_a_killed_pull_did_not_come_to_is_missing(tmp_path: Path) -> None:
    """Its fills were not asked for yet; the ledger had named it already."""
    made = lab(case_of("binanceusdm"), tmp_path / "made", count=40, days=20)
    made.folder.mkdir()
    with made.server:
        made.pull()
    with made.archive() as archive:
        assert days(shown(made, archive.database), Kind.FILLS) <= WHOLE
        archive.database.execute(
            "DELETE FROM coverage WHERE series IN"
            " (SELECT id FROM series WHERE stream = 'fills' AND market = 'ETHUSDT')"
        )
        assert not days(shown(made, archive.database), Kind.FILLS) & {Day.SAVED, Day.EMPTY}
