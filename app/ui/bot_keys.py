"""What a bot's page says of the API keys in its configurations. Pure; must not know Qt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from app.messages import _
from app.ui import words
from app.ui.exchange_chips import rights_chip
from app.ui.exchange_names import exchange_name
from app.ui.report import Rights
from app.ui.shown import ChipShown
from app.ui.tokens import Tone


class BotKey(msgspec.Struct, frozen=True):
    """A key as `tradekeep bots keys` tells it."""

    file: str
    exchange: str = ""
    tail: str = ""
    encrypted: bool = False
    rights: Rights | None = None
    rights_checked: datetime | None = None


def read_keys(report: Mapping[str, object]) -> list[BotKey]:
    """Raises `msgspec.ValidationError`."""
    return msgspec.convert(report.get("keys", []), type=list[BotKey])


def title_of(key: BotKey) -> str:
    """Whose key it is, and by what a person knows it."""
    name = exchange_name(key.exchange) if key.exchange else _("Unknown exchange")
    return name if key.encrypted else f"{name} …{key.tail}"


def about_of(key: BotKey, now: datetime) -> str:
    """Where it stands, and when the exchange was last asked."""
    if key.rights_checked is None:
        return key.file
    when = words.moment(key.rights_checked, now)
    return _("{file}, asked {when}").format(file=key.file, when=when)


def key_chip(key: BotKey) -> ChipShown | None:
    """What it may do, as far as that is known. A bot has to trade: that is well."""
    if key.encrypted:
        return ChipShown("lock", _("Encrypted"), Tone.CALM)
    if key.rights is not None and key.rights.trade and not key.rights.withdraw:
        return ChipShown("key", _("Cannot withdraw"), Tone.OK)
    return rights_chip(key.rights)


def can_be_asked(keys: list[BotKey]) -> bool:
    """Whether asking could tell something."""
    return any(key.exchange and not key.encrypted for key in keys)
