"""A server on this computer may be a relay to the real exchange: only the sample is not spared."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.exchange import client as clients
from app.exchange.throttle import Throttle
from app.secret import Secret
from tests.exchange.harness import Lab, Quick, case_of, lab


def waited(place: Lab, *, here: bool) -> float:
    """Seconds that five questions wait for the throttle."""
    quick = Quick()

    async def ask() -> None:
        client = clients.connect(
            place.table,
            {name: Secret(value) for name, value in place.case.secrets.items()},
            Throttle(1.0, clock=quick.now, sleep=quick.sleep),
            settings={"address": place.server.address},
            here=here,
        )
        try:
            for _ in range(5):
                await client.measure_clock()
        finally:
            await client.close()

    asyncio.run(ask())
    return quick.time


def test_a_relay_on_this_computer_is_throttled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = lab(case_of("binanceusdm"), tmp_path, count=5)
    with place.server:
        assert waited(place, here=True) <= 1.0
        assert waited(place, here=False) >= 3.0
        monkeypatch.setattr(clients, "SAMPLE_HEADER", "X-Nobody-Says-This")
        assert waited(place, here=True) >= 3.0
