"""`tradekeep verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from app.cli.context import Context
from app.cli.jobs import job_options, run_job
from app.messages import _, plural
from app.messages.amounts import size
from app.messages.numbers import count
from app.monitor import Step
from app.services.history import Job
from app.services.run import Run

if TYPE_CHECKING:
    from app.repository.checker import Scope


@click.command()
@click.option("--read-data", is_flag=True, help="Read everything and compare every hash.")
@click.option("--sample", metavar="N%", help="Read a random sample of N per cent.")
@click.option("--copy", "name", metavar="NAME", help="The copy of that name.")
@click.option("--listing", is_flag=True, help="With --copy: compare by what the place tells.")
@click.option("--mend", is_flag=True, help="With --listing: send again what differs.")
@job_options
@click.pass_obj
def verify(
    context: Context,
    read_data: bool,
    sample: str | None,
    name: str | None,
    listing: bool,
    mend: bool,
    as_json: bool,
    control_stdin: bool,
) -> int:
    """Verify the repository, or with --copy a copy.

    Without options the structure is checked: every snapshot, every list, every pack's size. By
    listing nothing is downloaded: sizes are compared, in Dropbox also hashes of all data.

    Example: tradekeep verify --copy KEEP-1 --sample 10%
    """
    from app.services.sync import find_copy
    from app.services.verify import scope_of

    scope = scope_of(read_data=read_data, sample=sample)
    if (listing and (name is None or read_data or sample)) or (mend and not listing):
        raise click.UsageError(_("--listing stands with --copy, and alone but for --mend."))
    if name is not None:
        find_copy(context.home, name)
        context = context.at(name)

    def body(run: Run) -> dict[str, object]:
        if listing and name is not None:
            return _by_listing(context, name, run, mend=mend)
        return _by_reading(context, scope, run)

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


def _by_reading(context: Context, scope: Scope, run: Run) -> dict[str, object]:
    from app.services.own_place import remember_own
    from app.services.verify import verify_place

    repository = context.open()
    copy = context.home.copy(context.place) if context.records and context.place else None
    # A name may be given to another drive later, whose data nobody has read.
    which = copy.id if copy else repository.config.id
    report = verify_place(repository, scope, run)
    if context.records and context.is_own:
        remember_own(context.home, repository.backend)
    return {**report, "which": which}


def _by_listing(context: Context, name: str, run: Run, *, mend: bool) -> dict[str, object]:
    from app.services.sync import find_copy
    from app.services.verify import verify_by_listing

    chosen = find_copy(context.home, name)
    own = context.at(None).open()
    return {**verify_by_listing(context.home, own, chosen, run, mend=mend), "which": chosen.id}


def _show(report: dict[str, object]) -> None:
    if report["scope"] in ("listing", "hashes"):
        _show_compared(report)
        return
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


def _show_compared(report: dict[str, object]) -> None:
    words = {
        "listing": _("By their sizes, {files} are as they are here: {bytes}."),
        "hashes": _("By their hashes, {files} are as they are here: {bytes}."),
    }
    files = plural("{count} file", "{count} files", int(str(report["files"])))
    said = words[str(report["scope"])]
    click.echo(said.format(files=files, bytes=size(int(str(report["bytes"])))))
    if report["mended"]:
        click.echo(
            plural(
                "{count} was sent again.", "{count} were sent again.", int(str(report["mended"]))
            )
        )
    if report["sound"]:
        click.echo(_("Nothing is damaged."))
