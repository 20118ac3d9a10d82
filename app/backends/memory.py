"""A place in this process's memory: for tests and demonstrations.

It behaves like an empty folder that is there, but no `create` is needed before a save, and a save
always replaces: tests damage a file by saving other bytes under its name. It belongs to
one process: a forked worker gets a copy whose changes nobody sees, and pickling is refused. Engine
code that starts workers is tested on a folder.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Self

from app.backends.contract import (
    Buffer,
    FileInfo,
    FileName,
    FileNotThere,
    Kind,
    NoSpace,
)
from app.backends.layout import path_of


class MemoryBackend:
    """Files in a dictionary. `capacity` in bytes limits the sum of their sizes."""

    def __init__(
        self,
        files: Mapping[FileName, bytes] | None = None,
        *,
        capacity: int | None = None,
        place: str = "memory",
    ) -> None:
        self.capacity = capacity
        self._place = place
        self._files = dict(files or {})
        self._lock = threading.Lock()

    @property
    def place(self) -> str:
        return self._place

    @property
    def is_local(self) -> bool:
        return True

    @property
    def checks_writes(self) -> bool:
        return False

    @property
    def may_fork(self) -> bool:
        return True

    @property
    def files(self) -> dict[FileName, bytes]:
        """A copy of all there is, as of one instant."""
        with self._lock:
            return dict(self._files)

    def clone(self) -> Self:
        """Another place with the same files, as of one instant; cheap, contents are shared."""
        return type(self)(self.files, capacity=self.capacity, place=self._place)

    def create(self) -> None:
        return None

    def list(self, kind: Kind) -> Iterator[FileInfo]:
        for file, content in self.files.items():
            if file.kind is kind:
                yield FileInfo(file, len(content))

    def load(self, file: FileName, offset: int = 0, length: int | None = None) -> bytes:
        with self._lock:
            content = self._get(file)
        return content[offset:] if length is None else content[offset : offset + length]

    def save(self, file: FileName, data: Buffer) -> None:
        path_of(file)  # refuses what is no name
        content = bytes(data)
        with self._lock:
            growth = len(content) - len(self._files.get(file, b""))
            if self.capacity is not None and growth > max(0, self.capacity - self._used()):
                raise NoSpace("place-full", **self._params(file))
            self._files[file] = content

    def save_many(self, files: Iterable[tuple[FileName, Buffer]]) -> Iterator[FileName]:
        for file, data in files:
            self.save(file, data)
            yield file

    def replace(self, file: FileName, data: Buffer) -> None:
        self.save(file, data)

    def remove(self, file: FileName) -> None:
        with self._lock:
            self._get(file)
            del self._files[file]

    def size(self, file: FileName) -> int:
        with self._lock:
            return len(self._get(file))

    def clear_dead(self, begun_before: float) -> int:  # noqa: ARG002
        return 0

    def free_space(self) -> int | None:
        if self.capacity is None:
            return None
        with self._lock:
            return max(0, self.capacity - self._used())

    def _used(self) -> int:
        return sum(map(len, self._files.values()))

    def _get(self, file: FileName) -> bytes:
        path_of(file)
        try:
            return self._files[file]
        except KeyError:
            raise FileNotThere("file-not-there", **self._params(file)) from None

    def _params(self, file: FileName) -> dict[str, str]:
        return {"place": self._place, "file": str(file), "reason": ""}
