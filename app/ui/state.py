"""Everything the window knows at a moment, and the page that follows from it.

A `Situation` is what `tradekeep status` told, what our own child told, and the time. `page` is
a pure function of it. Must not know Qt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.messages import _, render
from app.ui import words
from app.ui.needs import needs, needs_chip, problems
from app.ui.place_cards import AtWork, place_cards
from app.ui.running import JobState, running_card
from app.ui.shown import NeedShown, NextShown, PageShown, VerdictShown
from app.ui.situation import Situation, findings
from app.ui.things import protected_rows
from app.ui.verdict import verdict

__all__ = ["Situation", "page"]


_made: list[tuple[Situation, PageShown]] = []  # the last one


def page(situation: Situation) -> PageShown:
    """The Overview for a situation. Whoever asks again for the very same one, as the window and its
    page do, gets the same: a run may have met thousands of problems."""
    if not _made or _made[0][0] is not situation:
        _made[:] = [(situation, _page(situation))]
    return _made[0][1]


def _page(situation: Situation) -> PageShown:
    rows, found = needs(situation), problems(situation)
    job, now = situation.job, situation.now
    running = running_card(job, now, situation.home) if job else None
    shown = PageShown(
        running=replace(running, problems="") if running else None,  # they have rows of their own
        verdict=None if job else _once(verdict(situation), rows, situation),
        sample=situation.sample,
        checked=_checked(situation),
        note=situation.note,
        needs=rows,
        needs_chip=needs_chip(rows, len(rows) + len(found)),
        problems=found,
        findings=findings(situation),
        home=situation.home,
        next=_next(situation),
    )
    status = situation.status
    if status is None or status.repository is None:
        return shown
    return replace(
        shown,
        places=place_cards(status, _at_work(job), now, situation.home),
        sources=protected_rows(status, now, situation.home),
    )


def _once(shown: VerdictShown, rows: Sequence[NeedShown], situation: Situation) -> VerdictShown:
    """What a row below says about its trouble is not said twice."""
    good = situation.status.last_good if situation.status is not None else None
    if good is None or not any((row.title, row.hint) == (shown.title, shown.hint) for row in rows):
        return shown
    params = {"problems": "", "when": words.spoken(good, situation.now)}
    saved = render("window-problems", params | {"ago": words.ago(good, situation.now)})
    return replace(shown, hint=saved.hint)


def _checked(situation: Situation) -> str:
    if situation.checked is None or (situation.status is None and situation.trouble is None):
        return ""
    return _("As of {when}").format(when=words.moment(situation.checked, situation.now))


def _at_work(job: JobState | None) -> AtWork:
    if job is None:
        return AtWork.NOTHING
    if job.paused:
        return AtWork.PAUSED
    return AtWork.COPYING if job.step == "copies" else AtWork.SAVING


def _next(situation: Situation) -> NextShown | None:
    """What is still to be set up beside what the verdict asks for."""
    status = situation.status
    if status is None or status.repository is None or situation.job is not None:
        return None
    if not status.copies:
        hint = _("When this disk fails, a copy on another one is what is left.")
        return NextShown("copy-plus", _("No copy yet"), hint, _("Add a copy…"), "copies", "add")
    return None
