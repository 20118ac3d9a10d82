"""`tradekeep coverage` and `tradekeep archive`: what is known of the exchanges, and its proof."""

from __future__ import annotations

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.text import local, number, table
from app.messages import _, mark, plural
from app.messages.amounts import size
from app.messages.joined import beside
from app.messages.stream_names import stream_name

_STATES = {
    "complete": mark("complete"),
    "empty": mark("empty"),
    "partial": mark("has gaps"),
    "source-gap": mark("has gaps at the exchange"),
    "expired": mark("older part is gone"),
    "unsupported": mark("not offered"),
    "denied": mark("key may not see it"),
    "imported": mark("imported"),
}


@click.command()
@click.argument("name", required=False)
@json_option
@click.pass_obj
def coverage(context: Context, name: str | None, as_json: bool) -> int:
    """Show which time ranges of which history are complete, and what the exchange will forget.

    Example: tradekeep coverage main
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.services.archive import coverage_report

        return coverage_report(context.home, name)

    return context.answer(as_json, read, _show_coverage)


def _show_coverage(report: dict[str, object]) -> None:
    series = report["series"]
    assert isinstance(series, list)
    if not series:
        click.echo(_("Nothing was pulled yet. Type: tradekeep pull"))
        return
    head = (
        _("Account"),
        _("History"),
        _("Market"),
        _("Rows"),
        _("From"),
        _("To"),
        _("State"),
        _("Expires"),
    )
    rows = [_coverage_row(each) for each in series]
    table(head, rows, right=frozenset({3}))
    accounts = report["files"]
    assert isinstance(accounts, list)
    for account in accounts:
        words = _(
            "{account}: what is older in the ledger the exchange gives as files, one for each "
            "quarter: tradekeep exchange file {account} 2023Q1"
        )
        click.echo(words.format(account=account))


def _coverage_row(each: dict[str, object]) -> tuple[str, ...]:
    days = each["expires_days"]
    assert days is None or isinstance(days, int)
    expires = "–" if days is None else plural("in {count} day", "in {count} days", days)
    named = [stream_name(str(each["stream"])), *([str(each["wallet"])] if each["wallet"] else [])]
    since, until = each["since"], each["until"]
    return (
        str(each["account"]),
        beside(named),
        str(each["market"]) or "–",
        number(each["rows"]),
        local(str(since)) if since else "–",
        local(str(until)) if until else "–",
        _(_STATES[str(each["state"])]),
        expires,
    )


@click.group()
def archive() -> None:
    """The local archive of exchange history: is it what it was, does it agree with itself?

    Example: tradekeep archive verify
    """


@archive.command()
@json_option
@click.pass_obj
def verify(context: Context, as_json: bool) -> int:
    """Walk the chain of evidence, and compare it with what snapshots here and at copies saw.

    Example: tradekeep archive verify
    """

    def read(quiet: Quiet) -> dict[str, object]:
        from app.services.archive import verify_report

        return verify_report(context.home, quiet)

    return context.answer(as_json, read, _show_verify)


def _show_verify(report: dict[str, object]) -> None:
    if not report["whole"]:
        click.echo(_("The evidence is not what it was:"))
        return
    heads = report["heads"]
    assert isinstance(heads, list)
    click.echo(
        plural(
            "{count} answer of exchanges is as it was received ({size}).",
            "All {count} answers of exchanges are as they were received ({size}).",
            int(str(report["rows"])),
            size=size(int(str(report["bytes"]))),
        )
    )
    click.echo(plural("{count} snapshot agrees.", "{count} snapshots agree.", len(heads)))


@archive.command()
@click.option("--check", is_flag=True, help="Only compare; keep the records as they are.")
@json_option
@click.pass_obj
def rebuild(context: Context, check: bool, as_json: bool) -> int:
    """Derive all records from the evidence again. Nobody is asked.

    Example: tradekeep archive rebuild --check
    """

    def read(quiet: Quiet) -> dict[str, object]:
        from app.services.archive import rebuild_report

        return rebuild_report(context.home, keep=not check, monitor=quiet)

    return context.answer(as_json, read, _show_rebuild)


def _show_rebuild(report: dict[str, object]) -> None:
    if report["same"]:
        words = _("All {records} records follow from the evidence, as they are.")
    else:
        words = _("{records} records: {changed} changed, {added} new, {gone} gone.")
    counts = {name: number(report[name]) for name in ("records", "changed", "added", "gone")}
    click.echo(words.format(**counts))


@archive.command("stats")
@json_option
@click.pass_obj
def show_stats(context: Context, as_json: bool) -> int:
    """How much the archive holds.

    Example: tradekeep archive stats
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.services.archive import stats_report

        return stats_report(context.home)

    return context.answer(as_json, read, _show_stats)


def _show_stats(report: dict[str, object]) -> None:
    records, head = report["records"], report["head"]
    assert isinstance(records, dict)
    assert isinstance(head, dict)
    words = _("{path}: {size}, {evidence} answers of exchanges ({packed})")
    click.echo(
        words.format(
            path=report["path"],
            size=size(int(str(report["bytes"]))),
            evidence=number(report["evidence"]),
            packed=size(int(str(report["evidence_bytes"]))),
        )
    )
    rows = [
        (kind, number(each["rows"]), number(each["versions"])) for kind, each in records.items()
    ]
    table((_("History"), _("Rows"), _("Versions")), rows, right=frozenset({1, 2}))
    click.echo(_("Head of the chain: {link}").format(link=head["link"]))


@archive.command("reconcile")
@click.argument("name", required=False)
@json_option
@click.pass_obj
def show_reconcile(context: Context, name: str | None, as_json: bool) -> int:
    """Compare the parts of the history with each other: balances, orders, fills, funding.

    Example: tradekeep archive reconcile main
    """

    def read(quiet: Quiet) -> dict[str, object]:
        from app.services.archive import reconcile_report

        return reconcile_report(context.home, name, quiet)

    return context.answer(as_json, read, _show_reconcile)


def _show_reconcile(report: dict[str, object]) -> None:
    compared = report["compared"]
    assert isinstance(compared, dict)
    words = _(
        "Compared {ledger} changes of balances, {fills} orders with their fills, {funding} "
        "stretches with funding."
    )
    click.echo(words.format(**{name: number(count) for name, count in compared.items()}))
    if report["agrees"]:
        click.echo(_("Everything agrees."))
