"""`tradekeep problem`, end to end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Its last backup missed one of two sources."""
    machine = Machine(tmp_path).set_up()
    machine.add("Notes", {"a.txt": b"1"})
    machine.add("Charts", {"b.txt": b"2"})
    machine.run("backup")
    charts(machine).rename(machine.folder / "elsewhere")
    machine.run("backup", code=3)
    return machine


def charts(machine: Machine) -> Path:
    sources: Any = machine.run("status", "--json").report["sources"]
    return next(Path(each["path"]) for each in sources if each["name"] == "Charts")


def decided(machine: Machine) -> list[tuple[str, str]]:
    found: Any = machine.run("status", "--json").report["dealt"]
    return [(each["how"], each["why"]) for each in found]


def test_a_problem_is_accepted_for_as_long_as_it_is_met(machine: Machine) -> None:
    (problem,) = machine.run("problem", "list", "--json").report["problems"]  # type: ignore[misc]
    key = problem["key"]
    machine.run("problem", "accept", key, "--why", "moved to the attic")
    assert decided(machine) == [("accepted", "moved to the attic")]
    said = machine.run("problem", "list").out
    assert key in said
    assert "moved to the attic" in said
    machine.run("backup", code=3)
    assert decided(machine) == [("accepted", "moved to the attic")]
    (machine.folder / "elsewhere").rename(charts(machine))
    machine.run("backup")
    assert decided(machine) == []
    assert "met no problem" in machine.run("problem", "list").out


def test_a_problem_is_put_off_and_counted_again(machine: Machine) -> None:
    (problem,) = machine.run("problem", "list", "--json").report["problems"]  # type: ignore[misc]
    assert "shown again" in machine.run("problem", "remind", problem["key"]).out
    assert decided(machine) == [("put-off", "")]
    machine.run("problem", "reopen", problem["key"])
    assert decided(machine) == []


def test_a_key_that_is_no_problem_is_said_with_what_to_do(machine: Machine) -> None:
    for command in (["accept", "ffff", "--why", "x"], ["remind", "ffff"], ["reopen", "ffff"]):
        assert "tradekeep problem list" in machine.run("problem", *command, code=2).err
    (problem,) = machine.run("problem", "list", "--json").report["problems"]  # type: ignore[misc]
    error = machine.run("problem", "accept", problem["key"], "--why", " ", "--json", code=2).error
    assert error["id"] == "problem-why-missing"
