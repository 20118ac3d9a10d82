"""What a tax program's file must not do: count twice, lose a fee, or turn a sign round."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from app.exchange.archive import Account, Added, Archive
from app.exchange.export.rows import Selection, What
from app.exchange.export.tax import events, tax_rows
from app.exchange.export.tax_formats import Event
from app.exchange.imports import import_csv
from app.exchange.records import Record, stored_fields
from app.exchange.streams import Kind, Stream


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "a" / "archive.db") as opened:
        yield opened


def keep(archive: Archive, exchange: str, kind: Kind, wallet: str = "", **told: object) -> None:
    account = archive.account(Account(exchange, exchange))
    data = json.dumps([told.get(name) for name in stored_fields(kind)])
    native = str(told.get("id", "1"))
    stream = Stream(kind=kind, endpoint="", wallet=wallet)
    with archive.transaction():
        archive.keep_record(account, stream, Record("", native, 1_000, data), 1, 0, Added())


def found(archive: Archive) -> list[Event]:
    return list(events(archive, Selection(what=What.TRADES), []))


def fill(archive: Archive, exchange: str = "kraken", wallet: str = "", **more: object) -> None:
    told = {"id": "1", "symbol": "BTC/EUR", "side": "buy", "price": "100", "amount": "2",
            "cost": "200", "fee_cost": "1", "fee_currency": "EUR", **more}  # fmt: skip
    keep(archive, exchange, Kind.FILLS, wallet, **told)


@pytest.mark.parametrize(
    ("exchange", "wallet", "raw"),
    [
        ("kraken", "", "trade"),
        ("coinbase", "", "advanced_trade_fill"),
        ("bitget", "spot", "ORDER_DEALT_IN"),
        ("gate", "spot", "order_fill"),
    ],
)
def test_a_spot_trade_is_not_told_again_by_its_ledger(
    archive: Archive, exchange: str, wallet: str, raw: str
) -> None:
    fill(archive, exchange, wallet)
    ledger = {"type": "trade", "raw_type": raw}
    sides = ({"direction": "in", "currency": "BTC", "amount": "2"},
             {"direction": "out", "currency": "EUR", "amount": "200"})  # fmt: skip
    for number, side in enumerate(sides):
        keep(archive, exchange, Kind.LEDGER, wallet, id=str(number), **ledger, **side)
    assert [event.kind for event in found(archive)] == ["trade"]


def test_interest_of_a_spot_wallet_is_still_told(archive: Archive) -> None:
    told = {"raw_type": "staking", "direction": "in", "currency": "DOT", "amount": "3"}
    keep(archive, "kraken", Kind.LEDGER, **told)
    assert [event.received for event in found(archive)] == [("3", "DOT")]


def test_profits_of_contracts_are_told_by_the_ledger(archive: Archive) -> None:
    told = {"type": "trade", "direction": "out", "currency": "USDT", "amount": "3"}
    keep(archive, "bitget", Kind.LEDGER, "usdt-futures", **told)
    assert [event.sent for event in found(archive)] == [("3", "USDT")]


@pytest.mark.parametrize("status", ["failed", "canceled", "rejected"])
def test_a_withdrawal_that_failed_moved_nothing(archive: Archive, status: str) -> None:
    told = {"type": "withdrawal", "currency": "BTC", "amount": "1"}
    keep(archive, "kraken", Kind.WITHDRAWALS, id="1", status=status, **told)
    keep(archive, "kraken", Kind.WITHDRAWALS, id="2", status="ok", **told)
    assert [event.note for event in found(archive)] == ["2"]


def test_a_trade_with_two_fees_loses_neither(archive: Archive) -> None:
    fees = [{"cost": "1", "currency": "EUR"}, {"cost": "0.5", "currency": "KFEE"}]
    fill(archive, fee_cost=None, fee_currency=None, fees=fees)
    trade, other = found(archive)
    assert (trade.fee, other.kind, other.sent) == (("1", "EUR"), "fee", ("0.5", "KFEE"))


def test_a_rebate_is_money_that_came_in(archive: Archive) -> None:
    fill(archive, fee_cost="-0.25")
    trade, rebate = found(archive)
    assert (trade.fee, rebate.received, rebate.sent) == (None, ("0.25", "EUR"), None)
    rows = list(tax_rows(archive, Selection(what=What.TRADES), "koinly", []))
    assert [row[9] for row in rows] == ["", "realized gain"]


def imported(archive: Archive, kind: Kind, text: str) -> list[Event]:
    import_csv(archive, archive.account(Account("old", "binance")), kind, text.encode(), "x.csv")
    return found(archive)


def test_a_loss_in_an_imported_ledger_does_not_become_a_profit(archive: Archive) -> None:
    text = "timestamp,currency,amount\n1000,USDT,-5\n2000,USDT,7\n"
    assert [(e.sent, e.received) for e in imported(archive, Kind.LEDGER, text)] == [
        (("5", "USDT"), None),
        (None, ("7", "USDT")),
    ]
    sums = archive.database.execute("SELECT amount FROM month").fetchall()
    assert [Decimal(amount) for (amount,) in sums] == [Decimal(2)]


def test_an_imported_deposit_without_a_type_is_a_deposit(archive: Archive) -> None:
    (event,) = imported(archive, Kind.DEPOSITS, "timestamp,currency,amount\n1000,BTC,2\n")
    assert (event.kind, event.received) == ("deposit", ("2", "BTC"))


def test_an_imported_trade_without_a_cost_is_not_left_out(archive: Archive) -> None:
    text = "timestamp,symbol,side,price,amount\n1000,BTC/EUR,sell,100,2\n"
    (event,) = imported(archive, Kind.FILLS, text)
    assert (event.received, event.sent) == (("200", "EUR"), ("2", "BTC"))
