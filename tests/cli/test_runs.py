"""Looking back at runs, and the report that can be shown to others."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.monitor import Recorder
from app.services.diagnostics import _PATH, _short, report
from app.services.home import Home
from app.settings.settings import RepositorySettings, set_repository
from tests.cli.support import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path, {"HOME": str(tmp_path / "me"), "USER": "jane"}).set_up()
    machine.add("Secret plans", {"a.txt": b"1"})
    machine.run("backup")
    return machine


def test_a_run_can_be_looked_at_with_its_steps(machine: Machine) -> None:
    report = machine.run("runs", "--json").report
    (run,) = report["runs"]  # type: ignore[misc]
    assert (run["job"], run["outcome"], run["problems"]) == ("backup", "ok", 0)
    whole = machine.run("runs", run["run"][:6], "--json").report
    assert [step["step"] for step in whole["steps"]] == ["sources", "tidy"]  # type: ignore[attr-defined]
    assert whole["steps"][0]["items"] == 2  # type: ignore[index]
    assert whole["problems"] == []
    assert "sources" in machine.run("runs", run["run"]).out


def test_runs_are_filtered_and_paged(machine: Machine) -> None:
    machine.run("verify")
    machine.run("verify")
    only = machine.run("runs", "--job", "verify", "--count", "1", "--json").report
    assert (only["total"], only["next"], len(only["runs"])) == (2, 1, 1)  # type: ignore[arg-type]
    assert machine.run("runs", "--problems", "--json").report["total"] == 0
    assert machine.run("runs", "--search", "nothing like it", "--json").report["total"] == 0
    assert "backup, pull, sync" in machine.run("runs", "--job", "dance", code=2).err


def test_a_run_that_is_not_there_is_said(machine: Machine) -> None:
    error = machine.run("runs", "ffffff", "--json", code=2).error
    assert error["id"] == "run-no-such"


def test_problems_of_a_run_are_listed_whole(machine: Machine) -> None:
    machine.add("Charts", {"b.txt": b"2"})
    sources = machine.run("status", "--json").report["sources"]
    (gone,) = (each for each in sources if each["name"] == "Charts")  # type: ignore[attr-defined]
    Path(gone["path"]).rename(machine.folder / "elsewhere")
    machine.run("backup", code=3)
    (run,) = machine.run("runs", "--problems", "--json").report["runs"]  # type: ignore[misc]
    whole = machine.run("runs", run["run"], "--json").report
    (problem,) = whole["problems"]  # type: ignore[misc]
    assert problem["params"]["path"] == gone["path"]
    assert gone["path"] in machine.run("runs", run["run"]).out


def test_diagnostics_hold_no_name_no_path_and_no_secret(machine: Machine, tmp_path: Path) -> None:
    (settings,) = machine.home.rglob("settings.toml")
    settings.write_text(settings.read_text() + '\n# api_secret = "hunter2"\n')
    out = tmp_path / "report.txt"
    machine.run("diagnostics", "--out", out)
    text = out.read_text()
    assert "== Settings" in text
    assert "== The last runs" in text
    key = (machine.folder / "device-key").read_text().strip()
    for hidden in ("Secret plans", "hunter2", str(tmp_path), "jane", key):
        assert hidden not in text, hidden
    report = machine.run("diagnostics", "--json").report
    assert report["left_out"] == ["secrets", "answers", "amounts", "names", "paths"]


@pytest.mark.parametrize("broken", [False, True])
def test_diagnostics_hold_no_word_of_a_person_in_comments_errors_addresses_or_blanks(
    machine: Machine, broken: bool
) -> None:
    (settings,) = machine.home.rglob("settings.toml")
    text = (
        "\n# account of Ellen Ripley\n[[exchanges]]\n"
        'name = "Nostromo"\nexchange = "bybit"\n'
        'options = { hostname = "ripley.example", httpsProxy = "http://proxy.example:1" }\n'
        '[[sources]]\nname = "Parker"\npath = "/media/Ellen Drive/Private Stuff"\n'
        'kind = "folder"\nexclude = ["Divorce 2024/*"]\n# keep in mind: ellen@example.org\n'
    )
    settings.write_text(settings.read_text() + text + ("oops = 1\n" if broken else ""))
    (history,) = machine.home.rglob("runs.jsonl")
    with history.open("a") as file:
        file.write(
            '{"run":"abcdef","job":"backup","started":"2026-01-01T00:00:00Z","seconds":1,'
            '"outcome":"failed","error":{"id":"source-gone","params":{"path":"/media/Weyland X/y"},'
            '"title":"/media/Weyland X/y is not there","hint":""}}\n'
        )
    shown = str(machine.run("diagnostics", "--json").report["text"])
    assert '"id":"source-gone"' in shown
    assert 'exchange = "bybit"' in shown
    assert ("NOT FINE" in shown.partition("\nsettings")[2].partition("\n")[0]) is broken
    told = ("Ellen", "Ripley", "Divorce", "Nostromo", "example", "Stuff", "Weyland", "Parker")
    assert [word for word in told if word.lower() in shown.lower()] == []


def test_diagnostics_hold_nothing_of_a_place_behind_a_network(machine: Machine) -> None:
    (settings,) = machine.home.rglob("settings.toml")
    text = (
        '\n[[copies]]\nname = "Attic"\nkind = "webdav"\n'
        'address = "https://ripley.example/dav/weyland"\n'
        'id = "0123456789abcdef"\nuser = "ellen"\n'
        '[[copies]]\nname = "Box"\nkind = "dropbox"\naddress = "dropbox:/nostromo"\n'
        'id = "0123456789abcde0"\n'
    )
    settings.write_text(settings.read_text() + text)
    shown = str(machine.run("diagnostics", "--json").report["text"]).lower()
    assert 'kind = "webdav"' in shown
    told = ("attic", "ripley", "weyland", "ellen", "nostromo")
    assert [word for word in told if word in shown] == []


def test_diagnostics_hold_nothing_of_a_repository_behind_a_network(tmp_path: Path) -> None:
    """They named who signs in there."""
    home = Home.find({"TRADEKEEP_HOME": str(tmp_path / "home")})
    own = RepositorySettings(
        None, "0" * 64, "1" * 64, kind="s3", address="https://minio.weyland.example/keep/yutani",
        user="AKIAWEYLAND", region="lv-426",
    )  # fmt: skip
    set_repository(home.paths.settings_file, own)
    shown = str(report(home.fresh(), Recorder())["text"]).lower()
    for word in ("weyland", "yutani"):
        assert word not in shown, [line for line in shown.splitlines() if word in line]


def test_paths_of_windows_are_shortened_in_diagnostics_too() -> None:
    for path in ("C:\\Users\\jane\\bots", "C:/Users/jane/bots", "\\\\server\\jane\\x"):
        assert "jane" not in _PATH.sub(_short, f"cannot be read: {path}: denied")
        assert "denied" in _PATH.sub(_short, f"cannot be read: {path}: denied")
    assert _PATH.sub(_short, "1/2 of 3 and https") == "1/2 of 3 and https"


def test_a_report_that_cannot_be_written_says_so(machine: Machine, tmp_path: Path) -> None:
    failed = machine.run("diagnostics", "--out", tmp_path / "none" / "r.txt", "--json", code=1)
    assert failed.error["id"] == "export-unwritable"


def test_the_log_of_a_run_is_told_line_by_line(machine: Machine) -> None:
    (run,) = machine.run("runs", "--json").report["runs"]  # type: ignore[misc]
    said = machine.run("runs", run["run"][:8], "--log").out.splitlines()
    assert said[0].endswith("Begins: backup")
    assert any("Step sources is done, 2 items" in line for line in said)
    assert said[-1].endswith("Ends: ok")
    report = machine.run("runs", run["run"], "--log", "--json").report
    assert report["run"] == run["run"]
    assert len(report["lines"]) == len(said)  # type: ignore[arg-type]
    for log in machine.home.rglob("logs/*.jsonl"):
        log.unlink()
    assert "no log" in machine.run("runs", run["run"], "--log").out
