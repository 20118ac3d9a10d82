"""Binance COIN-M's wire format over a `World`: the rules of USD-M's, and where it is stricter.

Orders come in pages of 100, markets are perpetual or delivered at a date, positions and income are
in the base currency, and the fee levels lie under another version of the address.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.demo.exchange.server import Refused, Request
from app.demo.exchange.usdm import UsdM
from app.demo.exchange.world import Fill, Market

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Coin(Market):
    """A market settled in its base currency; `delivery` is its date, or none."""

    delivery: str = ""

    @property
    def name(self) -> str:
        return f"{self.base}{self.quote}_{self.delivery or 'PERP'}"


@dataclass
class CoinM(UsdM):
    """The wire format."""

    def answer(self, request: Request) -> object:
        if request.path == "/dapi/v1/time":
            return self._time()
        if request.path == "/dapi/v1/exchangeInfo":
            there = [each for each in self.world.markets.values() if isinstance(each, Coin)]
            rows = [_market(each) for each in there if each.delisted is None]
            return {"timezone": "UTC", "serverTime": self.clock(), "symbols": rows}
        routes = {
            "/dapi/v1/userTrades": self._trades,
            "/dapi/v1/allOrders": self._all_orders,
            "/dapi/v1/allAlgoOrders": self._algo_orders,
            "/dapi/v1/income": self._income,
            "/dapi/v1/forceOrders": self._liquidations,
            "/dapi/v1/account": self._account,
            "/dapi/v1/positionRisk": self._risk,
            "/dapi/v2/leverageBracket": self._brackets,
            "/sapi/v1/account/apiRestrictions": self._rights,
        }
        route = routes.get(request.path)
        if route is None:
            raise Refused(404, {"code": -5000, "msg": f"Path {request.path} is not known"})
        self._authenticate(request)
        return route(request)

    def _trades(self, request: Request) -> list[Row]:
        self._fills(request)  # refuses what USD-M refuses
        begin, limit = request.number("fromId"), self._limit(request, 50, 1000)
        if begin is None:
            raise Refused(400, {"code": -1102, "msg": "Sample server: fromId only."})
        name = request.text("symbol")
        found = [each for each in self.world.fills if each.market == name and each.id >= begin]
        found.sort(key=lambda fill: fill.id)
        return [_fill(each) for each in found[:limit]]

    def _all_orders(self, request: Request) -> list[Row]:
        self._limit(request, 50, 100)
        rows = self._orders(request)
        return [{**row, "pair": str(row["symbol"]).partition("_")[0]} for row in rows]

    def _risk(self, request: Request) -> list[Row]:
        self._known(request, "marginAsset", "pair")
        return [
            _position(self.world.markets[name], held.amount, held.entry)
            for name, held in self.world.positions.items()
            if held.amount and self.world.markets[name].delisted is None
        ]


def _market(market: Coin) -> Row:
    return {
        "symbol": market.name,
        "pair": f"{market.base}{market.quote}",
        "contractType": "CURRENT_QUARTER" if market.delivery else "PERPETUAL",
        "deliveryDate": 1_798_185_600_000 if market.delivery else 4_133_404_800_000,
        "onboardDate": 1_569_398_400_000,
        "contractStatus": "TRADING",
        "contractSize": int(market.size),
        "marginAsset": market.base,
        "baseAsset": market.base,
        "quoteAsset": market.quote,
        "pricePrecision": 1,
        "quantityPrecision": 0,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "filters": [{"filterType": "PRICE_FILTER", "tickSize": "0.1"}],
    }


def _fill(fill: Fill) -> Row:
    return {
        "symbol": fill.market,
        "pair": fill.market.partition("_")[0],
        "id": fill.id,
        "orderId": fill.order,
        "side": fill.side.upper(),
        "price": str(fill.price),
        "qty": str(fill.amount),
        "realizedPnl": str(fill.realized),
        "marginAsset": fill.fee_currency,
        "baseQty": str(fill.amount / 10),
        "commission": str(fill.fee),
        "commissionAsset": fill.fee_currency,
        "time": fill.time,
        "positionSide": "BOTH",
        "maker": fill.maker,
        "buyer": fill.side == "buy",
    }


def _position(market: Market, amount: Decimal, entry: Decimal) -> Row:
    return {
        "symbol": market.name,
        "positionAmt": str(amount),
        "entryPrice": str(entry.quantize(Decimal("0.00000001"))),
        "markPrice": str(market.price),
        "unRealizedProfit": "0.1",
        "liquidationPrice": "0",
        "leverage": "20",
        "maxQty": "100",
        "marginType": "cross",
        "isolatedMargin": "0",
        "isAutoAddMargin": "false",
        "positionSide": "BOTH",
        "notionalValue": str(amount),
        "isolatedWallet": "0",
        "updateTime": 0,
    }
