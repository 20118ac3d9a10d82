"""An account of the settings in the archive: its number, its last pull, since when it is wanted."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, time

from app.exchange.streams import Millis
from app.repository.times import rfc3339
from app.settings.model import ExchangeSettings


def number_of(database: sqlite3.Connection, settings: ExchangeSettings) -> int | None:
    """None before the first pull."""
    found = database.execute(
        "SELECT id FROM account WHERE name = ? AND exchange = ? AND environment = ?",
        (settings.name, settings.exchange, settings.environment.value),
    ).fetchone()
    return int(found[0]) if found else None


def last_pull(database: sqlite3.Connection, account: int) -> tuple[str | None, str | None]:
    """When it ended, and how."""
    found = database.execute(
        "SELECT coalesce(ended, began), outcome FROM pull WHERE account = ?"
        " AND outcome <> 'imported' ORDER BY id DESC LIMIT 1",
        (account,),
    ).fetchone()
    return (when(found[0]), str(found[1])) if found else (None, None)


def last_fetched(database: sqlite3.Connection, account: int) -> str | None:
    """When a pull last ended well, all of it or as far as its time went."""
    found = database.execute(
        "SELECT coalesce(ended, began) FROM pull WHERE account = ?"
        " AND outcome IN ('done', 'left') ORDER BY id DESC LIMIT 1",
        (account,),
    ).fetchone()
    return when(found[0]) if found else None


def wanted_since(settings: ExchangeSettings) -> Millis | None:
    """From when on its history is wanted, where that is said."""
    if settings.since is None:
        return None
    return int(datetime.combine(settings.since, time(), UTC).timestamp() * 1000)


def when(millis: Millis) -> str:
    return rfc3339(datetime.fromtimestamp(millis / 1000, UTC))
