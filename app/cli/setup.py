"""`tradekeep init`."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.key_out import hand_over, recovery_options, refuse_report
from app.messages import _


@click.command()
@click.option(
    "--repository",
    "path",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Where the repository is to lie. Default: a folder Tradekeep in your home.",
)
@recovery_options
@json_option
@click.pass_obj
def init(
    context: Context,
    path: Path | None,
    recovery_out: Path | None,
    recovery_stdout: bool,
    as_json: bool,
) -> int:
    """Make this machine's repository and its two keys.

    The device key goes into the keyring, for every day. The recovery key is shown once: print
    it. It opens the repository on a new machine, with Tradekeep or with stock restic.

    Example: tradekeep init --repository ~/Tradekeep --recovery-out ~/recovery-key.txt
    """
    from app.services.setup import initialise

    place = path or (Path(context.place) if context.place else None)

    def make(_quiet: Quiet) -> dict[str, object]:
        refuse_report(as_json=as_json, out=recovery_out, to_stdout=recovery_stdout)
        new = initialise(context.home, path=place, recovery_out=recovery_out)
        if new.recovery_file is None:
            hand_over(new.recovery_key, new.recovery_key_id, as_json=as_json)
        return {
            "repository": str(new.path),
            "id": new.id,
            "device_key_id": new.device_key,
            "recovery_key_id": new.recovery_key_id,
            "recovery_file": str(new.recovery_file) if new.recovery_file else None,
        }

    return context.answer(as_json, make, _show)


def _show(report: dict[str, object]) -> None:
    click.echo(_("The repository is at {path}").format(path=report["repository"]))
    click.echo()
    if report["recovery_file"]:
        click.echo(_("The recovery key is in {file}").format(file=report["recovery_file"]))
        click.echo(_("Print it, and keep it away from this computer."))
        click.echo()
    click.echo(_("Without it and without this computer, nobody can open the repository."))
    click.echo(_("It is also the password for stock restic, exactly as it stands:"))
    hint = str(report["recovery_key_id"])[:8]
    click.echo(f"    restic -r {report['repository']} --key-hint {hint} snapshots")
    click.echo()
    click.echo(
        _("Next: tradekeep source detect, tradekeep source add folder PATH, tradekeep backup")
    )
