"""A dictionary of bounded cost that forgets what was not used for the longest time."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Lru(Generic[K, V]):
    """Costs are bytes, or whatever else `most` counts.

    What alone costs more than `most` has a place of its own, for one: a huge folder is asked for
    page by page, and the small folders on the way to it must not push it out, nor it them.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._huge: tuple[K, V] | None = None
        self.cost = 0

    def get(self, key: K) -> V | None:
        if self._huge is not None and self._huge[0] == key:
            return self._huge[1]
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: K, value: V, cost: int) -> None:
        """Keep a value that is not there yet."""
        assert key not in self._kept
        if cost > self._most:
            self._huge = key, value
            return
        self._kept[key] = value, cost
        self.cost += cost
        while self.cost > self._most:
            _, (_, freed) = self._kept.popitem(last=False)
            self.cost -= freed
