"""`tradekeep key list|add|remove|replace-recovery|prove|read-image|retire`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.events import write_event
from app.cli.key_out import hand_over, recovery_options, refuse_report
from app.cli.text import local, table
from app.errors import WrongUsage
from app.messages import _, mark
from app.messages.joined import listed

_KINDS = {
    "device": mark("device key"),
    "recovery": mark("recovery key"),
    "other": mark("password"),
}


@click.group()
def key() -> None:
    """The keys that open the repository.

    Example: tradekeep key list
    """


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
                    "kind": info.kind.value,
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
            _(_KINDS[each["kind"]]),
            local(each["created"]),
            each["username"],
            each["host"],
        )
        for each in keys
    ]
    table((" " + _("Id"), _("Kind"), _("Made"), _("User"), _("Machine")), rows, right=frozenset())


@key.command("add")
@click.option(
    "--new-password-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Add the password in this file instead of a new recovery key.",
)
@recovery_options
@json_option
@click.pass_obj
def add_key(
    context: Context,
    new_password_file: Path | None,
    recovery_out: Path | None,
    recovery_stdout: bool,
    as_json: bool,
) -> int:
    """Add a key: a new recovery key, or a password of your own.

    Example: tradekeep key add --recovery-out ~/second-recovery-key.txt
    """

    def make(_quiet: Quiet) -> dict[str, object]:
        from app.repository.lock import locked
        from app.services.setup import add_access

        if new_password_file is None:
            refuse_report(as_json=as_json, out=recovery_out, to_stdout=recovery_stdout)
        repository = context.open()
        with locked(repository):
            added = add_access(
                repository, password_file=new_password_file, recovery_out=recovery_out
            )
        if added.recovery_key is not None and recovery_out is None:
            hand_over(added.recovery_key, added.id, as_json=as_json)
        return {
            "id": added.id,
            "recovery_file": str(recovery_out) if recovery_out else None,
        }

    return context.answer(as_json, make, _show_added)


def _show_added(report: dict[str, object]) -> None:
    click.echo(_("Added key {id}.").format(id=str(report["id"])[:8]))
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


@key.command("replace-recovery")
@click.option("--replaces", metavar="ID", help="Which key goes, if there are several.")
@click.option(
    "--unproved",
    is_flag=True,
    help="Instead: all that were made on this computer and never proved (see key prove).",
)
@recovery_options
@json_option
@click.pass_obj
def replace_recovery(
    context: Context,
    replaces: str | None,
    unproved: bool,
    recovery_out: Path | None,
    recovery_stdout: bool,
    as_json: bool,
) -> int:
    """Make a new recovery key and remove the old one, here and with the next sync at the copies.

    The old one goes only when the new one is safe and has opened the repository.

    Example: tradekeep key replace-recovery --recovery-out ~/recovery-2.txt
    """

    def make(_quiet: Quiet) -> dict[str, object]:
        from app.services.keys import replace_recovery_key

        refuse_report(as_json=as_json, out=recovery_out, to_stdout=recovery_stdout)
        if unproved and replaces is not None:
            raise WrongUsage("recovery-key-which-way")
        done = replace_recovery_key(
            context.home,
            context.open(),
            old=replaces,
            unproved=unproved,
            recovery_out=recovery_out,
            show=partial(hand_over, as_json=as_json),
            own=context.is_own,
        )
        return {"added": done.added, "removed": done.removed}

    def show(report: dict[str, object]) -> None:
        removed = report["removed"]
        assert isinstance(removed, tuple)
        for each in removed:
            click.echo(_("The old recovery key ({id}) is gone.").format(id=each[:8]))
        if recovery_out is not None:
            click.echo(_("The new one is in {path}. Print it.").format(path=recovery_out))
        click.echo(_(_MASTER_KEY_STAYS))

    return context.answer(as_json, make, show)


@key.command("prove")
@click.option(
    "--key-stdin", "from_stdin", is_flag=True, help="Take the key from the first line of input."
)
@json_option
@click.pass_obj
def prove_key(context: Context, from_stdin: bool, as_json: bool) -> int:
    """Type the recovery key from its paper: that it opens the repository is recorded with the day.

    Do it when the kit is printed, and twice a year. Nothing of the key is kept.

    Example: tradekeep key prove
    """

    def ask(_quiet: Quiet) -> dict[str, object]:
        from app.cli.credentials import read_key
        from app.services.proof import prove

        proof = prove(context.home, read_key(from_stdin=from_stdin))
        return {"id": proof.key, "proved": proof.proved}

    def show(report: dict[str, object]) -> None:
        words = _("The recovery key ({id}) opens the repository. Keep its paper safe.")
        click.echo(words.format(id=str(report["id"])[:8]))

    return context.answer(as_json, ask, show)


@key.command("kit-printed")
@click.argument("key_id", metavar="ID")
@json_option
@click.pass_obj
def kit_printed(context: Context, key_id: str, as_json: bool) -> int:
    """Note that a recovery kit with this key was printed, and which copies it names: so that you
    are told when the paper is out of date.

    Example: tradekeep key kit-printed 9c1e77d2
    """

    def write(_quiet: Quiet) -> dict[str, object]:
        from app.repository.keys import find_key
        from app.services.kit_record import note

        record = note(context.home, find_key(context.open().backend, key_id))
        return {"key": record.key, "printed": record.printed, "copies": sorted(record.copies)}

    def show(report: dict[str, object]) -> None:
        copies = report["copies"]
        assert isinstance(copies, list)
        click.echo(_("Noted. The kit names: {copies}").format(copies=listed(copies) or "–"))

    return context.answer(as_json, write, show)


@key.command("read-image")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@click.pass_obj
def read_image(context: Context, file: Path, as_json: bool) -> int:
    """Read the recovery key from a picture of its kit.

    Example: tradekeep key read-image kit.jpg
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.services.key_image import key_in_image

        found = key_in_image(file, context.environment)
        if as_json:
            # An event of its own, as those of keys that are made; `id` is the repository's here.
            fields = {"event": "key", "kind": "recovery", "id": found.repository_id}
            write_event({**fields, "key": found.key.reveal()})
        else:
            click.echo(found.key.reveal())
        return {"repository": found.repository_id}

    return context.answer(as_json, read, lambda _report: None)


@key.command("retire")
@click.argument("host", metavar="MACHINE")
@json_option
@click.pass_obj
def retire(context: Context, host: str, as_json: bool) -> int:
    """Shut out a machine that was lost: its device key goes, here and with the next sync at the
    copies. Its snapshots stay.

    Example: tradekeep key retire old-laptop
    """

    def remove(_quiet: Quiet) -> dict[str, object]:
        from app.services.keys import retire_machine

        own = context.is_own
        return {"removed": retire_machine(context.home, context.open(), host, own=own)}

    def show(report: dict[str, object]) -> None:
        removed = report["removed"]
        assert isinstance(removed, list)
        ids = listed(each[:8] for each in removed)
        click.echo(_("{host} is shut out: its key {ids} is gone.").format(host=host, ids=ids))
        click.echo(_(_MASTER_KEY_STAYS))

    return context.answer(as_json, remove, show)


_MASTER_KEY_STAYS = mark(
    "The master key inside the repository stays the same: who had a key and kept a copy of the "
    "repository, or the master key, can still read it. If that may be so, make a repository with "
    "a new master key: tradekeep rekey FOLDER --recovery-out FILE"
)
