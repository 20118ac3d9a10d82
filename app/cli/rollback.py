"""`tradekeep rollback` and `tradekeep capsules`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.jobs import job_options, run_job
from app.cli.text import local, number, table
from app.messages import _, plural
from app.messages.amounts import size
from app.monitor import Step
from app.services.history import Job
from app.services.run import Run

_MOST_FILES = 40
_MARKS = {"changes": "~", "comes": "+", "goes": "-", "rights": "~"}


@click.command()
@click.argument("bot")
@click.argument("snapshot", required=False)
@click.option("--undo", is_flag=True, help="Back to how it was before the last rollback.")
@click.option("--yes", is_flag=True, help="Do it; without this it is only said what would happen.")
@click.option("--on-paper", is_flag=True, help="Let the bot trade on paper only, if it can.")
@click.option("--no-pull", is_flag=True, help="Compare with what is known of the exchange.")
@job_options
@click.pass_obj
def rollback(
    context: Context,
    bot: str,
    snapshot: str | None,
    undo: bool,
    yes: bool,
    on_paper: bool,
    no_pull: bool,
    as_json: bool,
    control_stdin: bool,
) -> int:
    """Take a bot back to how a snapshot has it: its configuration, strategies and databases.

    Refused while the bot is running. What it is now is saved first and kept for 30 days. Its
    folder is replaced in one step; what its source leaves out stays. Afterwards its open trades
    are compared with the exchange.

    Example: tradekeep rollback trend-btc 1a2b3c4d
    """
    if (snapshot is None) != undo:
        raise click.UsageError(_("Give either SNAPSHOT or --undo."))
    from app.services.rollback import RollbackRequest, look, roll_back

    request = RollbackRequest(bot=bot, snapshot=snapshot, on_paper=on_paper, pull=not no_pull)
    if not yes:
        return context.answer(
            as_json, lambda quiet: look(context.home, context.open(), request, quiet), _show
        )

    def body(run: Run) -> dict[str, object]:
        return roll_back(context.home, context.open(), request, run)

    return run_job(
        context,
        Job.ROLLBACK,
        [Step.SOURCES, Step.RESTORE],
        body,
        as_json=as_json,
        control_stdin=control_stdin,
        show=_show,
        record=context.records,
    )


@click.command()
@click.argument("bot")
@json_option
@click.pass_obj
def capsules(context: Context, bot: str, as_json: bool) -> int:
    """List the snapshots that hold a bot, with its version and open trades where they are known.

    Example: tradekeep capsules trend-btc
    """

    def read(quiet: Quiet) -> dict[str, object]:
        from app.services.bot_states import bot_states

        return bot_states(context.home, context.open(), bot, quiet)

    return context.answer(as_json, read, _show_states)


def _show_states(report: dict[str, object]) -> None:
    states = _tables(report["states"])
    if not states:
        click.echo(_("No snapshot holds this bot yet. The next backup makes one."))
        return
    rows = [
        (
            str(each["id"])[:8],
            local(str(each["time"])),
            str(each["host"]),
            str(each["version"] or ""),
            "" if each["trades"] is None else number(each["trades"]),
            _mark(each),
        )
        for each in states
    ]
    head = (_("Id"), _("Time"), _("Machine"), _("Version"), _("Open trades"), "")
    table(head, rows, right=frozenset({4}))


def _mark(state: Mapping[str, object]) -> str:
    if state["suspect"]:
        return _("suspect")
    if state["good"]:
        return _("known good")
    return _("before a rollback") if state["undo"] else ""


def _show(report: dict[str, object]) -> None:
    for line in _lines(report):
        click.echo(line)


def _lines(report: Mapping[str, object]) -> Iterator[str]:
    yield from _texts(report["healed"])
    snapshot = _table(report["snapshot"])
    said = {
        "bot": report["bot"],
        "id": str(snapshot["id"])[:8],
        "time": local(str(snapshot["time"])),
    }
    if report["done"]:
        yield _("“{bot}” is as it was on {time} (snapshot {id}).").format(**said)
        yield from _after(report)
        return
    yield _("“{bot}” would become as it was on {time} (snapshot {id}):").format(**said)
    yield from _files(report)
    for each in _tables(report["configurations"]):
        yield ""
        yield f"{each['path']}:"
        yield from _configuration(each)
    yield ""
    yield from _before(report)


def _files(report: Mapping[str, object]) -> Iterator[str]:
    counts = _table(report["counts"])
    if not any(counts.values()):
        yield _("Nothing differs.")
        return
    words = _(
        "Files that change: {changes}, come back: {comes}, go: {goes}, get other rights: {rights}."
    )
    yield words.format(**counts)
    files = _tables(report["files"])
    for each in files[:_MOST_FILES]:
        sizes = " → ".join(
            size(_number(each[side])) for side in ("now", "then") if each[side] is not None
        )
        yield f"  {_MARKS[str(each['what'])]} {each['path']}  {sizes}"
    total = sum(_number(each) for each in counts.values())
    if (more := total - min(len(files), _MOST_FILES)) > 0:
        yield plural("  and {count} more file", "  and {count} more files", more)


def _configuration(told: Mapping[str, object]) -> Iterator[str]:
    for row in _tables(told.get("keys", [])):
        yield f"  {row['key']}: {_change(row)}"
    for row in _tables(told.get("lines", [])):
        yield f"  {row['mark']} {row['text']}"


def _change(row: Mapping[str, object]) -> str:
    now, then = row["now"], row["then"]
    if row["code"]:
        if now is None or then is None:
            return _("comes back") if now is None else _("goes")
        return _("its code changes")
    if row["secret"] and now == then:
        return _("a secret changes; it is not shown")
    return f"{_side(now)} → {_side(then)}"


def _side(value: object) -> str:
    return _("(not there)") if value is None else str(value)


def _before(report: Mapping[str, object]) -> Iterator[str]:
    if report["at_work"]:
        yield _("The bot is running; it must be stopped first.")
        yield from _texts(report["at_work"])
    papers = _tables(report["paper"])
    if papers and not all(each["on"] for each in papers):
        yield _("Its configuration trades with real money. To begin on paper: --on-paper")
    yield _("Nothing was changed. To do it: the same command with --yes")


def _after(report: Mapping[str, object]) -> Iterator[str]:
    undo = _table(report["undo"])
    words = _("How it was before is kept for 30 days as snapshot {id}. To undo: {command}")
    command = f"tradekeep rollback {report['bot']} --undo --yes"
    yield words.format(id=str(undo["id"])[:8], command=command)
    trades = report["trades"]
    if isinstance(trades, dict):
        yield from _trades(trades)


def _trades(trades: Mapping[str, object]) -> Iterator[str]:
    trade = plural("{count} open trade", "{count} open trades", _number(trades["trades"]))
    order = plural("{count} open order", "{count} open orders", _number(trades["orders"]))
    yield _("The bot believes in {trades} and {orders}.").format(trades=trade, orders=order)
    if not trades["accounts"]:
        yield _("What the exchange says is not known here: compare them yourself before you start.")
        return
    asked = local(str(trades["asked"]))
    differences, doubts = _tables(trades["differences"]), _tables(trades["doubts"])
    if differences:
        yield _("The exchange says otherwise, as of {time}:").format(time=asked)
    elif not doubts:
        yield _("The exchange agrees, as of {time}.").format(time=asked)
    for each in differences:
        yield f"  ! {each['text']}"
    if doubts:
        yield _("Not everything could be compared with the exchange as it is now:")
    for each in doubts:
        yield f"  ? {each['text']}"


# --- values of a report ------------------------------------------------------------------------


def _table(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value


def _tables(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    return value


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
