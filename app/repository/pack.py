"""Pack files: sealed blobs one after another, then a sealed header that lists them.

    EncBlob1 … EncBlobN || seal(header) || uint32le(length of the sealed header)
    header entry: type 0 data / 1 tree           : u8 type | u32le stored length | 32 B id
                  type 2 data / 3 tree, zstd     : u8 type | u32le stored | u32le plain | 32 B id

Offsets are not stored: blobs are contiguous from 0 in header order. Data and trees go into
different packs. A pack's name is the SHA-256 of the complete file.

Format: restic's doc/design.rst, "Pack Format".
"""

from __future__ import annotations

import hashlib
import mmap
import struct
from collections.abc import Iterable, Iterator
from enum import IntEnum

import msgspec

from app.backends.contract import FileName, Kind
from app.files import Buffer
from app.repository.crypto import OVERHEAD, BrokenSeal, Sealer

PACK_SIZE = 16 << 20
# A blob that does not fit behind the others goes into a pack of its own.
LARGEST_BLOB = 16 << 20
LARGEST_HEADER = 16 << 20
_LENGTH = struct.Struct("<I")
_PLAIN = struct.Struct("<BI32s")
_PACKED = struct.Struct("<BII32s")
_HEADER_ROOM = 4 << 20  # for 100,000 blobs; a page that no header reaches costs nothing
_SPARE = 15  # bytes that the cipher may touch past its output


class BlobKind(IntEnum):
    """What a blob is; the value is the header's type for uncompressed ones."""

    DATA = 0
    TREE = 1

    @property
    def label(self) -> str:
        """The name in index files."""
        return "tree" if self else "data"


class BadPack(ValueError):
    """The header of a pack cannot be read, or contradicts itself."""


class PackedBlob(msgspec.Struct, frozen=True, gc=False):
    """Where a blob lies in its pack. `plain` is its uncompressed length, 0 if stored raw.

    A struct of msgspec's: 0.2 µs where a frozen dataclass takes 1, for every blob of every index
    that prune and repair go through.
    """

    kind: BlobKind
    id: bytes
    offset: int
    length: int
    plain: int


class Pack(msgspec.Struct, frozen=True):
    """A complete pack: its name, its size, and the plain bytes of its header.

    The header stays packed because thousands of these cross pipes and wait for the index.
    """

    id: bytes
    size: int
    header: bytes

    @property
    def file(self) -> FileName:
        return FileName(Kind.PACK, self.id.hex())

    @property
    def blobs(self) -> tuple[PackedBlob, ...]:
        return tuple(
            PackedBlob(_KINDS[kind], blob_id, offset, length, plain)
            for kind, blob_id, offset, length, plain in entries(self.header)
        )


class PackBuilder:
    """Fills one buffer with sealed blobs of one kind, again and again.

    The buffer is made once and recycled: growing one for each pack was 1.7 times slower.
    `finish` returns a view of it, which is valid until the next `start`.
    """

    def __init__(self, kind: BlobKind, sealer: Sealer, size: int = PACK_SIZE) -> None:
        self.kind = kind
        self._sealer = sealer
        self._size = size
        self._buffer = _untouched(size + _HEADER_ROOM)
        self.start()

    def start(self) -> None:
        """Begin an empty pack."""
        self._end = 0
        self._entries: list[bytes] = []

    @property
    def blobs(self) -> int:
        return len(self._entries)

    @property
    def full(self) -> bool:
        return self._end >= self._size

    def fits(self, length: int) -> bool:
        """Whether a blob of `length` stored plain bytes can be added before `finish`."""
        if not self._entries:
            return True
        full = self._end + length + OVERHEAD > self._size
        return not full and 41 * (len(self._entries) + 1) + OVERHEAD <= LARGEST_HEADER

    def add(self, blob_id: bytes, body: Buffer, plain: int) -> int:
        """Seal `body` behind the others; returns its stored length. `plain`: see `PackedBlob`."""
        length = len(body) + OVERHEAD
        # Room for this blob and for the header that will follow the blobs.
        needed = self._end + length + _SPARE + 41 * (len(self._entries) + 1) + OVERHEAD + 64
        if needed > len(self._buffer):
            self._grow(needed + (64 << 10))
        self._sealer.seal_into(body, self._buffer[self._end :])
        self._note(blob_id, length, plain)
        return length

    def add_sealed(self, blob_id: bytes, sealed: Buffer, plain: int) -> None:
        """Add a blob that is sealed already, as it is; `plain`: see `PackedBlob`."""
        length = len(sealed)
        needed = self._end + length + 41 * (len(self._entries) + 1) + OVERHEAD + 64
        if needed > len(self._buffer):
            self._grow(needed + (64 << 10))
        self._buffer[self._end : self._end + length] = sealed
        self._note(blob_id, length, plain)

    def _note(self, blob_id: bytes, length: int, plain: int) -> None:
        self._entries.append(
            _PACKED.pack(self.kind + 2, length, plain, blob_id)
            if plain
            else _PLAIN.pack(self.kind, length, blob_id)
        )
        self._end += length

    def _grow(self, size: int) -> None:
        larger = memoryview(bytearray(size))
        larger[: self._end] = self._buffer[: self._end]
        self._buffer = larger

    def seal_header(self) -> None:
        """Write the header and its length behind the blobs; nothing can be added then.

        Apart from `finish` because the sealer belongs to the thread that adds blobs, while
        hashing and saving happen in another one.
        """
        header = self._sealer.seal(b"".join(self._entries))
        end = self._end + len(header) + 4
        if end > len(self._buffer):
            self._grow(end)
        self._buffer[self._end : end - 4] = header
        self._buffer[end - 4 : end] = _LENGTH.pack(len(header))
        self._end = end

    def finish(self) -> tuple[Pack, memoryview]:
        """The pack, named by its hash, once its header is sealed. The view belongs to the
        builder."""
        view = self._buffer[: self._end]
        return Pack(hashlib.sha256(view).digest(), self._end, b"".join(self._entries)), view


def _untouched(size: int) -> memoryview:
    """Memory whose pages cost nothing until they are written to: clearing those of a bytearray
    took 8 ms, for a pack that often holds a few kilobytes."""
    if hasattr(mmap, "MAP_PRIVATE"):
        return memoryview(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
    return memoryview(mmap.mmap(-1, size))


def header_length(tail: Buffer, pack_size: int) -> int:
    """Length of the sealed header from the last four bytes; `BadPack` if it cannot be."""
    if len(tail) != 4:
        raise BadPack("the pack is shorter than four bytes")
    (length,) = _LENGTH.unpack(tail)
    if not OVERHEAD < length <= min(LARGEST_HEADER, pack_size - 4):
        raise BadPack(f"the header's length cannot be {length}")
    return int(length)


def parse_header(sealer: Sealer, sealed: Buffer, pack_size: int) -> tuple[PackedBlob, ...]:
    """The blobs that a sealed header lists, with offsets; they must fill the pack exactly."""
    try:
        header = sealer.open(sealed)
    except BrokenSeal as error:
        raise BadPack("the header's authentication tag does not fit") from error
    blobs = tuple(
        PackedBlob(_KINDS[kind], blob_id, offset, length, plain)
        for kind, blob_id, offset, length, plain in entries(header)
    )
    end = blobs[-1].offset + blobs[-1].length if blobs else 0
    if end + len(sealed) + 4 != pack_size:
        raise BadPack("the blobs do not fill the pack")
    return blobs


_KINDS = tuple(BlobKind)


def encode_header(blobs: Iterable[tuple[int, bytes, int, int]]) -> bytes:
    """The plain header of a pack that holds these (kind, id, length, plain), in their order."""
    return b"".join(
        [
            _PACKED.pack(kind + 2, length, plain, blob_id)
            if plain
            else _PLAIN.pack(kind, length, blob_id)
            for kind, blob_id, length, plain in blobs
        ]
    )


def entries(header: bytes) -> Iterator[tuple[int, bytes, int, int, int]]:
    """(kind, id, offset, length, plain) of each blob in a plain header; `BadPack` for nonsense.

    No object for each blob: every backup and every check goes through all of them.
    """
    at = offset = 0
    end = len(header)
    plain_entry, packed_entry = _PLAIN.unpack_from, _PACKED.unpack_from
    try:
        while at < end:
            if header[at] > 3:
                raise BadPack("a blob of unknown type")
            if header[at] < 2:
                kind, length, blob_id = plain_entry(header, at)
                plain = 0
                at += 37
            else:
                kind, length, plain, blob_id = packed_entry(header, at)
                at += 41
            if length < OVERHEAD:
                raise BadPack("a blob is shorter than its seal")
            yield kind & 1, blob_id, offset, length, plain
            offset += length
    except struct.error as error:
        raise BadPack("the header has an incomplete entry") from error
