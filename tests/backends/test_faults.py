"""The faults themselves: tests that build on them must be able to trust them."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.backends.contract import CONFIG, Backend, FileName, Kind, PlaceBroken
from app.backends.local import LocalBackend
from app.backends.memory import MemoryBackend
from tests.backends.places import file_of, numbered
from tests.faults import (
    Call,
    Crash,
    CrashAfter,
    CrashMode,
    Fault,
    FlakyBackend,
    Op,
    RecordingBackend,
    crash_points,
    empty,
    files_of,
    flip_bit,
    truncate,
)

SOME = file_of(b"some")


def job(backend: Backend) -> None:
    """Five changes, with reading in between and something in `finally`."""
    backend.create()
    try:
        backend.save(SOME, b"some")
        list(backend.list(Kind.PACK))
        list(backend.save_many(numbered(2)))
    finally:
        backend.remove(SOME)


def test_recording_notes_what_was_done_in_order() -> None:
    backend = RecordingBackend(MemoryBackend())
    job(backend)
    files = [file for file, _ in numbered(2)]
    assert backend.calls == (
        Call(Op.CREATE),
        Call(Op.SAVE, SOME),
        Call(Op.LIST, FileName(Kind.PACK)),
        *(Call(op, file) for file in files for op in (Op.TAKE, Op.SAVE)),
        Call(Op.REMOVE, SOME),
    )
    assert len(backend.changes) == 5
    backend.forget()
    assert backend.calls == ()


@pytest.mark.parametrize(
    ("mode", "sizes"),
    [
        (CrashMode.BEFORE, [0, 0, 1, 2, 3, 2]),
        (CrashMode.TORN, [0, 0, 1, 2, 3, 2]),
        (CrashMode.AFTER, [0, 1, 2, 3, 2, 2]),
    ],
)
def test_a_job_crashes_at_each_of_its_changes(mode: CrashMode, sizes: list[int]) -> None:
    points = list(crash_points(MemoryBackend, job, mode))
    assert [n for n, _ in points] == [1, 2, 3, 4, 5, 0]
    assert [len(list(place.list(Kind.PACK))) for _, place in points] == sizes


def test_after_a_crash_nothing_reaches_the_place() -> None:
    backend = CrashAfter(MemoryBackend(), 1)
    with pytest.raises(Crash):
        backend.save(SOME, b"some")
    assert backend.crashed
    for call in (
        lambda: backend.load(SOME),
        lambda: list(backend.list(Kind.PACK)),
        lambda: backend.size(SOME),
        backend.free_space,
        lambda: backend.remove(SOME),
        lambda: list(backend.save_many(numbered(1))),
    ):
        with pytest.raises(Crash):
            call()
    assert backend.inner.load(SOME) == b"some"


def test_a_torn_save_leaves_a_temporary_file(tmp_path: Path) -> None:
    local = LocalBackend(tmp_path / "repository")
    local.create()
    with pytest.raises(Crash):
        CrashAfter(local, 1, CrashMode.TORN).save(SOME, b"some")
    (left,) = (local.path / "data" / SOME.name[:2]).iterdir()
    assert left.name.startswith(f"{SOME.name}-tmp-")
    assert left.read_bytes() == b"so"
    assert list(local.list(Kind.PACK)) == []
    assert local.clean(left.stat().st_mtime + 2 * 24 * 3600) == 1


def test_a_crash_within_a_batch_leaves_files_that_nobody_was_told_of() -> None:
    backend = CrashAfter(MemoryBackend(), 5)
    named: list[FileName] = []
    with pytest.raises(Crash):
        named.extend(backend.save_many(numbered(9)))
    assert len(list(backend.inner.list(Kind.PACK))) == 5


def test_flaky_does_or_does_not_do_what_it_fails_at() -> None:
    memory = MemoryBackend()
    backend = FlakyBackend(memory, [Fault.BEFORE, Fault.AFTER, Fault.NONE])
    with pytest.raises(PlaceBroken):
        backend.save(SOME, b"some")
    assert memory.files == {}
    with pytest.raises(PlaceBroken):
        backend.save(SOME, b"some")
    assert memory.files == {SOME: b"some"}
    assert backend.load(SOME) == backend.load(SOME) == b"some"
    assert backend.failures == 2


def test_a_seed_fails_in_the_same_way_each_time_and_not_too_often_in_a_row() -> None:
    def failures(seed: int) -> str:
        backend = FlakyBackend.seeded(MemoryBackend({SOME: b""}), seed, rate=0.5, in_a_row=2)
        told = ""
        for _ in range(200):
            try:
                backend.size(SOME)
                told += "."
            except PlaceBroken:
                told += "x"
        return told

    assert failures(1) == failures(1) != failures(2)
    assert "xx" in failures(1) and "xxx" not in failures(1)


def test_damage(tmp_path: Path) -> None:
    backend = LocalBackend(tmp_path)
    backend.create()
    backend.save(CONFIG, b"config")
    for file, content in numbered(3):
        backend.save(file, content)
    assert [p.name for p in files_of(tmp_path, Kind.CONFIG)] == ["config"]
    paths = files_of(tmp_path, Kind.PACK)
    assert {path.name for path in paths} == {file.name for file, _ in numbered(3)}
    before = paths[0].stat()
    original = paths[0].read_bytes()
    flip_bit(paths[0], 0)
    flip_bit(paths[0], -1, bit=7)
    assert paths[0].read_bytes() == bytes([original[0] ^ 1, *original[1:-1], original[-1] ^ 128])
    after = paths[0].stat()
    assert (before.st_mode, before.st_mtime_ns) == (after.st_mode, after.st_mtime_ns)
    truncate(paths[1], 2)
    assert paths[1].read_bytes() == b"co"
    truncate(paths[1], -1)
    assert paths[1].read_bytes() == b"c"
    empty(paths[2])
    assert paths[2].read_bytes() == b""
    assert files_of(tmp_path, Kind.PACK) == paths
