"""`tradekeep keep`: which snapshots a backup keeps when it tidies up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.text import local, table
from app.messages import _, plural
from app.messages.amounts import size

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.settings.model import KeepSettings

_COUNTS = ("last", "hourly", "daily", "weekly", "monthly", "yearly")


@click.group()
def keep() -> None:
    """Which snapshots are kept; the others go after a backup.

    Example: tradekeep keep show
    """


def _options(command: Callable[..., int]) -> Callable[..., int]:
    command = click.option("--within", metavar="1y6m14d12h", help="Keep all of that time.")(command)
    for name in reversed(_COUNTS):
        option = click.option(f"--{name}", type=click.IntRange(0, 10_000), metavar="N")
        command = option(command)
    return command


@keep.command()
@json_option
@click.pass_obj
def show(context: Context, as_json: bool) -> int:
    """Show the rules.

    Example: tradekeep keep show
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        return _told(context.home.settings.keep)

    return context.answer(as_json, read, _show)


@keep.command("set")
@_options
@click.option("--all", "everything", is_flag=True, help="Keep every snapshot.")
@json_option
@click.pass_obj
def set_(
    context: Context,
    /,
    everything: bool,
    within: str | None,
    as_json: bool,
    **counts: int | None,
) -> int:
    """Say how many snapshots are kept: the last ones, and the newest of each hour, day, week, month
    and year. What is not named stays as it is. Pinned ones, and backups of single folders, stay in
    any case.

    Example: tradekeep keep set --daily 14 --monthly 24
    """

    def write(_quiet: Quiet) -> dict[str, object]:
        from app.errors import WrongUsage
        from app.services.tidy import policy_of
        from app.settings.settings import set_keep

        wanted = _changed(context, counts, within, on=not everything)
        if wanted.on and policy_of(wanted).is_empty:
            raise WrongUsage("keep-nothing")
        set_keep(context.home.paths.settings_file, wanted)
        return _told(wanted)

    return context.answer(as_json, write, _show)


@keep.command()
@_options
@json_option
@click.pass_obj
def preview(context: Context, /, within: str | None, as_json: bool, **counts: int | None) -> int:
    """Show what these rules would remove of this machine's snapshots; nothing is changed.

    Example: tradekeep keep preview --daily 7
    """

    def read(quiet: Quiet) -> dict[str, object]:
        from app.services.tidy import preview

        wanted = _changed(context, counts, within, on=True)
        return preview(context.home, context.open(), wanted, quiet)

    return context.answer(as_json, read, _show_preview)


def _changed(
    context: Context, counts: dict[str, int | None], within: str | None, *, on: bool
) -> KeepSettings:
    from msgspec.structs import replace

    from app.repository.span import parse_span
    from app.settings.model import KeepSettings

    given = {name: count for name, count in counts.items() if count is not None}
    kept = replace(context.home.settings.keep or KeepSettings(), on=on, **given)
    if within is None:
        return kept
    return replace(kept, within=str(parse_span(within)))  # "0d" is none


def _told(rules: KeepSettings | None) -> dict[str, object]:
    from msgspec.structs import asdict

    from app.settings.model import KeepSettings

    if rules is None:
        return {"keep": asdict(KeepSettings(on=False))}
    return {"keep": asdict(rules)}


def _show(report: dict[str, object]) -> None:
    rules = report["keep"]
    assert isinstance(rules, dict)
    if not rules["on"]:
        click.echo(_("Every snapshot is kept."))
        return
    names = {
        "last": _("the last {count}"),
        "hourly": _("one of each hour, {count} of them"),
        "daily": _("one of each day, {count} of them"),
        "weekly": _("one of each week, {count} of them"),
        "monthly": _("one of each month, {count} of them"),
        "yearly": _("one of each year, {count} of them"),
    }
    click.echo(_("Kept are, beside pinned ones:"))
    for name, words in names.items():
        if rules[name]:
            click.echo(f"  {words.format(count=rules[name])}")
    if rules["within"]:
        click.echo("  " + _("all of the last {span}").format(span=rules["within"]))


def _show_preview(report: dict[str, object]) -> None:
    gone = report["remove"]
    assert isinstance(gone, list)
    click.echo(plural("{count} snapshot would go.", "{count} snapshots would go.", len(gone)))
    freed = report["bytes"]
    if gone and isinstance(freed, int):
        click.echo(_("That frees {size}.").format(size=size(freed)))
    if gone:
        rows = [(str(each["id"])[:8], local(str(each["time"])), str(each["host"])) for each in gone]
        table((_("Id"), _("Time"), _("Machine")), rows, right=frozenset())
