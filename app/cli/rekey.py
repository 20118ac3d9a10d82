"""`tradekeep rekey`."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.context import Context
from app.cli.jobs import job_options, run_job
from app.cli.text import number
from app.messages import _, plural
from app.messages.amounts import size
from app.monitor import Step
from app.services.history import Job


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--recovery-out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    required=True,
    help="Write the new recovery key to this new file (mode 0600).",
)
@click.option("--use", is_flag=True, help="Let this machine back up there from now on.")
@job_options
@click.pass_obj
def rekey(
    context: Context,
    folder: Path,
    recovery_out: Path,
    use: bool,
    as_json: bool,
    control_stdin: bool,
) -> int:
    """Make a repository with a new master key in FOLDER, and copy every snapshot into it.

    For when somebody may have the old master key: no removal of keys helps against that. The old
    repository stays as it is. If this is interrupted, the same command goes on.

    Example: tradekeep rekey ~/Tradekeep-2 --recovery-out ~/recovery-2.txt --use
    """
    from app.services.rekey import RekeyRequest
    from app.services.rekey import rekey as rekey_now
    from app.services.run import Run

    def body(run: Run) -> dict[str, object]:
        request = RekeyRequest(folder, recovery_out, use)
        return rekey_now(context.home, context.open(), request, run)

    return run_job(
        context,
        Job.REKEY,
        [Step.COPIES, Step.VERIFY],
        body,
        as_json=as_json,
        control_stdin=control_stdin,
        show=lambda report: _show(report, recovery_out),
        place=context.place_name,
        record=context.records,
    )


def _show(report: dict[str, object], recovery_out: Path) -> None:
    amount = report["bytes"]
    assert isinstance(amount, int)
    click.echo(
        plural(
            "{path} holds {count} snapshot more, {amount}; {already} were there.",
            "{path} holds {count} snapshots more, {amount}; {already} were there.",
            int(str(report["snapshots"])),
            path=report["repository"],
            amount=size(amount),
            already=number(report["already"]),
        )
    )
    click.echo(_("Its recovery key is in {path}. Print it.").format(path=recovery_out))
    if report["used"]:
        click.echo(_("This machine backs up there from now on. What is left to do:"))
        click.echo(_("  1. For each copy: tradekeep copy remove NAME, then add a new place."))
        click.echo(_("  2. Remove the old repository and the old copies when all that is done."))
        click.echo(_("  3. Change what an intruder could have read: API keys, passwords."))
    else:
        click.echo(_("To back up there from now on, run the same command again with --use."))
