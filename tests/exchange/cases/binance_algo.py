"""What the archive has to hold of Binance's algorithms, and a few of them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from app.demo.exchange.usdm_algo import ALGORITHM, SMALL, algo_id, small_row
from app.demo.exchange.world import DAY, HOUR, Order, World
from tests.exchange.harness import Key

_STATUSES = ("open", "closed", "canceled")


def algorithms(world: World) -> dict[Key, dict[str, object]]:
    found: dict[Key, dict[str, object]] = {}
    for order in world.orders.values():
        if order.type != ALGORITHM:
            continue
        number, wallet = str(algo_id(world, order)), f"algo/{order.market}"
        found[(wallet, number)] = {
            "id": number,
            "type": "twap",
            "timestamp": order.created,
            "side": order.side,
            "amount": order.amount,
            "filled": order.filled,
            "status": order.status,
            "parent": None,
        }
        for place in range(1, SMALL + 1):
            done = order.filled / SMALL
            found[(wallet, f"{number}|{place}")] = {
                "id": str(small_row(world, order, place)["orderId"]),
                "timestamp": order.created + place * 60_000,
                "amount": order.amount / SMALL,
                "filled": done,
                "status": "closed" if done else "expired",
                "fee_cost": done / 1000,
                "parent": number,
            }
    return found


def run(world: World, market: str, status: str, time: int) -> Order:
    order = world.place(market, "sell", Decimal(3100), Decimal("1.5"), time)
    filled = Decimal(0) if status == "canceled" else Decimal("0.75")
    made = replace(order, type=ALGORITHM, status=status, filled=filled, updated=time + HOUR)
    world.orders[(market, order.id)] = made
    return made


def run_some(world: World, market: str, now: int) -> None:
    for number, status in enumerate(_STATUSES * 2):
        run(world, market, status, now - (number * 7 + 1) * DAY)
