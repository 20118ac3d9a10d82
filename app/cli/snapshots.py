"""`tradekeep snapshots` and `tradekeep ls`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.text import local, table
from app.messages import _
from app.messages.amounts import size
from app.messages.joined import listed

F = TypeVar("F", bound=Callable[..., object])


def selection_options(command: F) -> F:
    """Adds `--host`, `--tag` and `--path`, which narrow down snapshots."""
    for option in (
        click.option("--path", "paths", multiple=True, metavar="PATH", help="Only with this path."),
        click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only with this tag."),
        click.option("--host", metavar="NAME", help="Only of this machine."),
    ):
        command = option(command)
    return command


@click.command()
@selection_options
@json_option
@click.pass_obj
def snapshots(
    context: Context,
    host: str | None,
    tags: tuple[str, ...],
    paths: tuple[str, ...],
    as_json: bool,
) -> int:
    """List the snapshots of every machine, oldest first.

    Example: tradekeep snapshots --host trading-pc
    """

    def read(quiet: Quiet) -> dict[str, object]:
        from app.services.snapshots import Filter, as_json_object, select

        repository = context.open()
        chosen = select(repository, Filter(host, tags, paths), quiet)
        return {"snapshots": [as_json_object(snapshot) for snapshot in chosen]}

    def show(report: dict[str, object]) -> None:
        _show(report, narrowed=bool(host or tags or paths))

    return context.answer(as_json, read, show)


def _show(report: dict[str, object], *, narrowed: bool) -> None:
    found = report["snapshots"]
    assert isinstance(found, list)
    if not found and narrowed:
        click.echo(_("No snapshot fits. Check --host, --tag and --path."))
        return
    if not found:
        click.echo(_("No snapshots yet. The first backup makes one: tradekeep backup"))
        return
    rows = [
        (
            snapshot["id"][:8],
            local(snapshot["time"]),
            snapshot["host"],
            listed(snapshot["tags"]),
            size(snapshot["size"]),
            listed(snapshot["paths"]),
        )
        for snapshot in found
    ]
    head = (_("Id"), _("Time"), _("Machine"), _("Tags"), _("Size"), _("Paths"))
    table(head, rows, right=frozenset({4}))


@click.command()
@click.argument("snapshot")
@click.argument("path", required=False)
@click.option("--recursive", "-R", is_flag=True, help="Everything below, too.")
@selection_options
@json_option
@click.pass_obj
def ls(
    context: Context,
    snapshot: str,
    path: str | None,
    recursive: bool,
    host: str | None,
    tags: tuple[str, ...],
    paths: tuple[str, ...],
    as_json: bool,
) -> int:
    """List what a snapshot holds: SNAPSHOT is an id's beginning or `latest`.

    Example: tradekeep ls latest /home/me/bots
    """

    def read(quiet: Quiet) -> dict[str, object]:
        from app.services.snapshots import Filter, find, listing

        repository = context.open()
        chosen = find(repository, snapshot, Filter(host, tags, paths), quiet)
        repository.load_index(quiet)
        return listing(repository, chosen, path, recursive=recursive, monitor=quiet)

    return context.answer(as_json, read, _show_listing)


def _show_listing(report: dict[str, object]) -> None:
    entries = report["entries"]
    assert isinstance(entries, list)
    for entry in entries:
        mark = "/" if entry["type"] == "dir" else ""
        shown = size(entry["size"]) if entry["type"] == "file" else ""
        click.echo(f"{shown:>9}  {local(entry['mtime'])}  {entry['path']}{mark}")
