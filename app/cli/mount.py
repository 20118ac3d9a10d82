"""`tradekeep mount`."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.context import Context, Quiet
from app.errors import AppError
from app.messages import _
from app.monitor import Problem


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--snapshot", metavar="SNAPSHOT", help="Only this one: an id's beginning or latest.")
@click.pass_obj
def mount(context: Context, folder: Path, snapshot: str | None) -> int:
    """Show snapshots as folders, read-only, until Ctrl-C.

    FOLDER is an empty folder. In it are snapshots/TIME, ids/ID and latest. Only you can read
    them, also files that were another's.

    Example: tradekeep mount ~/snapshots
    """
    from app.repository.reader import Reader
    from app.services.fuse import serve
    from app.services.mounted import View
    from app.services.snapshots import choose

    monitor = _Aloud()
    repository = context.open()
    cache = context.home.index_cache(repository.config.id)
    reader = Reader(repository, monitor, index_cache=cache)
    only = snapshot and choose(reader.snapshots(monitor), snapshot, reader.place)
    place = folder.expanduser().absolute()

    def mounted() -> None:
        words = _("The snapshots are at {path}. Ctrl-C, or unmounting, ends this.")
        click.echo(words.format(path=place))

    serve(
        View(reader, monitor, only or None),
        reader,
        place,
        mounted=mounted,
        failed=_show,
    )
    return 0


class _Aloud(Quiet):
    """Says problems as they come: nobody asks for them at the end."""

    def problem(self, problem: Problem) -> None:
        click.echo(f"! {problem.sentence}", err=True)


def _show(error: AppError) -> None:
    click.echo(f"! {error.sentence}", err=True)
