"""Traps in ccxt's own parsers (4.5.90), each beside what our tables make of the same row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ccxt
import pytest

from app.exchange.streams import Kind, Row
from app.exchange.tables import table_for


def _own(exchange: str, title: str, row: Row, wallet: str = "") -> Mapping[str, object]:
    stream = table_for(exchange).named(title, wallet)
    assert stream.own is not None
    return stream.own(row if stream.shape is None else stream.shape(row))


@pytest.fixture
def deribit() -> Any:
    return ccxt.deribit()


def test_deribit_transfers_have_accounts_not_truth_values(deribit: Any) -> None:
    row = {"id": 2, "direction": "payment", "other_side": "me_2", "currency": "BTC", "amount": 1}
    assert deribit.parse_transfer(dict(row))["fromAccount"] is True
    ours = _own("deribit", "transfers", row)
    assert (ours["fromAccount"], ours["toAccount"]) == (None, "me_2")


def test_an_order_of_a_delisted_contract_keeps_what_was_filled() -> None:
    client = ccxt.kucoinfutures()
    row = {"id": "1", "symbol": "LUNAUSDTM", "size": "2", "filledSize": "2", "filledValue": "9"}
    assert client.parse_order(dict(row))["filled"] is None
    parser = table_for("kucoinfutures").named("orders", "").parser
    assert getattr(client, parser)(dict(row))["filled"] == 2


def test_a_loss_in_the_futures_ledger_goes_out() -> None:
    row = {"type": "RealisedPNL", "amount": "-5.5", "currency": "USDT", "offset": 7}
    assert ccxt.kucoinfutures().parse_ledger_entry(dict(row))["direction"] not in ("in", "out")
    ours = _own("kucoinfutures", "ledger", row)
    assert (ours["direction"], ours["amount"]) == ("out", "5.5")


def test_an_open_order_of_kraken_futures_has_its_price() -> None:
    row = {"order_id": "u", "symbol": "pf_xbtusd", "side": "buy", "orderType": "lmt"}
    row |= {"limitPrice": "10", "unfilledSize": "2", "filledSize": "0", "status": "untouched"}
    assert ccxt.krakenfutures().parse_order(dict(row))["price"] is None
    assert _own("krakenfutures", "open-orders", row)["price"] == "10"


def test_the_ledger_of_kraken_futures_adds_up_to_the_balance() -> None:
    """ccxt takes the fee out of the amount, so that the amounts do not add up."""
    row = {"asset": "usd", "old_balance": "10", "new_balance": "8.5", "fee": "0.5", "id": 1}
    assert ccxt.krakenfutures().parse_ledger_entry(dict(row))["amount"] == 1
    ours = _own("krakenfutures", "ledger", row, "flex")
    assert (ours["direction"], ours["amount"]) == ("out", "1.5")


def test_a_trade_of_kraken_futures_is_once_in_the_ledger() -> None:
    """Its second row is of the position: the contract is its asset."""
    keep = table_for("krakenfutures").named("ledger", "flex").keep
    shape = table_for("krakenfutures").named("ledger", "flex").shape
    assert keep is not None and shape is not None
    money = {"asset": "usd", "contract": "pf_xbtusd", "margin_account": "flex"}
    assert keep(shape(money))
    assert not keep(shape({**money, "asset": "pf_xbtusd"}))


def test_withdrawals_of_kucoin_are_no_deposits() -> None:
    row = {"id": "w1", "currency": "BTC", "amount": "1", "walletTxId": "t", "createdAt": 1}
    assert ccxt.kucoin().parse_transaction(dict(row))["type"] == "deposit"
    assert table_for("kucoin").named("withdrawals", "").kind is Kind.WITHDRAWALS


def test_an_order_of_a_unified_account_at_kucoin_that_was_cancelled_in_part() -> None:
    """ccxt takes times through floats: many fall into the millisecond before."""
    row = {"orderId": "1", "symbol": "BTC-USDT", "sizeUnit": "BASECCY", "size": "4", "status": 6,
           "filledSize": "1", "avgPrice": "2", "orderTime": 1_774_455_603_001_000_000}  # fmt: skip
    theirs = ccxt.kucoin().parse_order(dict(row))
    ours = _own("kucoin", "orders-unified-spot", row, "unified-spot")
    assert (theirs["status"], ours["status"]) == ("closed", "canceled")
    assert (theirs["timestamp"], ours["timestamp"]) == (1_774_455_603_000, 1_774_455_603_001)


def test_an_order_of_a_unified_account_at_kucoin_for_an_amount_of_money() -> None:
    """ccxt wants to round what it bought, and fails where it does not know the market."""
    row = {"orderId": "1", "symbol": "LUNA-USDT", "sizeUnit": "QUOTECCY", "size": "10",
           "status": 3, "filledSize": "9.99", "avgPrice": "3", "orderTime": 1}  # fmt: skip
    with pytest.raises(ccxt.ExchangeError):
        ccxt.kucoin().parse_order(dict(row))
    ours = _own("kucoin", "orders-unified-spot", row, "unified-spot")
    assert (ours["amount"], ours["filled"], ours["cost"]) == (None, None, "9.99")
