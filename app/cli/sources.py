"""`tradekeep source detect|add|list|remove`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.events import problem_json
from app.cli.text import number, table
from app.messages import _, plural
from app.messages.amounts import size
from app.messages.joined import beside, listed

if TYPE_CHECKING:
    from app.bots.detect import FoundBot
    from app.services.sources import Added
    from app.settings.settings import SourceSettings

_PATH = click.Path(path_type=Path)


@click.group()
def source() -> None:
    """What is backed up: folders and bots.

    Example: tradekeep source list
    """


@source.command("detect")
@click.argument("roots", metavar="[ROOT]...", nargs=-1, type=_PATH)
@json_option
@click.pass_obj
def detect(context: Context, roots: tuple[Path, ...], as_json: bool) -> int:
    """Search for trading bots. Takes 20 seconds at most and changes nothing.

    Example: tradekeep source detect ~/bots
    """

    def read(quiet: Quiet) -> dict[str, object]:
        from app.services.sources import detect_bots

        known = {each.path for each in context.home.settings.sources}
        found = detect_bots(context.home, roots, quiet)
        return {
            "bots": [_found_json(bot, added=bot.path in known) for bot in found],
            "problems": [problem_json(each) for each in quiet.problems],
        }

    return context.answer(as_json, read, _show_found)


def _found_json(bot: FoundBot, *, added: bool) -> dict[str, object]:
    summary = bot.summary
    return {
        "kind": bot.kind.id,
        "name": bot.kind.name,
        "path": str(bot.path),
        "added": added,
        "files": summary.files,
        "bytes": summary.bytes,
        "complete": summary.complete,
        "groups": {
            group.value: {"files": amount.files, "bytes": amount.bytes}
            for group, amount in summary.groups.items()
        },
        "databases": list(summary.databases),
        "in_memory": [str(path) for path in bot.in_memory],
        "running": [program.pid for program in bot.programs],
        "leave_out": [{"pattern": p.pattern, "reason": p.reason} for p in bot.kind.leave_out],
        "beyond": [each.what for each in bot.kind.beyond],
    }


def _show_found(report: dict[str, object]) -> None:
    bots = report["bots"]
    assert isinstance(bots, list)
    if not bots:
        click.echo(_("No bot was found. Name a folder to search: tradekeep source detect FOLDER"))
        return
    head = (_("Bot"), _("Files"), _("Size"), _("Chart data"), _("Folder"))
    table(head, [_row(bot) for bot in bots], right=frozenset({1, 2, 3}))
    if not all(bot["complete"] for bot in bots):
        click.echo(_("* There is more; counting was ended."))
    new = [bot for bot in bots if not bot["added"]]
    if new:
        words = _("Save one with: tradekeep source add bot {path}")
        click.echo(words.format(path=new[0]["path"]))


def _row(bot: dict[str, Any]) -> tuple[str, ...]:  # Any: the report as JSON has it
    more = "" if bot["complete"] else "*"
    name = f"{bot['name']} ✓" if bot["added"] else bot["name"]
    charts = bot["groups"]["charts"]["bytes"]
    files, total = number(bot["files"]), size(bot["bytes"])
    return name, f"{files}{more}", f"{total}{more}", size(charts), bot["path"]


@source.group("add")
def add() -> None:
    """Add something to back up.

    Example: tradekeep source add bot ~/freqtrade
    """


@add.command("folder")
@click.argument("path", type=_PATH)
@click.option("--name", help="How you call it; otherwise as the folder is called.")
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave out, as in .gitignore.")
@json_option
@click.pass_obj
def add_folder(
    context: Context, path: Path, name: str | None, exclude: tuple[str, ...], as_json: bool
) -> int:
    """Back up a folder with all that is in it.

    Example: tradekeep source add folder ~/charts --exclude '*.tmp'
    """

    def make(quiet: Quiet) -> dict[str, object]:
        from app.services.sources import add_folder

        return _added(add_folder(context.home, path, name, exclude), quiet)

    return context.answer(as_json, make, _show_added)


@add.command("bot")
@click.argument("path", type=_PATH)
@click.option("--kind", metavar="KIND", help="Which bot it is, if that is not recognised.")
@click.option("--name", help="How you call it; otherwise as the folder is called.")
@click.option("--leave-out", multiple=True, metavar="PATTERN", help="Leave out, as in .gitignore.")
@json_option
@click.pass_obj
def add_bot(
    context: Context,
    path: Path,
    kind: str | None,
    name: str | None,
    leave_out: tuple[str, ...],
    as_json: bool,
) -> int:
    """Back up a bot: its folder, and what brings its environment back.

    Nothing is left out unless you say so, chart data and logs included.

    Example: tradekeep source add bot ~/freqtrade --leave-out __pycache__/
    """

    def make(quiet: Quiet) -> dict[str, object]:
        from app.services.sources import add_bot

        return _added(add_bot(context.home, path, kind, name, leave_out), quiet)

    return context.answer(as_json, make, _show_added)


def _added(added: Added, quiet: Quiet) -> dict[str, object]:
    for problem in added.problems:
        quiet.problem(problem)
    chosen = set(added.source.leave_out)
    suggested = added.kind.leave_out if added.kind else ()
    return {
        **_source_json(added.source),
        "suggestions": [
            {"pattern": each.pattern, "reason": each.reason}
            for each in suggested
            if each.pattern not in chosen
        ],
    }


def _show_added(report: dict[str, object]) -> None:
    words = _("{name} is saved from now on: {path}")
    click.echo(words.format(name=report["name"], path=report["path"]))
    suggestions = report["suggestions"]
    assert isinstance(suggestions, list)
    if suggestions:
        click.echo(_("Could be left out with --leave-out:"))
        for each in suggestions:
            click.echo(f"  {each['pattern']}  {_(each['reason'])}")


def _source_json(source: SourceSettings) -> dict[str, object]:
    return {
        "name": source.name,
        "kind": source.kind.value,
        "bot": source.bot,
        "path": str(source.path),
        "exclude": list(source.exclude),
        "leave_out": list(source.leave_out),
        "exclude_caches": source.exclude_caches,
    }


@source.command("list")
@json_option
@click.pass_obj
def list_sources(context: Context, as_json: bool) -> int:
    """List what is backed up.

    Example: tradekeep source list
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.services.sources import list_sources

        there = list_sources(context.home)
        return {"sources": [{**_source_json(each), "there": each.path.exists()} for each in there]}

    return context.answer(as_json, read, _show_sources)


def _show_sources(report: dict[str, object]) -> None:
    sources = report["sources"]
    assert isinstance(sources, list)
    if not sources:
        click.echo(_("Nothing yet. Find bots with: tradekeep source detect"))
        return
    rows = [
        (
            each["name"],
            each["bot"] or _("folder"),
            plural("{count} pattern", "{count} patterns", count) if count else "–",
            each["path"] if each["there"] else _("{path} (not there)").format(path=each["path"]),
        )
        for each in sources
        for count in [len(each["exclude"]) + len(each["leave_out"])]
    ]
    head = (_("Name"), _("Kind"), _("Left out"), _("Folder"))
    table(head, rows, right=frozenset())


@source.command("remove")
@click.argument("name")
@json_option
@click.pass_obj
def remove(context: Context, name: str, as_json: bool) -> int:
    """Stop backing something up. It stays where it is, and so does what was saved of it.

    Example: tradekeep source remove charts
    """

    def forget(_quiet: Quiet) -> dict[str, object]:
        from app.services.sources import remove

        gone = remove(context.home, name)
        return {"name": gone.name, "path": str(gone.path)}

    def show(report: dict[str, object]) -> None:
        words = _("{name} is not backed up any more. Earlier snapshots still hold {path}")
        click.echo(words.format(name=report["name"], path=report["path"]))

    return context.answer(as_json, forget, show)


@source.command()
@click.argument("name")
@click.option("--with", "more", multiple=True, metavar="PATTERN", help="What would this change?")
@click.option("--below", default="", metavar="FOLDER", help="List this folder of it.")
@json_option
@click.pass_obj
def show(context: Context, name: str, more: tuple[str, ...], below: str, as_json: bool) -> int:
    """Show what is taken of a source and what is left out, with sizes.

    Example: tradekeep source show charts --with '*.tmp'
    """

    def read(quiet: Quiet) -> dict[str, object]:
        from app.services.sources import check_patterns
        from app.services.taking import examine, source_named

        check_patterns(more)
        found = source_named(context.home, name)
        return {**_source_json(found), **examine(found, quiet, more=more, below=below)}

    return context.answer(as_json, read, _show_taking)


def _show_taking(report: dict[str, object]) -> None:
    taken, left, effect = report["taken"], report["left_out"], report["effect"]
    items = report["items"]
    assert isinstance(taken, dict)
    assert isinstance(left, dict)
    assert isinstance(effect, dict)
    assert isinstance(items, list)
    click.echo(_("Taken: {amount}").format(amount=_amount(taken)))
    click.echo(_("Left out: {amount}").format(amount=_amount(left)))
    rows = [(each["path"], size(each["bytes"]), each["why"]) for each in items]
    if rows:
        table((_("Left out"), _("Size"), _("Pattern")), rows, right=frozenset({1}))
    if effect["files"]:
        click.echo(_("It would leave out, too: {amount}").format(amount=_amount(effect)))


def _amount(told: dict[str, int]) -> str:
    files = plural("{count} file", "{count} files", told["files"])
    return beside((files, size(told["bytes"])))


@source.command()
@click.argument("name")
@click.argument("patterns", nargs=-1, metavar="[PATTERN]…")
@json_option
@click.pass_obj
def exclude(context: Context, name: str, patterns: tuple[str, ...], as_json: bool) -> int:
    """Say what is left out of a source: these patterns and no others; none for nothing.

    Example: tradekeep source exclude charts '*.tmp' cache/
    """

    def write(_quiet: Quiet) -> dict[str, object]:
        from app.services.sources import exclude

        return {"exclude": list(exclude(context.home, name, patterns))}

    def told(report: dict[str, object]) -> None:
        kept = report["exclude"]
        assert isinstance(kept, list)
        words = listed(kept) or _("nothing")
        click.echo(_("Left out of {name}: {patterns}").format(name=name, patterns=words))

    return context.answer(as_json, write, told)
