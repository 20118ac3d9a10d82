"""`tradekeep report` and `tradekeep lock-year`, as a person and as a program run them."""

from __future__ import annotations

import csv
import json
import sqlite3
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.services.home import Home
from app.services.status import report
from tests.cli.exchange_support import connect, sample_exchange, since
from tests.cli.support import Machine, typed

YEAR = time.strftime("%Y", time.gmtime())


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine(tmp_path_factory.mktemp("records")).set_up()
    with sample_exchange() as place:
        connect(made, place)
        made.run("backup")
        yield made


def table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def meddle(machine: Machine, *statements: str) -> None:
    database = sqlite3.connect(machine.home / "data" / "archive" / "archive.db")
    database.execute("DROP TRIGGER IF EXISTS evidence_is_not_changed")
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()


def test_a_report_holds_the_runs_the_proof_and_each_gap(machine: Machine, tmp_path: Path) -> None:
    out = tmp_path / "report"
    told = machine.run("report", "--from", since(30), "--out", out, "--json").report
    assert told["pdf"] is True
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF")
    assert stat.S_IMODE((out / "report.json").stat().st_mode) == 0o600
    facts = json.loads((out / "report.json").read_bytes())
    assert [run["job"] for run in facts["runs"]] == ["backup"]
    assert [row["job"] for row in table(out / "runs.csv")] == ["backup"]
    chain = facts["archive"]["chain"]
    assert chain["whole"] is True
    assert len(chain["heads"]) == 1
    assert facts["archive"]["reconciled"]["agrees"] is True
    # The account is fetched from the 25th day before today on: what is older was never asked for.
    gaps = table(out / "gaps.csv")
    assert len(gaps) == told["gaps"]
    assert {row["state"] for row in gaps if row["start"].startswith(since(30))} == {"not-asked"}
    assert all(row["stop"] > row["start"] for row in gaps)
    assert {row["stream"] for row in table(out / "coverage.csv")} >= {"fills", "orders"}
    again = machine.run("report", "--out", out, code=2)
    assert again.err.startswith(f"There are files in {out} already.")


def test_a_year_is_locked_handed_over_backed_up_and_checked(
    machine: Machine, tmp_path: Path
) -> None:
    done = machine.run("lock-year", YEAR, "--json", code=2)
    assert done.error["id"] == "year-incomplete"
    assert "Lock it as it is?" in typed(machine, ["lock-year", YEAR], ["n"], code=130)
    out, away = tmp_path / "handed", ("--timestamp", "http://127.0.0.1:9")
    done = machine.run("lock-year", YEAR, "--yes", "--out", out, *away, code=3)
    assert "does not bind you against yourself" in done.out
    assert "No time stamp came from" in done.err
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert manifest["public_key"] in done.out

    machine.run("backup")
    assert f"years/{YEAR}/1/manifest.json" in machine.run("find", "manifest.json").out
    (year,) = report(Home.find(machine.environment))["years"]  # type: ignore[misc]
    assert (year["label"], year["lock"], year["checked"]) == (YEAR, 1, None)

    heir = Machine(tmp_path / "heir")
    heir.folder.mkdir()
    heir.run("recover", machine.repository, "--password-file", machine.recovery, "--yes")
    (known,) = heir.run("lock-year", "--check", "--json").report["years"]  # type: ignore[misc]
    assert (known["own_key"], known["faults"]) == (False, [])

    meddle(
        machine,
        "DELETE FROM record WHERE (series, native) = (SELECT series, native FROM record"
        " JOIN series ON series.id = record.series WHERE stream = 'fills' LIMIT 1)",
        "UPDATE evidence SET status = 201 WHERE id = 5",
    )
    done = machine.run("lock-year", "--check", code=3)
    assert "-  fills  main  " in done.out
    assert f"The history of {YEAR} is not as it was locked" in done.err
    assert "1 gone" in machine.run("lock-year", "--list").out

    out = tmp_path / "report"
    done = machine.run("report", "--out", out, code=3)
    assert "Answer 5 in the archive is not what it was" in done.err
    told = json.loads((out / "report.json").read_bytes())
    assert told["archive"]["chain"]["whole"] is False
    assert (told["years"][0]["gone"], told["years"][0]["sha256"]) == (1, year["sha256"])
