"""The JSON stream (protocol 1, see `app.cli`) and control by lines and signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import IO

import pytest

from tests.cli.support import Machine

AT_ONCE = 2.0  # seconds within which a wish takes effect


@pytest.fixture
def busy(machine: Machine) -> Machine:
    """A machine whose backup takes a good while."""
    machine.set_up()
    machine.add("big", {f"{number}": os.urandom(24 << 20) for number in range(12)})
    return machine


def test_a_backup_begins_with_started_and_ends_with_done(ready: Machine) -> None:
    place = ready.folder / "usb"
    ready.run("copy", "add", "folder", place, "--name", "KEEP-1")
    events = ready.run("backup", "--json").events
    first, last = events[0], events[-1]
    assert (first["event"], first["protocol"], first["job"]) == ("started", 1, "backup")
    assert first["steps"] == ["sources", "copies", "tidy"]
    assert len(str(first["run"])) == 16
    steps = [(e["step"], e["state"]) for e in events if e["event"] == "step"]
    assert steps == [
        ("sources", "running"), ("sources", "done"), ("copies", "running"), ("copies", "done"),
        ("tidy", "running"), ("tidy", "done"),
    ]  # fmt: skip
    assert (last["event"], last["protocol"], last["outcome"], last["exit_code"]) == (
        "done", 1, "ok", 0,
    )  # fmt: skip
    report = last["report"]
    assert isinstance(report, dict)
    snapshot = report["snapshot"]
    assert set(snapshot) == {"id", "time", "host", "tags", "paths", "size"}
    assert len(snapshot["id"]) == 64
    assert snapshot["time"].endswith("Z")
    assert [(c["name"], c["outcome"]) for c in report["copies"]] == [("KEEP-1", "ok")]


def test_progress_comes_at_most_four_times_a_second_and_ends_complete(busy: Machine) -> None:
    begin = time.monotonic()
    events = busy.run("backup", "--json").events
    seconds = time.monotonic() - begin
    progress = [event for event in events if event["event"] == "progress"]
    assert 1 <= len(progress) <= 4 * seconds + 2
    last = progress[-1]
    assert last["done"] == last["total"]
    done = [int(str(event["done"])) for event in progress]
    assert done == sorted(done)


def test_a_failure_before_the_work_ends_with_done_too(machine: Machine) -> None:
    done = machine.run("backup", "--json", code=10)
    assert [event["event"] for event in done.events] == ["started", "done"]
    assert done.events[-1]["outcome"] == "failed"


def test_standard_output_holds_json_alone(ready: Machine) -> None:
    for command in (["backup"], ["snapshots"], ["status"], ["verify"], ["key", "list"], ["doctor"]):
        assert ready.run(*command, "--json").events[-1]["event"] == "done"


def test_a_problem_carries_id_parameters_and_the_sentence(ready: Machine) -> None:
    (ready.folder / "notes").rename(ready.folder / "away")
    ready.add("other", {"x": b"x"})
    done = ready.run("backup", "--json", code=3)
    (problem,) = (event for event in done.events if event["event"] == "problem")
    assert problem["id"] == "source-gone"
    assert problem["params"] == {"path": str(ready.folder / "notes")}
    assert str(ready.folder / "notes") in str(problem["title"])
    assert problem["hint"]


def test_a_source_with_nothing_in_it_is_a_problem_of_every_backup(ready: Machine) -> None:
    """The empty mount point of a drive that is not there was a backup that went well."""
    ready.run("backup")
    folder = ready.folder / "notes"
    folder.rename(ready.folder / "drive")
    folder.mkdir()
    ready.add("other", {"x": b"x"})
    for _ in range(2):
        done = ready.run("backup", "--json", code=3)
        (problem,) = (event for event in done.events if event["event"] == "problem")
        assert problem["id"] == "source-empty"
        assert problem["params"] == {"path": str(folder)}
    folder.rmdir()
    (ready.folder / "drive").rename(folder)
    ready.run("backup")


# --- control ---------------------------------------------------------------------------------


def _wait_for(process: subprocess.Popen[str], event: str) -> dict[str, object]:
    """Read on until an event of that kind comes."""
    assert process.stdout is not None
    for line in process.stdout:
        found: dict[str, object] = json.loads(line)
        if found["event"] == event:
            return found
    raise AssertionError(f"no {event} came")


def _say(process: subprocess.Popen[str], word: str) -> None:
    pipe: IO[str] | None = process.stdin
    assert pipe is not None
    pipe.write(word + "\n")
    pipe.flush()


def _sound_and_continued(machine: Machine) -> None:
    """The repository is valid, no lock is left, and a further backup gets through."""
    assert os.listdir(machine.repository / "locks") == []
    machine.run("verify", "--read-data")
    assert machine.run("backup", "--json").events[-1]["outcome"] == "ok"
    machine.run("verify", "--read-data")


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("cancel", "cancelled"),
        ("end", "ended-by-system"),
        (signal.SIGINT, "cancelled"),
        (signal.SIGTERM, "ended-by-system"),
    ],
)
def test_cancel_takes_effect_within_two_seconds(
    busy: Machine, how: str | signal.Signals, told: str
) -> None:
    process = busy.start("backup", "--json", "--control-stdin")
    _wait_for(process, "progress")
    begin = time.monotonic()
    if isinstance(how, signal.Signals):
        process.send_signal(how)
    else:
        _say(process, how)
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - begin < AT_ONCE
    assert process.returncode == 130, err
    last = json.loads(out.splitlines()[-1])
    assert (last["event"], last["outcome"], last["error"]["id"]) == (
        "done", "cancelled", told,
    )  # fmt: skip
    assert any(json.loads(line)["event"] == "stopping" for line in out.splitlines())
    runs = busy.run("status", "--json").report["runs"]
    assert isinstance(runs, list)
    assert runs[0]["outcome"] == "cancelled"
    _sound_and_continued(busy)


def test_pause_stops_all_work_and_resume_goes_on(busy: Machine) -> None:
    process = busy.start("backup", "--json", "--control-stdin")
    _wait_for(process, "progress")
    _say(process, "pause")
    begin = time.monotonic()
    _wait_for(process, "paused")
    assert time.monotonic() - begin < AT_ONCE
    before = _cpu_of_family(process.pid)
    time.sleep(1.0)
    assert _cpu_of_family(process.pid) - before < 0.2
    _say(process, "resume")
    _wait_for(process, "resumed")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out.splitlines()[-1])["outcome"] == "ok"


def _cpu_of_family(pid: int) -> float:
    """CPU seconds of a process and its children."""
    import psutil

    parent = psutil.Process(pid)
    family = [parent, *parent.children(recursive=True)]
    return float(sum(sum(each.cpu_times()[:2]) for each in family))


def test_cancel_while_paused(busy: Machine) -> None:
    process = busy.start("backup", "--json", "--control-stdin")
    _wait_for(process, "progress")
    _say(process, "pause")
    _wait_for(process, "paused")
    _say(process, "cancel")
    begin = time.monotonic()
    process.communicate(timeout=30)
    assert time.monotonic() - begin < AT_ONCE
    assert process.returncode == 130
    _sound_and_continued(busy)


def test_the_end_of_input_means_nothing(ready: Machine) -> None:
    done = ready.run("backup", "--json", "--control-stdin", stdin="")
    assert done.events[-1]["outcome"] == "ok"


def test_unknown_words_mean_nothing(ready: Machine) -> None:
    done = ready.run("backup", "--json", "--control-stdin", stdin="hello\n\ncancell\n")
    assert done.events[-1]["outcome"] == "ok"


@pytest.mark.parametrize("command", ["restore", "verify", "sync"])
def test_other_jobs_are_cancelled_as_quickly(busy: Machine, command: str) -> None:
    busy.run("backup")
    target = busy.folder / "t"
    arguments: dict[str, tuple[str | Path, ...]] = {
        "restore": ("restore", "latest", "--target", target),
        "verify": ("verify", "--read-data"),
        "sync": ("copy", "sync", "KEEP-1"),
    }
    busy.run("copy", "add", "folder", busy.folder / "usb", "--name", "KEEP-1")
    process = busy.start(*arguments[command], "--json", "--control-stdin")
    _wait_for(process, "progress")
    _say(process, "cancel")
    begin = time.monotonic()
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - begin < AT_ONCE
    assert process.returncode == 130, err
    assert not list(target.rglob("*.partial"))
    busy.run("verify", "--read-data")


def test_a_run_that_was_killed_is_recorded_as_failed(busy: Machine) -> None:
    process = busy.start("backup", "--json")
    _wait_for(process, "progress")
    process.kill()
    process.communicate()
    runs = busy.run("status", "--json").report["runs"]
    assert isinstance(runs, list)
    assert (runs[0]["outcome"], runs[0]["error"]["id"]) == ("failed", "run-killed")
    busy.run("backup")  # the lock of a dead process does not stop the next one
    busy.run("verify", "--read-data")


def test_a_reader_that_goes_away_does_not_look_like_a_bug(ready: Machine) -> None:
    ready.run("backup")
    command = " ".join(ready.command("ls", "latest", "-R"))
    done = subprocess.run(
        f"{command} | true", shell=True, env=ready.environment, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="needs a fifo")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_only_reads_ends_with_done_after_a_signal(
    ready: Machine, how: signal.Signals
) -> None:
    """It was killed without its last line, by SIGTERM even without exit code 130."""
    fifo = ready.folder / "fifo"
    os.mkfifo(fifo)
    process = ready.start("-r", ready.repository, "--password-file", fifo, "snapshots", "--json")
    with fifo.open("wb"):  # opens as soon as the command opens it
        time.sleep(0.3)  # and now it waits for its password
        process.send_signal(how)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    (last,) = map(json.loads, out.splitlines())
    assert (last["event"], last["outcome"], last["exit_code"]) == ("done", "cancelled", 130)
