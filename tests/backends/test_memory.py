"""What the memory has beyond the contract: a capacity, copies, and that it stays where it is."""

from __future__ import annotations

import pickle

import pytest

from app.backends.contract import CONFIG, Kind, NoSpace
from app.backends.memory import MemoryBackend
from tests.backends.places import file_of, numbered

SOME = file_of(b"some")


def test_a_capacity_is_kept_to_the_byte() -> None:
    backend = MemoryBackend(capacity=10)
    assert backend.free_space() == 10
    backend.save(SOME, b"123456")
    assert backend.free_space() == 4
    with pytest.raises(NoSpace):
        backend.save(CONFIG, b"12345")
    backend.save(CONFIG, b"1234")
    backend.save(CONFIG, b"4321")
    assert backend.free_space() == 0
    assert backend.load(CONFIG) == b"4321"
    backend.remove(SOME)
    assert backend.free_space() == 6


def test_a_capacity_that_shrank_still_takes_smaller_files_and_removals() -> None:
    backend = MemoryBackend({SOME: b"123456"}, capacity=3)
    assert backend.free_space() == 0
    backend.save(SOME, b"12345")
    with pytest.raises(NoSpace):
        backend.save(CONFIG, b"1")


def test_a_clone_goes_its_own_way() -> None:
    backend = MemoryBackend(dict(numbered(3)), capacity=1000, place="here")
    copy = backend.clone()
    assert copy.files == backend.files
    assert (copy.capacity, copy.place) == (1000, "here")
    copy.save(SOME, b"some")
    backend.remove(numbered(1)[0][0])
    assert len(copy.files) == 4
    assert len(backend.files) == 2


def test_files_may_change_while_they_are_listed() -> None:
    backend = MemoryBackend(dict(numbered(3)))
    for info in backend.list(Kind.PACK):
        backend.remove(info.file)
    assert backend.files == {}


def test_it_does_not_leave_its_process() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(MemoryBackend())
