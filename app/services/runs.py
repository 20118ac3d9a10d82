"""Looking back: every recorded run, and all that is known of one."""

from __future__ import annotations

import msgspec

from app.errors import WrongUsage
from app.services.history import Job, Outcome, RunRecord
from app.services.home import Home
from app.services.log import read


class Wanted(msgspec.Struct, frozen=True):
    """Which runs: of some jobs, with some outcomes, whose problems or place hold a text."""

    jobs: frozenset[Job] = frozenset()
    outcomes: frozenset[Outcome] = frozenset()
    text: str = ""

    def fits(self, run: RunRecord) -> bool:
        if self.jobs and run.job not in self.jobs:
            return False
        if self.outcomes and run.outcome not in self.outcomes:
            return False
        return not self.text or self.text.casefold() in _said(run).casefold()


def _said(run: RunRecord) -> str:
    told = [*run.problems, *([run.error] if run.error else [])]
    sentences = [f"{each.title} {each.hint}" for each in told]
    return " ".join([run.run, run.place, *sentences])


def listed(home: Home, wanted: Wanted, start: int, count: int) -> dict[str, object]:
    """A page of the runs, newest first: runs (as in `brief`), total, next (null after the last)."""
    found = [run for run in home.history.runs() if wanted.fits(run)]
    end = start + count
    return {
        "runs": [brief(run) for run in found[start:end]],
        "total": len(found),
        "next": end if end < len(found) else None,
    }


def brief(run: RunRecord) -> dict[str, object]:
    """A run without its problems, of which only the number is told."""
    return {
        "run": run.run,
        "job": run.job.value,
        "started": run.started,
        "seconds": run.seconds,
        "outcome": run.outcome.value,
        "place": run.place,
        "added": run.added,
        "problems": len(run.problems),
        "by": run.by.value,
    }


def one(home: Home, name: str) -> dict[str, object]:
    """All of a run: also its steps, each problem, the error and its report. `name` is its id or
    the beginning of it; raises `WrongUsage` if there is none, or more than one."""
    found = [run for run in home.history.runs() if run.run.startswith(name)]
    if len(found) != 1:
        raise WrongUsage("run-no-such" if not found else "run-not-one", run=name)
    run = found[0]
    fields: dict[str, object] = msgspec.to_builtins(run)
    return fields


def log(home: Home, name: str) -> dict[str, object]:
    """The log of a run, chosen as by `one`: `run` and `lines`, each as `app.services.log.Line`."""
    run = str(one(home, name)["run"])
    return {"run": run, "lines": [msgspec.to_builtins(line) for line in read(home.history, run)]}
