"""`tradekeep recover`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.context import Context, Quiet, ask_for_key, at_terminal
from app.cli.events import problem_json
from app.cli.jobs import job_options, run_job
from app.cli.restore import show_counts, show_preview
from app.cli.text import local, table
from app.errors import WrongUsage
from app.messages import _
from app.messages.amounts import size
from app.messages.joined import labelled, listed
from app.monitor import Step
from app.repository.keys import host_name
from app.services.history import Job
from app.services.run import Run

if TYPE_CHECKING:
    from app.services.recover_plan import RecoverRequest

_WHAT = ("settings", "archive", "sources")


@click.command()
@click.argument("place")
@click.option(
    "--password-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A file whose first line is a password, a device key or a recovery key.",
)
@click.option(
    "--key-image",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A picture of the printed recovery kit, for its QR code.",
)
@click.option("--everything", is_flag=True, help="Bring everything back (default).")
@click.option("--only", multiple=True, type=click.Choice(_WHAT), help="Only this; can be repeated.")
@click.option("--snapshot", metavar="ID", default="latest", help="Another one than the newest.")
@click.option("--machine", metavar="NAME", help="Which of several computers is to come back.")
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="OLD=NEW",
    help="What lay below OLD goes below NEW; can be repeated.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@job_options
@click.pass_obj
def recover(
    context: Context,
    place: str,
    password_file: Path | None,
    key_image: Path | None,
    everything: bool,
    only: tuple[str, ...],
    snapshot: str,
    machine: str | None,
    maps: tuple[str, ...],
    dry_run: bool,
    yes: bool,
    as_json: bool,
    control_stdin: bool,
) -> int:
    """Set up this computer in the place of a lost one, from a copy at PLACE.

    Files come back to where they were, settings and schedule as they were, and the place is a copy
    of this computer's new repository. What differs and is there already is kept as
    NAME.before-restore. If this is interrupted, the same command goes on.

    Example: tradekeep recover /media/usb/Tradekeep --password-file recovery-key.txt
    """
    if everything and only:
        raise click.UsageError(_("Give either --everything or --only."))
    if password_file is not None and key_image is not None:
        raise click.UsageError(_("Give either --password-file or --key-image."))
    from app.services.recover import recover as recover_now

    request = _request(machine, snapshot, only or _WHAT, maps)
    at = _at(context, place, password_file, key_image)
    if dry_run:
        return _look(at, request, as_json=as_json)
    if not yes:
        _ask_first(at, request, as_json=as_json)

    def body(run: Run) -> dict[str, object]:
        return recover_now(at.home, at.access, request, run)

    return run_job(
        at,
        Job.RESTORE,
        [Step.RESTORE, *([Step.COPIES] if "settings" in request.only else [])],
        body,
        as_json=as_json,
        control_stdin=control_stdin,
        show=_show,
        place=place,
    )


def _request(
    machine: str | None, snapshot: str, only: tuple[str, ...], maps: tuple[str, ...]
) -> RecoverRequest:
    from app.services.recover_paths import read_rule
    from app.services.recover_plan import RecoverRequest, What

    return RecoverRequest(
        machine=machine,
        snapshot=snapshot,
        only=frozenset(map(What, only)),
        maps=tuple(map(read_rule, maps)),
    )


def _at(
    context: Context, place: str, password_file: Path | None, key_image: Path | None
) -> Context:
    """The same invocation at the place; a key is read once, for the look and for the job."""
    at = Context(context.environment, place, password_file or context.password_file)
    if key_image is not None:
        from app.services.key_image import key_in_image

        at.password_file = None  # the picture is named for this very command
        at.password = key_in_image(key_image, context.environment).key
    elif at.password_file is None:
        at.password = context.password or ask_for_key()
    return at


def _look(at: Context, request: RecoverRequest, *, as_json: bool) -> int:
    from app.services.recover import preview_recovery

    def read(quiet: Quiet) -> dict[str, object]:
        looked = preview_recovery(at.home, at.access, request, quiet)
        return {**looked, "problems": [problem_json(each) for each in quiet.problems]}

    return at.answer(as_json, read, _show_plan)


def _ask_first(at: Context, request: RecoverRequest, *, as_json: bool) -> None:
    if as_json or not at_terminal():
        raise WrongUsage("recover-needs-yes")
    _look(at, request, as_json=False)
    click.confirm(_("Restore all this?"), abort=True, err=True)


def _rows(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    return value


def _show_plan(report: dict[str, object]) -> None:
    snapshot = report["snapshot"]
    assert isinstance(snapshot, dict)
    words = _("Backup of {host}, {time}")
    click.echo(words.format(host=snapshot["host"], time=local(snapshot["time"])))
    if snapshot["tags"]:  # as the list of snapshots has them: it may be suspect
        click.echo(labelled(_("Tags"), listed(snapshot["tags"])))
    head = (_("Name"), _("Goes to"), _("Files"), _("Size"))
    shown = [
        (str(row["name"]), str(row["to"]), str(row["files"]), size(int(str(row["bytes"]))))
        for row in _rows(report["parts"])
    ]
    table(head, shown, right=frozenset({2, 3}))
    if report["repository"]:
        click.echo(_("The repository is at {path}").format(path=report["repository"]))
    show_preview(report)


def _show(report: dict[str, object]) -> None:
    for part in _rows(report["parts"]):
        click.echo(f"{part['name']}: {part['to']}")
    words = _("Restored {files}, {bytes}. Each was verified before it got its name.")
    show_counts(report, words)
    if "repository" not in report:
        return
    click.echo(_("The repository is at {path}").format(path=report["repository"]))
    for line in _left_to_do(report):
        click.echo(line)


def _left_to_do(report: dict[str, object]) -> list[str]:
    lines = [_("What is left to do:"), "  tradekeep backup"]
    for key, command in (
        ("accounts", "tradekeep exchange key {name}"),
        ("hosts", "tradekeep exchange check {name}"),
        ("copies", "tradekeep copy sign-in {name}"),
        ("alerts", "tradekeep alert remove {name} && tradekeep alert add"),
    ):
        found = report[key]
        assert isinstance(found, list)
        lines += ["  " + command.format(name=name) for name in found]
    if report["damaged"] and report["copy"]:
        lines.append(f"  tradekeep -r {report['copy']} repair")
    snapshot = report["snapshot"]
    assert isinstance(snapshot, dict)
    host = str(snapshot["host"])
    lost = "tradekeep key list" if host == host_name() else f"tradekeep key retire {host}"
    return [*lines, f"  {lost}"]
