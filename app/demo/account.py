"""A sample exchange account on localhost, connected like a real one, and what its restored
archive has to hold."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.demo.exchange.server import SampleExchange
from app.demo.exchange.usdm import UsdM
from app.demo.exchange.world import DAY, Script, World, play, sample_markets
from app.exchange.archive import Archive
from app.exchange.chain import ChainReport, verify
from app.exchange.reconcile import Reconciled, reconcile
from app.exchange.streams import Kind
from app.monitor import Monitor
from app.secret import Secret
from app.services.exchanges import AddRequest, add, draft
from app.services.home import Home

NAME = "sample-exchange"
_DAYS = 60
_FILLS = 3_000


@dataclass(frozen=True, slots=True)
class SampleAccount:
    """What really happened at the exchange, and where it listens."""

    world: World
    address: str

    @property
    def fills(self) -> int:
        return len(self.world.fills)


@contextmanager
def sample_account() -> Iterator[SampleAccount]:
    """An exchange with sixty days of history: bursts within one millisecond, funding, a pause, a
    liquidation, a delisting."""
    now = time.time_ns() // 1_000_000
    world = World()
    for market in sample_markets():
        world.add_market(market)
    play(world, Script(start=now - _DAYS * DAY, stop=now, fills=_FILLS))
    with SampleExchange(UsdM(world)) as server:
        yield SampleAccount(world, server.address)


def connect_sample(home: Home, sample: SampleAccount, monitor: Monitor) -> None:
    """Add the account as `exchange add` does."""
    since = datetime.now(UTC).date() - timedelta(days=_DAYS + 1)
    request = AddRequest(
        name=NAME, exchange="binanceusdm", options={"address": sample.address}, since=since
    )
    secrets = {"apiKey": Secret("sample-key"), "secret": Secret("sample-secret")}
    add(home, draft(home, request), secrets, monitor)


@dataclass(frozen=True, slots=True)
class Proven:
    """What an archive shows: fills, an unbroken chain, parts that agree."""

    fills: int
    chain: ChainReport
    reconciled: Reconciled


def prove(archive: Path) -> Proven:
    """Look at a restored archive, which must be there."""
    archive.stat()
    with Archive(archive) as opened:
        (fills,) = opened.database.execute(
            "SELECT count(*) FROM record JOIN series ON series.id = series"
            " WHERE stream = ? AND superseded = 0",
            (Kind.FILLS.value,),
        ).fetchone()
        return Proven(fills, verify(opened), reconcile(opened))
