"""zstd: what comes out is what went in, and a frame that lies costs neither memory nor a crash."""

from __future__ import annotations

import contextlib
import io
import resource

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from app.repository import compression
from app.repository.compression import BadCompression, Compressor, Decompressor

PLAIN = b"candles, " * 1000
PACKED = Compressor().compress(PLAIN)


def without_size(plain: bytes) -> bytes:
    """As streaming writers make frames."""
    return zstandard.ZstdCompressor(write_content_size=False).compress(plain)


@pytest.fixture(params=["at once", "growing"])
def path(request, monkeypatch):
    """Both ways to open a frame of known size: large ones take the second."""
    if request.param == "growing":
        monkeypatch.setattr(compression, "_AT_ONCE", 0)


@given(st.binary(max_size=2000), st.integers(0, 2000))
def test_what_was_compressed_comes_out_again(plain, more):
    packed = Compressor().compress(plain)
    for frame in (packed, memoryview(packed), without_size(plain)):
        assert Decompressor().at_most(frame, len(plain) + more) == plain
        if plain:  # nothing is stored raw: a plain length of zero means just that
            assert Decompressor().exactly(frame, len(plain)) == plain


def test_contexts_can_be_used_again_even_after_damage():
    compressor, decompressor = Compressor(), Decompressor()
    for number in range(5):
        plain = bytes([number]) * 5000
        with pytest.raises(BadCompression):
            decompressor.at_most(PACKED[:-3], 10_000)
        assert decompressor.exactly(compressor.compress(plain), 5000) == plain
        assert decompressor.at_most(compressor.compress(plain), 5000) == plain


def test_frames_have_their_content_size_and_no_checksum_as_with_restic():
    frame = zstandard.get_frame_parameters(PACKED)
    assert (frame.content_size, frame.has_checksum, frame.dict_id) == (len(PLAIN), False, 0)
    assert len(PACKED) < len(PLAIN) // 10


def test_a_plaintext_beyond_the_allocation_limit_comes_out_whole():
    plain = bytes(range(256)) * (68 << 10)  # 17 MiB
    assert Decompressor().exactly(Compressor().compress(plain), len(plain)) == plain
    assert Decompressor().at_most(without_size(plain), len(plain)) == plain


@pytest.mark.parametrize("make", [Compressor().compress, without_size])
@pytest.mark.usefixtures("path")
def test_a_frame_of_another_size_than_promised_is_refused(make):
    for size in (0, 1, len(PLAIN) - 1, len(PLAIN) + 1, len(PLAIN) * 3):
        with pytest.raises(BadCompression):
            Decompressor().exactly(make(PLAIN), size)
    assert Decompressor().exactly(make(PLAIN), len(PLAIN)) == PLAIN


@pytest.mark.parametrize("make", [Compressor().compress, without_size])
def test_a_frame_larger_than_allowed_is_refused(make):
    for limit in (0, 1, len(PLAIN) - 1):
        with pytest.raises(BadCompression):
            Decompressor().at_most(make(PLAIN), limit)
    long = PLAIN * 300  # beyond a MiB the output grows in parts
    assert Decompressor().at_most(make(long), len(long)) == long
    with pytest.raises(BadCompression):
        Decompressor().at_most(make(long), len(long) - 1)


@pytest.mark.parametrize("cut", [1, 3, len(PACKED) // 2, len(PACKED) - 6])
@pytest.mark.usefixtures("path")
def test_a_frame_that_is_cut_short_is_not_taken_for_a_short_text(cut):
    with pytest.raises(BadCompression):
        Decompressor().at_most(PACKED[:-cut], 10_000)
    for frame in (PACKED[:-cut], without_size(PLAIN)[:-cut]):
        with pytest.raises(BadCompression):
            Decompressor().exactly(frame, len(PLAIN))


@pytest.mark.parametrize("data", [b"", b"\x28", b"\x28\xb5\x2f\xfd", b"abc", b"\0" * 100, b"{}"])
@pytest.mark.usefixtures("path")
def test_what_is_no_frame_is_refused(data):
    with pytest.raises(BadCompression):
        Decompressor().at_most(data, 100)
    for size in (0, 100):
        with pytest.raises(BadCompression):
            Decompressor().exactly(data, size)


def lying_about(size: int) -> bytes:
    """A frame whose header names this plain size, with next to nothing behind it."""
    header = zstandard.ZstdCompressor().compress(b"x" * 70_000)[4]
    assert header & 0xC0 == 0x80  # four bytes of content size
    single_segment = header | 0x20
    block = (0 << 3 | 1).to_bytes(3, "little")
    return b"\x28\xb5\x2f\xfd" + bytes([single_segment]) + size.to_bytes(4, "little") + block


def bomb(size: int) -> bytes:
    """A frame of a few KiB that holds `size` zeros and does not say so."""
    out = io.BytesIO()
    context = zstandard.ZstdCompressor(level=1)
    with context.stream_writer(out, closefd=False) as writer:
        for _ in range(size >> 20):
            writer.write(bytes(1 << 20))
    return out.getvalue()


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def test_a_frame_that_lies_about_its_size_costs_no_memory():
    frame = lying_about(0xFFFFFFFF)
    assert zstandard.frame_content_size(frame) == 0xFFFFFFFF
    before = peak()
    for limit in (100, 1 << 32):
        with pytest.raises(BadCompression):
            Decompressor().at_most(frame, limit)
    for size in (100, 0xFFFFFFFF):
        with pytest.raises(BadCompression):
            Decompressor().exactly(frame, size)
    assert peak() - before < 64 << 20


def test_a_bomb_stops_at_the_limit():
    frame = bomb(256 << 20)
    assert len(frame) < 64 << 10
    before = peak()
    for limit in (100, 4 << 20):
        with pytest.raises(BadCompression, match="more than"):
            Decompressor().at_most(frame, limit)
        with pytest.raises(BadCompression):
            Decompressor().exactly(frame, limit)
    assert peak() - before < 64 << 20


@given(st.binary(max_size=60), st.integers(0, 3000))
def test_hostile_bytes_are_bad_compression_and_nothing_else(data, size):
    for frame in (data, b"\x28\xb5\x2f\xfd" + data):
        _open(frame, size)


@given(st.binary(min_size=1, max_size=300), st.data())
def test_a_changed_byte_is_bad_compression_or_another_text_of_that_size(plain, data):
    frame = bytearray(Compressor().compress(plain))
    frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    _open(bytes(frame), len(plain))


def _open(frame: bytes, size: int) -> None:
    with contextlib.suppress(BadCompression):
        assert len(Decompressor().exactly(frame, size)) == size
    with contextlib.suppress(BadCompression):
        assert len(Decompressor().at_most(frame, size)) <= size
