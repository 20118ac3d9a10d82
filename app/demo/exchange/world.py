"""What really happened on a sample account: the ground truth that servers answer from and tests
compare with. Deterministic: the same seed gives the same history.

Amounts are Decimals and every change of a balance is a ledger entry, so that the ledger's sums
are the balances. Times are ms since 1970 UTC. Ids of fills and orders count for each market, as
on Binance: the same number comes on two markets.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

HOUR = 3_600_000
DAY = 24 * HOUR
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Market:
    """`settle` is None for spot. `size` is what one contract is worth in the base currency."""

    base: str
    quote: str
    settle: str | None = None
    size: Decimal = Decimal(1)
    price: Decimal = Decimal(100)
    delisted: int | None = None

    @property
    def name(self) -> str:
        return f"{self.base}{self.quote}"


@dataclass(frozen=True, slots=True)
class Fill:
    id: int
    order: int
    market: str
    side: str  # "buy" or "sell"
    price: Decimal
    amount: Decimal
    fee: Decimal  # positive is paid, negative is a rebate
    fee_currency: str
    maker: bool
    time: int
    liquidation: bool = False
    realized: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Order:
    id: int
    market: str
    type: str  # "limit", "market", "stop"
    side: str
    price: Decimal
    amount: Decimal
    filled: Decimal
    status: str  # "open", "closed", "canceled"
    created: int
    updated: int
    liquidation: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of a balance. `kind`: trade, fee, realized, funding, transfer, deposit,
    withdrawal, liquidation-fee. `reference` is the fill's or transfer's id."""

    id: int
    kind: str
    market: str
    currency: str
    amount: Decimal
    time: int
    reference: int = 0
    balance: Decimal = Decimal(0)  # of that currency after it


@dataclass(frozen=True, slots=True)
class Movement:
    """A deposit, a withdrawal, or a transfer between wallets."""

    id: int
    kind: str  # "deposit", "withdrawal", "transfer"
    currency: str
    amount: Decimal
    time: int
    source: str = ""
    target: str = ""
    address: str = ""
    txid: str = ""


@dataclass
class Position:
    amount: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)  # of what is held, signed like the amount

    @property
    def entry(self) -> Decimal:
        return self.cost / self.amount if self.amount else Decimal(0)


@dataclass
class World:
    """The whole state. Change it through its methods only; they keep it consistent. `below` are the
    worlds of sub-accounts, by what the exchange calls them."""

    markets: dict[str, Market] = field(default_factory=dict)
    fills: list[Fill] = field(default_factory=list)
    orders: dict[tuple[str, int], Order] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    balances: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    positions: dict[str, Position] = field(default_factory=lambda: defaultdict(Position))
    fee_rate: Decimal = Decimal("0.0004")
    below: dict[str, World] = field(default_factory=dict)
    _ids: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add_market(self, market: Market) -> None:
        self.markets[market.name] = market

    def delist(self, name: str, time: int) -> None:
        self.markets[name] = replace(self.markets[name], delisted=time)

    def next_id(self, of: str) -> int:
        self._ids[of] += 1
        return self._ids[of]

    def move(self, kind: str, currency: str, amount: Decimal, time: int) -> Movement:
        """A deposit or transfer in (positive), or a withdrawal or transfer out."""
        number = self.next_id("movement")
        inward = amount > 0
        made = Movement(
            number, kind, currency, abs(amount), time,
            source="spot" if inward else "futures", target="futures" if inward else "spot",
            address=f"address-{number}", txid=f"{number:064x}",
        )  # fmt: skip
        self.movements.append(made)
        self._enter(kind, "", currency, amount, time, number)
        return made

    def place(self, market: str, side: str, price: Decimal, amount: Decimal, time: int) -> Order:
        """An order that rests."""
        number = self.next_id(f"order {market}")
        order = Order(number, market, "limit", side, price, amount, Decimal(0), "open", time, time)
        self.orders[(market, number)] = order
        return order

    def cancel(self, order: Order, time: int) -> Order:
        return self._change(order, status="canceled", updated=time)

    def fill(
        self,
        order: Order,
        amount: Decimal,
        time: int,
        *,
        maker: bool = True,
        liquidation: bool = False,
    ) -> Fill:
        """Fill a part of an order, with everything that follows from it."""
        order = self.orders[(order.market, order.id)]
        market = self.markets[order.market]
        worth = order.price * amount * market.size
        fee = (worth * self.fee_rate).quantize(Decimal("0.00000001"))
        fee = -fee / 4 if maker and order.id % 7 == 0 else fee  # a rebate now and then
        currency = market.settle or market.quote
        realized = self._book(market, order.side, amount, worth, time, order.id)
        made = Fill(
            self.next_id(f"fill {order.market}"), order.id, order.market, order.side, order.price,
            amount, fee, currency, maker, time, liquidation, realized,
        )  # fmt: skip
        self.fills.append(made)
        self._enter("fee", order.market, currency, -fee, time, made.id)
        filled = order.filled + amount
        status = "closed" if filled == order.amount else "open"
        self._change(order, filled=filled, status=status, updated=time)
        return made

    def fund(self, market: str, rate: Decimal, time: int) -> None:
        """Funding for what is held, if anything is."""
        held = self.positions[market].amount
        if held:
            it = self.markets[market]
            paid = (held * it.size * it.price * rate).quantize(Decimal("0.00000001"))
            self._enter("funding", market, it.settle or it.quote, -paid, time, 0)

    def _book(
        self, market: Market, side: str, amount: Decimal, worth: Decimal, time: int, order: int
    ) -> Decimal:
        signed = amount if side == "buy" else -amount
        if market.settle is None:
            quote = -worth if side == "buy" else worth
            self._enter("trade", market.name, market.base, signed, time, order)
            self._enter("trade", market.name, market.quote, quote, time, order)
            return Decimal(0)
        held = self.positions[market.name]
        realized = Decimal(0)
        if held.amount * signed < 0:
            closing = min(abs(signed), abs(held.amount))
            part = held.cost * closing / abs(held.amount)
            gained = worth * closing / amount * (1 if held.amount > 0 else -1)
            realized = (gained - part).quantize(Decimal("0.00000001"))
            held.cost -= part
            rest = abs(signed) - closing
            held.cost += worth * rest / amount * (1 if signed > 0 else -1)
        else:
            held.cost += worth if signed > 0 else -worth
        held.amount += signed
        if realized:
            self._enter("realized", market.name, market.settle, realized, time, order)
        return realized

    def _enter(
        self, kind: str, market: str, currency: str, amount: Decimal, time: int, reference: int
    ) -> None:
        self.balances[currency] += amount
        number = self.next_id("entry")
        after = self.balances[currency]
        self.entries.append(Entry(number, kind, market, currency, amount, time, reference, after))

    def _change(self, order: Order, **changes: object) -> Order:
        changed = replace(order, **changes)  # type: ignore[arg-type]  # fields of Order
        self.orders[(order.market, order.id)] = changed
        return changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """How a sample history goes. `pause` is a stretch without any trade, in fractions of it."""

    start: int
    stop: int
    fills: int = 500
    seed: int = 1
    burst: int = 7  # that many fills in one ms, now and then
    pause: tuple[float, float] = (0.4, 0.5)
    cancelled_every: int = 5
    funding: bool = True


def sample_markets(settle: str | None = "USDT") -> list[Market]:
    """Three markets; the last one is there to be delisted."""
    quote = settle or "USDT"
    prices = (("BTC", "60000"), ("ETH", "3000"), ("LUNA", "80"))
    return [Market(base, quote, settle, price=Decimal(price)) for base, price in prices]


def play(world: World, script: Script) -> None:
    """Let a history happen: transfers, orders that rest, are cancelled or filled in parts, bursts
    within one ms, funding every eight hours, a pause, a liquidation, a delisting near the end."""
    chance = random.Random(script.seed)
    world.move("transfer", "USDT", Decimal(1_000_000), script.start)
    names = list(world.markets)
    last = names[-1]
    delisting = script.start + (script.stop - script.start) * 4 // 5
    funded = script.start
    made = 0
    for time in _times(chance, script):
        while script.funding and funded + 8 * HOUR <= time:
            funded += 8 * HOUR - funded % (8 * HOUR)
            for name in names:
                world.fund(name, Decimal("0.0001"), funded)
        there = [name for name in names if name != last or time < delisting]
        made += _one_order(world, chance, chance.choice(there), time, script)
    if len(names) > 2:
        _liquidate(world, last, delisting)
        world.delist(last, delisting)
    world.move("transfer", "USDT", Decimal(-1_000), script.stop - HOUR)
    world.entries.sort(key=lambda entry: (entry.time, entry.id))
    world.fills.sort(key=lambda fill: (fill.time, fill.market, fill.id))


def _times(chance: random.Random, script: Script) -> Iterator[int]:
    span = script.stop - script.start
    quiet = [script.start + int(span * part) for part in script.pause]
    times = sorted(
        chance.randrange(script.start + 1, script.stop - 2 * HOUR) for _ in range(script.fills)
    )
    return (time for time in times if not quiet[0] <= time < quiet[1])


def _one_order(world: World, chance: random.Random, name: str, time: int, script: Script) -> int:
    side = chance.choice(("buy", "sell"))
    price = (world.markets[name].price * Decimal(chance.randrange(95, 106)) / 100).quantize(_CENT)
    parts = script.burst if chance.random() < 0.05 else chance.choice((1, 1, 2))
    part = Decimal(chance.randrange(1, 50)) / 1000
    order = world.place(name, side, price, part * parts, time - chance.randrange(1, 60_000))
    if script.cancelled_every and order.id % script.cancelled_every == 0:
        world.cancel(order, time)
        return 0
    for _ in range(parts):
        world.fill(order, part, time, maker=chance.random() < 0.5)
    return parts


def _liquidate(world: World, name: str, time: int) -> None:
    held = world.positions[name].amount
    if not held:
        return
    side = "sell" if held > 0 else "buy"
    order = world.place(name, side, world.markets[name].price, abs(held), time - 1)
    world.orders[(name, order.id)] = replace(order, liquidation=True, type="limit")
    world.fill(order, abs(held), time - 1, maker=False, liquidation=True)
