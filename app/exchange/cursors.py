"""How the exchange's own cursor leads from a page to the next one, until a window is exhausted.

A cursor is data with one rule: given the question, the answer and its rows it makes the next
question, or None at the end of the window. No cursor trusts that a page is sorted, none stops at
a page that is merely short where the exchange says otherwise, and none can turn in circles: a
next question that was asked before is `Stuck`, and the window is then partial, never complete.

Times move by overlap: an inclusive `since` is asked again at the last row's own millisecond, and
rows that come twice are dropped by key, because several rows share one millisecond also across
the edge of a page. Where a whole page is one millisecond, the page cannot be passed: `Stuck`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class Stuck(Exception):
    """The cursor does not get past this page: what lies behind it stays unknown."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer as a cursor sees it.

    `times` are the rows' times in ms (None where a row has none), `full` whether the page holds
    as many rows as were asked for. `start_param`, `end_param`, `unit` and whether the edges are
    `inclusive` (start, end) are the stream's window; `start` and `stop` bound the window in
    question, in ms.
    """

    params: Mapping[str, object]
    body: object
    rows: Sequence[Mapping[str, object]]
    times: Sequence[int | None]
    full: bool
    start_param: str
    end_param: str
    unit: int
    inclusive: tuple[bool, bool] = (True, True)
    start: int = 0
    stop: int = 0

    @property
    def passed(self) -> bool:
        """Whether an endpoint that takes no times, newest first, is past the window's begin."""
        if self.start_param or self.end_param:
            return False
        times = [time for time in self.times if time is not None]
        return bool(times) and max(times) < self.start


class Cursor(Protocol):
    """See the module."""

    @property
    def windowed(self) -> bool:
        """Whether it works inside time windows; if not, one walk covers all of history."""
        ...

    def first(self) -> Mapping[str, object]:
        """What the first question of a window carries beside the window."""
        ...

    def next(self, page: Page) -> dict[str, object] | None:
        """The next question, None at the end of the window; `Stuck`."""
        ...


def at(body: object, path: str) -> object:
    """What lies at keys joined by dots; None where there is nothing. "" is the body itself."""
    for key in path.split(".") if path else ():
        if isinstance(body, Mapping):
            body = body.get(key)
        elif isinstance(body, Sequence) and not isinstance(body, str) and key.isdigit():
            body = body[int(key)] if int(key) < len(body) else None
        else:
            return None
    return body


def list_at(body: object, path: str) -> list[object] | None:
    """The list at keys joined by dots; null in its place is an empty one, as several exchanges
    say it. None where there is no list."""
    found = at(body, path)
    if found is None and path:
        above, _, last = path.rpartition(".")
        holder = at(body, above)
        found = [] if isinstance(holder, Mapping) and last in holder else None
    return found if isinstance(found, list) else None


def number(value: object) -> int | None:
    """An integer from a number or its text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            return None
    return None


@dataclass(frozen=True, slots=True)
class Single:
    """All there is comes in one answer. A full page cannot be told from a cut-off one: `Stuck`
    then, so that the window is halved."""

    windowed: bool = True

    def first(self) -> Mapping[str, object]:
        return {}

    def next(self, page: Page) -> dict[str, object] | None:
        if page.full:
            raise Stuck
        return None


@dataclass(frozen=True, slots=True)
class Token:
    """The body names the next page (bybit's nextPageCursor); the end is no name, or no rows."""

    path: str
    param: str
    windowed: bool = True

    def first(self) -> Mapping[str, object]:
        return {}

    def next(self, page: Page) -> dict[str, object] | None:
        token = at(page.body, self.path)
        if token in (None, "", 0, "0") or not page.rows:
            return None
        return {**page.params, self.param: token}


@dataclass(frozen=True, slots=True)
class Back:
    """Newest first with a token for the next page, where the endpoint takes no start: until a page
    lies before the window as a whole. `fields` are the raw times (ms) that all have to, where it
    is not said which of them the pages are sorted by; else the rows' own times."""

    path: str
    param: str
    fields: tuple[str, ...] = ()
    windowed: bool = False

    def first(self) -> Mapping[str, object]:
        return {}

    def next(self, page: Page) -> dict[str, object] | None:
        token = at(page.body, self.path)
        if token in (None, "") or not page.rows:
            return None
        return None if _before_window(page, self.fields) else {**page.params, self.param: token}


@dataclass(frozen=True, slots=True)
class Pages:
    """Numbered pages, until one has fewer rows than were asked for, or the body's last page."""

    param: str = "page"
    start: int = 1
    last_path: str = ""
    windowed: bool = True

    def first(self) -> Mapping[str, object]:
        return {self.param: self.start}

    def next(self, page: Page) -> dict[str, object] | None:
        now = number(page.params[self.param])
        assert now is not None
        if page.passed:
            return None
        last = number(at(page.body, self.last_path)) if self.last_path else None
        if last is not None:
            return {**page.params, self.param: now + 1} if now < last else None
        return {**page.params, self.param: now + 1} if page.full else None


@dataclass(frozen=True, slots=True)
class Offset:
    """Rows to leave out, until the body's count (or a page that is not full). `back`: newest first
    without a start, until a page lies before the window as a whole, as `Back` does it."""

    param: str
    count_path: str = ""
    windowed: bool = True
    back: bool = False
    fields: tuple[str, ...] = ()

    def first(self) -> Mapping[str, object]:
        return {self.param: 0}

    def next(self, page: Page) -> dict[str, object] | None:
        seen = (number(page.params[self.param]) or 0) + len(page.rows)
        count = number(at(page.body, self.count_path)) if self.count_path else None
        more = page.full if count is None else seen < count and len(page.rows) > 0
        if not more or (self.back and _before_window(page, self.fields)):
            return None
        return {**page.params, self.param: seen}


@dataclass(frozen=True, slots=True)
class IdBefore:
    """Newest first: the next page ends before the last row's id (okx `after`, bitget
    `idLessThan`). `until_empty`: exchanges whose pages may be short in the middle are asked until
    there is nothing more."""

    field: str
    param: str
    until_empty: bool = False
    windowed: bool = True
    last_path: str = ""  # where the body itself tells the id to go on from

    def first(self) -> Mapping[str, object]:
        return {}

    def next(self, page: Page) -> dict[str, object] | None:
        if not page.rows or not (page.full or self.until_empty) or page.passed:
            return None
        told = at(page.body, self.last_path) if self.last_path else page.rows[-1].get(self.field)
        if told in (None, ""):
            raise Stuck
        return {**page.params, self.param: told}


@dataclass(frozen=True, slots=True)
class IdFrom:
    """Oldest first by dense numbers (binance `fromId`, never together with times): the next page
    begins one after the largest id. It walks all of history without windows; `begin` is where."""

    field: str
    param: str
    begin: int = 0
    windowed: bool = False

    def first(self) -> Mapping[str, object]:
        return {self.param: self.begin}

    def next(self, page: Page) -> dict[str, object] | None:
        if not page.full:
            return None
        ids = [found for row in page.rows if (found := number(row.get(self.field))) is not None]
        if not ids:
            raise Stuck
        return {**page.params, self.param: max(ids) + 1}


@dataclass(frozen=True, slots=True)
class Since:
    """Oldest first by inclusive time: the next page begins at the newest row's own instant.
    `more_path`: where the body tells whether there is more, instead of a full page.
    `until_same`: exchanges that may cut a page anywhere are asked until no later instant comes."""

    more_path: str = ""
    until_same: bool = False
    windowed: bool = True

    def first(self) -> Mapping[str, object]:
        return {}

    def next(self, page: Page) -> dict[str, object] | None:
        more = bool(at(page.body, self.more_path)) if self.more_path else page.full
        if not more and not (self.until_same and page.rows):
            return None
        times = [time for time in page.times if time is not None]
        before = number(page.params.get(page.start_param))
        slack = 0 if page.inclusive[0] else 1
        begin = max(times) // page.unit - slack if times else None
        if begin is None or (before is not None and begin <= before):
            if self.until_same and not page.full:
                return None
            raise Stuck
        return {**page.params, page.start_param: _like(page.params[page.start_param], begin)}


@dataclass(frozen=True, slots=True)
class Onward:
    """Oldest first by inclusive time, where nobody knows how many rows a page holds: on from the
    newest row's instant while pages bring newer ones. It proves nothing."""

    windowed: bool = True

    def first(self) -> Mapping[str, object]:
        return {}

    def next(self, page: Page) -> dict[str, object] | None:
        newest = max((time for time in page.times if time is not None), default=None)
        before = number(page.params.get(page.start_param))
        if newest is None or before is None or not before < newest < page.stop:
            return None
        return {**page.params, page.start_param: newest}


@dataclass(frozen=True, slots=True)
class Until:
    """Newest first by inclusive time: the next page ends at the oldest row's own instant."""

    more_path: str = ""
    windowed: bool = True

    def first(self) -> Mapping[str, object]:
        return {}

    def next(self, page: Page) -> dict[str, object] | None:
        more = bool(at(page.body, self.more_path)) if self.more_path else page.full
        if not more:
            return None
        times = [time for time in page.times if time is not None]
        before = number(page.params.get(page.end_param))
        slack = 0 if page.inclusive[1] else 1
        end = -(-min(times) // page.unit) + slack if times else None
        if end is None or (before is not None and end >= before):
            raise Stuck
        return {**page.params, page.end_param: _like(page.params[page.end_param], end)}


def _before_window(page: Page, fields: tuple[str, ...]) -> bool:
    times = [number(at(row, name)) for row in page.rows for name in fields] or page.times
    known = [time for time in times if time is not None]
    return bool(known) and max(known) < page.start


def _like(example: object, value: int) -> object:
    return str(value) if isinstance(example, str) else value
