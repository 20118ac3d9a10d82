"""An account's history agrees with itself, and what is missing shows with its amount."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from app.demo.exchange.world import DAY, HOUR
from app.exchange import subaccounts
from app.exchange.coverage import State
from app.exchange.known import known, stats
from app.exchange.reconcile import Question, reconcile
from app.exchange.streams import Kind
from app.exchange.tables import table_for
from tests.exchange.harness import Lab, case_of, lab


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of("binanceusdm"), tmp_path)
    with made.server:
        made.pull()
        yield made


def lose(place: Lab, where: str) -> None:
    database = sqlite3.connect(place.folder / "archive.db")
    database.execute(f"DELETE FROM record WHERE {where}")
    database.commit()
    database.close()


def series(kind: str) -> str:
    return f"series IN (SELECT id FROM series WHERE stream = '{kind}')"


def test_a_whole_history_agrees(place: Lab) -> None:
    with place.archive() as archive:
        verdict = reconcile(archive)
    assert verdict.agrees, verdict.mismatches
    assert all(verdict.compared[each] for each in (Question.LEDGER, Question.FILLS))
    assert verdict.compared[Question.FUNDING]


def test_a_lost_entry_of_the_ledger_shows_with_its_amount(place: Lab) -> None:
    funding = next(entry for entry in place.world.entries if entry.kind == "funding")
    lose(place, f"{series('ledger')} AND native LIKE 'FUNDING_FEE|{funding.id}|%'")
    with place.archive() as archive:
        verdict = reconcile(archive)
    (mismatch,) = verdict.mismatches
    assert mismatch.question is Question.LEDGER
    assert Decimal(mismatch.expected) - Decimal(mismatch.found) == funding.amount


def test_a_lost_fill_shows_at_its_order(place: Lab) -> None:
    recent = [fill for fill in place.world.fills if fill.market == "BTCUSDT"][-1]
    lose(place, f"{series('fills')} AND native = '{recent.id}' AND time = {recent.time}")
    with place.archive() as archive:
        found = [each for each in reconcile(archive).mismatches if each.question is Question.FILLS]
    assert [each.of for each in found] == [f"BTCUSDT {recent.order}"]
    assert Decimal(found[0].expected) - Decimal(found[0].found) == recent.amount


def test_missing_funding_shows_while_a_position_was_held(place: Lab) -> None:
    middle = place.now - 60 * DAY
    lose(place, f"{series('funding')} AND time BETWEEN {middle} AND {middle + 30 * HOUR}")
    with place.archive() as archive:
        found = {each.question for each in reconcile(archive).mismatches}
    assert found == {Question.FUNDING}


def test_a_jump_in_ids_that_have_none_shows_what_is_missing(
    place: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No exchange of ours promises ids without gaps; the sample exchange's fills are such."""
    table = table_for("binanceusdm")
    dense = replace(
        table, streams=tuple(replace(each, dense=each.kind is Kind.FILLS) for each in table.streams)
    )
    monkeypatch.setattr(subaccounts, "table_for", lambda _exchange: dense)
    with place.archive() as archive:
        verdict = reconcile(archive)
    assert verdict.agrees
    assert verdict.compared[Question.IDS] == len(place.world.fills)
    lost = [fill for fill in place.world.fills if fill.market == "BTCUSDT"][3:5]
    of_market = "series IN (SELECT id FROM series WHERE stream = 'fills' AND market = 'BTCUSDT')"
    lose(place, f"{of_market} AND native IN ('{lost[0].id}', '{lost[1].id}')")
    with place.archive() as archive:
        found = [each for each in reconcile(archive).mismatches if each.question is Question.IDS]
    told = [(each.of, each.expected, each.found) for each in found]
    assert told == [("BTCUSDT", str(lost[0].id), str(lost[1].id + 1))]


def test_coverage_says_what_expires_when(place: Lab) -> None:
    with place.archive() as archive:
        rows = {(each.stream, each.market): each for each in known(archive, place.now)}
        later = {(e.stream, e.market): e for e in known(archive, place.now + 2 * DAY)}
    assert rows[("fills", "BTCUSDT")].expires_days is None
    assert rows[("fills", "BTCUSDT")].state is State.COMPLETE
    assert rows[("fills", "BTCUSDT")].rows == sum(
        fill.market == "BTCUSDT" for fill in place.world.fills
    )
    assert rows[("ledger", "")].expires_days in (89, 90)
    # Cancelled orders live for three days, so that is what counts.
    orders = rows[("orders", "BTCUSDT")]
    assert orders.expires_days in (2, 3)
    assert later[("orders", "BTCUSDT")].expires_days in (0, 1)
    assert orders.state is State.EXPIRED
    assert [gap.reason for gap in orders.gaps] == ["short-lived"]
    assert rows[("deposits", "")].state is State.UNSUPPORTED


def test_stats_count_what_there_is(place: Lab) -> None:
    with place.archive() as archive:
        told = stats(archive)
    records = told["records"]
    assert isinstance(records, dict)
    assert records["fills"]["rows"] == len(place.world.fills)
    assert told["evidence"] == told["head"]["count"]  # type: ignore[index]
