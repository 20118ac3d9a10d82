"""Some inputs of every target, the same each time; `python -m tests.fuzz` goes on from there."""

from __future__ import annotations

import os
import sys

import pytest

from tests.fuzz.table import run, targets
from tests.fuzz.targets import Target

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="bounds memory as Linux does")

EXAMPLES = int(os.environ.get("TRADEKEEP_FUZZ_EXAMPLES", "40"))


@pytest.mark.parametrize("target", targets().values(), ids=list(targets()))
def test_what_comes_from_outside_is_read_or_refused(target: Target) -> None:
    run(target, max(4, EXAMPLES // target.cost), derandomize=True)
