"""What goes between processes, and what a person types or scans: events of children, words to a
job, questions to `browse`, choices of paths, recovery keys and the text of a kit's QR code."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from app.cli import first_lines
from app.cli.control import Control
from app.errors import AppError, Cancelled
from app.repository import recovery_key
from app.secret import Secret
from app.services.home import candidates
from app.services.kit import Kit, qr_text, read_qr
from app.services.questions import ListFolder, parse_question, path_bytes
from app.ui.protocol import Done, Lines
from app.ui.report import read_status
from app.ui.typed_key import TypedKey
from tests.fuzz.targets import Target, target

_EVENTS = (
    b'{"event":"started","protocol":1,"job":"backup","run":"ab","time":"2026-11-26T08:00:00Z",'
    b'"steps":["pull","sources"],"version":"1.0"}\n'
    b'{"event":"step","step":"sources","state":"began"}\n'
    b'{"event":"progress","step":"sources","done":1,"total":9,"unit":"bytes","items":1,"item":"/a"}\n'
    b'{"event":"problem","id":"file-unreadable","params":{"path":"/a","reason":"x"},"title":"t"}\n'
    b'{"event":"key","id":"ab","key":"K7QM-2VXA"}\n{"event":"paused"}\n'
    b'{"event":"done","outcome":"ok","exit_code":0,"seconds":1.5,"problems":0,"report":{"a":[1]},'
    b'"error":{"id":"x","params":{}}}\n'
)
_QUESTIONS = (
    b'{"do":"folder","id":1,"snapshot":"ab","path":"/home/me","start":0,"count":500}',
    b'{"do":"changes","id":6,"snapshot":"ab","path":"/home/me","against":"cd"}',
    b'{"do":"preview","id":2,"snapshot":"ab","path64":"L2hvbWUv/w==","bytes":65536}',
    b'{"do":"rows","id":3,"kind":"fills","account":"main","text":"BTC","since":1,"order":"id"}',
    b'{"do":"restore-plan","id":4,"snapshot":"ab","include":["/a"],"exclude":["base64:/w=="]}',
    b'{"do":"search","id":5,"pattern":"*.json","most":5000}', b'{"do":"cancel","id":1}',
)  # fmt: skip
_KEY = recovery_key.generate(lambda count: bytes(range(count)))
_KIT = Kit(_KEY, "ab" * 32, "cd" * 32, "/srv", "here", datetime(2026, 1, 1, tzinfo=UTC))


def _events(data: bytes, _folder: Path) -> None:
    """In pieces and at once: what is told must be the same."""
    whole, pieces = Lines(), Lines()
    told = whole.feed(data) + whole.end()
    again = [
        event for at in range(0, len(data), 1000) for event in pieces.feed(data[at : at + 1000])
    ]
    again += pieces.end()
    assert [type(each) for each in told] == [type(each) for each in again]
    for event in told:
        if hasattr(event, "sentence"):
            assert event.sentence.title
        if isinstance(event, Done):
            with suppress(ValueError):
                read_status(event.report)


def _from_stdin(read: Callable[[], object], data: bytes, _folder: Path) -> None:
    """Standard input, in the place of this process's own."""
    ours, theirs = os.pipe()
    before = os.dup(0)
    try:
        os.write(theirs, data[: 60 << 10])
        os.close(theirs)
        os.dup2(ours, 0)
        read()
    finally:
        os.dup2(before, 0)
        os.close(before)
        os.close(ours)


def _words() -> None:
    control = Control(sleep=lambda _seconds: control.resume())
    control.listen_to_stdin()
    with suppress(Cancelled):
        control.checkpoint()
        control.checkpoint()


def _question(data: bytes, _folder: Path) -> None:
    question = parse_question(data)
    if isinstance(question, ListFolder):
        assert isinstance(question.inside, bytes)


def _choice() -> None:
    choice = first_lines.read_choice()
    for path in (*choice.include, *choice.exclude):
        path_bytes(path)


def _typed(data: bytes, _folder: Path) -> None:
    text = data.decode("utf-8", "surrogateescape")
    typed = TypedKey()
    typed.type(0, text)
    for number in range(recovery_key.GROUPS):
        typed.state(number)
    recovery_key.looks_like(text)
    with suppress(AppError):
        candidates(text)
    assert isinstance(recovery_key.parse(text), Secret)


def _scanned(data: bytes, _folder: Path) -> None:
    """What a picture's QR code says."""
    read_qr(Secret(data.decode("utf-8", "surrogateescape")))


def targets() -> list[Target]:
    choice = b'{"include":["/a","base64:L2E="],"exclude":[]}\nmore'
    key, qr = _KEY.reveal().encode(), qr_text(_KIT).reveal().encode()
    refused = (AppError,)
    return [
        target("events", [_EVENTS], _events),
        target("control", [b"pause\nresume\ncancel\n", b"end"], partial(_from_stdin, _words)),
        target("questions", _QUESTIONS, _question, refused),
        target("choice", [choice], partial(_from_stdin, _choice), refused),
        target(
            "password-line", [key + b"\n"], partial(_from_stdin, first_lines.read_password), refused
        ),
        target("kit-qr", [qr], _scanned, refused, text=False),
        target("recovery-key", [key, key.lower(), qr], _typed, refused, text=False),
    ]
