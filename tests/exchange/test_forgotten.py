"""Orders that the exchange knows no more: asked for as long as rows may come late, then no more."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from app.demo.exchange.server import Fault
from app.demo.exchange.world import DAY, HOUR, Order
from app.exchange.coverage import Interval
from app.exchange.forgotten import LATE
from app.exchange.pager import Pager
from app.exchange.streams import Kind, Millis, Stream
from tests.exchange.harness import Lab, case_of, lab


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of("binanceusdm"), tmp_path, count=40)
    with made.server:
        yield made


@pytest.fixture
def instants(monkeypatch: pytest.MonkeyPatch) -> list[Millis]:
    """The single instants that orders are asked for at."""
    found: list[Millis] = []
    original = Pager.window

    async def window(
        self: Pager, stream: Stream, market: str, start: Millis, stop: Millis
    ) -> list[Interval]:
        if stream.kind is Kind.ORDERS and stop - start == 1:
            found.append(start)
        return await original(self, stream, market, start, stop)

    monkeypatch.setattr(Pager, "window", window)
    return found


def forget(place: Lab) -> Order:
    """An order that is pulled while it is open, and then gone without a trace."""
    name = next(iter(place.world.markets))
    order = place.world.place(name, "buy", Decimal(10), Decimal(2), place.now - 20 * DAY)
    place.pull()
    del place.world.orders[(name, order.id)]
    return order


def late(place: Lab) -> None:
    """Let it be so much later that no row comes any more."""
    with place.archive() as archive, archive.transaction() as database:
        database.execute(
            "UPDATE forgotten SET first = first - ?1, last = last - ?1", (LATE + HOUR,)
        )


def test_an_order_that_the_exchange_forgot_is_not_asked_for_for_ever(
    place: Lab, instants: list[Millis]
) -> None:
    order = forget(place)
    for _ in range(2):  # rows may come late
        instants.clear()
        place.pull()
        assert order.created in instants
    late(place)
    place.pull()  # in vain, once more
    instants.clear()
    place.pull()
    assert order.created not in instants
    assert place.problems == []


def test_an_order_whose_stream_did_not_answer_is_asked_for_again(
    place: Lab, instants: list[Millis]
) -> None:
    order = forget(place)
    place.pull()
    late(place)
    place.server.faults.append(Fault("allOrders", times=10_000, status=500, body=b""))
    place.pull()
    place.server.faults.clear()
    instants.clear()
    place.pull()
    assert order.created in instants


def test_an_order_that_is_told_of_late_is_told_to_its_end(
    place: Lab, instants: list[Millis]
) -> None:
    order = forget(place)
    place.pull()
    place.world.orders[(order.market, order.id)] = order
    place.world.fill(order, Decimal(2), place.now - HOUR)
    place.pull()
    place.compare()
    assert place.held(Kind.ORDERS)[(order.market, str(order.id))]["status"] == "closed"
    instants.clear()
    place.pull()
    assert order.created not in instants
