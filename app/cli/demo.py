"""`tradekeep demo`."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from app.cli.context import Context, Quiet, json_option
from app.errors import WrongUsage
from app.messages import _
from app.messages.amounts import duration
from app.settings.program import child

_PATIENCE = 60  # seconds


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("demo"))
@click.option("--remove", is_flag=True, help="Remove what a demo made in FOLDER, without trace.")
@click.option(
    "--wait-for",
    metavar="PID",
    type=click.IntRange(min=2),
    help="With --remove: wait until this process, which works on the demo, has ended.",
)
@json_option
@click.pass_obj
def demo(context: Context, folder: Path, remove: bool, wait_for: int | None, as_json: bool) -> int:
    """Try everything on sample data below FOLDER (./demo): nothing of yours is touched.

    A sample bot trades into its database while it is backed up, copied, verified, restored
    and compared.

    Example: tradekeep demo
    """

    def take_away(_quiet: Quiet) -> dict[str, object]:
        from app.demo.job import remove_demo

        if wait_for is not None:
            _wait_for(wait_for)
        remove_demo(folder)
        return {"removed": str(folder)}

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.demo.job import run_demo

        return run_demo(folder, _silent if as_json else _say)

    if remove:
        return context.answer(as_json, take_away, _show_removed)
    return context.answer(as_json, read, _show)


def _wait_for(pid: int) -> None:
    import psutil

    try:
        psutil.Process(pid).wait(_PATIENCE)
    except psutil.NoSuchProcess:
        return
    except psutil.TimeoutExpired:
        raise WrongUsage("demo-in-use", pid=pid) from None


def _show_removed(report: dict[str, object]) -> None:
    click.echo(_("The sample data is gone: {folder}").format(folder=report["removed"]))


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
    click.echo(f"  {settings} {shlex.join(child())}")
