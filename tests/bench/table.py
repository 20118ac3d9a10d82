"""What came out, beside what is aimed at."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.bench.measure import Cost

# At least so many times as fast as restic, and as Borg; the corpora are those of `__main__`.
GOALS: Mapping[str, tuple[float, float]] = {
    "trader: first backup": (2.2, 2.2),
    "trader: nothing changed": (2.0, 1.2),
    "trader: 2 % changed": (2.2, 2.2),
    "trader: restore": (1.6, 1.9),
    "trader: check, all data": (1.8, 2.5),
    "small: first backup": (2.2, 3.5),
    "small: nothing changed": (3.3, 4.0),
    "small: restore": (2.6, 3.4),
    "small: check, all data": (1.8, 2.5),
    "huge: first backup": (2.5, 2.5),
    "huge: restore": (2.0, 3.5),
    "huge: check, all data": (1.8, 2.5),
}


@dataclass(frozen=True)
class Median:
    """Medians of seconds, and the peak of memory in bytes, over several runs."""

    wall: float
    cpu: float
    memory: int

    @classmethod
    def of(cls, costs: Sequence[Cost]) -> Median:
        return cls(
            statistics.median(cost.wall for cost in costs),
            statistics.median(cost.cpu for cost in costs),
            max(cost.memory for cost in costs),
        )


def rows(costs: Mapping[str, Mapping[str, Sequence[Cost]]]) -> list[str]:
    """A Markdown table of `costs[work][tool]`; ratios are to our own wall time."""
    lines = [
        "| work | Tradekeep | restic | Borg | times as fast (goal) | CPU s | memory, MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for work, tools in costs.items():
        medians = {name: Median.of(runs) for name, runs in tools.items()}
        lines.append("| " + " | ".join(_cells(work, medians)) + " |")
    return lines


def _cells(work: str, medians: Mapping[str, Median]) -> list[str]:
    names = ("tradekeep", "restic", "borg")
    wall = [f"{medians[name].wall:.2f} s" if name in medians else "–" for name in names]
    return [
        work,
        *wall,
        _ratios(work, medians),
        " / ".join(f"{medians[name].cpu:.1f}" for name in names if name in medians),
        " / ".join(f"{medians[name].memory / 1e6:.0f}" for name in names if name in medians),
    ]


def _ratios(work: str, medians: Mapping[str, Median]) -> str:
    ours = medians.get("tradekeep")
    parts = []
    for name, goal in zip(("restic", "borg"), GOALS.get(work, (None, None)), strict=True):
        if ours is None or name not in medians:
            continue
        ratio = medians[name].wall / ours.wall
        missed = goal is not None and ratio < goal
        aim = f" ({goal}{', missed' if missed else ''})" if goal else ""
        parts.append(f"{ratio:.1f}{aim}")
    return ", ".join(parts)
