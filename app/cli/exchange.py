"""`tradekeep exchange add|list|check|key|remove`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from app.cli.context import Context, Quiet, at_terminal, json_option
from app.cli.text import local, table
from app.errors import WrongUsage
from app.json_lines import NO_JSON
from app.messages import _

if TYPE_CHECKING:
    from app.services.exchanges import Examined
    from app.settings.model import Option

F = TypeVar("F", bound=Callable[..., object])
_LARGEST = 64 << 10


def _allow_host(command: F) -> F:
    words = "Confirm a server that is not the exchange's own; remembered on this computer."
    return click.option("--allow-host", "hosts", multiple=True, metavar="HOST", help=words)(command)


def _credentials(command: F) -> F:
    words = "Take the key from standard input: a JSON object with ccxt's names."
    return click.option("--credentials-stdin", "from_stdin", is_flag=True, help=words)(command)


@click.group()
def exchange() -> None:
    """Accounts at exchanges whose history is archived.

    Example: tradekeep exchange list
    """


@exchange.command("add")
@click.argument("name")
@click.option("--exchange", "exchange_id", metavar="ID", required=True, help="ccxt's id of it.")
@click.option(
    "--options",
    "options_file",
    metavar="FILE.json",
    type=click.Path(path_type=Path),
    help="Options for the connection: hostname, sandbox, demo, httpsProxy, …",
)
@click.option(
    "--since",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="From when on the history is wanted; otherwise from 2017 on.",
)
@click.option(
    "--secrets-in-backup/--no-secrets-in-backup",
    default=None,
    help="Whether keys go into the encrypted backups. Asked once; otherwise they do not.",
)
@_credentials
@_allow_host
@json_option
@click.pass_obj
def add(
    context: Context,
    name: str,
    exchange_id: str,
    options_file: Path | None,
    since: datetime | None,
    secrets_in_backup: bool | None,
    from_stdin: bool,
    hosts: tuple[str, ...],
    as_json: bool,
) -> int:
    """Connect an account. Its key is asked for, and only has to be allowed to read.

    Nothing is stored before the exchange has taken the key.

    Example: tradekeep exchange add main --exchange binanceusdm
    """

    def make(quiet: Quiet) -> dict[str, object]:
        from app.cli.credentials import read_secrets
        from app.services import exchanges

        request = exchanges.AddRequest(
            name=name,
            exchange=exchange_id,
            options=_read_options(options_file) if options_file else {},
            since=since.date() if since else None,
            allow_hosts=frozenset(host.lower() for host in hosts),
        )
        draft = exchanges.draft(context.home, request)
        secrets = read_secrets(draft.needs, from_stdin=from_stdin)
        wish = _wish(context, secrets_in_backup, ask=not from_stdin)
        examined = exchanges.add(context.home, draft, secrets, quiet)
        if wish is not None:
            exchanges.choose_secrets_in_backup(context.home, wish)
        kept = context.home.settings.secrets_in_backup if wish is None else wish
        return {**_examined_json(examined), "secrets_in_backup": bool(kept)}

    return context.answer(as_json, make, _show_added)


def _read_options(file: Path) -> dict[str, Option]:
    try:
        with file.expanduser().open("rb") as stream:
            told = json.loads(stream.read(_LARGEST))
    except OSError as error:
        reason = error.strerror or str(error)
        raise WrongUsage("exchange-options-unreadable", path=str(file), reason=reason) from error
    except NO_JSON as error:
        reason = type(error).__name__  # its text quotes the file, which may hold a secret
        raise WrongUsage("exchange-options-unreadable", path=str(file), reason=reason) from None
    if not isinstance(told, dict):
        reason = type(told).__name__
        raise WrongUsage("exchange-options-unreadable", path=str(file), reason=reason)
    return told


def _wish(context: Context, given: bool | None, *, ask: bool) -> bool | None:
    """The user's choice; None if it was made before. Made once, with the first account."""
    if given is not None or context.home.settings.secrets_in_backup is not None:
        return given
    if not (ask and at_terminal()):
        return False
    click.echo(
        _(
            "Are the keys of exchange accounts to go into your encrypted backups?\n"
            "Yes: a new computer is connected again at once; whoever has a recovery key of the "
            "repository has these keys, too.\n"
            "No: on a new computer you make new keys at the exchanges. What was archived comes "
            "back in both cases."
        ),
        err=True,
    )
    return click.confirm(_("Keys into the backups?"), default=False, err=True)


def _examined_json(examined: Examined) -> dict[str, object]:
    settings, rights = examined.settings, examined.rights
    told = None if rights is None else {"withdraw": rights.withdraw, "trade": rights.trade}
    return {
        "name": settings.name,
        "exchange": settings.exchange,
        "environment": settings.environment.value,
        "since": settings.since.isoformat() if settings.since else None,
        "hosts": sorted(examined.hosts),
        "rights": told,
        "clock_offset_ms": examined.clock_offset,
        "verified": examined.verified,
    }


def _show_added(report: dict[str, object]) -> None:
    _show_examined(report)
    words = (
        _("Its key goes into your encrypted backups.")
        if report["secrets_in_backup"]
        else _("Its key stays on this computer, sealed; it does not go into backups.")
    )
    click.echo(words)
    click.echo(_("Next: tradekeep pull {name}").format(name=report["name"]))


def _show_examined(report: dict[str, object]) -> None:
    click.echo(_("{name}: {exchange} answers and takes the key.").format(**report))
    if report["rights"] is None:
        click.echo(
            _(
                "The exchange does not tell what the key may do. Look there that it may only "
                "read, above all that it may not withdraw."
            )
        )
    if not report["verified"]:
        click.echo(
            _(
                "This exchange was never tried against a server in its own format; compare what "
                "comes: tradekeep coverage {name}"
            ).format(name=report["name"])
        )


@exchange.command("list")
@json_option
@click.pass_obj
def list_accounts(context: Context, as_json: bool) -> int:
    """List the accounts. Asks no exchange and needs no key.

    Example: tradekeep exchange list
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.services.exchange_list import accounts

        return {"accounts": accounts(context.home)}

    return context.answer(as_json, read, _show_list)


def _show_list(report: dict[str, object]) -> None:
    accounts = report["accounts"]
    assert isinstance(accounts, list)
    if not accounts:
        click.echo(_("No account yet. Add one: tradekeep exchange add NAME --exchange ID"))
        return
    head = (
        _("Name"),
        _("Exchange"),
        _("Environment"),
        _("From"),
        _("Last pull"),
        _("Outcome"),
    )
    rows = [
        (
            each["name"],
            each["exchange"],
            each["environment"],
            each["since"] or "–",
            local(each["last_pull"]),
            each["outcome"] or "–",
        )
        for each in accounts
    ]
    table(head, rows, right=frozenset())


@exchange.command()
@click.argument("name")
@_allow_host
@json_option
@click.pass_obj
def check(context: Context, name: str, hosts: tuple[str, ...], as_json: bool) -> int:
    """Ask the exchange whether it takes the key, and what that may do.

    Example: tradekeep exchange check main
    """

    def ask(quiet: Quiet) -> dict[str, object]:
        from app.services import exchanges

        allowed = [host.lower() for host in hosts]
        return _examined_json(exchanges.check(context.home, name, quiet, allowed))

    return context.answer(as_json, ask, _show_examined)


@exchange.command()
@click.argument("name")
@_credentials
@_allow_host
@json_option
@click.pass_obj
def key(
    context: Context, name: str, from_stdin: bool, hosts: tuple[str, ...], as_json: bool
) -> int:
    """Give an account another key: the old one ran out, or is not on this computer.

    Example: tradekeep exchange key main
    """

    def replace(quiet: Quiet) -> dict[str, object]:
        from app.cli.credentials import read_secrets
        from app.services import exchanges

        _settings, needs = exchanges.secrets_of(context.home, name)
        secrets = read_secrets(needs, from_stdin=from_stdin)
        allowed = [host.lower() for host in hosts]
        examined = exchanges.replace_key(context.home, name, secrets, quiet, allowed)
        return _examined_json(examined)

    return context.answer(as_json, replace, _show_examined)


@exchange.command("file")
@click.argument("name")
@click.argument("quarter")
@json_option
@click.pass_obj
def own_file(context: Context, name: str, quarter: str, as_json: bool) -> int:
    """Ask for the file that an exchange makes of a quarter that it tells no more (OKX's bills).

    It is applied for, and hours later the same command tells where it is. Get it from there, then
    bring it in with tradekeep import csv.

    Example: tradekeep exchange file main 2023Q1
    """

    def ask(_quiet: Quiet) -> dict[str, object]:
        from app.services.own_files import ask

        return ask(context.home, name, quarter)

    return context.answer(as_json, ask, _show_file)


def _show_file(told: dict[str, object]) -> None:
    if told["link"] is None:
        words = _("{exchange} makes the file now. Ask again in a few hours, in the same way.")
        click.echo(words.format(exchange=told["exchange"]))
        return
    words = _(
        "The file is ready at {host}, for a few hours:\n{link}\n"
        "When you have got it: tradekeep import csv FILE --account {account} --what {what}"
    )
    click.echo(words.format(**told))


@exchange.command()
@click.argument("name")
@json_option
@click.pass_obj
def remove(context: Context, name: str, as_json: bool) -> int:
    """Forget an account and its key. What was archived of it stays, and is backed up on.

    Example: tradekeep exchange remove main
    """

    def forget(_quiet: Quiet) -> dict[str, object]:
        from app.services.exchanges import remove

        gone = remove(context.home, name)
        return {"name": gone.name, "exchange": gone.exchange}

    def show(report: dict[str, object]) -> None:
        words = _("{name} is not pulled any more, its key is forgotten. Its archive stays.")
        click.echo(words.format(name=report["name"]))
        click.echo(_("If you need the key nowhere else, delete it at the exchange."))

    return context.answer(as_json, forget, show)


@exchange.command("about")
@click.argument("exchange_id", metavar="ID")
@json_option
@click.pass_obj
def about_exchange(context: Context, exchange_id: str, as_json: bool) -> int:
    """Tell what a key of an exchange consists of, and how well its history is known. Asks nobody.

    Example: tradekeep exchange about okx
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.services.connections import needed, tables

        known, told = tables(exchange_id)
        return {
            "id": told.id,
            "name": told.name,
            "needs": list(needed(exchange_id)),
            "verified": known.verified,
        }

    def show(report: dict[str, object]) -> None:
        needs = report["needs"]
        assert isinstance(needs, list)
        click.echo(f"{report['name']} ({report['id']}): {', '.join(needs)}")

    return context.answer(as_json, read, show)
