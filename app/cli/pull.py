"""`tradekeep pull`."""

from __future__ import annotations

import click

from app.cli.context import Context
from app.cli.jobs import job_options, run_job
from app.cli.text import number
from app.messages import _, mark
from app.monitor import Step
from app.services.history import By, Job

_OUTCOMES = {
    "done": mark("up to date"),
    "left": mark("not finished"),
    "stopped": mark("stopped by the exchange"),
    "failed": mark("could not begin"),
}


@click.command()
@click.argument("name", required=False)
@click.option("--samples", is_flag=True, help="Only balances and positions as they are now.")
@job_options
@click.pass_obj
def pull(
    context: Context, name: str | None, samples: bool, as_json: bool, control_stdin: bool
) -> int:
    """Bring the archive up to date: all accounts, or one.

    Example: tradekeep pull
    """
    return run_pull(context, name, samples=samples, as_json=as_json, control_stdin=control_stdin)


def run_pull(
    context: Context,
    name: str | None,
    *,
    samples: bool,
    as_json: bool,
    control_stdin: bool,
    by: By = By.PERSON,
) -> int:
    """A pull from its start to its last line; returns the exit code."""
    from app.exchange.pull import What
    from app.services.pull import pull_accounts, pull_json
    from app.services.run import Run

    what = What.SAMPLES if samples else What.EVERYTHING

    def body(run: Run) -> dict[str, object]:
        with run.step(Step.EXCHANGES) as step:
            home = context.home
            pulled = []
            if name or home.settings.exchanges or not home.settings.candles:
                pulled = pull_accounts(home, [name] if name else [], run, what=what)
            report = pull_json(pulled)
            if not name and not samples and home.settings.candles:
                from app.services.candles import update_all

                found = update_all(home, run)
                report["candles"] = {"new": found.candles, "filled": found.filled}
            step.items = sum(each.report.records for each in pulled if each.report)
        return report

    return run_job(
        context,
        Job.PULL,
        [Step.EXCHANGES],
        body,
        as_json=as_json,
        control_stdin=control_stdin,
        show=show_pulled,
        by=by,
    )


def show_pulled(report: dict[str, object]) -> None:
    """What a pull brought, account by account."""
    accounts = report["accounts"]
    assert isinstance(accounts, list)
    for each in accounts:
        words = _("{name}: {outcome}. {records} new rows, {calls} requests.")
        click.echo(
            words.format(
                name=each["name"],
                outcome=_(_OUTCOMES[each["outcome"]]),
                records=number(each["records"]),
                calls=number(each["calls"]),
            )
        )
