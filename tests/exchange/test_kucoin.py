"""What is special about KuCoin: its many accounts, and loans that are told of piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from app.demo.exchange.world import DAY
from app.exchange.export.rows import Selection, What
from app.exchange.export.tax import events
from app.exchange.looking.days import Day, calendar
from app.exchange.looking.series import value
from app.exchange.reconcile import reconcile
from app.exchange.streams import Kind
from tests.exchange.harness import Lab, case_of, lab
from tests.exchange.servers import kucoin_margin


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of("kucoin"), tmp_path, count=100)
    with made.server:
        yield made


def wallets(place: Lab, kind: Kind) -> set[str]:
    return {market.partition("/")[0] for market, _ in place.held(kind)}


def test_cross_and_isolated_margin_on_one_market_are_two_wallets(place: Lab) -> None:
    place.pull()
    place.compare()
    mine = {"margin", "margin_hf", "isolated", "isolated_hf"}
    for kind in (Kind.FILLS, Kind.ORDERS, Kind.LEDGER, Kind.BALANCES):
        assert mine <= wallets(place, kind), kind
    both = [market for market, _ in place.held(Kind.FILLS) if market.endswith("_hf/DOGE-USDT")]
    assert set(both) == {"margin_hf/DOGE-USDT", "isolated_hf/DOGE-USDT"}


def test_each_pair_of_isolated_margin_has_a_balance_of_its_own(place: Lab) -> None:
    place.pull()
    held = {place: row["total"] for place, row in place.held(Kind.BALANCES).items()}
    assert held[("isolated_hf/DOGE-USDT", "USDT")] == "7"
    assert held[("isolated_hf/ETH-USDT", "USDT")] == "100"
    assert held[("isolated_hf/ETH-USDT", "ETH")] == "0"  # nothing is there, and some is owed


def test_a_change_in_one_pair_is_compared_with_all_pairs_together(
    place: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.pull()
    now = ("DOGE-USDT", "USDT", "4", "0")
    held = tuple(now if each[:2] == now[:2] else each for each in kucoin_margin.HELD["ISOLATED"])
    monkeypatch.setitem(kucoin_margin.HELD, "ISOLATED", held)
    place.pull()
    with place.archive() as archive:
        mine = [
            (Decimal(each.expected), Decimal(each.found))
            for each in reconcile(archive).mismatches
            if (each.wallet, each.of) == ("isolated", "USDT")
        ]
    assert mine[-1] == (Decimal("2.5"), Decimal(0))


def test_the_value_of_isolated_margin_is_that_of_all_pairs(place: Lab) -> None:
    place.pull()
    today = place.now // DAY
    with place.archive() as archive:
        archive.database.execute(
            "DELETE FROM record WHERE series IN"
            " (SELECT id FROM series WHERE stream = 'balances' AND wallet <> 'isolated_hf')"
        )
        shown = value(archive.database, "main", today, today, place.now)
    assert [amount for _, amount in shown.points] == [Decimal(107)]


def test_loans_are_asked_for_of_what_the_account_has_used(place: Lab) -> None:
    place.pull()
    asked = [dict(each.query) for each in place.server.log if each.path == "/api/v3/margin/borrow"]
    used = {each["currency"] for each in asked if "symbol" not in each}
    assert {"USDT", "BTC"} <= used
    pairs = {(each["symbol"], each["currency"]) for each in asked if "symbol" in each}
    assert {("DOGE-USDT", "DOGE"), ("DOGE-USDT", "USDT")} <= pairs


def test_an_account_without_loans_is_not_behind(place: Lab) -> None:
    """Nothing was used, so no loan was asked for."""
    world = place.world
    world.fills.clear()
    world.orders.clear()
    world.entries.clear()
    world.movements.clear()
    world.balances.clear()
    place.server.wire.__dict__["routes"] = _without_margin(place.server.wire)
    place.pull()
    first = place.now // DAY - 20
    with place.archive() as archive:
        found = calendar(archive.database, 1, "kucoin", first, 20, place.now)
    told = {day for row in found.rows if row.kind is Kind.LEDGER for day in row.days}
    assert told <= {Day.BEFORE, Day.EMPTY, Day.EXPIRED}  # some lists tell of three days
    assert not place.server.calls("/margin/borrow")


def _without_margin(wire: object) -> object:
    routes = wire.routes()  # type: ignore[attr-defined]  # a wire of KuCoin's
    nothing: dict[str, object] = {"accounts": [], "assets": []}
    empty = {path: lambda _: nothing for path in routes if path.endswith("/accounts")}
    there = {**routes, **empty, "/api/v1/accounts": lambda _: []}
    return lambda: there


def test_what_was_lent_is_neither_profit_nor_loss_and_interest_is_a_loss(place: Lab) -> None:
    place.pull()
    with place.archive() as archive:
        rows = list(events(archive, Selection(what=What.TRADES), []))
    lent = [each for each in rows if each.sent in (("1000.00000001", "USDT"), ("12.5", "DOGE"))]
    assert not lent
    paid = [each for each in rows if each.sent == ("0.00000001", "USDT")]
    assert len(paid) == 510
    assert {each.kind for each in paid} == {"loss"}
