"""What follows a backup whose minute for exchanges was over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.ui.jobs import Ending
from app.ui.protocol import Done
from app.ui.report import Schedule
from app.ui.running import JobState
from tests.ui.pretend import PretendController
from tests.ui.situations import NOW, situation, well

_PIECE = (("pull", "--minutes", "10"), "pull")


@pytest.mark.parametrize(("kind", "goes_on"), [("every", False), ("off", True), ("", True)])
def test_the_rest_of_a_pull_goes_on_in_pieces_and_makes_room_for_the_schedule(
    qapp: object, kind: str, goes_on: bool
) -> None:
    controller = PretendController(situation(well(schedule=Schedule(kind))))

    def ended(job: str, left: int) -> None:
        state = JobState(NOW, job=job, run=job)
        controller._situation = replace(controller.situation, job=state)
        controller._ended(Ending(Done("ok", report={"pull_left": left})))

    ended("backup", 40)
    assert controller.ran == [_PIECE]
    ended("pull", 20)
    assert controller.ran == [_PIECE] * (2 if goes_on else 1)
    controller.ran.clear()
    ended("pull", 0)
    assert not controller.ran
