"""Files that are read before they are needed, and how many of them."""

from __future__ import annotations

import threading

import pytest

from app.backends.contract import FileInfo, FileName, Kind
from app.repository.read_ahead import read_ahead

MIB = 1 << 20


def infos(count: int, size: int) -> list[FileInfo]:
    return [FileInfo(FileName(Kind.PACK, f"{number:064x}"), size) for number in range(count)]


@pytest.mark.parametrize(("size", "most"), [(16 * MIB, 3), (100, 3), (128 * MIB, 2)])
def test_two_packs_lie_ready_or_one_that_is_large(size: int, most: int) -> None:
    begun = used = peak = 0
    turn = threading.Lock()

    def load(file: FileName) -> bytes:
        nonlocal begun, peak
        with turn:
            begun += 1
            peak = max(peak, begun - used)
        return file.name.encode()

    names = []
    for info, coming in read_ahead(load, infos(9, size)):
        assert coming.result() == info.file.name.encode()
        names.append(info.file.name)
        used += 1
    assert names == [info.file.name for info in infos(9, size)]
    assert peak <= most


def test_the_next_two_are_read_while_one_is_used() -> None:
    """Both at once: whoever waits for the other one would wait for ever."""
    together = threading.Barrier(2, timeout=10)

    def load(file: FileName) -> bytes:
        together.wait()
        return b""

    for _info, coming in read_ahead(load, infos(4, 16 * MIB)):
        coming.result()


def test_one_that_cannot_be_read_does_not_end_the_others() -> None:
    bad = infos(5, 1)[2].file

    def load(file: FileName) -> bytes:
        if file == bad:
            raise ZeroDivisionError
        return b""

    failed = [
        info.file
        for info, coming in read_ahead(load, infos(5, 1))
        if isinstance(coming.exception(), ZeroDivisionError)
    ]
    assert failed == [bad]


def test_what_is_abandoned_waits_for_nobody() -> None:
    """It may be collected while a thread is being started, and waiting then would never end."""
    begun, go_on = threading.Event(), threading.Event()

    def load(file: FileName) -> bytes:
        begun.set()
        assert go_on.wait(10)
        return b""

    coming = read_ahead(load, infos(4, 1))
    _info, first = next(coming)
    assert begun.wait(10)
    del coming
    assert not go_on.is_set()
    go_on.set()
    assert first.result() == b""
