"""Sub-accounts as they are pulled: a vault and a sub-account of Hyperliquid's, two of Deribit's."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from app.demo.exchange.world import DAY
from app.exchange.archive import Archive
from app.exchange.coverage import State
from app.exchange.export.rows import Selection
from app.exchange.export.rows import What as Exported
from app.exchange.export.tax import events
from app.exchange.known import known as known_of
from app.exchange.looking.days import Day, calendar
from app.exchange.looking.series import DOLLARS, funding, value
from app.exchange.pull import What
from app.exchange.rebuild import rebuild
from app.exchange.reconcile import Question, reconcile
from app.exchange.streams import Kind
from app.exchange.subaccounts import empty_before, shared
from app.exchange.tables import table_for
from tests.exchange.cases.deribit import SEEN
from tests.exchange.cases.hyperliquid import below
from tests.exchange.harness import Key, Lab, case_of, lab
from tests.exchange.servers.deribit import Deribit
from tests.exchange.servers.hyperliquid import ADDRESS, LATER, SUB, VAULT, Hyperliquid

# --- a sub-account and a vault of Hyperliquid's ------------------------------------------------


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of("hyperliquid"), tmp_path, count=60)
    with made.server:
        yield made


def test_a_sub_account_that_is_found_later_is_asked_for_from_its_beginning(place: Lab) -> None:
    place.pull()
    place.world.below[LATER] = below(place.world, place.now)
    place.pull()
    place.compare()
    main, later = (place.coverage("fills", wallet)[""] for wallet in ("", f"sub-{LATER}"))
    assert later[0].start - main[0].start < DAY
    assert [each.state for each in later] == [State.COMPLETE]


def test_an_account_without_any_other_is_told_null(place: Lab) -> None:
    wire = place.server.wire
    assert isinstance(wire, Hyperliquid)
    place.world.below.clear()
    wire.vaults.clear()
    place.pull()
    place.compare()
    assert not place.problems
    assert {wallet for wallet, _ in place.held(Kind.SUBACCOUNTS)} == {"dex/"}


def test_the_records_of_sub_accounts_follow_from_the_evidence(place: Lab) -> None:
    place.pull()
    del place.world.below[SUB]
    place.pull()
    with place.archive() as archive:
        report = rebuild(archive, keep=False)
    assert report.same, report
    assert not report.skipped


def test_where_money_of_others_lies_is_no_income_of_the_user(place: Lab) -> None:
    """A vault's ledger tells of everybody's deposits, its funding is everybody's."""
    place.pull()
    vault = f"vault-{VAULT}"
    mine = [each for each in place.world.entries if each.kind == "funding"]
    mine += [each for each in place.world.below[SUB].entries if each.kind == "funding"]
    day, first = place.now // DAY, place.now // DAY - place.days - 6
    with place.archive() as archive:
        others = {wallet for _, wallet in shared(archive.database)}
        assert others == {vault, f"{vault}/dex-xyz", f"{vault}/dex-flx"}
        points = funding(archive.database, None, first, day, place.now).points
        found = list(events(archive, Selection(what=Exported.LEDGER), []))
        archive.database.execute(
            "DELETE FROM record WHERE series IN (SELECT id FROM series WHERE wallet LIKE ?)",
            (f"{vault}%",),
        )
        without = list(events(archive, Selection(what=Exported.LEDGER), []))
    assert sum(each or 0 for _, each in points) == sum(each.amount for each in mine)
    assert found == without != []


def test_before_a_sub_account_was_listed_it_held_nothing(place: Lab) -> None:
    """Else the worth of the account would be unknown on all days before."""
    place.pull()
    before = dollars(place)
    with place.archive() as archive:
        (last, _link), day = archive.head(), place.now // DAY
    place.world.below[LATER] = below(place.world, place.now)
    place.pull()
    with place.archive() as archive:
        backdate(archive, last, 3 * DAY)
        database, table = archive.database, table_for("hyperliquid")
        until = place.now + DAY
        assert len(empty_before(database, 1, table, f"sub-{LATER}/swap", until)) == 3
        worth = dict(value(database, None, day - 3, day, place.now).points)
    assert worth[day - 3] == before
    assert worth[day] == dollars(place)
    assert dollars(place) > before


def test_before_anything_was_seen_in_a_wallet_that_was_looked_at_it_held_nothing(
    place: Lab,
) -> None:
    """A first deposit in a vault made the worth of the account unknown on all days before it."""
    wire = place.server.wire
    assert isinstance(wire, Hyperliquid)
    equities, wire.equities = wire.equities, {}
    place.pull()
    before, day = dollars(place), place.now // DAY
    with place.archive() as archive:
        last, _link = archive.head()
    wire.equities = equities
    place.pull()
    with place.archive() as archive:
        backdate(archive, last, 3 * DAY)
        worth = dict(value(archive.database, None, day - 3, day, place.now).points)
    assert worth[day - 3] == before
    assert worth[day] == dollars(place) == before + sum(equities.values())


def dollars(place: Lab) -> Decimal:
    held = place.held(Kind.BALANCES)
    return sum((Decimal(str(held[key]["total"])) for key in held if key[1] in DOLLARS), Decimal(0))


def backdate(archive: Archive, last: int, by: int) -> None:
    """The first pull, up to that evidence, was so long ago."""
    database = archive.database
    database.execute("UPDATE pull SET began = began - ? WHERE id = 1", (by,))
    for title in ("subaccounts", "balances%"):
        mine = f"series IN (SELECT id FROM series WHERE stream LIKE '{title}')"
        database.execute(
            f"UPDATE record SET time = time - ? WHERE {mine} AND evidence <= ?", (by, last)
        )
        database.execute(
            f"UPDATE coverage SET start = start - ?, stop = stop - ? WHERE {mine} AND start ="
            " (SELECT min(start) FROM coverage AS other WHERE other.series = coverage.series)",
            (by, by),
        )


def test_open_orders_of_a_dex_end_in_the_history_of_all(place: Lab) -> None:
    world = place.world
    order = world.place("xyz:TSLAUSDC", "buy", Decimal(200), Decimal(2), place.now - 20 * DAY)
    place.pull()
    place.compare()
    world.cancel(order, place.now - DAY)
    place.pull()
    place.compare()


def test_a_dex_that_is_no_more_holds_nothing_anywhere(place: Lab) -> None:
    place.pull()
    held = {wallet for wallet, _ in place.held(Kind.BALANCES) if "dex-xyz" in wallet}
    assert held == {"dex-xyz/swap/", f"sub-{SUB}/dex-xyz/swap/"}
    wire = place.server.wire
    assert isinstance(wire, Hyperliquid)
    wire.dexes.clear()
    place.pull()
    assert not [wallet for wallet, _ in place.held(Kind.BALANCES) if "dex-" in wallet]
    assert not [wallet for wallet, _ in place.held(Kind.POSITIONS) if "dex-" in wallet]
    with place.archive() as archive:
        assert rebuild(archive, keep=False).same
        day = place.now // DAY
        worth = dict(value(archive.database, None, day, day, place.now).points)
    assert worth[day] == dollars(place)


def test_between_full_pulls_only_what_is_in_use_is_looked_at(place: Lab) -> None:
    """Each look at a dex that was never used would cost as much as one that is."""
    place.pull()
    before = len(place.server.log)
    place.pull(what=What.SAMPLES)
    asked = [json.loads(request.body) for request in place.server.log[before:] if request.body]
    orders = [each.get("dex") for each in asked if each["type"] == "frontendOpenOrders"]
    assert orders == [None, "xyz"] * 3
    assert not [each for each in asked if each["type"] in ("subAccounts", "leadingVaults")]
    assert {each["user"] for each in asked if "user" in each} == {ADDRESS, SUB, VAULT}


def test_a_wallet_without_a_ledger_is_not_held_against_one(place: Lab) -> None:
    """Hyperliquid's ledger knows no wallets, and tells of no profit."""
    place.pull()
    place.world.balances["USDC"] += Decimal(5)
    place.pull()
    with place.archive() as archive:
        verdict = reconcile(archive)
    assert [each for each in verdict.mismatches if each.question is Question.LEDGER] == []


# --- sub-accounts of Deribit's ------------------------------------------------------------------


@pytest.fixture
def deribit(tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of("deribit"), tmp_path, count=60)
    with made.server:
        yield made


def of(place: Lab, kind: Kind, wallet: str) -> dict[Key, dict[str, object]]:
    held = place.held(kind).items()
    return {key: row for key, row in held if key[0].partition("/")[0] == wallet}


def test_a_sub_account_that_is_gone_keeps_its_history_and_holds_nothing(deribit: Lab) -> None:
    deribit.pull()
    fills, known = of(deribit, Kind.FILLS, "sub-7"), deribit.coverage("fills", "sub-7")
    assert of(deribit, Kind.BALANCES, "sub-7")
    gone = deribit.world.below.pop("7")
    deribit.pull()
    assert not deribit.problems
    assert of(deribit, Kind.FILLS, "sub-7") == fills != {}
    assert deribit.coverage("fills", "sub-7") == known
    assert not of(deribit, Kind.BALANCES, "sub-7") | of(deribit, Kind.POSITIONS, "sub-7")
    assert of(deribit, Kind.BALANCES, "sub-77")
    with deribit.archive() as archive:
        report = rebuild(archive, keep=False)
        left = [each for each in known_of(archive, deribit.now) if each.wallet == "sub-7"]
    assert left
    assert {each.expires_days for each in left} == {None}
    assert report.same, report
    deribit.world.below["7"] = gone
    deribit.pull()
    deribit.compare()


def test_a_sub_account_that_is_gone_owes_nothing_and_is_worth_nothing(deribit: Lab) -> None:
    gone, there = deribit.world.below["7"], [deribit.world, deribit.world.below["77"]]
    now, day, at = deribit.now, deribit.now // DAY, deribit.now - 3 * DAY
    gone.entries = [entry for entry in gone.entries if entry.time < at]
    gone.balances = defaultdict(Decimal)
    for entry in gone.entries:
        gone.balances[entry.currency] += entry.amount
    deribit.pull()
    del deribit.world.below["7"]
    deribit.pull()
    with deribit.archive() as archive:
        went(archive, "sub-7", at)
        days = calendar(archive.database, 1, "deribit", day - 6, 7, now).rows
        worth = dict(value(archive.database, None, day - 6, day, now).points)
    assert {each for row in days for each in row.days} <= {Day.BEFORE, Day.SAVED, Day.EMPTY}
    assert worth[day] == dollars(deribit)
    assert worth[day - 5] == sum(
        entry.amount
        for world in (gone, *there)
        for entry in world.entries
        if entry.currency in DOLLARS and entry.time < (day - 4) * DAY
    )


def went(archive: Archive, wallet: str, at: int) -> None:
    """It was asked for until then, and was gone a day later."""
    mine = "series IN (SELECT id FROM series WHERE wallet = ?)"
    database = archive.database
    database.execute(f"DELETE FROM coverage WHERE {mine} AND start >= ?", (wallet, at))
    database.execute(f"UPDATE coverage SET stop = min(stop, ?) WHERE {mine}", (at, wallet))
    database.execute(
        f"UPDATE record SET time = ? + iif(superseded, 0, ?) WHERE {mine} AND series IN"
        " (SELECT id FROM series WHERE stream = 'balances')",
        (at, DAY, wallet),
    )


def test_a_sub_accounts_own_key_brings_nothing_twice(deribit: Lab) -> None:
    wire = deribit.server.wire
    assert isinstance(wire, Deribit)
    wire.type = "subaccount"
    deribit.pull()
    assert not deribit.problems
    assert not deribit.server.calls("get_subaccounts")
    assert {wallet for wallet, _ in deribit.held(Kind.BALANCES)} == {""}
    deribit.world.below.clear()
    deribit.compare()


def test_what_deribit_does_not_tell_of_a_sub_account_is_unsupported(deribit: Lab) -> None:
    deribit.pull()
    for kind in set(Kind) - {*SEEN, Kind.MARKETS, Kind.SUBACCOUNTS, Kind.POSITION_HISTORY}:
        (known,) = deribit.coverage(kind.value, "sub-7")[""]
        assert (kind, known.state) == (kind, State.UNSUPPORTED)
        assert not of(deribit, kind, "sub-7")


def test_trades_of_sub_accounts_that_the_key_may_not_see_are_denied(deribit: Lab) -> None:
    """Those need the scope `mainaccount`; the transaction log does not."""
    wire = deribit.server.wire
    assert isinstance(wire, Deribit)
    wire.only_main.add("private/get_user_trades_by_currency_and_time")
    deribit.pull()
    assert set(deribit.problems) == {"pull-denied"}
    below = [each for known in deribit.coverage("fills", "sub-7").values() for each in known]
    assert {each.state for each in below} == {State.DENIED}
    main = [each for known in deribit.coverage("fills", "").values() for each in known]
    assert State.COMPLETE in {each.state for each in main}
    assert of(deribit, Kind.LEDGER, "sub-7")
    wire.only_main.clear()
    deribit.pull()
    deribit.compare()
