"""`tradekeep backup`."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.context import Context
from app.cli.control import Control
from app.cli.jobs import job_options, run_job
from app.messages import _
from app.messages.amounts import size
from app.monitor import Step
from app.services.history import Job


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]…")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Mark the snapshot.")
@click.option("--host", metavar="NAME", help="Record another host name.")
@click.option(
    "--exclude", multiple=True, metavar="PATTERN", help="Leave out (gitignore syntax), with PATH."
)
@click.option("--no-copies", is_flag=True, help="Do not bring the copies up to date.")
@job_options
@click.pass_obj
def backup(
    context: Context,
    paths: tuple[Path, ...],
    tags: tuple[str, ...],
    host: str | None,
    exclude: tuple[str, ...],
    no_copies: bool,
    as_json: bool,
    control_stdin: bool,
) -> int:
    """Back up now: exchanges and all sources, or the given paths, then every copy.

    Exchanges and candles are pulled for a minute at most; what is left is pulled after the
    backup, in a run of its own (with --json: start it, if pull_left is not 0).

    Example: tradekeep backup
    """
    from app.services.backup import BackupRequest, back_up_now, report_json
    from app.services.run import Run

    def body(run: Run) -> dict[str, object]:
        request = BackupRequest(
            paths=paths,
            tags=tags,
            host=host,
            exclude=exclude,
            copies=not no_copies,
            own=context.is_own,
        )
        repository = context.open()
        return report_json(back_up_now(context.home, repository, request, run))

    def go_on(report: dict[str, object], control: Control) -> int:
        from app.cli.pull import run_pull

        return run_pull(context, control=control) if report["pull_left"] else 0

    return run_job(
        context,
        Job.BACKUP,
        _steps(context, exchanges=not paths, copies=not no_copies),
        body,
        as_json=as_json,
        control_stdin=control_stdin,
        show=_show,
        record=context.records,
        then=go_on,
    )


def _steps(context: Context, *, exchanges: bool, copies: bool) -> list[Step]:
    steps = [Step.SOURCES]
    if exchanges and context.records and context.has_exchanges:
        steps.insert(0, Step.EXCHANGES)
    if copies and context.records and context.has_copies:
        steps.append(Step.COPIES)
    return steps


def _show(report: dict[str, object]) -> None:
    _show_pull(report["pull"], _number(report["pull_left"]))
    snapshot = report["snapshot"]
    assert isinstance(snapshot, dict)
    click.echo(
        _(
            "Snapshot {id}: {total}, {added} new. Files: {new} new, {changed} changed, {same} same."
        ).format(
            id=str(snapshot["id"])[:8],
            total=size(snapshot["size"]),
            added=size(_number(report["bytes_added"])),
            new=f"{_number(report['files_new']):,}",
            changed=f"{_number(report['files_changed']):,}",
            same=f"{_number(report['files_unchanged']):,}",
        )
    )
    copies = report["copies"]
    for copy in copies if isinstance(copies, list) else ():
        click.echo(
            _("Copy {name}: {outcome}, {added} new").format(
                name=copy["name"], outcome=copy["outcome"], added=size(copy["bytes_copied"])
            )
        )


def _show_pull(pulled: object, left: int) -> None:
    if not isinstance(pulled, dict):
        return
    from app.cli.pull import show_pulled

    show_pulled(pulled)
    if pulled["busy"]:
        click.echo(_("A pull of its own is at work; this snapshot holds what it had brought."))
    if left:
        click.echo(_("The minute for exchanges was over; the rest is asked for after the backup."))


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value
