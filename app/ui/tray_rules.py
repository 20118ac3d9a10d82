"""What the tray shows for a situation: the icon's state, a tooltip in words, the menu.

The worst of what is true gives the state; a job at work keeps its own. Advice that changes nothing
from one day to the next (no copy off site, proofs not made yet) stays in the window: an icon that
always warns is soon not seen. Must not know Qt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.messages import _, plural
from app.ui import words
from app.ui.needs import needs, problems, why
from app.ui.running import JobState, running_card
from app.ui.shown import Action, Intent, StepState, VerdictShown
from app.ui.situation import Ended, Outcome, Situation, last_backup, paused_until
from app.ui.tokens import Tone
from app.ui.verdict import verdict

_NAMED = 2  # problems that the tooltip names


class TrayState(StrEnum):
    WELL = "well"
    RUNNING = "running"
    PROBLEMS = "problems"
    FAILED = "failed"
    OVERDUE = "overdue"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the menu; without an intent it only says something."""

    text: str
    intent: Intent | None = None
    icon: str = ""


Menu = tuple[tuple[Item, ...], ...]  # groups, with lines between them


@dataclass(frozen=True, slots=True)
class TrayShown:
    """See the module. `fraction` is how far the running job is; None while that is not known."""

    state: TrayState
    title: str
    hint: str
    menu: Menu
    fraction: float | None = None

    @property
    def tooltip(self) -> str:
        """Two lines: the state, then last and next."""
        return f"{self.title}\n{self.hint}".strip()


def tray(situation: Situation) -> TrayShown:
    """The tray for a situation."""
    job = situation.job
    if job is not None:
        return _at_work(situation, job)
    shown = verdict(situation)
    state = _state(situation, shown)
    title, hint = _words(situation, state, shown)
    return TrayShown(state, title, hint, _menu(situation))


def _state(situation: Situation, shown: VerdictShown) -> TrayState:
    status = situation.status
    if status is not None and status.running is not None and situation.trouble is None:
        return TrayState.RUNNING
    if shown.tone is Tone.BAD:
        overdue = shown.icon == "clock-exclamation"
        return TrayState.OVERDUE if overdue else TrayState.FAILED
    if shown.icon == "lock" or needs(situation) or problems(situation):
        return TrayState.PROBLEMS
    return TrayState.PAUSED if paused_until(situation) else TrayState.WELL


# --- at rest ----------------------------------------------------------------------------------


def _words(situation: Situation, state: TrayState, shown: VerdictShown) -> tuple[str, str]:
    """The tooltip's two lines."""
    facts = _last_and_next(situation)
    title = _("Tradekeep: {sentence}").format(sentence=shown.title)
    if state is TrayState.PROBLEMS:
        return title, _named(situation) or facts
    if state is TrayState.FAILED:
        last = last_backup(situation)
        failed = last is not None and last.outcome is Outcome.FAILED
        return title, why(last.error, hint=False) if failed and last else shown.hint
    if state is TrayState.OVERDUE:
        waiting = situation.status.waiting if situation.status else None
        return title, waiting.sentence.title if waiting else facts
    return title, facts


def _named(situation: Situation) -> str:
    """The first problems by their titles; how many more there are."""
    titles = [row.title for row in needs(situation)]
    titles += [told.sentence.title for told in problems(situation)[: _NAMED + 1]]
    total = len(needs(situation)) + len(problems(situation))
    text = " · ".join(titles[:_NAMED])
    if total <= _NAMED:
        return text
    more = plural("{count} more", "{count} more", total - _NAMED)
    return f"{text} · {more}"


def _last_and_next(situation: Situation) -> str:
    return " · ".join(filter(None, (_last(situation), _next(situation))))


def _last(situation: Situation) -> str:
    good = situation.status.last_good if situation.status else None
    if good is None:
        return ""
    return _("Last backup {when}").format(when=words.spoken(good, situation.now))


def _next(situation: Situation) -> str:
    later = _next_run(situation)
    if later is None:
        return ""
    return _("Next {when}").format(when=words.moment(later, situation.now))


def _next_run(situation: Situation) -> datetime | None:
    later = situation.status.next if situation.status else None
    return later if later is not None and later > situation.now else None


# --- the menu ---------------------------------------------------------------------------------


def _menu(situation: Situation) -> Menu:
    status = situation.status
    leave, window = (Item(_("Quit"), Intent.QUIT),), _window()
    if status is None or status.repository is None:
        return ((window,), leave)
    start = () if status.running else (Item(_("Back up now"), Intent.BACK_UP, "refresh"),)
    restore = Item(_("Restore…"), Intent.RESTORE, "restore")
    groups = (_facts(situation), (*start, *_pauses(situation)), (window, restore), leave)
    return tuple(filter(None, groups))


def _window() -> Item:
    return Item(_("Open Tradekeep"), Intent.OPEN, "external-link")


def _facts(situation: Situation) -> tuple[Item, ...]:
    """Last result and next run, which are only said."""
    found = []
    last = last_backup(situation)
    if last is not None:
        icon, text = _result(last)
        when = words.spoken(last.began, situation.now)
        found.append(Item(text.format(when=when), icon=icon))
    if paused := paused_until(situation):
        when = words.until(paused, situation.now)
        found.append(Item(_("Paused until {time}").format(time=when), icon="player-pause"))
    elif later := _next(situation):
        found.append(Item(later, icon="clock"))
    return tuple(found)


def _result(last: Ended) -> tuple[str, str]:
    """An icon, and a sentence with a place for the time."""
    match last.outcome:
        case Outcome.OK:
            return "circle-check", _("Last backup {when}: all saved")
        case Outcome.PROBLEMS:
            return "alert-triangle", _("Last backup {when}: with problems")
        case Outcome.CANCELLED:
            return "circle-minus", _("Last backup {when}: stopped")
    return "circle-x", _("Last backup {when}: failed")


def _pauses(situation: Situation) -> tuple[Item, ...]:
    if paused_until(situation):
        return (Item(_("Go on now"), Intent.GO_ON, "player-play"),)
    return (
        Item(_("Pause for an hour"), Intent.PAUSE_HOUR, "player-pause"),
        Item(_("Pause for a day"), Intent.PAUSE_DAY),
    )


# --- at work ----------------------------------------------------------------------------------


def _at_work(situation: Situation, job: JobState) -> TrayShown:
    card = running_card(job, situation.now, situation.home)
    state = TrayState.PAUSED if job.paused else TrayState.RUNNING
    number = next((step.number for step in card.steps if step.state is StepState.RUNNING), 0)
    share = "" if card.fraction is None else f"{int(card.fraction * 100)} %"
    about = card.title
    if number:
        about = _("{job}, step {number} of {steps}").format(
            job=card.title, number=number, steps=len(card.steps)
        )
    title = _("Tradekeep: {sentence}").format(sentence=about)
    hint = " · ".join(filter(None, (share, card.left))) or card.beside
    line = Item(words.beside((about, share)), icon=card.icon)
    acts = tuple(_act(action, job) for action in card.actions)
    menu: Menu = ((line,), acts, (_window(),), (Item(_("Quit"), Intent.QUIT),))
    return TrayShown(state, title, hint, tuple(filter(None, menu)), _done(job, card.fraction))


def _act(action: Action, job: JobState) -> Item:
    texts = {
        Intent.PAUSE: _("Pause this backup"),
        Intent.RESUME: _("Go on with this backup"),
        Intent.CANCEL: _("Cancel this backup"),
    }
    text = texts[action.intent] if job.job == "backup" else action.text
    return Item(text, action.intent, action.icon or "x")


def _done(job: JobState, share: float | None) -> float | None:
    """Steps that are over plus the share of the one at work, of all steps."""
    if not job.steps:
        return None
    over = sum(step.state in (StepState.DONE, StepState.SKIPPED) for step in job.steps)
    return min((over + (share or 0.0)) / len(job.steps), 1.0)


def climbed(before: float | None, now: float | None) -> float | None:
    """A bar never goes back: each copy counts from nothing again."""
    return now if before is None or now is None else max(before, now)
