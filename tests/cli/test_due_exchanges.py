"""What of exchanges begins by itself: samples of all accounts, and a pull that was left out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.repository.times import rfc3339
from app.services.history import Job, Outcome, RunRecord, Told, now
from app.services.home import Home
from app.services.network import is_up
from tests.cli.exchange_support import Place, connect, sample_exchange
from tests.cli.support import Machine


@pytest.fixture
def place() -> Iterator[Place]:
    with sample_exchange(fills=5) as made:
        yield made


@pytest.fixture
def machine(tmp_path: Path, place: Place) -> Machine:
    """A computer with two accounts at the sample exchange."""
    made = Machine(tmp_path).set_up()
    connect(made, place)
    connect(made, place, name="other")
    return made


def backed_up(machine: Machine, *problems: str) -> None:
    """A backup of just now, without a pull."""
    record = RunRecord(
        run=os.urandom(8).hex(),
        job=Job.BACKUP,
        started=rfc3339(now() - timedelta(seconds=5)),
        seconds=1.0,
        outcome=Outcome.PROBLEMS if problems else Outcome.OK,
        problems=[Told(each, {}, "", "") for each in problems],
    )
    Home.find(machine.environment).history.end(record)


def test_all_accounts_are_sampled_and_not_only_the_first(machine: Machine) -> None:
    (settings,) = machine.home.rglob("settings.toml")
    exchange = 'exchange = "binanceusdm"\n'
    text = settings.read_text(encoding="utf-8")
    assert text.count(exchange) == 2
    text = text.replace(exchange, f"{exchange}sample_minutes = 15\n")
    settings.write_text(text, encoding="utf-8")
    backed_up(machine)
    assert machine.run("due", "--json").report["samples"] == ["main", "other"]
    done = machine.run("backup", "--if-due", "--json")
    assert done.events[0]["job"] == "pull"
    accounts = done.report["accounts"]
    assert isinstance(accounts, list)
    assert [each["name"] for each in accounts] == ["main", "other"]
    assert machine.run("due", "--json", code=4).report["samples"] == []


@pytest.mark.skipif(not is_up(), reason="there is no network here")
def test_a_pull_that_was_left_out_without_a_network_comes_with_the_next_look(
    machine: Machine,
) -> None:
    backed_up(machine, "network-not-up")
    assert machine.run("due", "--json").report["pull"] is True
    assert "Exchanges are to be asked" in machine.run("due").out
    done = machine.run("backup", "--if-due", "--json")
    assert done.events[0]["job"] == "pull"
    accounts = done.report["accounts"]
    assert isinstance(accounts, list)
    assert [each["outcome"] for each in accounts] == ["done", "done"]
    assert machine.run("due", "--json", code=4).report["pull"] is False


def test_a_pull_of_one_account_is_recorded_as_that(machine: Machine) -> None:
    machine.run("pull", "other", "--samples")
    machine.run("pull", "--samples")
    runs = machine.run("runs", "--json").report["runs"]
    assert isinstance(runs, list)
    assert [run["place"] for run in runs] == ["", "other"]
