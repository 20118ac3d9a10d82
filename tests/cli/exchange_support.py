"""A sample exchange for tests of the command line, and how its account is connected."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.demo.exchange.server import SampleExchange
from app.demo.exchange.usdm import UsdM
from app.demo.exchange.world import DAY, Script, World, play, sample_markets
from tests.cli.support import Done, Machine

# Nothing else in a test's output or files looks like these.
KEY = "SampleApiKey7h3qPz"
SECRET = "SampleSecretX9w2LmQ4"
CREDENTIALS = json.dumps({"apiKey": KEY, "secret": SECRET})


@dataclass(frozen=True)
class Place:
    """The server, what it knows, and its wire format with the rights of the key."""

    server: SampleExchange
    wire: UsdM

    @property
    def world(self) -> World:
        return self.wire.world


@contextmanager
def sample_exchange(*, fills: int = 60, days: int = 20) -> Iterator[Place]:
    now = time.time_ns() // 1_000_000
    world = World()
    for market in sample_markets():
        world.add_market(market)
    play(world, Script(start=now - days * DAY, stop=now, fills=fills))
    wire = UsdM(world, key=KEY, secret=SECRET)
    with SampleExchange(wire) as server:
        yield Place(server, wire)


def options_file(machine: Machine, place: Place, name: str = "options.json") -> Path:
    file = machine.folder / name
    file.write_text(json.dumps({"address": place.server.address}), encoding="utf-8")
    return file


def since(days: int = 25) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() - days * 86_400))


def connect(
    machine: Machine,
    place: Place,
    *more: str,
    name: str = "main",
    code: int = 0,
    credentials: str = CREDENTIALS,
) -> Done:
    """`exchange add` for the sample exchange."""
    return machine.run(
        *("exchange", "add", name, "--exchange", "binanceusdm", "--credentials-stdin"),
        *("--options", options_file(machine, place), "--since", since(), *more),
        code=code,
        stdin=credentials,
    )
