"""Reading packs for the checker: every byte, every seal, every hash. Works in worker processes.

Three things are compared: the file's hash with its name, its header with what the index says of
it, and each blob with its id.

Nearly all packs are sound, so the way for those is short: `_digest` reads a pack piece by piece,
stops at the first thing that does not fit, and says no more than that. Only then is the pack
searched blob by blob, by its header if that opens, else by the index, so that it is known what
exactly is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate
from typing import NamedTuple, TypeAlias

from app.backends.contract import BackendError, FileName, FileNotThere, Kind, PlaceAway
from app.repository.compression import BadCompression, Decompressor
from app.repository.crypto import OVERHEAD, BrokenSeal, Sealer, hurry_hashing
from app.repository.index import Location
from app.repository.index_file import ListedPack
from app.repository.named import Damaged
from app.repository.pack import (
    BadPack,
    BlobKind,
    PackedBlob,
    encode_header,
    entries,
    header_length,
    parse_header,
)
from app.repository.repository import Repository

# What is hashed, opened and hashed again should still be in the processor's cache.
_PIECE = 1 << 20
_Entry: TypeAlias = tuple[int, bytes, int, int, int]  # see `pack.entries`


class PackJob(NamedTuple):
    """A pack to read: `tail` is the size of its header, seal and all, and `print` the hash of the
    plain header, both as the index implies them; `effort` is how many bytes go through hands."""

    pack: bytes
    size: int
    tail: int
    print: bytes
    effort: int


class BadBlob(NamedTuple):
    """A blob that cannot be used where it lies."""

    kind: BlobKind
    id: bytes


class PackResult(NamedTuple):
    """What is wrong with a pack; `reason` is an id, "" if nothing is.

    `unreadable`: the drive fails; `gone`; `hash`: the bytes are not those that were written;
    `header`: it does not open or contradicts itself; `index`: it contradicts the index.
    """

    pack: bytes
    read: int
    reason: str = ""
    bad: tuple[BadBlob, ...] = ()


def job_of(pack: ListedPack) -> PackJob:
    """What reading a pack must confirm, from what an index file lists of it."""
    listed = list(zip(pack.ids, pack.blobs, strict=True))
    if not _in_order(pack):
        listed.sort(key=lambda each: each[1].offset)
        pack = ListedPack(pack.id, [id_ for id_, _ in listed], [blob for _, blob in listed])
    lengths = [blob.length for blob in pack.blobs]
    header = encode_header(
        (blob.type == "tree", blob_id, blob.length, blob.uncompressed_length)
        for blob_id, blob in listed
    )
    tail = len(header) + OVERHEAD + 4
    # No header can say that there are gaps between blobs, so none has this print.
    print_ = sha256(header).digest() if _in_order(pack) else b""
    size = sum(lengths) + tail
    effort = size + sum([blob.uncompressed_length or blob.length for blob in pack.blobs])
    return PackJob(pack.id, size, tail, print_, effort)


def _in_order(pack: ListedPack) -> bool:
    """Whether a pack's blobs are listed as they lie in it, one behind the other."""
    ends = accumulate([blob.length for blob in pack.blobs], initial=0)
    return all(blob.offset == end for blob, end in zip(pack.blobs, ends, strict=False))


@dataclass(frozen=True, slots=True)
class PackReaderFactory:
    """Makes a `PackReader` where it is needed."""

    repository: Repository

    def __call__(self) -> PackReader:
        return PackReader(self.repository.again())


class PackReader:
    """A `workers.Handler`: one pack in, what is wrong with it out."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._sealer = repository.sealer
        self._decompressor = Decompressor()
        # Elsewhere every read is a journey.
        self._piece = _PIECE if repository.backend.is_local else 1 << 32

    def work(self, job: PackJob) -> PackResult | None:
        file = FileName(Kind.PACK, job.pack.hex())
        try:
            if self._is_sound(job, file):
                return PackResult(job.pack, job.size)
            stored = self._repository.backend.load(file)
        except FileNotThere:
            return PackResult(job.pack, 0, "gone")
        except PlaceAway:
            raise
        except BackendError:
            return PackResult(job.pack, 0, "unreadable", self._all_indexed(job.pack))
        result = self._examine(job, stored)
        # Sound now, and a moment ago not: what the drive says cannot be relied on.
        return result if result.reason else result._replace(reason="unreadable")

    def finish(self) -> PackResult | None:
        return None

    # --- the short way -----------------------------------------------------------------------

    def _is_sound(self, job: PackJob, file: FileName) -> bool:
        """Whether a pack is all that it should be; raises what the backend raises."""
        try:
            return self._digest(job, file) == job.pack
        except (BadPack, BrokenSeal, BadCompression):
            return False

    def _digest(self, job: PackJob, file: FileName) -> bytes:
        """The hash of a pack whose header and blobs are what they should be, else an error."""
        load = self._repository.backend.load
        tail = load(file, job.size - job.tail)
        digest = sha256()
        for part in self._pieces(self._entries(job, tail)):
            start, end = part[0][2], part[-1][2] + part[-1][3]
            stored = load(file, start, end - start)
            hurry_hashing()
            digest.update(stored)
            self._open(stored, part)
        digest.update(tail)
        return digest.digest()

    def _entries(self, job: PackJob, tail: bytes) -> Iterator[_Entry]:
        if len(tail) != job.tail or header_length(tail[-4:], job.size) != job.tail - 4:
            raise BadPack("the header has another size")
        header = self._sealer.open(tail[:-4])
        if sha256(header).digest() != job.print:
            raise BadPack("the header is not what the index says")
        return entries(header)

    def _pieces(self, blobs: Iterable[_Entry]) -> Iterator[list[_Entry]]:
        part: list[_Entry] = []
        start = 0
        for blob in blobs:
            part.append(blob)
            if blob[2] + blob[3] - start >= self._piece:
                yield part
                part, start = [], blob[2] + blob[3]
        if part:
            yield part

    def _open(self, stored: bytes, blobs: Sequence[_Entry]) -> None:
        """Prove each blob. A hot loop: of the 12 µs for one of 4 KiB, 10 are spent in the cipher,
        the tag, zstd and the hash."""
        plains = self._sealer.open_run(stored, [blob[3] for blob in blobs])
        exactly = self._decompressor.exactly
        for (_, blob_id, _, _, size), plain in zip(blobs, plains, strict=True):
            if sha256(exactly(plain, size) if size else plain).digest() != blob_id:
                raise BadPack("a blob is not what its id says")

    # --- what exactly is wrong ---------------------------------------------------------------

    def _examine(self, job: PackJob, stored: bytes) -> PackResult:
        reason = "" if sha256(stored).digest() == job.pack else "hash"
        try:
            blobs = read_header(self._sealer, stored)
        except BadPack:
            blobs = ()
            reason = reason or "header"
        if blobs and _print(blobs) != job.print:
            reason = reason or "index"
        if not blobs or reason == "index":
            blobs = self._indexed(job.pack)
        bad = tuple(self._bad_blobs(job.pack, stored, blobs))
        return PackResult(job.pack, len(stored), reason or ("blob" if bad else ""), bad)

    def _bad_blobs(
        self, pack: bytes, stored: bytes, blobs: Iterable[PackedBlob]
    ) -> Iterable[BadBlob]:
        view = memoryview(stored)
        for blob in blobs:
            location = Location(pack, blob.offset, blob.length, blob.plain)
            try:
                part = view[blob.offset : blob.offset + blob.length]
                self._repository.open_blob(blob.id, location, part)
            except Damaged:
                yield BadBlob(blob.kind, blob.id)

    def _indexed(self, pack: bytes) -> tuple[PackedBlob, ...]:
        """What the index has of a pack. Walks the whole index: for damaged packs only."""
        return tuple(
            PackedBlob(kind, blob_id, at.offset, at.length, at.plain)
            for kind in BlobKind
            for blob_id, at in self._repository.index.locations(kind)
            if at.pack == pack
        )

    def _all_indexed(self, pack: bytes) -> tuple[BadBlob, ...]:
        return tuple(BadBlob(blob.kind, blob.id) for blob in self._indexed(pack))


def _print(blobs: Iterable[PackedBlob]) -> bytes:
    """As a `PackJob` has it, from the blobs of a header."""
    facts = ((blob.kind.value, blob.id, blob.length, blob.plain) for blob in blobs)
    return sha256(encode_header(facts)).digest()


def read_header(sealer: Sealer, stored: bytes) -> tuple[PackedBlob, ...]:
    """The blobs of a complete pack by its own header; `BadPack`."""
    length = header_length(stored[-4:], len(stored))
    return parse_header(sealer, stored[-4 - length : -4], len(stored))
