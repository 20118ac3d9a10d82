"""Running a job from the command line: control, display, history, exit code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from app.cli.context import Context, at_terminal, json_option, show_problems
from app.cli.control import Control
from app.cli.events import JsonDisplay, finished_event, write_event
from app.messages import _
from app.monitor import Step
from app.services.history import By, Job, Outcome
from app.services.run import Body, Display, Finished, Run, perform

F = TypeVar("F", bound=Callable[..., object])
Show = Callable[[dict[str, object]], None]


def job_options(command: F) -> F:
    """Adds `--json` and `--control-stdin`."""
    control = click.option(
        "--control-stdin",
        is_flag=True,
        help="Take the lines cancel, pause and resume from standard input.",
    )
    return json_option(control(command))


def run_job(
    context: Context,
    job: Job,
    steps: Sequence[Step],
    body: Body,
    *,
    as_json: bool,
    control_stdin: bool,
    show: Show,
    place: str = "",
    record: bool = True,
    by: By = By.PERSON,
) -> int:
    """Run a job to its end and show how it ended; returns the exit code."""
    control = Control()
    control.listen_to_signals()
    if control_stdin:
        control.listen_to_stdin()
    display = _display(control, as_json=as_json)
    run = Run(job, steps, display, place, by)
    history = context.home.history if record else None
    finished = perform(run, body, history=history, attended=at_terminal())
    if as_json:
        write_event(finished_event(finished))
    else:
        _show_end(finished, show)
    return finished.exit_code


def _display(control: Control, *, as_json: bool) -> Display:
    if as_json:
        return JsonDisplay(control)
    from app.cli.terminal import TerminalDisplay

    return TerminalDisplay(control)


def _show_end(finished: Finished, show: Show) -> None:
    if finished.error is not None:
        show_problems(list(finished.problems))
        sentence = finished.error.sentence
        click.secho(sentence.title, fg="yellow" if _cancelled(finished) else "red", err=True)
        if sentence.hint:
            click.echo(sentence.hint, err=True)
        return
    show(finished.report)
    if finished.problems:
        head = _("Finished, with problems:")
        click.secho(head, fg="yellow", err=True)
        show_problems(list(finished.problems))


def _cancelled(finished: Finished) -> bool:
    return finished.outcome is Outcome.CANCELLED
