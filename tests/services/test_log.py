"""The log of a run: what stands in it, what must not, and that it never ends a run."""

from __future__ import annotations

import logging
import stat
from pathlib import Path

import pytest

from app.errors import AppError, Cancelled
from app.monitor import Problem, Progress, Recorder, Step
from app.repository.times import parse
from app.services.history import History, Job, Outcome
from app.services.log import KEPT, What, _Notes, in_general, logged, read
from app.services.run import Run, perform

SECRET = "hQ7dG3kL9mN2pR5tV8xZ1bC4"


class Display(Recorder):
    def started(self, record: object, steps: object) -> None: ...
    def step_began(self, step: object) -> None: ...
    def step_done(self, step: object, result: object) -> None: ...


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "data", tmp_path / "data" / "logs")


def new_run() -> Run:
    return Run(Job.BACKUP, [Step.SOURCES], Display())


def works(run: Run) -> dict[str, object]:
    with run.step(Step.SOURCES) as step:
        for done in range(5):
            run.progress(Progress(Step.SOURCES, "read", done, 4, items_total=5120))
        run.progress(Progress(Step.SOURCES, "index", 0, 1))
        run.problem(Problem("file-unreadable", {"path": "/a", "reason": "x"}))
        step.items = 5120
    return {}


def test_a_log_tells_what_a_run_did_in_its_order(history: History) -> None:
    run = new_run()
    perform(run, works, history=history)
    lines = read(history, run.record.run)
    told = [(line.what, line.step, line.phase) for line in lines]
    assert told == [
        (What.BEGAN, "", ""), (What.STEP, "sources", ""), (What.PHASE, "sources", "read"),
        (What.PHASE, "sources", "index"), (What.PROBLEM, "", ""), (What.DONE, "sources", ""),
        (What.ENDED, "", ""),
    ]  # fmt: skip
    assert [line.items for line in lines] == [None, None, 5120, None, None, 5120, None]
    assert lines[-1].text == "problems"
    times = [parse(line.time) for line in lines]  # as texts they need not sort: zeros are left out
    assert times == sorted(times)


def test_an_error_and_a_stop_stand_in_it(history: History) -> None:
    def fails(_run: Run) -> dict[str, object]:
        raise AppError("no-exchanges")

    def stops(_run: Run) -> dict[str, object]:
        raise Cancelled

    run = new_run()
    perform(run, fails, history=history)
    error, end = read(history, run.record.run)[-2:]
    assert error.told is not None
    assert (error.told.id, end.text) == ("no-exchanges", "failed")
    run = new_run()
    perform(run, stops, history=history)
    assert read(history, run.record.run)[-1].text == Outcome.CANCELLED.value


def test_where_our_own_code_broke_stands_in_it_without_a_secret(history: History) -> None:
    def breaks(_run: Run) -> dict[str, object]:
        raise ZeroDivisionError(f"at https://me:{SECRET}@example.com with {SECRET}")

    run = new_run()
    with pytest.raises(ZeroDivisionError):
        perform(run, breaks, history=history)
    text = read(history, run.record.run)[-1].text
    assert "in breaks" in text
    assert "ZeroDivisionError" in text
    assert SECRET not in text


def test_what_libraries_warn_of_stands_in_it_without_a_secret(history: History) -> None:
    def warns(_run: Run) -> dict[str, object]:
        logging.getLogger("somebody").warning("retry %d with key %s", 3, SECRET)
        logging.getLogger("somebody").info("not this")
        return {}

    run = new_run()
    before = list(logging.getLogger().handlers)
    perform(run, warns, history=history)
    notes = [line.text for line in read(history, run.record.run) if line.what is What.NOTE]
    assert notes == ["somebody: retry 3 with key ***"]
    assert logging.getLogger().handlers == before


def test_a_broken_format_string_of_a_library_breaks_nothing(history: History) -> None:
    with logged(history, "run") as log:
        record = logging.LogRecord("x", logging.WARNING, "", 1, "broken %d", ("format",), None)
        _Notes(log).emit(record)
        log.note("the next one")
    assert [line.text for line in read(history, "run")] == ["the next one"]


def test_a_log_is_private_and_its_size_has_an_end(history: History) -> None:
    def floods(run: Run) -> dict[str, object]:
        for number in range(20_000):
            run.problem(Problem("file-unreadable", {"path": f"/a/{number}", "reason": "x"}))
        return {}

    run = new_run()
    perform(run, floods, history=history)
    (file,) = (history.folder / "logs").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert file.stat().st_size < (1 << 20) + 200
    lines = read(history, run.record.run)
    assert lines[-1].what is What.CUT
    assert [line.what for line in lines].count(What.CUT) == 1


def test_old_logs_go(history: History) -> None:
    folder = history.folder / "logs"
    folder.mkdir(parents=True)
    for number in range(KEPT + 5):
        (folder / f"{number:04}.jsonl").write_bytes(b"")
    with logged(history, "new") as log:
        log.note("x")
    assert len(list(folder.iterdir())) == KEPT
    assert (folder / "new.jsonl").exists()


def test_a_log_that_cannot_be_written_ends_no_run(history: History) -> None:
    history.folder.mkdir()
    (history.folder / "logs").write_bytes(b"a file where the folder should be")
    run = new_run()
    assert perform(run, works, history=history).outcome is Outcome.PROBLEMS
    assert read(history, run.record.run) == []


def test_lines_that_are_none_are_passed_over(history: History) -> None:
    run = new_run()
    perform(run, works, history=history)
    (file,) = (history.folder / "logs").iterdir()
    whole = read(history, run.record.run)
    file.write_bytes(b'{"what":"dance"}\n\xff\n' + file.read_bytes() + b'{"time":"2026')
    assert read(history, run.record.run) == whole


def test_what_strangers_see_of_it_holds_nothing_that_was_filled_in(history: History) -> None:
    def names(run: Run) -> dict[str, object]:
        works(run)
        logging.getLogger("somebody").warning("Ellen")
        run.problem(Problem("file-unreadable", {"path": "/Ripley", "reason": "x"}))
        return {}

    run = Run(Job.SYNC, [], Display(), "Nostromo")
    perform(run, names, history=history)
    text = "\n".join(in_general(read(history, run.record.run)))
    assert "problem file-unreadable" in text
    assert "done sources 5120 items" in text
    assert text.endswith("ended problems")
    assert [word for word in ("Ellen", "Ripley", "Nostromo") if word in text] == []
