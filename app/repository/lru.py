"""A dictionary of bounded cost that forgets what was not used for the longest time."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Lru(Generic[K, V]):
    """Costs are bytes, or whatever else `most` counts. What alone costs more than `most` is kept
    until the next comes: whoever asked for it will ask for its rest."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.cost = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: K) -> V | None:
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: K, value: V, cost: int) -> None:
        """Keep a value that is not there yet."""
        assert key not in self._kept
        self._kept[key] = value, cost
        self.cost += cost
        while self.cost > self._most and len(self._kept) > 1:
            _, (_, freed) = self._kept.popitem(last=False)
            self.cost -= freed
