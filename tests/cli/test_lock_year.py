"""`tradekeep lock-year` as a person and as a program runs it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.exchange_support import Place, connect, sample_exchange
from tests.cli.support import Machine, typed

YEAR = time.strftime("%Y", time.gmtime())


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with sample_exchange() as made:
        yield made


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, place: Place) -> Machine:
    made = Machine(tmp_path_factory.mktemp("year")).set_up()
    connect(made, place)
    made.run("pull")
    return made


def test_a_year_is_locked_handed_over_backed_up_and_checked(
    machine: Machine, tmp_path: Path
) -> None:
    done = machine.run("lock-year", YEAR, code=2)
    assert done.err.startswith(f"The year is not whole. The year {YEAR} is not over (in UTC).")
    assert "add --yes" in done.err
    assert machine.run("lock-year", YEAR, "--dry-run", "--json", code=3).report["missing"]
    asked = typed(machine, ["lock-year", YEAR], ["n"], code=130)
    assert "Lock it as it is?" in asked
    assert machine.run("lock-year", "--list").out.startswith("No year is locked yet.")

    out = tmp_path / "handed"
    said = machine.run("lock-year", YEAR, "--yes", "--out", out).out
    assert "does not bind you against yourself" in said
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert manifest["public_key"] in said
    verifier = [sys.executable, out / "verify_year.py"]
    checked = subprocess.run(verifier, capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stdout

    machine.run("backup")
    held = machine.run("find", "manifest.json").out
    assert f"years/{YEAR}/1/manifest.json" in held
    (year,) = machine.run("status", "--json").report["years"]  # type: ignore[misc]
    assert (year["label"], year["lock"], year["checked"]) == (YEAR, 1, None)

    assert machine.run("lock-year", "--check", YEAR).out == f"{YEAR}: nothing changed\n"
    database = sqlite3.connect(machine.home / "data" / "archive" / "archive.db")
    series, name = database.execute(
        "SELECT series, native FROM record JOIN series ON series.id = record.series"
        " WHERE stream = 'fills'"
    ).fetchone()
    database.execute("DELETE FROM record WHERE series = ? AND native = ?", (series, name))
    database.commit()
    database.close()
    done = machine.run("lock-year", "--check", code=3)
    assert "-  fills  main  " in done.out
    assert name in done.out
    assert f"The history of {YEAR} is not as it was locked" in done.err
    assert "1 gone" in machine.run("lock-year", "--list").out

    out = tmp_path / "report"
    machine.run("report", "--out", out, code=3)  # a fill is missing of an order
    (told,) = json.loads((out / "report.json").read_bytes())["years"]
    assert (told["gone"], told["public_key"]) == (1, manifest["public_key"])


def test_a_year_that_was_never_locked_cannot_be_checked(machine: Machine) -> None:
    done = machine.run("lock-year", "--check", "1999", code=2)
    assert done.err.startswith("“1999” is not a year.")
    done = machine.run("lock-year", "--check", "2011", code=2)
    assert done.err.startswith("No year was locked that this could mean: 2011")
    assert machine.run("lock-year", code=2).err.startswith("Say which year is to be locked.")


def test_a_stamp_that_does_not_come_leaves_the_lock(machine: Machine) -> None:
    done = machine.run(
        "lock-year", "2015", "--yes", "--timestamp", "http://127.0.0.1:9", "--json", code=3
    )
    assert done.report["stamp"] is None
    assert done.report["lock"] == 1
    done = machine.run("lock-year", "2015", "--yes", "--timestamp", "ftp://x", code=2)
    assert "is not the address of a time stamp service" in done.err
