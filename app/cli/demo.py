"""`tradekeep demo`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from app.cli.context import Context, Quiet, json_option
from app.messages import _
from app.messages.amounts import duration


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("demo"))
@json_option
@click.pass_obj
def demo(context: Context, folder: Path, as_json: bool) -> int:
    """Try everything on sample data below FOLDER (./demo): nothing of yours is touched.

    A sample bot trades into its database while it is backed up, copied, verified, restored
    and compared.
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.demo.job import run_demo

        return run_demo(folder, _silent if as_json else _say)

    return context.answer(as_json, read, _show)


def _say(line: str) -> None:
    click.echo(f"{click.style('✓', fg='green')} {line}")


def _silent(_line: str) -> None:
    """The report has it all."""


def _show(report: dict[str, object]) -> None:
    environment = report["environment"]
    seconds = report["seconds"]
    assert isinstance(environment, dict)
    assert isinstance(seconds, float)
    settings = " ".join(f"{key}={shlex.quote(value)}" for key, value in environment.items())
    click.echo(_("Everything is as it must be. It took {time}.").format(time=duration(seconds)))
    click.echo()
    click.echo(_("Open the window on it:"))
    click.echo(f"  {settings} {shlex.quote(sys.executable)} -m app")
