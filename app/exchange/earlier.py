"""History from before an account was upgraded to another kind, which only lists of its own tell.

Nothing says whether and when an account was upgraded. What is sure: the ledger of the new kind
begins no sooner than that, so only what lies before its first row is in doubt. There, transfers
with the wallets of the old kind tell of an upgrade, or rows that the old lists have of the week
just before (`Upgrade.probes`, one question each). Then they are asked for all of the time in doubt,
once; what stayed in an old wallet until a second upgrade, each time up to now. Without a sign
nobody knows, and that time is said to be not verified: nothing calls it complete. Lists of the time
before have nothing to tell of what came after, and are not asked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.exchange.archive import Archive
from app.exchange.coverage import NOT_VERIFIED, OTHER_MODE, Interval, State, missing, windows
from app.exchange.failures import Action, CallFailed
from app.exchange.pager import Pager, question, rows_of
from app.exchange.plan import Lane, Span, floor_of
from app.exchange.pull_state import PullState
from app.exchange.records import decode
from app.exchange.streams import BEFORE_UPGRADE, DAY, Exchange, Kind, Millis, Stream
from app.exchange.tables import upgrade_of
from app.exchange.upgrade import Upgrade

_WEEK = 7 * DAY
# Refusals of which nobody knows whether they mean that there was no upgrade.
_NOT_TOLD = frozenset(
    {Action.DENIED, Action.UNSUPPORTED, Action.NARROWER, Action.NO_SUCH_MARKET, Action.OTHER_MODE}
)
Failed = Callable[[Stream, str, CallFailed, tuple[Millis, Millis] | None], None]


@dataclass
class Earlier:
    """One pull's questions about the time before."""

    archive: Archive
    account: int
    exchange: Exchange
    pager: Pager
    state: PullState
    lanes: Callable[[Pager, Sequence[Lane]], Awaitable[None]]
    failed: Failed
    cover: Callable[[Stream, str, Interval], None]
    upgrade: Upgrade = field(init=False)

    async def ask(self, span: Span) -> None:
        streams = [each for each in self.exchange.streams if each.mode == BEFORE_UPGRADE]
        told = upgrade_of(self.exchange.id)
        if told is None or not streams or self.state.over:
            return
        self.upgrade = told
        if self.state.mode == self.upgrade.old:
            self._say_after(streams, dict.fromkeys((each.title for each in streams), 0), span)
            return
        begin = self._first(span)
        upgraded = self._known(streams, begin) or self._moved(begin)
        ends = self._ends(streams, begin, span, upgraded=upgraded)
        self._say_after(streams, ends, span)
        if not any(self._open(each, ends, span) for each in streams):
            return
        try:
            upgraded = upgraded or await self._probed(streams, begin, span)
        except CallFailed:
            return
        if upgraded:
            await self._pull(streams, self._ends(streams, begin, span, upgraded=upgraded), span)
            return
        for each in streams:
            for start, stop in self._open(each, ends, span):
                self.cover(each, "", Interval(start, stop, State.PARTIAL, NOT_VERIFIED))

    def _first(self, span: Span) -> Millis:
        """From when on the account was surely of the new kind."""
        (found,) = self.archive.database.execute(
            "SELECT min(time) FROM record JOIN series ON series.id = record.series"
            " WHERE account = ? AND stream = ? AND wallet = ''",
            (self.account, Kind.LEDGER.value),
        ).fetchone()
        return span.now if found is None else int(found)

    def _moved(self, begin: Millis) -> bool:
        """Whether money went from or to a wallet of the old kind; before a second upgrade there
        still is one, and only what was before `begin` tells."""
        again = self.state.mode in self.upgrade.newest
        rows = self.archive.database.execute(
            "SELECT data FROM record JOIN series ON series.id = record.series"
            " WHERE account = ? AND stream = ? AND superseded = 0 AND (? OR time < ?)",
            (self.account, Kind.TRANSFERS.value, again, begin),
        )
        told = (decode(Kind.TRANSFERS, data) or {} for (data,) in rows)
        old = self.upgrade.wallets
        return any({each.get("fromAccount"), each.get("toAccount")} & old for each in told)

    def _ends(
        self, streams: Sequence[Stream], begin: Millis, span: Span, *, upgraded: bool
    ) -> dict[str, Millis]:
        """Up to when each list is asked. Nobody knows when the second upgrade was."""
        again = upgraded and self.state.mode in self.upgrade.newest
        late = self.upgrade.late if again else frozenset()
        return {each.title: span.now if each.title in late else begin for each in streams}

    def _say_after(self, streams: Sequence[Stream], ends: Mapping[str, Millis], span: Span) -> None:
        for each in streams:
            start = max(span.since, ends[each.title])
            self.cover(each, "", Interval(start, span.now, State.UNSUPPORTED, OTHER_MODE))

    def _known(self, streams: Sequence[Stream], begin: Millis) -> bool:
        """Whether the old lists had anything, or the account was of the old kind in a pull."""
        return any(
            each.state is State.COMPLETE or (each.reason == OTHER_MODE and each.start < begin)
            for one in streams
            for each in self._coverage(one)
        )

    def _open(
        self, stream: Stream, ends: Mapping[str, Millis], span: Span
    ) -> list[tuple[Millis, Millis]]:
        """The time in doubt of which nobody has said anything. That there is no such list is also
        something."""
        said = [
            each
            for each in self._coverage(stream)
            if each.state is not State.UNSUPPORTED or each.reason == OTHER_MODE
        ]
        none = [
            replace(each, state=State.EMPTY)
            for each in self._coverage(stream)
            if each.state is State.UNSUPPORTED and each.reason != OTHER_MODE
        ]
        floor = floor_of(stream, span)
        return missing([*said, *none], floor, ends[stream.title], unproven=True)

    def _coverage(self, stream: Stream) -> list[Interval]:
        return self.archive.coverage(
            self.archive.series(self.account, stream.title, stream.wallet, "")
        )

    async def _probed(self, streams: Sequence[Stream], begin: Millis, span: Span) -> bool:
        """Whether an old list has rows of the week before `begin`. Raises `CallFailed` if the
        exchange did not answer: the next pull asks again."""
        for stream in streams:
            if stream.title not in self.upgrade.probes:
                continue
            start = max(floor_of(stream, span), begin - _WEEK)
            try:
                answer = await self.pager.ask(stream, question(stream, "", start, begin))
            except CallFailed as failure:
                if failure.action in _NOT_TOLD:
                    continue
                self.failed(stream, "", failure, (start, begin))
                raise
            if rows_of(stream, answer):
                return True
        return False

    async def _pull(
        self, streams: Sequence[Stream], ends: Mapping[str, Millis], span: Span
    ) -> None:
        """All of the time in doubt that was not asked for yet, once; what has to be asked for each
        market comes last, for those that rows name."""
        alone = self.upgrade.markets
        for late in (False, True):
            asked = [
                each
                for each in streams
                if (each.title in alone) is late and self._open(each, ends, span)
            ]
            if late:
                asked = [self._with_markets(each, streams, ends, span) for each in asked]
            due = [self._lane(each, ends[each.title], span) for each in asked]
            await self.lanes(self.pager, [each for each in due if each.windows])

    def _with_markets(
        self, stream: Stream, streams: Sequence[Stream], ends: Mapping[str, Millis], span: Span
    ) -> Stream:
        """A list with a question for each market that fills before the upgrade name. It proves
        nothing if it lacks one of them, or if not all fills are known."""
        rows = self.archive.database.execute(
            "SELECT DISTINCT market FROM record JOIN series ON series.id = record.series"
            " WHERE account = ? AND stream = ? AND wallet = '' AND time < ? ORDER BY market",
            (self.account, Kind.FILLS.value, ends[stream.title]),
        )
        names = [name for (name,) in rows]
        told = self.upgrade.markets[stream.title]
        fills = [
            each
            for each in streams
            if each.kind is Kind.FILLS
            and each.params.get("category") == stream.params.get("category")
        ]
        known = not any(self._open(each, ends, span) for each in fills)
        each = tuple({"symbol": name} for name in names if told.asks(name))
        proven = known and not any(told.lacks(name) for name in names)
        questions = (*stream.questions, *each) if told.most else each
        return replace(stream, questions=questions, proven=proven)

    def _lane(self, stream: Stream, end: Millis, span: Span) -> Lane:
        gaps = missing(self._coverage(stream), floor_of(stream, span), end)
        pieces = [piece for gap in gaps for piece in windows(*gap, stream.window.span)]
        return Lane(stream, "", tuple(pieces))
