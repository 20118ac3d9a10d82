"""`tradekeep copy recover`: a copy that was damaged or emptied, from its place's own past."""

from __future__ import annotations

import click

from app.cli.context import Context
from app.cli.jobs import job_options, run_job
from app.messages import _, plural
from app.messages.joined import beside
from app.monitor import Step
from app.services.history import Job


@click.command()
@click.argument("name")
@click.option("--everything", is_flag=True, help="Also what only that place knows.")
@click.option("--dry-run", is_flag=True, help="Only say what is missing or damaged there.")
@job_options
@click.pass_obj
def recover(
    context: Context,
    name: str,
    everything: bool,
    dry_run: bool,
    as_json: bool,
    control_stdin: bool,
) -> int:
    """Bring back what was deleted or damaged at a copy in Dropbox, from its version history.

    Dropbox has no right to write without the right to delete, but keeps what was for at least 30
    days. Nothing is sent again, and nothing comes back that was removed on purpose. --everything
    also brings back what this computer's repository does not have; then keys that were taken away
    come back, too. NAME may be a place: dropbox:FOLDER

    Example: tradekeep copy recover Dropbox
    """
    from app.services.run import Run

    def body(run: Run) -> dict[str, object]:
        from app.services.copy_back import recover_copy

        return recover_copy(context.home, name, run, everything=everything, dry_run=dry_run)

    return run_job(
        context,
        Job.REPAIR,
        [Step.COPIES],
        body,
        as_json=as_json,
        control_stdin=control_stdin,
        show=_show,
        place=name,
    )


def _show(report: dict[str, object]) -> None:
    missing, damaged = int(str(report["missing"])), int(str(report["damaged"]))
    if not missing and not damaged:
        click.echo(_("Nothing is missing and nothing is damaged there."))
    else:
        gone = plural("{count} file was missing", "{count} files were missing", missing)
        bad = plural("{count} was damaged", "{count} were damaged", damaged)
        click.echo(beside((gone, bad)))
    if not report["dry_run"] and (missing or damaged):
        back = plural(
            "{count} file is back.", "{count} files are back.", int(str(report["brought"]))
        )
        click.echo(back)
    click.echo(
        plural(
            "Dropbox keeps what was for at least {count} day with this account.",
            "Dropbox keeps what was for at least {count} days with this account.",
            int(str(report["kept_days"])),
        )
    )
