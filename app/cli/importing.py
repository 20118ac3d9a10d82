"""`tradekeep import csv`: history from a file, for what an exchange will no longer give."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.text import number
from app.messages import _, plural
from app.messages.joined import listed

_WHAT = ("trades", "orders", "funding", "ledger", "deposits", "withdrawals", "transfers")


@click.group("import")
def import_() -> None:
    """Bring history from files into the archive.

    Example: tradekeep import csv 2019.csv --account main
    """


@import_.command("csv")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--account", required=True, metavar="NAME", help="The account that it belongs to.")
@click.option("--exchange", metavar="ID", help="Its exchange, for an account that is not known.")
@click.option("--what", type=click.Choice(_WHAT), default="trades", show_default=True)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="HEADING=FIELD",
    help="A column that has another name than ccxt's field.",
)
@click.option("--from", "since", metavar="DAY", help="It holds everything from this day on (UTC).")
@click.option("--to", "until", metavar="DAY", help="It holds everything until before this day.")
@json_option
@click.pass_obj
def import_table(
    context: Context,
    file: Path,
    account: str,
    exchange: str | None,
    what: str,
    columns: tuple[str, ...],
    since: str | None,
    until: str | None,
    as_json: bool,
) -> int:
    """Import a table. The file is kept as evidence, its rows are marked as imported.

    Columns are named as `tradekeep export` writes them (timestamp or datetime, symbol, side,
    price, amount, fee_cost, …). A time without a zone is UTC. What the exchange itself has told
    is never replaced. Without --from and --to, coverage goes from the first row to the last.

    Example: tradekeep import csv 2019.csv --account main --column 'Date(UTC)=datetime'
    """
    mapping = dict(_pair(text) for text in columns)

    def read(quiet: Quiet) -> dict[str, object]:
        from app.services.imports import import_file

        return import_file(
            context.home,
            file,
            what=what,
            account=account,
            exchange=exchange,
            columns=mapping,
            since=since,
            until=until,
            monitor=quiet,
        )

    return context.answer(as_json, read, _show)


def _pair(text: str) -> tuple[str, str]:
    heading, sign, name = text.rpartition("=")
    if not sign or not heading or not name:
        raise click.UsageError(_("--column takes HEADING=FIELD, not “{text}”.").format(text=text))
    return heading.strip(), name.strip()


def _show(report: dict[str, object]) -> None:
    rows = plural("{count} row", "{count} rows", int(str(report["rows"])))
    words = _("{path}: {rows}, {new} of them new, marked as imported")
    click.echo(words.format(path=report["path"], rows=rows, new=number(report["new"])))
    ignored = report["ignored_columns"]
    assert isinstance(ignored, list)
    if ignored:
        click.echo(_("Columns that mean nothing here: {names}").format(names=listed(ignored)))
