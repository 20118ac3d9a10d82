"""This computer's zone by the system's own rules, however they are told."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from app.schedule import At, Cron, slots_after
from app.services.local_zone import LocalZone

pytestmark = pytest.mark.skipif(not hasattr(time, "tzset"), reason="zones are set with tzset")


@pytest.fixture
def zone(request: pytest.FixtureRequest) -> Iterator[LocalZone]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield LocalZone()
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.parametrize(
    "zone",
    ["Europe/Berlin", ":Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3"],
    indirect=True,
)
def test_tz_counts_in_all_its_forms_with_daylight_saving(zone: LocalZone) -> None:
    summer, winter = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    assert summer.astimezone(zone).utcoffset() == timedelta(hours=2)
    assert winter.astimezone(zone).utcoffset() == timedelta(hours=1)
    found = list(islice(slots_after(At(((datetime(2026, 1, 1, 18).time()),)), winter, zone), 1))  # noqa: DTZ001
    assert found == [datetime(2026, 12, 1, 17, tzinfo=UTC)]


@pytest.mark.parametrize("zone", ["America/New_York"], indirect=True)
def test_times_that_come_twice_or_never_are_read_as_by_zoneinfo(zone: LocalZone) -> None:
    from zoneinfo import ZoneInfo

    named = ZoneInfo("America/New_York")
    for plan in (At((datetime(2026, 1, 1, 1, 30).time(),)), Cron("30 2 * * *")):  # noqa: DTZ001
        for start in (datetime(2026, 10, 30, tzinfo=UTC), datetime(2026, 3, 6, tzinfo=UTC)):
            ours = list(islice(slots_after(plan, start, zone), 5))
            assert ours == list(islice(slots_after(plan, start, named), 5))


@pytest.mark.parametrize("zone", ["America/New_York"], indirect=True)
def test_every_moment_comes_back_from_its_local_time(zone: LocalZone) -> None:
    moment = datetime(2026, 11, 1, 3, tzinfo=UTC)  # through the hour that comes twice
    for minutes in range(0, 6 * 60, 10):
        each = moment + timedelta(minutes=minutes)
        assert each.astimezone(zone).astimezone(UTC) == each


def test_due_in_a_container_with_tz_follows_it() -> None:
    """It took /etc/localtime, where there is one, for the zone."""
    code = (
        "from datetime import UTC, datetime\n"
        "from app.services.due import LocalZone\n"
        "print(datetime(2026, 7, 1, tzinfo=UTC).astimezone(LocalZone()).hour)"
    )
    environment = {**os.environ, "TZ": "Asia/Kolkata"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.strip() == "5"
