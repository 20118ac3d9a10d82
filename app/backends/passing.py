"""A backend around another one: whatever is asked of it is asked of that one.

Who does more than that overrides `_pass`, through which each call goes that is done at once, or
just the methods that are to differ. `list` and `save_many`, which go on while they are used, are
handed on as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from app.backends.contract import Backend, Buffer, FileInfo, FileName, Kind

_Result = TypeVar("_Result")


@dataclass(frozen=True, eq=False)
class PassingBackend:
    """See the module. Picklable if its parts are; as safe for threads as the inner one."""

    inner: Backend

    def _pass(self, work: Callable[[], _Result]) -> _Result:
        return work()

    @property
    def place(self) -> str:
        return self.inner.place

    @property
    def is_local(self) -> bool:
        return self.inner.is_local

    @property
    def checks_writes(self) -> bool:
        return self.inner.checks_writes

    @property
    def may_fork(self) -> bool:
        return self.inner.may_fork

    def create(self) -> None:
        self._pass(self.inner.create)

    def list(self, kind: Kind) -> Iterator[FileInfo]:
        return self.inner.list(kind)

    def load(self, file: FileName, offset: int = 0, length: int | None = None) -> bytes:
        return self._pass(lambda: self.inner.load(file, offset, length))

    def save(self, file: FileName, data: Buffer) -> None:
        self._pass(lambda: self.inner.save(file, data))

    def save_many(self, files: Iterable[tuple[FileName, Buffer]]) -> Iterator[FileName]:
        return self.inner.save_many(files)

    def replace(self, file: FileName, data: Buffer) -> None:
        self._pass(lambda: self.inner.replace(file, data))

    def remove(self, file: FileName) -> None:
        self._pass(lambda: self.inner.remove(file))

    def size(self, file: FileName) -> int:
        return self._pass(lambda: self.inner.size(file))

    def clear_dead(self, begun_before: float) -> int:
        return self._pass(lambda: self.inner.clear_dead(begun_before))

    def free_space(self) -> int | None:
        return self._pass(self.inner.free_space)
