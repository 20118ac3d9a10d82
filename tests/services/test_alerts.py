"""What is told when: in this process, with a history that is made up and a server that is real."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from app.monitor import Problem
from app.repository.times import rfc3339
from app.secret import Secret
from app.services import alerts, copies
from app.services.conditions import Conditions
from app.services.due import look
from app.services.history import Job, Outcome, RunRecord
from app.services.home import Home
from app.services.opening import keep_secrets, sealed_file
from app.settings.settings import AlertOn, CopySettings, add_copy
from tests.cli.support import Machine
from tests.services.alert_server import AlertServer


@pytest.fixture
def server() -> Iterator[AlertServer]:
    with AlertServer() as made:
        yield made


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return Machine(tmp_path_factory.mktemp("machine")).set_up()


@pytest.fixture
def home(machine: Machine) -> Home:
    """A computer that is set up, without alerts and without runs."""
    home = Home.find(machine.environment)
    for alert in home.settings.alerts:
        alerts.remove(home.fresh(), alert.name)
    home.paths.history_file.unlink(missing_ok=True)
    return home.fresh()


def test_what_is_removed_loses_its_secret_before_its_name(
    home: Home, server: AlertServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash in between leaves no secret that nothing names, and removing goes on then."""
    remote = CopySettings("Box", "webdav", "https://h/dav", "ab" * 8, user="me")
    add_copy(home.paths.settings_file, remote)
    keep_secrets(home, remote, {"password": Secret("hidden")})
    home = add(home.fresh(), server.check, silence=True)
    (alert,) = home.settings.alerts
    removals = ((copies, "remove_copy", copies.forget_copy, "Box"),
                (alerts, "remove_alert", alerts.remove, alert.name))  # fmt: skip
    for module, last, remove, name in removals:
        with monkeypatch.context() as crashing, pytest.raises(RuntimeError):
            crashing.setattr(module, last, lambda *_told: (_ for _ in ()).throw(RuntimeError))
            remove(home, name)
    assert sealed_file(home).accounts() == {}
    for _module, _last, remove, name in removals:
        remove(home, name)
    assert (home.fresh().settings.copies, home.fresh().settings.alerts) == ((), ())


def ran(home: Home, outcome: Outcome = Outcome.OK, job: Job = Job.BACKUP, **ago: float) -> None:
    began = rfc3339(datetime.now(UTC) - timedelta(**(ago or {"seconds": 5})))
    name = f"{len(home.history.runs()):08x}"
    home.history.end(RunRecord(run=name, job=job, started=began, seconds=1.0, outcome=outcome))


def add(home: Home, address: str, *on: AlertOn, silence: bool = False) -> Home:
    alerts.add(home, f"alert {len(address)}", Secret(address), on=on, silence=silence)
    return home.fresh()


def tell(home: Home) -> list[Problem]:
    found: list[Problem] = []
    alerts.tell(home, found.append)
    return found


def titles(server: AlertServer) -> list[str]:
    return [title.split(": ", 1)[1] for title, _text in server.received.hook]


def on_battery(percent: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = partial(look, around=lambda **_what: Conditions(percent))
    monkeypatch.setattr(alerts, "look_at_schedule", asked)


def test_a_backup_that_is_overdue_and_cannot_begin_is_told_once_until_one_was_made(
    home: Home, server: AlertServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(home, days=3)
    home = add(home, server.hook, *AlertOn)
    on_battery(None, monkeypatch)
    assert tell(home) == []
    assert titles(server) == []  # it begins in a moment
    on_battery(9, monkeypatch)
    tell(home)
    ran(home, job=Job.SYNC)
    tell(home)
    assert titles(server) == ["A backup is overdue"]
    assert "Last good backup" in server.received.hook[0][1]
    ran(home)
    tell(home)
    tell(home)
    assert titles(server) == ["A backup is overdue", "Backups are well again"]


def test_the_summary_names_each_copy_and_comes_with_the_state(
    home: Home, server: AlertServer, tmp_path: Path
) -> None:
    add_copy(home.paths.settings_file, CopySettings("KEEP-1", "folder", str(tmp_path), "0" * 16))
    home = add(home.fresh(), server.hook, *AlertOn)
    (alert,) = home.settings.alerts
    alerts._keep(home, {alert.id: alerts.Known(week="2020-01-06")})
    ran(home, Outcome.FAILED)
    tell(home)
    tell(home)
    assert titles(server) == ["Backup failed", "The week’s backups"]
    lines = server.received.hook[1][1].splitlines()
    assert lines[:2] == ["1 backup in seven days.", "1 failed."]
    assert lines[-1] == "KEEP-1 was never filled."


def test_two_runs_that_end_together_tell_it_once(home: Home, server: AlertServer) -> None:
    ran(home)
    home = add(home, server.hook, AlertOn.FAILED)
    ran(home, Outcome.FAILED)
    both = [threading.Thread(target=tell, args=(home.fresh(),)) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert titles(server) == ["Backup failed"]


def test_a_list_of_what_was_told_that_is_damaged_costs_a_message_at_most(
    home: Home, server: AlertServer
) -> None:
    ran(home, Outcome.FAILED)
    home = add(home, server.hook, AlertOn.FAILED)
    tell(home)
    home.paths.alerts_file.write_bytes(b"{torn")
    assert alerts.states(home)[0]["last_sent"] is None
    tell(home)
    tell(home)
    assert titles(server) == ["Backup failed"] * 2


def test_an_alert_that_came_from_another_computer_says_that_its_address_is_not_here(
    home: Home, server: AlertServer
) -> None:
    home = add(home, server.hook, AlertOn.FAILED)
    home.paths.sealed_file.unlink()
    ran(home, Outcome.FAILED)
    (problem,) = tell(home)
    assert problem.message_id == "alert-address-missing"
    assert str(home.settings.alerts[0].name) in problem.sentence.title


def test_without_the_key_to_the_addresses_nothing_breaks(home: Home, server: AlertServer) -> None:
    home = add(home, server.hook, AlertOn.FAILED)
    ran(home, Outcome.FAILED)
    locked = Home.find({**home.environment, "TRADEKEEP_PASSWORD_FILE": "/nonexistent/key"})
    assert len(tell(locked)) == 1
    assert titles(server) == []
    tell(home)
    assert titles(server) == ["Backup failed"]


def test_settings_that_cannot_be_written_leave_no_address_behind(
    home: Home, server: AlertServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_about: object) -> None:
        raise OSError(28, "No space left on device")

    before = home.paths.sealed_file.read_bytes() if home.paths.sealed_file.exists() else b""
    monkeypatch.setattr(alerts, "add_alert", fail)
    with pytest.raises(OSError, match="No space"):
        alerts.add(home, "phone", Secret(server.hook), on=(AlertOn.FAILED,), silence=False)
    kept = alerts._sealed(home).accounts() if before or home.paths.sealed_file.exists() else {}
    assert kept == {}
