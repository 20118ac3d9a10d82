"""The reading child: answers by number, and every way it can end meanwhile."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QProcess
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.secret import Secret
from app.ui.reader import Answer, Reader, _Open

FAKE = Path(__file__).with_name("fake_browse.py")
Make = Callable[..., Reader]


@pytest.fixture
def make_reader(qtbot: QtBot, tmp_path: Path) -> Iterator[Make]:
    made: list[Reader] = []
    owner = QObject()

    def make(
        answers: dict[str, object] | None = None, secret: Secret | None = None, **more: object
    ) -> Reader:
        script = tmp_path / "script.json"
        script.write_text(json.dumps({"answers": answers or {}, **more}))
        command = [sys.executable, str(FAKE), str(script)]
        made.append(Reader(command, secret=secret, parent=owner))
        return made[-1]

    yield make
    for reader in made:
        reader.stop()
    qtbot.waitUntil(lambda: not owner.findChildren(QProcess), timeout=10_000)


class Heard:
    """What came of one question."""

    def __init__(self, reader: Reader, do: str) -> None:
        self.answers: list[Answer] = []
        self.ticket = reader.ask({"do": do}, self.answers.append)

    def over(self) -> bool:
        return bool(self.answers) and not self.answers[-1].more


def test_rows_come_as_they_are_found_and_the_end_says_so(make_reader: Make, qtbot: QtBot) -> None:
    lines = [{"rows": [{"path": "/a"}], "more": True}, {"found": 1, "more": False}]
    heard = Heard(make_reader({"search": lines}), "search")
    qtbot.waitUntil(heard.over, timeout=10_000)
    first, last = heard.answers
    assert (list(first.rows), first.more) == ([{"path": "/a"}], True)
    assert (last.last["found"], last.more, last.error) == (1, False, None)


def test_answers_find_their_questions(make_reader: Make, qtbot: QtBot) -> None:
    reader = make_reader({"stat": [{"n": 1, "more": False}], "places": [{"n": 2, "more": False}]})
    one, two = Heard(reader, "stat"), Heard(reader, "places")
    qtbot.waitUntil(lambda: one.over() and two.over(), timeout=10_000)
    assert (one.answers[-1].last["n"], two.answers[-1].last["n"]) == (1, 2)


def test_a_child_that_dies_ends_every_open_question_with_a_sentence(
    make_reader: Make, qtbot: QtBot
) -> None:
    reader = make_reader({"stat": [{"wait": True}], "places": [{"crash": True}]})
    one, two = Heard(reader, "stat"), Heard(reader, "places")
    qtbot.waitUntil(lambda: one.over() and two.over(), timeout=10_000)
    for heard in (one, two):
        error = heard.answers[-1].error
        assert error is not None
        assert error.id == "window-reader-gone"


def test_the_next_question_starts_a_new_child(make_reader: Make, qtbot: QtBot) -> None:
    reader = make_reader({"stat": [{"n": 1, "more": False}], "places": [{"crash": True}]})
    gone = Heard(reader, "places")
    qtbot.waitUntil(gone.over, timeout=10_000)
    again = Heard(reader, "stat")
    qtbot.waitUntil(again.over, timeout=10_000)
    assert again.answers[-1].last["n"] == 1


def test_a_question_that_met_a_child_ending_idle_is_asked_again(
    make_reader: Make, qtbot: QtBot
) -> None:
    heard = Heard(make_reader({"stat": [{"n": 1, "more": False}]}, once=True), "stat")
    qtbot.waitUntil(heard.over, timeout=10_000)
    assert heard.answers[-1].last["n"] == 1


def test_a_repository_that_cannot_be_opened_says_why(make_reader: Make, qtbot: QtBot) -> None:
    refusal = {"id": "keyring-locked", "params": {}, "title": "t", "hint": "h"}
    heard = Heard(make_reader(refusal=refusal), "snapshots")
    qtbot.waitUntil(heard.over, timeout=10_000)
    error = heard.answers[-1].error
    assert error is not None
    assert error.id == "keyring-locked"


def test_nothing_is_told_of_a_question_that_was_taken_back(
    make_reader: Make, qtbot: QtBot, tmp_path: Path
) -> None:
    reader = make_reader({"search": [{"wait": True}], "stat": [{"n": 1, "more": False}]})
    search = Heard(reader, "search")
    search.ticket.cancel()
    stat = Heard(reader, "stat")
    qtbot.waitUntil(stat.over, timeout=10_000)
    assert search.answers == []
    asked = [json.loads(line) for line in (tmp_path / "script.asked").read_text().splitlines()]
    assert [each["do"] for each in asked] == ["search", "cancel", "stat"]
    assert asked[0]["id"] == asked[1]["id"]


def test_a_typed_key_goes_first_and_only_through_the_pipe(
    make_reader: Make, qtbot: QtBot, tmp_path: Path
) -> None:
    reader = make_reader({"stat": [{"n": 1, "more": False}]}, secret=Secret("AAAA-BBBB"))
    heard = Heard(reader, "stat")
    qtbot.waitUntil(heard.over, timeout=10_000)
    lines = (tmp_path / "script.asked").read_text().splitlines()
    assert lines[0] == "AAAA-BBBB"
    assert "AAAA" not in repr(reader.__dict__)


def test_an_answer_for_a_page_that_is_gone_is_not_heard(qapp: object) -> None:
    heard: list[Answer] = []

    class Page(QObject):
        def hear(self, answer: Answer) -> None:
            heard.append(answer)

    reader, page = Reader(["/nonexistent"]), Page()
    reader._open[1] = _Open(page.hear, b"")
    reader._answered(1, {"more": True})
    assert len(heard) == 1
    delete(page)
    reader._answered(1, {"more": True})
    reader._answered(1, {"more": False})
    assert len(heard) == 1
    assert not reader._open
