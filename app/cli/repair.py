"""`tradekeep repair`."""

from __future__ import annotations

import click

from app.cli.context import Context
from app.cli.jobs import job_options, run_job
from app.messages import _, plural
from app.monitor import Step
from app.services.history import Job


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what is damaged.")
@job_options
@click.pass_obj
def repair(context: Context, dry_run: bool, as_json: bool, control_stdin: bool) -> int:
    """Mend the repository: from its own data, and from the copies that are connected.

    Reads everything. Nothing that can be read is removed; what stays lost is named. A copy is
    mended from this computer's repository and the other copies: tradekeep -r NAME repair

    Example: tradekeep repair
    """
    from app.services.repair import repair as repair_now
    from app.services.run import Run

    def body(run: Run) -> dict[str, object]:
        configured = context.records or context.is_own
        return repair_now(context.home, context.access, run, configured=configured, dry_run=dry_run)

    return run_job(
        context,
        Job.REPAIR,
        [Step.TIDY],
        body,
        as_json=as_json,
        control_stdin=control_stdin,
        show=_show,
        place=context.place_name,
        record=context.records,
    )


def _show(report: dict[str, object]) -> None:
    damaged = _("Damaged: {index}, {packs}. Not listed: {unlisted}.")
    click.echo(
        damaged.format(
            index=_files(report["index_files_damaged"]),
            packs=_packs(report["packs_damaged"]),
            unlisted=_packs(report["packs_unlisted"]),
        )
    )
    paused = report["paused"]
    assert isinstance(paused, list)
    for name in paused:
        click.echo(_("{name} is paused: nothing is taken from there.").format(name=name))
    if report["dry_run"]:
        return
    mended = _("Mended: {index}, {fetched} from copies, {salvaged} taken apart.")
    click.echo(
        mended.format(
            index=_files(report["index_files_replaced"]),
            fetched=_packs(report["packs_fetched"]),
            salvaged=report["packs_salvaged"],
        )
    )
    if report["config_mended"]:
        click.echo(_("The file “config” was damaged or missing and has been put right."))
    if report["keys_fetched"] or report["snapshots_fetched"]:
        fetched = _("From copies as well: {keys} key files, {snapshots} snapshots.")
        click.echo(
            fetched.format(keys=report["keys_fetched"], snapshots=report["snapshots_fetched"])
        )
    if not report["blobs_lost"] and not report["affected"]:
        click.echo(_("Nothing is lost."))


def _files(count: object) -> str:
    return plural("{count} index file", "{count} index files", int(str(count)))


def _packs(count: object) -> str:
    return plural("{count} pack", "{count} packs", int(str(count)))
