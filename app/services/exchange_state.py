"""How each exchange account stands, for the first page: without a key, and without a look at any
row of the archive."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from app.errors import WrongUsage
from app.exchange.looking import days
from app.exchange.looking.days import Day
from app.exchange.looking.open import connect, readable
from app.exchange.schema import ArchiveError
from app.exchange.streams import DAY, Millis
from app.services import key_rights
from app.services.accounts import last_fetched, last_pull, number_of, wanted_since, when
from app.services.home import Home
from app.settings.model import ExchangeSettings

_LOOK_BACK = 190  # days: what exchanges forget, they forget within half a year
_WORST = (Day.EXPIRING, Day.MISSING, Day.DENIED, Day.UNPROVEN, Day.GAP)


def states(home: Home, now: Millis) -> list[dict[str, object]]:
    """name, exchange, environment, rights, rights_checked; last_pull, outcome: of the last try;
    fetched: when one last succeeded; coverage: null before the first pull, else the worst of the
    last half year ("expiring", "missing", "denied", "unproven", "gap": the exchange itself lacks
    something) or "complete"; expires: when the exchange forgets the first of it."""
    accounts = home.settings.exchanges
    path = home.paths.archive_file
    if not accounts or not path.exists():
        return [_state(home, each, None, now) for each in accounts]
    try:
        with closing(connect(path)) as database, readable(database, path):
            return [_state(home, each, database, now) for each in accounts]
    except (ArchiveError, WrongUsage):  # whoever opens the page of exchanges is told
        return [_state(home, each, None, now) for each in accounts]


def _state(
    home: Home, settings: ExchangeSettings, database: sqlite3.Connection | None, now: Millis
) -> dict[str, object]:
    told: dict[str, object] = {
        "name": settings.name,
        "exchange": settings.exchange,
        "environment": settings.environment.value,
        **key_rights.as_json(home, settings),
        **dict.fromkeys(("last_pull", "outcome", "fetched", "coverage", "expires")),
    }
    number = None if database is None else number_of(database, settings)
    if database is None or number is None:
        return told
    told["last_pull"], told["outcome"] = last_pull(database, number)
    told["fetched"] = last_fetched(database, number)
    if told["last_pull"] is not None:
        told["coverage"], told["expires"] = _coverage(database, number, settings, now)
    return told


def _coverage(
    database: sqlite3.Connection, number: int, settings: ExchangeSettings, now: Millis
) -> tuple[str, str | None]:
    first = now // DAY - _LOOK_BACK + 1
    since = wanted_since(settings)
    found = days.troubled(database, number, settings.exchange, first, _LOOK_BACK, now, since)
    there = {each.day for each in found}
    worst = next((day.value for day in _WORST if day in there), "complete")
    expires = min((each.expires for each in found if each.expires is not None), default=None)
    return worst, None if expires is None else when(expires)
