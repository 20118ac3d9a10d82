"""Which snapshots a backup keeps, and what it never removes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from app.backends.local import LocalBackend
from app.monitor import Recorder
from app.repository.repository import open_repository
from app.secret import Secret
from tests.cli.support import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path).set_up()
    machine.add("charts", {"a.txt": b"1"})
    return machine


def back_up(machine: Machine, times: int = 1) -> dict[str, Any]:
    report: dict[str, Any] = {}
    for _ in range(times):
        report = machine.run("backup", "--json").report
    return report


def snapshots(machine: Machine) -> list[dict[str, Any]]:
    found = machine.run("snapshots", "--json").report["snapshots"]
    assert isinstance(found, list)
    return found


def only_last(machine: Machine, count: int) -> None:
    zeros = [f"--{name}=0" for name in ("hourly", "daily", "weekly", "monthly", "yearly")]
    machine.run("keep", "set", "--last", str(count), *zeros)


def test_a_new_repository_has_careful_rules(machine: Machine) -> None:
    rules = machine.run("keep", "show", "--json").report["keep"]
    assert rules == {
        "on": True, "last": 10, "hourly": 24, "daily": 14, "weekly": 8, "monthly": 24, "yearly": 10,
        "within": "",
    }  # fmt: skip
    assert "one of each day, 14 of them" in machine.run("keep", "show").out


def test_a_backup_ends_with_old_snapshots_going(machine: Machine) -> None:
    only_last(machine, 2)
    done = machine.run("backup", "--json")
    steps = [event["step"] for event in done.events if event["event"] == "step"]
    assert "tidy" in steps
    back_up(machine, 3)
    assert len(snapshots(machine)) == 2
    machine.run("verify")


def test_settings_from_before_there_were_rules_remove_nothing(machine: Machine) -> None:
    (file,) = machine.home.rglob("settings.toml")
    text = file.read_text()
    start = text.index("[keep]")
    end = text.index("\n\n", start) if "\n\n" in text[start:] else len(text)
    file.write_text(text[:start] + text[end:])
    assert machine.run("keep", "show", "--json").report["keep"]["on"] is False  # type: ignore[index]
    back_up(machine, 3)
    assert len(snapshots(machine)) == 3


def test_a_pinned_snapshot_stays_whatever_the_rules_say(machine: Machine) -> None:
    first = back_up(machine)["snapshot"]["id"]
    machine.run("pin", first)
    only_last(machine, 1)
    back_up(machine, 2)
    tags = [each["tags"] for each in snapshots(machine)]
    assert sorted(map(tuple, tags)) == [(), ("pinned",)]


def test_two_machines_of_one_name_in_one_repository_keep_their_own(
    machine: Machine, tmp_path: Path
) -> None:
    other = Machine(tmp_path / "other")
    other.folder.mkdir()
    told = ("--password-file", machine.recovery)
    other.run(*told, "init", "--join", machine.repository)
    other.add("charts", {"b.txt": b"2"})
    for each in (machine, other):
        only_last(each, 1)
        back_up(each, 2)
    found = snapshots(machine)
    assert len({tuple(each["paths"]) for each in found}) == len(found) == 2
    assert other.run("keep", "preview", "--json").report["keep"] == 1
    old = json.loads(machine.run("key", "list", "--json").out.splitlines()[-1])["report"]["keys"]
    mine = next(key["id"] for key in old if key["in_use"])
    other.run("key", "remove", mine)  # it was this machine, before it was set up anew
    back_up(other)
    assert len(snapshots(other)) == 1


def test_a_snapshot_by_a_clock_that_was_ahead_does_not_take_the_place_of_each_new_one(
    machine: Machine,
) -> None:
    back_up(machine)
    key = Secret(machine.recovery.read_text().strip())
    repository = open_repository(LocalBackend(machine.repository), [key])
    (made,) = repository.snapshots(Recorder())
    repository.save_snapshot(replace(made.file, time="2099-01-01T00:00:00Z"))
    only_last(machine, 1)
    newest = back_up(machine)["snapshot"]["id"]
    found = {each["id"]: each["time"][:4] for each in snapshots(machine)}
    assert len(found) == 2
    assert found[newest] != "2099"


@pytest.mark.parametrize("empty", [True, False])
def test_the_last_snapshot_that_holds_a_source_stays_while_newer_ones_lack_it(
    machine: Machine, empty: bool
) -> None:
    """A drive that is away for as long as the rules go back took its last backup with it."""
    machine.add("notes", {"b.txt": b"2"})
    only_last(machine, 1)
    last = back_up(machine, 2)["snapshot"]["id"]
    charts = machine.folder / "charts"
    charts.rename(machine.folder / "drive")
    if empty:
        charts.mkdir()
    for _ in range(2):
        machine.run("backup", "--json", code=3)
        found = [each["id"] for each in snapshots(machine)]
        assert len(found) == 2
        assert last in found
    if empty:
        charts.rmdir()
    (machine.folder / "drive").rename(charts)
    back_up(machine)
    assert len(snapshots(machine)) == 1


def test_snapshots_of_other_machines_are_left_to_them(machine: Machine) -> None:
    machine.run("backup", "--host", "another", machine.folder / "charts")
    machine.run("backup", "--host", "another", machine.folder / "charts")
    only_last(machine, 1)
    back_up(machine, 2)
    hosts = sorted(each["host"] == "another" for each in snapshots(machine))
    assert hosts == [False, True, True]


def test_what_goes_here_goes_at_the_copy_too(machine: Machine) -> None:
    (machine.folder / "usb").mkdir()
    machine.run("copy", "add", "folder", machine.folder / "usb", "--name", "KEEP-1")
    back_up(machine, 3)
    only_last(machine, 1)
    back_up(machine)
    machine.run("copy", "sync")
    there = machine.run("--repository", "KEEP-1", "snapshots", "--json").report["snapshots"]
    assert len(there) == 1  # type: ignore[arg-type]


def test_rules_that_keep_nothing_are_refused(machine: Machine) -> None:
    zeros = [f"--{name}=0" for name in ("last", "hourly", "daily", "weekly", "monthly", "yearly")]
    assert machine.run("keep", "set", *zeros, "--json", code=2).error["id"] == "keep-nothing"
    machine.run("keep", "set", "--all")
    assert "Every snapshot is kept." in machine.run("keep", "show").out


def test_a_preview_shows_what_would_go_and_removes_nothing(machine: Machine) -> None:
    back_up(machine, 3)
    zeros = [f"--{name}=0" for name in ("hourly", "daily", "weekly", "monthly", "yearly")]
    report = machine.run("keep", "preview", "--last", "1", *zeros, "--json").report
    assert (len(report["remove"]), report["keep"]) == (2, 1)  # type: ignore[arg-type]
    assert len(snapshots(machine)) == 3
    assert "2 snapshots would go." in machine.run("keep", "preview", "--last", "1", *zeros).out


def test_the_backup_of_one_folder_does_not_take_the_place_of_the_days_backup(
    machine: Machine,
) -> None:
    whole = back_up(machine)["snapshot"]["id"]
    single = machine.run("backup", machine.folder / "charts", "--json").report["snapshot"]
    zeros = [f"--{name}=0" for name in ("hourly", "weekly", "monthly", "yearly")]
    rules = ("--last", "1", "--daily", "1", *zeros)
    report = machine.run("keep", "preview", *rules, "--json").report
    assert (report["remove"], report["keep"]) == ([], 2)
    machine.run("keep", "set", *rules)
    newest = back_up(machine)["snapshot"]["id"]
    assert isinstance(single, dict)
    assert {each["id"] for each in snapshots(machine)} == {single["id"], newest}
    assert whole not in {each["id"] for each in snapshots(machine)}


def test_a_preview_says_how_much_comes_back(machine: Machine) -> None:
    large = machine.folder / "charts" / "large.bin"
    large.write_bytes(os.urandom(3_000_000))
    back_up(machine)
    large.unlink()
    back_up(machine)
    zeros = [f"--{name}=0" for name in ("hourly", "daily", "weekly", "monthly", "yearly")]
    rules = ("keep", "preview", "--last", "1", *zeros)
    freed = machine.run(*rules, "--json").report["bytes"]
    assert isinstance(freed, int)
    assert 3_000_000 <= freed < 3_010_000
    assert "That frees 3.0 MB." in machine.run(*rules).out
    nothing = machine.run("keep", "preview", "--json").report
    assert (nothing["remove"], nothing["bytes"]) == ([], 0)


def test_a_week_later_the_place_is_given_back_in_the_same_step(machine: Machine) -> None:
    (machine.folder / "charts" / "large.bin").write_bytes(os.urandom(3_000_000))
    back_up(machine)
    (machine.folder / "charts" / "large.bin").unlink()
    history = next(machine.home.rglob("runs.jsonl"))
    began = [json.loads(line) for line in history.read_text().splitlines()]
    old = [{**run, "started": "2020-01-01T00:00:00Z"} for run in began]
    history.write_text("".join(json.dumps(run) + "\n" for run in old))
    only_last(machine, 1)
    done = machine.run("backup", "--json")
    steps = [event["step"] for event in done.events if event["event"] == "step"]
    assert steps == ["sources", "sources", "tidy", "tidy"]
    tidied = done.report["tidied"]
    assert isinstance(tidied, dict)
    assert (tidied["removed"], tidied["freed"] > 3_000_000) == (1, True)
    again = back_up(machine)["tidied"]
    assert (again["removed"], again["freed"]) == (1, None)


def test_a_first_backup_looks_for_nothing_to_prune(machine: Machine) -> None:
    assert back_up(machine)["tidied"] == {"removed": 0, "freed": None}


def test_all_of_a_length_of_time_is_kept(machine: Machine) -> None:
    only_last(machine, 1)
    rules = machine.run("keep", "set", "--within", "1y6m", "--json").report["keep"]
    assert isinstance(rules, dict)
    assert rules["within"] == "1y6m"
    assert "all of the last 1y6m" in machine.run("keep", "show").out
    back_up(machine, 3)
    assert len(snapshots(machine)) == 3
    assert machine.run("keep", "set", "--within", "soon", "--json", code=2).error["id"] == (
        "span-unreadable"
    )
    machine.run("keep", "set", "--within", "0d")
    back_up(machine)
    assert len(snapshots(machine)) == 1


def test_a_length_of_time_alone_is_a_rule(machine: Machine) -> None:
    names = ("last", "hourly", "daily", "weekly", "monthly", "yearly")
    machine.run("keep", "set", "--within", "1h", *[f"--{name}=0" for name in names])
    back_up(machine, 2)
    assert len(snapshots(machine)) == 2


def test_a_length_of_time_that_nobody_understands_is_a_mistake_in_the_settings(
    machine: Machine,
) -> None:
    (file,) = machine.home.rglob("settings.toml")
    file.write_text(file.read_text().replace('within = ""', 'within = "soon"'))
    assert 'as "14d"' in machine.run("keep", "show", code=1).err


def test_a_backup_that_is_killed_while_it_tidies_leaves_everything_valid(machine: Machine) -> None:
    only_last(machine, 20)
    back_up(machine, 6)
    only_last(machine, 1)
    child = machine.start("backup", "--json")
    assert child.stdout is not None
    steps = (json.loads(line) for line in child.stdout)
    assert any(event.get("step") == "tidy" for event in steps)
    child.kill()
    child.communicate()
    assert len(snapshots(machine)) >= 1
    machine.run("verify")
    back_up(machine)
    assert len(snapshots(machine)) == 1
    machine.run("verify")


def test_an_ad_hoc_backup_does_not_tidy(machine: Machine) -> None:
    back_up(machine, 2)
    only_last(machine, 1)
    machine.run("backup", machine.folder / "charts")
    assert len(snapshots(machine)) == 3
