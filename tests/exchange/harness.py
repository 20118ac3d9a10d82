"""What every exchange's tests share: a world, a server in the exchange's wire format, a client of
ours, an archive; and the ground truth beside what the archive holds.

A `Case` says how an exchange's server is made and what the archive has to hold then. The suite
`test_exchanges.py` runs all of them through the same tests; `cases/` has one module each.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from app.demo.exchange.server import SampleExchange, Wire
from app.demo.exchange.world import DAY, Market, Script, World, play, sample_markets
from app.exchange.archive import Account, Archive
from app.exchange.client import connect
from app.exchange.coverage import Interval
from app.exchange.pull import What, pull
from app.exchange.pull_state import PullReport
from app.exchange.records import decode
from app.exchange.streams import Exchange, Kind
from app.exchange.tables import table_for, told_by
from app.exchange.throttle import Throttle
from app.monitor import Recorder
from app.secret import Secret

Key = tuple[str, str]  # (raw market id, the exchange's own id)
Truth = dict[Kind, dict[Key, dict[str, object]]]
CASES = (
    *("binance", "binancecoinm", "binanceusdm", "bitget", "bitget_unified", "bybit"),
    *("deribit", "hyperliquid", "krakenfutures", "kucoin", "kucoin_unified", "kucoinfutures"),
    "okx",
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """How one exchange is tested.

    wire     makes the server's wire format over a world; `clock` is the exchange's time in ms
    truth    what the archive has to hold of a world: for each kind, each row's key and those
             unified fields that are compared (numbers as text, compared as decimals)
    secrets  what the server accepts
    markets  what the world trades; spot markets have `settle=None`
    days     how long the sample history is; at least what shows the exchange's windows
    public   paths that need no key
    denied   a path whose refusal must not stop the rest, and the kind it belongs to
    fills    the path of the fills, where faults are put
    broken   error bodies by name as (status, body): "key", "permission", "clock", "rate",
             "maintenance", "address" (an IP that is not allowed)
    """

    exchange: str
    wire: Callable[[World, Callable[[], int]], Wire]
    truth: Callable[[World, int], Truth]
    secrets: Mapping[str, str]
    fills: str
    public: tuple[str, ...]
    denied: tuple[str, Kind]
    broken: Mapping[str, tuple[int, object]]
    markets: Callable[[], list[Market]] = sample_markets
    days: int = 80
    count: int = 400
    settings: Mapping[str, object] = field(default_factory=dict)


def of_wallet(wallet: str, rows: Mapping[Key, dict[str, object]]) -> dict[Key, dict[str, object]]:
    """Rows as `Lab.held` tells of them where the wallet is not the account's main one."""
    return {(f"{wallet}/{market}", native): fields for (market, native), fields in rows.items()}


def case_of(exchange: str) -> Case:
    module = importlib.import_module(f"tests.exchange.cases.{exchange}")
    case = module.CASE
    assert isinstance(case, Case)
    return case


@dataclass
class Lab:
    """One test's exchange and archive. `pull` may be called again and again."""

    case: Case
    folder: Path
    world: World
    server: SampleExchange
    now: int
    days: int  # how long the sample history is
    skew: int = 0  # ms that the exchange's clock is ahead of ours
    problems: list[str] = field(default_factory=list)

    # The only kinds that are compared. Pulled is also what names markets: the ledger, which knows
    # delisted ones, and balances of isolated margin.
    kinds: frozenset[Kind] | None = None
    alone: bool = False  # nothing else is pulled: all markets are known without

    @property
    def table(self) -> Exchange:
        table = table_for(self.case.exchange)
        if self.kinds is None:
            return table
        wanted = self.kinds if self.alone else {*self.kinds, Kind.LEDGER, Kind.BALANCES}
        streams = tuple(each for each in table.streams if each.kind in wanted)
        return replace(table, streams=streams)

    @property
    def account(self) -> Account:
        return Account("main", self.case.exchange, "demo")

    most_pages: int | None = None  # of the archive: a disk that is full
    clock: Callable[[], float] = time.monotonic  # which the deadline is by

    def archive(self) -> Archive:
        archive = Archive(self.folder / "archive.db")
        if self.most_pages is not None:
            archive.database.execute(f"PRAGMA max_page_count = {self.most_pages}")
        return archive

    def pull(
        self,
        *,
        since_days: float | None = None,
        deadline: float | None = None,
        timeout: int = 10_000,
        what: What = What.EVERYTHING,
    ) -> PullReport:
        return asyncio.run(self._pull(since_days, deadline, timeout, what))

    async def _pull(
        self, since_days: float | None, deadline: float | None, timeout: int, what: What
    ) -> PullReport:
        days = self.days + 5 if since_days is None else since_days
        quick = Quick()
        client = connect(
            self.table,
            {name: Secret(value) for name, value in self.case.secrets.items()},
            Throttle(0.0, clock=quick.now, sleep=quick.sleep),
            settings={"address": self.server.address, "timeout": timeout, **self.case.settings},
            told=told_by(self.case.exchange),
        )
        monitor = Recorder()
        try:
            with self.archive() as archive:
                return await pull(
                    client,
                    archive,
                    self.account,
                    monitor,
                    since=int(self.now - days * DAY),
                    deadline=deadline,
                    clock=self.clock,
                    sleep=quick.sleep,
                    what=what,
                )
        finally:
            self.problems = [problem.message_id for problem in monitor.problems]
            await client.close()

    def truth(self) -> Truth:
        rows = self.case.truth(self.world, self.now)
        return {kind: rows[kind] for kind in rows if self.kinds is None or kind in self.kinds}

    def held(self, kind: Kind) -> dict[Key, dict[str, object]]:
        """The newest version of each of the archive's rows. A wallet beside the account's main
        one stands before the market: `funding/`."""
        with self.archive() as archive:
            rows = archive.database.execute(
                "SELECT iif(wallet = '', market, wallet || '/' || market), native, data"
                " FROM record JOIN series ON series.id = series"
                " WHERE stream = ? AND superseded = 0",
                (kind.value,),
            ).fetchall()
        found: dict[Key, dict[str, object]] = {}
        for market, native, data in rows:
            fields = decode(kind, data)
            if fields is not None:
                assert (market, native) not in found, "a row is in the archive twice"
                found[(market, native)] = fields
        return found

    def versions(self, kind: Kind) -> dict[Key, int]:
        with self.archive() as archive:
            rows = archive.database.execute(
                "SELECT market, native, max(version) FROM record JOIN series ON series.id = series"
                " WHERE stream = ? GROUP BY 1, 2",
                (kind.value,),
            ).fetchall()
        return {(market, native): version for market, native, version in rows}

    def coverage(self, title: str, wallet: str | None = None) -> dict[str, list[Interval]]:
        """What is known of a stream, by market; without a wallet of all of them together."""
        with self.archive() as archive:
            rows = archive.database.execute(
                "SELECT id, market FROM series WHERE stream = ? AND (wallet = ? OR ? IS NULL)",
                (title, wallet, wallet),
            ).fetchall()
            found: dict[str, list[Interval]] = {}
            for number, market in rows:
                found.setdefault(market, []).extend(archive.coverage(number))
        return {market: intervals for market, intervals in found.items() if intervals}

    def all_coverage(self, title: str) -> list[Interval]:
        """What is known of a kind, all its streams and markets together."""
        titles = {each.title for each in self.table.streams if each.kind.value == title}
        found = [self.coverage(each).values() for each in sorted({title, *titles})]
        return [each for values in found for known in values for each in known]

    def compare(self) -> None:
        """The archive equals the truth, row for row."""
        for kind, rows in self.truth().items():
            held = self.held(kind)
            assert sorted(held) == sorted(rows), _difference(kind, held, rows)
            for key, fields in rows.items():
                for name, value in fields.items():
                    assert same(held[key].get(name), value), (kind, key, name)


def same(held: object, true: object) -> bool:
    """Equal, numbers as decimals: exchanges write 0.10 and 0.1."""
    if isinstance(true, Decimal):
        return held is not None and Decimal(str(held)) == true
    return held == true


def _difference(kind: Kind, held: Mapping[Key, object], true: Mapping[Key, object]) -> str:
    missing = sorted(set(true) - set(held))[:5]
    extra = sorted(set(held) - set(true))[:5]
    return json.dumps([kind.value, {"missing": missing, "extra": extra}], default=str)


class Quick:
    """A clock that whoever sleeps sets on: tests do not wait for as long as an exchange asks."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        await asyncio.sleep(0)


def lab(
    case: Case,
    folder: Path,
    *,
    count: int | None = None,
    days: int | None = None,
    kinds: Iterable[Kind] | None = None,
) -> Lab:
    """A lab with a sample history of the case's length, or of at most so many `days`; start its
    server with `with`. With `kinds` nothing else is compared."""
    now = time.time_ns() // 1_000_000
    length = min(case.days, days or case.days)
    world = World()
    for market in case.markets():
        world.add_market(market)
    play(world, Script(start=now - length * DAY, stop=now, fills=count or case.count))
    made: list[Lab] = []
    clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000 + made[0].skew  # noqa: E731
    server = SampleExchange(case.wire(world, clock))
    wanted = None if kinds is None else frozenset(kinds)
    made.append(Lab(case, folder, world, server, now, length, kinds=wanted))
    return made[0]
