"""`tradekeep problem`."""

from __future__ import annotations

from collections.abc import Callable

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.text import local
from app.messages import _


@click.group()
def problem() -> None:
    """What the last backup met, and what you decided about it.

    Example: tradekeep problem list
    """


@problem.command("list")
@json_option
@click.pass_obj
def list_problems(context: Context, as_json: bool) -> int:
    """List the problems of the last backup, each with its key.

    Example: tradekeep problem list
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.services.dealt import listed
        from app.services.history import now

        return listed(context.home, now())

    return context.answer(as_json, read, _show)


@problem.command()
@click.argument("key")
@click.option("--why", required=True, help="The reason, in one line; it is kept.")
@json_option
@click.pass_obj
def accept(context: Context, key: str, why: str, as_json: bool) -> int:
    """Do not count a problem any more, for as long as every backup meets it.

    Example: tradekeep problem accept 0123456789abcdef --why "a socket of the old bot"
    """

    def decide(_quiet: Quiet) -> dict[str, object]:
        from app.services.dealt import accept
        from app.services.dealt import as_json as told
        from app.services.history import now

        return told(accept(context.home, key, why, now()))

    return context.answer(as_json, decide, _said(_("It is not counted any more.")))


@problem.command()
@click.argument("key")
@json_option
@click.pass_obj
def remind(context: Context, key: str, as_json: bool) -> int:
    """Do not show a problem until tomorrow morning.

    Example: tradekeep problem remind 0123456789abcdef
    """

    def decide(_quiet: Quiet) -> dict[str, object]:
        from app.services.dealt import as_json as told
        from app.services.dealt import put_off
        from app.services.history import now
        from app.services.local_zone import LocalZone

        return told(put_off(context.home, key, now().astimezone(LocalZone())))

    def show(report: dict[str, object]) -> None:
        click.echo(_("It is shown again {when}.").format(when=local(str(report["until"]))))

    return context.answer(as_json, decide, show)


@problem.command()
@click.argument("key")
@json_option
@click.pass_obj
def reopen(context: Context, key: str, as_json: bool) -> int:
    """Count a problem again that was accepted or put off.

    Example: tradekeep problem reopen 0123456789abcdef
    """

    def decide(_quiet: Quiet) -> dict[str, object]:
        from app.services.dealt import reopen
        from app.services.history import now

        reopen(context.home, key, now())
        return {"key": key}

    return context.answer(as_json, decide, _said(_("It is counted again.")))


def _said(sentence: str) -> Callable[[dict[str, object]], None]:
    return lambda _report: click.echo(sentence)


def _show(report: dict[str, object]) -> None:
    problems = report["problems"]
    assert isinstance(problems, list)
    if not problems:
        click.echo(_("The last backup met no problem."))
    for each in problems:
        click.echo(f"{each['key']}  {each['title']}")
        if each["hint"]:
            click.echo(f"  {each['hint']}")
        if each["decided"] is not None:
            click.echo(f"  {_decided(each['decided'])}")


def _decided(decided: dict[str, object]) -> str:
    if decided["how"] == "put-off":
        return _("Put off until {when}.").format(when=local(str(decided["until"])))
    return _("Accepted {when}: {why}").format(when=local(str(decided["when"])), why=decided["why"])
