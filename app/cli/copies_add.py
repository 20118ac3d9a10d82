"""`tradekeep copy add` and `copy sign-in`: a command for each kind of place."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from app.cli.context import Context, Quiet, at_terminal, json_option
from app.cli.events import sign_in_event, token_event, write_event
from app.errors import WrongUsage
from app.messages import _
from app.secret import Secret

F = TypeVar("F", bound=Callable[..., object])
_LONGEST = 64 << 10


@click.group()
def add() -> None:
    """Add a copy.

    Example: tradekeep copy add drive /media/me/KEEP-1 --name KEEP-1
    """


def _named(command: F) -> F:
    """Adds `--name`, `--off-site` and `--json`."""
    name = click.option("--name", required=True, help="How you call it: KEEP-1, NAS, …")
    away = click.option(
        "--off-site/--at-home", default=None, help="Whether it lies where you do not."
    )
    return name(away(json_option(command)))


def _added(report: dict[str, object]) -> None:
    words = _("{name} is a copy now. The next backup fills it, or: tradekeep copy sync")
    click.echo(words.format(name=report["name"]))


@add.command("folder")
@click.argument("path", type=click.Path(path_type=Path))
@_named
@click.pass_obj
def add_folder(
    context: Context, path: Path, name: str, off_site: bool | None, as_json: bool
) -> int:
    """Keep a copy in a folder, best on another disk.

    Example: tradekeep copy add folder /mnt/nas/tradekeep --name NAS
    """

    def make(_quiet: Quiet) -> dict[str, object]:
        from app.services.copies import add_folder
        from app.services.copies import as_json as told

        return told(add_folder(context.home, path, name, off_site=bool(off_site)))

    return context.answer(as_json, make, _added)


@add.command("drive")
@click.argument("path", type=click.Path(path_type=Path))
@_named
@click.pass_obj
def add_drive(context: Context, path: Path, name: str, off_site: bool | None, as_json: bool) -> int:
    """Keep a copy on a drive that comes and goes. It is found again wherever it is mounted.

    Example: tradekeep copy add drive /media/me/KEEP-1 --name KEEP-1
    """

    def make(_quiet: Quiet) -> dict[str, object]:
        from app.services.copies import add_drive
        from app.services.copies import as_json as told

        return told(add_drive(context.home, path, name, off_site=bool(off_site)))

    return context.answer(as_json, make, _added)


@add.command("s3")
@click.argument("address", metavar="https://HOST/BUCKET/FOLDER")
@click.option("--access-key", "user", required=True, metavar="ID", help="The id of the key.")
@click.option("--region", default="", help="Where the bucket lies, if the service asks for it.")
@click.option("--secret-stdin", is_flag=True, help="The secret is the first line of the input.")
@_named
@click.pass_obj
def add_s3(
    context: Context,
    address: str,
    user: str,
    region: str,
    secret_stdin: bool,
    name: str,
    off_site: bool | None,
    as_json: bool,
) -> int:
    """Keep a copy in a bucket: Amazon S3, Backblaze B2, Wasabi, MinIO, …

    Example: tradekeep copy add s3 https://s3.wasabisys.com/keep --access-key ID --name Wasabi
    """

    def make(_quiet: Quiet) -> dict[str, object]:
        from app.services.copies import add_remote, new_id
        from app.services.copies import as_json as told
        from app.services.opening import SECRET_KEY
        from app.settings.model import S3, CopySettings

        away = off_site is not False
        copy = CopySettings(name, S3, address, new_id(), user=user, region=region, off_site=away)
        return told(add_remote(context.home, copy, {SECRET_KEY: _secret(secret_stdin)}))

    return context.answer(as_json, make, _added)


@add.command("webdav")
@click.argument("address", metavar="https://HOST/FOLDER")
@click.option("--user", required=True, help="Who signs in there.")
@click.option("--secret-stdin", is_flag=True, help="The password is the first line of the input.")
@_named
@click.pass_obj
def add_webdav(
    context: Context,
    address: str,
    user: str,
    secret_stdin: bool,
    name: str,
    off_site: bool | None,
    as_json: bool,
) -> int:
    """Keep a copy in a WebDAV folder: Nextcloud, a NAS, a hosting service.

    Example: tradekeep copy add webdav https://cloud.example.org/dav/keep --user me --name Cloud
    """

    def make(_quiet: Quiet) -> dict[str, object]:
        from app.services.copies import add_remote, new_id
        from app.services.copies import as_json as told
        from app.services.opening import PASSWORD
        from app.settings.model import WEBDAV, CopySettings

        away = off_site is not False
        copy = CopySettings(name, WEBDAV, address, new_id(), user=user, off_site=away)
        return told(add_remote(context.home, copy, {PASSWORD: _secret(secret_stdin)}))

    return context.answer(as_json, make, _added)


@add.command("dropbox")
@click.option("--folder", default="tradekeep", show_default=True, help="Within the app's folder.")
@_named
@click.pass_obj
def add_dropbox(
    context: Context, folder: str, name: str, off_site: bool | None, as_json: bool
) -> int:
    """Keep a copy in Dropbox. Prints an address; the code shown there is read from the input.

    Example: tradekeep copy add dropbox --name Dropbox
    """

    def make(_quiet: Quiet) -> dict[str, object]:
        from app.services.copies import add_remote, new_id
        from app.services.copies import as_json as told
        from app.services.opening import TOKEN
        from app.settings.model import DROPBOX, CopySettings

        away, address = off_site is not False, f"dropbox:/{folder.strip('/')}"
        copy = CopySettings(name, DROPBOX, address, new_id(), off_site=away)
        token = _signed_in(context, as_json=as_json)
        return told(add_remote(context.home, copy, {TOKEN: token}))

    return context.answer(as_json, make, _added)


@click.command("dropbox-app")
@click.argument("key")
@json_option
@click.pass_obj
def dropbox_app(context: Context, key: str, as_json: bool) -> int:
    """Name the app of Dropbox that signs in, by the “App key” in its settings.

    Example: tradekeep copy dropbox-app 4fp2qk0v1m8zt3x
    """

    def name(_quiet: Quiet) -> dict[str, object]:
        from app.settings.settings import DropboxSettings, set_dropbox

        set_dropbox(context.home.paths.settings_file, DropboxSettings(key.strip()))
        return {"app_key": key.strip()}

    def show(_report: dict[str, object]) -> None:
        click.echo(_("Dropbox is signed in to with this app from now on."))

    return context.answer(as_json, name, show)


@click.command("dropbox-token")
@json_option
@click.pass_obj
def dropbox_token(context: Context, as_json: bool) -> int:
    """Sign in to Dropbox and print the token, to restore on a computer that has no such copy.

    Example: TRADEKEEP_DROPBOX_TOKEN=$(tradekeep copy dropbox-token)
    """

    def ask(_quiet: Quiet) -> dict[str, object]:
        token = _signed_in(context, as_json=as_json).reveal()
        if as_json:
            write_event(token_event(token))
        else:
            click.echo(token)
        return {}

    return context.answer(as_json, ask, lambda _report: None)


@click.command("sign-in")
@click.argument("name", required=False)
@click.option("--secret-stdin", is_flag=True, help="The secret is the first line of the input.")
@json_option
@click.pass_obj
def sign_in(context: Context, name: str | None, secret_stdin: bool, as_json: bool) -> int:
    """Give the secrets of a copy anew: another password, another key, or Dropbox once more.

    Without a name: those of this computer's repository, where that is behind a network.

    Example: tradekeep copy sign-in Dropbox
    """

    def make(_quiet: Quiet) -> dict[str, object]:
        from app.services.copies import as_json as told
        from app.services.copies import sign_in_again
        from app.services.opening import SECRET_OF, TOKEN
        from app.services.own_place import own_away, sign_in_own
        from app.services.sync import find_copy

        own = context.home.settings.repository
        is_own = name is None or (own is not None and name == own.place)
        copy = own_away(context.home) if is_own else find_copy(context.home, name or "")
        secret_name = SECRET_OF.get(copy.kind)
        if secret_name is None:
            raise WrongUsage("copy-not-remote", name=copy.name)
        dropbox = secret_name == TOKEN
        secret = _signed_in(context, as_json=as_json) if dropbox else _secret(secret_stdin)
        if is_own:
            sign_in_own(context.home, {secret_name: secret})
            return told(copy)
        return told(sign_in_again(context.home, copy.name, {secret_name: secret}))

    def show(report: dict[str, object]) -> None:
        click.echo(_("{name} can be reached again.").format(name=report["name"]))

    return context.answer(as_json, make, show)


def _secret(from_stdin: bool) -> Secret:  # the flag as click hands it over
    """A secret from the prompt, or the first line of the input; never from arguments."""
    if not from_stdin:
        if not at_terminal():
            raise WrongUsage("copy-secret-needed")
        return Secret(click.prompt(_("Secret (not shown)"), hide_input=True, err=True).strip())
    line = sys.stdin.buffer.readline(_LONGEST).decode("utf-8", "replace").strip()
    if not line:
        raise WrongUsage("copy-secret-needed")
    return Secret(line)


def _signed_in(context: Context, *, as_json: bool) -> Secret:
    """The refresh token that Dropbox gives for the code that a person brings: a program is told the
    address by an event, and hands the code over as a line."""
    from app.backends.dropbox.app_key import find_app_key
    from app.backends.dropbox.sign_in import begin

    setting = context.home.settings.dropbox.app_key
    found = begin(find_app_key(setting, environment=context.home.environment).key)
    if as_json:
        write_event(sign_in_event(found.address))
    else:
        words = _("Open this address, allow Tradekeep its folder, and bring the code here:")
        click.echo(words, err=True)
        click.echo(found.address, err=True)
    if at_terminal() and not as_json:
        code = click.prompt(_("The code"), err=True)
    else:
        code = sys.stdin.buffer.readline(_LONGEST).decode("utf-8", "replace")
    if not code.strip():
        raise WrongUsage("copy-secret-needed")
    return found.finish(code).token
