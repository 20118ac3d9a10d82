"""Market definitions as they change, and which markets an account touched.

Delisted markets vanish from ccxt's list while their history stays at the exchange: they are asked
for by the raw ids that the archive has seen, in rows or in earlier definitions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from app.exchange.archive import Archive, Derived, Window
from app.exchange.client import Client
from app.exchange.evidence import Answer
from app.exchange.plan import Markets
from app.exchange.records import derive, stored_fields, unified_rows
from app.exchange.streams import Kind, Nature, Stream

STREAM = Stream(
    kind=Kind.MARKETS,
    endpoint="load_markets",
    key=("symbol",),
    time="created",
    nature=Nature.SAMPLE,
    unified=True,
)


def keep_markets(client: Client, archive: Archive, account: int, run: int, answer: Answer) -> None:
    """Keep the definitions that changed. The public bodies are kept once for each change of what
    they define: their own text differs with every answer (the time stands in it)."""
    rows = unified_rows(Kind.MARKETS, answer.body)
    records, _ = derive(STREAM, rows, client.parser(STREAM), at=answer.received)
    series = archive.series(account, Kind.MARKETS.value, "", "")
    kept = dict(
        archive.database.execute(
            "SELECT native, data FROM record WHERE series = ? AND superseded = 0", (series,)
        ).fetchall()
    )
    now = {record.native: record.data for record in records}
    if all(kept.get(native) == data for native, data in now.items()):
        return
    window = Window(stream=STREAM, parts=[Derived(answer, records)])
    archive.commit(account, run, window, client.version, client.clock_offset)


def markets_of(client: Client, archive: Archive, account: int) -> Markets:
    """The markets to ask for: ccxt's, and those that only the archive knows any more."""
    named = _named(client, archive, account)
    touched = {market for _, market in named} | _spot_of_held(client, archive, account)
    by_type: dict[str, dict[str, None]] = defaultdict(dict)
    for definition in (client.raw.markets or {}).values():
        if isinstance(definition, Mapping):
            _file(by_type, definition.get("type"), definition.get("id"))
    for kind_of_market, market in _defined_once(archive, account):
        _file(by_type, kind_of_market, market)
    types = list(by_type)
    for market in touched:
        if not any(market in by_type[each] for each in types):
            for each in types:  # of a type that nobody knows any more
                _file(by_type, each, market)
    everything = {each: tuple(ids) for each, ids in by_type.items()}
    known = (client.raw.currencies or {}).values()
    currencies = dict.fromkeys(str(each["id"]) for each in known if each.get("id"))
    held = _held(archive, account)
    return Markets(
        touched=frozenset(touched),
        named=frozenset(named),
        linked=_linked(client, archive, account),
        all=everything,
        currencies=tuple({**currencies, **held}),
        held=frozenset(held),
    )


def _file(by_type: dict[str, dict[str, None]], kind: object, market: object) -> None:
    if not isinstance(market, str) or not market:
        return
    by_type[""][market] = None
    if isinstance(kind, str):
        by_type[kind][market] = None
        if kind in ("swap", "future", "option"):
            by_type["contract"][market] = None


def _defined_once(archive: Archive, account: int) -> list[tuple[str, str]]:
    names = stored_fields(Kind.MARKETS)
    type_at, id_at = names.index("type"), names.index("id")
    return archive.database.execute(
        "SELECT json_extract(data, ?), json_extract(data, ?) FROM record"
        " JOIN series ON series.id = record.series WHERE account = ? AND stream = ?"
        " GROUP BY 1, 2",
        (f"$[{type_at}]", f"$[{id_at}]", account, Kind.MARKETS.value),
    ).fetchall()


def _held(archive: Archive, account: int) -> dict[str, None]:
    rows = archive.database.execute(
        "SELECT DISTINCT native FROM record JOIN series ON series.id = record.series"
        " WHERE account = ? AND stream = ? ORDER BY native",
        (account, Kind.BALANCES.value),
    )
    return {native: None for (native,) in rows}


def _named(client: Client, archive: Archive, account: int) -> set[tuple[str, str]]:
    """The wallets and raw ids of the markets that any row names (positions name ccxt's symbols)."""
    known = client.raw.markets or {}
    rows = archive.database.execute(
        "SELECT DISTINCT wallet, market FROM series WHERE account = ? AND market <> ''"
        " AND stream <> ? AND EXISTS (SELECT 1 FROM record WHERE record.series = series.id)",
        (account, Kind.MARKETS.value),
    )
    return {(wallet, str(known[name]["id"]) if name in known else name) for wallet, name in rows}


def _linked(client: Client, archive: Archive, account: int) -> frozenset[tuple[str, str]]:
    """Wallets and markets with an order that is part of another one, where somebody asks that."""
    wallets = sorted({each.beside for each in client.exchange.streams if each.beside})
    parent = f"$[{stored_fields(Kind.ORDERS).index('parent')}]"
    found: list[tuple[str, str]] = []
    for wallet in wallets:
        found += archive.database.execute(
            "SELECT wallet, market FROM series WHERE account = ? AND stream = ? AND wallet = ?"
            " AND EXISTS (SELECT 1 FROM record WHERE record.series = series.id"
            " AND json_extract(data, ?) IS NOT NULL)",
            (account, Kind.ORDERS.value, wallet, parent),
        ).fetchall()
    return frozenset(found)


def _spot_of_held(client: Client, archive: Archive, account: int) -> set[str]:
    """The spot markets of what is held or was: without a ledger, nothing else tells of a first
    trade."""
    coins = set(_held(archive, account))
    spot = (market for market in (client.raw.markets or {}).values() if market.get("spot"))
    return {str(each["id"]) for each in spot if coins & {each["base"], each["baseId"]}}
