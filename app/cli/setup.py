"""`tradekeep init`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.key_out import hand_over, recovery_options, refuse_report
from app.errors import WrongUsage
from app.messages import _

if TYPE_CHECKING:
    from app.services.own_place import Treatment


@click.command()
@click.argument("place", required=False)
@click.option(
    "--repository",
    "named",
    metavar="PLACE",
    help="The same as PLACE. Default: a folder Tradekeep in your home.",
)
@click.option("--join", is_flag=True, help="Use the repository that is there, with its key.")
@click.option("--limit", metavar="KB", type=click.IntRange(0), default=0, help="See copy set.")
@click.option("--off-site/--at-home", default=None, help="Whether it lies where you do not.")
@recovery_options
@json_option
@click.pass_obj
def init(
    context: Context,
    place: str | None,
    named: str | None,
    join: bool,
    limit: int,
    off_site: bool | None,
    recovery_out: Path | None,
    recovery_stdout: bool,
    as_json: bool,
) -> int:
    """Make this machine's repository and its two keys, in a folder or at s3:…, webdav:…, dropbox:…

    The device key goes into the keyring, for every day. The recovery key is shown once: print
    it. It opens the repository on a new machine, with Tradekeep or with stock restic.

    Several machines may use one repository: the first makes it, the others join it. What opens a
    place behind a network is taken from the environment, as restic does, and sealed.

    Example: tradekeep init --repository ~/Tradekeep --recovery-out ~/recovery-key.txt
    """
    from app.services.own_place import Treatment

    asked, treatment = place or named or context.place, Treatment(limit, off_site)

    def make(_quiet: Quiet) -> dict[str, object]:
        if join:
            if recovery_out is not None or recovery_stdout:
                raise WrongUsage("join-makes-no-key")
            return _join(context, asked, treatment)
        refuse_report(as_json=as_json, out=recovery_out, to_stdout=recovery_stdout)
        return _make(context, asked, recovery_out, treatment, as_json=as_json)

    return context.answer(as_json, make, _show_joined if join else _show)


def _make(
    context: Context, place: str | None, out: Path | None, treatment: Treatment, *, as_json: bool
) -> dict[str, object]:
    from app.services.setup import initialise

    new = initialise(context.home, place=place, recovery_out=out, treatment=treatment)
    if new.recovery_file is None:
        hand_over(new.recovery_key, new.recovery_key_id, as_json=as_json)
    return {
        "repository": new.place,
        "id": new.id,
        "device_key_id": new.device_key,
        "recovery_key_id": new.recovery_key_id,
        "recovery_file": str(new.recovery_file) if new.recovery_file else None,
    }


def _join(context: Context, place: str | None, treatment: Treatment) -> dict[str, object]:
    from app.services.joining import join

    if place is None:
        raise WrongUsage("join-where")
    own = join(context.home, context.at(place).access, treatment)
    return {"repository": own.place, "id": own.id, "device_key_id": own.device_key}


def _show(report: dict[str, object]) -> None:
    click.echo(_("The repository is at {path}").format(path=report["repository"]))
    click.echo()
    if report["recovery_file"]:
        click.echo(_("The recovery key is in {file}").format(file=report["recovery_file"]))
        click.echo(_("Print it, and keep it away from this computer."))
        click.echo()
    click.echo(_("Without it and without this computer, nobody can open the repository."))
    _show_restic(str(report["repository"]), str(report["recovery_key_id"])[:8])
    _show_next()


def _show_restic(place: str, hint: str) -> None:
    """Restic itself knows buckets and folders."""
    click.echo(_("It is also the password for stock restic, exactly as it stands:"))
    if place.startswith(("webdav:", "dropbox:")):
        place = "rclone:REMOTE:FOLDER"
    click.echo(f"    restic -r {place} --key-hint {hint} snapshots")
    if place.startswith("rclone:"):
        click.echo(_("Restic reaches this place by way of rclone, once it is set up there."))


def _show_joined(report: dict[str, object]) -> None:
    click.echo(_("The repository is at {path}").format(path=report["repository"]))
    click.echo(_("This computer has a key of its own to it now."))
    _show_next()


def _show_next() -> None:
    click.echo()
    click.echo(
        _("Next: tradekeep source detect, tradekeep source add folder PATH, tradekeep backup")
    )
