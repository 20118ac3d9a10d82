"""Every full exchange, through the same tests, against a stateful server in its wire format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exchange.harness import CASES, Lab, case_of, lab


@pytest.fixture(params=CASES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of(request.param), tmp_path)
    with made.server:
        yield made


def test_a_first_pull_brings_everything(place: Lab) -> None:
    report = place.pull()
    place.compare()
    assert not place.problems
    assert report.records > 0


def test_a_second_pull_brings_nothing_new_and_asks_little(place: Lab) -> None:
    place.pull()
    before = len(place.server.log)
    report = place.pull()
    place.compare()
    assert (report.records, report.versions) == (0, 0)
    assert len(place.server.log) - before < before / 2
