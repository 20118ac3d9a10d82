"""The desk by itself: what a browser's misfortunes do to the lines."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from app.cli.desk import Desk
from app.cli.inbox import LONGEST, Inbox, Odd
from app.errors import AppError
from app.monitor import Problem
from app.services.browse import Browser, Listener

Script = Callable[[Listener], dict[str, object]]


class Answers:
    """A browser that does what a test says."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = iter(scripts)
        self.to_do = self.idled = 0

    def idle(self) -> bool:
        self.idled += 1
        return self.idled <= self.to_do

    def answer(self, question: object, listener: Listener) -> dict[str, object]:
        return next(self._scripts)(listener)


class Pipe:
    """Both ends of an inbox."""

    def __init__(self) -> None:
        read, self._write = os.pipe()
        self.read = read
        self.inbox = Inbox(read)

    def say(self, *lines: dict[str, object]) -> None:
        for line in lines:
            os.write(self._write, json.dumps(line).encode() + b"\n")

    def write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._write, data) :]

    def end(self) -> None:
        os.close(self._write)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    os.close(pipe.read)


def run(pipe: Pipe, *scripts: Script, lives: bool = True) -> list[dict[str, Any]]:
    """Everything that was said about two searches, to the end of input."""
    said: list[dict[str, Any]] = []
    browser = cast("Browser", Answers(*scripts))
    pipe.say({"id": 1, "do": "history"}, {"id": 2, "do": "search", "pattern": "x"})
    pipe.end()
    reason = Desk(browser, pipe.inbox, said.append, lambda: lives).run(60)
    assert reason == ("end" if lives else "parent")
    return said


def raising(error: Exception) -> Script:
    def script(listener: Listener) -> dict[str, object]:
        listener.row({"path": "/a"})
        raise error

    return script


def test_our_bug_in_one_answer_does_not_end_the_others(
    pipe: Pipe, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = run(pipe, raising(KeyError("oh")), lambda _: {"found": 0})
    assert (first["id"], first["error"]["id"], first["more"]) == (1, "our-bug", False)
    assert second == {"id": 2, "found": 0, "more": False}
    assert "KeyError" in capsys.readouterr().err


def test_an_error_comes_after_the_rows_that_were_found(pipe: Pipe) -> None:
    rows, error, _ = run(pipe, raising(AppError("cancelled")), lambda _: {})
    assert rows == {"id": 1, "rows": [{"path": "/a"}], "more": True}
    assert (error["error"]["id"], error["more"]) == ("cancelled", False)


def test_a_problem_comes_at_once_and_more_follows(pipe: Pipe) -> None:
    def script(listener: Listener) -> dict[str, object]:
        listener.problem(Problem("folder-lost", {"path": "/a", "reason": "x"}))
        return {}

    problem, last, _ = run(pipe, script, lambda _: {})
    assert (problem["problem"]["id"], problem["more"]) == ("folder-lost", True)
    assert last["more"] is False


def test_rows_go_out_in_lines_of_at_most_100(pipe: Pipe) -> None:
    def script(listener: Listener) -> dict[str, object]:
        for number in range(1234):
            listener.row({"number": number})
        return {}

    said = [line for line in run(pipe, script, lambda _: {}) if line["id"] == 1]
    assert max(len(line.get("rows", ())) for line in said) <= 100
    found = [row["number"] for line in said for row in line.get("rows", ())]
    assert found == list(range(1234))


def test_nothing_is_answered_to_nobody(pipe: Pipe) -> None:
    assert all(line.get("cancelled") for line in run(pipe, lives=False))


def test_a_line_in_pieces_is_one_line_and_a_long_one_is_passed_over(pipe: Pipe) -> None:
    pipe.write(b'{"a"')
    pipe.write(b":1}\n" + b"x" * (LONGEST + 70_000))
    pipe.write(b"x" * 100 + b"\nshort\nlast")
    pipe.end()
    heard = []
    while not heard or heard[-1] is not Odd.END:
        heard.append(pipe.inbox.take(5))
    assert heard == [b'{"a":1}', Odd.TOO_LONG, b"short", b"last", Odd.END]


def test_a_moment_in_which_nobody_asks_is_used_and_a_question_goes_first(pipe: Pipe) -> None:
    said: list[dict[str, object]] = []
    order: list[str] = []

    def script(_listener: Listener) -> dict[str, object]:
        order.append("answered")
        return {}

    class Ahead(Answers):
        def idle(self) -> bool:
            order.append("idle")
            if len(order) == 2:
                pipe.say({"id": 2, "do": "places"})
                time.sleep(0.2)  # until the reading thread has it
            return super().idle()

    browser = Ahead(script, script)
    browser.to_do = 5
    pipe.say({"id": 1, "do": "places"})
    desk = Desk(browser, pipe.inbox, said.append, lambda: True)
    while not pipe.inbox._heard.qsize():
        time.sleep(0.01)
    assert desk.run(0.3) == "idle"
    assert order[:4] == ["answered", "idle", "answered", "idle"]
    assert order.count("idle") > browser.to_do
