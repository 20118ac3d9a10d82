"""Looks at the end, by arithmetic of its own, whether the month was as it should have been."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tests.cli.support import Machine
from tests.soak.life import Life, Span, moment

SLOTS = (time(12), time(18))  # what a new schedule has
# A slot is seen with the next half hour; what was due before sleep, when the computer is up again.
_SOON = timedelta(minutes=40)


@dataclass(frozen=True)
class Run:
    """A backup of the history."""

    started: datetime
    outcome: str
    problems: tuple[str, ...]


def backups(machine: Machine) -> list[Run]:
    """All of the history, oldest first."""
    lines = (machine.home / "data" / "runs.jsonl").read_text().splitlines()
    return [_run(each) for each in map(json.loads, lines) if each["job"] == "backup"]


def _run(line: dict[str, object]) -> Run:
    problems, error = line.get("problems", []), line.get("error")
    assert isinstance(problems, list)
    ids = [each["id"] for each in problems] + ([error["id"]] if isinstance(error, dict) else [])
    return Run(datetime.fromisoformat(str(line["started"])), str(line["outcome"]), tuple(ids))


def missed(life: Life, days: Iterable[date], runs: list[Run]) -> Iterator[str]:
    """Slots that were neither met nor have a reason."""
    end = life.computer.clock.now()
    for day in days:
        for slot in SLOTS:
            due = moment(day, slot)
            seen = _awake_from(life.awake, due)
            if seen is None or seen + _SOON > end:
                continue
            window = [run for run in runs if seen <= run.started <= seen + _SOON]
            if any(run.outcome in ("ok", "problems") for run in window):
                continue
            if not _touches(life.full, (seen, seen + _SOON)):
                yield f"{day} {slot}: nothing came until {seen + _SOON} ({window})"


def _awake_from(awake: list[Span], due: datetime) -> datetime | None:
    """When the computer could first see that something was due."""
    return next((max(begin, due) for begin, end in awake if end > due), None)


def _touches(spans: list[Span], with_what: Span) -> bool:
    return any(begin <= with_what[1] and with_what[0] <= end for begin, end in spans)


def unexplained(life: Life, runs: list[Run]) -> Iterator[str]:
    """Backups that failed while nothing was in their way."""
    for run in runs:
        span = (run.started, run.started + timedelta(minutes=5))
        if run.outcome not in ("ok", "problems") and not _touches(life.full, span):
            yield f"{run.started}: {run.outcome} {run.problems}"


def left_behind(machine: Machine) -> list[str]:
    """Locks, half-written files and temporary copies that nobody takes away."""
    found = [*machine.folder.rglob("*.partial"), *(machine.repository / "locks").iterdir()]
    found += [*(machine.home / "cache" / "temporary").iterdir()]
    return [str(each) for each in found]


def restic_says(machine: Machine, place: str) -> str:
    """Stock restic's check of a repository; empty if all is well."""
    command = ["restic", "-r", place, "--password-file", str(machine.recovery), "check"]
    command += ["--no-cache", "--read-data"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr
