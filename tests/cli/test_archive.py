"""The archive by the command line: what is known, its proof, exports, imports, candles."""

from __future__ import annotations

import csv
import os
import sqlite3
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.exchange_support import Place, connect, sample_exchange, since
from tests.cli.ready import copy
from tests.cli.support import Machine


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with sample_exchange() as made:
        yield made


@pytest.fixture(scope="module")
def pulled(tmp_path_factory: pytest.TempPathFactory, place: Place) -> Path:
    made = Machine(tmp_path_factory.mktemp("pulled")).set_up()
    connect(made, place)
    made.run("pull")
    return made.folder


@pytest.fixture
def machine(tmp_path: Path, pulled: Path) -> Machine:
    """A machine of each test's own, that has pulled what the sample exchange holds."""
    copy(pulled, tmp_path)
    return Machine(tmp_path)


def archive(machine: Machine) -> Path:
    return machine.home / "data" / "archive" / "archive.db"


def meddle(machine: Machine, *statements: str) -> None:
    database = sqlite3.connect(archive(machine))
    for trigger in ("changed", "removed"):
        database.execute(f"DROP TRIGGER evidence_is_not_{trigger}")
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()


def test_nothing_was_pulled_yet(tmp_path: Path) -> None:
    empty = Machine(tmp_path).set_up()
    for command in (["coverage"], ["archive", "verify"], ["export", "trades", "--out", "x"]):
        done = empty.run(*command, code=2)
        assert "Nothing was ever pulled" in done.err


def test_coverage_as_text_and_for_programs(machine: Machine, place: Place) -> None:
    text = machine.run("coverage").out
    assert "BTCUSDT" in text
    assert "in 3 days" in text or "in 2 days" in text
    rows = machine.run("coverage", "main", "--json").report["series"]
    assert isinstance(rows, list)
    fills = [row for row in rows if row["stream"] == "fills"]
    assert sum(row["rows"] for row in fills) == len(place.world.fills)
    assert {row["state"] for row in fills} <= {"complete", "empty"}
    assert machine.run("coverage", "nobody", code=2).err.startswith("There is no exchange account")


def test_the_archive_is_verified_with_the_heads_in_snapshots(machine: Machine) -> None:
    machine.run("backup")
    report = machine.run("archive", "verify", "--json").report
    assert report["whole"] is True
    assert len(report["heads"]) == 1  # type: ignore[arg-type]
    (count,) = sqlite3.connect(archive(machine)).execute("SELECT max(id) FROM evidence").fetchone()
    meddle(machine, f"DELETE FROM evidence WHERE id > {count - 2}")
    done = machine.run("archive", "verify", code=3)
    assert "ends before answer" in done.err
    assert "which a snapshot has seen" in done.err


def test_a_changed_answer_is_named(machine: Machine) -> None:
    meddle(machine, "UPDATE evidence SET status = 201 WHERE id = 5")
    done = machine.run("archive", "verify", code=3)
    assert "Answer 5 in the archive is not what it was" in done.err


def test_records_are_derived_again(machine: Machine) -> None:
    assert machine.run("archive", "rebuild", "--check", "--json").report["same"] is True
    meddle(machine, "UPDATE record SET data = replace(data, 'BTC', 'ETH')")
    assert "differ" in machine.run("archive", "rebuild", "--check", code=3).err
    machine.run("archive", "rebuild")
    assert machine.run("archive", "rebuild", "--check", "--json").report["same"] is True


def test_the_history_agrees_or_says_where_it_does_not(machine: Machine) -> None:
    assert "Everything agrees" in machine.run("archive", "reconcile").out
    meddle(
        machine,
        "DELETE FROM record WHERE native LIKE 'FUNDING_FEE%' AND series IN"
        " (SELECT id FROM series WHERE stream = 'ledger')",
    )
    done = machine.run("archive", "reconcile", "main", code=3)
    assert "main: USDT changed by" in done.err


def test_how_much_there_is(machine: Machine, place: Place) -> None:
    report = machine.run("archive", "stats", "--json").report
    records = report["records"]
    assert isinstance(records, dict)
    assert records["fills"]["rows"] == len(place.world.fills)
    assert "Head of the chain" in machine.run("archive", "stats").out


def test_an_export_and_its_times(machine: Machine, place: Place) -> None:
    out = machine.folder / "trades.csv"
    machine.run("export", "trades", "--account", "main", "--out", out)
    with out.open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == len(place.world.fills)
    machine.run("export", "trades", "--format", "koinly", "--out", machine.folder / "koinly.csv")
    done = machine.run("export", "trades", "--from", "soon", "--out", out, code=2)
    assert "is not a day" in done.err


def test_a_file_is_imported_and_bad_lines_are_said(machine: Machine) -> None:
    file = machine.folder / "old.csv"
    file.write_text(
        "Date(UTC),symbol,side,price,amount\n2018-01-02 03:04:05,BTC/USDT,buy,1,2\nx,A,buy,1,1\n"
    )
    arguments = ("import", "csv", file, "--account", "main", "--column", "Date(UTC)=datetime")
    done = machine.run(*arguments, code=3)
    assert "1 row, 1 of them new, marked as imported" in done.out
    assert "1 line was left out. Line 3" in done.err
    rows = machine.run("coverage", "--json").report["series"]
    assert any(row["state"] == "imported" for row in rows)  # type: ignore[attr-defined]
    assert machine.run("archive", "verify", "--json").report["whole"] is True


def test_candles_are_kept_with_each_pull_and_backed_up(machine: Machine) -> None:
    added = machine.run(
        *("candles", "add", "BTC/USDT:USDT", "1h", "--exchange", "binanceusdm"),
        *("--since", since(3), "--json"),
    ).report
    name = str(added["name"])
    assert name == "binanceusdm-btc-usdt-usdt-1h"
    assert "There are candles named" in machine.run(
        *("candles", "add", "BTC/USDT:USDT", "1h", "--exchange", "binanceusdm"), code=2
    ).err  # fmt: skip
    pulled = machine.run("pull", "--json").report["candles"]
    assert pulled["new"] > 48  # type: ignore[index]
    (listed,) = machine.run("candles", "list", "--json").report["candles"]  # type: ignore[misc]
    assert listed["months"] >= 1
    out = machine.folder / "candles.feather"
    machine.run("candles", "export", name, "--format", "feather", "--out", out)
    assert out.stat().st_size > 500
    machine.run("backup")
    assert ".parquet" in machine.run("find", "*.parquet").out
    machine.run("candles", "remove", name)
    assert machine.run("candles", "list", "--json").report["candles"] == []
    assert "There are no candles yet" in machine.run("candles", "remove", name, code=2).err


def test_candles_of_a_market_that_does_not_exist_are_a_problem_of_the_pull(
    machine: Machine,
) -> None:
    os.rename(archive(machine), archive(machine).with_suffix(".away"))  # no list of markets
    machine.run("candles", "add", "NO/PE:PE", "1h", "--exchange", "binanceusdm")
    assert "does not know the market NO/PE:PE" in machine.run("pull", code=3).err


def test_candles_of_an_unknown_market_or_frame_are_refused(machine: Machine) -> None:
    def refused(market: str, frame: str, *, code: int = 2) -> str:
        before = (machine.home / "config" / "settings.toml").read_bytes()
        done = machine.run(
            *("candles", "add", market, frame, "--exchange", "binanceusdm"), code=code
        )
        assert (machine.home / "config" / "settings.toml").read_bytes() == before
        return done.err

    assert "BTC/USDT:USDT" in refused("btc/usdt", "1h")
    assert "tradekeep pull" in refused("BTC/USTD:USDT", "1h")
    assert "does not know the market NO/PE" in refused("NO/PE", "1h")
    assert "1m, 3m, 5m" in refused("BTC/USDT:USDT", "7h")
    assert "is not a time frame" in refused("A/B", "7x", code=1)
    machine.run("candles", "add", "BTC/USDT:USDT", "4h", "--exchange", "binanceusdm")


def test_samples_alone_ask_for_little_and_keep_what_changed(machine: Machine, place: Place) -> None:
    before = len(place.server.log)
    place.world.move("transfer", "USDT", Decimal(7), time.time_ns() // 1_000_000)
    report = machine.run("pull", "--samples", "--json").report
    (account,) = report["accounts"]  # type: ignore[misc]
    assert account["versions"] == 1  # the balance
    assert len(place.server.log) - before <= 5
    assert place.server.log[-1].path != "/fapi/v1/userTrades"
