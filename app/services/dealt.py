"""Problems that somebody has dealt with: accepted for good, or put off until tomorrow.

A backup that cannot read one file says so each time. Accepted, that problem is not counted any
more for as long as every backup meets it again: once it was gone, it is new when it comes back.
Putting off hides a row until a moment. Neither changes what a run found: the history keeps it, with
the reason that was given. A small file among this machine's data, no setting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from app.errors import AppError, WrongUsage
from app.files import private_folder, write_atomic
from app.json_lines import NO_JSON, Moment
from app.monitor import copy_key, job_key, problem_key
from app.repository.times import rfc3339
from app.schedule import SKEW
from app.services.history import Job, Outcome, RunRecord, Told
from app.services.home import Home

VERSION = 1
_LONGEST_WHY = 500
_MORNING = 8  # o'clock, when what was put off until tomorrow is shown again


class How(StrEnum):
    """What was decided."""

    ACCEPTED = "accepted"
    PUT_OFF = "put-off"


class Dealt(msgspec.Struct, frozen=True, kw_only=True):
    """A decision. `key` is a problem's (`monitor.problem_key`), or that of a row about a copy
    (`monitor.copy_key`) or a job (`monitor.job_key`)."""

    key: str
    how: How
    when: Moment
    why: str = ""
    until: Moment | None = None


class _Kept(msgspec.Struct, frozen=True):
    version: int = VERSION
    dealt: tuple[Dealt, ...] = ()


def key_of(told: Told) -> str:
    """The key of a problem of a run."""
    return problem_key(told.id, told.params)


def accept(home: Home, key: str, why: str, now: datetime) -> Dealt:
    """Do not count this problem of a backup any more. Raises `WrongUsage` for one that no backup
    lately met, or without a reason; `AppError` where it cannot be kept."""
    runs = home.history.runs()
    if key not in _of_backups(runs):
        raise WrongUsage("problem-not-acceptable", key=key)
    if not why.strip():
        raise WrongUsage("problem-why-missing")
    decided = Dealt(key=key, how=How.ACCEPTED, when=now, why=why.strip()[:_LONGEST_WHY])
    return _keep(home, decided, runs, now)


def put_off(home: Home, key: str, now: datetime) -> Dealt:
    """Do not show this until tomorrow morning. `now` in this computer's zone. Raises `WrongUsage`
    for what is not there, `AppError` where it cannot be kept."""
    runs = home.history.runs()
    if key not in _known(home, runs):
        raise WrongUsage("problem-no-such", key=key)
    tomorrow = (now + timedelta(days=1)).replace(hour=_MORNING, minute=0, second=0, microsecond=0)
    decided = Dealt(key=key, how=How.PUT_OFF, when=now, until=tomorrow)
    return _keep(home, decided, runs, now)


def reopen(home: Home, key: str, now: datetime) -> None:
    """Count it again. Raises `WrongUsage` for what was not dealt with."""
    runs = home.history.runs()
    found = dealt(home, runs, now)
    left = [each for each in found if each.key != key]
    if len(left) == len(found):
        raise WrongUsage("problem-no-such", key=key)
    _write(home, left)


def dealt(home: Home, runs: Sequence[RunRecord], now: datetime) -> list[Dealt]:
    """What holds now, newest first. A file that cannot be read holds nothing: then all is shown."""
    try:
        kept = msgspec.json.decode(home.paths.dealt_file.read_bytes(), type=_Kept)
    except (OSError, *NO_JSON):
        return []
    return [each for each in kept.dealt if kept.version == VERSION and _holds(each, runs, now)]


def as_json(each: Dealt) -> dict[str, object]:
    """As `status` tells it; times RFC 3339 or null."""
    until = None if each.until is None else rfc3339(each.until)
    return {
        "key": each.key, "how": each.how.value, "when": rfc3339(each.when), "why": each.why,
        "until": until,
    }  # fmt: skip


def _holds(each: Dealt, runs: Sequence[RunRecord], now: datetime) -> bool:
    if each.how is How.PUT_OFF:
        clock_was_put_back = each.when > now + SKEW
        return each.until is not None and each.until > now and not clock_was_put_back
    later = (run for run in _backups(runs) if datetime.fromisoformat(run.started) > each.when)
    return all(each.key in map(key_of, run.problems) for run in later)


def _backups(runs: Iterable[RunRecord]) -> Iterable[RunRecord]:
    """Those that came to their end."""
    ended = (Outcome.OK, Outcome.PROBLEMS)
    return (run for run in runs if run.job is Job.BACKUP and run.outcome in ended)


def _of_backups(runs: Sequence[RunRecord]) -> frozenset[str]:
    """The keys of what the newest backup met, and one that was stopped after it."""
    found: set[str] = set()
    for run in runs:
        if run.job is Job.BACKUP:
            found.update(map(key_of, run.problems))
            if run.outcome in (Outcome.OK, Outcome.PROBLEMS):
                break
    return frozenset(found)


def _known(home: Home, runs: Sequence[RunRecord]) -> frozenset[str]:
    problems = (problem for run in runs for problem in run.problems)
    failed = (run for run in runs if run.outcome is Outcome.FAILED)
    return frozenset(
        [
            *map(key_of, problems),
            *(copy_key(copy.name) for copy in home.settings.copies),
            *(job_key(run.job.value, run.place) for run in failed),
        ]
    )


def _keep(home: Home, decided: Dealt, runs: Sequence[RunRecord], now: datetime) -> Dealt:
    others = [each for each in dealt(home, runs, now) if each.key != decided.key]
    _write(home, [decided, *others])
    return decided


def _write(home: Home, found: Sequence[Dealt]) -> None:
    file = home.paths.dealt_file
    try:
        private_folder(file.parent)
        write_atomic(file, msgspec.json.encode(_Kept(dealt=tuple(found))))
    except OSError as error:
        reason = error.strerror or str(error)
        raise AppError("own-folder-unwritable", path=str(file), reason=reason) from error


def listed(home: Home, now: datetime) -> dict[str, object]:
    """The problems of the newest backup and what was decided of each: `problems` (key, id, title,
    hint, decided: null or as `as_json`)."""
    runs = home.history.runs()
    decided = {each.key: each for each in dealt(home, runs, now)}
    last = next(iter(_backups(runs)), None)
    rows = []
    for told in last.problems if last else ():
        key = key_of(told)
        made = as_json(decided[key]) if key in decided else None
        rows.append(
            {"key": key, "id": told.id, "title": told.title, "hint": told.hint, "decided": made}
        )
    return {"problems": rows}
