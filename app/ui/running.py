"""A job at work: what its events add up to, and how the running card says it.

`advance` is a reducer: the state so far, an event, and when it came (a monotonic clock in
seconds) make the next state. Time that a job spends paused is not counted. Must not know Qt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from app.messages import _, mark, plural
from app.monitor import Step, Unit
from app.ui import protocol, words
from app.ui.protocol import Progressed, Told
from app.ui.shown import Action, Intent, RunningShown, StepShown, StepState
from app.ui.tokens import Tone

_NAMES = {
    Step.EXCHANGES: mark("Exchanges"),
    Step.SOURCES: mark("Bots and files"),
    Step.COPIES: mark("Copies"),
    Step.TIDY: mark("Tidy up"),
    Step.VERIFY: mark("Verify"),
    Step.RESTORE: mark("Restore"),
}
_RATE_AFTER = 1.0  # seconds; a rate before that is noise


class Wish(Enum):
    """What a person asked for and the child has not answered yet."""

    NONE = "none"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class StepAtWork:
    step: str
    state: StepState = StepState.WAITING
    seconds: float | None = None
    items: int | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class JobState:
    """What is known of our child so far."""

    began: datetime
    job: str = "backup"
    run: str = ""
    paused: bool = False
    wish: Wish = Wish.NONE
    steps: tuple[StepAtWork, ...] = ()
    progress: Progressed | None = None
    step_clock: float = 0.0  # when the present step (or the present copy in it) began
    last_clock: float = 0.0  # when the last progress came
    paused_clock: float = 0.0
    problems: tuple[Told, ...] = ()

    @property
    def step(self) -> str:
        """The step at work, or ""."""
        return next((s.step for s in self.steps if s.state is StepState.RUNNING), "")


def advance(job: JobState, event: protocol.Event, clock: float) -> JobState:
    """The next state. Events that do not matter here change nothing."""
    match event:
        case protocol.Started():
            steps = tuple(StepAtWork(step) for step in event.steps)
            began = event.time or job.began
            kind = event.job or job.job  # what is due is known to the child alone
            return replace(job, job=kind, run=event.run, began=began, steps=steps, step_clock=clock)
        case protocol.StepChanged():
            return _step(job, event, clock)
        case Progressed():
            return _progress(job, event, clock)
        case protocol.ProblemFound():
            return replace(job, problems=(*job.problems, event))
        case protocol.Paused():
            return replace(job, paused=True, wish=_unless_stopping(job), paused_clock=clock)
        case protocol.Resumed():
            waited = clock - job.paused_clock if job.paused else 0.0
            wish = _unless_stopping(job)
            return replace(job, paused=False, wish=wish, step_clock=job.step_clock + waited)
        case protocol.Stopping():
            return replace(job, wish=Wish.CANCEL)
    return job


def wished(job: JobState, wish: Wish) -> JobState:
    """A person asked for something: said at once. A stop is not taken back."""
    return job if job.wish is Wish.CANCEL else replace(job, wish=wish)


def _unless_stopping(job: JobState) -> Wish:
    return Wish.CANCEL if job.wish is Wish.CANCEL else Wish.NONE


def _step(job: JobState, event: protocol.StepChanged, clock: float) -> JobState:
    try:
        state = StepState(event.state)
    except ValueError:
        return job
    new = StepAtWork(event.step, state, event.seconds, event.items, event.bytes)
    if any(step.step == event.step for step in job.steps):
        steps = tuple(new if step.step == event.step else step for step in job.steps)
    else:
        steps = (*job.steps, new)
    return replace(job, steps=steps, progress=None, step_clock=clock, last_clock=clock)


def _progress(job: JobState, event: Progressed, clock: float) -> JobState:
    before = job.progress
    # Each copy counts from nothing again: so does its rate.
    again = before is not None and event.done < before.done
    began = clock if again else job.step_clock
    return replace(job, progress=event, step_clock=began, last_clock=clock)


# --- the card ---------------------------------------------------------------------------------


def running_card(job: JobState, now: datetime, home: str) -> RunningShown:
    """How a job at work looks."""
    shown = RunningShown(
        tone=Tone.CALM if job.paused or job.wish is Wish.CANCEL else Tone.ACCENT,
        icon="player-pause" if job.paused and job.wish is not Wish.CANCEL else "refresh",
        title=_title(job),
        hint=_hint(job, now),
        actions=_actions(job),
        steps=tuple(_step_shown(at, step, job) for at, step in enumerate(job.steps, 1)),
        problems=_problems(job),
    )
    return _with_progress(shown, job, home) if job.progress else shown


def _title(job: JobState) -> str:
    if job.wish is Wish.CANCEL:
        return _("Stopping…")
    if job.wish is Wish.PAUSE:
        return _("Pausing…")
    if job.paused:
        return _("Going on…") if job.wish is Wish.RESUME else _("Paused")
    titles = {
        "pull": _("Fetching from your exchanges"),
        "sync": _("Bringing copies up to date"),
        "verify": _("Verifying"),
        "drill": _("Practising a restore"),
        "restore": _("Restoring"),
        "rollback": _("Rolling a bot back"),
        "prune": _("Giving room back"),
        "forget": _("Removing old snapshots"),
        "repair": _("Repairing"),
    }
    return titles.get(job.job, _("Backing up"))


def _hint(job: JobState, now: datetime) -> str:
    backup = job.job == "backup"
    if job.wish is Wish.CANCEL:
        kept = _("What was copied is kept; the next backup continues there.")
        return kept if backup else _("What was done until now is kept.")
    if job.paused:
        return _("It waits until you let it go on. What was done until now is kept.")
    when = words.spoken(job.began, now)
    return _("Started {when}. You can close this window; it goes on.").format(when=when)


def _actions(job: JobState) -> tuple[Action, ...]:
    if job.wish is Wish.CANCEL:
        return ()
    pause = Action(Intent.PAUSE, _("Pause"), "player-pause", key="Ctrl+.")
    resume = Action(Intent.RESUME, _("Go on"), "player-play", key="Ctrl+.")
    goes_on = (job.paused or job.wish is Wish.PAUSE) and job.wish is not Wish.RESUME
    return (resume if goes_on else pause, Action(Intent.CANCEL, _("Cancel")))


def _step_shown(number: int, step: StepAtWork, job: JobState) -> StepShown:
    return StepShown(number, step_name(step.step), _about(step, job), step.state)


def step_name(step: str) -> str:
    """A step as people know it; one of a later version is shown by its id."""
    known = step in {known.value for known in Step}
    return _(_NAMES[Step(step)]) if known else step


def _about(step: StepAtWork, job: JobState) -> str:
    if step.state is StepState.SKIPPED:
        return _("skipped")
    if step.state is StepState.WAITING:
        return _("waiting")
    if step.state is StepState.RUNNING:
        return _("paused") if job.paused else _("at work")
    facts = [] if step.bytes is None else [words.size(step.bytes)]
    if step.seconds is not None:
        facts.append(words.duration(step.seconds))
    return words.beside(facts) or _("done")


def _with_progress(shown: RunningShown, job: JobState, home: str) -> RunningShown:
    progress = job.progress
    assert progress is not None
    clock = job.paused_clock if job.paused else job.last_clock
    seconds = max(clock - job.step_clock, 0.0)
    total = progress.total
    ends = job.paused or job.wish is Wish.CANCEL
    left = "" if ends else words.time_left(progress.done, total, seconds)
    return replace(
        shown,
        figure=_figure(progress),
        beside=_beside(progress, seconds, paused=ends),
        left=_("{left} left in this step").format(left=left) if left else "",
        fraction=min(progress.done / total, 1.0) if total else None,
        item=words.short_path(progress.item, home),
    )


def _figure(progress: Progressed) -> str:
    """Done of total; without a total a count."""
    if progress.total is None:
        seen = progress.done if progress.unit is Unit.FILES else progress.items
        return plural("{count} file looked at", "{count} files looked at", seen)
    if progress.unit is Unit.FILES:
        return _files(progress.done, progress.total)
    return words.size_of(progress.done, progress.total)


def _beside(progress: Progressed, seconds: float, *, paused: bool) -> str:
    if progress.unit is Unit.FILES:
        return ""
    if progress.total is None:
        facts = [words.size(progress.done)]
    else:
        facts = [_files(progress.items, progress.items_total)] if progress.items else []
    if seconds >= _RATE_AFTER and progress.done and not paused:
        facts.append(words.rate(progress.done / seconds))
    return " · ".join(facts)


def _files(done: int, total: int | None) -> str:
    if total is None:
        return plural("{count} file", "{count} files", done)
    return _("{done} of {total} files").format(done=words.count(done), total=words.count(total))


def _problems(job: JobState) -> str:
    if not job.problems:
        return ""
    return plural(
        "{count} problem so far: {title}",
        "{count} problems so far: {title}",
        len(job.problems),
        title=job.problems[-1].sentence.title,
    )
