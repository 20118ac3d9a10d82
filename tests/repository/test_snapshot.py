"""Snapshot files: restic's bytes, newer fields, and what is none."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.backends.contract import Kind
from app.repository.snapshot import SnapshotFile, Summary, encode_snapshot, parse_snapshot
from tests.repository.support import GOLDEN, VERSIONS, golden

ID = "ab" * 32
FIELDS = {"time": "2026-01-02T03:04:05Z", "tree": ID, "paths": ["/source"]}
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
_IDS = st.binary(min_size=32, max_size=32).map(bytes.hex)
FILES = st.builds(
    SnapshotFile,
    time=st.sampled_from(["2026-01-02T03:04:05Z", "0001-01-01T00:00:00.000000001+14:00"]),
    parent=st.none() | _IDS,
    tree=_IDS,
    paths=st.lists(_TEXT, max_size=3),
    hostname=_TEXT,
    username=_TEXT,
    uid=st.integers(0, 2**32 - 1),
    gid=st.integers(0, 2**32 - 1),
    excludes=st.none() | st.lists(_TEXT, max_size=3),
    tags=st.none() | st.lists(_TEXT, max_size=3),
    original=st.none() | _IDS,
    program_version=_TEXT,
    summary=st.none() | st.builds(Summary, files_new=st.integers(0, 2**40)),
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


def raw(**changes: object) -> bytes:
    return json.dumps(FIELDS | changes).encode()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_snapshot_that_restic_wrote_is_written_alike(version):
    repository = golden(version)
    (info,) = repository.backend.list(Kind.SNAPSHOT)
    raw = repository.load_json(info.file)
    snapshot = parse_snapshot(info.file.name, raw)
    assert encode_snapshot(snapshot.file) == raw
    assert json.loads(raw) == json.loads((GOLDEN / version / "snapshot.json").read_bytes())
    assert snapshot.time == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (snapshot.host, snapshot.tags, snapshot.paths) == (
        "golden", ("one", "two"), ("/tmp/golden",),
    )  # fmt: skip
    assert snapshot.size is None  # 0.14 wrote no summary


@given(FILES)
def test_a_snapshot_survives_writing_and_reading(file):
    snapshot = parse_snapshot(ID, encode_snapshot(file))
    assert (snapshot.id, snapshot.file) == (ID, file)


def test_fields_stand_in_the_order_of_restic_and_empty_ones_are_omitted():
    file = SnapshotFile(
        time="t", parent="p", tree="t", paths=[], hostname="h", username="u", uid=1, gid=2,
        excludes=["e"], tags=["g"], original="o", program_version="v", summary=Summary(),
    )  # fmt: skip
    fields = (
        "time parent tree paths hostname username uid gid excludes tags original "
        "program_version summary"
    )
    assert list(json.loads(encode_snapshot(file))) == fields.split()
    bare = SnapshotFile(time="t", tree="t", paths=[])
    assert encode_snapshot(bare) == b'{"time":"t","tree":"t","paths":[]}'


def test_a_path_that_is_not_utf8_does_not_lose_the_backup_at_its_end():
    file = SnapshotFile(time="t", tree="t", paths=["/a\udcff/ä"], tags=["<\udce2\udc82>"], uid=7)
    fields = json.loads(encode_snapshot(file))
    assert fields == {
        "time": "t", "tree": "t", "paths": ["/a\ufffd/ä"], "tags": ["<\ufffd>"], "uid": 7,
    }  # fmt: skip


def test_fields_of_newer_writers_are_passed_over():
    snapshot = parse_snapshot(ID, raw(summary={"total_bytes_processed": 5, "new": [1]}, later={}))
    assert snapshot.size == 5
    assert snapshot.tree.hex() == ID


def test_null_stands_for_absent():
    snapshot = parse_snapshot(ID, raw(parent=None, excludes=None, tags=None, summary=None))
    assert snapshot.tags == ()


WRONG = {
    "no time": {"time": None},
    "a time that is none": {"time": "yesterday"},
    "a day that does not exist": {"time": "2026-13-01T00:00:00Z"},
    "no tree": {"tree": None},
    "a tree that is too short": {"tree": "ab" * 31},
    "a tree that is too long": {"tree": "ab" * 33},
    "a tree that is not hexadecimal": {"tree": "zz" * 32},
    "no paths": {"paths": None},
    "paths that are not text": {"paths": [1]},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_a_snapshot_that_cannot_be_is_refused(changes):
    with pytest.raises(ValueError):  # the type is all that is promised
        parse_snapshot(ID, raw(**changes))


def test_deeply_nested_nonsense_does_not_exhaust_the_stack():
    deep = b"[" * 100_000 + b"]" * 100_000
    with pytest.raises(ValueError, match="recursion"):
        parse_snapshot(ID, raw()[:-1] + b',"x":' + deep + b"}")


@given(st.binary(max_size=60) | _JSON.map(json.dumps).map(str.encode)
       | st.builds(lambda key, value: raw(**{key: value}), st.sampled_from(
           [*SnapshotFile.__struct_fields__, "x"]), _JSON))  # fmt: skip
def test_hostile_json_is_a_value_error_and_nothing_else(data):
    try:
        snapshot = parse_snapshot(ID, data)
    except ValueError:
        return
    assert len(snapshot.tree) == 32
    assert snapshot.time.tzinfo is UTC
    assert isinstance(snapshot.paths, tuple)


@given(st.data())
def test_a_changed_byte_is_a_value_error_and_nothing_else(data):
    changed = bytearray(raw(summary={"files_new": 3}, tags=["a"]))
    changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        parse_snapshot(ID, bytes(changed))
    except ValueError:
        return
