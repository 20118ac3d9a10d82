"""`tradekeep drill`."""

from __future__ import annotations

import os
from collections.abc import Callable

import click

from app.cli.context import Context
from app.cli.jobs import job_options, run_job
from app.errors import AppError
from app.messages import _, plural
from app.messages.amounts import duration, size
from app.monitor import Step, nothing
from app.services.history import By, Job
from app.services.home import Access
from app.services.run import Run


@click.command()
@click.option("--copy", "name", metavar="NAME", help='A copy; "" is the repository here.')
@click.option("--source", metavar="NAME", help="Restore this source as a whole.")
@click.option("--sample", is_flag=True, help="Restore a random sample (as without --source).")
@click.option("--snapshot", metavar="ID", help="Another one than the newest that is clean.")
@click.option(
    "--seed", type=click.IntRange(0), metavar="N", help="Choose the sample of a run again."
)
@job_options
@click.pass_obj
def drill(
    context: Context,
    name: str | None,
    source: str | None,
    sample: bool,  # the flag as click hands it over
    seed: int | None,
    snapshot: str | None,
    as_json: bool,
    control_stdin: bool,
) -> int:
    """Practise a restore: prove that it works, and tell how long it takes.

    Restores part of the newest clean snapshot from one copy alone, checks it, opens its databases,
    and removes it again. Without --copy that is the copy whose last drill is the oldest.

    Example: tradekeep drill --copy KEEP-1
    """
    if source is not None and (sample or seed is not None):
        raise click.UsageError(_("Give either --source or --sample."))
    return run_drill(
        context,
        name,
        source=source,
        seed=seed,
        snapshot=snapshot,
        as_json=as_json,
        control_stdin=control_stdin,
    )


def run_drill(
    context: Context,
    name: str | None,
    *,
    source: str | None = None,
    seed: int | None = None,
    snapshot: str | None = None,
    as_json: bool,
    control_stdin: bool,
    by: By = By.PERSON,
    begun: Callable[[], None] = nothing,
) -> int:
    """A drill from its start to its last line; returns the exit code."""
    from app.services.drill import DrillRequest, drill, place_to_drill

    chosen = int.from_bytes(os.urandom(4), "big") if seed is None else seed
    try:
        place = place_to_drill(context.home, name)
    except AppError:
        place = name or ""  # the run itself says what is wrong

    def body(run: Run) -> dict[str, object]:
        place_to_drill(context.home, place)
        access = Access(place or None, context.password_file, context.password)
        return drill(context.home, access, DrillRequest(chosen, source, snapshot), run)

    return run_job(
        context,
        Job.DRILL,
        [Step.RESTORE, Step.VERIFY],
        body,
        as_json=as_json,
        control_stdin=control_stdin,
        show=_show,
        place=place,
        by=by,
        begun=begun,
    )


def _show(report: dict[str, object]) -> None:
    count = {key: int(str(report[key])) for key in ("files", "bytes", "databases", "rows")}
    click.echo(
        _("Restored from {place}: {files}, {bytes}, in {time}.").format(
            place=report["copy"] or _("this computer"),
            files=plural("{count} file", "{count} files", count["files"]),
            bytes=size(count["bytes"]),
            time=duration(float(str(report["seconds"]))),
        )
    )
    if count["databases"]:
        click.echo(
            _("Opened: {databases} with {rows}.").format(
                databases=plural("{count} database", "{count} databases", count["databases"]),
                rows=plural("{count} row", "{count} rows", count["rows"]),
            )
        )
    whole = report["whole_seconds_estimate"]
    if whole is not None:
        time = duration(float(str(whole)))
        click.echo(_("Everything would take about {time}.").format(time=time))
    if report["sound"]:
        click.echo(_("Nothing is damaged."))
