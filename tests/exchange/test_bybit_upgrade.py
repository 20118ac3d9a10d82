"""A Bybit account that was once a classic one: what it did before, other lists tell."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.demo.exchange.server import Fault
from app.demo.exchange.world import World
from app.exchange.coverage import NOT_VERIFIED, OTHER_MODE, State
from app.exchange.known import known
from app.exchange.rebuild import rebuild
from app.exchange.streams import DAY, HOUR, Kind
from tests.exchange.harness import Lab, Truth, case_of, lab
from tests.exchange.servers.bybit import Bybit
from tests.exchange.servers.bybit_earlier import of_usdc
from tests.exchange.servers.bybit_rows import exec_id, id_of

_TOLD = (Kind.FILLS, Kind.ORDERS, Kind.FUNDING, Kind.POSITION_HISTORY, Kind.LIQUIDATIONS)
_PATHS = ("execution/list", "order/history", "position/closed-pnl", "account/transaction-log")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of("bybit"), tmp_path, count=60, days=16)
    with made.server:
        yield made


def _upgrade(place: Lab, *, told: bool = True, again: int = 0) -> Bybit:
    wire = place.server.wire
    assert isinstance(wire, Bybit)
    wire.upgraded = place.now - 8 * DAY
    wire.again, wire.old_wallets = again, told
    place.case = replace(place.case, truth=functools.partial(_truth, wire.upgraded, again))
    place.kinds = frozenset({*_TOLD, Kind.TRANSFERS})
    return wire


def _truth(upgraded: int, again: int, world: World, now: int) -> Truth:
    """What can be had: all but what spot traded before, and positions in USDC."""
    truth = case_of("bybit").truth(world, now)
    for fill in world.fills:
        if fill.market.startswith("spot:") and fill.time < upgraded:
            del truth[Kind.FILLS][(id_of(fill.market), exec_id(fill))]
    for key, row in list(truth[Kind.POSITION_HISTORY].items()):
        if key[0].endswith("PERP") and int(str(row["timestamp"])) < upgraded:
            del truth[Kind.POSITION_HISTORY][key]
    for entry in world.entries:
        inverse = entry.market.startswith("inverse:")
        if entry.kind == "funding" and entry.time < (max(upgraded, again) if inverse else upgraded):
            row = truth[Kind.FUNDING].pop((id_of(entry.market), f"log-{entry.id}"))
            truth[Kind.FUNDING][(id_of(entry.market), f"funding-{entry.id}")] = row
    return {kind: truth[kind] for kind in _TOLD}


def _early_calls(place: Lab) -> int:
    return sum(place.server.calls(f"/v5/pre-upgrade/{path}") for path in _PATHS)


def _states(place: Lab, title: str, at: int) -> set[tuple[State, str]]:
    return {
        (each.state, each.reason)
        for values in place.coverage(title).values()
        for each in values
        if each.start <= at < each.stop
    }


def test_what_an_account_did_before_it_was_upgraded_is_there_once(place: Lab) -> None:
    """Also where no transfer tells of the upgrade."""
    wire = _upgrade(place, told=False)
    before = [fill for fill in place.world.fills if fill.time < wire.upgraded]
    assert {fill.market.partition(":")[0] for fill in before} == {"spot", "linear", "inverse"}
    place.pull()
    place.compare()
    held = [key for key in place.held(Kind.LEDGER) if key[0].startswith("usdc/")]
    early = [e for e in place.world.entries if of_usdc(e) and e.time < wire.upgraded]
    assert len(held) == len(early) > 0
    calls = len(place.server.log)
    price, amount = place.world.fills[0].price, before[0].amount
    order = place.world.place("linear:BTCUSDT", "buy", price, amount, place.now - HOUR)
    place.world.fill(order, amount, place.now - HOUR + 1)
    place.pull()
    place.compare()
    asked = [each for each in place.server.log[calls:] if "/pre-upgrade/" in each.path]
    # When inverse contracts followed, nobody says.
    assert {each.text("category") for each in asked} == {"inverse"}
    assert not place.problems


def test_the_time_before_an_upgrade_is_complete_only_where_a_list_told_of_it(place: Lab) -> None:
    wire = _upgrade(place)
    place.pull()
    place.compare()
    with place.archive() as archive:
        report = rebuild(archive, keep=False)
    assert report.same
    assert not report.skipped
    early, late = wire.upgraded - DAY, wire.upgraded + 2 * DAY
    assert _states(place, "fills-linear-before-upgrade", early) <= {
        (State.COMPLETE, ""),
        (State.EMPTY, ""),
    }
    assert _states(place, "fills-linear-before-upgrade", late) == {(State.UNSUPPORTED, OTHER_MODE)}
    (spot,) = _states(place, "fills-spot-before-upgrade", early)
    assert spot[0] is State.UNSUPPORTED
    assert spot[1] != OTHER_MODE
    told = _states(place, "position-history-linear-before-upgrade", early)
    assert told == {(State.PARTIAL, NOT_VERIFIED)}  # there were positions in USDC


def test_without_a_sign_of_an_upgrade_the_time_before_the_ledger_is_not_complete(
    place: Lab,
) -> None:
    place.kinds = frozenset({Kind.FILLS, Kind.ORDERS})
    place.pull()
    place.compare()
    assert 0 < _early_calls(place) <= 2
    first = place.world.entries[0].time
    for title in ("fills-linear-before-upgrade", "orders-spot-before-upgrade"):
        assert _states(place, title, first - HOUR) == {(State.PARTIAL, NOT_VERIFIED)}
        assert _states(place, title, first + HOUR) == {(State.UNSUPPORTED, OTHER_MODE)}
    calls = _early_calls(place)
    place.pull()
    assert _early_calls(place) == calls
    assert not place.problems


def test_a_refusal_that_nobody_knows_is_no_problem_and_proves_nothing(place: Lab) -> None:
    place.kinds = frozenset({Kind.FILLS})
    body = b'{"retCode":10005,"retMsg":"Permission denied.","result":{}}'
    for path in _PATHS:
        place.server.faults.append(Fault(path=f"/v5/pre-upgrade/{path}", body=body, times=99))
    place.pull()
    assert not place.problems
    assert _early_calls(place) <= 2
    before = place.world.entries[0].time - HOUR
    states = _states(place, "fills-linear-before-upgrade", before)
    assert states == {(State.PARTIAL, NOT_VERIFIED)}


def test_a_classic_account_is_asked_for_it_once_it_was_upgraded(place: Lab) -> None:
    """That it was a classic one when last pulled tells of the upgrade, without any other sign."""
    wire = _upgrade(place)
    place.kinds = frozenset({Kind.LIQUIDATIONS})
    upgraded, wire.upgraded, wire.classic = wire.upgraded, 0, True
    place.world.entries, entries = [], place.world.entries
    place.pull()
    title, early = "liquidations-linear-before-upgrade", upgraded - DAY
    assert _early_calls(place) == 0
    assert _states(place, title, early) == {(State.UNSUPPORTED, OTHER_MODE)}
    place.world.entries, wire.upgraded, wire.classic = entries, upgraded, False
    place.pull()
    assert _early_calls(place) > 0
    assert _states(place, title, early) <= {(State.COMPLETE, ""), (State.EMPTY, "")}
    place.compare()


def test_transfers_with_a_classic_wallet_tell_of_the_upgrade(place: Lab) -> None:
    wire = _upgrade(place)
    place.kinds = frozenset({Kind.LIQUIDATIONS, Kind.TRANSFERS})
    place.pull()
    states = _states(place, "liquidations-linear-before-upgrade", wire.upgraded - DAY)
    assert states <= {(State.COMPLETE, ""), (State.EMPTY, "")}
    with place.archive() as archive:
        rows = [each for each in known(archive, place.now) if "before-upgrade" in each.stream]
    assert rows
    assert not [each for each in rows if each.expires_days is not None]  # it is asked once


def test_inverse_contracts_that_followed_in_a_second_upgrade_are_asked_for_until_then(
    place: Lab,
) -> None:
    _upgrade(place, again=place.now - 3 * DAY)
    place.kinds = frozenset({Kind.FUNDING, Kind.TRANSFERS})
    place.pull()
    place.compare()
    assert not place.problems
