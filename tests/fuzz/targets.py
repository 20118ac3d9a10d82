"""What a target is: something that reads what came from outside, and what it may say to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from hypothesis import strategies as st

from tests.fuzz.mutations import changed

T = TypeVar("T")
Read = Callable[[bytes, Path], object]


@dataclass(frozen=True)
class Target:
    """`read` is given bytes and a folder, the only one in which it may write; it raises nothing but
    `refuses`. `cost` is how many times as long as the others it takes, for sharing the time."""

    name: str
    inputs: st.SearchStrategy[bytes]
    read: Read
    refuses: tuple[type[Exception], ...] = ()
    cost: int = 1


def target(
    name: str,
    seeds: Sequence[bytes],
    read: Read,
    refuses: tuple[type[Exception], ...] = (),
    *,
    text: bool = True,
    cost: int = 1,
) -> Target:
    """A target of changed valid inputs, each of which it must take as it is."""
    return Target(
        name, st.sampled_from(list(seeds)) | changed(seeds, text=text), read, refuses, cost
    )


def of_file(read: Callable[[Path], object], name: str = "file") -> Read:
    """Reads a file with that content."""

    def written(data: bytes, folder: Path) -> object:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return read(path)

    return written
