"""`tradekeep known-good`."""

from __future__ import annotations

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.text import local, table
from app.messages import _, plural


class _BotFirst(click.Group):
    """A group for which `known-good BOT SNAPSHOT` is `known-good set BOT SNAPSHOT`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = bool(args) and (args[0] in self.commands or args[0].startswith("-"))
        return super().resolve_command(ctx, args if known else ["set", *args])


@click.group(cls=_BotFirst)
def known_good() -> None:
    """Snapshots in which a bot is known to work well: the last one of each bot is never removed.

    Example: tradekeep known-good trend-btc latest
    """


@known_good.command("set")
@click.argument("bot")
@click.argument("snapshot")
@json_option
@click.pass_obj
def set_(context: Context, bot: str, snapshot: str, as_json: bool) -> int:
    """Call a snapshot known-good for a bot; the same as known-good BOT SNAPSHOT.

    Example: tradekeep known-good set trend-btc latest
    """

    def change(quiet: Quiet) -> dict[str, object]:
        from app.services.known_good import call_known_good

        return call_known_good(context.home, context.open(), bot, snapshot, quiet)

    return context.answer(as_json, change, _show_set)


def _show_set(report: dict[str, object]) -> None:
    snapshot = report["snapshot"]
    assert isinstance(snapshot, dict)
    words = _("Snapshot {id} of {time} is known-good for “{bot}”.")
    said = {"id": snapshot["id"][:8], "time": local(snapshot["time"]), "bot": report["bot"]}
    click.echo(words.format(**said))


@known_good.command("list")
@json_option
@click.pass_obj
def list_(context: Context, as_json: bool) -> int:
    """List the known-good snapshots, newest first.

    Example: tradekeep known-good list
    """

    def read(quiet: Quiet) -> dict[str, object]:
        from app.services.known_good import known_good as found

        return found(context.open(), quiet)

    return context.answer(as_json, read, _show_list)


def _show_list(report: dict[str, object]) -> None:
    found = report["known_good"]
    assert isinstance(found, list)
    if not found:
        click.echo(_("No snapshot is called known-good."))
        return
    rows = [
        (
            each["bot"],
            each["snapshot"]["id"][:8],
            local(each["snapshot"]["time"]),
            _("yes") if each["last"] else "",
        )
        for each in found
    ]
    table((_("Bot"), _("Id"), _("Time"), _("Always kept")), rows, right=frozenset())


@known_good.command()
@click.argument("bot")
@click.argument("snapshot", required=False)
@json_option
@click.pass_obj
def clear(context: Context, bot: str, snapshot: str | None, as_json: bool) -> int:
    """Call a snapshot known-good no more; without one, all of the bot's.

    Example: tradekeep known-good clear trend-btc
    """

    def change(quiet: Quiet) -> dict[str, object]:
        from app.services.known_good import clear as cleared

        return cleared(context.home, context.open(), bot, snapshot, quiet)

    return context.answer(as_json, change, _show_cleared)


def _show_cleared(report: dict[str, object]) -> None:
    gone = report["cleared"]
    assert isinstance(gone, list)
    click.echo(
        plural(
            "{count} snapshot of “{bot}” is left to the rules for keeping again.",
            "{count} snapshots of “{bot}” are left to the rules for keeping again.",
            len(gone),
            bot=report["bot"],
        )
    )
