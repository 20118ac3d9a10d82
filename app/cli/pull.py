"""`tradekeep pull`."""

from __future__ import annotations

import click

from app.cli.context import Context
from app.cli.jobs import job_options, run_job
from app.messages import _
from app.monitor import Step
from app.services.history import Job

_OUTCOMES = {
    "done": "up to date",
    "left": "not finished",
    "stopped": "stopped by the exchange",
    "failed": "could not begin",
}


@click.command()
@click.argument("name", required=False)
@job_options
@click.pass_obj
def pull(context: Context, name: str | None, as_json: bool, control_stdin: bool) -> int:
    """Bring the archive up to date: all accounts, or one.

    Example: tradekeep pull
    """
    from app.services.pull import pull_accounts, pull_json
    from app.services.run import Run

    def body(run: Run) -> dict[str, object]:
        with run.step(Step.EXCHANGES) as step:
            pulled = pull_accounts(context.home, [name] if name else [], run)
            report = pull_json(pulled)
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
                records=f"{each['records']:,}",
                calls=f"{each['calls']:,}",
            )
        )
