"""`tradekeep export`: rows of the archive for people, programs and the tax."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.context import Context, Quiet, json_option
from app.messages import plural
from app.messages.joined import labelled

_WHAT = ("trades", "orders", "funding", "ledger", "transfers", "balances", "positions")
_FORMATS = ("csv", "parquet", "xlsx", "koinly", "cointracking", "rotki")


@click.command()
@click.argument("what", type=click.Choice(_WHAT))
@click.option("--account", metavar="NAME", help="Only of this account.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="csv", show_default=True)
@click.option("--from", "since", metavar="DAY", help="From this day or time on (UTC).")
@click.option("--to", "until", metavar="DAY", help="Until before this day or time (UTC).")
@click.option(
    "--out", metavar="FILE", required=True, type=click.Path(path_type=Path, dir_okay=False)
)
@json_option
@click.pass_obj
def export(
    context: Context,
    what: str,
    account: str | None,
    form: str,
    since: str | None,
    until: str | None,
    out: Path,
    as_json: bool,
) -> int:
    """Write history from the archive into a file.

    csv and parquet hold every field without loss. koinly, cointracking and rotki are what those
    tax programs take: one file with everything (type: export trades).

    Example: tradekeep export trades --format koinly --from 2025-01-01 --out 2025.csv
    """

    def read(quiet: Quiet) -> dict[str, object]:
        from app.exchange.export.rows import Selection, What
        from app.services.export import export, millis

        selection = Selection(
            what=What(what), account=account, since=millis(since), until=millis(until)
        )
        return export(context.home, selection, form, out, quiet)

    return context.answer(as_json, read, _show)


def _show(report: dict[str, object]) -> None:
    words = plural("{count} row", "{count} rows", int(str(report["rows"])))
    click.echo(labelled(str(report["path"]), words))
