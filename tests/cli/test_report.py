"""`tradekeep report`: a folder with a PDF and its facts."""

from __future__ import annotations

import csv
import json
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.exchange_support import connect, sample_exchange, since
from tests.cli.support import Machine


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine(tmp_path_factory.mktemp("report")).set_up()
    with sample_exchange() as place:
        connect(made, place)
        made.run("backup")
        yield made


def table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_report_holds_the_runs_the_proof_and_each_gap(machine: Machine, tmp_path: Path) -> None:
    out = tmp_path / "report"
    told = machine.run("report", "--from", since(30), "--out", out, "--json").report
    assert told["pdf"] is True
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF")
    assert stat.S_IMODE((out / "report.json").stat().st_mode) == 0o600
    report = json.loads((out / "report.json").read_bytes())
    assert [run["job"] for run in report["runs"]] == ["backup"]
    assert [row["job"] for row in table(out / "runs.csv")] == ["backup"]
    chain = report["archive"]["chain"]
    assert chain["whole"] is True
    assert len(chain["heads"]) == 1
    assert report["archive"]["reconciled"]["agrees"] is True
    # The account is fetched from the 25th day before today on: what is older was never asked for.
    gaps = table(out / "gaps.csv")
    assert len(gaps) == told["gaps"]
    assert {row["state"] for row in gaps if row["start"].startswith(since(30))} == {"not-asked"}
    assert all(row["stop"] > row["start"] for row in gaps)
    assert {row["stream"] for row in table(out / "coverage.csv")} >= {"fills", "orders"}


def test_what_happened_before_the_period_is_not_in_it(machine: Machine, tmp_path: Path) -> None:
    out = tmp_path / "report"
    told = machine.run("report", "--from", "2020-01-01", "--to", "2021-01-01", "--out", out)
    assert "0 runs" in told.out
    assert table(out / "runs.csv") == []
    done = machine.run("report", "--from", "2021-01-01", "--to", "2020-01-01", "--out", out, code=2)
    assert done.err.startswith("There is no time between these two days")


def test_a_folder_with_other_files_is_refused(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = machine.run("report", "--out", tmp_path, code=2)
    assert done.err.startswith(f"There are files in {tmp_path} already.")
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


def test_without_any_exchange_there_is_still_a_report(tmp_path: Path) -> None:
    machine = Machine(tmp_path).set_up()
    out = tmp_path / "report"
    machine.run("report", "--out", out)
    assert json.loads((out / "report.json").read_bytes())["archive"] is None
    assert not (out / "gaps.csv").exists()


def test_evidence_that_was_changed_stands_in_the_report(machine: Machine, tmp_path: Path) -> None:
    database = sqlite3.connect(machine.home / "data" / "archive" / "archive.db")
    database.execute("DROP TRIGGER evidence_is_not_changed")
    database.execute("UPDATE evidence SET status = 201 WHERE id = 5")
    database.commit()
    database.close()
    out = tmp_path / "report"
    done = machine.run("report", "--out", out, code=3)
    assert "Answer 5 in the archive is not what it was" in done.err
    report = json.loads((out / "report.json").read_bytes())
    assert report["archive"]["chain"]["whole"] is False
    assert "Answer 5" in report["archive"]["chain"]["found"][0]
