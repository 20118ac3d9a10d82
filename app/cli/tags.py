"""`tradekeep tag`, `pin` and `unpin`."""

from __future__ import annotations

import click

from app.cli.context import Context, Quiet, json_option
from app.messages import _
from app.messages.joined import listed


def _change(
    context: Context,
    name: str,
    quiet: Quiet,
    *,
    add: tuple[str, ...] = (),
    remove: tuple[str, ...] = (),
    replace: tuple[str, ...] | None = None,
) -> dict[str, object]:
    from app.services.forget import change_tags
    from app.services.snapshots import as_json_object

    changed = change_tags(
        context.home,
        context.open(),
        name,
        quiet,
        add=_split(add),
        remove=_split(remove),
        replace=None if replace is None else _split(replace),
        own=context.is_own,
    )
    return {"snapshot": as_json_object(changed)}


def _split(tags: tuple[str, ...]) -> list[str]:
    """`a,b` are two tags, as with restic; an empty one is none."""
    return [tag.strip() for given in tags for tag in given.split(",") if tag.strip()]


def _show(report: dict[str, object]) -> None:
    snapshot = report["snapshot"]
    assert isinstance(snapshot, dict)
    tags = listed(snapshot["tags"]) or "–"
    click.echo(_("Snapshot {id} has the tags: {tags}").format(id=snapshot["id"][:8], tags=tags))


@click.command()
@click.argument("snapshot")
@click.option("--add", multiple=True, metavar="TAG")
@click.option("--remove", multiple=True, metavar="TAG")
@click.option(
    "--set", "replace", multiple=True, metavar="TAG", help='These and no others; "" for none.'
)
@json_option
@click.pass_obj
def tag(
    context: Context,
    snapshot: str,
    add: tuple[str, ...],
    remove: tuple[str, ...],
    replace: tuple[str, ...],
    as_json: bool,
) -> int:
    """Change a snapshot's tags. Its id changes, its content does not.

    Example: tradekeep tag latest --add before-update
    """
    if not (add or remove or replace):
        raise click.UsageError(_("Give --add, --remove or --set."))

    def read(quiet: Quiet) -> dict[str, object]:
        wanted = replace or None
        return _change(context, snapshot, quiet, add=add, remove=remove, replace=wanted)

    return context.answer(as_json, read, _show)


@click.command()
@click.argument("snapshot")
@json_option
@click.pass_obj
def pin(context: Context, snapshot: str, as_json: bool) -> int:
    """Keep a snapshot whatever the rules for keeping say.

    Example: tradekeep pin latest
    """
    return _pin(context, snapshot, as_json=as_json, pinned=True)


@click.command()
@click.argument("snapshot")
@json_option
@click.pass_obj
def unpin(context: Context, snapshot: str, as_json: bool) -> int:
    """Leave a snapshot to the rules for keeping again.

    Example: tradekeep unpin latest
    """
    return _pin(context, snapshot, as_json=as_json, pinned=False)


def _pin(context: Context, snapshot: str, *, as_json: bool, pinned: bool) -> int:
    def read(quiet: Quiet) -> dict[str, object]:
        from app.repository.policy import PINNED

        change = {"add" if pinned else "remove": (PINNED,)}
        return _change(context, snapshot, quiet, **change)

    return context.answer(as_json, read, _show)
