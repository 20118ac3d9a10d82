"""`tradekeep service`: a timer of the operating system, for servers and for who quits the tray."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.context import Context, Quiet, json_option
from app.messages import _

if TYPE_CHECKING:
    from app.services.timer import Timer


@click.group()
def service() -> None:
    """Backups by a timer of the system, also without the tray.

    Example: tradekeep service install
    """


def _timer(context: Context) -> Timer:
    from app.services.timer import timer_for
    from app.settings.program import at_login

    home = Path(context.environment.get("HOME") or Path.home())
    return timer_for(sys.platform, at_login(), context.environment, home, context.home.paths.data)


@service.command()
@json_option
@click.pass_obj
def install(context: Context, as_json: bool) -> int:
    """Install the timer: it looks every few minutes whether something is due.

    Example: tradekeep service install
    """

    def write(_quiet: Quiet) -> dict[str, object]:
        from app.services import timer

        made = _timer(context)
        timer.install(made)
        files = [str(part.path) for part in made.parts]
        return {"files": files, "installed": True, "lingers": timer.lingers(made)}

    return context.answer(as_json, write, _show_installed)


def _show_installed(report: dict[str, object]) -> None:
    files = report["files"]
    assert isinstance(files, list)
    for file in files:
        click.echo(_("Written: {file}").format(file=file))
    if report["lingers"]:
        click.echo(_("Every five minutes it looks whether something is due."))
    else:
        words = _("Every five minutes it looks whether something is due, while you are logged in.")
        click.echo(words)
    _show_lingering(report["lingers"])
    click.echo(_("Away again with: tradekeep service remove"))


def _show_lingering(lingers: object) -> None:
    if sys.platform.startswith("linux") and not lingers:
        click.echo(_("Also while you are logged out, after: loginctl enable-linger"))


@service.command()
@json_option
@click.pass_obj
def remove(context: Context, as_json: bool) -> int:
    """Take the timer away.

    Example: tradekeep service remove
    """

    def write(_quiet: Quiet) -> dict[str, object]:
        from app.services import timer

        timer.remove(_timer(context))
        return {"installed": False}

    return context.answer(as_json, write, lambda _report: click.echo(_("The timer is gone.")))


@service.command()
@json_option
@click.pass_obj
def status(context: Context, as_json: bool) -> int:
    """Say whether the timer is installed.

    Example: tradekeep service status
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.services import timer

        made = _timer(context)
        files = [str(part.path) for part in made.parts]
        return {
            "installed": timer.is_installed(made),
            "files": files,
            "lingers": timer.lingers(made),
        }

    def show(report: dict[str, object]) -> None:
        words = _("The timer is installed.") if report["installed"] else _("There is no timer.")
        click.echo(words)
        if report["installed"]:
            _show_lingering(report["lingers"])

    return context.answer(as_json, read, show)
