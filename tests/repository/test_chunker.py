"""Cut points: of the content and the repository's secret only, and the same for ever."""

from __future__ import annotations

import hashlib
import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.repository.chunker import HUGE_FILE, KIB, SMALLEST_CHUNK, Chunker, wants_large_chunks
from app.repository.crypto import MasterKey

KEY = MasterKey(b"e" * 32, b"k" * 16, b"r" * 16)
CHUNKER = Chunker(KEY)
CONTENT = random.Random(1).randbytes(4 << 20)
MIB = 1 << 20


class Trickle(io.RawIOBase):
    """A file that gives at most so many bytes at a time, by turns."""

    def __init__(self, content: bytes, sizes: list[int]) -> None:
        self._content = io.BytesIO(content)
        self._sizes = sizes
        self._turn = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        self._turn += 1
        part = self._content.read(min(len(buffer), self._sizes[self._turn % len(self._sizes)]))
        buffer[: len(part)] = part
        return len(part)


def cut(content: bytes, *, large: bool = False, chunker: Chunker = CHUNKER) -> list[bytes]:
    return [bytes(part) for part in chunker.cut(io.BytesIO(content), large=large)]


def lengths(parts: list[bytes]) -> list[int]:
    return [len(part) for part in parts]


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("size", [0, 1, SMALLEST_CHUNK, SMALLEST_CHUNK + 1, 300_000, 4 << 20])
def test_the_chunks_are_the_file(size, large):
    parts = cut(CONTENT[:size], large=large)
    assert b"".join(parts) == CONTENT[:size]
    assert all(parts)
    assert len(parts) == 0 if size == 0 else parts


@pytest.mark.parametrize(
    ("large", "smallest", "largest"), [(False, 32 * KIB, MIB), (True, 256 * KIB, 8 * MIB)]
)
def test_chunks_keep_within_the_bounds_of_their_class(large, smallest, largest):
    zeros = lengths(cut(bytes(20 * MIB), large=large))
    assert max(zeros) == largest  # nothing to cut at
    parts = lengths(cut(CONTENT, large=large))
    assert min(parts[:-1]) >= smallest
    assert max(parts) <= largest


@settings(max_examples=15)
@given(st.lists(st.sampled_from([1000, 4095, 4096, 65_537, 300_000, MIB, 3 * MIB]), min_size=1),
       st.booleans(), st.integers(0, 3 * MIB))  # fmt: skip
def test_cut_points_do_not_depend_on_how_much_a_read_gives(sizes, large, start):
    content = CONTENT[start:]
    trickle = Trickle(content, sizes)
    parts = [bytes(part) for part in CHUNKER.cut(trickle, large=large)]
    assert lengths(parts) == lengths(cut(content, large=large))
    assert b"".join(parts) == content


def test_cut_points_far_into_a_long_file_do_not_depend_on_the_buffer():
    """A chunk that crosses the end of a buffer must be carried over: 40 MiB are many buffers."""
    content = random.Random(2).randbytes(40 * MIB)
    whole = [len(part) for part in CHUNKER.cut_bytes(content)]
    assert lengths(cut(content)) == whole
    trickle = Trickle(content, [999_983])
    assert [len(part) for part in CHUNKER.cut(trickle, large=False)] == whole


def test_a_small_file_in_memory_is_cut_like_the_file():
    assert [bytes(part) for part in CHUNKER.cut_bytes(CONTENT)] == cut(CONTENT)


def test_cut_points_are_those_of_the_first_release():
    """Others would store everything anew: a new pyfastcdc must not move them unnoticed."""
    seen = [hashlib.sha256(repr(lengths(cut(CONTENT, large=each))).encode()).hexdigest()[:16]
            for each in (False, True)]  # fmt: skip
    assert lengths(cut(CONTENT))[:4] == [61989, 58202, 140266, 272836]
    assert seen == ["89baade552fb7963", "a3bd3dd03f12b327"]


def test_an_insertion_changes_only_the_chunks_around_it():
    before = set(cut(CONTENT))
    middle = len(CONTENT) // 2
    after = cut(CONTENT[:middle] + b"inserted" + CONTENT[middle:])
    assert len([part for part in after if part not in before]) <= 3
    assert len(after) > 15


def test_another_repository_cuts_elsewhere():
    other = Chunker(MasterKey(b"E" * 32, KEY.mac_k, KEY.mac_r))
    assert lengths(cut(CONTENT, chunker=other)) != lengths(cut(CONTENT))
    assert lengths(cut(CONTENT, chunker=Chunker(KEY))) == lengths(cut(CONTENT))


def test_large_chunks_are_few():
    assert 5 * len(cut(CONTENT, large=True)) < len(cut(CONTENT))


# --- the class of a file ---------------------------------------------------------------------

SMALL, LARGE = 150 * KIB, 1200 * KIB  # what chunks of the two classes measure on average


@pytest.mark.parametrize(
    ("size", "large"), [(0, False), (HUGE_FILE, False), (HUGE_FILE + 1, True), (1 << 40, True)]
)
def test_a_new_file_takes_large_chunks_beyond_256_mib(size, large):
    assert wants_large_chunks(size, before=None) is large


@pytest.mark.parametrize("size", [HUGE_FILE - 1, HUGE_FILE + 1, 10 * HUGE_FILE])
@pytest.mark.parametrize("was", [40 * MIB, HUGE_FILE - 1, HUGE_FILE + 1, 5 * HUGE_FILE])
def test_a_file_that_crosses_the_border_keeps_its_chunks(size, was):
    assert wants_large_chunks(size, before=(was, was // SMALL)) is False
    assert wants_large_chunks(size, before=(was, was // LARGE)) is True


def test_a_file_that_was_small_before_is_judged_anew():
    """Its few chunks tell nothing, and storing them anew costs nothing."""
    assert wants_large_chunks(HUGE_FILE + 1, before=(5 * MIB, 5)) is True
    assert wants_large_chunks(5 * MIB, before=(MIB, 1)) is False
    assert wants_large_chunks(HUGE_FILE + 1, before=(0, 0)) is True


def test_content_cut_by_this_chunker_keeps_its_class():
    """With real averages rather than those above."""
    content = random.Random(3).randbytes(36 * MIB)
    for large in (False, True):
        before = (len(content), len(cut(content, large=large)))
        assert wants_large_chunks(len(content), before=before) is large


def test_a_size_without_chunks_is_no_division_by_zero():
    assert wants_large_chunks(1, before=(1 << 40, 0)) is True
