"""One window of one stream, asked to exhaustion: every page, every retry, then one commit.

What cannot be asked to the end is said as `partial` with its reason; a window that the exchange
refuses as too wide is asked in narrower pieces, down to an hour; a page that a cursor cannot get
past (a whole page within one millisecond) is halved down to that millisecond. Nothing here
believes a short or empty page unless the stream's cursor does.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Set
from dataclasses import dataclass, field, replace
from typing import TypeVar

from app.exchange.archive import Added, Archive, Derived, Window
from app.exchange.client import Client
from app.exchange.coverage import NOT_VERIFIED, Interval, State
from app.exchange.cursors import Page, Stuck, at, list_at
from app.exchange.details import unknown, vanished
from app.exchange.evidence import Answer
from app.exchange.failures import CLOCK_TRIES, TRIES, Action, CallFailed, backoff
from app.exchange.forgotten import asked_in_vain
from app.exchange.records import Record, Unparsed, derive, row_time, unified_rows
from app.exchange.streams import HOUR, Kind, Millis, Nature, Params, Row, Stream

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]
Seen = tuple[str, str, str]  # wallet, market and native id of a row
SHORT_LIVED = "short-lived"  # the reason of what had partly expired
NEWEST = "newest-only"  # and of what lay before the newest rows that the exchange keeps
_MOST_HELD = 16  # pages of a walk by ids: some 10 MB with a thousand rows each
_MOST_PAGES = 100_000  # of one window: more is an exchange that goes round in circles


class _Over(Exception):
    """The time for this pull is over in the midst of a list's details."""


@dataclass
class Pager:
    """Asks for windows of one account and commits them."""

    client: Client
    archive: Archive
    account: int
    pull: int
    now: Millis
    sleep: Sleep = asyncio.sleep
    added: Added = field(default_factory=Added)
    unparsed: list[Unparsed] = field(default_factory=list)
    waiting: Set[Seen] = frozenset()  # orders of which nobody has said how they ended
    told: set[Seen] = field(default_factory=set)  # those of them that an answer told of
    over: Callable[[], bool] = lambda: False  # whether details have to wait for the next pull
    left: int = 0  # lists whose details have to

    async def window(
        self, stream: Stream, market: str, start: Millis, stop: Millis
    ) -> list[Interval]:
        """Ask for [start, stop), commit what came, and say what is known of it now. Raises
        `CallFailed` for what concerns the whole stream or account (denied, stop, …)."""
        try:
            return await self._asked(stream, market, start, stop)
        except CallFailed as failure:
            if failure.action is not Action.NARROWER:
                raise
            return await self._narrowed(stream, market, start, stop, failure.reason)

    async def current(self, stream: Stream) -> set[Seen]:
        """Ask for what is open now, page by page, and commit it. Rows that vanished since are
        told of by another stream. Answers what was seen. Raises `CallFailed`."""
        asked = Window(stream=stream)
        state, reason = State.COMPLETE, ""
        try:
            await self._walk(asked, 0, 0)
            await self._ended(asked)
        except Stuck:
            state, reason = State.PARTIAL, "page"
        except _Over:
            self._keep_pages(asked)
            return {(stream.wallet, *each) for each in asked.seen}
        seen = asked.all_seen()
        self.commit(asked, Interval(self.now, self.now + 1, state, reason))
        return {(stream.wallet, *each) for each in seen}

    async def sample(self, stream: Stream) -> None:
        """How things are now, all pages of it, committed as a whole. Raises `CallFailed`."""
        asked = Window(stream=stream, whole_sample=True)
        try:
            await self._walk(asked, 0, 0)
        except Stuck:
            raise CallFailed(Action.RETRY, "page") from None
        received = asked.parts[-1].answer.received
        state, why = (State.COMPLETE, "") if stream.proven else (State.PARTIAL, NOT_VERIFIED)
        self.commit(asked, Interval(received, received + 1, state, why))

    async def _asked(
        self, stream: Stream, market: str, start: Millis, stop: Millis
    ) -> list[Interval]:
        """Ask for [start, stop) at once. NARROWER comes out as it is, with nothing committed."""
        asked = Window(stream=stream, market=market)
        try:
            await self._walk(asked, start, stop)
        except Stuck:
            if stream.cursor.windowed and not stream.window.timeless and stop - start > 1:
                middle = (start + stop) // 2
                early = await self._asked(stream, market, start, middle)
                return [*early, *await self._asked(stream, market, middle, stop)]
            return self.commit(asked, Interval(start, stop, State.PARTIAL, "page"))
        except _Over:
            return self.commit(asked)
        except CallFailed as failure:
            if failure.action not in (Action.RETRY, Action.WAIT, Action.CLOCK):
                raise
            return self.commit(asked, Interval(start, stop, State.PARTIAL, failure.reason))
        return self.commit(asked, *self._answered(asked, start, stop))

    def _keep_pages(self, asked: Window) -> None:
        """A walk through all of history is one window, and so is a list with its details: pages
        are kept as they come, in bounded memory, and what is known of it is said at its end."""
        self.commit(Window(stream=asked.stream, market=asked.market, parts=asked.parts))
        asked.found = asked.found or any(part.records for part in asked.parts)
        asked.seen = asked.all_seen() if asked.stream.details else set()
        asked.parts = []

    def _answered(self, asked: Window, start: Millis, stop: Millis) -> list[Interval]:
        """What is known of a window that was asked to the end. What the stream loses early
        (cancelled orders) was gone where it is older than that, so it is not called complete."""
        found = asked.found or any(part.records for part in asked.parts)
        if not asked.stream.proven:
            return [Interval(start, stop, State.PARTIAL, NOT_VERIFIED)]
        known = Interval(start, stop, State.COMPLETE if found else State.EMPTY)
        edge, reason = start, SHORT_LIVED
        if asked.stream.loses is not None:
            edge = max(self.now - asked.stream.loses, start)
        if asked.stream.newest is not None:
            edge, reason = max(edge, _oldest(asked, asked.stream.newest)), NEWEST
        edge = min(edge, stop)
        gone = Interval(start, edge, State.EXPIRED, reason)
        return [each for each in (gone, replace(known, start=edge)) if each.start < each.stop]

    async def _narrowed(
        self, stream: Stream, market: str, start: Millis, stop: Millis, reason: str
    ) -> list[Interval]:
        """The exchange refuses the whole window: it is too wide, or begins before what the
        exchange keeps. From the late end in halves: once a width was taken, a refusal further
        back is the floor, and what lies before it has expired."""
        known: list[Interval] = []
        width, end = (stop - start) // 2, stop
        divisible = stream.cursor.windowed and not stream.window.timeless
        while end > start and width >= HOUR and divisible:
            begin = max(start, end - width)
            try:
                known += await self._asked(stream, market, begin, end)
                end = begin
            except CallFailed as failure:
                if failure.action is not Action.NARROWER:
                    raise
                width //= 2
        if end > start:
            state = State.EXPIRED if known else State.PARTIAL
            rest = Interval(start, end, state, reason)
            known += self.commit(Window(stream=stream, market=market), rest)
        return known

    async def _walk(self, asked: Window, start: Millis, stop: Millis) -> None:
        stream, questions = asked.stream, asked.stream.questions
        if stream.questions_of is not None:
            questions = stream.questions_of(asked.market)
        for each in questions:
            first = question(stream, asked.market, start, stop)
            await self._pages(asked, stream, {**first, **each}, (start, stop))

    async def _pages(
        self, asked: Window, stream: Stream, params: Params | None, span: tuple[Millis, Millis]
    ) -> None:
        before: set[str] = set()
        while params is not None:
            told = json.dumps(params, sort_keys=True, default=str)
            if told in before or len(before) > _MOST_PAGES:
                raise Stuck
            before.add(told)
            answer = await self.ask(stream, params)
            rows = rows_of(stream, answer)
            records = self._derived(stream, asked.market, rows, answer)
            # First the details: a row that is kept as it is now needs no more of them.
            for row in unknown(self.archive, self.account, stream, rows, records):
                await self._details(asked, row)
            other = None if stream is asked.stream else stream
            asked.parts.append(Derived(answer, records, other))
            piecewise = not asked.stream.cursor.windowed or asked.stream.details
            if piecewise and len(asked.parts) >= _MOST_HELD:
                self._keep_pages(asked)
            params = stream.cursor.next(_page(stream, params, answer, rows, span))

    async def _details(self, asked: Window, row: Row) -> bool:
        """Ask about a row of a list; False if the exchange knows (some of) it no more."""
        there = True
        for stream in asked.stream.details:
            assert stream.about is not None
            for each in stream.about(row):
                if self.over():
                    self.left += 1
                    raise _Over
                try:
                    await self._pages(asked, stream, {**question(stream, "", 0, 0), **each}, (0, 0))
                except CallFailed as failure:
                    if failure.action not in (Action.NO_SUCH_MARKET, Action.NARROWER):
                        raise
                    there = False
                    at = row_time(asked.stream, row) or self.now
                    gap = Interval(at, at + 1, State.SOURCE_GAP, failure.reason)
                    self.commit(Window(stream=stream), gap)
        return there

    async def _ended(self, asked: Window) -> None:
        """Ask how rows ended that the list has no more."""
        there = asked.all_seen()
        for order, row in vanished(self.archive, self.account, asked.stream, there):
            if not await self._details(asked, row):
                asked_in_vain(self.archive, [order], self.now)

    def _derived(
        self, stream: Stream, market: str, rows: list[Row], answer: Answer
    ) -> list[Record]:
        parse, at = self.client.parser(stream), answer.received
        records, unparsed = derive(stream, rows, parse, market=market, at=at)
        self.unparsed.extend(unparsed)
        if self.waiting and stream.kind is Kind.ORDERS:
            wallet = stream.wallet
            self.told |= self.waiting & {(wallet, each.market, each.native) for each in records}
        return records

    async def ask(self, stream: Stream, params: Params) -> Answer:
        """One page, with as many tries as its failures deserve."""

        async def page() -> Answer:
            if stream.unified:
                return await self.client.unified(stream.endpoint, params)
            return await self.client.call(
                stream.endpoint,
                params,
                rows=stream.rows,
                one=stream.one or bool(stream.keyed),
                count=stream.count,
                null=stream.null,
            )

        return await retried(self.client, page, self.sleep)

    def commit(self, window: Window, *known: Interval) -> list[Interval]:
        window.known = list(known)
        added = self.archive.commit(
            self.account, self.pull, window, self.client.version, self.client.clock_offset
        )
        self.added.records += added.records
        self.added.versions += added.versions
        return window.known


async def retried(
    client: Client, question: Callable[[], Awaitable[T]], sleep: Sleep, tries: int = TRIES
) -> T:
    """Ask, with as many tries as the failures deserve. Raises the last `CallFailed`."""
    attempt = clocks = 0
    while True:
        try:
            return await question()
        except CallFailed as failure:
            attempt += 1
            if failure.action is Action.CLOCK and clocks < CLOCK_TRIES:
                clocks += 1
                await client.measure_clock()
                continue
            again = failure.action in (Action.RETRY, Action.WAIT)
            if not again or attempt >= tries:
                raise
            await _wait(client, failure, attempt, sleep)


async def _wait(client: Client, failure: CallFailed, attempt: int, sleep: Sleep) -> None:
    seconds = backoff(failure, attempt, random.random())
    if failure.action is Action.WAIT:
        client.throttle.pause(seconds)
        return
    await sleep(seconds)


def _oldest(asked: Window, newest: int) -> Millis:
    """From when on a walk to the present surely found everything, where the exchange keeps so
    many of the newest rows. Counted are all rows of the bodies, also those of other streams."""
    stream = asked.stream
    rows = {
        json.dumps(row, sort_keys=True, default=str): row_time(stream, row)
        for part in asked.parts
        for row in _listed(stream, part.answer)
    }
    times = [time for time in rows.values() if time is not None]
    return min(times, default=0) if len(rows) >= newest else 0


def question(stream: Stream, market: str, start: Millis, stop: Millis) -> Params:
    """The first question of a window; a sample has no times."""
    params: Params = dict(stream.params)
    if stream.each_param:
        params[stream.each_param] = market
    if stream.limit is not None and stream.limit_param:
        params[stream.limit_param] = stream.limit
    if stream.cursor.windowed and stream.nature is Nature.EVENTS:
        params.update(_times(stream, start, stop))
    params.update(stream.cursor.first())
    return params


def _times(stream: Stream, start: Millis, stop: Millis) -> Params:
    window = stream.window
    end = stop - 1 if window.inclusive_end else stop
    begin = start // window.unit - (0 if window.inclusive_start else 1)
    times: Params = {}
    for name, value in ((window.start, begin), (window.end, -(-end // window.unit))):
        if name:
            times[name] = str(value) if window.as_text else value
    return times


def _as_rows(stream: Stream, found: object) -> object:
    """One object as a list of it; objects under their ids as a list of them."""
    if stream.one:
        return [found]
    if isinstance(found, dict):
        return [{stream.keyed: name, **row} for name, row in found.items()]
    return found


def rows_of(stream: Stream, answer: Answer) -> list[Row]:
    """The raw rows of an answer that are records, also where a row of the list holds several."""
    listed = _listed(stream, answer)
    return (
        listed if stream.split is None else [each for row in listed for each in stream.split(row)]
    )


def _listed(stream: Stream, answer: Answer) -> list[Row]:
    """The list of an answer; what is no object is left out of the records, not the evidence."""
    if stream.unified:
        found: object = unified_rows(stream.kind, answer.body)
    elif stream.one or stream.keyed:
        found = _as_rows(stream, at(answer.body, stream.rows))
    else:
        found = list_at(answer.body, stream.rows)
    if found is None:  # the client has made sure that there are none
        return []
    assert isinstance(found, list)  # the client has refused anything else
    asked = {name: answer.call.params.get(name) for name in stream.echo}
    rows: list[Row] = [{**asked, **row} for row in found if isinstance(row, dict)]
    rows = rows if stream.shape is None else [stream.shape(row) for row in rows]
    return rows if stream.gather is None else list(stream.gather(rows))


def _page(
    stream: Stream,
    params: Params,
    answer: Answer,
    rows: list[Row],
    span: tuple[Millis, Millis],
) -> Page:
    return Page(
        params=params,
        body=answer.body,
        rows=rows,
        times=[row_time(stream, row) for row in rows],
        full=stream.limit is not None and len(rows) >= stream.limit,
        start_param=stream.window.start,
        end_param=stream.window.end,
        unit=stream.window.unit,
        inclusive=(stream.window.inclusive_start, stream.window.inclusive_end),
        start=span[0],
        stop=span[1],
    )
