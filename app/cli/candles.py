"""`tradekeep candles`: chart data that is kept."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.text import table
from app.messages import _, plural
from app.messages.amounts import size
from app.messages.joined import labelled


@click.group()
def candles() -> None:
    """Candles of chosen markets, kept by month and fetched with each pull.

    Example: tradekeep candles list
    """


@candles.command()
@click.argument("market")
@click.argument("timeframe")
@click.option("--exchange", required=True, metavar="ID", help="ccxt's id, for example binance.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="From this day.")
@click.option("--name", metavar="NAME", help="A name of your own for them.")
@json_option
@click.pass_obj
def add(
    context: Context,
    market: str,
    timeframe: str,
    exchange: str,
    since: datetime | None,
    name: str | None,
    as_json: bool,
) -> int:
    """Keep the candles of a market: BTC/USDT for spot, BTC/USDT:USDT for a perpetual.

    Example: tradekeep candles add BTC/USDT 1h --exchange binance --since 2022-01-01
    """

    def change(_quiet: Quiet) -> dict[str, object]:
        from app.services.candles import add

        day = since.date() if since else None
        chosen = add(
            context.home,
            exchange=exchange,
            market=market,
            timeframe=timeframe,
            since=day,
            name=name,
        )
        return {"name": chosen.name, "since": chosen.since.isoformat()}

    def show(report: dict[str, object]) -> None:
        words = _("{name} is kept from {since} on. Fetch it: tradekeep pull")
        click.echo(words.format(name=report["name"], since=report["since"]))

    return context.answer(as_json, change, show)


@candles.command("list")
@json_option
@click.pass_obj
def list_candles(context: Context, as_json: bool) -> int:
    """List which candles are kept.

    Example: tradekeep candles list
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.services.candles import listed

        return {"candles": listed(context.home)}

    return context.answer(as_json, read, _show_list)


def _show_list(report: dict[str, object]) -> None:
    found = report["candles"]
    assert isinstance(found, list)
    if not found:
        click.echo(_("None yet. Type: tradekeep candles add MARKET TIMEFRAME --exchange ID"))
        return
    head = (
        _("Name"),
        _("Market"),
        _("Frame"),
        _("Since"),
        _("Months"),
        _("Newest"),
        _("Size"),
    )
    rows = [
        (
            each["name"],
            each["market"],
            each["timeframe"],
            each["since"],
            str(each["months"]),
            each["newest"] or "–",
            size(each["bytes"]),
        )
        for each in found
    ]
    table(head, rows, right=frozenset({4, 6}))


@candles.command()
@click.argument("name")
@json_option
@click.pass_obj
def remove(context: Context, name: str, as_json: bool) -> int:
    """Keep them no longer. The files stay, and so does what was saved of them.

    Example: tradekeep candles remove binance-btc-usdt-1h
    """

    def change(_quiet: Quiet) -> dict[str, object]:
        from app.services.candles import remove

        remove(context.home, name)
        return {"name": name}

    def show(report: dict[str, object]) -> None:
        click.echo(_("{name} is not fetched any more.").format(name=report["name"]))

    return context.answer(as_json, change, show)


@candles.command()
@click.argument("name")
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "parquet", "feather"]),
    default="csv",
    show_default=True,
    help="feather is what freqtrade reads.",
)
@click.option(
    "--out", metavar="FILE", required=True, type=click.Path(path_type=Path, dir_okay=False)
)
@json_option
@click.pass_obj
def export(context: Context, name: str, form: str, out: Path, as_json: bool) -> int:
    """Write candles into one file.

    Example: tradekeep candles export btc-1h --format feather --out BTC_USDT-1h.feather
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.services.candles import export

        return export(context.home, name, form, out)

    def show(report: dict[str, object]) -> None:
        count = int(str(report["candles"]))
        words = plural("{count} candle", "{count} candles", count)
        click.echo(labelled(str(report["path"]), words))

    return context.answer(as_json, read, show)
