"""`tradekeep backup`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.context import Context
from app.cli.control import Control
from app.cli.jobs import job_options, run_job
from app.cli.text import number, outcome
from app.messages import _
from app.messages.amounts import size
from app.monitor import Step, nothing
from app.services.history import By, Job

if TYPE_CHECKING:
    from app.services.backup import BackupRequest


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]…")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Mark the snapshot.")
@click.option("--host", metavar="NAME", help="Record another host name.")
@click.option(
    "--exclude", multiple=True, metavar="PATTERN", help="Leave out (gitignore syntax), with PATH."
)
@click.option("--no-copies", is_flag=True, help="Do not bring the copies up to date.")
@click.option(
    "--if-due", is_flag=True, help="Only what the schedule says is due; exit code 4 if nothing is."
)
@job_options
@click.pass_obj
def backup(
    context: Context,
    paths: tuple[Path, ...],
    tags: tuple[str, ...],
    host: str | None,
    exclude: tuple[str, ...],
    no_copies: bool,
    if_due: bool,
    as_json: bool,
    control_stdin: bool,
) -> int:
    """Back up now: exchanges and all sources, or the given paths, then every copy.

    Exchanges and candles are pulled for a minute at most; what is left is pulled after the
    backup, in a run of its own (with --json: start it, if pull_left is not 0).

    Example: tradekeep backup
    """
    if if_due:
        if paths or tags or host or exclude or no_copies:
            raise click.UsageError(_("--if-due stands alone: it does what is configured."))
        from app.cli.by_schedule import run_what_is_due

        return run_what_is_due(context, as_json=as_json, control_stdin=control_stdin)
    request = BackupAsked(paths, tags, host, exclude, copies=not no_copies)
    return run_backup(context, request, as_json=as_json, control_stdin=control_stdin)


@dataclass(frozen=True, slots=True)
class BackupAsked:
    """What was typed; `pull` and `network` are false on a network that is paid by use,
    `network_wait` is how many seconds the pull waits for a network (None: it asks whether there
    is one or not)."""

    paths: tuple[Path, ...] = ()
    tags: tuple[str, ...] = ()
    host: str | None = None
    exclude: tuple[str, ...] = ()
    copies: bool = True
    pull: bool = True
    network_wait: float | None = None
    network: bool = True


def run_backup(
    context: Context,
    asked: BackupAsked,
    *,
    as_json: bool,
    control_stdin: bool,
    by: By = By.PERSON,
    begun: Callable[[], None] = nothing,
) -> int:
    """A backup from its start to its last line; returns the exit code."""
    from app.services.backup import back_up_now, report_json
    from app.services.run import Run

    def body(run: Run) -> dict[str, object]:
        request, repository = _request(context, asked), context.open()
        return report_json(back_up_now(context.home, repository, request, run))

    def go_on(report: dict[str, object], control: Control) -> int:
        from app.cli.pull import PIECE, run_pull

        if not report["pull_left"]:
            return 0
        minutes = PIECE if by is By.SCHEDULE else None
        return run_pull(context, minutes=minutes, control=control, by=by)

    return run_job(
        context,
        Job.BACKUP,
        _steps(
            context,
            whole=not asked.paths,
            exchanges=not asked.paths and asked.pull,
            copies=asked.copies,
        ),
        body,
        as_json=as_json,
        control_stdin=control_stdin,
        show=_show,
        record=context.records,
        by=by,
        begun=begun,
        then=go_on,
    )


def _request(context: Context, asked: BackupAsked) -> BackupRequest:
    from app.services.backup import BackupRequest

    return BackupRequest(
        paths=asked.paths,
        tags=asked.tags,
        host=asked.host,
        exclude=asked.exclude,
        copies=asked.copies,
        own=context.is_own,
        pull=asked.pull,
        network_wait=asked.network_wait,
        network=asked.network,
    )


def _steps(context: Context, *, whole: bool, exchanges: bool, copies: bool) -> list[Step]:
    steps = [Step.SOURCES]
    if exchanges and context.records and context.has_exchanges:
        steps.insert(0, Step.EXCHANGES)
    if copies and context.records and context.has_copies:
        steps.append(Step.COPIES)
    if whole and copies and context.records and context.tidies:
        steps.append(Step.TIDY)
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
            new=number(report["files_new"]),
            changed=number(report["files_changed"]),
            same=number(report["files_unchanged"]),
        )
    )
    copies = report["copies"]
    for copy in copies if isinstance(copies, list) else ():
        click.echo(
            _("Copy {name}: {outcome}, {added} new").format(
                name=copy["name"],
                outcome=outcome(copy["outcome"]),
                added=size(copy["bytes_copied"]),
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
