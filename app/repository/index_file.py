"""Reading index files: from JSON to what they list, checked.

Format: see `index`. Everybody takes `parse_index` from there.
"""

from __future__ import annotations

from itertools import compress
from typing import Annotated, Literal, NamedTuple

import msgspec

from app.repository.pack import BlobKind, PackedBlob

_U32 = Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)]


class Listed(msgspec.Struct, gc=False):
    """A blob as an index file lists it: `offset` and `length` are of the sealed bytes."""

    id: str
    type: Literal["data", "tree"]
    offset: _U32
    length: Annotated[int, msgspec.Meta(ge=32, lt=1 << 32)]
    uncompressed_length: _U32 = 0


class _PackEntry(msgspec.Struct, gc=False):
    id: str
    blobs: list[Listed]


class _IndexFile(msgspec.Struct, gc=False):
    packs: list[_PackEntry] | None = None
    supersedes: list[str] | None = None


class BadIndex(ValueError):
    """An index file whose JSON or values cannot be."""


_DECODER = msgspec.json.Decoder(_IndexFile)
_KINDS = {"data": BlobKind.DATA, "tree": BlobKind.TREE}


class ListedPack(NamedTuple):
    """A pack as an index file lists it, without an object of ours for each blob: those that the
    decoder makes cost a tenth. `ids` are those of `blobs` in bytes."""

    id: bytes
    ids: list[bytes]
    blobs: list[Listed]

    def of_kind(self, kind: BlobKind) -> tuple[list[bytes], list[Listed]]:
        """The ids and blobs of one kind; a pack mostly has only one."""
        label = kind.label
        right = [blob.type == label for blob in self.blobs]
        if all(right):
            return self.ids, self.blobs
        return list(compress(self.ids, right)), list(compress(self.blobs, right))


def listed_packs(raw: bytes) -> list[ListedPack]:
    """The packs that an index file lists, checked; `BadIndex` for nonsense."""
    try:
        return [
            ListedPack(_id(entry.id), _ids([blob.id for blob in entry.blobs]), entry.blobs)
            for entry in _DECODER.decode(raw).packs or ()
        ]
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadIndex(str(error)) from error


def parse_index(raw: bytes) -> list[tuple[bytes, list[PackedBlob]]]:
    """(pack id, blobs) for each pack that an index file lists; `BadIndex` for nonsense."""
    return [
        (
            pack.id,
            [
                PackedBlob(
                    _KINDS[blob.type], blob_id, blob.offset, blob.length, blob.uncompressed_length
                )
                for blob_id, blob in zip(pack.ids, pack.blobs, strict=True)
            ],
        )
        for pack in listed_packs(raw)
    ]


def _ids(texts: list[str]) -> list[bytes]:
    raw = list(map(bytes.fromhex, texts))
    if not set(map(len, raw)) <= {32}:
        raise BadIndex("an id does not have 32 bytes")
    return raw


def _id(text: str) -> bytes:
    return _ids([text])[0]
