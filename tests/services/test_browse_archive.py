"""What a window reads of the archive: the calendar, rows in any order, values over time."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.errors import WrongUsage
from app.exchange.coverage import Interval, State
from app.exchange.looking.days import Day, _of_series
from app.exchange.looking.open import connect
from app.exchange.looking.series import _added, _looked
from app.exchange.looking.table import _AT_ONCE, Rows, Wish
from app.exchange.schema import ArchiveError
from app.exchange.streams import DAY, Kind
from app.monitor import Recorder
from app.services import status
from app.services.browse_archive import ArchiveBrowser
from app.services.exchange_list import accounts
from app.services.home import Home
from app.services.pull import pull_accounts
from app.services.questions import Cancel, parse_question
from tests.cli.exchange_support import Place, sample_exchange
from tests.services.exchange_home import SINCE, add, home_at

TODAY = int(time.time()) // 86_400


@pytest.fixture(scope="module")
def pulled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, Place]]:
    with sample_exchange(fills=60, days=20) as place:
        home = add(home_at(tmp_path_factory.mktemp("archive")), place)
        pull_accounts(home, [], Recorder())
        yield home, place


def test_the_first_page_is_told_the_same_without_a_look_at_rows(
    home: Home, browser: ArchiveBrowser
) -> None:
    (account,) = status.report(home)["exchanges"]  # type: ignore[attr-defined]
    (listed,) = ask(browser, "accounts")["accounts"]
    for name in ("name", "exchange", "environment", "rights", "last_pull", "outcome", "fetched"):
        assert account[name] == listed[name]
    days = ask(browser, "calendar", account="main", first=TODAY - 189, days=190)
    assert {each["day"] for each in days["stretches"]} <= {"unproven", "gap"}
    worst = next((day for day in ("unproven", "gap") if day in told(days)), "complete")
    assert account["coverage"] == worst
    assert account["expires"] is None


def told(days: dict[str, Any]) -> set[str]:
    return {each["day"] for each in days["stretches"]}


def test_an_account_with_a_gap_at_the_exchange_is_not_told_as_complete(home: Home) -> None:
    database = sqlite3.connect(home.paths.archive_file)
    kept = database.execute("SELECT * FROM coverage").fetchall()
    database.execute("UPDATE coverage SET state = 'complete', reason = ''")
    series = "(SELECT id FROM series WHERE stream = 'fills' ORDER BY market LIMIT 1)"
    database.execute(f"UPDATE coverage SET state = 'source-gap' WHERE series = {series}")
    database.commit()
    try:
        (account,) = status.report(home)["exchanges"]  # type: ignore[attr-defined]
        assert account["coverage"] == "gap"
    finally:
        database.execute("DELETE FROM coverage")
        database.executemany("INSERT INTO coverage VALUES (?, ?, ?, ?, ?, ?)", kept)
        database.commit()
        database.close()


def test_a_fetch_that_failed_is_not_told_as_when_it_was_last_fetched(home: Home) -> None:
    (before,) = status.report(home)["exchanges"]  # type: ignore[attr-defined]
    assert before["fetched"] == before["last_pull"]
    database = sqlite3.connect(home.paths.archive_file)
    late = int(time.time() * 1000) + DAY
    database.execute(
        "INSERT INTO pull (account, began, ended, outcome) VALUES (1, ?, ?, 'stopped')",
        (late, late),
    )
    database.commit()
    try:
        (account,) = status.report(home)["exchanges"]  # type: ignore[attr-defined]
        assert account["outcome"] == "stopped"
        assert account["last_pull"] > account["fetched"] == before["fetched"]
        (listed,) = ask(ArchiveBrowser(home, lambda: late), "accounts")["accounts"]
        assert listed["fetched"] == before["fetched"]
    finally:
        database.execute("DELETE FROM pull WHERE began = ?", (late,))
        database.commit()
        database.close()


def test_what_is_missing_is_told_on_the_first_page(home: Home) -> None:
    database = sqlite3.connect(home.paths.archive_file)
    kept = database.execute("SELECT * FROM coverage").fetchall()
    database.execute("DELETE FROM coverage WHERE series IN (SELECT id FROM series"
                     " WHERE stream = 'fills')")  # fmt: skip
    database.commit()
    try:
        (account,) = status.report(home)["exchanges"]  # type: ignore[attr-defined]
        assert account["coverage"] == "missing"
    finally:
        database.execute("DELETE FROM coverage")
        database.executemany("INSERT INTO coverage VALUES (?, ?, ?, ?, ?, ?)", kept)
        database.commit()
        database.close()


@pytest.fixture
def home(pulled: tuple[Home, Place]) -> Home:
    return pulled[0]


@pytest.fixture
def browser(home: Home) -> ArchiveBrowser:
    return ArchiveBrowser(home, lambda: time.time_ns() // 1_000_000)


def ask(browser: ArchiveBrowser, do: str, **fields: object) -> dict[str, Any]:
    question = parse_question(json.dumps({"id": 1, "do": do, **fields}).encode())
    assert not isinstance(question, Cancel)
    found: dict[str, Any] = browser.answer(question)
    return found


def stored(home: Home, kind: str) -> int:
    database = sqlite3.connect(home.paths.archive_file)
    (count,) = database.execute(
        "SELECT count(*) FROM record JOIN series ON series.id = series"
        " WHERE stream = ? AND superseded = 0",
        (kind,),
    ).fetchone()
    database.close()
    return int(count)


# --- accounts --------------------------------------------------------------------------------


def test_accounts_tell_what_the_archive_holds(browser: ArchiveBrowser, home: Home) -> None:
    (account,) = ask(browser, "accounts")["accounts"]
    assert (account["name"], account["exchange"]) == ("main", "binanceusdm")
    assert account["fills"] == stored(home, "fills") > 0
    assert account["orders"] == stored(home, "orders") > 0
    assert account["last_pull"] is not None


def test_before_the_first_pull_there_are_accounts_and_no_history(
    tmp_path: Path, pulled: tuple[Home, Place]
) -> None:
    home = add(home_at(tmp_path), pulled[1])
    browser = ArchiveBrowser(home, lambda: 0)
    (account,) = ask(browser, "accounts")["accounts"]
    assert (account["fills"], account["last_pull"]) == (0, None)
    with pytest.raises(WrongUsage) as caught:
        ask(browser, "rows", kind="fills")
    assert caught.value.message_id == "archive-none"


def test_a_question_about_snapshots_is_refused(browser: ArchiveBrowser) -> None:
    with pytest.raises(WrongUsage):
        ask(browser, "snapshots")


# --- the calendar ----------------------------------------------------------------------------


def test_every_day_since_the_account_began_is_saved_or_empty(browser: ArchiveBrowser) -> None:
    first = TODAY - 39
    found = ask(browser, "calendar", account="main", first=first, days=40)
    rows = {row["kind"]: row["days"] for row in found["rows"]}
    assert {"fills", "orders", "funding", "ledger"} <= rows.keys()
    begin = (SINCE - datetime(1970, 1, 1, tzinfo=UTC).date()).days
    fills = rows["fills"]
    assert set(fills[: begin - first]) == {"before"}
    assert set(fills[begin - first :]) <= {"saved", "empty"}
    assert "saved" in fills
    assert len(fills) == 40


def test_what_was_never_asked_is_missing_and_listed(home: Home, browser: ArchiveBrowser) -> None:
    database = sqlite3.connect(home.paths.archive_file)
    day = TODAY - 10
    (series,) = database.execute(
        "SELECT series.id FROM series WHERE stream = 'funding' LIMIT 1"
    ).fetchone()
    kept = database.execute("SELECT * FROM coverage WHERE series = ?", (series,)).fetchall()
    (start, stop, state, reason, pull) = kept[0][1:]
    database.execute("DELETE FROM coverage WHERE series = ?", (series,))
    for low, high in ((start, day * DAY), ((day + 2) * DAY, stop)):
        row = (series, low, high, state, reason, pull)
        database.execute("INSERT INTO coverage VALUES (?, ?, ?, ?, ?, ?)", row)
    database.commit()
    try:
        found = ask(browser, "calendar", account="main", first=TODAY - 20, days=20)
    finally:
        database.execute("DELETE FROM coverage WHERE series = ?", (series,))
        marks = ", ".join("?" * len(kept[0]))
        database.executemany(f"INSERT INTO coverage VALUES ({marks})", kept)
        database.commit()
        database.close()
    (funding,) = (row for row in found["rows"] if row["kind"] == "funding")
    assert funding["days"][10:12] == ["missing", "missing"]
    told = [each for each in found["stretches"] if each["kind"] == "funding"]
    assert [(each["start"], each["stop"], each["day"]) for each in told] == [
        (day, day + 2, "missing")
    ]


@pytest.mark.parametrize(
    ("intervals", "days"),
    [
        ([(0, 3, "complete")], "saved saved saved"),
        ([(0, 1, "complete"), (1, 3, "empty")], "saved empty empty"),
        ([(0, 1.5, "complete")], "saved missing missing"),
        ([(0, 1, "complete"), (1, 2, "source-gap"), (2, 3, "complete")], "saved gap saved"),
        ([(0, 1.2, "complete"), (1.2, 3, "partial")], "saved unproven unproven"),
        ([(0, 1, "expired"), (1, 3, "denied")], "expired denied denied"),
        ([], "missing missing missing"),
        ([(0.1, 3, "complete")], "missing saved saved"),
    ],
)
def test_a_day_is_as_good_as_the_worst_of_it(
    intervals: list[tuple[float, float, str]], days: str
) -> None:
    made = [Interval(int(a * DAY), int(b * DAY), State(state)) for a, b, state in intervals]
    found = _of_series(made, (0, 3), (0, 3 * DAY))
    assert [day.value for day in found] == days.split()


def test_what_lies_after_the_last_pull_is_nobodys_fault() -> None:
    half = [Interval(0, DAY + DAY // 2, State.COMPLETE)]
    assert _of_series(half, (0, 2), (0, DAY + DAY // 2)) == [Day.SAVED, Day.SAVED]


# --- rows ------------------------------------------------------------------------------------


def everything(browser: ArchiveBrowser, **fields: object) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    while True:
        page = ask(browser, "rows", start=len(rows), count=7, **fields)
        if not page["rows"]:
            assert page["total"] == len(rows)
            return rows
        rows += page["rows"]


def test_the_newest_come_first_page_by_page_without_a_row_lost(
    browser: ArchiveBrowser, home: Home
) -> None:
    rows = everything(browser, kind="fills")
    assert len(rows) == stored(home, "fills")
    times = [row["timestamp"] for row in rows]
    assert times == sorted(times, reverse=True)
    assert len({(row["market_id"], row["id"]) for row in rows}) == len(rows)
    assert all(isinstance(row["price"], str) for row in rows)


def test_the_order_by_time_is_the_same_with_and_without_a_table_of_places(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    merged = everything(ArchiveBrowser(home, lambda: 0), kind="fills")
    monkeypatch.setattr("app.exchange.looking.table._AT_ONCE", 0)
    assert everything(ArchiveBrowser(home, lambda: 0), kind="fills") == merged
    assert _AT_ONCE > 0


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("order", ["price", "amount", "symbol", "side", "market_id", "account"])
def test_rows_in_any_order(browser: ArchiveBrowser, order: str, descending: bool) -> None:
    rows = everything(browser, kind="fills", order=order, descending=descending)
    number = order in ("price", "amount")
    found = [Decimal(row[order]) if number else row[order].lower() for row in rows]
    assert found == sorted(found, reverse=descending)


def test_a_filter_finds_what_holds_the_text(browser: ArchiveBrowser) -> None:
    every = everything(browser, kind="fills")
    some = everything(browser, kind="fills", text="eth")
    assert 0 < len(some) < len(every)
    assert {row["id"] for row in some} <= {row["id"] for row in every}
    assert everything(browser, kind="fills", text="no such thing") == []


def test_between_two_times(browser: ArchiveBrowser) -> None:
    every = everything(browser, kind="fills")
    middle = every[len(every) // 2]["timestamp"]
    late = everything(browser, kind="fills", since=middle)
    early = everything(browser, kind="fills", until=middle)
    assert late + early == every


def test_an_account_that_is_not_there_has_no_rows(browser: ArchiveBrowser) -> None:
    assert ask(browser, "rows", kind="fills", account="nobody") == {"rows": [], "total": 0}


# --- values over time ------------------------------------------------------------------------


def test_the_value_ends_with_what_the_exchange_told_last(
    browser: ArchiveBrowser, pulled: tuple[Home, Place]
) -> None:
    found = ask(browser, "series", what="value", first=TODAY - 30, last=TODAY)
    points = found["points"]
    assert [day for day, _amount in points] == list(range(points[0][0], TODAY + 1))
    database = sqlite3.connect(pulled[0].paths.archive_file)
    rows = database.execute(
        "SELECT data FROM record JOIN series ON series.id = series"
        " WHERE stream = 'balances' AND superseded = 0"
    ).fetchall()
    database.close()
    held = {values[0]: Decimal(values[3]) for (data,) in rows if (values := json.loads(data))}
    assert Decimal(points[-1][1]) == held["USDT"]
    assert found["unit"] in ("USDT", "USD")


def test_years_of_the_ledger_give_the_same_as_reading_it_all(browser: ArchiveBrowser) -> None:
    long = ask(browser, "series", what="value", first=TODAY - 60, last=TODAY)["points"]
    short = ask(browser, "series", what="value", first=TODAY - 3, last=TODAY)["points"]
    assert short == long[-4:]


def test_funding_adds_up_over_the_days(browser: ArchiveBrowser) -> None:
    found = ask(browser, "series", what="funding", first=TODAY - 40, last=TODAY)
    rows = everything(browser, kind="funding")
    total = sum(Decimal(row["amount"]) for row in rows)
    assert sum(Decimal(amount) for _day, amount in found["points"]) == total


# --- while others write ----------------------------------------------------------------------


@pytest.fixture
def writer(
    home: Home, tmp_path: Path, pulled: tuple[Home, Place]
) -> Iterator[tuple[Home, sqlite3.Connection]]:
    """A home with a copy of the archive, and whoever writes to that."""
    mine = add(home_at(tmp_path), pulled[1])
    mine.paths.archive_file.parent.mkdir(parents=True, exist_ok=True)
    source = sqlite3.connect(home.paths.archive_file)
    database = sqlite3.connect(mine.paths.archive_file, isolation_level=None)
    source.backup(database)
    source.close()
    database.execute("PRAGMA journal_mode = WAL")
    yield mine, database
    database.close()


def test_an_archive_that_was_brought_to_a_newer_version_meanwhile_is_not_misread(
    writer: tuple[Home, sqlite3.Connection],
) -> None:
    browser = ArchiveBrowser(writer[0], lambda: 0)
    assert ask(browser, "rows", kind="fills")["rows"]
    writer[1].execute("PRAGMA user_version = 99")
    with pytest.raises(ArchiveError) as caught:
        ask(browser, "rows", kind="fills")
    assert caught.value.message_id == "archive-newer"


def test_an_archive_that_is_still_being_made_is_none(
    tmp_path: Path, pulled: tuple[Home, Place]
) -> None:
    mine = add(home_at(tmp_path), pulled[1])
    mine.paths.archive_file.parent.mkdir(parents=True, exist_ok=True)
    mine.paths.archive_file.touch()
    with pytest.raises(WrongUsage) as caught:
        ask(ArchiveBrowser(mine, lambda: 0), "rows", kind="fills")
    assert caught.value.message_id == "archive-none"
    (account,) = ask(ArchiveBrowser(mine, lambda: 0), "accounts")["accounts"]
    assert (account["fills"], account["last_pull"]) == (0, None)
    (told,) = status.report(mine)["exchanges"]  # type: ignore[attr-defined]
    assert told["coverage"] is None


def test_an_archive_that_a_restore_put_in_its_place_is_read_and_not_the_old_one(
    writer: tuple[Home, sqlite3.Connection],
) -> None:
    mine, database = writer
    browser = ArchiveBrowser(mine, lambda: 0)
    assert ask(browser, "rows", kind="fills")["total"] > 0
    other = mine.paths.archive_file.with_name("other.db")
    copy = sqlite3.connect(other)
    database.backup(copy)
    copy.execute("DELETE FROM record")
    copy.commit()
    copy.close()
    other.replace(mine.paths.archive_file)
    assert ask(browser, "rows", kind="fills")["total"] == 0


def test_pages_go_on_while_a_pull_writes(writer: tuple[Home, sqlite3.Connection]) -> None:
    """Rows that come meanwhile are seen by the next question; none is lost or comes twice."""
    mine, database = writer
    browser = ArchiveBrowser(mine, lambda: 0)
    before = [_key(row) for row in everything(browser, kind="fills", order="price")]
    database.execute("BEGIN IMMEDIATE")
    database.execute("UPDATE record SET superseded = 1")
    assert [_key(row) for row in everything(browser, kind="fills", order="price")] == before
    database.execute("ROLLBACK")
    found: list[tuple[str, str]] = []
    for number in range(0, len(before), 7):
        database.execute("UPDATE pull SET outcome = ?", (str(number),))
        page = ask(browser, "rows", kind="fills", order="price", start=number, count=7)
        found += [_key(row) for row in page["rows"]]
    assert found == before


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return row["market_id"], row["id"]


def test_rows_are_not_put_in_order_again_for_each_page_while_a_pull_writes(
    writer: tuple[Home, sqlite3.Connection],
) -> None:
    """Sorting took two seconds: it is good for forty."""
    mine, database = writer
    reader = connect(mine.paths.archive_file)
    moments = [0.0, 2.0, 2.0, 30.0, 43.0, 43.0, 45.0, 45.0]
    rows = Rows(reader, lambda: moments.pop(0))
    wish = Wish(Kind.FILLS, order="price")
    before, total = rows.page(wish, 0, 5)
    database.execute(
        "UPDATE record SET superseded = 1 WHERE native = ?"
        " AND series IN (SELECT id FROM series WHERE market = ? AND stream = 'fills')",
        (before[-1]["id"], before[-1]["market_id"]),
    )
    assert rows.page(wish, 0, 4) == (before[:4], total)
    later, fewer = rows.page(wish, 0, 4)
    assert (later, fewer) == (before[:4], total - 1)
    reader.close()


def test_an_import_is_not_told_as_the_last_pull(writer: tuple[Home, sqlite3.Connection]) -> None:
    mine, database = writer
    database.execute(
        "INSERT INTO pull (account, began, ended, outcome) VALUES (1, 5, 5, 'imported')"
    )
    (told,) = ask(ArchiveBrowser(mine, lambda: 0), "accounts")["accounts"]
    (listed,) = accounts(mine)
    assert told["outcome"] == listed["outcome"] == "done"


# --- gaps of a series --------------------------------------------------------------------------


def _forget(database: sqlite3.Connection, stream: str, start: int, stop: int) -> None:
    """As if nobody had asked for that: [start, stop) in days."""
    rows = database.execute(
        "SELECT coverage.* FROM coverage JOIN series ON series.id = series WHERE stream = ?",
        (stream,),
    ).fetchall()
    for series, low, high, *rest in rows:
        database.execute("DELETE FROM coverage WHERE series = ? AND start = ?", (series, low))
        for a, b in ((low, min(high, start * DAY)), (max(low, stop * DAY), high)):
            if a < b:
                database.execute(
                    "INSERT INTO coverage VALUES (?, ?, ?, ?, ?, ?)", (series, a, b, *rest)
                )


def points(home: Home, what: str) -> dict[int, str | None]:
    browser = ArchiveBrowser(home, lambda: time.time_ns() // 1_000_000)
    found = ask(browser, "series", what=what, first=TODAY - 24, last=TODAY)["points"]
    return dict(found)


def test_a_value_is_not_worked_out_across_days_that_were_not_asked_for(
    writer: tuple[Home, sqlite3.Connection],
) -> None:
    home, database = writer
    whole = points(home, "value")
    assert None not in whole.values()
    _forget(database, "ledger", TODAY - 10, TODAY - 8)
    with_gap = points(home, "value")
    late = {day: amount for day, amount in whole.items() if day >= TODAY - 8}
    assert with_gap == late  # nothing tells how much there was before
    first = min(whole)
    (text,) = database.execute(
        "SELECT data FROM record JOIN series ON series.id = series WHERE stream = 'balances'"
        " AND superseded = 0"
    ).fetchone()
    values = json.loads(text)
    values[3] = whole[TODAY - 12]
    database.execute(
        "INSERT INTO record SELECT series, native, 0, ?, 1, evidence, place, ? FROM record"
        " JOIN series ON series.id = series WHERE stream = 'balances' AND superseded = 0",
        ((TODAY - 11) * DAY - 1, json.dumps(values)),
    )
    looked = points(home, "value")
    assert [day for day, amount in looked.items() if amount is None] == [TODAY - 10, TODAY - 9]
    assert looked[first] == whole[first]
    assert {day: amount for day, amount in looked.items() if day >= TODAY - 8} == late


def test_funding_of_a_day_that_was_not_asked_for_is_not_nothing(
    writer: tuple[Home, sqlite3.Connection],
) -> None:
    home, database = writer
    assert None not in points(home, "funding").values()
    _forget(database, "funding", TODAY - 6, TODAY - 5)
    found = points(home, "funding")
    assert [day for day, amount in found.items() if amount is None] == [TODAY - 6]


def test_days_after_the_last_pull_are_unknown(home: Home) -> None:
    browser = ArchiveBrowser(home, lambda: (TODAY + 5) * DAY)
    found = ask(browser, "series", what="value", first=TODAY - 3, last=TODAY + 4)["points"]
    assert [day for day, amount in found if amount is None] == list(range(TODAY, TODAY + 5))


def test_a_wallet_without_a_ledger_is_known_on_the_days_of_a_look() -> None:
    looks = [(2 * DAY, Decimal(5)), (6 * DAY, Decimal(7))]
    assert _looked(looks, [DAY, 2 * DAY - 1, 2 * DAY, 4 * DAY, 6 * DAY + 1], (0, 9)) == {
        2: Decimal(5),
        4: Decimal(5),
        6: Decimal(7),
    }


def test_a_balance_is_that_of_one_asset_alone(browser: ArchiveBrowser) -> None:
    span = {"first": TODAY - 30, "last": TODAY}
    dollars = ask(browser, "series", what="value", asset="USDT", **span)
    assert dollars["unit"] == "USDT"
    assert dollars["points"]
    nothing = ask(browser, "series", what="value", asset="NOTHELD", **span)
    assert nothing["points"] == []


def test_days_before_there_was_anything_are_no_beginning() -> None:
    """A deposit of the second day was told as a gain of everything."""
    points = {1: Decimal(0), 2: Decimal(100), 3: Decimal(0), 4: Decimal(7)}
    assert _added([points], 1, 4) == ((2, Decimal(100)), (3, Decimal(0)), (4, Decimal(7)))
