"""A folder of a snapshot, asked for page by page; what became of its files since the snapshot
before is asked at once and told when it is known: no row waits for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from app.ui.models.paged import Row, Rows
from app.ui.protocol import Told
from app.ui.reader import Answer, Reader, Ticket

Then = Callable[[Rows], None]
_WORDS = {"=": "same", "+": "new", "~": "changed"}


class Changes(msgspec.Struct, frozen=True, rename={"signs": "changes"}):
    """What became of a folder: a sign for each of its rows, and the rows that it lost."""

    signs: str = ""
    gone: tuple[dict[str, object], ...] = ()


def with_changes(came: Rows, start: int, count: int, changes: Changes) -> Rows:
    """A page of a folder's rows with what became of each, followed by what is gone where there is
    room for it."""
    signs = changes.signs[start : start + len(came.rows)]
    rows: list[Row] = [
        {**row, "change": _WORDS.get(signs[at : at + 1], "")} for at, row in enumerate(came.rows)
    ]
    begin = max(0, start - came.total)
    if start + len(rows) >= came.total:
        rows += [
            {**row, "change": "gone"} for row in changes.gone[begin : begin + count - len(rows)]
        ]
    return Rows(rows, came.total + len(changes.gone))


@dataclass(frozen=True, slots=True)
class _Page:
    """Rows as they came."""

    start: int
    count: int
    then: Then
    came: Rows


class Folder:
    """Fetches for a `PagedModel`; what only the other snapshot has comes last. `untold` hears why
    it cannot be said what changed."""

    def __init__(
        self,
        reader: Reader,
        snapshot: str,
        path: str,
        against: str,
        untold: Callable[[Told], object],
    ) -> None:
        self._reader, self._untold = reader, untold
        self._place = {"snapshot": snapshot, "path": path}
        self._against = against
        self._changes = Changes()
        self._waiting: list[_Page] | None = [] if against else None
        self._ticket: Ticket | None = None

    def __call__(self, start: int, count: int, then: Then) -> None:
        question: dict[str, object] = {"do": "folder", **self._place, "start": start,
                                       "count": count}  # fmt: skip
        self._reader.ask(question, lambda answer: self._take(start, count, then, answer))
        if self._against and self._ticket is None:
            asked = {"do": "changes", **self._place, "against": self._against}
            self._ticket = self._reader.ask(asked, self._compared)

    def leave(self) -> None:
        """Nobody looks at it any more."""
        self._waiting = None
        if self._ticket is not None:
            self._ticket.cancel()

    # --- what comes --------------------------------------------------------------------------

    def _take(self, start: int, count: int, then: Then, answer: Answer) -> None:
        if answer.error is not None:
            then(Rows(error=answer.error))
        elif not answer.more:
            page = _Page(start, count, then, _rows(answer.last))
            if self._waiting is not None:
                self._waiting.append(page)
            self._tell(page)

    def _compared(self, answer: Answer) -> None:
        if answer.error is not None:
            self._untold(answer.error)
        elif not answer.more:
            self._changes = msgspec.convert(answer.last, type=Changes)
        if not answer.more:
            waiting, self._waiting = self._waiting or [], None
            for page in waiting:
                self._tell(page)

    def _tell(self, page: _Page) -> None:
        page.then(with_changes(page.came, page.start, page.count, self._changes))


def _rows(answer: Mapping[str, object]) -> Rows:
    rows, total = answer.get("rows"), answer.get("total")
    assert isinstance(rows, list)
    assert isinstance(total, int)
    return Rows(rows, total)
