"""What tax programs take: Koinly's universal format, CoinTracking's and rotki's trades.

Spot fills are trades. Fills of contracts are none: nothing of the base currency changes hands;
their profits, losses, fees and funding are in the ledger, and come from there. Where an account
has no ledger for a wallet, its funding stream stands in. Formats as their documentation has them:
Koinly "Universal" CSV, CoinTracking "CSV import", rotki "generic trades".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Protocol

from app.exchange.archive import Archive
from app.exchange.export.rows import Row, Selection, What, columns, rows
from app.exchange.ledger import signed
from app.exchange.records import stored_fields
from app.exchange.streams import Kind, Millis
from app.exchange.tables import table_for

_MOVED = frozenset({"transfer", "deposit", "withdrawal", "internal"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that a tax program wants to know. Amounts are positive decimal text."""

    time: Millis
    kind: str  # trade, deposit, withdrawal, profit, loss, fee, funding
    account: str
    sent: tuple[str, str] | None = None  # amount, currency
    received: tuple[str, str] | None = None
    fee: tuple[str, str] | None = None
    pair: tuple[str, str] | None = None  # base, quote of a trade
    side: str = ""
    note: str = ""
    txid: str = ""


class Format(Protocol):
    """A tax program's columns, and an event in them; None for what it does not take."""

    @property
    def columns(self) -> tuple[str, ...]: ...
    def row(self, event: Event) -> Row | None: ...


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
        else:
            yield event
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
    names = columns(what)
    chosen = Selection(
        what=what, account=selection.account, since=selection.since, until=selection.until
    )
    for row in rows(archive, chosen):
        yield dict(zip(names, row, strict=True))


@dataclass(frozen=True, slots=True)
class _Markets:
    """Which markets are contracts and which are spot, as far as the archive has seen them, and
    the accounts at exchanges that have contracts only."""

    contracts: frozenset[str]
    spot: frozenset[str]
    only_contracts: frozenset[str]

    @classmethod
    def of(cls, archive: Archive) -> _Markets:
        only = frozenset(
            account.name
            for _, account in archive.accounts()
            if _types(account.exchange) and not _types(account.exchange) & _SPOT
        )
        return cls(_defined(archive, contract=True), _defined(archive, contract=False), only)

    def is_contract(self, row: Mapping[str, object]) -> bool:
        names = {str(row["symbol"]), str(row["market_id"])}
        if ":" in str(row["symbol"]) or row["account"] in self.only_contracts:
            return True
        return bool(names & self.contracts) and str(row["symbol"]) not in self.spot

    def is_spot(self, row: Mapping[str, object]) -> bool:
        """Whether a ledger row belongs to a spot trade, which says it all."""
        names = {str(row["symbol"]), str(row["market_id"])} - {"", "None"}
        if row["account"] in self.only_contracts or names & self.contracts:
            return False
        return bool(names & self.spot)


_SPOT = frozenset({"spot", "margin", ""})


def _types(exchange: str) -> frozenset[str]:
    """The market types whose fills a table asks for."""
    table = table_for(exchange)
    return frozenset(each.market_type for each in table.streams if each.kind is Kind.FILLS)


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
    amount, cost = _amount(row["amount"]), _amount(row["cost"])
    if amount is None or cost is None or not quote:
        return None
    bought, paid = (_text(amount), base), (_text(cost), quote)
    buys = row["side"] == "buy"
    fee = _amount(row["fee_cost"])
    return Event(
        time=_time(row),
        kind="trade",
        account=str(row["account"]),
        sent=paid if buys else bought,
        received=bought if buys else paid,
        fee=(_text(fee), str(row["fee_currency"])) if fee is not None and fee > 0 else None,
        pair=(base, quote),
        side=str(row["side"]),
        note=f"{row['symbol']} {row['id']}",
    )


def _time(row: Mapping[str, object]) -> Millis:
    time = row["timestamp"]
    return time if isinstance(time, int) else 0


def _movement(row: Mapping[str, object]) -> Event | None:
    """Deposits and withdrawals; transfers between the user's own wallets are nobody's business."""
    amount = _amount(row["amount"])
    if amount is None or row["type"] not in ("deposit", "withdrawal"):
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
    if amount is None or not amount or any(word in told for word in _MOVED):
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


def _clock(time: Millis) -> tuple[str, str, str, str]:
    """Year, month, day and time of day in UTC."""
    from app.exchange.export.rows import iso

    text = iso(time) or ""
    return text[:4], text[5:7], text[8:10], text[11:19]


def _pair(moved: tuple[str, str] | None) -> tuple[str, str]:
    return moved if moved is not None else ("", "")


@dataclass(frozen=True, slots=True)
class Koinly:
    """Times in UTC to the second."""

    columns: tuple[str, ...] = (
        *("Date", "Sent Amount", "Sent Currency", "Received Amount", "Received Currency"),
        *("Fee Amount", "Fee Currency", "Net Worth Amount", "Net Worth Currency", "Label"),
        *("Description", "TxHash"),
    )

    def row(self, event: Event) -> Row | None:
        labels = {"profit": "realized gain", "loss": "realized gain", "fee": "cost",
                  "funding": "realized gain"}  # fmt: skip
        year, month, day, clock = _clock(event.time)
        amounts = (*_pair(event.sent), *_pair(event.received), *_pair(event.fee))
        note = f"{event.account} {event.kind} {event.note}".strip()
        date = f"{year}-{month}-{day} {clock} UTC"
        return (date, *amounts, "", "", labels.get(event.kind, ""), note, event.txid)


@dataclass(frozen=True, slots=True)
class CoinTracking:
    """Its time has no milliseconds: `dd.mm.yyyy HH:MM:SS`."""

    columns: tuple[str, ...] = (
        *("Type", "Buy", "Cur.", "Sell", "Cur.", "Fee", "Cur.", "Exchange", "Group", "Comment"),
        "Date",
    )

    def row(self, event: Event) -> Row | None:
        types = {
            "trade": "Trade",
            "deposit": "Deposit",
            "withdrawal": "Withdrawal",
            "profit": "Derivatives / Futures Profit",
            "loss": "Derivatives / Futures Loss",
            "fee": "Other Fee" if event.sent else "Derivatives / Futures Profit",
            "funding": "Derivatives / Futures Loss"
            if event.sent
            else "Derivatives / Futures Profit",
        }
        year, month, day, clock = _clock(event.time)
        amounts = (*_pair(event.received), *_pair(event.sent), *_pair(event.fee))
        date = f"{day}.{month}.{year} {clock}"
        return (types[event.kind], *amounts, event.account, "", event.note, date)


@dataclass(frozen=True, slots=True)
class Rotki:
    """Trades only, with the time in ms; rotki reads the rest through its own connections."""

    columns: tuple[str, ...] = (
        *("Location", "Base Currency", "Quote Currency", "Type", "Buy Amount", "Sell Amount"),
        *("Fee", "Fee Currency", "Description", "Timestamp"),
    )

    def row(self, event: Event) -> Row | None:
        if event.kind != "trade" or event.pair is None:
            return None
        assert event.sent is not None
        assert event.received is not None
        return (
            event.account, *event.pair, event.side.capitalize(), event.received[0],
            event.sent[0], *_pair(event.fee), event.note, event.time,
        )  # fmt: skip


FORMATS: dict[str, Format] = {
    "koinly": Koinly(),
    "cointracking": CoinTracking(),
    "rotki": Rotki(),
}


def tax_rows(
    archive: Archive, selection: Selection, name: str, left_out: list[str]
) -> Iterator[Row]:
    """The rows of a tax program's file, sorted by time. For `left_out` see `events`."""
    form = FORMATS[name]
    found = sorted(events(archive, selection, left_out), key=lambda event: event.time)
    return (row for event in found if (row := form.row(event)) is not None)
