"""From plaintext blobs to saved packs: hash, look up, compress, seal, pack, save.

A packer belongs to one thread of one process. With `SaveMode.BEHIND` a second thread hashes and
saves a full pack while the next one fills: hashing, writing and fsync release the GIL. There are
exactly two buffers, so a slow disk slows the packer down instead of filling memory.

Duplicates within one run are caught by `Claims`; a duplicate that slips through is legal.
"""

from __future__ import annotations

import hashlib
import mmap
import threading
from enum import Enum
from queue import SimpleQueue

from app.files import Buffer
from app.repository.compression import Compressor
from app.repository.crypto import Sealer
from app.repository.pack import BlobKind, Pack, PackBuilder
from app.repository.repository import Repository

# (first slot, slots) of a small table and of the one for what finds no room there: 100,000 blobs
# touch 8 MiB, where they touched every page of one table of 32.
_SMALL, _LARGE = 1 << 18, 3 << 18
_TABLES = ((0, _SMALL), (_SMALL, _LARGE))
_PROBES = 8
_EMPTY = bytes(32)


class Claims:
    """Blob ids that some worker of this run has taken on, in memory shared by forked workers.

    Fixed tables of 32-byte slots without locks: a torn or lost entry only means that a blob is
    stored twice, because all 32 bytes are compared. Pages that are not touched cost nothing.
    """

    def __init__(self) -> None:
        self._table = mmap.mmap(-1, (_SMALL + _LARGE) * 32)

    def claim(self, blob_id: bytes) -> bool:
        """Whether the blob is ours to store; False if somebody has taken it on before."""
        table = self._table
        # The id is a hash already; its bytes spread evenly and alike in every process.
        place = int.from_bytes(blob_id[:4], "little")
        for first, slots in _TABLES:
            for slot in range(place, place + _PROBES):
                at = (first + slot % slots) * 32
                found = table[at : at + 32]
                if found == blob_id:
                    return False
                if found == _EMPTY:
                    table[at : at + 32] = blob_id
                    return True
        table[at : at + 32] = blob_id  # a full neighbourhood forgets its last
        return True


class SaveMode(Enum):
    """Save packs at once, or behind in a second thread."""

    AT_ONCE = "at once"
    BEHIND = "behind"


class Packer:
    """Stores blobs of one kind. `saved` collects the packs that are durable."""

    def __init__(
        self,
        repository: Repository,
        kind: BlobKind,
        claims: Claims,
        *,
        mode: SaveMode = SaveMode.AT_ONCE,
    ) -> None:
        self.bytes_added = 0
        self.blobs_added = 0
        self._kind = kind
        self._known = repository.index.tables[kind]
        self._claims = claims
        self._compressor = Compressor() if repository.compresses else None
        self._saver = _Saver(repository, mode)
        self._sealer = Sealer(repository.master)
        self._builder = PackBuilder(kind, self._sealer)

    def store(self, plain: Buffer) -> bytes:
        """The id of a blob, which is in the repository or in a pack that is being filled."""
        blob_id = hashlib.sha256(plain).digest()
        if blob_id in self._known or not self._claims.claim(blob_id):
            return blob_id
        body, size = self._pack_body(plain)
        if not self._builder.fits(len(body)):
            self._close_pack()
        self.bytes_added += self._builder.add(blob_id, body, size)
        self.blobs_added += 1
        return blob_id

    def _pack_body(self, plain: Buffer) -> tuple[Buffer, int]:
        """What to seal and the plain length to note: raw where compression does not help."""
        if self._compressor is not None:
            packed = self._compressor.compress(plain)
            if len(packed) < len(plain):
                return packed, len(plain)
        return plain, 0

    def _close_pack(self) -> None:
        full = self._builder
        full.seal_header()
        # The saver gives the other buffer back; in AT_ONCE mode it is the same one.
        self._builder = self._saver.save(full) or PackBuilder(self._kind, self._sealer)

    def take_saved(self) -> list[Pack]:
        """Packs that became durable since the last call. Raises what saving raised."""
        return self._saver.take()

    def finish(self) -> list[Pack]:
        """Save what is left and wait for it; like `take_saved`."""
        if self._builder.blobs:
            self._close_pack()
        self._saver.end()
        return self._saver.take()


class _Saver:
    """Saves full packs, in this thread or in one of its own; errors come out at the next call."""

    def __init__(self, repository: Repository, mode: SaveMode) -> None:
        self._backend = repository.backend
        self._mode = mode
        self._saved: SimpleQueue[Pack] = SimpleQueue()
        self._todo: SimpleQueue[PackBuilder | None] = SimpleQueue()
        self._done: SimpleQueue[PackBuilder | BaseException] = SimpleQueue()
        self._busy = False
        self._thread: threading.Thread | None = None

    def save(self, full: PackBuilder) -> PackBuilder | None:
        """Take a full builder; returns an empty one to go on with, None the first time."""
        if self._mode is SaveMode.AT_ONCE:
            return self._save(full)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True)
            self._thread.start()
        empty = self._collect()
        self._todo.put(full)
        self._busy = True
        return empty

    def _collect(self) -> PackBuilder | None:
        """Wait for the pack being saved, if any, and give its builder back."""
        if not self._busy:
            return None
        self._busy = False
        result = self._done.get()
        if isinstance(result, BaseException):
            raise result
        return result

    def end(self) -> None:
        """Wait for the pack being saved, if any, and let the thread go."""
        self._collect()
        if self._thread is not None:
            self._todo.put(None)
            self._thread = None

    def take(self) -> list[Pack]:
        packs = []
        while not self._saved.empty():
            packs.append(self._saved.get())
        return packs

    def _save(self, builder: PackBuilder) -> PackBuilder:
        pack, view = builder.finish()
        self._backend.save(pack.file, view)
        self._saved.put(pack)
        builder.start()
        return builder

    def _work(self) -> None:
        while (builder := self._todo.get()) is not None:
            try:
                self._done.put(self._save(builder))
            except BaseException as error:  # noqa: BLE001  # raised again in the packer's thread
                self._done.put(error)
