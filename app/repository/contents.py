"""Reading anywhere in a file of a snapshot, blob by blob, without restoring it."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from app.repository.reader import Reader
from app.repository.tree import Node


class Contents:
    """What a file holds. Where its blobs lie in it is learnt from the index, so opening reads
    nothing; raises `Missing` where the index has not all of them."""

    def __init__(self, reader: Reader, node: Node) -> None:
        self._reader = reader
        self._blobs = node.content
        self._starts = [0, *accumulate(reader.data_size(blob) for blob in node.content)]

    @property
    def size(self) -> int:
        """Bytes in all blobs; an honest writer's node says the same."""
        return self._starts[-1]

    def read(self, offset: int, length: int) -> bytes:
        """At most `length` bytes from `offset`, fewer only at the end; `Missing`, `Damaged`."""
        end = min(offset + length, self.size)
        parts = []
        at = max(0, offset)
        while at < end:
            number = bisect_right(self._starts, at) - 1
            blob = self._reader.load_data(self._blobs[number])
            inside = at - self._starts[number]
            part = blob[inside : inside + end - at]
            parts.append(part)
            at += len(part)
        return b"".join(parts)
