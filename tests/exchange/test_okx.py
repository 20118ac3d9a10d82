"""What is special about OKX."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from app.demo.exchange.world import DAY, Entry
from app.errors import WrongUsage
from app.exchange.client import connect
from app.exchange.coverage import State
from app.exchange.export.rows import Selection, What
from app.exchange.export.tax import events
from app.exchange.imports import ImportReport, import_csv
from app.exchange.looking.days import Day, calendar
from app.exchange.rebuild import rebuild
from app.exchange.streams import Kind
from app.exchange.tables import table_for
from app.exchange.throttle import Throttle
from app.secret import Secret
from tests.exchange.harness import Lab, case_of, lab
from tests.exchange.servers.okx_rows import FUNDING_KINDS, bill_of_entry, inst_id


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of("okx"), tmp_path, count=100)
    with made.server:
        yield made


def test_an_order_that_rested_for_weeks_is_seen_filled_and_an_algo_order_triggered(
    place: Lab,
) -> None:
    place.pull()
    world = place.world
    for order in [each for each in world.orders.values() if each.status == "open"]:
        if order.type == "stop":
            world.orders[(order.market, order.id)] = replace(order, status="closed")
        else:
            world.fill(order, order.amount, place.now - 1)
    place.pull()
    place.compare()


def test_orders_that_are_still_open_are_not_looked_up_one_by_one(place: Lab) -> None:
    place.pull()
    before = len(place.server.log)
    place.pull()
    asked = [each for each in place.server.log[before:] if "orders-history" in each.path]
    assert len(asked) == 10  # two lists of five product types, the last 48 hours of each


def test_history_of_cancelled_orders_is_never_called_complete(place: Lab) -> None:
    place.pull()
    for title in ("orders-swap", "orders-archive-swap"):
        (known,) = place.coverage(title).values()
        assert all(each.state is State.EXPIRED for each in known if each.stop <= place.now - DAY)


def test_what_a_contract_of_unknown_size_cost_is_not_guessed(place: Lab) -> None:
    """ccxt multiplies contracts by the price as if each were one coin."""
    place.pull()
    held = place.held(Kind.FILLS)
    (cost, *_) = [row["cost"] for (market, _), row in held.items() if "LUNA" in market]
    assert cost is None
    assert all(row["cost"] for (market, _), row in held.items() if "LUNA" not in market)


def test_ccxt_reads_bills_of_the_funding_account_by_the_wrong_numbers() -> None:
    asyncio.run(_bills_of_the_funding_account())


async def _bills_of_the_funding_account() -> None:
    table = table_for("okx")
    client = connect(table, {"apiKey": Secret("key")}, Throttle(0.0))
    row = {"billId": "1", "ccy": "SOL", "balChg": "-5", "bal": "7", "type": "2", "ts": "1000"}
    try:
        assert client.raw.parse_ledger_entry(dict(row))["type"] == "trade"
        stream = table.named("funding-ledger", "funding")
        assert stream is not None
        ours = client.parser(stream)(row, "")
    finally:
        await client.close()
    assert ours["type"] == "withdrawal"
    assert (ours["direction"], Decimal(ours["amount"])) == ("out", 5)


_SUBTYPES = {"fee": "1", "realized": "5", "trade": "1", "funding": "173", "transfer": "11"}
_HEADINGS = ("instType", "billId", "subType", "ts", "balChg", "posBalChg", "bal", "ccy", "instId",
             "ordId", "fee")  # fmt: skip


def bills_file(place: Lab, entries: Iterable[Entry]) -> bytes:
    """The trading account's bills as OKX writes a quarter's into a file: the newest first."""
    written = io.StringIO()
    table = csv.DictWriter(written, _HEADINGS, restval="")
    table.writeheader()
    for each in reversed(list(entries)):
        if each.kind in FUNDING_KINDS:
            continue
        market = inst_id(place.world.markets[each.market]) if each.market else ""
        table.writerow(
            {
                "billId": bill_of_entry(each),
                "subType": _SUBTYPES[each.kind],
                "ts": each.time,
                "balChg": each.amount,
                "bal": each.balance,
                "ccy": each.currency,
                "instId": market,
            }
        )
    return written.getvalue().encode()


def imported(place: Lab, content: bytes, kind: Kind = Kind.LEDGER) -> ImportReport:
    with place.archive() as archive:
        return import_csv(archive, archive.account(place.account), kind, content, "2026Q3.csv")


@pytest.fixture
def old(place: Lab) -> list[Entry]:
    """What happened before OKX's endpoints remember anything, and some of what they do."""
    entries = sorted(place.world.entries, key=lambda each: (each.time, each.id))
    aged = [replace(each, id=each.id + 50_000, time=each.time - 100 * DAY) for each in entries[:40]]
    return [*aged, *entries[: len(entries) // 2]]


@pytest.mark.parametrize("first", ["pull", "import"])
def test_a_file_of_bills_and_what_the_endpoint_told_are_there_once(
    place: Lab, old: list[Entry], first: str
) -> None:
    if first == "pull":
        place.pull()
    report = imported(place, bills_file(place, old))
    assert not report.wrong
    if first == "import":
        place.pull()
    bills = {bill_of_entry(each) for each in [*old, *place.world.entries]}
    held = place.held(Kind.LEDGER)
    assert sorted(int(native) for _, native in held) == sorted(bills)
    for (market, native), fields in place.truth()[Kind.LEDGER].items():
        assert held[(market, native)]["after"] is not None
        assert held[(market, native)]["timestamp"] == fields["timestamp"]
    assert imported(place, bills_file(place, old)).records == 0
    with place.archive() as archive:
        assert rebuild(archive, keep=False).same


def test_days_that_a_file_of_bills_brought_are_imported_not_gone(
    place: Lab, old: list[Entry]
) -> None:
    place.pull(since_days=300)
    first = old[0].time // DAY

    def days() -> set[Day]:
        with place.archive() as archive:
            found = calendar(archive.database, 1, "okx", first, 20, place.now)
        return {day for row in found.rows if row.kind is Kind.LEDGER for day in row.days}

    assert days() == {Day.EXPIRED}
    imported(place, bills_file(place, old))
    assert Day.IMPORTED in days()


def test_a_transfer_in_a_file_of_bills_is_no_profit(place: Lab, old: list[Entry]) -> None:
    imported(place, bills_file(place, old))
    with place.archive() as archive:
        found = list(events(archive, Selection(what=What.LEDGER), []))
    assert found
    assert {each.kind for each in old} >= {"transfer", "fee", "funding"}
    moved = {format(abs(each.amount), "f") for each in old if each.kind == "transfer"}
    assert not moved & {each.received[0] for each in found if each.received}


def test_a_file_of_bills_is_taken_as_it_is_packed(place: Lab, old: list[Entry]) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("bills.csv", bills_file(place, old))
    report = imported(place, packed.getvalue())
    assert report.records == len([each for each in old if each.kind not in FUNDING_KINDS])
    with place.archive() as archive:
        (size,) = archive.database.execute(
            "SELECT count(*) FROM evidence WHERE verb = 'FILE' AND body_hash = ?",
            (hashlib.sha256(packed.getvalue()).digest(),),
        ).fetchone()
    assert size == 1


def test_a_packed_file_with_several_tables_is_refused(place: Lab, old: list[Entry]) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("a.csv", bills_file(place, old[:9]))
        file.writestr("b.csv", bills_file(place, old[9:]))
    with pytest.raises(WrongUsage):
        imported(place, packed.getvalue())
    with pytest.raises(WrongUsage):
        imported(place, packed.getvalue()[:50])
