"""Packers: each blob once, packs that are whole, and errors that come out."""

from __future__ import annotations

import os
import threading
from functools import partial

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.backends.contract import Kind, NoSpace, PlaceBroken
from app.backends.local import LocalBackend
from app.backends.memory import MemoryBackend
from app.monitor import Recorder
from app.repository import packer as module
from app.repository.crypto import Sealer
from app.repository.index import Index
from app.repository.pack import BlobKind, Pack, PackBuilder, header_length, parse_header
from app.repository.packer import Claims, Packer, SaveMode
from app.repository.repository import Repository
from tests.faults import CrashMode, Fault, FlakyBackend, RecordingBackend, crash_points
from tests.repository.support import cheap_repository, save_blobs

SIZE = 1000  # of a pack, in these tests
MADE = cheap_repository()
BLOBS = [os.urandom(320 + number) for number in range(12)]


@pytest.fixture(autouse=True)
def _small_packs():
    """For a whole test, so that hypothesis may repeat it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PackBuilder", partial(PackBuilder, size=SIZE))
        yield


def new_repository(backend=None) -> Repository:
    return Repository(backend or MemoryBackend(), MADE.master, MADE.config, MADE.key_id)


def make(repository: Repository, *, kind=BlobKind.DATA, claims=None, mode=SaveMode.AT_ONCE):
    return Packer(repository, kind, claims or Claims(), mode=mode)


def stored_packs(repository: Repository) -> dict[bytes, tuple]:
    """Every pack at the place, read by its own header: it must be whole."""
    packs = {}
    for info in repository.backend.list(Kind.PACK):
        stored = repository.load_raw(info.file)
        length = header_length(stored[-4:], len(stored))
        sealer = Sealer(repository.master)
        packs[bytes.fromhex(info.file.name)] = parse_header(
            sealer, stored[-4 - length : -4], len(stored)
        )
    return packs


def read_back(repository: Repository, kind: BlobKind, packs: list[Pack], ids: list[bytes]):
    """The blobs' contents, by the packs that a packer handed out."""
    repository.index = Index()
    for pack in packs:
        repository.index.add(pack.id, pack.blobs)
    return [repository.load_blob(kind, each) for each in ids]


modes = pytest.mark.parametrize("mode", SaveMode)


@modes
@given(st.sampled_from(BlobKind), st.lists(st.binary(max_size=400), max_size=12))
def test_what_was_stored_is_there(mode, kind, contents):
    repository = new_repository()
    packer = make(repository, kind=kind, mode=mode)
    ids = [packer.store(content) for content in contents]
    packs = packer.finish()
    assert {pack.id: pack.blobs for pack in packs} == stored_packs(repository)
    assert sum(len(pack.blobs) for pack in packs) == packer.blobs_added == len(set(contents))
    lengths = [blob.length for pack in packs for blob in pack.blobs]
    assert packer.bytes_added == sum(lengths)
    assert read_back(repository, kind, packs, ids) == contents
    assert packer.finish() == []


@modes
def test_packs_are_filled_and_handed_out_in_order(mode):
    repository = new_repository()
    packer = make(repository, mode=mode)
    packs = []
    for blob in BLOBS:
        packer.store(blob)
        packs += packer.take_saved()
    packs += packer.finish()
    assert [len(pack.blobs) for pack in packs] == [2] * 6  # a third would not fit
    assert [blob.length for pack in packs for blob in pack.blobs] == [len(b) + 32 for b in BLOBS]
    assert all(sum(b.length for b in pack.blobs) <= SIZE for pack in packs)


@modes
def test_an_oversize_blob_gets_a_pack_of_its_own(mode):
    repository = new_repository()
    packer = make(repository, mode=mode)
    large = os.urandom(5 * SIZE)
    contents = [BLOBS[0], large, BLOBS[1], BLOBS[2]]
    ids = [packer.store(content) for content in contents]
    packs = packer.finish()
    assert [len(pack.blobs) for pack in packs] == [1, 1, 2]
    assert packs[1].size > 5 * SIZE
    assert read_back(repository, BlobKind.DATA, packs, ids) == contents


def test_a_blob_is_stored_once_in_a_run():
    repository = new_repository()
    packer = make(repository)
    assert len({packer.store(BLOBS[0]) for _ in range(10)}) == 1
    (pack,) = packer.finish()
    assert len(pack.blobs) == packer.blobs_added == 1
    packer.store(BLOBS[0])
    assert packer.finish() == []


def test_a_blob_that_the_index_has_is_not_stored_again():
    repository = new_repository()
    ids = save_blobs(repository, BlobKind.DATA, *BLOBS)
    before = stored_packs(repository)
    repository.load_index(Recorder())
    packer = make(repository)
    assert [packer.store(blob) for blob in BLOBS] == ids
    assert packer.finish() == []
    assert (packer.blobs_added, packer.bytes_added) == (0, 0)
    assert stored_packs(repository) == before


def test_a_tree_is_stored_even_where_a_file_has_the_same_bytes():
    """Known of its own kind only; each kind must have claims of its own."""
    repository = new_repository()
    save_blobs(repository, BlobKind.DATA, BLOBS[0])
    (tree,) = save_blobs(repository, BlobKind.TREE, BLOBS[0])
    assert repository.load_blob(BlobKind.TREE, tree) == BLOBS[0]
    assert repository.load_blob(BlobKind.DATA, tree) == BLOBS[0]
    kinds = [{blob.kind for blob in blobs} for blobs in stored_packs(repository).values()]
    assert sorted(kinds, key=repr) == [{BlobKind.DATA}, {BlobKind.TREE}]


def test_two_packers_that_share_claims_store_a_blob_once_between_them():
    repository, claims = new_repository(), Claims()
    packers = [make(repository, claims=claims) for _ in range(2)]
    for turn, blob in enumerate(BLOBS * 2):
        packers[turn % 2].store(blob)
    packs = [pack for packer in packers for pack in packer.finish()]
    ids = [blob.id for pack in packs for blob in pack.blobs]
    assert len(ids) == len(set(ids)) == len(BLOBS)


def test_compression_is_used_where_it_helps_and_only_there():
    repository = new_repository()
    packer = make(repository)
    contents = [b"a" * 500, os.urandom(500), b"", b"ab"]
    ids = [packer.store(content) for content in contents]
    packs = packer.finish()
    blobs = {blob.id: blob for pack in packs for blob in pack.blobs}
    assert [blobs[each].plain for each in ids] == [500, 0, 0, 0]
    assert blobs[ids[0]].length < 100
    assert [blobs[each].length for each in ids[1:]] == [532, 32, 34]
    assert read_back(repository, BlobKind.DATA, packs, ids) == contents


def test_version_1_knows_no_compression():
    repository = new_repository()
    repository.config = msgspec.structs.replace(repository.config, version=1)
    packer = make(repository)
    packer.store(b"a" * 500)
    (pack,) = packer.finish()
    assert [(blob.plain, blob.length) for blob in pack.blobs] == [(0, 532)]


@pytest.mark.parametrize("form", [bytes, bytearray, memoryview])
def test_any_buffer_can_be_stored(form):
    repository = new_repository()
    packer = make(repository)
    ids = [packer.store(form(blob)) for blob in BLOBS]
    packs = packer.finish()
    assert read_back(repository, BlobKind.DATA, packs, ids) == BLOBS


def test_saving_behind_happens_in_one_other_thread():
    threads = set()

    class Noting(RecordingBackend):
        def save(self, file, data):
            threads.add(threading.current_thread())
            super().save(file, data)

    for mode, own in ((SaveMode.AT_ONCE, True), (SaveMode.BEHIND, False)):
        threads.clear()
        repository = new_repository(Noting(MemoryBackend()))
        packer = make(repository, mode=mode)
        for blob in BLOBS:
            packer.store(blob)
        assert len(packer.finish()) == 6
        assert len(threads) == 1
        assert (threads == {threading.current_thread()}) is own


def test_no_pack_is_handed_out_before_it_is_durable():
    """A slow place: what is being saved is not yet saved, and a second full pack waits."""
    gate = threading.Event()

    class Slow(RecordingBackend):
        def save(self, file, data):
            assert gate.wait(60)
            super().save(file, data)

    backend = Slow(MemoryBackend())
    packer = make(new_repository(backend), mode=SaveMode.BEHIND)
    for blob in BLOBS[:4]:
        packer.store(blob)
    assert packer.take_saved() == []
    gate.set()
    packs = packer.finish()
    assert [pack.file for pack in packs] == [call.file for call in backend.changes]
    assert len(packs) == 2


# --- errors and crashes ----------------------------------------------------------------------


@modes
def test_an_error_while_saving_comes_out(mode):
    repository = new_repository(MemoryBackend(capacity=2 * SIZE))
    packer = make(repository, mode=mode)
    with pytest.raises(NoSpace):
        for blob in BLOBS:
            packer.store(blob)
    saved = packer.take_saved()
    assert {pack.id: pack.blobs for pack in saved} == stored_packs(repository)
    assert len(saved) == 2


@modes
def test_an_error_with_the_last_pack_comes_out_at_the_end(mode):
    backend = FlakyBackend(MemoryBackend(), [Fault.BEFORE])
    packer = make(new_repository(backend), mode=mode)
    packer.store(BLOBS[0])
    with pytest.raises(PlaceBroken):
        packer.finish()
    assert packer.take_saved() == []


def _store_all(backend) -> list[Pack]:
    packer = make(new_repository(backend))
    for blob in BLOBS:
        packer.store(blob)
    return packer.finish()


@pytest.mark.parametrize("mode", CrashMode)
def test_a_crash_between_packs_leaves_whole_packs_and_an_index_without_them(tmp_path, mode):
    places = iter(range(100))

    def place() -> LocalBackend:
        backend = LocalBackend(tmp_path / str(next(places)))
        for folder in ("data", "index"):
            (backend.path / folder).mkdir(parents=True)
        (backend.path / "config").touch()
        return backend

    counts = []
    for _, left in crash_points(place, _store_all, mode):
        repository = new_repository(left)
        packs = stored_packs(repository)
        counts.append(len(packs))
        repository.load_index(Recorder())
        assert repository.index.blobs == 0
        ids = save_blobs(repository, BlobKind.DATA, *BLOBS)  # the next run gets through
        assert [repository.load_blob(BlobKind.DATA, each) for each in ids] == BLOBS
    done = [1, 2, 3, 4, 5, 6] if mode is CrashMode.AFTER else [0, 1, 2, 3, 4, 5]
    assert counts == [*done, 6]


# --- claims ----------------------------------------------------------------------------------


_CROWD = st.integers(1, 5).map(lambda last: bytes(31) + bytes([last]))
_ANY_IDS = st.binary(min_size=32, max_size=32).filter(any)  # SHA-256 gives no zeros


@given(st.lists(_ANY_IDS | _CROWD, max_size=30))
def test_the_first_claim_wins(ids):
    claims, seen = Claims(), set()
    for each in ids:
        assert claims.claim(each) == (each not in seen)
        seen.add(each)


def test_claims_that_share_their_first_bytes_are_told_apart():
    claims = Claims()
    ids = [b"same" + bytes(27) + bytes([last + 1]) for last in range(6)]
    assert all(claims.claim(each) for each in ids)
    assert not any(claims.claim(each) for each in ids)


def test_a_crowded_table_forgets_rather_than_refuses():
    """A blob stored twice is legal; a blob that nobody stores would be lost."""
    claims = Claims()
    ids = [b"same" + bytes(27) + bytes([last + 1]) for last in range(40)]
    assert all(claims.claim(each) for each in ids)
    assert not claims.claim(ids[0])
    assert claims.claim(ids[20])


def test_the_end_of_the_table_goes_on_at_its_beginning():
    claims = Claims()
    ids = [b"\xff\xff\xff\xff" + bytes(27) + bytes([last + 1]) for last in range(5)]
    assert all(claims.claim(each) for each in ids)
    assert not any(claims.claim(each) for each in ids)


def test_claims_are_shared_with_forked_workers():
    claims = Claims()
    claims.claim(b"p" * 32)
    child = os.fork()
    if not child:
        fine = claims.claim(b"c" * 32) and not claims.claim(b"p" * 32)
        os._exit(0 if fine else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert not claims.claim(b"c" * 32)
