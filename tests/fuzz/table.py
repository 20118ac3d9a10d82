"""All targets, and how one is run."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from tests.fuzz import bots, exchange, own_files, repository, streams
from tests.fuzz.targets import Target
from tests.fuzz.watch import watched

_ROUND = 200  # examples between two looks at the clock


@cache
def targets() -> dict[str, Target]:
    """By name."""
    rooms = (repository, own_files, streams, exchange, bots)
    found = [each for room in rooms for each in room.targets()]
    assert len({each.name for each in found}) == len(found)
    return {each.name: each for each in found}


def run(target: Target, examples: int, *, derandomize: bool = False) -> None:
    """Read so many inputs; the simplest one that breaks a rule is raised by hypothesis."""
    quiet = settings(
        max_examples=examples,
        deadline=None,  # `watched` has its own
        database=None,
        derandomize=derandomize,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    with tempfile.TemporaryDirectory(prefix="tradekeep-fuzz-") as folder:

        @quiet
        @given(target.inputs)
        def reads(data: bytes) -> None:
            with watched(Path(folder)), suppress(*target.refuses):
                target.read(data, Path(folder))

        reads()


def run_for(target: Target, seconds: float) -> Iterator[int]:
    """The same for so long; yields how many inputs it has been so far."""
    end, done = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        run(target, _ROUND)
        done += _ROUND
        yield done
