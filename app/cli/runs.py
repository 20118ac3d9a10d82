"""`tradekeep runs`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.text import local, table
from app.messages import _, plural
from app.messages.amounts import duration, size
from app.messages.joined import beside, labelled, listed
from app.messages.log_lines import log_line

if TYPE_CHECKING:
    from app.services.runs import Wanted


@click.command()
@click.argument("run", required=False)
@click.option("--job", "jobs", multiple=True, metavar="JOB", help="Only backup, pull, sync, …")
@click.option("--log", "with_log", is_flag=True, help="The log of RUN: what it did, and when.")
@click.option("--problems", is_flag=True, help="Only runs that failed or found problems.")
@click.option("--search", "text", default="", metavar="TEXT", help="Only where TEXT is told of.")
@click.option("--start", default=0, type=click.IntRange(min=0), help="Pass over so many.")
@click.option("--count", default=20, show_default=True, type=click.IntRange(1, 2000))
@json_option
@click.pass_obj
def runs(
    context: Context,
    run: str | None,
    jobs: tuple[str, ...],
    with_log: bool,
    problems: bool,
    text: str,
    start: int,
    count: int,
    as_json: bool,
) -> int:
    """Look back at the runs, or at all of one RUN (by its id). Needs no key.

    Example: tradekeep runs --problems
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.services.runs import listed, log, one

        if run is not None:
            return (log if with_log else one)(context.home, run)
        return listed(context.home, _wanted(jobs, text, problems=problems), start, count)

    shown = _show_list if run is None else _show_log if with_log else _show_one
    return context.answer(as_json, read, shown)


def _wanted(jobs: tuple[str, ...], text: str, *, problems: bool) -> Wanted:
    from app.services.history import Job, Outcome
    from app.services.runs import Wanted

    try:
        chosen = frozenset(Job(job) for job in jobs)
    except ValueError as error:
        known = listed(job.value for job in Job)
        raise click.UsageError(_("A job is one of: {jobs}").format(jobs=known)) from error
    bad = frozenset({Outcome.PROBLEMS, Outcome.FAILED}) if problems else frozenset()
    return Wanted(chosen, bad, text)


def _show_list(report: dict[str, object]) -> None:
    found = report["runs"]
    assert isinstance(found, list)
    if not found:
        click.echo(_("No run yet."))
        return
    rows = [_row(run) for run in found]
    head = (_("Run"), _("Job"), _("Outcome"), _("Started"), _("Took"), _("Added"), _("Problems"))
    table(list(head), rows, right=frozenset({4, 5, 6}))


def _row(run: Mapping[str, object]) -> tuple[str, ...]:
    added, started = run["added"], run["started"]
    seconds = run["seconds"]
    assert isinstance(seconds, float | int)
    return (
        str(run["run"])[:8],
        str(run["job"]) + (f" {run['place']}" if run["place"] else ""),
        str(run["outcome"]),
        local(str(started)),
        duration(seconds),
        size(added if isinstance(added, int) else None),
        str(run["problems"] or ""),
    )


def _show_one(report: dict[str, object]) -> None:
    problems, steps = report["problems"], report["steps"]
    assert isinstance(problems, list)
    assert isinstance(steps, list)
    named = f"{report['job']} {report['place']}".rstrip()
    click.echo(labelled(named, str(report["outcome"])))
    click.echo(beside((local(str(report["started"])), duration(_number(report["seconds"])))))
    for step in steps:
        parts = [duration(_number(step["seconds"]))]
        if step["bytes"] is not None:
            parts.append(size(step["bytes"]))
        click.echo("  " + labelled(str(step["step"]), beside(parts)))
    error = report["error"]
    if isinstance(error, dict):
        _show_told(error)
    if problems:
        click.echo(plural("{count} problem:", "{count} problems:", len(problems)))
        for problem in problems:
            _show_told(problem)


def _show_log(report: dict[str, object]) -> None:
    lines = report["lines"]
    assert isinstance(lines, list)
    if not lines:
        click.echo(_("Of this run there is no log any more."))
    for each in lines:
        click.echo(f"{local(each['time'])}  {log_line(each)}")


def _number(value: object) -> float:
    assert isinstance(value, float | int)
    return float(value)


def _show_told(told: Mapping[str, object]) -> None:
    click.echo(f"! {told['title']}")
    if told["hint"]:
        click.echo(f"  {told['hint']}")
