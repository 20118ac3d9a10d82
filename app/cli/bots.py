"""`tradekeep bots list|show|keys`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.text import local, number, table
from app.errors import WrongUsage
from app.messages import _, mark
from app.messages.joined import labelled

if TYPE_CHECKING:
    from app.settings.model import SourceSettings


@click.group()
def bots() -> None:
    """The bots that are backed up: what runs, what is open, which keys they hold.

    Example: tradekeep bots list
    """


@bots.command("list")
@json_option
@click.pass_obj
def list_all(context: Context, as_json: bool) -> int:
    """List the bots: version, whether they run, how many trades and orders they have open.

    Example: tradekeep bots list
    """

    def read(quiet: Quiet) -> dict[str, object]:
        from app.services.bots import list_bots

        return {"bots": list_bots(context.home, _bots(context, None), quiet)}

    return context.answer(as_json, read, _show_list)


@bots.command()
@click.argument("name")
@json_option
@click.pass_obj
def show(context: Context, name: str, as_json: bool) -> int:
    """Show what a backup would record of a bot now: what brings it back on another computer.

    Example: tradekeep bots show freqtrade
    """

    def read(quiet: Quiet) -> dict[str, object]:
        from app.services.bots import show_bot

        return show_bot(context.home, _bots(context, name)[0], quiet)

    return context.answer(as_json, read, _show_one)


@bots.command()
@click.argument("name", required=False)
@click.option(
    "--ask-exchange",
    is_flag=True,
    help="Sign in at the exchanges with these keys, to learn what they may do.",
)
@json_option
@click.pass_obj
def keys(context: Context, name: str | None, ask_exchange: bool, as_json: bool) -> int:
    """Name the API keys in bots' configurations. No key is shown, only its last four characters.

    Example: tradekeep bots keys freqtrade --ask-exchange
    """

    def read(quiet: Quiet) -> dict[str, object]:
        from app.services.bot_keys import bot_keys

        chosen = _bots(context, name)
        return {"keys": bot_keys(context.home, chosen, quiet, ask_exchange=ask_exchange)}

    return context.answer(as_json, read, _show_keys)


def _bots(context: Context, name: str | None) -> list[SourceSettings]:
    from app.services.bot_keys import bots_of
    from app.services.taking import source_named

    found = bots_of(context.home)
    if name is None:
        return found
    source = source_named(context.home, name)
    if source not in found:
        raise WrongUsage("bot-is-a-folder", name=source.name)
    return [source]


# --- as text ---------------------------------------------------------------------------------


def _show_list(report: dict[str, object]) -> None:
    told = report["bots"]
    assert isinstance(told, list)
    if not told:
        click.echo(_("No bot is backed up yet. Find bots with: tradekeep source detect"))
        return
    head = (_("Name"), _("Bot"), _("Version"), _("Runs now"), _("Trades open"), _("Orders open"))
    table(head, [_row(each) for each in told], right=frozenset({4, 5}))


def _row(told: Mapping[str, Any]) -> tuple[str, ...]:  # Any: the report as JSON has it
    return (
        told["source"],
        told["name"],
        told["version"] or "–",
        _("yes") if told["running"] else _("no"),
        "–" if told["trades"] is None else number(told["trades"]),
        "–" if told["orders"] is None else number(told["orders"]),
    )


_PARTS = {
    "images": mark("Images"),
    "compose": mark("Compose files"),
    "units": mark("Units"),
    "crontab": mark("Crontab"),
    "python": mark("Python"),
    "checkouts": mark("Checkouts"),
    "beyond": mark("Beyond its files"),
}


def _show_one(report: dict[str, object]) -> None:
    capsule = report["capsule"]
    assert isinstance(capsule, dict)
    _show_list({"bots": [report]})
    for place in capsule["open"]:
        for each in place["records"]:
            words = _("Open in {database}: {what} {id}, {pair}, {side}, {amount}, since {opened}")
            fields = {**each, "what": _kinds()[each["what"]], "opened": local(each["opened"])}
            click.echo(words.format(database=place["database"], **_without(fields)))
    for part, title in _PARTS.items():
        for each in capsule[part]:
            said = each if isinstance(each, str) else _line(each)
            click.echo(labelled(_(title), said))


def _kinds() -> dict[str, str]:
    return {"trade": _("trade"), "order": _("order")}


def _without(told: Mapping[str, object]) -> dict[str, object]:
    """Empty fields as a dash."""
    return {name: value or "–" for name, value in told.items()}


def _line(told: Mapping[str, Any]) -> str:
    detail = told.get("version") or told.get("commit") or ""
    return f"{told['path']} {detail}".rstrip()


def _show_keys(report: dict[str, object]) -> None:
    told = report["keys"]
    assert isinstance(told, list)
    if not told:
        click.echo(_("No API key was found in the configurations of the bots."))
        return
    head = (_("Name"), _("File"), _("Exchange"), _("Key"), _("May"), _("Asked"))
    table(head, [_key(each) for each in told], right=frozenset())


def _key(told: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        told["source"],
        told["file"],
        told["exchange"] or "–",
        _("encrypted") if told["encrypted"] else f"…{told['tail']}",
        _may(told["rights"]),
        local(told["rights_checked"]),
    )


def _may(rights: Mapping[str, bool] | None) -> str:
    if rights is None:
        return "–"
    if rights["withdraw"]:
        return _("withdraw money")
    return _("trade") if rights["trade"] else _("read only")
