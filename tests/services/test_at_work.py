"""Who is at work, after a process was killed, its number was taken, or its listener went."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from app.services.history import History, Job, Outcome, RunningRecord, RunRecord
from app.services.processes import _by_time, birth
from tests.cli.support import Machine


def at_work(pid: int, born: str) -> RunningRecord:
    return RunningRecord("ab12", Job.BACKUP, "2026-01-01T00:00:00Z", pid, born=born)


def test_a_run_that_was_killed_is_over_although_another_process_has_its_number(
    tmp_path: Path,
) -> None:
    """After a power cut numbers begin anew; else nothing would be due as long as that one lives."""
    history = History(tmp_path, tmp_path / "logs")
    history.begin(at_work(os.getpid(), "another boot 1234"))
    assert history.running() == []
    (run,) = history.runs()
    assert (run.outcome, run.error and run.error.id) == (Outcome.FAILED, "run-killed")


def test_a_run_of_this_process_is_at_work(tmp_path: Path) -> None:
    history = History(tmp_path, tmp_path / "logs")
    for born in (birth(os.getpid()), ""):  # one that was begun by an earlier version
        history.begin(at_work(os.getpid(), born))
        assert len(history.running()) == 1


def test_a_run_after_a_line_that_was_cut_off_is_recorded(tmp_path: Path) -> None:
    history = History(tmp_path, tmp_path / "logs")
    for run in ("first", "second"):
        ended = RunRecord(
            run=run, job=Job.VERIFY, started="2026-01-01T00:00:00Z", seconds=1, outcome=Outcome.OK
        )
        history.end(ended)
        with (tmp_path / "runs.jsonl").open("ab") as file:
            file.write(b'{"run":"torn","jo')
    assert [each.run for each in history.runs()] == ["second", "first"]


def test_processes_are_told_apart() -> None:
    for told in (birth, _by_time):
        assert told(os.getpid()) == told(os.getpid()) != ""
        assert told(os.getpid()) != told(1)


@pytest.mark.skipif(os.name == "nt", reason="pipes break otherwise there")
def test_a_backup_goes_on_when_the_window_that_began_it_is_killed(tmp_path: Path) -> None:
    machine = Machine(tmp_path).set_up()
    machine.add("notes", {f"{number}.bin": os.urandom(1 << 20) for number in range(20)})
    child = machine.start("backup", "--json", "--control-stdin")
    pipes = (child.stdin, child.stdout, child.stderr)
    assert child.stdout is not None
    started = msgspec.json.decode(child.stdout.readline())
    for pipe in pipes:
        assert pipe is not None
        pipe.close()
    child.wait(60)
    whole = machine.run("runs", started["run"], "--json").report
    assert (whole["outcome"], whole["error"]) == ("ok", None)
    assert len(machine.run("snapshots", "--json").report["snapshots"]) == 1  # type: ignore[arg-type]
