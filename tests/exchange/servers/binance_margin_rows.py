"""Binance's margin rows, for its server and for what tests expect of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.demo.exchange.world import Fill, Order

Row = dict[str, object]
_STATUS = {"open": "NEW", "closed": "FILLED", "canceled": "CANCELED"}


@dataclass(frozen=True)
class Loan:
    """A loan, a repayment or its interest: `kind` BORROW, REPAY or INTEREST."""

    id: int
    kind: str
    pair: str  # "" is the cross wallet
    currency: str
    amount: Decimal
    time: int
    status: str = "CONFIRMED"


@dataclass(frozen=True)
class Move:
    """A transfer from (`kind` ROLL_OUT) or to (ROLL_IN) an isolated pair; `other` is where to."""

    id: int
    kind: str
    pair: str
    other: str
    currency: str
    amount: Decimal
    time: int


@dataclass(frozen=True)
class Conversion:
    """Small amounts of several coins that became BNB."""

    id: int
    wallet: str  # SPOT or MARGIN
    time: int
    coins: tuple[tuple[str, Decimal, Decimal, Decimal], ...]  # coin, amount, BNB, fee in BNB

    @property
    def received(self) -> Decimal:
        return sum((bnb for _, _, bnb, _ in self.coins), Decimal(0))

    @property
    def fee(self) -> Decimal:
        return sum((fee for *_, fee in self.coins), Decimal(0))


def coin_row(name: str, amount: Decimal, borrowed: str = "0") -> Row:
    return {
        "asset": name,
        "free": str(amount),
        "locked": "0",
        "borrowed": borrowed,
        "interest": "0",
        "netAsset": str(amount),
    }


def fill_row(fill: Fill, isolated: bool) -> Row:
    return {
        "commission": str(fill.fee),
        "commissionAsset": fill.fee_currency,
        "id": fill.id,
        "isBestMatch": True,
        "isBuyer": fill.side == "buy",
        "isMaker": fill.maker,
        "orderId": fill.order,
        "price": str(fill.price),
        "qty": str(fill.amount),
        "symbol": fill.market,
        "isIsolated": isolated,
        "time": fill.time,
    }


def order_row(order: Order, isolated: bool, lists: Mapping[tuple[str, int], int]) -> Row:
    partly = order.status == "open" and order.filled > 0
    return {
        "clientOrderId": f"bot-{order.id}",
        "cummulativeQuoteQty": str(order.filled * order.price),
        "executedQty": str(order.filled),
        "icebergQty": "0.00000000",
        "isWorking": True,
        "orderId": order.id,
        "orderListId": lists.get((order.market, order.id), -1),
        "origQty": str(order.amount),
        "price": str(order.price),
        "side": order.side.upper(),
        "status": "PARTIALLY_FILLED" if partly else _STATUS[order.status],
        "stopPrice": "0.00000000",
        "symbol": order.market,
        "isIsolated": isolated,
        "time": order.created,
        "timeInForce": "GTC",
        "type": "LIMIT",
        "selfTradePreventionMode": "NONE",
        "updateTime": order.updated,
    }


def loan_row(loan: Loan) -> Row:
    return {
        "type": "AUTO",
        **({"isolatedSymbol": loan.pair} if loan.pair else {}),
        "amount": str(loan.amount),
        "asset": loan.currency,
        "interest": "0.01866667",
        "principal": str(loan.amount),
        "status": loan.status,
        "timestamp": loan.time,
        "txId": loan.id,
    }


def interest_row(loan: Loan) -> Row:
    return {
        "txId": loan.id,
        "interestAccuredTime": loan.time,
        "asset": loan.currency,
        **({"isolatedSymbol": loan.pair} if loan.pair else {"rawAsset": loan.currency}),
        "principal": "45.3313",
        "interest": str(loan.amount),
        "interestRate": "0.00013233",
        "type": "ON_BORROW",
    }


def liquidation_row(order: Order, isolated: bool) -> Row:
    return {
        "avgPrice": str(order.price),
        "executedQty": str(order.filled),
        "orderId": order.id,
        "price": str(order.price),
        "qty": str(order.amount),
        "side": order.side.upper(),
        "symbol": order.market,
        "timeInForce": "GTC",
        "isIsolated": isolated,
        "updatedTime": order.updated,
    }


def conversion_row(conversion: Conversion) -> Row:
    return {
        "operateTime": conversion.time,
        "totalTransferedAmount": str(conversion.received),
        "totalServiceChargeAmount": str(conversion.fee),
        "transId": conversion.id,
        "userAssetDribbletDetails": [
            {
                "transId": conversion.id,
                "serviceChargeAmount": str(fee),
                "amount": str(amount),
                "operateTime": conversion.time,
                "transferedAmount": str(bnb),
                "fromAsset": coin,
            }
            for coin, amount, bnb, fee in conversion.coins
        ],
    }


def move_row(move: Move) -> Row:
    """Every second one says its time in seconds, as the documentation does."""
    inward = move.kind == "ROLL_IN"
    return {
        "amount": str(move.amount),
        "asset": move.currency,
        "status": "CONFIRMED",
        "timestamp": move.time // 1000 if move.id % 2 else move.time,
        "txId": move.id,
        "type": move.kind,
        "transFrom": move.other if inward else "ISOLATED_MARGIN",
        "transTo": "ISOLATED_MARGIN" if inward else move.other,
    }
