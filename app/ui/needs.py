"""The rows of "Needs you": the failure first, then copies in trouble, then every problem.

A run may find thousands of problems. They travel as they were told and become rows
(`problem_row`) only when they are shown. Must not know Qt.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.messages import Sentence, _, plural, render
from app.monitor import copy_key, job_key
from app.services.worth import FRESH, Worth
from app.ui import words
from app.ui.activity import word as words_of
from app.ui.places import Place, places
from app.ui.protocol import Told
from app.ui.report import Copy, Run
from app.ui.shown import ChipShown, NeedShown
from app.ui.situation import (
    Ended,
    Outcome,
    Situation,
    decided,
    failed_jobs,
    findings,
    last_backup,
    open_problems,
    unique,
)
from app.ui.tokens import Tone


def needs(situation: Situation) -> tuple[NeedShown, ...]:
    """What stays until it is solved or put off, without the single problems."""
    rows = []
    last = last_backup(situation)
    if last is not None and last.outcome is Outcome.FAILED:
        rows.append(_failure(last))
    if situation.trouble is not None and situation.trouble.trace:
        rows.append(_failure(situation.trouble))
    if situation.status is not None:
        found = places(situation.status, situation.now)
        rows += [row for place in found if (row := _copy_row(place, situation.now))]
    rows += [_job_row(run, situation.now) for run in failed_jobs(situation)]
    dealt = decided(situation)
    return tuple(row for row in rows if row.key not in dealt)


def problems(situation: Situation) -> tuple[Told, ...]:
    """Problems of the run at work first, then those of the last one that it has not met again."""
    found = unique((*findings(situation), *open_problems(situation)))
    if situation.job:
        dealt, met = decided(situation), situation.job.problems
        if dealt:
            met = tuple(one for one in met if one.key not in dealt)
        found = unique((*met, *found))
    told = _copies_with_a_row(situation)
    return tuple(one for one in found if (one.id, one.params.get("name")) not in told)


def _copies_with_a_row(situation: Situation) -> frozenset[tuple[str, object]]:
    """Problems that a row about the copy itself says already, and says better."""
    if situation.status is None:
        return frozenset()
    names = [
        place.name
        for place in places(situation.status, situation.now)
        if copy_trouble(place, situation.now)
    ]
    ids = ("copy-away", "copy-bare", "copy-other")
    return frozenset((one, name) for one in ids for name in names)


def needs_chip(rows: Sequence[NeedShown], number: int) -> ChipShown | None:
    """How many there are, `rows` among them, in the tone of the worst."""
    if not number:
        return None
    text = plural("{count} problem", "{count} problems", number)
    bad = any(row.tone is Tone.BAD for row in rows)
    return ChipShown("circle-x", text, Tone.BAD) if bad else _warning(text)


def _warning(text: str) -> ChipShown:
    return ChipShown("alert-triangle", text, Tone.WARN)


def why(error: Told | None, *, hint: bool = True) -> str:
    """An error as one text."""
    if error is None:
        return _("It did not say why.")
    sentence = error.sentence
    title = words.ended(sentence.title)
    return words.sentences((title, sentence.hint)) if hint else title


def problem_row(told: Told, home: str, *, acceptable: bool = True) -> NeedShown:
    """One problem of a run as a row; what a look at the data found is not `acceptable`."""
    sentence, details = told.sentence, _details(told, home)
    key = told.key if acceptable else ""
    return NeedShown(
        "alert-triangle", Tone.WARN, sentence.title, sentence.hint, details,
        key=key, acceptable=acceptable,
    )  # fmt: skip


def _job_row(run: Run, now: datetime) -> NeedShown:
    """A job beside the backups that failed while nobody looked."""
    title = words_of(run.job, run.outcome, run.place)
    when = _("Started {when}.").format(when=words.spoken(run.started, now))
    hint = words.sentences((why(run.error), when))
    details = _details(run.error, "") if run.error else title
    key = job_key(run.job, run.place)
    return NeedShown("alert-triangle", Tone.WARN, title, hint, details, key=key)


def _failure(ended: Ended) -> NeedShown:
    sentence = ended.error.sentence if ended.error else Sentence(_("The run failed."), "")
    details = _details(ended.error, "") if ended.error else sentence.title
    if ended.trace:
        details = f"{details}\n\n{ended.trace}"
    return NeedShown("circle-x", Tone.BAD, sentence.title, sentence.hint, details, ended.trace)


def _details(told: Told, home: str) -> str:
    """What is pasted into a report: the sentence, and the id for whoever reads the source."""
    sentence = told.sentence
    text = "\n".join(filter(None, (sentence.title, sentence.hint, f"({told.id})")))
    return text.replace(home, "~") if len(home) > 1 else text


def _copy_row(place: Place, now: datetime) -> NeedShown | None:
    trouble = copy_trouble(place, now)
    if trouble is None or place.copy is None:
        return None
    icon, sentence = trouble
    key = copy_key(place.copy.name)
    return NeedShown(icon, Tone.WARN, sentence.title, sentence.hint, str(sentence), key=key)


def copy_trouble(place: Place, now: datetime) -> tuple[str, Sentence] | None:
    """What is wrong with a copy that a person has to mend, with its icon. A drive that has been
    away for less than `FRESH`, or a copy that the next backup fills, needs nobody."""
    copy = place.copy
    if copy is None:
        return None
    if copy.state in ("other", "bare"):
        params = {"name": copy.name, "address": copy.address}
        return "alert-triangle", render(f"window-copy-{copy.state}", params)
    if copy.state == "away" and place.newest is None:
        return "plug-connected-x", render("window-copy-never-seen", {"name": copy.name})
    if place.worth is not Worth.STALE or place.newest is None:
        return None
    age = now - place.newest
    assert age > FRESH
    days = words.days(age)
    if copy.state == "away":
        return "plug-connected-x", _away(place, copy, days)
    return "clock-exclamation", render("window-copies-stale", {"name": copy.name, "days": days})


def _away(place: Place, copy: Copy, days: str) -> Sentence:
    plug = (
        _("Plug it in, and the copy starts by itself.")
        if place.by_itself
        else _("Plug it in; the next backup brings it up to date.")
    )
    away = {"name": copy.name, "days": days, "plug": plug}
    if not copy.behind:
        return render("window-copy-away", away)
    away["snapshots"] = plural("{count} snapshot", "{count} snapshots", copy.behind)
    if not copy.owed_bytes:
        return render("window-copy-owed", away)
    return render("window-copy-owed-size", {**away, "size": words.size(copy.owed_bytes)})
