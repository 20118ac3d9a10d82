"""An open repository: golden ones read whole, and damage of every kind told for what it is."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from base64 import b64decode, b64encode

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from app.backends.contract import CONFIG, FileName, FileNotThere, Kind, PlaceBroken
from app.backends.layout import path_of
from app.backends.local import LocalBackend
from app.backends.memory import MemoryBackend
from app.errors import AppError, NoRepository, WrongKey, WrongUsage
from app.monitor import Recorder
from app.repository.checker import Scope, check
from app.repository.compression import LARGEST_DATA
from app.repository.crypto import BrokenSeal, MasterKey, Sealer
from app.repository.index import Index, Location, encode_index
from app.repository.named import Damaged, Missing
from app.repository.pack import BlobKind, Pack, PackedBlob
from app.repository.repository import NewKey, Repository, create_repository, exists, open_repository
from app.repository.snapshot import SnapshotFile
from app.repository.tree import NodeType, encode_tree
from app.secret import Secret
from tests.faults import CrashMode, RecordingBackend, crash_points
from tests.repository.support import (
    CHEAP,
    GOLDEN_PASSWORD,
    PASSWORD,
    VERSIONS,
    cheap_config,
    cheap_repository,
    golden,
    golden_backend,
    golden_config,
    golden_master,
    open_cheap,
    save_backup,
    save_blobs,
    walk,
)

DATA, TREE = BlobKind.DATA, BlobKind.TREE
JSON = b'{"packs":[]}'
MADE = cheap_repository()


def new_repository(*, version: int = 2) -> Repository:
    """Without a key file, which takes longest."""
    config = type(MADE.config)(version, MADE.config.id, MADE.config.chunker_polynomial)
    return Repository(MemoryBackend(), MADE.master, config, "")


@pytest.fixture
def repository() -> Repository:
    return new_repository()


def put(repository: Repository, kind: Kind, plain: bytes) -> FileName:
    """Sealed with the right key and named by its hash, whatever it is."""
    return put_stored(repository, kind, Sealer(repository.master).seal(plain))


def put_stored(repository: Repository, kind: Kind, stored: bytes) -> FileName:
    file = FileName(kind, hashlib.sha256(stored).hexdigest())
    repository.backend.save(file, stored)
    return file


# --- restic's --------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_the_repository_that_restic_made_is_read_whole(version):
    repository = golden(version)
    monitor = Recorder()
    (snapshot,) = repository.snapshots(monitor)
    nodes = {node.name: node for node in repository.load_tree(snapshot.tree)}
    contents = {
        name: b"".join(repository.load_blob(DATA, blob) for blob in node.content)
        for name, node in nodes.items()
        if node.type is NodeType.FILE
    }
    assert contents[b"\xff\xfe-not-utf8"] == b"content of file 1\n"
    assert contents[b"text"] == b"0123456789\n" * 200
    assert contents[b"large"] == bytes(20 << 20 if version.endswith("v2") else 99)
    assert contents[b"empty"] == b""
    assert all(len(contents[name]) == nodes[name].size for name in contents)
    assert b"below" in list(walk(repository, snapshot.tree))
    assert not monitor.problems
    assert repository.compresses is version.endswith("v2")


@pytest.mark.parametrize("version", VERSIONS)
def test_the_repository_that_restic_made_opens_with_its_password(version):
    repository = open_repository(golden_backend(version), [GOLDEN_PASSWORD])
    assert repository.master == golden_master(version)
    assert repository.config == golden_config(version)
    with pytest.raises(WrongKey):
        open_repository(golden_backend(version), [PASSWORD])


@pytest.mark.parametrize("version", VERSIONS)
def test_restics_key_file_wraps_restics_json(version):
    """The key within the key file: `{"mac":{"k":…,"r":…},"encrypt":…}`, sealed by scrypt's key."""
    backend = golden_backend(version)
    (info,) = backend.list(Kind.KEY)
    raw = backend.load(info.file)
    assert hashlib.sha256(raw).hexdigest() == info.file.name
    file = json.loads(raw)
    n, r, p = file["N"], file["r"], file["p"]
    derived = hashlib.scrypt(
        GOLDEN_PASSWORD.reveal().encode(), salt=b64decode(file["salt"]), n=n, r=r, p=p,
        maxmem=128 * n * r * 2 + (1 << 20), dklen=64,
    )  # fmt: skip
    user = MasterKey(derived[:32], derived[32:48], derived[48:])
    master = golden_master(version)
    mac = {"k": b64encode(master.mac_k).decode(), "r": b64encode(master.mac_r).decode()}
    wanted = {"mac": mac, "encrypt": b64encode(master.encrypt).decode()}
    opened = Sealer(user).open(b64decode(file["data"]))
    assert opened == json.dumps(wanted, separators=(",", ":")).encode()


# --- files -----------------------------------------------------------------------------------


@given(st.binary(max_size=300).map(lambda rest: b"{" + rest), st.sampled_from([1, 2]))
def test_json_survives_saving_and_loading(raw, version):
    repository = new_repository(version=version)
    file = repository.save_json(Kind.INDEX, raw)
    assert repository.load_json(file) == raw
    stored = repository.load_raw(file)
    assert hashlib.sha256(stored).hexdigest() == file.name
    plain = Sealer(repository.master).open(stored)
    assert plain[:1] == (b"\x02" if version == 2 else b"{")


@pytest.mark.parametrize("raw", [b"{}", b"[]", JSON])
def test_plain_json_is_accepted_in_version_2_as_well(repository, raw):
    assert repository.load_json(put(repository, Kind.INDEX, raw)) == raw


def test_a_frame_without_its_content_size_is_accepted(repository):
    frame = zstandard.ZstdCompressor(write_content_size=False, write_checksum=True).compress(JSON)
    assert repository.load_json(put(repository, Kind.INDEX, b"\x02" + frame)) == JSON


FRAME = zstandard.ZstdCompressor().compress(JSON * 100)
UNUSABLE = {
    "nothing": b"",
    "an unknown version": b"\x03" + FRAME,
    "version 1": b"\x01" + JSON,
    "a frame without the version": FRAME,
    "a version without a frame": b"\x02",
    "a version before plain JSON": b"\x02" + JSON,
    "a frame that is cut short": b"\x02" + FRAME[:-4],
    "text": b"hello",
    "a blank before JSON": b" {}",
}


@pytest.mark.parametrize("plain", UNUSABLE.values(), ids=UNUSABLE)
def test_a_file_of_an_unknown_form_is_damaged(repository, plain):
    file = put(repository, Kind.INDEX, plain)
    with pytest.raises(Damaged) as caught:
        repository.load_json(file)
    assert caught.value.params == {"file": str(file), "place": "memory"}


def test_a_file_of_another_name_is_damaged_though_its_seal_fits(repository):
    """Nothing else binds a file to its place: a host could give us an old one for a new one."""
    first, second = (repository.save_json(Kind.INDEX, raw) for raw in (JSON, b"{}"))
    repository.backend.save(first, repository.backend.load(second))
    with pytest.raises(Damaged):
        repository.load_raw(first)
    with pytest.raises(Damaged):
        repository.load_json(first)
    assert repository.load_json(second) == b"{}"


def test_a_file_of_another_key_is_damaged(repository):
    other = Sealer(MasterKey(b"o" * 32, b"k" * 16, b"r" * 16))
    with pytest.raises(Damaged):
        repository.load_json(put_stored(repository, Kind.INDEX, other.seal(JSON)))


@pytest.mark.parametrize("length", [0, 1, 31, 32])
def test_a_file_with_no_room_for_a_seal_is_damaged(repository, length):
    with pytest.raises(Damaged):
        repository.load_json(put_stored(repository, Kind.INDEX, bytes(length)))


def _sealed_with_nonce(nonce: bytes, plain: bytes, *, honest: Sealer) -> bytes:
    """What a sealer with a broken source of randomness would write: made by hand."""
    from cryptography.hazmat.primitives.poly1305 import Poly1305

    honest._ctr.reset_nonce(nonce)
    cipher = honest._ctr.update(plain)
    return nonce + cipher + Poly1305.generate_tag(honest._mac_r + honest._ecb.update(nonce), cipher)


def test_an_all_zero_nonce_is_refused_as_restic_does(repository):
    sealer = Sealer(repository.master)
    for nonce, fine in ((bytes(15) + b"\1", True), (bytes(16), False)):
        file = put_stored(
            repository, Kind.INDEX, _sealed_with_nonce(nonce, JSON, honest=sealer)
        )  # fmt: skip
        if fine:
            assert repository.load_json(file) == JSON
        else:
            with pytest.raises(Damaged):
                repository.load_json(file)
            with pytest.raises(BrokenSeal, match="zero"):
                sealer.open(repository.load_raw(file))


def test_nothing_is_sealed_with_a_source_of_zeros(repository):
    with pytest.raises(RuntimeError, match="zeros"):
        Sealer(repository.master, bytes).seal(JSON)


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda rest: b"\x02" + rest)
       | st.binary(max_size=60).map(lambda rest: b"\x02\x28\xb5\x2f\xfd" + rest))  # fmt: skip
def test_hostile_files_are_damaged_and_nothing_else(plain):
    repository = new_repository()
    file = put(repository, Kind.SNAPSHOT, plain)
    with contextlib.suppress(Damaged):
        repository.load_json(file)
    monitor = Recorder()
    assert repository.snapshots(monitor) == []
    assert [problem.message_id for problem in monitor.problems] == ["repository-file-damaged"]


# --- snapshots and indexes -------------------------------------------------------------------


def test_snapshots_come_oldest_first_and_damaged_ones_become_problems(repository):
    for day in (3, 1, 2):
        save_backup(repository, day, b"content")
    bad = put(repository, Kind.SNAPSHOT, b'{"time":"never"}')
    monitor = Recorder()
    snapshots = repository.snapshots(monitor)
    assert [snapshot.time.day for snapshot in snapshots] == [2, 3, 4]
    (problem,) = monitor.problems
    assert problem.params["file"] == str(bad)
    assert repository.snapshot(snapshots[0].id) == snapshots[0]
    with pytest.raises(Damaged):
        repository.snapshot(bad.name)


def test_a_snapshot_that_is_forgotten_meanwhile_is_no_problem(repository):
    kept, gone = (save_backup(repository, day, b"content") for day in (1, 2))

    class Forgetting(RecordingBackend):
        def list(self, kind):
            yield from tuple(self.inner.list(kind))
            self.inner.remove(FileName(Kind.SNAPSHOT, gone.id))

    repository.backend = Forgetting(repository.backend)
    monitor = Recorder()
    assert repository.snapshots(monitor) == [kept]
    assert not monitor.problems
    with pytest.raises(FileNotThere):
        repository.snapshot(gone.id)


def test_a_saved_snapshot_is_the_one_that_is_read(repository):
    content = SnapshotFile(time="2026-01-01T00:00:00Z", tree="ab" * 32, paths=["/ä"])
    snapshot = repository.save_snapshot(content)
    assert repository.snapshot(snapshot.id) == snapshot


def test_a_damaged_index_is_left_out_and_told(repository):
    ids = save_blobs(repository, DATA, b"content")
    damaged = [put(repository, Kind.INDEX, raw) for raw in (b'{"packs":7}', b"", b"\x02")]
    monitor = Recorder()
    repository.load_index(monitor)
    assert {problem.params["file"] for problem in monitor.problems} == {*map(str, damaged)}
    assert {problem.message_id for problem in monitor.problems} == {"index-damaged"}
    assert len(repository.index_files) == 1
    assert repository.load_blob(DATA, ids[0]) == b"content"


def test_an_index_that_is_replaced_meanwhile_is_no_problem(repository):
    save_blobs(repository, DATA, b"content")

    class Replacing(RecordingBackend):
        def load(self, file, offset=0, length=None):
            raise FileNotThere("file-not-there", place="", file=str(file), reason="")

    repository.backend = Replacing(repository.backend)
    monitor = Recorder()
    repository.load_index(monitor)
    assert not monitor.problems
    assert repository.index.blobs == 0


def test_a_place_that_fails_is_not_taken_for_damage(repository):
    save_backup(repository, 1, b"content")

    class Failing(RecordingBackend):
        def load(self, file, offset=0, length=None):
            raise PlaceBroken("place-broken", place="", file=str(file), reason="")

    repository.backend = Failing(repository.backend)
    for work in (repository.snapshots, repository.load_index):
        with pytest.raises(PlaceBroken):
            work(Recorder())


def test_another_object_shares_the_index_and_reads_alike(repository):
    (blob,) = save_blobs(repository, DATA, b"content")
    other = repository.again()
    assert other.index is repository.index
    assert other._sealer is not repository._sealer
    assert other.load_blob(DATA, blob) == b"content"


# --- blobs -----------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=100), unique=True, max_size=5), st.sampled_from(BlobKind),
       st.sampled_from([1, 2]))  # fmt: skip
def test_blobs_survive_saving_and_loading(contents, kind, version):
    repository = new_repository(version=version)
    ids = save_blobs(repository, kind, *contents)
    assert ids == [hashlib.sha256(content).digest() for content in contents]
    repository.load_index(Recorder())
    assert [repository.load_blob(kind, each) for each in ids] == contents


def test_a_blob_that_no_index_knows_is_missing(repository):
    save_blobs(repository, DATA, b"content")
    for kind, blob in ((DATA, bytes(32)), (TREE, hashlib.sha256(b"content").digest())):
        with pytest.raises(Missing) as caught:
            repository.load_blob(kind, blob)
        assert caught.value.params["blob"] == blob.hex()[:16]


def test_a_blob_whose_pack_is_gone_is_missing(repository):
    (blob,) = save_blobs(repository, DATA, b"content")
    for info in list(repository.backend.list(Kind.PACK)):
        repository.backend.remove(info.file)
    with pytest.raises(Missing):
        repository.load_blob(DATA, blob)


def moved(repository: Repository, kind: BlobKind, blob: bytes, **changes: int) -> bytes:
    """The same blob by an index that says something else about it."""
    location = repository.index.find(kind, blob)
    fields = {"offset": location.offset, "length": location.length, "plain": location.plain}
    repository.index = Index()
    repository.index.add(location.pack, [PackedBlob(kind, blob, **(fields | changes))])
    return blob


TEXT = b"content " * 50


@pytest.mark.parametrize(
    "changes",
    [{"plain": 0}, {"plain": len(TEXT) - 1}, {"plain": len(TEXT) + 1}, {"plain": 1 << 20},
     {"offset": 1}, {"offset": 1 << 31}, {"length": 33}, {"length": 32}, {"length": 1 << 20}],
    ids=str,
)  # fmt: skip
def test_an_index_that_lies_about_a_blob_is_found_out(repository, changes):
    (blob,) = save_blobs(repository, DATA, TEXT)
    assert repository.load_blob(DATA, blob) == TEXT
    with pytest.raises(Damaged) as caught:
        repository.load_blob(DATA, moved(repository, DATA, blob, **changes))
    assert caught.value.message_id == "blob-damaged"


def test_an_index_that_promises_gigabytes_is_not_believed(repository):
    """Not even enough to fetch the pack."""
    (blob,) = save_blobs(repository, DATA, TEXT)
    recorder = RecordingBackend(repository.backend)
    repository.backend = recorder
    for changes in ({"plain": LARGEST_DATA + 1}, {"plain": 0, "length": 0xFFFFFFFF}):
        with pytest.raises(Damaged):
            repository.load_blob(DATA, moved(repository, DATA, blob, **changes))
    assert not recorder.calls


def test_one_blob_given_for_another_is_damaged_though_its_seal_fits(repository):
    """Nothing binds a sealed blob to its id but its hash."""
    first, second = save_blobs(repository, DATA, b"x" * 40, b"y" * 40)
    location = repository.index.find(DATA, second)
    repository.index = Index()
    blob = PackedBlob(DATA, first, location.offset, location.length, location.plain)
    repository.index.add(location.pack, [blob])
    with pytest.raises(Damaged):
        repository.load_blob(DATA, first)


@pytest.mark.parametrize("size", [40, 2 << 20], ids=["small", "hashed in a thread"])
@pytest.mark.parametrize("parses", [True, False], ids=["a tree", "no tree"])
def test_one_tree_given_for_another_is_damaged_though_its_seal_fits(repository, size, parses):
    raw = encode_tree([]) + b" " * size if parses else b" " * size
    first, second = save_blobs(repository, TREE, encode_tree([]), raw)
    location = repository.index.find(TREE, second)
    repository.index = Index()
    blob = PackedBlob(TREE, first, location.offset, location.length, location.plain)
    repository.index.add(location.pack, [blob])
    for load in (repository.load_tree, repository.load_listing, repository.load_nodes):
        with pytest.raises(Damaged) as caught:
            load(first)
        assert caught.value.message_id == "blob-damaged"


@given(st.binary(max_size=80), st.integers(0, 200), st.sampled_from(BlobKind))
def test_hostile_blobs_with_the_right_key_are_damaged_and_nothing_else(plain, size, kind):
    stored = Sealer(MADE.master).seal(plain)
    location = Location(bytes(32), 0, len(stored), size)
    with pytest.raises(Damaged):
        new_repository().open_blob(b"i" * 32, location, stored)


@given(st.data())
def test_a_flipped_bit_in_a_pack_is_damage(data):
    repository = new_repository()
    (blob,) = save_blobs(repository, TREE, TEXT)
    (info,) = repository.backend.list(Kind.PACK)
    stored = bytearray(repository.backend.load(info.file))
    bit = data.draw(st.integers(0, 8 * repository.index.find(TREE, blob).length - 1))
    stored[bit // 8] ^= 1 << bit % 8
    repository.backend.save(info.file, bytes(stored))
    with pytest.raises(Damaged):
        repository.load_blob(TREE, blob)


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"nodes":[{"name":"..","type":"dir"}]}\n'])
def test_a_tree_that_lies_is_damaged(repository, raw):
    (tree,) = save_blobs(repository, TREE, raw)
    with pytest.raises(Damaged) as caught:
        repository.load_tree(tree)
    assert caught.value.message_id == "tree-damaged"
    assert str(caught.value)


def test_a_tree_and_a_file_of_the_same_bytes_are_both_there(repository):
    raw = b'{"nodes":[]}\n'
    (tree,) = save_blobs(repository, TREE, raw)
    assert save_blobs(repository, DATA, raw) == [tree]
    assert repository.load_tree(tree) == []
    assert repository.load_blob(DATA, tree) == raw


def test_duplicate_packs_are_both_of_use(repository):
    """Two clients stored the same: when the first pack is gone the index alone does not know."""
    (blob,) = save_blobs(repository, DATA, TEXT)
    other = new_repository()
    other.backend = repository.backend
    save_blobs(other, DATA, TEXT)
    assert len(list(repository.backend.list(Kind.PACK))) == 2
    repository.load_index(Recorder())
    assert repository.load_blob(DATA, blob) == TEXT


def test_an_empty_blob_is_stored_raw(repository):
    (blob,) = save_blobs(repository, DATA, b"")
    assert repository.index.find(DATA, blob).plain == 0
    assert repository.load_blob(DATA, blob) == b""


def test_an_index_written_for_a_pack_leads_to_its_blobs(repository):
    stored = Sealer(repository.master).seal(b"alone")
    pack = put_stored(repository, Kind.PACK, stored)
    blob = hashlib.sha256(b"alone").digest()
    header = b"\0" + len(stored).to_bytes(4, "little") + blob
    repository.save_json(
        Kind.INDEX, encode_index([Pack(bytes.fromhex(pack.name), len(stored), header)])
    )  # fmt: skip
    repository.load_index(Recorder())
    assert repository.load_blob(DATA, blob) == b"alone"


# --- making and opening ----------------------------------------------------------------------


def test_a_new_repository_opens_with_each_of_its_passwords_and_no_other():
    backend = MemoryBackend()
    keys = [NewKey(Secret(text), CHEAP) for text in ("one", "two")]
    made, ids = create_repository(backend, keys)
    for text, key_id in zip(("one", "two"), ids, strict=True):
        opened = open_repository(backend, [Secret(text)])
        assert (opened.master, opened.config) == (made.master, made.config)
        assert opened.key_id == key_id
    assert made.key_id == ids[0]
    with pytest.raises(WrongKey):
        open_repository(backend, [Secret("three")])
    assert open_repository(backend, [Secret("three"), Secret("two")]).key_id == ids[1]


def test_a_place_that_holds_a_repository_is_refused_and_left_alone():
    backend = MemoryBackend()
    cheap_repository(backend)
    before = backend.files
    with pytest.raises(WrongUsage):
        cheap_repository(backend)
    assert backend.files == before


def test_a_place_without_one_is_no_repository():
    backend = MemoryBackend()
    assert not exists(backend)
    with pytest.raises(NoRepository):
        open_cheap(backend)


def test_a_repository_without_keys_is_none_that_could_be_opened():
    backend = MemoryBackend()
    cheap_repository(backend)
    for info in list(backend.list(Kind.KEY)):
        backend.remove(info.file)
    assert exists(backend)
    with pytest.raises(NoRepository):
        open_cheap(backend)


def test_two_new_repositories_have_nothing_in_common():
    first, second = (
        create_repository(MemoryBackend(), [NewKey(PASSWORD, CHEAP)])[0] for _ in range(2)
    )
    assert first.master != second.master
    assert first.config.id != second.config.id
    assert first.config.chunker_polynomial != second.config.chunker_polynomial


def test_neither_master_key_nor_password_shows_in_a_repository():
    text = repr(cheap_repository())
    assert "encrypt" not in text
    assert PASSWORD.reveal() not in text


@pytest.mark.parametrize("mode", [CrashMode.BEFORE, CrashMode.AFTER])
def test_a_crash_while_making_a_repository_leaves_none_or_all_of_it(mode):
    """The config comes last."""
    found = []
    for _, left in crash_points(MemoryBackend, cheap_repository, mode):
        found.append(exists(left))
        if exists(left):
            assert open_cheap(left).config == cheap_config()
        else:
            with pytest.raises(NoRepository):
                open_cheap(left)
    assert found == [False, False, mode is CrashMode.AFTER, True]


def test_a_second_try_after_a_crash_makes_none_that_its_own_password_cannot_open():
    """The key file of the first try has the same password and another master key: whichever
    sorts first would be taken."""
    for _, left in crash_points(MemoryBackend, cheap_repository):
        if exists(left):
            continue
        before = left.files
        try:
            cheap_repository(left)
        except WrongUsage as error:
            assert error.message_id == "folder-not-empty"
            assert before == left.files != {}
        else:
            assert open_cheap(left).config == cheap_config()
            assert not before


def test_a_place_that_must_still_be_made_is_no_error():
    class Bare(RecordingBackend):
        def size(self, file):
            if not self.changes:
                raise AppError("place-away", place="")
            return super().size(file)

    backend = Bare(MemoryBackend())
    cheap_repository(backend)
    assert open_cheap(backend.inner).config == cheap_config()


def test_what_is_random_comes_from_the_source_that_is_given():
    """And from nowhere else: the same source makes the same files."""

    def made() -> dict[FileName, bytes]:
        count = iter(range(10_000))

        def source(length: int) -> bytes:
            seed = hashlib.sha256(b"%d" % next(count)).digest()
            return (seed * (length // 32 + 1))[:length]

        backend = MemoryBackend()
        create_repository(backend, [NewKey(PASSWORD, CHEAP)], random=source)
        return backend.files

    first, second = made(), made()
    assert first[CONFIG] == second[CONFIG]
    assert os.urandom(8) not in first[CONFIG]


# --- a drive with a bad spot -----------------------------------------------------------------


class BadSpot(RecordingBackend):
    """A drive that does not give one file."""

    bad: FileName | None = None

    def load(self, file, offset=0, length=None):
        if file == self.bad:
            raise PlaceBroken("place-broken", place="x", file=str(file), reason="I/O error")
        return super().load(file, offset, length)


@pytest.mark.parametrize("kind", [Kind.SNAPSHOT, Kind.INDEX, Kind.PACK])
def test_a_bad_spot_of_a_drive_hides_no_more_than_what_lies_there(kind):
    """Everything else is listed, found and checked, and what is hidden is told."""
    place = BadSpot(MemoryBackend())
    made = cheap_repository(place)
    snapshots = [save_backup(made, number, os.urandom(2000)) for number in (1, 2)]
    for info in list(place.list(kind)):
        place.bad = info.file
        repository, monitor = open_cheap(place), Recorder()
        found = repository.snapshots(monitor)
        repository.load_index(monitor)
        told = 0
        for snapshot in found:
            try:
                for node in repository.load_tree(snapshot.tree):
                    repository.load_blob(DATA, node.content[0])
            except Missing:
                told += 1
        assert told + len(monitor.problems) + len(snapshots) - len(found) >= 1
        assert len(found) - told == 1
        report = check(repository, Scope(100), monitor=monitor, workers=0)
        assert report.affected or kind is Kind.SNAPSHOT
        assert monitor.problems


@pytest.mark.parametrize("kind", [Kind.SNAPSHOT, Kind.INDEX, Kind.LOCK])
def test_a_file_that_is_nothing_but_a_huge_hole_takes_no_memory(tmp_path, kind):
    place = LocalBackend(tmp_path / "repository")
    repository = cheap_repository(place)
    file = FileName(kind, "ab" * 32)
    hole = place.path / path_of(file)
    hole.touch()
    os.truncate(hole, 1 << 40)
    with pytest.raises(Damaged):
        repository.load_json(file)
