"""The index: restic's files, duplicates, and two hash tables that never mix up ids."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.backends.contract import Kind
from app.monitor import Recorder
from app.repository import index as module
from app.repository.crypto import MasterKey, Sealer
from app.repository.index import BadIndex, BlobTable, Index, Location, encode_index, parse_index
from app.repository.index_file import Listed
from app.repository.pack import BlobKind, Pack, PackBuilder, PackedBlob
from tests.repository.support import (
    GOLDEN,
    VERSIONS,
    cheap_repository,
    golden,
    save_blobs,
)

KEY = MasterKey(b"e" * 32, b"k" * 16, b"r" * 16)
_IDS = st.binary(min_size=32, max_size=32)
# Ids that share all but their last bytes: nothing shorter than the whole may be compared.
_TWINS = st.integers(0, 9).map(lambda last: bytes(31) + bytes([last + 1]))
_WORD = st.integers(0, 2**32 - 1)
_ENTRIES = st.tuples(_IDS | _TWINS, _WORD, _WORD, st.integers(32, 2**32 - 1), _WORD)


def make_pack(kind: BlobKind, *bodies: bytes, plain: int = 0) -> Pack:
    builder = PackBuilder(kind, Sealer(KEY), 1 << 10)
    for number, body in enumerate(bodies):
        builder.add(bytes(31) + bytes([number]), body, plain)
    builder.seal_header()
    return builder.finish()[0]


# --- files -----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_the_index_that_restic_wrote_is_read_whole(version):
    repository = golden(version)
    (info,) = repository.backend.list(Kind.INDEX)
    raw = repository.load_json(info.file)
    assert raw.strip() == (GOLDEN / version / "index.json").read_bytes().strip()
    for entry, (pack_id, blobs) in zip(json.loads(raw)["packs"], parse_index(raw), strict=True):
        assert pack_id.hex() == entry["id"]
        assert [
            {"id": b.id.hex(), "type": b.kind.label, "offset": b.offset, "length": b.length}
            | ({"uncompressed_length": b.plain} if b.plain else {})
            for b in blobs
        ] == entry["blobs"]
    assert repository.index.blobs == sum(len(blobs) for _, blobs in parse_index(raw))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_index_is_written_as_restic_writes_it(version):
    """But for the order of a pack's blobs, which with restic is that of a Go map."""
    repository = golden(version)
    (info,) = repository.backend.list(Kind.INDEX)
    wanted = json.loads(repository.load_json(info.file))
    packs = []
    for entry, (pack_id, blobs) in zip(
        wanted["packs"], parse_index(repository.load_json(info.file)), strict=True
    ):
        entry["blobs"].sort(key=lambda blob: blob["offset"])
        packs.append(Pack(pack_id, 0, _header(blobs)))
    assert encode_index(packs) == json.dumps(wanted, separators=(",", ":")).encode()


def _header(blobs: list[PackedBlob]) -> bytes:
    return b"".join(
        bytes([blob.kind + 2 * bool(blob.plain)])
        + blob.length.to_bytes(4, "little")
        + (blob.plain.to_bytes(4, "little") if blob.plain else b"")
        + blob.id
        for blob in sorted(blobs, key=lambda blob: blob.offset)
    )


@given(st.lists(st.tuples(st.sampled_from(BlobKind), st.lists(st.binary(max_size=9), max_size=4),
                          st.sampled_from([0, 1, 2**32 - 1])), max_size=3))  # fmt: skip
def test_packs_survive_writing_and_reading(contents):
    packs = [make_pack(kind, *bodies, plain=plain) for kind, bodies, plain in contents]
    read = parse_index(encode_index(packs))
    assert read == [(pack.id, list(pack.blobs)) for pack in packs]


def test_an_empty_index_and_a_superseding_one_are_read():
    assert parse_index(encode_index([])) == []
    assert parse_index(b'{"packs":null}') == []
    assert parse_index(b'{"supersedes":["%s"],"packs":[]}' % (b"ab" * 32)) == []
    assert parse_index(b'{"packs":[],"new":[{"x":1}]}') == []


WRONG = {
    "an offset below zero": {"offset": -1},
    "an offset beyond 32 bits": {"offset": 1 << 32},
    "a length that has no room for a seal": {"length": 31},
    "a length of zero": {"length": 0},
    "a length below zero": {"length": -5},
    "a length beyond 32 bits": {"length": 1 << 32},
    "an uncompressed length below zero": {"uncompressed_length": -1},
    "an uncompressed length beyond 32 bits": {"uncompressed_length": 1 << 32},
    "an offset with a fraction": {"offset": 0.5},
    "an unknown kind": {"type": "door"},
    "a short id": {"id": "ab" * 31},
    "a long id": {"id": "ab" * 33},
    "an id that is not hexadecimal": {"id": "zz" * 32},
    "no id": {"id": None},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_an_index_that_cannot_be_is_refused(changes):
    blob = {"id": "ab" * 32, "type": "data", "offset": 0, "length": 32}
    packs = [{"id": "cd" * 32, "blobs": [blob]}]
    assert parse_index(json.dumps({"packs": packs}).encode())
    blob.update(changes)
    with pytest.raises(BadIndex):
        parse_index(json.dumps({"packs": packs}).encode())


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b'{"packs":{}}', b'{"packs":[{}]}',
                                 b'{"packs":[{"id":"ab","blobs":[]}]}', b'{"packs":[]} {}',
                                 b'{"packs":[{"id":"\xff","blobs":[]}]}'])  # fmt: skip
def test_what_is_no_index_is_refused(raw):
    with pytest.raises(BadIndex):
        parse_index(raw)


def test_deeply_nested_nonsense_does_not_exhaust_the_stack():
    with pytest.raises(BadIndex):
        parse_index(b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b',"packs":[]}')


@given(st.data())
def test_a_changed_byte_is_a_bad_index_and_nothing_else(data):
    raw = bytearray(encode_index([make_pack(BlobKind.TREE, b"1", b"2", plain=7)]))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        packs = parse_index(bytes(raw))
    except BadIndex:
        return
    index = Index()
    for pack_id, blobs in packs:
        index.add(pack_id, blobs)  # whatever is accepted fits into the table


@given(st.binary(max_size=40))
def test_hostile_bytes_are_a_bad_index_and_nothing_else(raw):
    for data in (raw, b'{"packs":[' + raw + b"]}"):
        try:
            parse_index(data)
        except BadIndex:
            continue


# --- the tables ------------------------------------------------------------------------------


@given(st.lists(_ENTRIES, max_size=60), st.integers(0, 60), st.lists(_IDS | _TWINS, max_size=9))
def test_a_table_is_a_dictionary_that_keeps_the_first(entries, expected, others):
    table, model = BlobTable(expected), {}
    for blob_id, *rest in entries:
        assert table.add(blob_id, *rest) == (blob_id not in model)
        model.setdefault(blob_id, tuple(rest))
    assert table.count == len(model)
    assert {blob_id: tuple(rest) for blob_id, *rest in table} == model
    for blob_id in [*model, *others]:
        assert table.get(blob_id) == model.get(blob_id)
        assert (blob_id in table) == (blob_id in model)


@given(st.lists(st.lists(_ENTRIES, max_size=30), max_size=4), st.integers(0, 60))
def test_whole_packs_go_into_a_table_as_their_blobs_do(packs, expected):
    one, whole = BlobTable(expected), BlobTable()
    for number, entries in enumerate(packs):
        for blob_id, _, *rest in entries:
            one.add(blob_id, number, *rest)
        blobs = [Listed(blob_id.hex(), "data", *rest) for blob_id, _, *rest in entries]
        whole.add_pack(number, [blob_id for blob_id, *_ in entries], blobs)
    assert sorted(one) == sorted(whole)
    assert one.count == whole.count
    ids = [blob_id for blob_id, *_ in one]
    assert whole.missing([*ids, b"\xfe" * 32]) == [b"\xfe" * 32] * (b"\xfe" * 32 not in one)


def test_a_pack_that_is_larger_than_the_table_goes_into_it():
    table = BlobTable()
    ids = [number.to_bytes(32, "big") for number in range(5000)]
    table.add_pack(7, ids, [Listed(each.hex(), "data", 1, 32) for each in ids])
    assert table.count == 5000
    assert all(table.get(each) == (7, 1, 32, 0) for each in ids)
    assert table.missing(ids) == []


def test_a_mixed_pack_goes_into_both_tables():
    index = Index()
    listed = [Listed("aa" * 32, "data", 0, 40), Listed("bb" * 32, "tree", 40, 50, 9)]
    raw = msgspec.json.encode({"packs": [{"id": "cc" * 32, "blobs": listed}]})
    index.add_file(raw)
    assert index.find(BlobKind.DATA, b"\xaa" * 32) == Location(b"\xcc" * 32, 0, 40, 0)
    assert index.find(BlobKind.TREE, b"\xbb" * 32) == Location(b"\xcc" * 32, 40, 50, 9)
    assert index.blobs == 2


def test_ids_that_fall_into_one_slot_and_share_31_bytes_are_told_apart(monkeypatch):
    monkeypatch.setattr(module, "hash", lambda _id: -7, raising=False)
    table = BlobTable()
    ids = [b"\xab" * 31 + bytes([last]) for last in range(200)]
    for number, blob_id in enumerate(ids):
        assert table.get(blob_id) is None
        assert table.add(blob_id, number, 2, 32, 3)
    assert [table.get(blob_id) for blob_id in ids] == [(n, 2, 32, 3) for n in range(200)]
    assert b"\xab" * 31 + b"\xff" not in table
    assert b"\xac" + ids[0][1:] not in table


def test_a_table_grows_far_beyond_what_was_expected():
    table = BlobTable(expected=0)
    ids = [number.to_bytes(32, "big") for number in range(5000)]
    for number, blob_id in enumerate(ids):
        assert table.add(blob_id, number, 0, 32, 0)
    assert all(table.get(blob_id) == (n, 0, 32, 0) for n, blob_id in enumerate(ids))
    assert table.count == len(list(table)) == 5000


def test_an_id_of_zeros_is_an_id_like_any_other():
    table = BlobTable()
    assert bytes(32) not in table
    assert table.get(bytes(32)) is None
    assert table.add(bytes(32), 0, 0, 32, 0)
    assert bytes(32) in table


def test_data_and_trees_of_one_id_are_two_blobs():
    index = Index()
    blob = PackedBlob(BlobKind.DATA, b"i" * 32, 5, 40, 0)
    index.add(b"p" * 32, [blob])
    assert index.has(BlobKind.DATA, blob.id)
    assert not index.has(BlobKind.TREE, blob.id)
    assert index.find(BlobKind.TREE, blob.id) is None
    index.add(b"q" * 32, [replace(blob, kind=BlobKind.TREE, plain=9)])
    assert index.find(BlobKind.DATA, blob.id) == Location(b"p" * 32, 5, 40, 0)
    assert index.find(BlobKind.TREE, blob.id) == Location(b"q" * 32, 5, 40, 9)


def test_the_size_of_a_blob_is_that_of_its_plaintext():
    assert Location(b"", 0, 40, 0).size == 8
    assert Location(b"", 0, 40, 900).size == 900


def test_duplicates_are_legal_and_the_first_place_counts():
    index = Index()
    blob = PackedBlob(BlobKind.DATA, b"i" * 32, 0, 40, 0)
    index.add(b"p" * 32, [blob])
    index.add(b"q" * 32, [replace(blob, offset=99), replace(blob, id=b"j" * 32)])
    index.add(b"p" * 32, [blob])
    assert index.packs == [b"p" * 32, b"q" * 32]
    assert dict(index.locations(BlobKind.DATA)) == {
        b"i" * 32: Location(b"p" * 32, 0, 40, 0),
        b"j" * 32: Location(b"q" * 32, 0, 40, 0),
    }
    assert index.blobs == 2


def test_index_files_that_repeat_each_other_are_merged():
    """Two clients, a run that crashed, two workers of one run."""
    repository = cheap_repository()
    ids = save_blobs(repository, BlobKind.DATA, b"one", b"two", b"three")
    (info,) = repository.backend.list(Kind.INDEX)
    raw = repository.load_json(info.file)
    for _ in range(2):
        repository.save_json(Kind.INDEX, raw)
    monitor = Recorder()
    repository.load_index(monitor)
    assert not monitor.problems
    assert len(repository.index_files) == 3
    assert repository.index.blobs == 3
    assert len(repository.index.packs) == 1
    assert [repository.load_blob(BlobKind.DATA, each) for each in ids] == [b"one", b"two", b"three"]
