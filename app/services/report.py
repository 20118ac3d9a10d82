"""A report for whoever audits: what was backed up, practised and proven in a period, what is known
of the exchanges with each gap by its name, and whether the history is what it was.

It tells, and judges nothing: a run that failed and a gap that nobody can close stand in it as
they are. The folder holds it for programs (JSON, CSV) and for people (a PDF, which a child of the
window's kind draws: Qt is not known here).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from app import __version__
from app.errors import AppError
from app.exchange.gaps import Gap, gaps
from app.monitor import Monitor, Problem, Recorder
from app.repository.keys import host_name
from app.repository.times import parse, rfc3339
from app.services import archive, status
from app.services.history import RunRecord, now
from app.services.home import Home
from app.services.period import Period, millis_now, when

VERSION = 1
Report = dict[str, object]


def gather(home: Home, period: Period, monitor: Monitor) -> Report:
    """The report as plain data: version, program, machine, made, since, until; runs (as `runs
    RUN` tells each, oldest first); repository, copies and years (as `status` does); archive (null
    where nothing was ever pulled): series, gaps, chain, reconciled, and what was found wrong with
    both. What is wrong with the archive is a Problem, too.
    """
    monitor.checkpoint()
    stands = status.report(home)
    return {
        "version": VERSION,
        "program": f"Tradekeep {__version__}",
        "machine": host_name(),
        "made": rfc3339(now()),
        **period.as_json(),
        "runs": [msgspec.to_builtins(run) for run in _runs(home, period)],
        "repository": stands["repository"],
        "copies": stands["copies"],
        "years": stands["years"],
        "archive": _archive(home, period, monitor),
    }


def _runs(home: Home, period: Period) -> list[RunRecord]:
    """Also those that are older than the newest shown ones; the history keeps thousands."""
    found = [run for run in home.history.runs() if period.holds(_started(run))]
    return sorted(found, key=lambda run: run.started)


def _started(run: RunRecord) -> datetime:
    return parse(run.started)


def _archive(home: Home, period: Period, monitor: Monitor) -> Report | None:
    if not home.paths.archive_file.exists():
        return None
    monitor.checkpoint()
    with archive.opened(home) as opened:
        found = gaps(opened, period.since, period.until, now=millis_now())
    monitor.checkpoint()
    return {
        "series": archive.coverage_report(home, None)["series"],
        "gaps": [gap_json(gap) for gap in found],
        "chain": _checked(lambda to: archive.verify_report(home, to), monitor),
        "reconciled": _checked(lambda to: archive.reconcile_report(home, None, to), monitor),
    }


def gap_json(gap: Gap) -> Report:
    return {
        "account": gap.account,
        "stream": gap.stream,
        "wallet": gap.wallet,
        "markets": [market for market in gap.markets if market],
        "start": when(gap.start),
        "stop": when(gap.stop),
        "state": gap.state,
        "reason": gap.reason,
    }


def _checked(check: Callable[[Monitor], Report], monitor: Monitor) -> Report:
    """A check's answer with the sentences of what it found; `error` where it could not be made."""
    found = Recorder()
    try:
        answer = check(found)
    except AppError as error:
        problem = Problem.from_error(error)
        monitor.problem(problem)
        return {"error": str(problem.sentence), "found": []}
    for problem in found.problems:
        monitor.problem(problem)
    return {**answer, "found": sentences(found.problems)}


def sentences(problems: Iterable[Problem]) -> list[str]:
    return [str(problem.sentence) for problem in problems]
