"""Reading many blobs in the order in which they are needed, with few reads of the place.

Neighbours in a pack are fetched together. One fetch holds a few MiB, so memory is bounded
whatever an index claims.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from app.backends.contract import FileName, FileNotThere, Kind, PlaceBroken
from app.repository.compression import LARGEST_DATA
from app.repository.index import Location
from app.repository.named import Damaged, Missing
from app.repository.pack import BlobKind, PackedBlob
from app.repository.repository import Repository

_FETCH = 4 << 20
_GAP = 64 << 10  # reading over so many unneeded bytes is cheaper than another read
_LOOK_AHEAD = 1024  # blobs
_Wanted = tuple[bytes, Location | None]


def read_blobs(
    repository: Repository, blob_ids: Iterable[bytes]
) -> Iterator[bytes | Damaged | Missing]:
    """The plaintext of each data blob in turn, or why there is none.

    Other `BackendError`s are raised: they concern the place, not a blob.
    """
    ids = iter(blob_ids)
    last: tuple[bytes, bytes] = (b"", b"")
    while part := list(islice(ids, _LOOK_AHEAD)):
        located = [(each, repository.index.find(BlobKind.DATA, each)) for each in part]
        for group in _groups(located):
            for blob_id, plain in _read_group(repository, group, last):
                if isinstance(plain, bytes):
                    last = (blob_id, plain)
                yield plain


def read_stored(
    repository: Repository, pack: bytes, blobs: Sequence[PackedBlob]
) -> Iterator[bytes]:
    """The stored (sealed) bytes of some blobs of one pack, in their order, each checked against
    its hash; raises `Damaged` or `Missing` for the first that is not what it should be."""
    ordered = [(blob.id, Location(pack, blob.offset, blob.length, blob.plain)) for blob in blobs]
    for group in _groups(list(ordered)):
        first, last = group[0][1], group[-1][1]
        assert first is not None
        assert last is not None
        file = FileName(Kind.PACK, pack.hex())
        try:
            length = last.offset + last.length - first.offset
            stored = memoryview(repository.backend.load(file, first.offset, length))
        except FileNotThere as error:
            raise Missing(
                "blob-missing", blob=group[0][0].hex()[:16], place=repository.backend.place
            ) from error
        for blob_id, location in group:
            assert location is not None
            at = location.offset - first.offset
            part = stored[at : at + location.length]
            repository.open_blob(blob_id, location, part)
            yield bytes(part)


def _groups(located: list[_Wanted]) -> Iterator[list[_Wanted]]:
    """Split where the next blob is not a near, later neighbour in the same pack."""
    group: list[_Wanted] = []
    for wanted in located:
        if group and not _near(group, wanted[1]):
            yield group
            group = []
        group.append(wanted)
    if group:
        yield group


def _near(group: list[_Wanted], after: Location | None) -> bool:
    first, before = group[0][1], group[-1][1]
    if first is None or before is None or after is None or after.pack != before.pack:
        return False
    gap = after.offset - (before.offset + before.length)
    return 0 <= gap <= _GAP and after.offset + after.length - first.offset <= _FETCH


def _read_group(
    repository: Repository, group: list[_Wanted], last: tuple[bytes, bytes]
) -> Iterator[tuple[bytes, bytes | Damaged | Missing]]:
    blob_id, first = group[0]
    if first is None:
        params = {"blob": blob_id.hex()[:16], "place": repository.backend.place}
        yield blob_id, Missing("blob-missing", **params)
        return
    if len(group) == 1 and blob_id == last[0]:
        yield last  # long runs of one blob: what a sparse file reads as
        return
    if first.size > LARGEST_DATA:
        yield blob_id, repository.damaged_blob(blob_id, first)
        return
    end = group[-1][1]
    assert end is not None
    file = FileName(Kind.PACK, first.pack.hex())
    try:
        stored = repository.backend.load(file, first.offset, end.offset + end.length - first.offset)
    except FileNotThere:
        for each, _ in group:
            params = {"blob": each.hex()[:16], "place": repository.backend.place}
            yield each, Missing("blob-missing", **params)
        return
    except PlaceBroken:
        yield from _read_singly(repository, group)
        return
    yield from _open_group(repository, group, stored, first.offset)


def _read_singly(
    repository: Repository, group: list[_Wanted]
) -> Iterator[tuple[bytes, bytes | Damaged | Missing]]:
    """A failing drive mostly fails at one spot: save what lies around it."""
    for each in group:
        if len(group) > 1:
            yield from _read_group(repository, [each], (b"", b""))
        else:
            params = {"blob": each[0].hex()[:16], "place": repository.backend.place}
            yield each[0], Missing("blob-unreadable", **params)


def _open_group(
    repository: Repository, group: list[_Wanted], stored: bytes, start: int
) -> Iterator[tuple[bytes, bytes | Damaged | Missing]]:
    opened = 0
    known = [(blob_id, location) for blob_id, location in group if location is not None]
    blobs = [(blob_id, location.length, location.plain) for blob_id, location in known]
    for plain in repository.open_run(blobs, stored):
        yield known[opened][0], plain
        opened += 1
    view = memoryview(stored)
    for blob_id, location in known[opened:]:
        at = location.offset - start
        try:
            plain = repository.open_blob(blob_id, location, view[at : at + location.length])
        except Damaged as error:
            yield blob_id, error
        else:
            yield blob_id, plain
