"""What is small and claims to be huge: refused before memory is taken."""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zstandard

from app.backends.contract import FileName, Kind
from app.monitor import Recorder
from app.repository.index_file import BadIndex, parse_index
from app.repository.named import Damaged
from app.repository.pack import BadPack, BlobKind, header_length
from app.repository.repository import Repository
from tests.fuzz.watch import watched
from tests.repository.support import cheap_repository, save_blobs

HUGE = 100 << 30


@contextmanager
def cheap(folder: Path) -> Iterator[None]:
    """Within 500 MB, and soon."""
    began = time.process_time()
    with watched(folder):
        yield
    assert time.process_time() - began < 1.5


def frame_of(size: int) -> bytes:
    """A frame of a few bytes whose head says that it holds so many."""
    # zstd's head: magic, descriptor (8 bytes of size, one segment), the size; and one empty block.
    return b"\x28\xb5\x2f\xfd\xe0" + size.to_bytes(8, "little") + b"\x01\x00\x00"


def bomb(size: int) -> bytes:
    """Zeros, packed; the frame does not tell how many."""
    out = io.BytesIO()
    with zstandard.ZstdCompressor(level=1).stream_writer(out, closefd=False) as writer:
        for _ in range(size >> 20):
            writer.write(bytes(1 << 20))
    return out.getvalue()


def put(repository: Repository, kind: Kind, packed: bytes) -> FileName:
    """A file of a repository whose compressed content is this."""
    stored = repository.sealer.seal(b"\x02" + packed)
    name = FileName(kind, hashlib.sha256(stored).hexdigest())
    repository.backend.save(name, stored)
    return name


@pytest.mark.parametrize("kind", [Kind.INDEX, Kind.SNAPSHOT, Kind.LOCK])
@pytest.mark.parametrize("packed", [frame_of(HUGE), frame_of(HUGE) * 2, bomb(300 << 20)])
def test_a_file_that_unpacks_without_end_is_damaged(
    tmp_path: Path, kind: Kind, packed: bytes
) -> None:
    repository = cheap_repository()
    name = put(repository, kind, packed)
    with cheap(tmp_path), pytest.raises(Damaged):
        repository.load_json(name)


def test_a_bomb_in_a_bomb_is_one_layer_and_no_json(tmp_path: Path) -> None:
    repository = cheap_repository()
    inner = b"\x02" + bomb(300 << 20)
    name = put(repository, Kind.INDEX, zstandard.ZstdCompressor().compress(inner))
    with cheap(tmp_path):
        assert repository.load_json(name) == inner  # nothing is unpacked twice
        repository.load_index(monitor := Recorder())
    assert len(monitor.problems) == 1


def test_an_index_that_lies_of_a_blob_s_size_takes_no_memory(tmp_path: Path) -> None:
    repository = cheap_repository()
    (blob,) = save_blobs(repository, BlobKind.DATA, b"content" * 100)
    (file,) = [info.file for info in repository.backend.list(Kind.INDEX)]
    listed = json.loads(repository.load_json(file))
    listed["packs"][0]["blobs"][0]["uncompressed_length"] = (1 << 32) - 1
    repository.backend.remove(file)
    repository.save_json(Kind.INDEX, json.dumps(listed).encode())
    opened = repository.again()
    opened.index = type(repository.index)()
    with cheap(tmp_path):
        opened.load_index(Recorder())
        with pytest.raises(Damaged):
            opened.load_blob(BlobKind.DATA, blob)


@pytest.mark.parametrize("field", ["offset", "length", "uncompressed_length"])
@pytest.mark.parametrize("value", [1 << 60, 1 << 32, -1, 1e300, "9"])
def test_an_index_that_claims_more_than_there_can_be_is_refused(
    tmp_path: Path, field: str, value: object
) -> None:
    blob = {"id": "ab" * 32, "type": "data", "offset": 0, "length": 40, field: value}
    raw = json.dumps({"packs": [{"id": "cd" * 32, "blobs": [blob]}]}).encode()
    with cheap(tmp_path), pytest.raises(BadIndex):
        parse_index(raw)


@pytest.mark.parametrize("length", [0, 1, 1 << 31, (1 << 32) - 1])
def test_a_pack_whose_header_cannot_be_so_long_is_refused(length: int) -> None:
    with pytest.raises(BadPack):
        header_length(length.to_bytes(4, "little"), 1 << 60)
