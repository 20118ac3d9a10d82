"""`tradekeep verify`."""

from __future__ import annotations

import click

from app.cli.context import Context
from app.cli.jobs import job_options, run_job
from app.messages import _, plural
from app.messages.amounts import size
from app.messages.numbers import count
from app.monitor import Step
from app.services.history import Job
from app.services.run import Run


@click.command()
@click.option("--read-data", is_flag=True, help="Read everything and compare every hash.")
@click.option("--sample", metavar="N%", help="Read a random sample of N per cent.")
@job_options
@click.pass_obj
def verify(
    context: Context, read_data: bool, sample: str | None, as_json: bool, control_stdin: bool
) -> int:
    """Verify the repository, or with --repository a copy.

    Without options the structure is checked: every snapshot, every list, every pack's size.

    Example: tradekeep --repository KEEP-1 verify --sample 10%
    """
    from app.services.verify import scope_of, verify_place

    scope = scope_of(read_data=read_data, sample=sample)

    def body(run: Run) -> dict[str, object]:
        repository = context.open()
        copy = context.home.copy(context.place) if context.records and context.place else None
        # A name may be given to another drive later, whose data nobody has read.
        which = copy.id if copy else repository.config.id
        return {**verify_place(repository, scope, run), "which": which}

    return run_job(
        context,
        Job.VERIFY,
        [Step.VERIFY],
        body,
        as_json=as_json,
        control_stdin=control_stdin,
        show=_show,
        place=context.place_name,
        record=context.records,
    )


def _show(report: dict[str, object]) -> None:
    words = {
        "structure": _("The structure was checked: {snapshots}, {packs}."),
        "sample": _("A sample was read: {read} of {packs}, {bytes}."),
        "all": _("All data was read: {packs_read}, {bytes}."),
    }
    snapshots, packs, read = (int(str(report[key])) for key in ("snapshots", "packs", "packs_read"))
    click.echo(
        words[str(report["scope"])].format(
            snapshots=plural("{count} snapshot", "{count} snapshots", snapshots),
            packs=plural("{count} pack", "{count} packs", packs),
            packs_read=plural("{count} pack", "{count} packs", read),
            read=count(read),
            bytes=size(int(str(report["bytes_read"]))),
        )
    )
    if report["sound"]:
        click.echo(_("Nothing is damaged."))
