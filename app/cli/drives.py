"""`tradekeep drives`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.text import table
from app.messages import _
from app.messages.amounts import size


@click.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path))
@json_option
@click.pass_obj
def drives(context: Context, paths: tuple[Path, ...], as_json: bool) -> int:
    """Which drives are plugged in, and what is to be known of a place before it is used: its disk,
    its room, whether it is backed up or carried to a cloud.

    Example: tradekeep drives ~/Dropbox /media/me/KEEP-1
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.services.places_about import report

        return report(context.home, paths)

    return context.answer(as_json, read, _show)


def _show(report: dict[str, object]) -> None:
    drives, paths = report["drives"], report["paths"]
    assert isinstance(drives, list)
    assert isinstance(paths, list)
    if not drives and not paths:
        click.echo(_("No drive is plugged in."))
    if drives:
        _show_plugged(drives)
    if paths:
        _show_paths(paths)


def _show_plugged(drives: list[dict[str, Any]]) -> None:  # Any: the report as JSON has it
    rows = [(d["label"], size(d["free"]), size(d["size"]), d["path"]) for d in drives]
    head = ("Drive", "Free", "Size", "Folder")
    table([_(word) for word in head], rows, right=frozenset({1, 2}))


def _show_paths(paths: list[dict[str, Any]]) -> None:
    rows = [
        (p["path"], size(p["free"]), p["disk"], p["synced"] or "–", p["source"] or "–")
        for p in paths
    ]
    head = ("Folder", "Free", "Disk", "Carried away by", "In the source")
    table([_(word) for word in head], rows, right=frozenset({1}))
