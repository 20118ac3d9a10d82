"""`tradekeep key list|add|remove`."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.text import local, table
from app.messages import _


@click.group()
def key() -> None:
    """The keys that open the repository."""


@key.command("list")
@json_option
@click.pass_obj
def list_keys(context: Context, as_json: bool) -> int:
    """List the keys; the one in use is marked.

    Example: tradekeep key list
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.repository.keys import list_keys

        repository = context.open()
        return {
            "keys": [
                {
                    "id": info.id,
                    "created": info.created,
                    "username": info.username,
                    "host": info.hostname,
                    "in_use": info.id == repository.key_id,
                }
                for info in list_keys(repository.backend)
            ]
        }

    return context.answer(as_json, read, _show_keys)


def _show_keys(report: dict[str, object]) -> None:
    keys = report["keys"]
    assert isinstance(keys, list)
    rows = [
        (
            ("*" if each["in_use"] else " ") + each["id"][:8],
            local(each["created"]),
            each["username"],
            each["host"],
        )
        for each in keys
    ]
    table((_(" Id"), _("Made"), _("User"), _("Machine")), rows, right=frozenset())


@key.command("add")
@click.option(
    "--new-password-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Add the password in this file instead of a new recovery key.",
)
@click.option(
    "--recovery-out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the new recovery key to this new file (mode 0600).",
)
@json_option
@click.pass_obj
def add_key(
    context: Context, new_password_file: Path | None, recovery_out: Path | None, as_json: bool
) -> int:
    """Add a key: a new recovery key, or a password of your own.

    Example: tradekeep key add --recovery-out ~/second-recovery-key.txt
    """

    def make(_quiet: Quiet) -> dict[str, object]:
        from app.repository.lock import locked
        from app.services.setup import add_access

        repository = context.open()
        with locked(repository):
            added = add_access(
                repository, password_file=new_password_file, recovery_out=recovery_out
            )
        shown = added.recovery_key if recovery_out is None else None
        return {
            "id": added.id,
            "recovery_key": shown.reveal() if shown else None,
            "recovery_file": str(recovery_out) if recovery_out else None,
        }

    return context.answer(as_json, make, _show_added)


def _show_added(report: dict[str, object]) -> None:
    click.echo(_("Added key {id}.").format(id=str(report["id"])[:8]))
    if report["recovery_key"]:
        click.echo(_("Recovery key, shown this once. Print it:"))
        click.secho(f"\n    {report['recovery_key']}\n", bold=True)
    if report["recovery_file"]:
        words = _("The recovery key is in {file}\nPrint it, and keep it away from this computer.")
        click.echo(words.format(file=report["recovery_file"]))


@key.command("remove")
@click.argument("key_id", metavar="ID")
@json_option
@click.pass_obj
def remove_key(context: Context, key_id: str, as_json: bool) -> int:
    """Remove a key by the beginning of its id.

    At the copies it goes with the next sync. Who kept the key and has an older copy of the
    repository can still open that one.

    Example: tradekeep key remove 3f2a91bc
    """

    def remove(_quiet: Quiet) -> dict[str, object]:
        from app.repository.lock import LockMode, locked
        from app.services.setup import remove_access

        repository = context.open()
        with locked(repository, LockMode.EXCLUSIVE):
            removed = remove_access(context.home, repository, key_id, own=context.is_own)
            return {"removed": removed}

    def show(report: dict[str, object]) -> None:
        click.echo(_("Removed key {id}.").format(id=str(report["removed"])[:8]))

    return context.answer(as_json, remove, show)
