"""Running a job from the command line: control, display, history, exit code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from app.cli.context import Context, at_terminal, json_option, show_problems
from app.cli.control import Control
from app.cli.events import JsonDisplay, finished_event, write_job_event
from app.errors import AppError
from app.messages import _
from app.monitor import Step, nothing
from app.services.history import By, Job, Outcome
from app.services.run import Body, Display, Finished, Run, perform

F = TypeVar("F", bound=Callable[..., object])
Show = Callable[[dict[str, object]], None]
_ALERTING = (Job.BACKUP, Job.SYNC, Job.PULL, Job.VERIFY, Job.DRILL)
Then = Callable[[dict[str, object], Control], int]


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
    control: Control | None = None,
    begun: Callable[[], None] = nothing,
    then: Then | None = None,
) -> int:
    """Run a job to its end and show how it ended; returns the exit code. `begun` is told once the
    history knows that it is at work.

    `then` goes on with what the job left, as a job of its own that hears the same `control`; its
    exit code counts if this job has none. Not with `--json`: `done` is the last line there, so
    whoever reads the report goes on.
    """
    control = control or _controlled(stdin=control_stdin)
    display = _display(control, as_json=as_json)
    run = Run(job, steps, display, place, by)
    history = context.home.history if record else None

    def at_work(run: Run) -> dict[str, object]:
        begun()
        return body(run)

    finished = perform(run, at_work, history=history, attended=at_terminal())
    if as_json:
        write_job_event(finished_event(finished))
    else:
        _show_end(finished, show)
    if record and job in _ALERTING and finished.outcome is not Outcome.CANCELLED:
        _tell(context, run)
    if as_json:
        return finished.exit_code
    if then is None or finished.error is not None:
        return finished.exit_code
    after = then(finished.report, control)
    return finished.exit_code or after


def _tell(context: Context, run: Run) -> None:
    """Send the alerts that are owed now; what did not get through stands in the run's log."""
    try:
        wanted = bool(context.home.settings.alerts)
    except AppError:
        return  # the job itself has said what is wrong with the settings
    if wanted:
        from app.services.alerts import tell

        tell(context.home.fresh(), run.log.problem)


def _controlled(*, stdin: bool) -> Control:
    control = Control()
    control.listen_to_signals()
    if stdin:
        control.listen_to_stdin()
    return control


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
