"""What a child says, whatever way the bytes come in."""

from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.ui.protocol import (
    Done,
    Garbage,
    KeyMade,
    Lines,
    ProblemFound,
    Progressed,
    Started,
    StepChanged,
    Told,
    parse_line,
)

STREAM = (
    b'{"event":"started","protocol":1,"version":"0.1.0","job":"backup","run":"ab","time":'
    b'"2026-11-24T12:04:00Z","steps":["sources","copies"]}\n'
    b'{"event":"step","step":"sources","state":"running"}\n'
    b'{"event":"progress","step":"sources","phase":"read","done":5,"total":null,"unit":"bytes",'
    b'"items":2,"items_total":null,"item":"/x"}\n'
    b'{"event":"problem","id":"file-unreadable","params":{"path":"/x","reason":"r"},'
    b'"title":"t","hint":"h"}\n'
    b'{"event":"done","protocol":1,"outcome":"problems","exit_code":3,"seconds":1.5,'
    b'"problems":1,"report":{"a":1},"error":null}\n'
)
KINDS = [Started, StepChanged, Progressed, ProblemFound, Done]


def test_a_stream_becomes_events() -> None:
    events = Lines().feed(STREAM)
    assert [type(event) for event in events] == KINDS


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_lines_may_come_in_any_pieces(cuts: list[int]) -> None:
    lines = Lines()
    edges = [0, *sorted(cuts), len(STREAM)]
    events = [event for a, b in pairwise(edges) for event in lines.feed(STREAM[a:b])]
    assert [type(event) for event in events] == KINDS
    assert lines.end() == []


def test_a_last_line_without_its_ending_counts() -> None:
    lines = Lines()
    assert len(lines.feed(STREAM[:-1])) == 4
    assert [type(event) for event in lines.end()] == [Done]


@given(st.binary(max_size=300))
def test_rubbish_is_kept_as_such_and_raises_nothing(data: bytes) -> None:
    lines = Lines()
    for event in (*lines.feed(data + b"\n"), *lines.end()):
        assert event is not None


def test_rubbish_between_events_changes_nothing() -> None:
    events = Lines().feed(b"Gtk-WARNING: hm\n" + STREAM)
    assert isinstance(events[0], Garbage)
    assert [type(event) for event in events[1:]] == KINDS


def test_events_and_fields_of_a_later_version_are_passed_over() -> None:
    assert parse_line(b'{"event":"weather","sun":true}') is None
    event = parse_line(b'{"event":"step","step":"sources","state":"done","mood":"good"}')
    assert isinstance(event, StepChanged)


def test_a_line_without_end_does_not_fill_the_memory() -> None:
    lines = Lines()
    for _ in range(6):
        lines.feed(b"x" * (1 << 20))
    assert [type(event) for event in lines.feed(STREAM)][-1] is Done


def test_a_known_problem_is_said_by_this_window_and_an_unknown_one_by_the_child() -> None:
    known = Told("file-vanished", {"path": "/x"}, "from the child", "")
    assert known.sentence.title == "/x vanished while the backup ran."
    assert Told("from-the-future", {}, "New trouble.", "Do this.").sentence.title == "New trouble."
    assert json.loads(json.dumps({"id": "x"}))["id"] in Told("x").sentence.title


def test_a_key_that_a_child_says_is_held_as_a_secret_and_never_as_text() -> None:
    line = b'{"event":"key","kind":"recovery","id":"ab","key":"K7QM-2VXA"}'
    event = parse_line(line)
    assert isinstance(event, KeyMade)
    assert event.key.reveal() == "K7QM-2VXA"
    assert "K7QM" not in repr(event)
    assert parse_line(line[:-12]) == Garbage("")
