"""Is the evidence what it was? The chain of links walked from its beginning, and compared with
heads that snapshots hold: only that shows a tail that was cut off.

A changed body, a changed header, a removed, added or moved row each break the chain at that row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

import zstandard

from app.exchange.archive import Archive
from app.exchange.evidence import GENESIS
from app.exchange.evidence_rows import COLUMNS, next_link


class Fault(StrEnum):
    """What is wrong with a row of the evidence."""

    CHANGED = "changed"  # its body or header is not what was chained
    MISSING = "missing"  # the numbers jump
    UNREADABLE = "unreadable"  # the body cannot be unpacked
    CUT_OFF = "cut-off"  # a snapshot saw more than there is now
    OTHER_HISTORY = "other-history"  # a snapshot saw another link at that number


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: how many rows, and the last one's link. `origin` says who saw it."""

    count: int
    link: bytes
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """One finding: the row's number and what is wrong."""

    number: int
    fault: Fault
    origin: str = ""


@dataclass(slots=True)
class ChainReport:
    """The verdict on integrity. `broken` is empty where everything is as it was."""

    rows: int = 0
    bytes: int = 0
    broken: list[Broken] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return not self.broken


def verify(archive: Archive, heads: Iterable[Head] = ()) -> ChainReport:
    """Walk the chain; `heads` are those that snapshots hold. Reads everything once."""
    report = ChainReport()
    links: dict[int, bytes] = {0: GENESIS}
    wanted = list(heads)
    numbers = {head.count for head in wanted}
    previous, last = GENESIS, 0
    unpack = zstandard.ZstdDecompressor().decompress
    for number, header, packed, body_hash, link in _rows(archive):
        report.rows += 1
        if number != last + 1:
            report.broken.append(Broken(number, Fault.MISSING))
        body = _unpacked(unpack, packed)
        if body is None:
            report.broken.append(Broken(number, Fault.UNREADABLE))
        else:
            report.bytes += len(body)
            expected, expected_hash = next_link(previous, header, body)
            if (expected, expected_hash) != (link, body_hash):
                report.broken.append(Broken(number, Fault.CHANGED))
        # From the link as it is written: one changed row is one finding, not thousands.
        previous, last = link, number
        if number in numbers:
            links[number] = link
    report.broken += _compared(wanted, links, last)
    return report


def _rows(archive: Archive) -> Iterator[tuple[int, dict[str, object], bytes, bytes, bytes]]:
    names = ", ".join(COLUMNS)
    rows = archive.database.execute(
        f"SELECT id, body, body_hash, link, {names} FROM evidence ORDER BY id"  # noqa: S608
    )
    for number, body, body_hash, link, *header in rows:
        yield number, dict(zip(COLUMNS, header, strict=True)), body, body_hash, link


def _unpacked(unpack: object, packed: bytes) -> bytes | None:
    assert callable(unpack)
    try:
        return bytes(unpack(packed))
    except zstandard.ZstdError:
        return None


def _compared(heads: list[Head], links: dict[int, bytes], last: int) -> list[Broken]:
    found = []
    for head in heads:
        if head.count > last:
            found.append(Broken(head.count, Fault.CUT_OFF, head.origin))
        elif links.get(head.count) != head.link:
            found.append(Broken(head.count, Fault.OTHER_HISTORY, head.origin))
    return found
