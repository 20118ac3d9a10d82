"""From a raw row to a record: ccxt's unified fields in order, and what makes two rows the same one.

`FIELDS` is the archive's format: the columns of each kind, as ccxt names them, nested ones with
an underscore (`fee_cost`). It may grow at its end only; `archive rebuild` derives again what was
kept before. A record without the raw fields of its key is told by its content, and by how often
that content comes on one page.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.exchange.cursors import at as inside
from app.exchange.cursors import number
from app.exchange.streams import Each, Kind, Millis, Nature, Row, Stream

_FEE = ("fee_cost", "fee_currency")
_TRANSACTION = (
    *("id", "timestamp", "datetime", "txid", "type", "currency", "network", "amount", "status"),
    *("address", "addressFrom", "addressTo", "tag", "updated", "internal", *_FEE),
)
FIELDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.FILLS: (
        *("id", "timestamp", "datetime", "symbol", "order", "type", "side", "takerOrMaker"),
        *("price", "amount", "cost", *_FEE, "fees", "contractSize"),
    ),
    Kind.ORDERS: (
        *("id", "clientOrderId", "timestamp", "datetime", "lastTradeTimestamp"),
        *("lastUpdateTimestamp", "symbol", "type", "timeInForce", "postOnly", "reduceOnly"),
        *("side", "price", "triggerPrice", "stopLossPrice", "takeProfitPrice", "amount"),
        *("filled", "remaining", "average", "cost", "status", *_FEE),
        "parent",  # the order list, algorithm or bot that it is part of
    ),
    Kind.BALANCES: ("currency", "free", "used", "total", "debt"),
    Kind.POSITIONS: (
        *("id", "timestamp", "datetime", "symbol", "side", "contracts", "contractSize"),
        *("entryPrice", "markPrice", "notional", "leverage", "marginMode", "collateral"),
        *("initialMargin", "maintenanceMargin", "marginRatio", "liquidationPrice"),
        *("unrealizedPnl", "realizedPnl", "hedged"),
    ),
    Kind.POSITION_HISTORY: (
        *("id", "timestamp", "datetime", "lastUpdateTimestamp", "symbol", "side", "contracts"),
        *("contractSize", "entryPrice", "lastPrice", "leverage", "marginMode", "realizedPnl"),
    ),
    Kind.FUNDING: ("id", "timestamp", "datetime", "symbol", "code", "amount", "rate"),
    Kind.LEDGER: (
        *("id", "timestamp", "datetime", "direction", "account", "referenceId"),
        *("referenceAccount", "type", "currency", "amount", "before", "after", "status", *_FEE),
        *("symbol", "raw_type"),
    ),
    Kind.DEPOSITS: _TRANSACTION,
    Kind.WITHDRAWALS: _TRANSACTION,
    Kind.TRANSFERS: (
        *("id", "timestamp", "datetime", "currency", "amount", "fromAccount", "toAccount"),
        "status",
    ),
    Kind.LIQUIDATIONS: (
        *("id", "timestamp", "datetime", "symbol", "side", "price", "contracts"),
        *("contractSize", "baseValue", "quoteValue"),
    ),
    Kind.MARKETS: (
        *("id", "symbol", "base", "quote", "settle", "type", "contract", "linear", "inverse"),
        *("contractSize", "active", "expiry", "strike", "optionType", "precision", "limits"),
    ),
    Kind.SUBACCOUNTS: ("id", "name", "type"),
}
# Derived from `timestamp` when rows leave the archive: it would only take room there.
DERIVED = frozenset({"datetime"})
# Fields that came later are left out where they say nothing: rows kept before stay the same.
LATER = frozenset({"parent"})
GONE = "null"  # the data of a sampled row that is not there any more
Parse = Callable[[Row, str], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Record:
    """One derived row: `data` is the JSON list of its `FIELDS` without those in `DERIVED`."""

    market: str
    native: str
    time: Millis | None
    data: str


@dataclass(frozen=True, slots=True)
class Unparsed:
    """A row that ccxt's parser does not understand. It is kept by its key and time alone."""

    stream: str
    native: str
    reason: str


def stored_fields(kind: Kind) -> tuple[str, ...]:
    """The fields of a record's `data`, in order."""
    return tuple(name for name in FIELDS[kind] if name not in DERIVED)


def derive(
    stream: Stream, rows: Sequence[Row], parse: Parse, *, market: str = "", at: Millis = 0
) -> tuple[list[Record], list[Unparsed]]:
    """The records of one page, in its order. `market` is what was asked for, where rows do not
    say; `at` is when the answer came: the time of a sample. `parse` gets a raw row and its market
    id and answers ccxt's unified structure."""
    records: list[Record] = []
    unparsed: list[Unparsed] = []
    seen: Counter[str] = Counter()
    names = stored_fields(stream.kind)
    market = market if stream.each is Each.MARKET else ""  # a currency is no market
    for row in rows:
        if stream.keep is not None and not stream.keep(row):
            continue
        where = str(inside(row, stream.market) or market) if stream.market else market
        native = _native(stream, row, seen)
        time = at if stream.nature is Nature.SAMPLE else row_time(stream, row)
        try:
            unified = parse(row, where)
        except Exception as error:  # noqa: BLE001  # ccxt's parsers raise whatever a row makes them
            unparsed.append(Unparsed(stream.title, native, f"{type(error).__name__}: {error}"))
            unified = {"id": native, "timestamp": time, "symbol": where}
        data = encode(names, unified, row, where)
        records.append(Record(where, native, time, data))
    return records, unparsed


def row_time(stream: Stream, row: Row) -> Millis | None:
    """A raw row's time, None where it has none."""
    return millis(inside(row, stream.time), stream.time_unit)


def millis(value: object, unit: int = 1) -> Millis | None:
    """A time as exchanges write them: a number of `unit` ms or its text, or ISO 8601 (in UTC
    unless it says otherwise)."""
    if isinstance(value, str) and ":" in value:
        return _iso(value)
    if isinstance(value, str) and "." in value:
        return number(value.split(".")[0] if unit == 1 else _seconds(value))
    found = number(value)
    return None if found is None else found * unit


def _seconds(text: str) -> str:
    """Seconds with a fraction as milliseconds: cut off, never rounded through a float."""
    whole, _, fraction = text.partition(".")
    return whole + (fraction + "000")[:3]


def _iso(text: str) -> Millis | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _native(stream: Stream, row: Row, seen: Counter[str]) -> str:
    values = [inside(row, name) for name in stream.key]
    if None not in values and any(value != "" for value in values):
        return "|".join(map(str, values))
    content = json.dumps(row, sort_keys=True, separators=(",", ":"), default=str)
    told = "#" + hashlib.sha256(content.encode()).hexdigest()[:24]
    seen[told] += 1
    return told if seen[told] == 1 else f"{told}.{seen[told]}"


def encode(names: Sequence[str], unified: Mapping[str, object], row: Row, market: str) -> str:
    """The JSON list of a record's fields; what has no value is null. `market` stands for the
    symbol where ccxt's structure has none."""
    values = [_value(name, unified, row, market) for name in names]
    while values and values[-1] is None and names[len(values) - 1] in LATER:
        del values[-1]
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False)


def _value(name: str, unified: Mapping[str, object], row: Row, market: str) -> object:
    if name in unified:
        value = unified[name]
        if name != "fees":
            return _lossless(value)
        # One fee is told by its two fields; the list is kept where there are several.
        return _lossless(value) if isinstance(value, list) and len(value) > 1 else None
    if name.startswith("fee_"):
        fee = unified.get("fee")
        return _lossless(fee.get(name[4:])) if isinstance(fee, Mapping) else None
    if name == "symbol":
        return market or None
    if name == "raw_type":
        return next(
            (row[key] for key in ("incomeType", "type", "subType", "businessType") if key in row),
            None,
        )
    return None


def _lossless(value: object) -> object:
    """Floats cannot come from our client; one would be a mistake that must not pass."""
    if isinstance(value, float):
        raise TypeError("a number went through a float")
    if isinstance(value, Mapping):
        return {str(key): _lossless(each) for key, each in value.items() if key != "info"}
    if isinstance(value, (list, tuple)):
        return [_lossless(each) for each in value]
    return value


def decode(kind: Kind, data: str) -> dict[str, object] | None:
    """A record's fields by name, with the derived ones; None for a sampled row that is gone."""
    values = json.loads(data)
    if values is None:
        return None
    names = stored_fields(kind)
    values += [None] * (len(names) - len(values))  # shorter, where the last ones say nothing
    return dict(zip(names, values, strict=True))


_NO_CURRENCY = frozenset({"info", "timestamp", "datetime", "free", "used", "total", "debt"})


def unified_rows(kind: Kind, body: object) -> list[Row]:
    """The rows of ccxt's unified answers: lists, balances by currency, markets by symbol."""
    if kind is Kind.BALANCES:
        assert isinstance(body, Mapping)
        return [
            {"currency": currency, **amounts}
            for currency, amounts in body.items()
            if currency not in _NO_CURRENCY and isinstance(amounts, Mapping) and _any(amounts)
        ]
    rows = body.values() if isinstance(body, Mapping) else body
    assert isinstance(rows, Iterable)
    return [row for row in rows if isinstance(row, Mapping)]


def _any(amounts: Mapping[str, object]) -> bool:
    """Whether there is anything of a currency: exchanges list hundreds that were never held."""
    return any(
        str(value).strip("-0.") not in ("", "None")
        for value in amounts.values()
        if value is not None
    )
