"""The configured exchange accounts with their last pull. Opens no secret and asks nobody."""

from __future__ import annotations

from datetime import UTC, datetime

from app.exchange.archive import Account, Archive
from app.repository.times import rfc3339
from app.services.home import Home
from app.settings.model import ExchangeSettings

_Last = tuple[str | None, str | None]  # when the last pull ended, and how


def accounts(home: Home) -> list[dict[str, object]]:
    """name, exchange, environment, since, last_pull (RFC 3339), outcome; null where unknown.
    Raises `ArchiveError` if there is an archive that cannot be opened."""
    last = _last_pulls(home)
    return [_account(each, last.get(_told(each), (None, None))) for each in home.settings.exchanges]


def _told(settings: ExchangeSettings) -> Account:
    return Account(settings.name, settings.exchange, settings.environment.value)


def _account(settings: ExchangeSettings, last: _Last) -> dict[str, object]:
    return {
        "name": settings.name,
        "exchange": settings.exchange,
        "environment": settings.environment.value,
        "since": settings.since.isoformat() if settings.since else None,
        "last_pull": last[0],
        "outcome": last[1],
    }


def _last_pulls(home: Home) -> dict[Account, _Last]:
    if not home.paths.archive_file.exists():
        return {}
    with Archive(home.paths.archive_file) as archive:
        rows = archive.database.execute(
            "SELECT name, exchange, environment, coalesce(ended, began), outcome FROM pull"
            " JOIN account ON account.id = pull.account"
            " WHERE outcome <> 'imported' ORDER BY pull.id"
        ).fetchall()
    return {
        Account(name, exchange, environment): (_when(at), outcome)
        for name, exchange, environment, at, outcome in rows
    }


def _when(millis: int) -> str:
    return rfc3339(datetime.fromtimestamp(millis / 1000, UTC))
