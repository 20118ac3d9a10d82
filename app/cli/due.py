"""`tradekeep due`: is there something to be done now? Answered by the exit code, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.text import local
from app.messages import _, render
from app.messages.joined import listed, sentences

if TYPE_CHECKING:
    from app.services.due import Due

NOT_DUE = 4


@click.command()
@json_option
@click.pass_obj
def due(context: Context, as_json: bool) -> int:
    """Say whether something is due now: exit code 0 if it is, 4 if not. Needs no key.

    Example: tradekeep due && tradekeep backup
    """
    found: list[Due] = []

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.services.due import look
        from app.services.history import now

        found.append(look(context.home, now()))
        return found[0].as_json()

    code = context.answer(as_json, read, show_due)
    return code if not found or found[0].anything else NOT_DUE


def show_due(report: Mapping[str, object]) -> None:
    """Why something begins, or why nothing does."""
    waiting, owed, samples = report["waiting"], report["owed"], report["samples"]
    running = report["running"]
    assert isinstance(owed, list)
    assert isinstance(samples, list)
    if report["paused_until"]:
        click.echo(_("Paused until {when}.").format(when=local(str(report["paused_until"]))))
    elif isinstance(running, dict):
        since = local(str(running["started"]))
        click.echo(
            _("Process {pid} is at work since {when}; nothing else begins meanwhile.").format(
                pid=running["pid"], when=since
            )
        )
    elif isinstance(waiting, dict):
        click.echo(sentences((waiting["title"], waiting["hint"])))
    elif report["backup"]:
        slot = local(str(report["slot"]))
        click.echo(_("A backup is due since {when}.").format(when=slot))
    if owed:
        click.echo(_("Owed to: {names}").format(names=listed(owed)))
    if report["metered"]:
        click.echo(render("metered-network", {}).title)
    if report["pull"]:
        click.echo(_("Exchanges are to be asked: the last run left something for later."))
    if samples:
        click.echo(_("Balances to be looked at: {names}").format(names=listed(samples)))
    if report["drill"]:
        words = _("A restore is to be practised from {name}.")
        click.echo(words.format(name=report["drill"]))
    if report["due"]:
        return
    if report["retry"]:
        click.echo(_("Tried again at {when}.").format(when=local(str(report["retry"]))))
    elif report["next"]:
        click.echo(_("Nothing is due. Next: {when}").format(when=local(str(report["next"]))))
    else:
        click.echo(_("Nothing is due."))
