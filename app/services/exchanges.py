"""Exchange accounts: added, listed, checked, given another key, removed.

Nothing is stored before the exchange has answered: its clock, what the key may do. Then the
secrets go into the sealed file, and last the settings name the account. Removing takes the key
and the settings away; what was archived stays.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from app.errors import AppError, WrongUsage
from app.exchange import options
from app.exchange.failures import Action, CallFailed
from app.exchange.rights import Rights, read_rights
from app.exchange.throttle import Throttle
from app.monitor import Monitor, Problem
from app.secret import Secret
from app.services import key_rights
from app.services.connections import (
    Connection,
    connect,
    connection,
    needed,
    refuse_foreign,
    tables,
)
from app.services.home import Home
from app.services.opening import forget_secrets, sealed_file
from app.settings.model import Environment, ExchangeSettings, Option
from app.settings.sealed import SealedAccount
from app.settings.settings import add_exchange, remove_exchange, set_secrets_in_backup
from app.settings.unknown import no_account

_CLOCK_OFF = 5_000  # ms
_TOLD = {
    Action.STOP: "exchange-key-refused",
    Action.DENIED: "exchange-key-refused",
    Action.MAINTENANCE: "exchange-maintenance",
    Action.REDIRECTED: "exchange-redirected",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRequest:
    """An account to be added, without its secrets. `options` as the user wrote them."""

    name: str
    exchange: str
    options: Mapping[str, Option] = field(default_factory=dict)
    since: date | None = None
    allow_hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Draft:
    """An account whose settings were found good. `needs` are the secrets to ask for; `logins`
    are secrets that stood in the options."""

    settings: ExchangeSettings
    needs: tuple[str, ...]
    logins: Mapping[str, Secret]
    hosts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Examined:
    """What a connection showed. `rights` None: the exchange does not tell. `clock_offset` in ms,
    positive where this computer is ahead; None where the exchange has no clock to ask."""

    settings: ExchangeSettings
    verified: bool
    rights: Rights | None
    clock_offset: int | None
    hosts: frozenset[str]


def draft(home: Home, request: AddRequest) -> Draft:
    """Check what can be checked without secrets. Raises `WrongUsage`."""
    sealed_file(home)  # not set up, a locked keyring: said before anybody types a secret
    if find(home, request.name) is not None:
        raise WrongUsage("exchange-taken", name=request.name)
    _table, about = tables(request.exchange)
    checked = options.check(request.options, about)
    refuse_foreign(request.name, checked, request.allow_hosts)
    plain, logins = options.without_logins(request.options)
    practice = options.for_practice(request.options)
    settings = ExchangeSettings(
        name=request.name,
        exchange=request.exchange,
        environment=Environment.DEMO if practice else Environment.LIVE,
        since=request.since,
        options={name: request.options[name] for name in plain},
    )
    hidden = {name: Secret(text) for name, text in logins.items()}
    return Draft(settings, needed(request.exchange), hidden, checked.foreign)


def add(home: Home, made: Draft, secrets: Mapping[str, Secret], monitor: Monitor) -> Examined:
    """Connect, and only then keep the account. Raises `WrongUsage` for secrets that do not fit,
    `AppError` if the exchange does not answer or the key may do too much."""
    _check_names(made.needs, secrets)
    account = SealedAccount({**secrets, **made.logins}, made.hosts)
    examined = _examine(connection(made.settings, account), monitor)
    _keep(home, made.settings, account)
    key_rights.note(home, made.settings, examined.rights)
    return examined


def _keep(home: Home, settings: ExchangeSettings, account: SealedAccount) -> None:
    """The secrets first, then the settings; where those cannot be kept, the secrets go again."""
    sealed = sealed_file(home)
    before = sealed.accounts().get(settings.name)
    sealed.put(settings.name, account)
    try:
        add_exchange(home.paths.settings_file, settings)
    except BaseException:
        with contextlib.suppress(AppError):
            if before is None:
                sealed.remove(settings.name)
            else:  # somebody else added that account meanwhile
                sealed.put(settings.name, before)
        raise


def check(home: Home, name: str, monitor: Monitor, allow: Sequence[str] = ()) -> Examined:
    """Connect with what is kept. `allow` are foreign servers that the user confirms now; they are
    remembered on this machine."""
    settings = named(home, name)
    sealed = sealed_file(home)
    kept = sealed.accounts().get(settings.name, SealedAccount())
    confirmed = replace(kept, hosts=kept.hosts | frozenset(allow))
    connected = connection(settings, confirmed)
    examined = asyncio.run(ask(connected))
    key_rights.note(home, settings, examined.rights)  # also of a key that is refused now
    _judge(connected, examined, monitor)
    if confirmed != kept:
        sealed.put(settings.name, replace(kept, hosts=kept.hosts | examined.hosts))
    return examined


def secrets_of(home: Home, name: str) -> tuple[ExchangeSettings, tuple[str, ...]]:
    """The account, and which secrets its key consists of."""
    settings = named(home, name)
    sealed_file(home)
    return settings, needed(settings.exchange)


def replace_key(
    home: Home,
    name: str,
    secrets: Mapping[str, Secret],
    monitor: Monitor,
    allow: Sequence[str] = (),
) -> Examined:
    """Give an account another key: the old one ran out, or did not come along to this machine.
    Raises as `add`; then the old one is still there."""
    settings, needs = secrets_of(home, name)
    _check_names(needs, secrets)
    sealed = sealed_file(home)
    kept = sealed.accounts().get(settings.name, SealedAccount())
    logins = {n: secret for n, secret in kept.secrets.items() if n in options.PROXIES}
    account = SealedAccount({**logins, **secrets}, kept.hosts | frozenset(allow))
    examined = _examine(connection(settings, account), monitor)
    sealed.put(settings.name, replace(account, hosts=kept.hosts | examined.hosts))
    key_rights.note(home, settings, examined.rights)
    return examined


def remove(home: Home, name: str) -> ExchangeSettings:
    """Take an account out of the settings and forget its key. The archive stays."""
    gone = named(home, name)
    forget_secrets(home, gone.name)
    remove_exchange(home.paths.settings_file, gone.name)
    key_rights.forget(home, gone.name)
    return gone


def find(home: Home, name: str) -> ExchangeSettings | None:
    """The account of that name, upper or lower case."""
    wanted = name.casefold()
    return next((e for e in home.settings.exchanges if e.name.casefold() == wanted), None)


def named(home: Home, name: str) -> ExchangeSettings:
    """As `find`; `WrongUsage` if there is none."""
    found = find(home, name)
    if found is None:
        raise no_account(name, [each.name for each in home.settings.exchanges])
    return found


def choose_secrets_in_backup(home: Home, wish: bool) -> None:  # noqa: FBT001  # it is the value
    """Note the user's choice."""
    set_secrets_in_backup(home.paths.settings_file, wish)


def _check_names(needs: Sequence[str], secrets: Mapping[str, Secret]) -> None:
    """Exactly what the exchange's key consists of: above all no private key that may move money
    where reading takes none."""
    missing = [name for name in needs if name not in secrets or not secrets[name].reveal()]
    if missing:
        raise WrongUsage("credentials-missing", names=", ".join(missing))
    unknown = sorted(set(secrets) - set(needs))
    if unknown:
        raise WrongUsage(
            "credentials-unknown", names=", ".join(unknown), known=", ".join(needs) or "–"
        )


def _examine(each: Connection, monitor: Monitor) -> Examined:
    examined = asyncio.run(ask(each))
    _judge(each, examined, monitor)
    return examined


def _judge(each: Connection, examined: Examined, monitor: Monitor) -> None:
    """Tell what is wrong with a connection; `AppError` for a key that can withdraw."""
    params: dict[str, str | int] = {"name": each.settings.name, "exchange": each.about.name}
    if examined.rights is not None and examined.rights.withdraw:
        raise AppError("exchange-key-withdraws", **params)
    if examined.rights is not None and examined.rights.trade:
        monitor.problem(Problem("exchange-key-trades", params))
    if "privateKey" in each.secrets:
        monitor.problem(Problem("exchange-key-private", params))
    if examined.clock_offset is not None and abs(examined.clock_offset) > _CLOCK_OFF:
        seconds = abs(examined.clock_offset) // 1000
        monitor.problem(Problem("exchange-clock-off", {**params, "seconds": seconds}))


async def ask(each: Connection) -> Examined:
    """What a connection shows; `AppError` where the exchange refuses or does not answer."""
    client = connect(each, Throttle(each.interval))
    try:
        offset: int | None = None
        try:
            offset = await client.measure_clock()
        except CallFailed as failure:
            if failure.action is not Action.UNSUPPORTED:
                raise
        rights = await read_rights(client)
        if rights is None:
            await client.load_markets()  # else it is a part of the question that proves the key
            await _prove_key(client.unified("fetch_balance", {}))
    except CallFailed as failure:
        raise said(each, failure) from failure
    finally:
        await client.close()
    return Examined(
        each.settings, each.table.verified, rights, offset, frozenset(each.checked.foreign)
    )


async def _prove_key(question: Awaitable[object]) -> None:
    """Whether the key is taken at all; one that may not see balances is."""
    try:
        await question
    except CallFailed as failure:
        if failure.action not in (Action.DENIED, Action.UNSUPPORTED, Action.OTHER_MODE):
            raise


def said(each: Connection, failure: CallFailed) -> AppError:
    """What a failed call of an account means, in a sentence."""
    message_id = _TOLD.get(failure.action, "exchange-unreachable")
    return AppError(
        message_id,
        name=each.settings.name,
        exchange=each.about.name,
        reason=failure.reason,
    )
