"""A scheduled backup that begins before the network is up."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from app.backends.contract import Kind
from app.backends.memory import MemoryBackend
from app.errors import RepositoryLocked
from app.monitor import Recorder, Step, nothing
from app.repository import lock as locking
from app.repository.times import rfc3339
from app.services import network
from app.services.backup import BackupRequest, back_up_now
from app.services.history import Job, RunningRecord, now
from app.services.home import Home
from app.services.run import Run, StepResult
from app.settings.settings import (
    ExchangeSettings,
    SourceKind,
    SourceSettings,
    add_exchange,
    add_source,
)
from tests.repository.support import cheap_repository
from tests.services.exchange_home import home_at


class Shown(Recorder):
    """A display that shows nothing."""

    def started(self, _record: RunningRecord, _steps: Sequence[Step]) -> None:
        return None

    def step_began(self, _step: Step) -> None:
        return None

    def step_done(self, _step: Step, _result: StepResult) -> None:
        return None


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """With a folder to back up, and an account whose keys are not there."""
    home = home_at(tmp_path)
    folder = tmp_path / "charts"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"1")
    add_source(home.paths.settings_file, SourceSettings("charts", SourceKind.FOLDER, folder))
    add_exchange(home.paths.settings_file, ExchangeSettings("main", "binance"))
    return home.fresh()


def backed_up(home: Home, network_wait: float | None) -> tuple[bool, list[str]]:
    """Whether there was a pull, and what was missing. There is a snapshot in any case."""
    run = Run(Job.BACKUP, [], Shown())
    result = back_up_now(home, cheap_repository(), BackupRequest(network_wait=network_wait), run)
    assert ("charts", 1) in {(each.name, each.files) for each in result.backup.sources}
    return result.pull is not None, [problem.message_id for problem in run.problems]


def test_without_a_network_everything_else_is_saved_and_it_is_said(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = []

    def never(_monitor: object, seconds: float) -> bool:
        waited.append(seconds)
        return False

    monkeypatch.setattr(network, "wait_for_network", never)
    assert backed_up(home, 60.0) == (False, ["network-not-up"])
    assert waited == [60.0]


def test_with_a_network_and_for_a_person_exchanges_are_asked(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "wait_for_network", lambda _monitor, _seconds: True)
    pulled, problems = backed_up(home, 60.0)
    assert pulled
    assert "network-not-up" not in problems
    monkeypatch.setattr(network, "wait_for_network", lambda _monitor, _seconds: False)
    pulled, problems = backed_up(home, None)
    assert pulled
    assert "network-not-up" not in problems


class Elsewhere(MemoryBackend):
    """Behind a network, where other machines are."""

    is_local = False


def test_behind_a_network_a_backup_waits_for_another_machine_that_tidies_up(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = cheap_repository(Elsewhere())
    theirs = {"time": rfc3339(now()), "exclusive": True, "hostname": "elsewhere", "pid": 7}
    lock = repository.save_json(Kind.LOCK, json.dumps(theirs).encode())
    monkeypatch.setattr(locking, "_WAIT", 0.0)

    class Waiting(Run):
        waited = 0

        def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
            super().checkpoint(while_paused)
            if lock in [info.file for info in repository.backend.list(Kind.LOCK)]:
                self.waited += 1
                if self.waited == 3:
                    repository.backend.remove(lock)

    run = Waiting(Job.BACKUP, [], Shown())
    request = BackupRequest(pull=False, copies=False)
    assert back_up_now(home, repository, request, run).backup.snapshot
    assert run.waited == 3
    local, run = cheap_repository(), Waiting(Job.BACKUP, [], Shown())
    local.save_json(Kind.LOCK, json.dumps(theirs).encode())
    with pytest.raises(RepositoryLocked):
        back_up_now(home, local, request, run)
