"""What is special about KuCoin's two kinds of account: which of them it is, is asked."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from app.demo.exchange.server import Fault
from app.demo.exchange.world import DAY, HOUR
from app.exchange.coverage import State
from app.exchange.export.rows import Selection, What
from app.exchange.export.tax import events
from app.exchange.looking.days import Day, calendar
from app.exchange.reconcile import reconcile
from app.exchange.streams import Kind, Nature
from tests.exchange.harness import Lab, case_of, lab
from tests.exchange.servers.kucoin_base import KuCoinBase
from tests.exchange.servers.kucoin_unified import KuCoinUnified

MODE = "/api/ua/v1/account/mode"
BOTH = ("/timestamp", "/symbols", "/contracts/active", "/deposits", "/withdrawals", MODE)
# Some lists tell of days; no list of the kind is the account's.
WHOLE = {Day.BEFORE, Day.SAVED, Day.EMPTY, Day.EXPIRED, Day.UNSUPPORTED}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of("kucoin_unified"), tmp_path, count=60)
    with made.server:
        yield made


def states(place: Lab, mode: str) -> set[State]:
    """What is known of the lists of one kind of account."""
    titles = {each.title for each in place.table.streams
              if each.mode == mode and each.nature is Nature.EVENTS}  # fmt: skip
    return {known.state for title in titles for intervals in place.coverage(title).values()
            for known in intervals}  # fmt: skip


def whole(place: Lab) -> bool:
    with place.archive() as archive:
        first = place.now // DAY - 30
        found = calendar(archive.database, 1, place.case.exchange, first, 31, place.now)
    return all(set(row.days) <= WHOLE for row in found.rows)


def asked(place: Lab) -> list[str]:
    """The paths that only one kind of account has."""
    paths = [each.path for each in place.server.log]
    return [each for each in paths if not any(part in each for part in BOTH)]


@pytest.mark.parametrize("case", ["kucoin", "kucoin_unified", "kucoinfutures"])
def test_what_only_the_other_kind_of_account_has_is_never_asked_for_and_nothing_is_lost(
    tmp_path: Path, case: str
) -> None:
    place = lab(case_of(case), tmp_path, count=60)
    unified = case == "kucoin_unified"
    with place.server:
        report = place.pull()
        assert (place.problems, report.denied, report.left) == ([], [], 0)
        assert place.server.calls(MODE) == 1
        assert {"/api/ua/" in each for each in asked(place)} == {unified}
        other = "classic" if unified else "unified"
        assert states(place, other) == ({State.UNSUPPORTED} if case != "kucoinfutures" else set())
        assert State.UNSUPPORTED not in states(place, "unified" if unified else "classic")
        assert whole(place)


def test_futures_of_a_unified_account_are_in_the_other_table(tmp_path: Path) -> None:
    place = lab(case_of("kucoinfutures"), tmp_path, count=20)
    place.server.wire = KuCoinUnified(place.world, lambda: place.now)
    with place.server:
        report = place.pull()
    assert (place.problems, report.denied, report.left, asked(place)) == ([], [], 0, [])
    assert states(place, "classic") == {State.UNSUPPORTED}
    assert whole(place)


def test_a_key_that_may_not_ask_for_the_kind_of_account_learns_it_from_the_lists(
    tmp_path: Path,
) -> None:
    place = lab(case_of("kucoin"), tmp_path, count=60)
    status, body = place.case.broken["permission"]
    refusal = Fault(path=MODE, status=status, body=json.dumps(body).encode(), times=10_000)
    place.server.faults.append(refusal)
    with place.server:
        report = place.pull()
        place.compare()
    assert (place.problems, report.denied, report.left) == ([], [], 0)
    assert states(place, "unified") == {State.UNSUPPORTED}
    assert len([each for each in asked(place) if "/api/ua/" in each]) == 1


def test_an_account_that_became_unified_keeps_its_history_and_goes_on(tmp_path: Path) -> None:
    place = lab(case_of("kucoin"), tmp_path, count=60)
    with place.server:
        place.pull()
        before = place.held(Kind.FILLS)
        old = place.server.wire
        assert isinstance(old, KuCoinBase)
        place.server.wire = KuCoinUnified(place.world, old.clock)
        report = place.pull()
        after = place.held(Kind.FILLS)
    assert (place.problems, report.denied, report.left) == ([], [], 0)
    assert before.items() <= after.items()
    assert any(market.startswith("unified-spot/") for market, _ in after)
    assert states(place, "classic") >= {State.COMPLETE, State.UNSUPPORTED}
    assert whole(place)


def test_the_ledger_explains_what_became_of_a_balance(place: Lab) -> None:
    place.pull()
    world, now = place.world, time.time_ns() // 1_000_000
    world.fill(world.place("BTCUSDT", "buy", Decimal(60_000), Decimal("0.2"), now), Decimal("0.2"),
               now + 1)  # fmt: skip
    world.move("transfer", "USDT", Decimal(-300), now + 2)
    world.move("interest", "USDT", Decimal("-0.5"), now + 3)
    place.pull()
    with place.archive() as archive:
        assert reconcile(archive).mismatches == []
    world.balances["USDT"] += 5
    place.pull()
    with place.archive() as archive:
        odd = [(each.wallet, each.of) for each in reconcile(archive).mismatches]
    assert odd == [("unified", "USDT")]


def test_spot_trades_and_interest_are_told_to_tax_programs_once(place: Lab) -> None:
    place.pull()
    with place.archive() as archive:
        found = list(events(archive, Selection(what=What.TRADES), []))
    world, week = place.world, place.now - 7 * DAY
    spot = [each for each in place.server.wire.fills_told()  # type: ignore[attr-defined]
            if not world.markets[each.market].settle]  # fmt: skip
    assert len([each for each in found if each.kind == "trade"]) == len(spot)
    assert len([each for each in found if each.sent == ("0.00000001", "USDT")]) == 40
    swaps = [each for each in world.entries if each.market and world.markets[each.market].settle]
    recent = [each for each in swaps if each.time > week and each.amount]
    paid = [each for each in found if each.kind in ("profit", "loss", "fee")]
    assert len(paid) == len([each for each in recent if each.kind != "funding"]) + 40
    assert len([each for each in found if each.kind == "funding"]) == len(
        [each for each in recent if each.kind == "funding"]
    )


def test_an_order_that_was_sized_by_its_cost_says_what_was_paid(place: Lab) -> None:
    place.pull()
    orders = place.held(Kind.ORDERS)
    sized = [row for row in orders.values() if row["cost"] is not None and row["filled"] is None]
    assert sized
    assert {row["amount"] for row in sized} == {None}


def test_what_was_cancelled_in_part_was_cancelled(place: Lab) -> None:
    place.pull()
    partly = [
        row
        for row in place.held(Kind.ORDERS).values()
        if (row["amount"], row["filled"]) == ("4", "1")
    ]
    assert {row["status"] for row in partly} == {"canceled"}


def test_cancelled_orders_are_not_called_complete_where_they_may_have_been_forgotten(
    place: Lab,
) -> None:
    place.pull()
    for title in ("orders-unified-spot", "orders-unified-margin"):
        for intervals in place.coverage(title).values():
            gone = max(each.stop for each in intervals if each.state is State.EXPIRED)
            assert abs(gone - (place.now - 2 * DAY)) < HOUR


def test_what_waits_for_a_condition_is_not_lost(place: Lab) -> None:
    """Nor is it what it becomes: another order."""
    place.pull()
    waits = {
        market: row["status"]
        for (market, _), row in place.held(Kind.ORDERS).items()
        if "-stop/" in market and row["status"] == "open"
    }
    assert set(waits) == {
        "unified-futures-stop/XBTUSDTM",
        "unified-margin-stop/DOGE-USDC",
        "unified-spot-stop/BTC-USDC",
    }
