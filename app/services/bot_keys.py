"""The API keys in bots' configurations: which there are, and what they may do.

An exchange is asked about a key only where a person wishes it: a bot's key is the bot's. What it
answered is remembered by the key's fingerprint, beside what is known of the accounts' keys.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from app.bots.keys import FoundKey, found_keys
from app.errors import AppError
from app.monitor import Monitor, Problem
from app.services import key_rights
from app.services.connections import connection, needed
from app.services.exchanges import ask
from app.services.home import Home
from app.services.opening import sealed_file
from app.settings.model import ExchangeSettings, SourceKind, SourceSettings
from app.settings.sealed import SealedAccount


def bots_of(home: Home) -> list[SourceSettings]:
    """The configured bots."""
    return [each for each in home.settings.sources if each.kind is SourceKind.BOT]


def bot_keys(
    home: Home, sources: Sequence[SourceSettings], monitor: Monitor, *, ask_exchange: bool
) -> list[dict[str, object]]:
    """The keys of some bots: source, path, file, exchange ("" if not known), tail ("" if
    encrypted), fingerprint, encrypted, rights ({withdraw, trade} or null), rights_checked (RFC 3339
    or null). A key that may withdraw is a Problem; so is one whose exchange does not answer."""
    found = []
    for source in sources:
        for key in found_keys(source.path):
            monitor.checkpoint()
            if ask_exchange:
                _ask(home, source, key, monitor)
            told = _told(home, source, key)
            if told["rights"] is not None and _may_withdraw(told["rights"]):
                monitor.problem(Problem("bot-key-withdraws", _params(source, key)))
            found.append(told)
    return found


def _may_withdraw(rights: object) -> bool:
    return isinstance(rights, dict) and rights.get("withdraw") is True


def _told(home: Home, source: SourceSettings, key: FoundKey) -> dict[str, object]:
    return {
        "source": source.name,
        "path": str(source.path / key.file),
        "file": key.file,
        "exchange": key.exchange,
        "tail": key.tail,
        "fingerprint": key.fingerprint,
        "encrypted": key.encrypted,
        **key_rights.as_json(home, _settings(home, key)),
    }


def _params(source: SourceSettings, key: FoundKey) -> dict[str, str | int]:
    path, exchange = str(source.path / key.file), key.exchange or "?"
    return {"path": path, "exchange": exchange, "tail": key.tail or key.fingerprint}


def _settings(home: Home, key: FoundKey) -> ExchangeSettings:
    """The key as an account: with the options of one at the same exchange, a proxy for example."""
    like = next((e for e in home.settings.exchanges if e.exchange == key.exchange), None)
    options = like.options if like else {}
    name = f"bot:{key.fingerprint}"
    if like is None:
        return ExchangeSettings(name=name, exchange=key.exchange)
    return ExchangeSettings(
        name=name, exchange=key.exchange, environment=like.environment, options=options
    )


def _ask(home: Home, source: SourceSettings, key: FoundKey, monitor: Monitor) -> None:
    """What fails is a Problem; of an encrypted key nothing can be asked."""
    if key.encrypted:
        return
    params = _params(source, key)
    wanted = needed(key.exchange) if key.exchange else ()
    missing = [name for name in wanted if name not in key.secrets]
    if not wanted or missing:
        monitor.problem(Problem("bot-key-incomplete", params))
        return
    settings = _settings(home, key)
    account = SealedAccount({n: key.secrets[n] for n in wanted}, _hosts(home, key))
    try:
        rights = asyncio.run(ask(connection(settings, account))).rights
    except AppError as error:
        reason = str(error.params.get("reason") or error.sentence.title).rstrip(".")
        monitor.problem(Problem("bot-key-unanswered", {**params, "reason": reason}))
        return
    key_rights.note(home, settings, rights)


def _hosts(home: Home, key: FoundKey) -> frozenset[str]:
    """The foreign servers that a person has confirmed for accounts of that exchange."""
    names = {each.name for each in home.settings.exchanges if each.exchange == key.exchange}
    if not names:
        return frozenset()
    accounts = sealed_file(home).accounts()
    return frozenset(host for name in names & accounts.keys() for host in accounts[name].hosts)
