"""What can be asked of `tradekeep browse`: one JSON object as a typed, frozen question.

Fields that are not known are passed over, as in the answers. A path is given as text, or as
`path64` (base64 of its bytes) where its name is not UTF-8 or holds control characters; answers
carry `path64` or `name64` exactly then. The bounds keep every line of an answer below the 4 MiB
that its reader takes.
"""

from __future__ import annotations

import base64
import os
from typing import Annotated, Literal, TypeAlias

import msgspec

from app.errors import WrongUsage

LARGEST_ID = (1 << 53) - 1  # what every JSON reader keeps exactly
_Id = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_ID)]
_Start = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_ID)]
_Day = Annotated[int, msgspec.Meta(ge=0, le=100_000)]  # since 1970, in UTC
_Count = Annotated[int, msgspec.Meta(ge=1, le=2000)]


class _Asked(msgspec.Struct, frozen=True, kw_only=True, tag_field="do"):
    id: _Id


class _At(_Asked, frozen=True, kw_only=True):
    path: str = "/"
    path64: bytes | None = None

    @property
    def inside(self) -> bytes:
        """The path's bytes without a slash at the end; b"" for the top."""
        whole = self.path.encode() if self.path64 is None else self.path64
        return whole.rstrip(b"/")


class _In(_At, frozen=True, kw_only=True):
    snapshot: str


class ListSnapshots(_Asked, frozen=True, kw_only=True, tag="snapshots"):
    """The snapshots, newest first, a page of them."""

    start: _Start = 0
    count: _Count = 500


class ListFolder(_In, frozen=True, kw_only=True, tag="folder"):
    """What lies in a folder: folders first, by name, a page of it."""

    start: _Start = 0
    count: _Count = 500


class Changes(_In, frozen=True, kw_only=True, tag="changes"):
    """What became of everything in a folder since another snapshot."""

    against: str


class Stat(_In, frozen=True, kw_only=True, tag="stat"):
    """All that is known of one path."""


class Preview(_In, frozen=True, kw_only=True, tag="preview"):
    """The beginning of a file; an image whole, if it is not too large."""

    bytes: Annotated[int, msgspec.Meta(ge=1, le=512 << 10)] = 64 << 10


class Compare(_In, frozen=True, kw_only=True, tag="compare"):
    """The lines of a text, secrets hidden; beside those of another snapshot's, or the disk's."""

    against: str | None = None
    disk: bool = False


class Places(_Asked, frozen=True, kw_only=True, tag="places"):
    """Where snapshots can be read from: this machine's repository and its copies."""


class Search(_Asked, frozen=True, kw_only=True, tag="search"):
    """Names in one snapshot or in all (of one host), newest first, as they are found."""

    pattern: Annotated[str, msgspec.Meta(max_length=4096)]
    snapshot: str | None = None
    host: str | None = None
    ignore_case: bool = False
    most: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 5000


class History(_At, frozen=True, kw_only=True, tag="history"):
    """The versions of a path in all snapshots (of one host), and which snapshots hold them."""

    host: str | None = None


class Diff(_At, frozen=True, kw_only=True, tag="diff"):
    """What changed between two snapshots, below a path; without `after`, between a snapshot and
    the disk, where no path narrows it down."""

    before: str
    after: str | None = None


# --- about the archive: `browse --archive` ----------------------------------------------------


class ListAccounts(_Asked, frozen=True, kw_only=True, tag="accounts"):
    """The configured accounts with what the archive holds of each."""


class AskCalendar(_Asked, frozen=True, kw_only=True, tag="calendar"):
    """`days` days of coverage from `first` on (days since 1970, UTC)."""

    account: str
    first: _Day
    days: Annotated[int, msgspec.Meta(ge=1, le=1200)] = 90


class AskRows(_Asked, frozen=True, kw_only=True, tag="rows"):
    """A page of rows in some order; `since` and `until` in ms."""

    kind: Literal["fills", "orders", "funding", "ledger", "deposits", "withdrawals", "transfers"]
    account: str | None = None
    text: Annotated[str, msgspec.Meta(max_length=200)] = ""
    since: int | None = None
    until: int | None = None
    order: str = "timestamp"
    descending: bool = True
    start: _Start = 0
    count: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 200


class AskSeries(_Asked, frozen=True, kw_only=True, tag="series"):
    """Account value or funding, a point a day, from `first` to `last`; with an `asset`, its
    balance in place of the value."""

    what: Literal["value", "funding"]
    first: _Day
    last: _Day
    account: str | None = None
    asset: str = ""


# --- for a restore ---------------------------------------------------------------------------


class Sizes(_In, frozen=True, kw_only=True, tag="sizes"):
    """How much each folder in a folder holds, as they are counted."""


class _Choice(_Asked, frozen=True, kw_only=True):
    snapshot: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class Measure(_Choice, frozen=True, kw_only=True, tag="measure"):
    """How much a choice of paths holds; of none: all."""


class RestorePlan(_Choice, frozen=True, kw_only=True, tag="restore-plan"):
    """What a restore would do: to a target, or without one in place."""

    target: str | None = None
    overwrite: str = "set-aside"


class Cancel(_Asked, frozen=True, kw_only=True, tag="cancel"):
    """Answer the question of this id no further."""


OfArchive: TypeAlias = ListAccounts | AskCalendar | AskRows | AskSeries
Quick: TypeAlias = ListSnapshots | ListFolder | Stat | Preview | Compare | Places | OfArchive
Long: TypeAlias = Changes | Search | History | Diff | Sizes | Measure | RestorePlan
Question: TypeAlias = Quick | Long
_DECODER: msgspec.json.Decoder[Question | Cancel] = msgspec.json.Decoder(Question | Cancel)


class BadQuestion(WrongUsage):
    """A line that asks nothing we know; `asked` is its id, if it has one."""

    asked: int | None = None


class _Head(msgspec.Struct):
    id: _Id


def path_bytes(path: str) -> bytes:
    """A path's bytes; "base64:" begins one that is no text."""
    if not path.startswith("base64:"):
        return os.fsencode(path)
    try:
        return base64.b64decode(path.removeprefix("base64:"), validate=True)
    except ValueError as error:
        raise WrongUsage("choice-stdin-bad", reason=str(error)) from error


def parse_question(line: bytes) -> Question | Cancel:
    """One line; raises `BadQuestion`."""
    try:
        return _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        bad = BadQuestion("browse-question-bad", reason=str(error)[:300])
        bad.asked = _id_of(line)
        raise bad from error


def _id_of(line: bytes) -> int | None:
    try:
        return msgspec.json.decode(line, type=_Head).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
