"""Packs: restic's own, built again byte for byte, and headers that lie."""

from __future__ import annotations

import hashlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.backends.contract import FileName, Kind
from app.repository import pack as module
from app.repository.crypto import MasterKey, Sealer
from app.repository.pack import (
    LARGEST_HEADER,
    BadPack,
    BlobKind,
    PackBuilder,
    PackedBlob,
    header_length,
    parse_header,
)
from tests.repository.support import VERSIONS, golden

KEY = MasterKey(b"e" * 32, b"k" * 16, b"r" * 16)
ID = b"i" * 32


def build(builder: PackBuilder, *bodies: bytes, plain: int = 0):
    for body in bodies:
        builder.add(hashlib.sha256(body).digest(), body, plain)
    builder.seal_header()
    return builder.finish()


def read(stored: bytes, sealer: Sealer | None = None) -> tuple[PackedBlob, ...]:
    """As a checker reads a pack: its end first."""
    length = header_length(stored[-4:], len(stored))
    return parse_header(sealer or Sealer(KEY), stored[-4 - length : -4], len(stored))


def lying(header: bytes, *, size: int = 0) -> tuple[PackedBlob, ...]:
    """What is read from a pack of `size` bytes of blobs with this header, honestly sealed."""
    sealed = Sealer(KEY).seal(header)
    return parse_header(Sealer(KEY), sealed, size + len(sealed) + 4)


def entry(kind: int, length: int, plain: int | None = None) -> bytes:
    middle = b"" if plain is None else plain.to_bytes(4, "little")
    return bytes([kind]) + length.to_bytes(4, "little") + middle + ID


# --- restic's --------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_the_header_that_restic_wrote_says_what_its_index_says(version):
    repository = golden(version)
    for info in repository.backend.list(Kind.PACK):
        blobs = read(repository.load_raw(info.file), Sealer(repository.master))
        for blob in blobs:
            found = repository.index.find(blob.kind, blob.id)
            assert found is not None
            assert found.pack.hex() == info.file.name
            assert (found.offset, found.length, found.plain) == (
                blob.offset, blob.length, blob.plain,
            )  # fmt: skip
    assert len({*repository.index.packs}) == len([*repository.backend.list(Kind.PACK)]) == 2


@pytest.mark.parametrize("version", VERSIONS)
def test_the_pack_that_restic_wrote_is_built_again_byte_for_byte(version):
    repository = golden(version)
    for info in repository.backend.list(Kind.PACK):
        stored = repository.load_raw(info.file)
        blobs = read(stored, Sealer(repository.master))
        length = header_length(stored[-4:], len(stored))
        starts = [*(blob.offset for blob in blobs), len(stored) - 4 - length]
        nonces = [stored[start : start + 16] for start in starts]
        sealer = Sealer(repository.master, _random_giving(nonces))
        builder = PackBuilder(blobs[0].kind, sealer, 1 << 10)
        for blob in blobs:
            part = stored[blob.offset : blob.offset + blob.length]
            builder.add(blob.id, Sealer(repository.master).open(part), blob.plain)
        builder.seal_header()
        pack, view = builder.finish()
        assert bytes(view) == stored
        assert (pack.file, pack.size, pack.blobs) == (info.file, info.size, blobs)


def _random_giving(nonces: list[bytes]):
    """A source of randomness whose nonces a sealer uses in this order: it takes the last first."""
    return lambda count: os.urandom(count - 16 * len(nonces)) + b"".join(reversed(nonces))


# --- writing ---------------------------------------------------------------------------------

_BODIES = st.lists(
    st.tuples(st.binary(max_size=200), st.sampled_from([0, 1, 2**32 - 1])), min_size=1, max_size=8
)


@given(st.sampled_from(BlobKind), st.lists(_BODIES, min_size=1, max_size=3))
def test_packs_survive_building_and_reading_one_after_another_in_one_buffer(kind, packs):
    builder = PackBuilder(kind, Sealer(KEY), 256)
    for bodies in packs:
        builder.start()
        for number, (body, plain) in enumerate(bodies):
            assert builder.add(bytes([number]) * 32, body, plain) == len(body) + 32
        builder.seal_header()
        pack, view = builder.finish()
        blobs = read(bytes(view))
        assert pack.blobs == blobs
        assert (pack.id, pack.size) == (hashlib.sha256(view).digest(), len(view))
        assert pack.file == FileName(Kind.PACK, pack.id.hex())
        assert [(b.id, b.kind, b.plain) for b in blobs] == [
            (bytes([number]) * 32, kind, plain) for number, (_, plain) in enumerate(bodies)
        ]
        opened = [Sealer(KEY).open(view[b.offset : b.offset + b.length]) for b in blobs]
        assert opened == [body for body, _ in bodies]


def test_header_entries_have_four_types_and_two_sizes():
    for kind, plain, first, size in (
        (BlobKind.DATA, 0, 0, 37), (BlobKind.TREE, 0, 1, 37),
        (BlobKind.DATA, 9, 2, 41), (BlobKind.TREE, 9, 3, 41),
    ):  # fmt: skip
        pack, view = build(PackBuilder(kind, Sealer(KEY), 1 << 10), b"body", plain=plain)
        assert (pack.header[0], len(pack.header)) == (first, size)
        assert pack.header[1:5] == (36).to_bytes(4, "little")
        assert pack.header[-32:] == hashlib.sha256(b"body").digest()
        assert len(view) == 36 + 32 + size + 4
        assert bytes(view[-4:]) == (32 + size).to_bytes(4, "little")


def test_a_blob_larger_than_the_buffer_is_built_all_the_same():
    builder = PackBuilder(BlobKind.DATA, Sealer(KEY), 1 << 10)
    bodies = [b"small", os.urandom(1 << 20), b"behind"]
    _, view = build(builder, *bodies)
    opened = [Sealer(KEY).open(view[b.offset : b.offset + b.length]) for b in read(bytes(view))]
    assert opened == bodies


def test_a_header_larger_than_the_spare_room_is_built_all_the_same():
    builder = PackBuilder(BlobKind.DATA, Sealer(KEY), 1 << 10)
    for number in range(8000):  # 330 KB of header behind a buffer with 256 KiB to spare
        builder.add(number.to_bytes(32, "big"), b"", 0)
    builder.seal_header()
    pack, view = builder.finish()
    blobs = read(bytes(view))
    assert [int.from_bytes(blob.id, "big") for blob in blobs] == list(range(8000))
    assert pack.size == 8000 * 32 + 32 + 8000 * 37 + 4


def test_the_first_blob_always_fits_and_others_only_below_the_size():
    builder = PackBuilder(BlobKind.DATA, Sealer(KEY), 100)
    assert builder.fits(10**9)
    builder.add(ID, b"x" * 20, 0)
    assert builder.fits(16)
    assert not builder.fits(17)
    assert (builder.full, builder.blobs) == (False, 1)
    builder.add(ID, b"x" * 16, 0)
    assert (builder.full, builder.blobs) == (True, 2)
    builder.start()
    assert (builder.full, builder.blobs) == (False, 0)


def test_a_pack_of_the_tiniest_blobs_ends_before_its_header_is_too_large_to_read(monkeypatch):
    """Blobs below five bytes take less room than their entries: 16 MiB of them would have a
    header beyond the 16 MiB that restic, and we, read."""
    monkeypatch.setattr(module, "LARGEST_HEADER", 1000)
    builder = PackBuilder(BlobKind.DATA, Sealer(KEY), 1 << 20)
    number = 0
    while builder.fits(1):
        builder.add(number.to_bytes(32, "big"), b"x", 0)
        number += 1
    assert number > 20
    builder.seal_header()
    _, view = builder.finish()
    assert len(read(bytes(view))) == number


# --- headers that lie ------------------------------------------------------------------------


def test_blobs_that_do_not_fill_the_pack_are_refused():
    pack, view = build(PackBuilder(BlobKind.DATA, Sealer(KEY), 1 << 10), b"one", b"two")
    assert len(lying(pack.header, size=70)) == 2
    for size in (0, 35, 69, 71, 1 << 32):
        with pytest.raises(BadPack, match="fill"):
            lying(pack.header, size=size)
    with pytest.raises(BadPack, match="fill"):
        lying(pack.header[:37], size=70)  # the second blob is not listed
    with pytest.raises(BadPack, match="fill"):
        read(bytes(5) + bytes(view))  # a gap before the first one


def test_a_header_with_no_blobs_fills_nothing():
    assert lying(b"", size=0) == ()
    with pytest.raises(BadPack, match="fill"):
        lying(b"", size=1)


@pytest.mark.parametrize("kind", [4, 5, 127, 255])
def test_unknown_types_of_entries_are_refused(kind):
    for header in (entry(kind, 40), entry(kind, 40, 9), entry(0, 40) + bytes([kind])):
        with pytest.raises(BadPack, match="unknown"):
            lying(header, size=40)


@pytest.mark.parametrize("header", [entry(0, 40)[:-1], entry(2, 40, 9)[:-1], entry(2, 40)])
def test_an_entry_that_is_cut_short_is_refused(header):
    with pytest.raises(BadPack, match="incomplete"):
        lying(header, size=40)


def test_a_blob_without_room_for_its_seal_is_refused():
    assert lying(entry(0, 32), size=32)
    for header in (entry(0, 31), entry(0, 0), entry(3, 31, 9)):
        with pytest.raises(BadPack, match="shorter"):
            lying(header, size=31)


def test_mixed_packs_are_read():
    """restic itself never writes them any more, but calls them no error."""
    blobs = lying(entry(0, 40) + entry(3, 50, 99) + entry(1, 60) + entry(2, 70, 1), size=220)
    assert [(b.kind, b.offset, b.length, b.plain) for b in blobs] == [
        (BlobKind.DATA, 0, 40, 0), (BlobKind.TREE, 40, 50, 99),
        (BlobKind.TREE, 90, 60, 0), (BlobKind.DATA, 150, 70, 1),
    ]  # fmt: skip


def test_a_compressed_entry_of_plain_length_zero_counts_as_stored_raw():
    (blob,) = lying(entry(2, 40, 0), size=40)
    assert blob.plain == 0


@pytest.mark.parametrize("length", [0, 1, 31, 32, 997, LARGEST_HEADER + 1, 0xFFFFFFFF])
def test_a_header_length_that_cannot_be_is_refused(length):
    with pytest.raises(BadPack, match="length"):
        header_length(length.to_bytes(4, "little"), 1000)


def test_a_header_that_is_too_large_is_refused_in_a_pack_that_would_hold_it():
    tail = (LARGEST_HEADER + 1).to_bytes(4, "little")
    with pytest.raises(BadPack, match="length"):
        header_length(tail, 1 << 30)
    assert header_length(LARGEST_HEADER.to_bytes(4, "little"), 1 << 30) == LARGEST_HEADER


@pytest.mark.parametrize("size", [0, 1, 3])
def test_a_file_of_less_than_four_bytes_is_no_pack(size):
    with pytest.raises(BadPack, match="shorter"):
        header_length(bytes(size), size)


@given(st.data())
def test_a_flipped_bit_in_the_header_or_its_length_is_noticed(data):
    _, view = build(PackBuilder(BlobKind.TREE, Sealer(KEY), 1 << 10), b"one", b"two", plain=5)
    stored = bytearray(view)
    start = 2 * 35
    bit = data.draw(st.integers(8 * start, 8 * len(stored) - 1))
    stored[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BadPack):
        read(bytes(stored))


@given(st.binary(max_size=200))
def test_hostile_bytes_are_a_bad_pack_and_nothing_else(stored):
    with pytest.raises(BadPack):
        read(stored)


@given(
    st.binary(max_size=100)
    | st.lists(st.builds(entry, st.integers(0, 5), st.integers(0, 2**32 - 1),
                         st.none() | st.integers(0, 2**32 - 1)), max_size=4).map(b"".join),
    st.integers(0, 2**34),
)  # fmt: skip
def test_hostile_headers_with_the_right_key_are_a_bad_pack_and_nothing_else(header, size):
    try:
        blobs = lying(header, size=size)
    except BadPack:
        return
    assert sum(blob.length for blob in blobs) == size
