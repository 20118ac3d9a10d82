"""An account as it is connected: its settings, its sealed secrets and checked options together.

Secrets come out of the sealed file here and go nowhere but into the client. One throttle for each
exchange is shared by all accounts of a run.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import AppError, WrongUsage
from app.exchange import options
from app.exchange.about import About, about
from app.exchange.archive import Account
from app.exchange.options import Checked
from app.exchange.streams import Exchange
from app.exchange.tables import FULL, UNVERIFIED, table_for, told_by
from app.exchange.throttle import Throttle
from app.secret import Secret
from app.services.home import Home
from app.services.opening import sealed_file
from app.settings.model import Environment, ExchangeSettings
from app.settings.sealed import SealedAccount, SealedFile, SealedKey

if TYPE_CHECKING:
    from app.exchange.client import Client

_SLOWEST = 1e-3  # of the permitted rate: less is a mistake of ours


@dataclass(frozen=True, slots=True)
class Connection:
    """Everything that a client is made of."""

    settings: ExchangeSettings
    table: Exchange
    about: About
    checked: Checked
    secrets: Mapping[str, Secret]

    @property
    def account(self) -> Account:
        """The account as the archive knows it."""
        told = self.settings
        return Account(told.name, told.exchange, told.environment.value)

    @property
    def interval(self) -> float:
        """Seconds for a request of cost 1, also where a relay on this computer is asked."""
        share = self.settings.share or self.table.share
        return self.about.rate_limit_ms / 1000 / max(share, _SLOWEST)


@contextlib.contextmanager
def sealed_anew(home: Home, repository_id: str) -> Iterator[None]:
    """While another repository becomes this machine's: seal the secrets under its device key, and
    under the one before again where it does not. Done already where a run was killed in between.
    Raises `SealedError`."""
    if not home.paths.sealed_file.exists():
        yield
        return
    device = home.device_keys.get(repository_id)
    if device is None:
        raise AppError("device-key-missing")
    after = SealedFile(home.paths.sealed_file, device)
    with contextlib.ExitStack() as undo:
        try:
            after.accounts()
        except SealedKey:
            before = sealed_file(home)
            before.seal_anew(device)
            undo.callback(after.seal_anew, before.key)
        yield
        undo.pop_all()


def tables(exchange_id: str) -> tuple[Exchange, About]:
    """What is known of an exchange; `WrongUsage` if ccxt does not have it."""
    told = about(exchange_id)
    return table_for(exchange_id), told


def needed(exchange_id: str) -> tuple[str, ...]:
    """What a key of an exchange consists of, by ccxt's names: as its table says where it has one
    (reading may take less than trading), else as ccxt does."""
    table, told = tables(exchange_id)
    return tuple(table.secrets) if exchange_id in (*FULL, *UNVERIFIED) else told.needs


def connection(settings: ExchangeSettings, sealed: SealedAccount | None) -> Connection:
    """Put an account together. Raises `WrongUsage` for options, `AppError` where its key is not
    on this machine, or a foreign server was not confirmed on it."""
    table, told = tables(settings.exchange)
    if sealed is None or not sealed.secrets:
        raise AppError("exchange-no-key", name=settings.name)
    logins = {n: s.reveal() for n, s in sealed.secrets.items() if n in options.PROXIES}
    checked = options.check({**settings.options, **logins}, told)
    if options.for_practice(settings.options) != (settings.environment is Environment.DEMO):
        raise WrongUsage("exchange-environment-differs", name=settings.name)
    refuse_foreign(settings.name, checked, sealed.hosts)
    secrets = {n: s for n, s in sealed.secrets.items() if n not in options.PROXIES}
    return Connection(settings, table, told, checked, secrets)


def refuse_foreign(name: str, checked: Checked, confirmed: Iterable[str]) -> None:
    """Raise for a server that is not the exchange's own and that nobody confirmed."""
    missing = sorted(checked.foreign - frozenset(confirmed))
    if missing:
        allow = " ".join(f"--allow-host {host}" for host in missing)
        raise WrongUsage("exchange-host-foreign", name=name, hosts=", ".join(missing), allow=allow)


def throttles(connections: Iterable[Connection]) -> dict[str, Throttle]:
    """One for each exchange, at the pace of its slowest account."""
    paces: dict[str, float] = {}
    for each in connections:
        exchange = each.settings.exchange
        paces[exchange] = max(paces.get(exchange, 0.0), each.interval)
    return {exchange: Throttle(pace) for exchange, pace in paces.items()}


def connect(each: Connection, throttle: Throttle) -> Client:
    """The client. Close it in the end. ccxt is imported here at the latest."""
    from app.exchange import client

    return client.connect(
        each.table,
        each.secrets,
        throttle,
        settings=each.checked.settings,
        told=told_by(each.settings.exchange),
        here=each.checked.here,
    )
