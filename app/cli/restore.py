"""`tradekeep restore`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from app.cli.context import Context
from app.cli.jobs import job_options, run_job
from app.cli.snapshots import selection_options
from app.messages import _, plural
from app.messages.amounts import size
from app.monitor import Step
from app.services.history import Job
from app.services.run import Run


@click.command()
@click.argument("snapshot", metavar="SNAPSHOT[:FOLDER]")
@click.option(
    "--target",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where to restore to; made if it is not there.",
)
@click.option("--in-place", is_flag=True, help="Restore to where it came from.")
@click.option("--include", multiple=True, metavar="PATH", help="Only this path; can be repeated.")
@click.option(
    "--overwrite",
    type=click.Choice(["never", "if-changed", "always", "keep-both"]),
    help="What to do with files that are there already: leave them, replace those of another "
    "size or time (default), replace all, or give the restored ones another name (default with "
    "--in-place).",
)
@selection_options
@job_options
@click.pass_obj
def restore(
    context: Context,
    snapshot: str,
    target: Path | None,
    in_place: bool,
    include: tuple[str, ...],
    overwrite: str | None,
    host: str | None,
    tags: tuple[str, ...],
    paths: tuple[str, ...],
    as_json: bool,
    control_stdin: bool,
) -> int:
    """Restore a snapshot, a folder of it, or chosen paths.

    Each file is verified before it gets its name; nothing outside the target is touched.

    Example: tradekeep restore latest:/home/me/bots/trend-btc --target ~/restored
    """
    if (target is None) != in_place:
        raise click.UsageError(_("Give either --target DIR or --in-place."))
    from app.repository.restore_target import Overwrite
    from app.services.restore import RestoreRequest, restore_snapshot
    from app.services.snapshots import Filter

    request = RestoreRequest(
        snapshot=snapshot,
        wanted=Filter(host, tags, paths),
        target=target.expanduser().absolute() if target else None,
        include=include,
        overwrite=Overwrite(overwrite or ("keep-both" if in_place else "if-changed")),
    )

    def body(run: Run) -> dict[str, object]:
        repository = context.open()
        index_cache = context.home.index_cache(repository.config.id)
        return restore_snapshot(repository, request, run, index_cache=index_cache)

    return run_job(
        context,
        Job.RESTORE,
        [Step.RESTORE],
        body,
        as_json=as_json,
        control_stdin=control_stdin,
        show=_show,
        place=context.place_name,
        record=context.records,
    )


def _show(report: dict[str, object]) -> None:
    count = {
        key: int(str(report[key])) for key in ("files", "bytes", "kept", "beside", "set_aside")
    }
    words = _("Restored {files}, {bytes}, to {target}. Each was verified before it got its name.")
    click.echo(
        words.format(
            files=plural("{count} file", "{count} files", count["files"]),
            bytes=size(count["bytes"]),
            target=report["target"],
        )
    )
    for line in _besides(count["kept"], count["beside"], count["set_aside"]):
        click.echo(line)


def _besides(kept: int, beside: int, set_aside: int) -> Iterator[str]:
    if kept:
        yield plural("{count} file was there already.", "{count} files were there already.", kept)
    if beside:
        yield plural(
            "{count} file got another name, beside the one that differs from it.",
            "{count} files got another name, beside those that differ from them.",
            beside,
        )
    if set_aside:
        yield plural(
            "{count} journal of a replaced database was renamed, not removed.",
            "{count} journals of replaced databases were renamed, not removed.",
            set_aside,
        )
