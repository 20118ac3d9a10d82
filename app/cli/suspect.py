"""`tradekeep suspect`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.text import local
from app.messages import _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.services.suspect import Suspect


@click.group()
def suspect() -> None:
    """Backups that look like somebody encrypted your files, and what you decide.

    Example: tradekeep suspect list
    """


@suspect.command("list")
@json_option
@click.pass_obj
def list_suspects(context: Context, as_json: bool) -> int:
    """List suspect snapshots: what was found in each, with examples.

    Example: tradekeep suspect list
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.services.suspect import suspects

        return _told(suspects(context.home))

    return context.answer(as_json, read, _show)


@suspect.command()
@click.argument("snapshot")
@json_option
@click.pass_obj
def keep(context: Context, snapshot: str, as_json: bool) -> int:
    """It was not you: nothing is removed, and you are told what to do now.

    Example: tradekeep suspect keep 1a2b3c4d
    """

    def decide(_quiet: Quiet) -> dict[str, object]:
        from app.services.suspect_watch import keep as decided

        return _told(decided(context.home, snapshot))

    return context.answer(as_json, decide, _show_what_to_do)


@suspect.command()
@click.argument("snapshot")
@json_option
@click.pass_obj
def dismiss(context: Context, snapshot: str, as_json: bool) -> int:
    """It was you: the snapshot is as good as any; "all" for every one.

    Example: tradekeep suspect dismiss 1a2b3c4d
    """

    def decide(quiet: Quiet) -> dict[str, object]:
        from app.services.suspect_watch import dismiss as decided

        return _told(decided(context.home, context.open(), snapshot, quiet))

    def show(_report: dict[str, object]) -> None:
        click.echo(_("It is not suspect any more."))

    return context.answer(as_json, decide, show)


def _told(found: Iterable[Suspect]) -> dict[str, object]:
    from app.services.suspect import as_json

    return {"suspects": [as_json(each) for each in found]}


def _suspects(report: dict[str, object]) -> list[dict[str, object]]:
    found = report["suspects"]
    assert isinstance(found, list)
    return found


def _show(report: dict[str, object]) -> None:
    found = _suspects(report)
    if not found:
        click.echo(_("No snapshot is suspect."))
    for each in found:
        reasons, examples = each["reasons"], each["examples"]
        assert isinstance(reasons, list)
        assert isinstance(examples, list)
        click.echo(f"{str(each['snapshot'])[:8] or '–'}  {local(str(each['time']))}")
        for line in (*reasons, *examples):
            click.echo(f"  {line}")


def _show_what_to_do(report: dict[str, object]) -> None:
    clean = str(_suspects(report)[-1]["clean"])[:8]
    click.echo(
        _(
            "Nothing is removed. Disconnect this computer from the network and unplug the drives "
            "with copies. On a sound computer, restore the last clean snapshot:"
        )
    )
    click.echo(f"tradekeep restore {clean} --target FOLDER")
    click.echo(_("When all is well again: tradekeep suspect dismiss all"))
