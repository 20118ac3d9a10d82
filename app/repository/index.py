"""The index: which pack holds a blob, where, and how long it is.

In memory it is two hash tables (data, trees) of 48-byte slots in one flat buffer each, about 100
bytes a blob where a dict of tuples takes 330. A buffer of shared memory lets forked workers use
the table that the coordinator loaded. Full 32-byte ids are compared, never a prefix.

On disk it is JSON, many files whose union counts:

    {"supersedes":[ids]?, "packs":[{"id":hex,"blobs":[{"id":hex,"type":"data"|"tree",
      "offset":n,"length":n,"uncompressed_length":n?}]}]}

The same pack or blob may stand in several files; that is legal and harmless.

Format: restic's doc/design.rst, "Indexing".
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from app.repository.index_file import BadIndex as BadIndex
from app.repository.index_file import Listed, ListedPack, listed_packs
from app.repository.index_file import parse_index as parse_index
from app.repository.pack import BlobKind, Pack, PackedBlob, entries

# restic starts a new file at 50,000 blobs; the design document asks for less than 8 MiB.
BLOBS_A_FILE = 50_000
_SLOT = struct.Struct("<32sIIII")
_WIDTH = _SLOT.size
# A slot as 32-bit words: that of the length is zero in an empty one.
_WORDS, _LENGTH_WORD = _WIDTH // 4, 10
_LARGEST_LOAD = 0.7


class Location(NamedTuple):
    """Where a blob lies. `plain` is its uncompressed length, 0 if it is stored raw."""

    pack: bytes
    offset: int
    length: int
    plain: int

    @property
    def size(self) -> int:
        """Length of the plaintext."""
        return self.plain or self.length - 32


def random_modulus() -> int:
    """Odd and of 61 bits: ids taken modulo it spread evenly, and nobody can guess how."""
    return int.from_bytes(os.urandom(8), "little") >> 3 | 1 << 60 | 1


class BlobTable:
    """Open addressing over a flat buffer: id → (pack number, offset, length, plain).

    A slot with length 0 is empty (a sealed blob has at least 32 bytes). A blob's first slot is
    its id modulo a secret random number, so a hostile index cannot aim at one chain; unlike
    `hash` of bytes it is the same in the next process, which `index_cache` needs.
    """

    def __init__(self, expected: int = 0) -> None:
        self.count = 0
        self.prime = random_modulus()
        self._allocate(expected)

    @classmethod
    def of_size(cls, size: int, prime: int, count: int) -> BlobTable:
        """An empty table of `size` bytes, to be filled with one that was kept; ValueError where
        no table can be so."""
        slots = size // _WIDTH
        fits = 0 <= count <= int(slots * _LARGEST_LOAD)
        if not slots or slots * _WIDTH != size or slots & (slots - 1) or not fits or prime <= 0:
            raise ValueError("no table has this size")
        table = cls()
        table.count, table.prime = count, prime
        table._take(slots)
        return table

    @property
    def memory(self) -> mmap.mmap:
        """The table as it lies in memory."""
        return self._buffer

    def _allocate(self, expected: int) -> None:
        self._take(1 << max(10, int(expected / _LARGEST_LOAD)).bit_length())

    def _take(self, slots: int) -> None:
        # Anonymous shared memory: pages that were never touched cost nothing, forked workers
        # read it without a copy.
        self._buffer = mmap.mmap(-1, slots * _WIDTH)
        self._mask = slots - 1
        self._room = int(slots * _LARGEST_LOAD)

    def _find(self, blob_id: bytes) -> int:
        """Offset of the slot that holds the id, or of the empty slot where it belongs."""
        buffer, mask = self._buffer, self._mask
        slot = int.from_bytes(blob_id, "little") % self.prime & mask
        while True:
            at = slot * _WIDTH
            found = buffer[at : at + 32]
            if found == blob_id or buffer[at + 40 : at + 44] == b"\0\0\0\0":
                return at
            slot = (slot + 1) & mask

    def __contains__(self, blob_id: bytes) -> bool:
        if not self.count:
            return False
        at = self._find(blob_id)
        return self._buffer[at + 40 : at + 44] != b"\0\0\0\0"

    def get(self, blob_id: bytes) -> tuple[int, int, int, int] | None:
        """(pack number, offset, length, plain), or None."""
        _, pack, offset, length, plain = _SLOT.unpack_from(self._buffer, self._find(blob_id))
        return (pack, offset, length, plain) if length else None

    def add(self, blob_id: bytes, pack: int, offset: int, length: int, plain: int) -> bool:
        """Insert unless the id is there already; whether it was inserted."""
        if self.count >= self._room:
            self._grow()
        buffer, mask = self._buffer, self._mask
        slot = int.from_bytes(blob_id, "little") % self.prime & mask
        while buffer[(at := slot * _WIDTH) + 40 : at + 44] != b"\0\0\0\0":
            if buffer[at : at + 32] == blob_id:
                return False
            slot = (slot + 1) & mask
        _SLOT.pack_into(buffer, at, blob_id, pack, offset, length, plain)
        self.count += 1
        return True

    def add_pack(self, number: int, ids: Sequence[bytes], blobs: Sequence[Listed]) -> None:
        """As `add` for all blobs of a pack: `blobs` says where each of `ids` lies in it."""
        at = 0
        while at < len(ids):
            if self.count >= self._room:
                self._grow()
            # Between two looks at the room at most so many can be inserted.
            end = at + self._room - self.count
            self.count += self._insert(number, ids[at:end], blobs[at:end])
            at = end

    def _insert(self, number: int, ids: Sequence[bytes], blobs: Sequence[Listed]) -> int:
        """Insert what is not there, for which there is room; how many. A hot loop: 0.8 µs a blob
        where a call of `add` takes 1.5, once a blob at the start of every run."""
        buffer, mask, prime = self._buffer, self._mask, self.prime
        from_bytes, fill, inserted = int.from_bytes, _SLOT.pack_into, 0
        with memoryview(buffer).cast("I") as words:
            for blob_id, blob in zip(ids, blobs, strict=True):
                slot = from_bytes(blob_id, "little") % prime & mask
                while words[slot * _WORDS + _LENGTH_WORD]:
                    at = slot * _WIDTH
                    if buffer[at : at + 32] == blob_id:
                        break
                    slot = (slot + 1) & mask
                else:
                    place = (number, blob.offset, blob.length, blob.uncompressed_length)
                    fill(buffer, slot * _WIDTH, blob_id, *place)
                    inserted += 1
        return inserted

    def missing(self, ids: Iterable[bytes]) -> list[bytes]:
        """Those of `ids` that are not there: `in` for many at once, at half its cost."""
        buffer, mask, prime = self._buffer, self._mask, self.prime
        from_bytes, lacking = int.from_bytes, []
        with memoryview(buffer).cast("I") as words:
            for blob_id in ids:
                slot = from_bytes(blob_id, "little") % prime & mask
                while words[slot * _WORDS + _LENGTH_WORD]:
                    at = slot * _WIDTH
                    if buffer[at : at + 32] == blob_id:
                        break
                    slot = (slot + 1) & mask
                else:
                    lacking.append(blob_id)
        return lacking

    def _grow(self) -> None:
        old = self._buffer
        self._allocate(2 * self.count)
        new, mask, prime = self._buffer, self._mask, self.prime
        for at in range(0, len(old), _WIDTH):
            if old[at + 40 : at + 44] == b"\0\0\0\0":
                continue
            slot = int.from_bytes(old[at : at + 32], "little") % prime & mask
            while new[slot * _WIDTH + 40 : slot * _WIDTH + 44] != b"\0\0\0\0":
                slot = (slot + 1) & mask
            new[slot * _WIDTH : (slot + 1) * _WIDTH] = old[at : at + _WIDTH]
        old.close()

    def __iter__(self) -> Iterator[tuple[bytes, int, int, int, int]]:
        for slot in _SLOT.iter_unpack(self._buffer):
            if slot[3]:
                yield slot


class Index:
    """All index files of a repository, merged. Not safe for threads while it is being filled."""

    def __init__(self, expected: int = 0) -> None:
        self.tables = {BlobKind.DATA: BlobTable(expected), BlobKind.TREE: BlobTable()}
        self.packs: list[bytes] = []
        self._numbers: dict[bytes, int] = {}

    def adopt_packs(self, packs: Iterable[bytes]) -> None:
        """Take on the packs of a kept index, before its tables."""
        for pack_id in packs:
            self._number(pack_id)

    def _number(self, pack_id: bytes) -> int:
        number = self._numbers.setdefault(pack_id, len(self.packs))
        if number == len(self.packs):
            self.packs.append(pack_id)
        return number

    def add_file(self, raw: bytes) -> None:
        """Merge a whole index file from its JSON: all of it, or `BadIndex` and nothing."""
        for pack in listed_packs(raw):
            self.add_listed(pack)

    def add_listed(self, pack: ListedPack) -> None:
        """Merge a pack as an index file lists it."""
        number = self._number(pack.id)
        for kind, table in self.tables.items():
            ids, blobs = pack.of_kind(kind)
            table.add_pack(number, ids, blobs)

    def add(self, pack_id: bytes, blobs: Iterable[PackedBlob]) -> None:
        """Merge a pack; what is known already keeps its first location."""
        number = self._number(pack_id)
        for blob in blobs:
            table = self.tables[blob.kind]
            table.add(blob.id, number, blob.offset, blob.length, blob.plain)

    def add_pack(self, pack: Pack) -> Iterator[str]:
        """Merge a pack of our own, blob by blob, yielding the blob's entry for an index file. One
        loop for both: a backup does it for every blob that it stores."""
        number = self._number(pack.id)
        add = [self.tables[kind].add for kind in BlobKind]
        for kind, blob_id, offset, length, plain in entries(pack.header):
            add[kind](blob_id, number, offset, length, plain)
            yield _encode_blob(kind, blob_id, offset, length, plain)

    def holds(self, pack_id: bytes) -> bool:
        """Whether a pack was merged into this index."""
        return pack_id in self._numbers

    def has(self, kind: BlobKind, blob_id: bytes) -> bool:
        return blob_id in self.tables[kind]

    def find(self, kind: BlobKind, blob_id: bytes) -> Location | None:
        found = self.tables[kind].get(blob_id)
        return found and Location(self.packs[found[0]], *found[1:])

    def locations(self, kind: BlobKind) -> Iterator[tuple[bytes, Location]]:
        """Every known blob of a kind with one location, in no order."""
        for blob_id, number, offset, length, plain in self.tables[kind]:
            yield blob_id, Location(self.packs[number], offset, length, plain)

    @property
    def blobs(self) -> int:
        return sum(table.count for table in self.tables.values())


Entry = tuple[bytes, Sequence[PackedBlob]]
"""A pack and what an index says of it."""


def in_files(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Entries in portions for one index file each."""
    part: list[Entry] = []
    blobs = 0
    for entry in entries:
        part.append(entry)
        blobs += len(entry[1])
        if blobs >= BLOBS_A_FILE:
            yield part
            part, blobs = [], 0
    if part:
        yield part


def join_entries(packs: Iterable[str]) -> bytes:
    """One index file of encoded packs."""
    return f'{{"packs":[{",".join(packs)}]}}'.encode()


def encode_index(packs: Iterable[Pack]) -> bytes:
    """One index file for some packs, byte for byte as restic writes it."""
    return encode_entries((pack.id, pack.blobs) for pack in packs)


def encode_entries(packs: Iterable[tuple[bytes, Iterable[PackedBlob]]]) -> bytes:
    """As `encode_index`, from ids and blobs."""
    return join_entries(
        encode_pack(
            pack_id, [_encode_blob(b.kind, b.id, b.offset, b.length, b.plain) for b in blobs]
        )
        for pack_id, blobs in packs
    )


def encode_pack(pack_id: bytes, blobs: Iterable[str]) -> str:
    """A pack's entry for an index file, from those of its blobs."""
    return f'{{"id":"{pack_id.hex()}","blobs":[{",".join(blobs)}]}}'


def _encode_blob(kind: int, blob_id: bytes, offset: int, length: int, plain: int) -> str:
    packed = f',"uncompressed_length":{plain}' if plain else ""
    label = "tree" if kind else "data"
    return (
        f'{{"id":"{blob_id.hex()}","type":"{label}","offset":{offset},"length":{length}{packed}}}'
    )
