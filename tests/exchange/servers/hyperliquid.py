"""Hyperliquid's wire format over a `World`, as strict as Hyperliquid or stricter.

One path, POST /info, with a JSON body that says what is asked and whose address it is about; any
field that is not known is refused in the words of its deserializer. Answers to a time range begin
with the oldest row and are cut after `page` rows, wherever that is; its start counts, its end does
not. Only the newest fills and orders are told. What the chain did has a hash of zeros. Sub-accounts
and vaults are addresses like any other; who has none of them is told null, or an empty list. A
market `xyz:TSLA` belongs to the dex `xyz`: whoever names no dex is told nothing of its positions,
margin and open orders, but of everything that happened there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from app.demo.exchange.server import Refused, Request
from app.demo.exchange.world import Entry, Fill, Market, Movement, Order, World

Row = dict[str, object]
ADDRESS = "0x" + "a1" * 20
SUB, VAULT, LATER = "0x" + "b2" * 20, "0x" + "c3" * 20, "0x" + "d4" * 20
ZERO = "0x" + "0" * 64
_OF_OTHERS = ("subAccountTransfer", "vaultDeposit", "vaultWithdraw")
USD = ("USDC", "USDT")  # the world's two dollars are one here


def coin(market: Market) -> str:
    return market.base if market.settle else f"{market.base}/{market.quote}"


def on(market: Market, dex: str) -> bool:
    """Whether a market belongs to a dex; spot ones are told with the first one."""
    return market.base.rpartition(":")[0] == dex


def dex_of(asked: Mapping[str, object]) -> str:
    return str(asked.get("dex", ""))


def order_id(world: World, market: str, number: int) -> int:
    return (list(world.markets).index(market) + 1) * 10**10 + number


def trade_id(world: World, fill: Fill) -> int:
    return (list(world.markets).index(fill.market) + 1) * 10**14 + fill.id


@dataclass
class Hyperliquid:
    world: World
    clock: Callable[[], int]
    page: int = 50
    newest_fills: int = 10_000
    newest_orders: int = 2_000
    vaults: set[str] = field(default_factory=set)  # those of the addresses below that are vaults
    equities: dict[str, Decimal] = field(default_factory=dict)  # what is owned of any vault
    dexes: dict[str, Decimal] = field(default_factory=dict)  # the margin in each

    def answer(self, request: Request) -> object:
        if request.verb != "POST" or request.path != "/info":
            raise Refused(404, b"")
        try:
            asked = json.loads(request.body)
        except ValueError:
            raise refused() from None
        public: Mapping[str, tuple[Callable[[], object], set[str]]] = {
            "exchangeStatus": (lambda: {"specialStatuses": None, "time": self.clock()}, set()),
            "metaAndAssetCtxs": (lambda: self._perpetuals(dex_of(asked)), {"dex"}),
            "spotMetaAndAssetCtxs": (self._spot, set()),
            "perpDexs": (self._dexes, set()),
        }
        kind = asked.get("type")
        if kind in public:
            known(asked, *public[kind][1])
            if dex_of(asked) not in ("", *self.dexes):
                raise refused()
            return public[kind][0]()
        below = self.world.below.get(str(asked.get("user")))
        if below is not None:
            made = Hyperliquid(below, self.clock, self.page, dexes=self.dexes)
            return made._of_user(kind, asked)
        if asked.get("user") != ADDRESS:
            raise refused()
        return self._of_user(kind, asked)

    def _sub_accounts(self) -> object:
        return [
            {"name": f"sub {number}", "subAccountUser": address, "master": ADDRESS,
             "clearinghouseState": Hyperliquid(world, self.clock)._perpetual_account(),
             "spotState": Hyperliquid(world, self.clock)._spot_account()}
            for number, (address, world) in enumerate(self.world.below.items())
            if address not in self.vaults
        ] or None  # fmt: skip

    def _leading(self) -> object:
        return [{"address": address, "name": "a vault"} for address in sorted(self.vaults)]

    def _equities(self) -> object:
        return [
            {"vaultAddress": address, "equity": str(equity), "lockedUntilTimestamp": self.clock()}
            for address, equity in self.equities.items()
        ]

    def _of_user(self, kind: object, asked: Mapping[str, object]) -> object:
        by_dex = {
            "clearinghouseState": self._perpetual_account,
            "frontendOpenOrders": self._open_orders,
        }
        if kind in by_dex:
            known(asked, "user", "dex")
            if dex_of(asked) not in ("", *self.dexes):
                raise refused()
            return by_dex[str(kind)](dex_of(asked))
        now = {
            "spotClearinghouseState": self._spot_account,
            "historicalOrders": self._orders,
            "subAccounts": self._sub_accounts,
            "leadingVaults": self._leading,
            "userVaultEquities": self._equities,
        }
        if kind in now:
            known(asked, "user")
            return now[str(kind)]()
        ranges = {
            "userFillsByTime": self._fills,
            "userFunding": self._funding,
            "userNonFundingLedgerUpdates": self._updates,
        }
        if kind not in ranges:
            raise refused()
        known(asked, "user", "startTime", "endTime")
        return self._range(asked, ranges[str(kind)]())

    def _range(self, asked: Mapping[str, object], rows: Iterable[Row]) -> list[Row]:
        start, end = asked.get("startTime"), asked.get("endTime", 1 << 62)
        if not isinstance(start, int) or not isinstance(end, int):
            raise refused()
        found = [row for row in rows if start <= int(str(row["time"])) < end]
        return sorted(found, key=lambda row: int(str(row["time"])))[: self.page]

    def _dexes(self) -> object:
        return [None, *({"name": name, "fullName": name, "deployer": ADDRESS, "oracleUpdater": None,
                         "feeRecipient": ADDRESS, "assetToStreamingOiCap": []}
                        for name in self.dexes)]  # fmt: skip

    def _perpetuals(self, dex: str) -> object:
        there = [each for each in self.world.markets.values() if each.settle and on(each, dex)]
        universe = [
            {"szDecimals": 3, "name": market.base, "maxLeverage": 40,
             **({"isDelisted": True} if market.delisted else {})}
            for market in there
        ]  # fmt: skip
        contexts = [{"markPx": str(market.price), "midPx": str(market.price)} for market in there]
        return [{"universe": universe, "collateralToken": 0}, contexts]

    def _spot(self) -> object:
        there = [market for market in self.world.markets.values() if not market.settle]
        tokens = [{"name": "USDC", "szDecimals": 8, "weiDecimals": 8, "index": 0}]
        universe = []
        for number, market in enumerate(there):
            tokens.append(
                {"name": market.base, "szDecimals": 2, "weiDecimals": 5, "index": number + 1}
            )
            universe.append({"name": coin(market), "tokens": [number + 1, 0], "index": number})
        contexts = [{"markPx": str(market.price), "midPx": str(market.price)} for market in there]
        return [{"tokens": tokens, "universe": universe}, contexts]

    def _perpetual_account(self, dex: str = "") -> object:
        value = str(sum((self.world.balances[each] for each in USD), Decimal(0)))
        value = str(self.dexes[dex]) if dex else value
        summary = {"accountValue": value, "totalNtlPos": "0", "totalRawUsd": "0",
                   "totalMarginUsed": "0.0"}  # fmt: skip
        positions = [
            {"type": "oneWay", "position": {
                "coin": coin(self.world.markets[name]), "szi": str(held.amount),
                "leverage": {"type": "cross", "value": 20}, "entryPx": str(held.entry),
                "positionValue": str(abs(held.amount) * self.world.markets[name].price),
                "unrealizedPnl": "0.0", "returnOnEquity": "0.0", "liquidationPx": None,
                "marginUsed": "1.0", "maxLeverage": 50}}
            for name, held in self.world.positions.items()
            if held.amount and on(self.world.markets[name], dex)
        ]  # fmt: skip
        return {"marginSummary": summary, "crossMarginSummary": summary, "withdrawable": value,
                "crossMaintenanceMarginUsed": "0.0", "assetPositions": positions,
                "time": self.clock()}  # fmt: skip

    def _spot_account(self) -> object:
        rows = [
            {"coin": currency, "token": 1, "hold": "0.0", "total": str(amount), "entryNtl": "0.0"}
            for currency, amount in self.world.balances.items()
            if currency not in USD
        ]
        return {"balances": rows}

    def _open_orders(self, dex: str) -> object:
        return [
            self._order(order)
            for order in self.world.orders.values()
            if order.status == "open" and on(self.world.markets[order.market], dex)
        ]

    def _orders(self) -> object:
        rows: list[Row] = []
        ends = {"closed": "filled", "canceled": "canceled"}
        for order in self.world.orders.values():
            placed = {**self._order(order), "sz": str(order.amount)}
            rows.append({"order": placed, "status": "open", "statusTimestamp": order.created})
            if order.status != "open":
                end = {"status": ends[order.status], "statusTimestamp": order.updated}
                rows.append({"order": self._order(order), **end})
        rows.sort(key=lambda row: -int(str(row["statusTimestamp"])))
        return rows[: self.newest_orders]

    def _order(self, order: Order) -> Row:
        stop = order.type == "stop"
        return {
            "coin": coin(self.world.markets[order.market]),
            "side": "B" if order.side == "buy" else "A", "limitPx": str(order.price),
            "sz": str(order.amount - order.filled),
            "oid": order_id(self.world, order.market, order.id), "timestamp": order.created,
            "triggerCondition": "Price above 1" if stop else "N/A", "isTrigger": stop,
            "triggerPx": str(order.price) if stop else "0.0", "children": [],
            "isPositionTpsl": False, "reduceOnly": False,
            "orderType": "Stop Market" if stop else "Limit", "origSz": str(order.amount),
            "tif": None if stop else "Gtc", "cloid": None,
        }  # fmt: skip

    def _fills(self) -> list[Row]:
        newest = sorted(self.world.fills, key=lambda fill: fill.time)[-self.newest_fills :]
        return [self._fill(fill) for fill in newest]

    def _fill(self, fill: Fill) -> Row:
        row: Row = {
            "coin": coin(self.world.markets[fill.market]), "px": str(fill.price),
            "sz": str(fill.amount), "side": "B" if fill.side == "buy" else "A",
            "time": fill.time, "startPosition": "0.0", "dir": "Open Long",
            "closedPnl": str(fill.realized), "hash": ZERO,
            "oid": order_id(self.world, fill.market, fill.order), "crossed": not fill.maker,
            "fee": str(fill.fee), "tid": trade_id(self.world, fill), "feeToken": fill.fee_currency,
            "twapId": None,
        }  # fmt: skip
        if fill.liquidation:
            row["liquidation"] = {"liquidatedUser": ADDRESS, "markPx": str(fill.price),
                                  "method": "market"}  # fmt: skip
        return row

    def _funding(self) -> list[Row]:
        return [
            {"time": entry.time, "hash": ZERO, "delta": {
                "type": "funding", "coin": coin(self.world.markets[entry.market]),
                "usdc": str(entry.amount), "szi": "1.0", "fundingRate": "0.0001",
                "nSamples": None}}
            for entry in self.world.entries
            if entry.kind == "funding"
        ]  # fmt: skip

    def _updates(self) -> list[Row]:
        return updates(self.world)


def updates(world: World) -> list[Row]:
    """Deposits, withdrawals and transfers as the ledger tells of them."""
    return [update(entry, world.movements[entry.reference - 1]) for entry in _moves(world)]


def _moves(world: World) -> list[Entry]:
    kinds = ("deposit", "withdrawal", "transfer", *_OF_OTHERS)
    return sorted(
        (entry for entry in world.entries if entry.kind in kinds), key=lambda entry: entry.time
    )


def update(entry: Entry, movement: Movement) -> Row:
    amount = str(abs(entry.amount))
    if entry.kind == "deposit":
        return {"time": entry.time, "hash": ZERO, "delta": {"type": "deposit", "usdc": amount}}
    link = "0x" + movement.txid
    if entry.kind == "withdrawal":
        delta: Row = {"type": "withdraw", "usdc": amount, "nonce": entry.time, "fee": "1.5"}
        return {"time": entry.time, "hash": link, "delta": delta}
    if entry.kind in _OF_OTHERS:
        return {"time": entry.time, "hash": link, "delta": _of_others(entry.kind, amount)}
    delta = {"type": "accountClassTransfer", "usdc": amount, "toPerp": entry.amount > 0}
    return {"time": entry.time, "hash": link, "delta": delta}


def _of_others(kind: str, amount: str) -> Row:
    """What was moved to the sub-account or between the vault and whoever has a share of it: both
    sides tell the same."""
    if kind == "subAccountTransfer":
        return {"type": kind, "usdc": amount, "user": ADDRESS, "destination": SUB}
    if kind == "vaultWithdraw":
        return {"type": kind, "vault": VAULT, "user": ADDRESS, "requestedUsd": amount,
                "commission": "0.0", "closingCost": "0.0", "basis": "0.0",
                "netWithdrawnUsd": amount}  # fmt: skip
    return {"type": kind, "vault": VAULT, "usdc": amount}


def refused() -> Refused:
    return Refused(422, b"Failed to deserialize the JSON body into the target type")


def known(asked: Mapping[str, object], *names: str) -> None:
    if set(asked) - {"type", *names}:
        raise refused()
