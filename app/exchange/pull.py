"""A pull: everything that is due of one account, in the order in which it would be lost.

1. The exchange's clock and markets, which kind of account it is, and which sub-accounts there are.
2. How things are now (balances, positions). 3. Streams that are asked for the whole account, and
for each sub-account; their rows name markets. 4. Streams that are asked for each currency, then for
each market, then for each market that their wallet has rows of. Several lanes are asked at once,
each one window after the other; whatever a window brought is durable before the next one begins. A
failure of a stream is a Problem and the others go on; a wrong key or maintenance ends the account
for this time. A deadline ends it between windows: what is left is said, and comes next time.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum

from app.exchange import coverage
from app.exchange.archive import Account, Archive, Window
from app.exchange.client import Client
from app.exchange.coverage import Interval, State
from app.exchange.cursors import at
from app.exchange.earlier import Earlier
from app.exchange.failures import Action, CallFailed
from app.exchange.forgotten import OpenOrder, asked_in_vain, last_seen_open
from app.exchange.markets import keep_markets, markets_of
from app.exchange.pager import Pager, Seen, Sleep, retried
from app.exchange.plan import OVERLAP, Lane, Span, expired, floor_of, lanes
from app.exchange.pull_state import PullReport, PullState, Refusal, place_of
from app.exchange.streams import TURNS, Each, Exchange, Kind, Millis, Nature, Stream
from app.exchange.subaccounts import lacking, sees_others, with_subaccounts
from app.monitor import Monitor, Problem, Progress, Step, Unit

_LASTING = {
    # Failures that concern a whole stream, and what its coverage says then.
    Action.DENIED: State.DENIED,
    Action.UNSUPPORTED: State.UNSUPPORTED,
}
# The mode is not told, and streams will tell themselves.
_NO_MODE = (*_LASTING, Action.STOP, Action.NARROWER, Action.NO_SUCH_MARKET, Action.OTHER_MODE)
_AWAY = (Action.MAINTENANCE, Action.REDIRECTED)  # nothing more of this account, this time
_STOPPED = {
    Action.STOP: "pull-key-refused",
    Action.MAINTENANCE: "pull-maintenance",
    Action.REDIRECTED: "pull-redirected",
}
_GREETINGS = 3  # tries to begin at all: whoever is offline is told so within seconds
_REFUSALS = 3  # so many streams refuse a key that none has taken: the key is wrong


class What(StrEnum):
    """How much of an account is asked for."""

    EVERYTHING = "everything"
    SAMPLES = "samples"  # how things are now, alone: cheap enough for every few minutes


async def pull(
    client: Client,
    archive: Archive,
    account: Account,
    monitor: Monitor,
    *,
    since: Millis,
    deadline: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    now: Callable[[], Millis] = lambda: time.time_ns() // 1_000_000,
    sleep: Sleep = asyncio.sleep,
    what: What = What.EVERYTHING,
) -> PullReport:
    """Pull what is due. `deadline` is in seconds of `clock`. Problems go to the monitor; raises
    `ArchiveError` if the archive cannot be written, `Cancelled`."""
    report = PullReport(account=account.name, exchange=account.exchange)
    number = archive.account(account)
    run = archive.begin_pull(number)
    state = PullState(deadline, clock, report)
    puller = _Puller(client, archive, number, run, monitor, state, account, sleep, what)
    outcome = "failed"
    try:
        await puller.do(since, now)
        outcome = "stopped" if state.stopped else "left" if report.left else "done"
    finally:
        archive.end_pull(run, outcome)
    report.calls = client.calls
    report.clock_offset = client.clock_offset
    return report


@dataclass
class _Puller:
    client: Client
    archive: Archive
    account: int
    run: int
    monitor: Monitor
    state: PullState
    told: Account
    sleep: Sleep
    what: What
    exchange: Exchange = field(init=False)  # with the streams of its sub-accounts

    async def do(self, since: Millis, now: Callable[[], Millis]) -> None:
        try:
            await self._connect()
        except CallFailed as failure:
            self._stop(failure)
            return
        span = Span(since, now() - self.client.clock_offset)
        pager = Pager(self.client, self.archive, self.account, self.run, span.now, self.sleep)
        pager.over = self._over
        if self.what is What.EVERYTHING:
            await self._subaccounts(pager)
        used = self.what is What.SAMPLES
        database, table = self.archive.database, self.client.exchange
        self.exchange = with_subaccounts(database, self.account, table, used=used)
        await self._samples(pager)
        if self.what is What.EVERYTHING:
            self._say_what_is_lacking(span)
            await self._history(pager, span)
        self._finish(pager)

    async def _history(self, pager: Pager, span: Span) -> None:
        exchange = self.exchange
        wallets = {each.wallet for each in exchange.streams if each.kind is Kind.ORDERS}
        before = {wallet: self._open_orders(wallet, span) for wallet in sorted(wallets)}
        pager.waiting = {
            (wallet, each.market, each.native)
            for wallet, orders in before.items()
            for each in orders
        }
        said, here = set(self.state.others), (self.archive, self.account, exchange)
        self._say_other_modes(span, said)
        for turn in TURNS:
            markets = markets_of(self.client, self.archive, self.account)
            self._say_what_expired(span, turn)
            open_now = frozenset(self.state.open_now)
            due = lanes(*here, markets, span, turn=turn, open_now=open_now)
            await self._lanes(pager, [lane for lane in due if not self.state.skips(lane.stream)])
        how = (self._lanes, self._failed, self._cover)
        await Earlier(*here, pager, self.state, *how).ask(span)
        await self._samples(pager, details=True)
        self._say_other_modes(span, self.state.others - said)
        self.state.report.left += pager.left
        if not self.state.over and not self.state.report.left:
            self._note_forgotten(before, span, pager.told)

    def _note_forgotten(
        self, before: Mapping[str, list[OpenOrder]], span: Span, told: Set[Seen]
    ) -> None:
        """Orders that were open before this pull and of which it was told nothing."""
        vain: list[OpenOrder] = []
        seen = self.state.open_now | told
        for wallet, orders in before.items():
            if wallet in self.state.doubtful:
                continue
            still = set(self._open_orders(wallet, span))
            vain += [
                each
                for each in orders
                if each in still and (wallet, each.market, each.native) not in seen
            ]
        if vain:
            asked_in_vain(self.archive, vain, span.now)

    def _open_orders(self, wallet: str, span: Span) -> list[OpenOrder]:
        """Those that every stream of orders asks for again: not before what one still answers."""
        streams = [
            each
            for each in self.exchange.streams
            if each.kind is Kind.ORDERS and each.wallet == wallet and each.nature is Nature.EVENTS
        ]
        if not streams or any(each.by_change for each in streams):
            return []
        floor = max(floor_of(each, span) for each in streams)
        return last_seen_open(self.archive, self.account, wallet, "", floor, span.now - OVERLAP)

    async def _connect(self) -> None:
        await retried(self.client, self.client.measure_clock, self.sleep, _GREETINGS)
        answer = await retried(self.client, self.client.load_markets, self.sleep, _GREETINGS)
        keep_markets(self.client, self.archive, self.account, self.run, answer)
        if self.client.exchange.modes is not None:
            await self._ask_mode(*self.client.exchange.modes)

    async def _ask_mode(self, endpoint: str, path: str, modes: Sequence[str]) -> None:
        """Which kind of account it is, where one has not what the other has."""
        try:
            question = functools.partial(self.client.call, endpoint, {}, one=True)
            answer = await retried(self.client, question, self.sleep, _GREETINGS)
        except CallFailed as failure:
            if failure.action not in _NO_MODE:
                raise
            return
        told = self.state.mode = str(at(answer.body, path) or "").lower()
        for other in modes if told in modes else ():
            if other != told:
                self._exclude(other)

    def _exclude(self, mode: str) -> None:
        """The account is in another mode: what only that one has is nothing of this account's."""
        self.state.others.add(mode)
        for stream in self.client.exchange.streams:
            if stream.mode == mode:
                self._doubt(stream)

    async def _subaccounts(self, pager: Pager) -> None:
        exchange, database = self.client.exchange, self.archive.database
        for stream in exchange.lists:
            first = stream is exchange.itself
            if self.state.over or not (first or sees_others(database, self.account, exchange)):
                return
            try:
                await pager.sample(stream)
            except CallFailed as failure:
                self._failed(stream, "", failure, None)

    def _over(self) -> bool:
        self.monitor.checkpoint()
        return self.state.over

    async def _samples(self, pager: Pager, *, details: bool = False) -> None:
        """How things are now; lists whose rows are asked about one by one come last of all."""
        for stream in self.exchange.streams:
            meant = stream.nature is not Nature.EVENTS and bool(stream.details) is details
            if not meant or self.state.over or self.state.skips(stream):
                continue
            try:
                if stream.nature is Nature.CURRENT:
                    self.state.open_now |= await pager.current(stream)
                else:
                    await pager.sample(stream)
            except CallFailed as failure:
                self._failed(stream, "", failure, None)

    async def _lanes(self, pager: Pager, due: Sequence[Lane]) -> None:
        waiting = list(reversed(due))
        total = sum(len(lane.windows) for lane in due)

        async def worker() -> None:
            while waiting:
                await self._lane(pager, waiting.pop(), total)

        count = min(self.client.exchange.parallel, max(1, len(due)))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(count):
                    group.create_task(worker())
        except BaseExceptionGroup as several:
            # What one lane meets (a full disk, Cancelled) ends them all, and is told as itself.
            raise several.exceptions[0] from None

    async def _lane(self, pager: Pager, lane: Lane, total: int) -> None:
        stream = lane.stream
        for place, (start, stop) in enumerate(lane.windows):
            if self.state.skips(stream):
                return
            if self.state.over:
                self.state.report.left += len(lane.windows) - place
                return
            self._progress(lane, total)
            self.monitor.checkpoint()
            try:
                known = await pager.window(stream, lane.market, start, stop)
            except CallFailed as failure:
                if failure.action in (Action.NO_SUCH_MARKET, Action.STOP, *_LASTING):
                    stop = lane.windows[-1][1]  # nor has it anything in the later ones
                self._failed(stream, lane.market, failure, (start, stop))
                if failure.action in (Action.NO_SUCH_MARKET, Action.STOP, *_AWAY):
                    return
                continue
            self.state.report.windows += 1
            for each in known:
                if each.state is State.PARTIAL and each.reason != coverage.NOT_VERIFIED:
                    self.state.partial[(stream.title, each.reason)] += 1
                if each.state is State.PARTIAL:
                    self._doubt(stream)

    def _doubt(self, stream: Stream) -> None:
        if stream.kind is Kind.ORDERS:
            self.state.doubtful.add(stream.wallet)

    def _progress(self, lane: Lane, total: int) -> None:
        self.monitor.progress(
            Progress(
                step=Step.EXCHANGES,
                phase=lane.stream.title,
                done=self.state.report.windows,
                total=total or None,
                unit=Unit.FILES,
                item=f"{self.told.name} {lane.market}".strip(),
            )
        )

    def _failed(
        self, stream: Stream, market: str, failure: CallFailed, span: tuple[Millis, Millis] | None
    ) -> None:
        """A failure that the pager could not deal with."""
        self._doubt(stream)
        if failure.action is Action.STOP:
            self._refused(Refusal(stream, market, failure, span))
            return
        if failure.action in _AWAY:
            self._stop(failure)
            return
        if failure.action is Action.OTHER_MODE:
            self._exclude(stream.mode)
            return
        state = _LASTING.get(failure.action, State.PARTIAL)
        if failure.action is Action.NO_SUCH_MARKET:
            state = State.SOURCE_GAP
        if span is not None:
            self._cover(stream, market, Interval(*span, state, failure.reason))
        if failure.action in _LASTING:
            if stream.title not in self.state.report.denied and state is State.DENIED:
                self.state.report.denied.append(stream.title)
                if stream.needs != "trade":  # who gave no such right did well
                    self._problem("pull-denied", stream=stream.title, reason=failure.reason)
            self.state.lasting[place_of(stream)] = failure.action
        elif failure.action is not Action.NO_SUCH_MARKET:
            self.state.partial[(stream.title, failure.reason)] += 1

    def _refused(self, refusal: Refusal) -> None:
        """Several exchanges call a missing right a wrong key. A key that was taken elsewhere is
        right, so the stream is denied; one that no stream takes is wrong."""
        state = self.state
        state.lasting.setdefault(place_of(refusal.stream), Action.STOP)
        state.refused.append(refusal)
        titles = {each.stream.title for each in state.refused}
        if not self.client.worked and len(titles) >= _REFUSALS:
            self._stop(refusal.failure)
        elif self.client.worked:
            self._deny_refused()

    def _deny_refused(self) -> None:
        for each in self.state.refused:
            self.state.lasting.pop(place_of(each.stream), None)
            denied = CallFailed(Action.DENIED, each.failure.reason)
            self._failed(each.stream, each.market, denied, each.span)
        self.state.refused.clear()

    def _stop(self, failure: CallFailed) -> None:
        if self.state.stopped is not None:
            return
        self.state.stopped = failure
        self.state.report.stopped = failure.reason
        message_id = _STOPPED.get(failure.action, "pull-unreachable")
        self._problem(message_id, reason=failure.reason)

    def _finish(self, pager: Pager) -> None:
        if self.state.refused and not self.client.worked:
            self._stop(self.state.refused[0].failure)
        elif self.state.refused:
            self._deny_refused()
        report = self.state.report
        report.records, report.versions = pager.added.records, pager.added.versions
        for (title, reason), count in self.state.partial.items():
            report.partial += count
            self._problem("pull-partial", stream=title, count=count, reason=reason)
        if pager.unparsed:
            first = pager.unparsed[0]
            count = len(pager.unparsed)
            self._problem("pull-unparsed", stream=first.stream, count=count, reason=first.reason)

    def _problem(self, message_id: str, **params: str | int) -> None:
        named = {"account": self.told.name, "exchange": self.told.exchange, **params}
        self.monitor.problem(Problem(message_id, named))

    def _say_what_is_lacking(self, span: Span) -> None:
        exchange = self.client.exchange
        main = [Stream(kind=kind, endpoint="") for kind in sorted(exchange.lacks)]
        for stream in (*main, *lacking(self.archive.database, self.account, exchange)):
            self._cover(stream, "", Interval(span.since, span.now, State.UNSUPPORTED))

    def _say_other_modes(self, span: Span, modes: Set[str]) -> None:
        """Of each list that only another kind of account has, also where it was once this one's."""
        for stream in self.exchange.streams:
            if stream.mode not in modes or stream.nature is not Nature.EVENTS:
                continue
            for market in self.archive.markets_asked(self.account, stream) | {""}:
                known = Interval(span.since, span.now, State.UNSUPPORTED, coverage.OTHER_MODE)
                self._cover(stream, market, known)

    def _say_what_expired(self, span: Span, turn: int) -> None:
        for stream in self.exchange.streams:
            asked = stream.nature is Nature.EVENTS and stream.turn == turn
            if not asked or self.state.skips(stream):
                continue
            if floor_of(stream, span) <= span.since or stream.each is Each.MARKET:
                continue  # for markets, coverage derives it: hundreds of rows would say the same
            series = self.archive.series(self.account, stream.title, stream.wallet, "")
            for gone in expired(self.archive.coverage(series), stream, span):
                self._cover(stream, "", gone)

    def _cover(self, stream: Stream, market: str, known: Interval) -> None:
        window = Window(stream=stream, market=market, known=[known])
        self.archive.commit(
            self.account, self.run, window, self.client.version, self.client.clock_offset
        )
