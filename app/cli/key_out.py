"""A recovery key on its way out: into a file that the user named, onto the terminal, or, for a
program that asks for it, as one event of its own on standard output.

    {"event":"key","kind":"recovery","id":"<64 hex>","key":"K7QM-2VXA-…"}

Never in a report: programs keep those.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from app.cli.events import write_event
from app.errors import WrongUsage
from app.messages import _
from app.secret import Secret

F = TypeVar("F", bound=Callable[..., object])


def recovery_options(command: F) -> F:
    """Adds `--recovery-out` and `--recovery-stdout`."""
    out = click.option(
        "--recovery-out",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Write the recovery key to this new file (mode 0600) instead of showing it.",
    )
    event = click.option(
        "--recovery-stdout",
        is_flag=True,
        help="With --json: print the recovery key as an event of its own.",
    )
    return out(event(command))


def refuse_report(*, as_json: bool, out: Path | None, to_stdout: bool) -> None:
    """With `--json` it must be said where the key is to go; raises `WrongUsage`."""
    if out is not None and to_stdout:
        raise WrongUsage("recovery-out-twice")
    if as_json and out is None and not to_stdout:
        raise WrongUsage("recovery-out-needed")


def hand_over(key: Secret, key_id: str, *, as_json: bool) -> None:
    """Show the key, this once."""
    if as_json:
        write_event({"event": "key", "kind": "recovery", "id": key_id, "key": key.reveal()})
        return
    click.echo(_("Recovery key, shown this once. Print it and keep it away from this computer:"))
    click.secho(f"\n    {key.reveal()}\n", bold=True)
