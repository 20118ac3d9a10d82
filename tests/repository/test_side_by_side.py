"""Small files that are on their way together, where each is a request over a network."""

from __future__ import annotations

import threading

import pytest

from app.backends.contract import Backend, FileName, FileNotThere, Kind
from app.backends.memory import MemoryBackend
from app.repository.side_by_side import AT_ONCE, side_by_side


class Far(MemoryBackend):
    """A place behind a network."""

    is_local = False


def names(count: int) -> list[FileName]:
    return [FileName(Kind.INDEX, f"{number:064x}") for number in range(count)]


def test_over_a_network_so_many_are_on_their_way_at_once() -> None:
    together = threading.Barrier(AT_ONCE, timeout=20)

    def load(_backend: Backend, file: FileName) -> bytes:
        together.wait()  # which one alone would wait for in vain
        return file.name.encode()

    files = names(3 * AT_ONCE)
    found = [(file, give()) for file, give in side_by_side(Far(), files, load)]
    assert found == [(file, file.name.encode()) for file in files]


def test_on_this_computer_each_is_read_when_it_is_asked_for_and_in_this_thread() -> None:
    threads: list[threading.Thread] = []

    def load(_backend: Backend, file: FileName) -> bytes:
        threads.append(threading.current_thread())
        return b""

    for number, (_file, give) in enumerate(side_by_side(MemoryBackend(), names(5), load)):
        assert len(threads) == number
        give()
    assert set(threads) == {threading.current_thread()}


@pytest.mark.parametrize("backend", [Far(), MemoryBackend()])
def test_one_that_is_gone_says_so_and_the_others_come(backend: Backend) -> None:
    files = names(20)
    there = [file for file in files if file is not files[7]]
    for file in there:
        backend.save(file, file.name.encode())
    found = []
    for file, give in side_by_side(backend, files, lambda place, name: place.load(name)):
        if file is files[7]:
            with pytest.raises(FileNotThere):
                give()
        else:
            found.append(give())
    assert found == [file.name.encode() for file in there]


def test_whoever_stops_early_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    walk = side_by_side(Far(), names(100), lambda _place, file: file.name.encode())
    next(walk)
    walk.close()
    assert threading.active_count() == before
