"""What alerts say: short plain sentences in the language of the settings.

They leave the computer and pass through other people's servers. So there is no path in them beyond
the last name of it, no address, no amount, and nothing that looks random; what a library said is
left out where it might quote one of these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.messages import _, plural, render
from app.messages.joined import labelled
from app.messages.moments import ago, spoken
from app.redact import address, without_random
from app.repository.keys import host_name
from app.services.alert_rules import Kind, Seen, Week, ended
from app.services.due import Due
from app.services.history import Job, Outcome, RunRecord, Told

_NAMED = 3  # problems that a message names
_PATH = re.compile(r"(?:[/~]|[A-Za-z]:[\\/]|\\\\)[^\n]*")
_AMOUNT = re.compile(r"[-+]?\d[\d.,\s]*(?:[A-Za-z]{2,10})?")
_HIDDEN = "…"


@dataclass(frozen=True, slots=True)
class CopyTold:
    """What a summary says of a copy: how many snapshots it lacks, and when it was filled."""

    name: str
    behind: int
    synced: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a message may speak of."""

    seen: Seen
    due: Due
    good: RunRecord | None  # the last backup that made a snapshot
    week: Week
    copies: Sequence[CopyTold] = ()


def message(kind: Kind, facts: Facts) -> tuple[str, str]:
    """The title and the text of a message; calls have none."""
    titles = {
        Kind.FAILED: _("Backup failed"),
        Kind.DAMAGED: _("Damage was found"),
        Kind.PROBLEMS: _("Finished with problems"),
        Kind.OVERDUE: _("A backup is overdue"),
        Kind.RECOVERED: _("Backups are well again"),
        Kind.WEEKLY: _("The week’s backups"),
        Kind.TEST: _("This is a test"),
    }
    bodies: dict[Kind, Callable[[Facts], list[str]]] = {
        Kind.FAILED: _failed,
        Kind.DAMAGED: _damaged,
        Kind.PROBLEMS: _problems,
        Kind.OVERDUE: _overdue,
        Kind.RECOVERED: lambda facts: [_last_good(facts)],
        Kind.WEEKLY: _weekly,
        Kind.TEST: lambda _facts: [_("Alerts from this computer arrive here.")],
    }
    title = _("Tradekeep on {host}: {sentence}").format(host=host_name(), sentence=titles[kind])
    return title, "\n".join(filter(None, bodies[kind](facts)))


def _failed(facts: Facts) -> list[str]:
    last = facts.seen.last
    why = harmless(last.error) if last is not None and last.error is not None else ""
    return [why, _last_good(facts)]


def _problems(facts: Facts) -> list[str]:
    jobs = [_job(run) for run in facts.seen.failed]
    titles = [*jobs, *map(harmless, facts.seen.problems)]
    left = len(titles) - _NAMED
    more = plural("{count} more", "{count} more", left) if left > 0 else ""
    return [*titles[:_NAMED], more]


def _job(run: RunRecord) -> str:
    failed = {Job.SYNC: _("Copying failed"), Job.PULL: _("Fetching failed")}
    why = harmless(run.error) if run.error is not None else ""
    return labelled(failed[run.job], why)


def _damaged(facts: Facts) -> list[str]:
    found = [_look(run) for run in facts.seen.damaged[:_NAMED]]
    again = _("Repair it with: tradekeep repair. Then read all of it: tradekeep verify --read-data")
    return [*found, again]


def _look(run: RunRecord) -> str:
    """What found damage where, and the first of it."""
    if run.job is Job.VERIFY:
        here, there = _("Verifying this computer’s repository"), _("Verifying {name}")
    else:
        here, there = _("Practising a restore"), _("Practising a restore from {name}")
    what = there.format(name=run.place) if run.place else here
    return labelled(what, harmless(run.problems[0]) if run.problems else "")


def _overdue(facts: Facts) -> list[str]:
    since, waiting = facts.seen.overdue, facts.due.waiting
    words = _("A backup is due since {when}.")
    due = words.format(when=spoken(since, facts.seen.now)) if since is not None else ""
    return [due, waiting.sentence.title if waiting is not None else "", _last_good(facts)]


def _last_good(facts: Facts) -> str:
    if facts.good is None:
        return _("There is no good backup yet.")
    when, now = ended(facts.good), facts.seen.now
    words = _("Last good backup {when}, {ago}.")
    return words.format(when=spoken(when, now), ago=ago(when, now))


def _weekly(facts: Facts) -> list[str]:
    week, lines = facts.week, []
    lines.append(
        plural("{count} backup in seven days.", "{count} backups in seven days.", week.backups)
    )
    if week.problems:
        words = plural("{count} met problems.", "{count} met problems.", week.problems)
        lines.append(words)
    if week.failed:
        lines.append(plural("{count} failed.", "{count} failed.", week.failed))
    lines.append(_last_good(facts))
    lines += [_copy(copy, facts) for copy in facts.copies]
    if not facts.copies:
        lines.append(_("There is no copy yet."))
    return lines


def _copy(copy: CopyTold, facts: Facts) -> str:
    if copy.behind:
        snapshots = plural("{count} snapshot", "{count} snapshots", copy.behind)
        return _("{name} is owed {snapshots}.").format(name=copy.name, snapshots=snapshots)
    if copy.synced is None:
        return _("{name} was never filled.").format(name=copy.name)
    when = spoken(datetime.fromisoformat(copy.synced), facts.seen.now)
    return _("{name} was brought up to date {when}.").format(name=copy.name, when=when)


# --- what must not leave ----------------------------------------------------------------------


def harmless(told: Told) -> str:
    """What a problem or an error says, with names only in it."""
    return render(told.id, shortened(told.params)).title


def shortened(params: Mapping[str, str | int]) -> dict[str, str | int]:
    """Parameters of a sentence as they may leave the computer."""
    return {name: _short(each) if isinstance(each, str) else each for name, each in params.items()}


def _short(text: str) -> str:
    if _PATH.fullmatch(text):
        return re.split(r"[\\/]+", text.rstrip("\\/"))[-1] or _HIDDEN
    if re.search(r"[\\/@\n]", text) or _AMOUNT.fullmatch(text):
        return _HIDDEN
    return without_random(address(text))


def was_good(run: RunRecord) -> bool:
    """Whether a run is a backup that made a snapshot."""
    ends = (Outcome.OK, Outcome.PROBLEMS)
    return run.job is Job.BACKUP and not run.place and run.outcome in ends
