"""Exports hold what the archive holds, to the digit, in the columns that readers expect."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from app.errors import WrongUsage
from app.exchange.export.rows import OWN, Selection, What, columns, iso, rows
from app.exchange.export.tables import ExportFailed, write_csv
from app.exchange.streams import Kind
from app.monitor import Recorder
from app.services.export import NAMES, export, millis
from app.services.home import Home
from tests.exchange.harness import Lab, case_of, lab


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("home")
    folder = home / "data" / "archive"
    folder.mkdir(parents=True, mode=0o700)
    made = lab(case_of("binanceusdm"), folder)
    with made.server:
        made.pull()
        yield made


@pytest.fixture
def home(place: Lab) -> Home:
    return Home.find({"TRADEKEEP_HOME": str(place.folder.parent.parent)})


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_holds_every_fill_to_the_digit(place: Lab, home: Home, tmp_path: Path) -> None:
    out = tmp_path / "trades.csv"
    report = export(home, Selection(what=What.TRADES), "csv", out, Recorder())
    found = read(out)
    assert report["rows"] == len(found) == len(place.world.fills)
    times = [int(row["timestamp"]) for row in found]
    assert times == sorted(times)
    by_key = {(row["market_id"], row["id"]): row for row in found}
    for fill in place.world.fills:
        row = by_key[(fill.market, str(fill.id))]
        assert Decimal(row["price"]) == fill.price
        assert Decimal(row["amount"]) == fill.amount
        assert Decimal(row["fee_cost"]) == fill.fee
        assert (row["side"], row["account"], row["version"]) == (fill.side, "main", "1")
        assert row["datetime"] == iso(fill.time)
    assert (out.stat().st_mode & 0o777) == 0o600


@pytest.mark.parametrize("what", list(What))
def test_every_table_has_its_columns(what: What, home: Home, tmp_path: Path) -> None:
    for form in ("csv", "parquet", "xlsx"):
        out = tmp_path / f"{what.value}.{form}"
        report = export(home, Selection(what=what), form, out, Recorder())
        assert int(str(report["rows"])) > 0
        assert tuple(report["columns"])[-5:] == OWN  # type: ignore[arg-type]
        assert out.stat().st_size > 100


def test_parquet_is_equal_to_csv(home: Home, tmp_path: Path) -> None:
    import pyarrow.parquet

    export(home, Selection(what=What.TRADES), "csv", tmp_path / "a.csv", Recorder())
    export(home, Selection(what=What.TRADES), "parquet", tmp_path / "a.parquet", Recorder())
    table = pyarrow.parquet.read_table(tmp_path / "a.parquet").to_pylist()
    text = [
        {name: "" if value is None else str(value) for name, value in row.items()} for row in table
    ]
    assert text == read(tmp_path / "a.csv")


def test_a_time_range_is_half_open(place: Lab) -> None:
    middle = place.world.fills[len(place.world.fills) // 2].time
    with place.archive() as archive:
        early = list(rows(archive, Selection(what=What.TRADES, until=middle)))
        late = list(rows(archive, Selection(what=What.TRADES, since=middle)))
    at = columns(What.TRADES).index("timestamp")
    assert all(int(str(row[at])) < middle for row in early)
    assert all(int(str(row[at])) >= middle for row in late)
    assert len(early) + len(late) == len(place.world.fills)


def test_koinly_and_cointracking_sum_up_to_the_ledger(
    place: Lab, home: Home, tmp_path: Path
) -> None:
    earned = sum(
        (entry.amount for entry in place.world.entries if entry.kind != "transfer"), Decimal(0)
    )
    for form, received, sent in (
        ("koinly", "Received Amount", "Sent Amount"),
        ("cointracking", "Buy", "Sell"),
    ):
        out = tmp_path / f"{form}.csv"
        export(home, Selection(what=What.TRADES), form, out, Recorder())
        found = read(out)
        total = sum(
            (Decimal(row[received] or 0) - Decimal(row[sent] or 0) for row in found), Decimal(0)
        )
        assert total == earned


def test_a_tax_format_takes_everything_or_nothing(home: Home, tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="takes one file"):
        export(home, Selection(what=What.ORDERS), "koinly", tmp_path / "x", Recorder())


@pytest.mark.parametrize("form", NAMES)
def test_nothing_that_fits_is_said(form: str, home: Home, tmp_path: Path) -> None:
    recorder = Recorder()
    export(home, Selection(what=What.TRADES, until=5), form, tmp_path / "out", recorder)
    assert [problem.message_id for problem in recorder.problems] == ["export-nothing"]


def test_a_file_that_cannot_be_written_is_said_and_the_old_one_stays(
    home: Home, tmp_path: Path
) -> None:
    with pytest.raises(ExportFailed, match="could not be written"):
        export(home, Selection(what=What.TRADES), "csv", tmp_path / "no" / "x.csv", Recorder())

    def broken() -> Iterator[tuple[object, ...]]:
        yield ("1",)
        raise OSError(28, os.strerror(28))

    old = tmp_path / "old.csv"
    old.write_text("old")
    with pytest.raises(ExportFailed, match="No space left"):
        write_csv(old, ("a",), broken())
    assert [path.name for path in tmp_path.iterdir()] == ["old.csv"]
    assert old.read_text() == "old"


def test_days_and_times() -> None:
    assert millis("2025-01-01") == 1_735_689_600_000
    assert millis("2025-01-01T01:00+01:00") == 1_735_689_600_000
    for wrong in ("yesterday", "2025-01-01T12:00", "2025-13-01"):
        with pytest.raises(WrongUsage, match="is not a day"):
            millis(wrong)


def test_the_kinds_of_an_export_exist() -> None:
    assert {kind for what in What for kind in _kinds(what)} <= set(Kind)


def _kinds(what: What) -> tuple[Kind, ...]:
    from app.exchange.export.rows import KINDS

    return KINDS[what]
