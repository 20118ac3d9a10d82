"""Times and tables for a terminal; numbers come from `app.messages.amounts`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from unicodedata import category, east_asian_width

import click

from app.messages import _, mark
from app.messages.numbers import count

_COMMANDS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_COPY_STATES = {
    "ok": mark("up to date"),
    "behind": mark("behind"),
    "never": mark("empty"),
    "away": mark("away"),
    "bare": mark("not mounted"),
    "other": mark("another copy is there"),
}


_JOBS = {
    "backup": mark("backup"),
    "sync": mark("sync"),
    "verify": mark("verify"),
    "drill": mark("drill"),
    "restore": mark("restore"),
    "rollback": mark("rollback"),
    "pull": mark("pull"),
    "forget": mark("forget"),
    "prune": mark("prune"),
    "repair": mark("repair"),
    "rekey": mark("rekey"),
}
_OUTCOMES = {
    "ok": mark("ok"),
    "problems": mark("problems"),
    "failed": mark("failed"),
    "cancelled": mark("stopped"),
}


def local(text: str | None) -> str:
    """An RFC 3339 time in this machine's zone, to the minute; a dash for none."""
    if not text:
        return "–"
    from app.repository.times import parse

    moment: datetime = parse(text).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M")


def job_name(job: str) -> str:
    """What a run did, in a word."""
    return _(_JOBS[job]) if job in _JOBS else job


def outcome(ended: str) -> str:
    """How a run ended, in a word."""
    return _(_OUTCOMES[ended]) if ended in _OUTCOMES else ended


def number(value: object) -> str:
    """A whole number of a report, grouped."""
    return count(int(str(value)))


def copy_state(copy: Mapping[str, object]) -> str:
    """The state of a copy in a word or two; a dash for one that was never looked at from here."""
    state = str(copy["state"])
    if state == "never" and copy["size"] is None:
        return "–"
    return _(_COPY_STATES[state])


def facts(*lines: tuple[str, str]) -> None:
    """A few named facts, one a line."""
    widest = max(width(name) for name, _fact in lines)
    for name, fact in lines:
        click.echo(f"{left(name, widest)}   {fact}")


def without_commands(text: str) -> str:
    """A text with its control, direction and line characters as escapes."""
    return "".join(_escaped(c) if category(c) in _COMMANDS else c for c in text)


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")


def width(text: str) -> int:
    """Columns that a text takes in a terminal: Chinese signs take two."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def left(text: str, columns: int) -> str:
    """A text with spaces behind it up to so many columns."""
    return text + " " * (columns - width(text))


def _right(text: str, columns: int) -> str:
    return " " * (columns - width(text)) + text


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: frozenset[int]) -> None:
    """A short table: text left, the columns in `right` right. Nothing is cut off. A machine's name
    or a tag in a stranger's snapshot may be anything, and must not command the terminal."""
    rows = [[without_commands(cell) for cell in row] for row in rows]
    widths = [max(width(line[at]) for line in (head, *rows)) for at in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        padded = (
            _right(cell, columns) if at in right else left(cell, columns)
            for at, (cell, columns) in enumerate(zip(cells, widths, strict=True))
        )
        return "  ".join(padded).rstrip()

    click.secho(line(head), bold=True)
    for row in rows:
        click.echo(line(row))
