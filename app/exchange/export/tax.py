"""What tax programs take: Koinly's universal format, CoinTracking's and rotki's trades.

Spot fills are trades. Fills of contracts are none: nothing of the base currency changes hands;
their profits, losses, fees and funding are in the ledger, and come from there. Where an account
has no ledger for a wallet, its funding stream stands in. A wallet that only trades spot has a
ledger that tells each trade again, as money in and money out: that is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from app.exchange.archive import Archive
from app.exchange.export.rows import Row, Selection, What, columns, rows
from app.exchange.export.tax_formats import FORMATS, Event
from app.exchange.ledger import signed
from app.exchange.records import stored_fields
from app.exchange.streams import Exchange, Kind, Millis
from app.exchange.subaccounts import shared, table_of
from app.exchange.tables import table_for

# What other lists tell of: movements, and the interest of accounts that have a list of it.
_MOVED = frozenset({"transfer", "deposit", "withdrawal", "internal", "liability_interest"})
_NEVER_HAPPENED = frozenset({"failed", "canceled", "cancelled", "rejected", "expired"})
_LOANS = ("borrow", "repay", "repaid")  # what is borrowed is no profit; the interest is a loss
# How ledgers that are one for spot and contracts call what a spot trade moved: a contract may have
# its market's id.
_OF_SPOT_TRADES = ("order_dealt", "spot_exchange")
# How ledgers of spot wallets call it.
_OF_TRADES = ("trade", "buy", "sell", "order", "match", "fill", "deal", "commission")


def events(archive: Archive, selection: Selection, left_out: list[str]) -> Iterator[Event]:
    """Everything taxable in the order of time within each of its sources. `left_out` gets the
    trades whose two currencies nobody knows any more: markets that were delisted long ago."""
    markets = _Markets.of(archive)
    for row in _named(archive, selection, What.TRADES):
        if markets.is_contract(row):
            continue
        event = _trade(row)
        if event is None:
            left_out.append(f"{row['account']} {row['symbol']} {row['id']}")
            continue
        yield event
        yield from _other_fees(row, event)
    for row in _named(archive, selection, What.TRANSFERS):
        event = _movement(row)
        if event is not None:
            yield event
    with_ledger: set[tuple[object, object]] = set()
    for row in _named(archive, selection, What.LEDGER):
        with_ledger.add((row["account"], row["wallet"]))
        event = None if markets.is_spot(row) else _entry(row)
        if event is not None:
            yield event
    for row in _named(archive, selection, What.FUNDING):
        if (row["account"], row["wallet"]) not in with_ledger:
            event = _funding(row)
            if event is not None:
                yield event


def _named(archive: Archive, selection: Selection, what: What) -> Iterator[Mapping[str, object]]:
    """Without the rows of accounts in which money of others lies: they are not the user's own."""
    names, others = columns(what), shared(archive.database)
    chosen = Selection(
        what=what, account=selection.account, since=selection.since, until=selection.until
    )
    for values in rows(archive, chosen):
        row = dict(zip(names, values, strict=True))
        if (row["account"], row["wallet"]) not in others:
            yield row


@dataclass(frozen=True, slots=True)
class _Markets:
    """Which markets are contracts and which are spot, as far as the archive has seen them, and
    the accounts at exchanges that have contracts only."""

    contracts: frozenset[str]
    spot: frozenset[str]
    only_contracts: frozenset[str]
    only_spot: frozenset[tuple[str, str]]  # (account, wallet)

    @classmethod
    def of(cls, archive: Archive) -> _Markets:
        only = frozenset(
            account.name
            for _, account in archive.accounts()
            if _types(account.exchange) and not _types(account.exchange) & _SPOT
        )
        spot = frozenset(
            (account.name, wallet)
            for number, account in archive.accounts()
            for wallet in _spot_wallets(table_of(archive.database, number, account.exchange))
        )
        contracts, others = (_defined(archive, contract=each) for each in (True, False))
        return cls(contracts, others, only, spot)

    def is_contract(self, row: Mapping[str, object]) -> bool:
        names = {str(row["symbol"]), str(row["market_id"])}
        if ":" in str(row["symbol"]) or row["account"] in self.only_contracts:
            return True
        return bool(names & self.contracts) and str(row["symbol"]) not in self.spot

    def is_spot(self, row: Mapping[str, object]) -> bool:
        """Whether a ledger row belongs to a spot trade, which says it all."""
        names = {str(row["symbol"]), str(row["market_id"])} - {"", "None"}
        if row["type"] == "interest":  # of an isolated pair: it is no trade, and costs
            return False
        told = f"{row['raw_type'] or ''} {row['type'] or ''}".lower()
        if any(word in told for word in _OF_SPOT_TRADES) and "rebate" not in told:
            return True
        if row["account"] in self.only_contracts or names & self.contracts:
            return False
        if (row["account"], row["wallet"]) in self.only_spot:
            return bool(names & self.spot) or any(word in told for word in _OF_TRADES)
        return bool(names & self.spot)


_SPOT = frozenset({"spot", "margin", ""})


def _types(exchange: str) -> frozenset[str]:
    """The market types whose fills a table asks for."""
    table = table_for(exchange)
    return frozenset(each.market_type for each in table.streams if each.kind is Kind.FILLS)


def _spot_wallets(table: Exchange) -> set[str]:
    """The wallets in which nothing but spot is traded."""
    types: dict[str, set[str]] = {}
    for stream in table.streams:
        if stream.kind is Kind.FILLS:
            types.setdefault(stream.wallet, set()).add(stream.market_type)
    named = {"spot", "margin"} if Kind.POSITIONS not in table.lacks else _SPOT
    return {wallet for wallet, found in types.items() if found <= named}


def _defined(archive: Archive, *, contract: bool) -> frozenset[str]:
    """The raw ids and symbols of contracts, or of spot markets."""
    names = stored_fields(Kind.MARKETS)
    places = tuple(f"$[{names.index(name)}]" for name in ("id", "symbol", "contract"))
    found = archive.database.execute(
        "SELECT json_extract(data, ?), json_extract(data, ?) FROM record"
        " JOIN series ON series.id = record.series"
        " WHERE stream = ? AND json_extract(data, ?) = ?",
        (*places[:2], Kind.MARKETS.value, places[2], int(contract)),
    )
    return frozenset(str(name) for pair in found for name in pair)


def _amount(value: object) -> Decimal | None:
    try:
        return Decimal(str(value)) if value not in (None, "") else None
    except InvalidOperation:
        return None


def _text(amount: Decimal) -> str:
    return format(abs(amount), "f")


def _trade(row: Mapping[str, object]) -> Event | None:
    base, _, quote = str(row["symbol"]).partition("/")
    amount, cost = _amount(row["amount"]), _cost(row)
    if amount is None or cost is None or not quote:
        return None
    bought, paid = (_text(amount), base), (_text(cost), quote)
    buys = row["side"] == "buy"
    return Event(
        time=_time(row),
        kind="trade",
        account=str(row["account"]),
        sent=paid if buys else bought,
        received=bought if buys else paid,
        fee=next((each for each in _fees(row) if not each[0].startswith("-")), None),
        pair=(base, quote),
        side=str(row["side"]),
        note=f"{row['symbol']} {row['id']}",
    )


def _cost(row: Mapping[str, object]) -> Decimal | None:
    """What was paid or received; files that were imported need not say it."""
    cost, price, amount = _amount(row["cost"]), _amount(row["price"]), _amount(row["amount"])
    return price * amount if cost is None and price is not None and amount is not None else cost


def _fees(row: Mapping[str, object]) -> list[tuple[str, str]]:
    """What was taken for a trade, amount and currency; a rebate is negative."""
    several = row["fees"]
    told = several if isinstance(several, list) else []
    found = [(each.get("cost"), each.get("currency")) for each in told if isinstance(each, dict)]
    found = found or [(row["fee_cost"], row["fee_currency"])]
    amounts = [(_amount(cost), str(currency)) for cost, currency in found]
    return [(format(cost, "f"), currency) for cost, currency in amounts if cost]


def _other_fees(row: Mapping[str, object], trade: Event) -> Iterator[Event]:
    """Programs take one fee with a trade: what else was taken, and rebates, are events."""
    for fee in _fees(row):
        if fee == trade.fee:
            continue
        back = fee[0].startswith("-")
        moved = (fee[0].lstrip("-"), fee[1])
        yield Event(
            time=trade.time,
            kind="fee",
            account=trade.account,
            received=moved if back else None,
            sent=None if back else moved,
            note=trade.note,
        )


def _time(row: Mapping[str, object]) -> Millis:
    time = row["timestamp"]
    return time if isinstance(time, int) else 0


def _movement(row: Mapping[str, object]) -> Event | None:
    """Deposits and withdrawals; transfers between the user's own wallets are nobody's business."""
    amount = _amount(row["amount"])
    if amount is None or row["type"] not in ("deposit", "withdrawal"):
        return None
    if str(row["status"]).lower() in _NEVER_HAPPENED:
        return None
    moved = (_text(amount), str(row["currency"]))
    inward = row["type"] == "deposit"
    fee = _amount(row["fee_cost"])
    return Event(
        time=_time(row),
        kind=str(row["type"]),
        account=str(row["account"]),
        received=moved if inward else None,
        sent=None if inward else moved,
        fee=(_text(fee), str(row["fee_currency"])) if fee is not None and fee > 0 else None,
        note=str(row["id"] or ""),
        txid=str(row["txid"] or ""),
    )


def _entry(row: Mapping[str, object]) -> Event | None:
    told = f"{row['raw_type'] or ''} {row['type'] or ''}".lower()
    amount = signed(dict(row))
    market = str(row["market_id"] or row["symbol"] or "")
    lent = "interest" not in told and any(word in told for word in _LOANS)
    if amount is None or not amount or lent or any(word in told for word in _MOVED):
        return None
    kind = "funding" if "funding" in told else "fee" if _is_fee(told) else "profit"
    if kind == "profit" and amount < 0:
        kind = "loss"
    moved = (_text(amount), str(row["currency"]))
    return Event(
        time=_time(row),
        kind=kind,
        account=str(row["account"]),
        received=moved if amount > 0 else None,
        sent=moved if amount < 0 else None,
        note=f"{market} {row['id'] or ''}".strip(),
    )


def _is_fee(told: str) -> bool:
    return "fee" in told or "commission" in told


def _funding(row: Mapping[str, object]) -> Event | None:
    amount = _amount(row["amount"])
    if not amount:
        return None
    moved = (_text(amount), str(row["code"]))
    return Event(
        time=_time(row),
        kind="funding",
        account=str(row["account"]),
        received=moved if amount > 0 else None,
        sent=moved if amount < 0 else None,
        note=f"{row['symbol']} {row['id'] or ''}".strip(),
    )


def tax_rows(
    archive: Archive, selection: Selection, name: str, left_out: list[str]
) -> Iterator[Row]:
    """The rows of a tax program's file, sorted by time. For `left_out` see `events`."""
    form = FORMATS[name]
    found = sorted(events(archive, selection, left_out), key=lambda event: event.time)
    return (row for event in found if (row := form.row(event)) is not None)
