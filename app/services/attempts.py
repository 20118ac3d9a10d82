"""How the backups of this machine's repository went, as the schedule needs it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import psutil

from app.repository.times import parse
from app.schedule import Attempts
from app.services.history import Job, Outcome, RunRecord
from app.services.home import Home

_GOOD = (Outcome.OK, Outcome.PROBLEMS)
_BY_A_PERSON = "cancelled"  # the system's end of a run has a sentence of its own


class _KeyFile(msgspec.Struct, frozen=True):
    created: str


def attempts(home: Home, runs: Sequence[RunRecord]) -> Attempts:
    """From the history, newest first.

    A run that a person cancelled settles its slot: they did not want it now. One that ended
    because the computer was shut down, or that was killed, counts as failed and is tried again.
    """
    failures, failed, cancelled, first = 0, None, None, None
    started = _switched_on() if home.settings.schedule.at_start else None
    for run in runs:
        if run.job is not Job.BACKUP or run.place:
            continue
        began = datetime.fromisoformat(run.started)
        ended = began + timedelta(seconds=run.seconds)
        if run.outcome in _GOOD:
            return Attempts(began, failed, failures, started, first, cancelled)
        first = began
        if _is_cancelled(run):
            cancelled = cancelled or ended
        elif cancelled is None:
            failures += 1
            failed = failed or ended
    known = [each for each in (first, _set_up(home)) if each is not None]
    return Attempts(None, failed, failures, started, min(known, default=None), cancelled)


def _is_cancelled(run: RunRecord) -> bool:
    told = run.error.id if run.error is not None else _BY_A_PERSON
    return run.outcome is Outcome.CANCELLED and told == _BY_A_PERSON


def _switched_on() -> datetime:
    return datetime.fromtimestamp(psutil.boot_time()).astimezone()


def _set_up(home: Home) -> datetime | None:
    """When this machine was given its key to the repository; None if that cannot be read now,
    or only over a network."""
    own = home.settings.repository
    if own is None or own.path is None:
        return None
    try:
        raw = (own.path / "keys" / own.device_key).read_bytes()
        return parse(msgspec.json.decode(raw, type=_KeyFile).created)
    except (OSError, ValueError):
        return None
