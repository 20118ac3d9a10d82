"""`tradekeep copy add|list|sync|remove`."""

from __future__ import annotations

from collections.abc import Callable

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.copies_add import add, dropbox_app, dropbox_token, sign_in
from app.cli.copies_recover import recover
from app.cli.jobs import job_options, run_job
from app.cli.text import copy_state, local, table
from app.messages import _, plural
from app.messages.amounts import size
from app.monitor import Step, nothing
from app.services.history import By, Job


@click.group()
def copy() -> None:
    """Copies of the repository at other places.

    Example: tradekeep copy list
    """


copy.add_command(add)
copy.add_command(sign_in)
copy.add_command(dropbox_app)
copy.add_command(dropbox_token)
copy.add_command(recover)


@copy.command("list")
@json_option
@click.pass_obj
def list_copies(context: Context, as_json: bool) -> int:
    """List the copies and their state.

    Example: tradekeep copy list
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.services.status import report

        return {"copies": report(context.home)["copies"]}

    return context.answer(as_json, read, _show_copies)


def _show_copies(report: dict[str, object]) -> None:
    copies = report["copies"]
    assert isinstance(copies, list)
    if not copies:
        click.echo(_("No copy yet. Add one: tradekeep copy add folder PATH --name NAME"))
        return
    rows = [
        (
            each["name"],
            copy_state(each["state"]),
            str(each["snapshots"] if each["snapshots"] is not None else "–"),
            size(each["size"]),
            local(each["synced"]),
            local(each["verified"]),
            each["address"],
        )
        for each in copies
    ]
    head = (
        _("Name"),
        _("State"),
        _("Snapshots"),
        _("Size"),
        _("Synced"),
        _("Last verified"),
        _("Place"),
    )
    table(head, rows, right=frozenset({2, 3}))


@copy.command("sync")
@click.argument("name", required=False)
@job_options
@click.pass_obj
def sync(context: Context, name: str | None, as_json: bool, control_stdin: bool) -> int:
    """Bring one copy, or all, up to date.

    Example: tradekeep copy sync KEEP-1
    """
    return run_sync(context, name, as_json=as_json, control_stdin=control_stdin)


def run_sync(
    context: Context,
    name: str | None,
    *,
    as_json: bool,
    control_stdin: bool,
    by: By = By.PERSON,
    begun: Callable[[], None] = nothing,
) -> int:
    """A sync from its start to its last line; returns the exit code."""
    from app.services.run import Run

    def body(run: Run) -> dict[str, object]:
        from app.services.sync import sync_named

        return sync_named(context.home, context.open(), name, run)

    return run_job(
        context,
        Job.SYNC,
        [Step.COPIES],
        body,
        as_json=as_json,
        control_stdin=control_stdin,
        show=_show_synced,
        place=name or "",
        by=by,
        begun=begun,
    )


def _show_synced(report: dict[str, object]) -> None:
    copies = report["copies"]
    assert isinstance(copies, list)
    for each in copies:
        snapshots = plural("{count} snapshot", "{count} snapshots", each["snapshots_copied"])
        words = _("{name}: {snapshots} and {added} copied")
        click.echo(
            words.format(name=each["name"], snapshots=snapshots, added=size(each["bytes_copied"]))
        )


@copy.command("remove")
@click.argument("name")
@json_option
@click.pass_obj
def remove(context: Context, name: str, as_json: bool) -> int:
    """Forget a copy. What lies at its place stays there.

    Example: tradekeep copy remove KEEP-1
    """

    def forget(_quiet: Quiet) -> dict[str, object]:
        from app.services.copies import forget_copy

        gone = forget_copy(context.home, name)
        return {"name": gone.name, "address": gone.address}

    def show(report: dict[str, object]) -> None:
        words = _("{name} is no copy any more. Its files stay at {address}")
        click.echo(words.format(name=report["name"], address=report["address"]))

    return context.answer(as_json, forget, show)


@copy.command("set")
@click.argument("name")
@click.option("--off-site/--at-home", default=None, help="Whether it lies where you do not.")
@click.option("--pause/--go-on", "paused", default=None, help="Leave it out until you want it.")
@click.option("--limit", metavar="KB", type=click.IntRange(0), help="Kilobytes a second; 0: all.")
@click.option("--hours", metavar="FROM-TO", help='As 22:00-06:00, for scheduled runs; "" always.')
@click.option("--append-only/--may-remove", default=None, help="Never remove anything there.")
@json_option
@click.pass_obj
def set_(
    context: Context,
    name: str,
    off_site: bool | None,
    paused: bool | None,
    limit: int | None,
    hours: str | None,
    append_only: bool | None,
    as_json: bool,
) -> int:
    """Say how a copy is to be treated.

    Example: tradekeep copy set Dropbox --limit 500 --hours 22:00-06:00
    """

    def decide(_quiet: Quiet) -> dict[str, object]:
        from app.services.copies import as_json as told
        from app.services.copies import change

        asked = {
            "off_site": off_site, "paused": paused, "limit": limit, "hours": hours,
            "append_only": append_only,
        }  # fmt: skip
        changes = {key: value for key, value in asked.items() if value is not None}
        return told(change(context.home, name, **changes))

    def show(report: dict[str, object]) -> None:
        click.echo(_("{name} is treated like that from now on.").format(name=report["name"]))

    return context.answer(as_json, decide, show)


@copy.command("eject")
@click.argument("name")
@json_option
@click.pass_obj
def eject(context: Context, name: str, as_json: bool) -> int:
    """Unmount a drive, so that it can be pulled out.

    Example: tradekeep copy eject KEEP-1
    """

    def do(_quiet: Quiet) -> dict[str, object]:
        from app.services.ejecting import eject

        return {"name": eject(context.home, name).name}

    def show(report: dict[str, object]) -> None:
        click.echo(_("{name} can be pulled out now.").format(name=report["name"]))

    return context.answer(as_json, do, show)
