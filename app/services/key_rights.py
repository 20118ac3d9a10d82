"""What each account's key was found to be able to do when the exchange was last asked.

A small file of the data folder, so that a window can say it without asking anybody. It holds
nothing of the key. A note about another exchange's account of the same name does not count, and a
file that cannot be read counts as none: nothing is then claimed.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from app.exchange.rights import Rights
from app.files import private_folder, write_atomic
from app.json_lines import NO_JSON
from app.repository.times import rfc3339
from app.services.history import now
from app.services.home import Home
from app.settings.model import ExchangeSettings

VERSION = 1


class Noted(msgspec.Struct, frozen=True):
    """`trade` and `withdraw` are None where the exchange does not tell; `checked` is RFC 3339."""

    exchange: str
    environment: str
    checked: str
    trade: bool | None = None
    withdraw: bool | None = None

    def as_json(self) -> dict[str, object]:
        """As windows are told: `rights` null where the exchange does not tell."""
        told = None if self.trade is None else {"withdraw": self.withdraw, "trade": self.trade}
        return {"rights": told, "rights_checked": self.checked}


class _Notes(msgspec.Struct, frozen=True):
    version: int = VERSION
    accounts: dict[str, Noted] = {}


def note(home: Home, settings: ExchangeSettings, rights: Rights | None) -> None:
    """Remember what an exchange has just told of an account's key."""
    known = None if rights is None else rights.trade
    moves = None if rights is None else rights.withdraw
    noted = Noted(
        settings.exchange, settings.environment.value, rfc3339(now()), trade=known, withdraw=moves
    )
    _write(home, {**_read(home), settings.name: noted})


def forget(home: Home, name: str) -> None:
    """An account was removed."""
    kept = _read(home)
    if kept.pop(name, None) is not None:
        _write(home, kept)


def as_json(home: Home, settings: ExchangeSettings) -> dict[str, object]:
    """`rights` and `rights_checked` of an account; null where the exchange was not asked."""
    noted = _read(home).get(settings.name)
    mine = (settings.exchange, settings.environment.value)
    if noted is None or (noted.exchange, noted.environment) != mine:
        return {"rights": None, "rights_checked": None}
    return noted.as_json()


def _read(home: Home) -> dict[str, Noted]:
    try:
        kept = msgspec.json.decode(_file(home).read_bytes(), type=_Notes)
    except (OSError, *NO_JSON):
        return {}
    return dict(kept.accounts) if kept.version == VERSION else {}


def _write(home: Home, accounts: dict[str, Noted]) -> None:
    file = _file(home)
    private_folder(file.parent)
    write_atomic(file, msgspec.json.encode(_Notes(accounts=accounts)))


def _file(home: Home) -> Path:
    return home.paths.rights_file
