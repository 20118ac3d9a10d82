"""Which paths of a snapshot are ticked. Pure: no Qt, no tree in memory.

Only decisions are kept; what lies below one follows the nearest. So a folder of a million files is
one decision, and so is a single file that is left out of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

_ALL: Mapping[bytes, bool] = MappingProxyType({b"": True})
_NONE: Mapping[bytes, bool] = MappingProxyType({b"": False})


class Tick(StrEnum):
    """How a path is ticked."""

    ON = "on"
    OFF = "off"
    SOME = "some"


@dataclass(frozen=True, slots=True)
class Ticks:
    """See the module. Paths are absolute, as bytes; b"" stands above all of them."""

    marks: Mapping[bytes, bool] = field(default_factory=lambda: _ALL)

    @classmethod
    def only(cls, paths: Sequence[bytes]) -> Ticks:
        """Nothing but these."""
        ticks = cls(_NONE)
        for path in paths:
            ticks = ticks.set(path, on=True)
        return ticks

    @property
    def everything(self) -> bool:
        return dict(self.marks) == dict(_ALL)

    def state(self, path: bytes) -> Tick:
        on = self._nearest(path)
        if any(_is_below(mark, path) and value != on for mark, value in self.marks.items()):
            return Tick.SOME
        return Tick.ON if on else Tick.OFF

    def set(self, path: bytes, *, on: bool) -> Ticks:
        """The ticks after a path was ticked or cleared, with all that lies below it."""
        marks = {
            mark: value
            for mark, value in self.marks.items()
            if mark != path and not _is_below(mark, path)
        }
        if not path or Ticks(marks)._nearest(path) != on:
            marks[path] = on
        return Ticks(marks)

    def lists(self, roots: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
        """What to include and to exclude below the sources of a snapshot; both empty: all."""
        if self.everything:
            return [], []
        include = [mark for mark, on in self.marks.items() if on and mark]
        if self.marks.get(b""):
            include += roots
        return sorted(include), sorted(mark for mark, on in self.marks.items() if not on and mark)

    def _nearest(self, path: bytes) -> bool:
        while path and path not in self.marks:
            path = path.rpartition(b"/")[0]
        return self.marks.get(path, False)


def _is_below(path: bytes, upper: bytes) -> bool:
    return path.startswith(upper + b"/")
