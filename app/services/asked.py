"""When exchanges were asked last, account by account, as the history tells it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.schedule import SKEW
from app.services.history import Job, RunRecord
from app.settings.model import ExchangeSettings

LEFT_OUT = "network-not-up"  # the problem of a backup that had to do without exchanges


def to_sample(
    accounts: Sequence[ExchangeSettings], runs: Sequence[RunRecord], now: datetime
) -> tuple[str, ...]:
    """Accounts whose balances and positions are to be looked at again, each by its own minutes."""
    return tuple(
        account.name
        for account in accounts
        if account.sample_minutes
        and not _was_asked(account.name, runs, now, timedelta(minutes=account.sample_minutes))
    )


def _was_asked(name: str, runs: Sequence[RunRecord], now: datetime, span: timedelta) -> bool:
    """Whether it was asked less than `span` ago. A run that lies ahead counts for nothing: the
    clock was put back since."""
    for run in runs:
        ago = now - datetime.fromisoformat(run.started)
        if ago >= span:
            return False
        if ago >= -SKEW and _has_asked(run, name):
            return True
    return False


def _has_asked(run: RunRecord, name: str) -> bool:
    """Whether a run asked an account. A pull that ended without a report tried to: where it was
    for no account in particular, all of them wait."""
    if run.job is Job.BACKUP:
        return name in _names(run.report.get("pull"))
    if run.job is not Job.PULL:
        return False
    if run.place:
        return run.place == name
    return not run.report or name in _names(run.report)


def _names(pulled: object) -> list[object]:
    accounts = pulled.get("accounts") if isinstance(pulled, dict) else None
    return [
        each.get("name")
        for each in (accounts if isinstance(accounts, list) else ())
        if isinstance(each, dict)
    ]


def is_pull_owed(runs: Sequence[RunRecord]) -> bool:
    """Whether the last run that was to ask all exchanges had to leave them out, or ended with
    something left because its time was over."""
    for run in runs:
        if run.job is Job.PULL and not run.place and not run.report.get("samples"):
            return bool(run.report.get("pull_left"))
        if run.job is Job.BACKUP and (run.report.get("pull") or _is_left_out(run)):
            return _is_left_out(run) or bool(run.report.get("pull_left"))
    return False


def _is_left_out(run: RunRecord) -> bool:
    return any(each.id == LEFT_OUT for each in run.problems)
