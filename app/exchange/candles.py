"""Candles of chosen markets as Parquet: one file for each market, time frame and month (UTC).

A month that has ended and was asked for after its end is closed: its file is never written again.
The open month's is replaced with each update. What the exchange has no candle for (nobody traded,
or it was down) is filled with the last close, no volume, and `filled` set, so that bots find an
even row of candles and nobody mistakes it for a market. The candle that is still open is left out.

Files: `EXCHANGE/MARKET/TIMEFRAME/YYYY-MM.parquet` below one folder, columns as `SCHEMA` says.
Prices are the exchange's text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from app.errors import AppError
from app.exchange.client import Client
from app.exchange.failures import TRIES, Action, CallFailed, backoff
from app.exchange.pager import Sleep
from app.exchange.streams import DAY, HOUR, MINUTE, Millis
from app.files import private_folder, replaced
from app.monitor import Monitor, Progress, Step, Unit

_UNITS = {"m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_CLOSED = b"closed"  # the key in a file's metadata


class CandlesFailed(AppError):
    """Candles could not be asked for, or their file cannot be used."""


@dataclass(frozen=True, slots=True)
class CandleSet:
    """A market and time frame, kept from `since` (ms) on. `market` is ccxt's symbol."""

    exchange: str
    market: str
    timeframe: str
    since: Millis

    @property
    def step(self) -> Millis:
        """The length of a candle; `CandlesFailed` for a time frame that is none."""
        found = re.fullmatch(r"(\d{1,3})([mhdw])", self.timeframe)
        if found is None or not int(found[1]):
            raise CandlesFailed("candles-timeframe", timeframe=self.timeframe)
        return int(found[1]) * _UNITS[found[2]]

    def folder(self, top: Path) -> Path:
        """Where its months lie; symbols have signs that no file name may have."""
        safe = re.sub(r"[^A-Za-z0-9.-]", "_", self.market)
        return top / self.exchange / safe / self.timeframe


@dataclass(frozen=True, slots=True)
class Candle:
    """One candle; prices and volume as text. `fetched` is when it was asked for, in ms."""

    timestamp: Millis
    open: str
    high: str
    low: str
    close: str
    volume: str
    filled: bool
    fetched: Millis


@dataclass(slots=True)
class CandleReport:
    """What an update brought."""

    candles: int = 0
    filled: int = 0
    months: int = 0
    calls: int = 0
    left: int = 0  # sets that the time did not suffice for


async def update(
    client: Client,
    top: Path,
    chosen: CandleSet,
    monitor: Monitor,
    *,
    now: Callable[[], Millis],
    sleep: Sleep,
) -> CandleReport:
    """Bring a set up to now, month by month; each month is durable before the next is asked for.
    Raises `CandlesFailed`, `Cancelled`."""
    report = CandleReport()
    folder = private_folder(chosen.folder(top))
    limit = client.exchange.candles.limit
    before: Candle | None = None
    for start, stop in months(chosen.since, now()):
        path = folder / f"{month_name(start)}.parquet"
        if is_closed(path):
            continue
        if before is None:
            before = _last_before(folder, path)
        found = await _month(client, chosen, (start, min(stop, now())), limit, monitor, sleep)
        report.calls += -(-(min(stop, now()) - start) // (limit * chosen.step))
        filled = list(_filled(found, before, chosen.step, min(stop, now()), now()))
        if not filled:
            continue
        write_month(
            path, filled, closed=now() >= stop + chosen.step, source=_source(client, chosen)
        )
        report.months += 1
        report.candles += len(found)
        report.filled += sum(candle.filled for candle in filled)
        before = filled[-1]
    return report


def _source(client: Client, chosen: CandleSet) -> str:
    return f"{chosen.exchange} {chosen.market} {chosen.timeframe}, {client.version}"


def months(since: Millis, now: Millis) -> Iterator[tuple[Millis, Millis]]:
    """The months (UTC) from the one of `since` to the one of `now`; the first begins at `since`."""
    moment = datetime.fromtimestamp(since / 1000, UTC).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    while (start := round(moment.timestamp() * 1000)) < now:
        year, month = (
            (moment.year + 1, 1) if moment.month == 12 else (moment.year, moment.month + 1)
        )
        moment = moment.replace(year=year, month=month)
        yield max(start, since), round(moment.timestamp() * 1000)


def month_name(start: Millis) -> str:
    return datetime.fromtimestamp(start / 1000, UTC).strftime("%Y-%m")


async def _month(
    client: Client,
    chosen: CandleSet,
    span: tuple[Millis, Millis],
    limit: int,
    monitor: Monitor,
    sleep: Sleep,
) -> list[Candle]:
    """The candles in a span, by windows of one page each: a pause is not the end."""
    step = chosen.step
    start = -(-span[0] // step) * step
    found: dict[Millis, Candle] = {}
    for begin in range(start, span[1], limit * step):
        monitor.checkpoint()
        end = min(begin + limit * step, span[1])
        found |= await _window(client, chosen, (begin, end), limit, sleep)
        item = f"{chosen.market} {chosen.timeframe} {month_name(begin)}"
        monitor.progress(
            Progress(Step.EXCHANGES, "candles", len(found), None, Unit.FILES, item=item)
        )
    return [found[time] for time in sorted(found)]


async def _window(
    client: Client, chosen: CandleSet, span: tuple[Millis, Millis], limit: int, sleep: Sleep
) -> dict[Millis, Candle]:
    """The candles of a window, asked for until nothing new comes: pages may be smaller than what
    was asked for, and nobody says so."""
    step, (at, end) = chosen.step, span
    found: dict[Millis, Candle] = {}
    while at < end:
        rows, came = await _page(client, chosen, at, min(limit, -(-(end - at) // step)), sleep)
        new = {row[0]: _candle(row, came) for row in rows if _closed_in(row, at, end, step, came)}
        if not new:
            break
        found |= new
        at = max(new) + step
        if at + step > came:
            break
    return found


def _closed_in(row: list[Any], start: Millis, end: Millis, step: Millis, came: Millis) -> bool:
    """Whether a row is a whole candle of that window."""
    time = row[0]
    return start <= time < end and time + step <= came and None not in row[:5]


def _candle(row: list[Any], came: Millis) -> Candle:
    opened, high, low, close, volume = (str(value) for value in row[1:6])
    return Candle(row[0], opened, high, low, close, volume, False, came)


async def _page(
    client: Client, chosen: CandleSet, begin: Millis, limit: int, sleep: Sleep
) -> tuple[list[list[Any]], Millis]:
    """Rows as ccxt has them ([time, open, …]; its types are not ours) and when they came."""
    arguments = {
        "symbol": chosen.market,
        "timeframe": chosen.timeframe,
        "since": begin,
        "limit": limit,
    }
    for attempt in range(1, TRIES + 1):
        try:
            answer = await client.unified("fetch_ohlcv", arguments)
        except CallFailed as failure:
            if failure.action is Action.NO_SUCH_MARKET:
                raise CandlesFailed("candles-no-market", market=chosen.market) from failure
            again = failure.action in (Action.RETRY, Action.WAIT, Action.CLOCK)
            if not again or attempt == TRIES:
                raise CandlesFailed(
                    "candles-failed", market=chosen.market, reason=failure.reason
                ) from failure
            await sleep(backoff(failure, attempt, 0.5))
            continue
        assert isinstance(answer.body, list)
        return answer.body, answer.received
    raise AssertionError("the loop returns or raises")


def _filled(
    found: Sequence[Candle], before: Candle | None, step: Millis, end: Millis, fetched: Millis
) -> Iterator[Candle]:
    """An even row of candles from the first one that is known to the end of what was asked for."""
    last = before
    at = found[0].timestamp if before is None and found else None
    if before is not None:
        at = before.timestamp + step
    if at is None:
        return
    known = {candle.timestamp: candle for candle in found}
    stop = end // step * step if end % step else end
    while at < stop and at + step <= fetched:
        candle = known.get(at)
        if candle is None:
            assert last is not None
            price = last.close
            candle = Candle(at, price, price, price, price, "0", filled=True, fetched=fetched)
        yield candle
        last = candle
        at += step


@cache
def schema() -> Any:
    """pyarrow's schema (no types of ours): times in ms, prices as text."""
    import pyarrow

    text = [(name, pyarrow.string()) for name in ("open", "high", "low", "close", "volume")]
    return pyarrow.schema(
        [
            ("timestamp", pyarrow.int64()),
            *text,
            ("filled", pyarrow.bool_()),
            ("fetched", pyarrow.int64()),
        ]
    )


def write_month(path: Path, candles: Sequence[Candle], *, closed: bool, source: str) -> None:
    """Replace a month's file, durably."""
    import pyarrow
    import pyarrow.parquet

    about = {_CLOSED: b"1" if closed else b"0", b"source": source.encode()}
    names = schema().names
    columns = [[getattr(candle, name) for candle in candles] for name in names]
    table = pyarrow.Table.from_arrays(
        [pyarrow.array(values, schema().field(name).type) for name, values in
         zip(names, columns, strict=True)],
        schema=schema().with_metadata(about),
    )  # fmt: skip
    try:
        with replaced(path) as temporary:
            pyarrow.parquet.write_table(table, temporary, compression="zstd")
    except OSError as error:
        reason = error.strerror or str(error)
        raise CandlesFailed("export-unwritable", path=str(path), reason=reason) from error


def is_closed(path: Path) -> bool:
    """Whether a month's file is there and final. One that cannot be read is made anew."""
    import pyarrow
    import pyarrow.parquet

    if not path.exists():
        return False
    try:
        about = pyarrow.parquet.read_schema(path).metadata or {}
    except (OSError, pyarrow.ArrowException):
        return False
    return about.get(_CLOSED) == b"1"


def _last_before(folder: Path, path: Path) -> Candle | None:
    earlier = [each for each in sorted(folder.glob("*.parquet")) if each.name < path.name]
    found = list(read([earlier[-1]])) if earlier else []
    return found[-1] if found else None


def files(top: Path, chosen: CandleSet) -> list[Path]:
    """A set's months, oldest first."""
    return sorted(chosen.folder(top).glob("*.parquet"))


def read(paths: Sequence[Path]) -> Iterator[Candle]:
    """The candles of some months, in their order; `CandlesFailed` for a file that is damaged."""
    import pyarrow
    import pyarrow.parquet

    for path in paths:
        try:
            rows = pyarrow.parquet.read_table(path).to_pylist()
        except (OSError, pyarrow.ArrowException) as error:
            raise CandlesFailed("candles-damaged", path=str(path)) from error
        for row in rows:
            yield Candle(**row)
