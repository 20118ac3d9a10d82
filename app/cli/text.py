"""Times and tables for a terminal; numbers come from `app.messages.amounts`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click

from app.messages import _

_COPY_STATES = {
    "ok": "up to date",
    "behind": "behind",
    "never": "empty",
    "away": "away",
    "bare": "not mounted",
    "other": "another copy is there",
}


def local(text: str | None) -> str:
    """An RFC 3339 time in this machine's zone, to the minute; a dash for none."""
    if not text:
        return "–"
    from app.repository.times import parse

    moment: datetime = parse(text).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M")


def copy_state(state: str) -> str:
    """The state of a copy in a word or two."""
    return _(_COPY_STATES[state])


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: frozenset[int]) -> None:
    """A short table: text left, the columns in `right` right. Nothing is cut off."""
    widths = [max(len(line[at]) for line in (head, *rows)) for at in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return "  ".join(padded).rstrip()

    click.secho(line(head), bold=True)
    for row in rows:
        click.echo(line(row))
