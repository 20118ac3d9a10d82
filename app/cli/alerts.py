"""`tradekeep alert add|list|set|test|remove`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from app.cli.context import Context, Quiet, at_terminal, json_option
from app.cli.text import local, table
from app.errors import WrongUsage
from app.messages import _
from app.messages.joined import listed
from app.secret import Secret
from app.settings.model import AlertOn

_LARGEST = 64 << 10
_USUAL = (AlertOn.FAILED, AlertOn.PROBLEMS, AlertOn.OVERDUE, AlertOn.RECOVERED)
_on = click.option(
    "--on",
    "on",
    multiple=True,
    type=click.Choice([each.value for each in AlertOn]),
    help="What it tells of; more than one may be given.",
)


@click.group()
def alert() -> None:
    """Messages about the backups: to a phone, by mail, to a chat; and a dead man's switch.

    Example: tradekeep alert list
    """


@alert.command("add")
@click.argument("name")
@_on
@click.option(
    "--silence",
    is_flag=True,
    help="A dead man's switch: an address that is called after every good backup.",
)
@click.option(
    "--address-stdin", is_flag=True, help="Take the address from standard input, its first line."
)
@json_option
@click.pass_obj
def add(
    context: Context,
    name: str,
    on: Sequence[str],
    silence: bool,
    address_stdin: bool,
    as_json: bool,
) -> int:
    """Add an alert. Its address is asked for and not shown: it is a secret, and is kept sealed.

    Addresses are those of apprise: ntfys://ntfy.sh/TOPIC, tgram://TOKEN/CHAT,
    mailtos://USER:PASSWORD@SERVER, that of a channel's webhook in Discord or Slack; any other
    https:// address is sent JSON. After every good backup a dead man's switch is called by its
    address, after one that failed with /fail behind it.

    Example: tradekeep alert add phone --on failed --on overdue
    """
    if silence and on:
        raise click.UsageError(_("A dead man’s switch is called after every backup, without --on."))

    def make(_quiet: Quiet) -> dict[str, object]:
        from app.services import alerts

        alerts.refuse_taken(context.home, name)
        address = _address(from_stdin=address_stdin)
        wanted = [AlertOn(each) for each in on] or _USUAL
        made = alerts.add(context.home, name, address, on=wanted, silence=silence)
        return {"name": made.name, "service": made.service, "silence": made.silence}

    def show(report: dict[str, object]) -> None:
        words = _("{name} is an alert now. Try it: tradekeep alert test {name}")
        click.echo(words.format(name=report["name"]))

    return context.answer(as_json, make, show)


def _address(*, from_stdin: bool) -> Secret:
    if from_stdin:
        typed = sys.stdin.buffer.readline(_LARGEST).decode("utf-8", "replace").strip()
    elif at_terminal():
        typed = click.prompt(_("Address (not shown)"), hide_input=True, err=True).strip()
    else:
        typed = ""
    if not typed:
        raise WrongUsage("alert-address-needed")
    return Secret(typed)


@alert.command("list")
@json_option
@click.pass_obj
def list_alerts(context: Context, as_json: bool) -> int:
    """List the alerts: where they go, what they tell of, when something was sent last.

    Example: tradekeep alert list
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.services.alerts import states

        return {"alerts": states(context.home)}

    return context.answer(as_json, read, _show)


def _show(report: dict[str, object]) -> None:
    found = report["alerts"]
    assert isinstance(found, list)
    if not found:
        click.echo(_("No alert yet. Add one: tradekeep alert add NAME"))
        return
    rows = [
        (each["name"], each["service"], tells(each), local(each["last_sent"])) for each in found
    ]
    table((_("Name"), _("Service"), _("Tells of"), _("Last sent")), rows, right=frozenset())
    show_failed(found)


def tells(alert: dict[str, object]) -> str:
    """What an alert tells of, in words."""
    if alert["silence"]:
        return _("dead man’s switch")
    words = {
        "failed": _("failed"),
        "problems": _("with problems"),
        "overdue": _("overdue"),
        "recovered": _("well again"),
        "weekly": _("weekly summary"),
    }
    on = alert["on"]
    assert isinstance(on, list)
    return listed(words[each] for each in on) or "–"


def show_failed(alerts: Sequence[dict[str, object]]) -> None:
    """Say of each alert that did not get through the last time why."""
    for each in alerts:
        error = each["last_error"]
        if isinstance(error, dict):
            click.echo(f"! {error['title']}", err=True)
            click.echo(f"  {error['hint']}", err=True)


@alert.command("set")
@click.argument("name")
@_on
@click.option("--off", is_flag=True, help="It tells of nothing until it is set again.")
@json_option
@click.pass_obj
def choose(context: Context, name: str, on: Sequence[str], off: bool, as_json: bool) -> int:
    """Choose anew what an alert tells of.

    Example: tradekeep alert set phone --on failed --on weekly
    """
    if off == bool(on):
        raise click.UsageError(_("Give --on, or --off."))

    def change(_quiet: Quiet) -> dict[str, object]:
        from app.services.alerts import choose

        changed = choose(context.home, name, [AlertOn(each) for each in on])
        return {"name": changed.name, "on": [each.value for each in changed.on]}

    return context.answer(as_json, change, lambda _report: click.echo(_("Saved.")))


@alert.command("test")
@click.argument("name")
@json_option
@click.pass_obj
def test(context: Context, name: str, as_json: bool) -> int:
    """Send a message now, or call the dead man's switch.

    Example: tradekeep alert test phone
    """

    def send(_quiet: Quiet) -> dict[str, object]:
        from app.services.alerts import test

        tried = test(context.home, name)
        return {"name": tried.name, "service": tried.service}

    def show(report: dict[str, object]) -> None:
        click.echo(_("Sent to {service}. Look whether it has arrived.").format(**report))

    return context.answer(as_json, send, show)


@alert.command("remove")
@click.argument("name")
@json_option
@click.pass_obj
def remove(context: Context, name: str, as_json: bool) -> int:
    """Remove an alert and forget its address.

    Example: tradekeep alert remove phone
    """

    def forget(_quiet: Quiet) -> dict[str, object]:
        from app.services.alerts import remove

        return {"name": remove(context.home, name).name}

    def show(report: dict[str, object]) -> None:
        click.echo(_("{name} is removed, and its address forgotten.").format(**report))

    return context.answer(as_json, forget, show)
