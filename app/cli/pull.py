"""`tradekeep pull`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import click

from app.cli.context import Context
from app.cli.control import Control
from app.cli.jobs import job_options, run_job
from app.cli.text import number
from app.messages import _, mark, plural
from app.monitor import Step, nothing
from app.services.history import By, Job

# A pull that nobody waits for makes room for the next backup so often.
PIECE = 10

_OUTCOMES = {
    "done": mark("up to date"),
    "left": mark("not finished"),
    "stopped": mark("stopped by the exchange"),
    "failed": mark("could not begin"),
}


@click.command()
@click.argument("name", required=False)
@click.option("--samples", is_flag=True, help="Only balances and positions as they are now.")
@click.option("--minutes", type=click.IntRange(1), help="So long; the rest is left for later.")
@job_options
@click.pass_obj
def pull(
    context: Context,
    name: str | None,
    samples: bool,
    minutes: int | None,
    as_json: bool,
    control_stdin: bool,
) -> int:
    """Bring the archive up to date: all accounts, or one.

    Example: tradekeep pull
    """
    return run_pull(
        context,
        [name] if name else [],
        samples=samples,
        minutes=minutes,
        as_json=as_json,
        control_stdin=control_stdin,
    )


def run_pull(
    context: Context,
    names: Sequence[str] = (),
    *,
    samples: bool = False,
    minutes: int | None = None,
    as_json: bool = False,
    control_stdin: bool = False,
    control: Control | None = None,
    by: By = By.PERSON,
    begun: Callable[[], None] = nothing,
) -> int:
    """A pull of the named accounts, or all, from its start to its last line, with its own line in
    the history; returns the exit code. After so many `minutes` nothing new is begun. `control`
    where a job before it has one."""
    from app.exchange.pull import What
    from app.services.pull import Pulled, pull_accounts, pull_everything, pull_json
    from app.services.run import Run

    def body(run: Run) -> dict[str, object]:
        home, seconds = context.home, None if minutes is None else 60.0 * minutes
        with run.step(Step.EXCHANGES) as step:
            if names or samples:
                what = What.SAMPLES if samples else What.EVERYTHING
                pulled = Pulled(tuple(pull_accounts(home, names, run, seconds=seconds, what=what)))
            else:
                pulled = pull_everything(home, run, seconds=seconds)
            step.items = pulled.records
        return {**pull_json(pulled), "samples": samples}

    return run_job(
        context,
        Job.PULL,
        [Step.EXCHANGES],
        body,
        as_json=as_json,
        control_stdin=control_stdin,
        control=control,
        show=show_pulled,
        place=names[0] if len(names) == 1 else "",
        by=by,
        begun=begun,
    )


def show_pulled(report: dict[str, object]) -> None:
    """What a pull brought, account by account, and how many candles."""
    accounts = report["accounts"]
    assert isinstance(accounts, list)
    for each in accounts:
        words = _("{name}: {outcome}. {records} new rows, {calls} requests.")
        click.echo(
            words.format(
                name=each["name"],
                outcome=_(_OUTCOMES["left" if _unfinished(each) else each["outcome"]]),
                records=number(each["records"]),
                calls=number(each["calls"]),
            )
        )
    candles = report.get("candles")
    if isinstance(candles, dict):
        count = int(candles["new"])
        click.echo(plural("{count} new candle.", "{count} new candles.", count))


def _unfinished(account: Mapping[str, object]) -> bool:
    """Parts that the exchange did not answer to their end are asked for again next time."""
    return account["outcome"] == "done" and bool(account["partial"])
