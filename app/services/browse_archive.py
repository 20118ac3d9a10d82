"""Answers to what a window asks of the archive; no repository and no key is needed.

Money leaves as text. The connection only reads; what a pull writes meanwhile is seen by the next
question.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from app.errors import WrongUsage
from app.exchange.looking import days, series, table
from app.exchange.looking.days import Calendar
from app.exchange.looking.open import connect, readable
from app.exchange.looking.series import Daily
from app.exchange.streams import Kind
from app.services import key_rights
from app.services.accounts import last_fetched, last_pull, number_of, wanted_since, when
from app.services.home import Home
from app.services.questions import AskCalendar, AskRows, AskSeries, ListAccounts, Question
from app.settings.model import ExchangeSettings

_COUNTED = (Kind.FILLS, Kind.ORDERS)


class ArchiveBrowser:
    """See the module. `now` is a clock in ms."""

    def __init__(self, home: Home, now: Callable[[], int]) -> None:
        self._home, self._now = home, now
        self._database: sqlite3.Connection | None = None
        self._rows: table.Rows | None = None
        self._file: tuple[int, int] | None = None

    def idle(self) -> bool:
        """There is nothing to read ahead."""
        return False

    def answer(self, question: Question, _listener: object = None) -> dict[str, object]:
        """Raises `WrongUsage` where there is no archive yet or the question is about snapshots,
        `ArchiveError` where the archive cannot be read."""
        if isinstance(question, ListAccounts):
            return {"accounts": self._accounts()}
        if not isinstance(question, AskCalendar | AskRows | AskSeries):
            raise WrongUsage("browse-of-snapshots")
        path = self._home.paths.archive_file
        with readable(self._connection(), path) as database:
            match question:
                case AskCalendar():
                    return self._calendar(database, question)
                case AskRows():
                    return self._page(question)
                case AskSeries():
                    return _series(database, question, self._now())
            raise AssertionError(question)

    def _connection(self) -> sqlite3.Connection:
        """To the archive that lies there now: a restore puts another one in its place."""
        path = self._home.paths.archive_file
        file = _file_at(path)
        if self._database is not None and file != self._file:
            self._database.close()
            self._database = None
        if self._database is None:
            self._database = connect(path)
            self._rows, self._file = table.Rows(self._database), file
        return self._database

    # --- accounts ----------------------------------------------------------------------------

    def _accounts(self) -> list[dict[str, object]]:
        home = self._home.fresh()
        there = self._is_there()
        return [self._account(each, there=there) for each in home.settings.exchanges]

    def _account(self, settings: ExchangeSettings, *, there: bool) -> dict[str, object]:
        told: dict[str, object] = {
            "name": settings.name,
            "exchange": settings.exchange,
            "environment": settings.environment.value,
            "fills": 0,
            "orders": 0,
            "last_pull": None,
            "outcome": None,
            "fetched": None,
            **key_rights.as_json(self._home, settings),
        }
        if not there:
            return told
        with readable(self._connection(), self._home.paths.archive_file) as database:
            number = number_of(database, settings)
            if number is None:
                return told
            for kind in _COUNTED:
                told[kind.value] = _count(database, number, kind)
            told["last_pull"], told["outcome"] = last_pull(database, number)
            told["fetched"] = last_fetched(database, number)
        return told

    def _is_there(self) -> bool:
        """Whether there is an archive with anything in it."""
        try:
            with readable(self._connection(), self._home.paths.archive_file):
                return True
        except WrongUsage:
            return False

    def _settings(self, name: str) -> ExchangeSettings | None:
        found = (each for each in self._home.settings.exchanges if each.name == name)
        return next(found, None)

    # --- the calendar ------------------------------------------------------------------------

    def _calendar(self, database: sqlite3.Connection, asked: AskCalendar) -> dict[str, object]:
        settings = self._settings(asked.account)
        number = None if settings is None else number_of(database, settings)
        if settings is None or number is None:
            return {"account": asked.account, "first": asked.first, "rows": [], "stretches": []}
        since = wanted_since(settings)
        found = days.calendar(
            database, number, settings.exchange, asked.first, asked.days, self._now(), since
        )
        return {"account": asked.account, "first": asked.first, **_calendar_json(found)}

    def _page(self, asked: AskRows) -> dict[str, object]:
        assert self._rows is not None
        wish = table.Wish(
            Kind(asked.kind),
            asked.account,
            asked.text,
            asked.since,
            asked.until,
            asked.order,
            asked.descending,
        )
        rows, total = self._rows.page(wish, asked.start, asked.count)
        return {"rows": rows, "total": total}


def _file_at(path: Path) -> tuple[int, int] | None:
    """Which file that is; None if there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _count(database: sqlite3.Connection, account: int, kind: Kind) -> int:
    (found,) = database.execute(
        "SELECT count(*) FROM series JOIN record ON record.series = series.id"
        " AND superseded = 0 WHERE account = ? AND stream = ?",
        (account, kind.value),
    ).fetchone()
    return int(found)


def _calendar_json(found: Calendar) -> dict[str, object]:
    return {
        "rows": [
            {"kind": row.kind.value, "days": [day.value for day in row.days]} for row in found.rows
        ],
        "stretches": [
            {
                "kind": each.kind.value,
                "start": each.start,
                "stop": each.stop,
                "day": each.day.value,
                "expires": None if each.expires is None else when(each.expires),
            }
            for each in found.stretches
        ],
    }


def _series(database: sqlite3.Connection, asked: AskSeries, now: int) -> dict[str, object]:
    span = asked.account, asked.first, asked.last, now
    found: Daily
    if asked.what == "funding":
        found = series.funding(database, *span)
    elif asked.asset:
        found = series.value(database, *span, frozenset({asked.asset}))
    else:
        found = series.value(database, *span)
    return {
        "unit": found.unit,
        "others": list(found.others),
        "points": [
            [day, None if amount is None else format(amount, "f")] for day, amount in found.points
        ],
    }
