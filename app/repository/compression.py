"""zstd, bounded: what comes from outside may lie about its size.

Contexts belong to one thread: sharing a compressor between threads crashes the process.
"""

from __future__ import annotations

import zstandard

from app.files import Buffer

# Level 3 costs more than it saves on a trader's data; tests/bench prints both.
LEVEL = 1
# Unpacked JSON files: restic keeps index files below 8 MiB, a big snapshot is below 1 MiB.
LARGEST_JSON = 256 << 20
# A tree of a million entries is about 500 MB of JSON; beyond it something is wrong.
LARGEST_TREE = 512 << 20
# restic cuts files at 8 MiB; nobody is known to go beyond 16.
LARGEST_DATA = 64 << 20
# Up to here a buffer of the promised size is simply allocated (a system gives memory when it is
# written to); beyond, it grows with the data. A folder of 100,000 files is 36 MB.
_AT_ONCE = 64 << 20


class BadCompression(ValueError):
    """Not a zstd frame, damaged, or larger than it may be."""


class Compressor:
    """Compresses single frames with their content size and no checksum, as restic does."""

    def __init__(self, level: int = LEVEL) -> None:
        self._context = zstandard.ZstdCompressor(
            level=level, write_checksum=False, write_content_size=True
        )

    def compress(self, plain: Buffer) -> bytes:
        return self._context.compress(plain)


class Decompressor:
    """Decompresses one frame, never to more than the caller allows."""

    def __init__(self) -> None:
        self._context = zstandard.ZstdDecompressor()

    def exactly(self, packed: Buffer, size: int) -> bytes:
        """A frame whose plain size is known; `BadCompression` if it is any other."""
        declared = self._declared(packed)
        if declared not in (size, None):
            raise BadCompression(f"says it holds {declared} bytes instead of {size}")
        open_frame = self._at_once if size <= _AT_ONCE else self._decompress
        plain = open_frame(packed, size)
        if len(plain) != size:
            raise BadCompression(f"holds {len(plain)} bytes instead of {size}")
        return plain

    def at_most(self, packed: Buffer, limit: int) -> bytes:
        """A frame of unknown plain size, which must not exceed `limit`."""
        declared = self._declared(packed)
        if declared is not None and declared > limit:
            raise BadCompression(f"says it holds {declared} bytes, more than {limit}")
        plain = self._decompress(packed, limit)
        if declared not in (len(plain), None):
            raise BadCompression(f"holds {len(plain)} bytes instead of {declared}")
        return plain

    @staticmethod
    def _declared(packed: Buffer) -> int | None:
        try:
            size = zstandard.frame_content_size(packed)
        except zstandard.ZstdError as error:
            raise BadCompression(str(error)) from error
        return None if size < 0 else size

    def _at_once(self, packed: Buffer, size: int) -> bytes:
        try:
            return self._context.decompress(packed, max_output_size=size)
        except zstandard.ZstdError as error:
            raise BadCompression(str(error)) from error

    def _decompress(self, packed: Buffer, limit: int) -> bytes:
        # A decompression object grows with what it finds, so a small frame that lies about its
        # size costs nothing; `decompress` would allocate the limit at once.
        reader = self._context.stream_reader(packed, read_across_frames=False)
        try:
            plain = reader.read(limit + 1) if limit <= 1 << 20 else self._growing(reader, limit)
        except zstandard.ZstdError as error:
            raise BadCompression(str(error)) from error
        if len(plain) > limit:
            raise BadCompression(f"holds more than {limit} bytes")
        return plain

    @staticmethod
    def _growing(reader: zstandard.ZstdDecompressionReader, limit: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        while size <= limit and (part := reader.read(1 << 20)):
            parts.append(part)
            size += len(part)
        if size > limit:  # said before the parts are put together, which takes as much again
            raise BadCompression(f"holds more than {limit} bytes")
        return b"".join(parts)
