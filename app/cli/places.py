"""`tradekeep places`."""

from __future__ import annotations

import click

from app.cli.context import Context, json_option
from app.cli.text import local, table
from app.messages import _
from app.messages.amounts import size
from app.messages.joined import listed


@click.command()
@json_option
@click.pass_obj
def places(context: Context, as_json: bool) -> int:
    """Find backups on plugged-in drives and in likely folders; nothing is opened.

    Example: tradekeep places
    """

    def read(_quiet: object) -> dict[str, object]:
        from app.services.found import found_places

        return found_places(context.environment)

    return context.answer(as_json, read, _show)


def _show(report: dict[str, object]) -> None:
    drives, folders = report["drives"], report["folders"]
    assert isinstance(drives, list)
    assert isinstance(folders, list)
    rows = [(each, drive["free"]) for drive in drives for each in drive["repositories"]]
    rows += [(each, None) for each in folders]
    if not rows:
        click.echo(_("No backup was found on a plugged-in drive or in a likely folder."))
    else:
        head = (_("Place"), _("Snapshots"), _("Newest"), _("Of"), _("Free"))
        shown = [
            (
                each["place"],
                str(each["snapshots"]),
                local(each["newest"]) if each["newest"] else "–",
                listed(each["machines"]),
                "–" if free is None else size(free),
            )
            for each, free in rows
        ]
        table(head, shown, right=frozenset({1, 4}))
    for drive in drives:
        if not drive["answered"]:
            click.echo(_("{drive} did not answer in time.").format(drive=drive["path"]))
