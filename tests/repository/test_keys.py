"""Key files: restic's open, hostile ones are refused at once, the right one is found."""

from __future__ import annotations

import hashlib
import json
import resource
import time
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.backends.contract import AccessDenied, FileName, FileNotThere, Kind, PlaceBroken
from app.backends.memory import MemoryBackend
from app.errors import NoRepository, WrongKey, WrongUsage
from app.repository.crypto import MasterKey
from app.repository.keys import (
    DEVICE_COST,
    MOST_KEYS,
    PASSWORD_COST,
    RECOVERY_COST,
    DamagedKeys,
    KdfCost,
    add_key,
    find_key,
    list_keys,
    open_key,
    remove_key,
)
from app.secret import Secret
from tests.faults import RecordingBackend
from tests.repository.support import (
    CHEAP,
    GOLDEN_PASSWORD,
    PASSWORD,
    VERSIONS,
    golden_backend,
    golden_master,
)

MASTER = MasterKey(b"e" * 32, b"k" * 16, b"r" * 16)
WRONG = Secret("not the password")


@pytest.fixture
def backend() -> MemoryBackend:
    backend = MemoryBackend()
    backend.create()
    return backend


def put(backend, content: dict[str, object] | bytes, *, name: str = "") -> str:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    file = FileName(Kind.KEY, name or hashlib.sha256(data).hexdigest())
    backend.save(file, data)
    return file.name


def key_file(**changes: object) -> dict[str, object]:
    """A key file that looks right but opens with nothing."""
    fields: dict[str, object] = {
        "created": "2026-01-01T00:00:00Z",
        "username": "u",
        "hostname": "h",
        "kdf": "scrypt",
        "N": 2,
        "r": 1,
        "p": 1,
        "salt": b64encode(bytes(64)).decode(),
        "data": b64encode(bytes(100)).decode(),
    }
    return fields | changes


# --- restic's --------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_the_key_file_that_restic_made_opens(version):
    backend = golden_backend(version)
    opened = open_key(backend, [GOLDEN_PASSWORD])
    assert opened.master == golden_master(version)
    (info,) = list_keys(backend)
    assert (info.id, info.username, info.hostname) == (opened.key_id, "root", "golden")
    with pytest.raises(WrongKey):
        open_key(backend, [WRONG])


def test_a_key_file_has_the_fields_of_restic_in_its_order(backend):
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    key_id = add_key(backend, MASTER, PASSWORD, cost=CHEAP, now=moment)
    raw = backend.load(FileName(Kind.KEY, key_id))
    fields = ["created", "username", "hostname", "kdf", "N", "r", "p", "salt", "data"]
    assert list(json.loads(raw)) == fields
    assert raw.startswith(b'{"created":"2026-05-01T00:00:00Z","username":"')
    (golden,) = golden_backend(VERSIONS[1]).list(Kind.KEY)
    assert list(json.loads(golden_backend(VERSIONS[1]).load(golden.file))) == fields


# --- opening ---------------------------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_password_opens_what_it_closed(text):
    backend = MemoryBackend()
    backend.create()
    key_id = add_key(backend, MASTER, Secret(text), cost=CHEAP)
    opened = open_key(backend, [WRONG, Secret(text)])
    assert (opened.master, opened.key_id) == (MASTER, key_id)


def test_each_of_several_keys_opens_and_tells_which_it_was(backend):
    passwords = [Secret(f"password {number}") for number in range(5)]
    ids = [add_key(backend, MASTER, password, cost=CHEAP) for password in passwords]
    assert [open_key(backend, [each]).key_id for each in passwords] == ids
    assert sorted(info.id for info in list_keys(backend)) == sorted(ids)


def test_no_key_files_is_no_repository(backend):
    with pytest.raises(NoRepository) as caught:
        open_key(backend, [PASSWORD])
    assert caught.value.message_id == "key-none"


def test_the_hinted_key_is_tried_first(backend, monkeypatch):
    for number in range(5):
        add_key(backend, MASTER, Secret(f"password {number}"), cost=CHEAP)
    key_id = add_key(backend, MASTER, PASSWORD, cost=CHEAP)
    loaded = []
    load = backend.load
    monkeypatch.setattr(backend, "load", lambda file, *a: loaded.append(file) or load(file, *a))
    assert open_key(backend, [PASSWORD], hint=key_id[:8]).key_id == key_id
    assert [file.name for file in loaded] == [key_id]


def test_a_hint_opens_even_beyond_the_twentieth_key_file(backend):
    for number in range(30):
        put(backend, key_file(hostname=f"host {number}"))
    key_id = None
    while key_id is None or key_id < "f":  # sorts behind the others
        key_id = _add_beyond_the_limit(backend)
    with pytest.raises(WrongKey):
        open_key(backend, [PASSWORD])
    assert open_key(backend, [PASSWORD], hint=key_id).key_id == key_id


def _add_beyond_the_limit(backend) -> str:
    alone = MemoryBackend()
    alone.create()
    key_id = add_key(alone, MASTER, PASSWORD, cost=CHEAP)
    if key_id >= "f":
        file = FileName(Kind.KEY, key_id)
        backend.save(file, alone.load(file))
    return key_id


def test_no_more_keys_are_made_than_restic_will_try(backend):
    for number in range(MOST_KEYS):
        put(backend, key_file(hostname=str(number)))
    with pytest.raises(WrongUsage) as caught:
        add_key(backend, MASTER, PASSWORD, cost=CHEAP)
    assert caught.value.params == {"count": MOST_KEYS}


# --- hostile and damaged ones ----------------------------------------------------------------

HOSTILE = {
    "N of 2^30": {"N": 1 << 30, "r": 8},
    "N that is no power of two": {"N": 32767},
    "N of 0": {"N": 0},
    "N of 1": {"N": 1},
    "N below 0": {"N": -2},
    "r of 0": {"r": 0},
    "r of 2^30": {"r": 1 << 30},
    "p of 10^9": {"p": 10**9},
    "p that takes 2 GiB": {"N": 2, "r": 1, "p": 1 << 24},
    "p below 0": {"p": -1},
    "all just too much together": {"N": 1 << 18, "r": 8, "p": 17},
    "N beyond 64 bits": {"N": 1 << 80},
    "a short salt": {"salt": b64encode(bytes(63)).decode()},
    "a huge salt": {"salt": b64encode(bytes(9000)).decode()},
    "an empty salt": {"salt": ""},
    "a salt that is not base64": {"salt": "*" * 88},
    "data that is not base64": {"data": "\u00e4"},
    "another kdf": {"kdf": "argon2id"},
    "N as text": {"N": "2"},
}


@pytest.mark.parametrize("changes", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_key_file_costs_neither_memory_nor_time(backend, changes):
    put(backend, key_file(**changes))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    with pytest.raises(DamagedKeys):
        open_key(backend, [PASSWORD])
    assert time.process_time() - start < 0.2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 << 10


def test_short_data_is_a_wrong_key_and_no_crash(backend):
    put(backend, key_file(data=""))
    with pytest.raises(WrongKey):
        open_key(backend, [PASSWORD])


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b'{"kdf":"scrypt"}', b"\xff" * 300, b"{}" * 20_000]
)
def test_what_is_no_key_file_is_passed_over(backend, data):
    put(backend, data)
    with pytest.raises(DamagedKeys):
        open_key(backend, [PASSWORD])
    key_id = add_key(backend, MASTER, PASSWORD, cost=CHEAP)
    assert open_key(backend, [PASSWORD]).key_id == key_id
    assert [info.id for info in list_keys(backend)] == [key_id]


class Unreadable(RecordingBackend):
    """A place where some files cannot be read."""

    def __init__(self, inner, error, *names: str) -> None:
        super().__init__(inner)
        self.error, self.names = error, names

    def load(self, file, offset=0, length=None):
        if file.name in self.names:
            raise self.error("place-broken", place="x", file=str(file), reason="I/O error")
        return super().load(file, offset, length)


@pytest.mark.parametrize("error", [PlaceBroken, AccessDenied, FileNotThere])
def test_a_key_file_that_cannot_be_read_does_not_keep_other_keys_from_opening(backend, error):
    """A bad spot of an old drive under the key of a machine that is long gone."""
    other = add_key(backend, MASTER, Secret("another"), cost=CHEAP)
    key_id = add_key(backend, MASTER, PASSWORD, cost=CHEAP)
    place = Unreadable(backend, error, other)
    assert open_key(place, [PASSWORD], hint=other).key_id == key_id
    assert [info.id for info in list_keys(place)] == [key_id]
    with pytest.raises(WrongKey) as caught:
        open_key(place, [Secret("another")])
    assert caught.value.params["key"] == other[:8]


def test_a_key_file_with_a_flipped_bit_is_damaged_rather_than_a_wrong_key(backend):
    key_id = add_key(backend, MASTER, PASSWORD, cost=CHEAP)
    raw = bytearray(backend.load(FileName(Kind.KEY, key_id)))
    raw[len(raw) // 2] ^= 1
    put(backend, bytes(raw), name=key_id)
    with pytest.raises(DamagedKeys):
        open_key(backend, [PASSWORD])


def test_a_wrapped_key_of_zeros_is_not_accepted(backend, monkeypatch):
    """Sealed honestly, but what it wraps would encrypt nothing."""
    from app.repository import keys

    zeros = b64encode(bytes(16)).decode()
    wrapped = {"mac": {"k": zeros, "r": zeros}, "encrypt": b64encode(bytes(32)).decode()}
    monkeypatch.setattr(keys, "_wrap", lambda _master: json.dumps(wrapped).encode())
    with pytest.raises(ValueError, match="zeros"):
        add_key(backend, MASTER, PASSWORD, cost=CHEAP)
    with pytest.raises(DamagedKeys):
        open_key(backend, [PASSWORD])


def test_the_costs_that_we_and_restic_use_are_acceptable():
    stock = KdfCost(n=32768, r=8, p=5)
    for cost in (DEVICE_COST, PASSWORD_COST, RECOVERY_COST, stock, KdfCost(n=1 << 18, r=8)):
        assert cost.acceptable


# --- finding and removing --------------------------------------------------------------------


def test_a_key_is_found_by_the_beginning_of_its_id(backend):
    ids = [add_key(backend, MASTER, Secret(str(number)), cost=CHEAP) for number in range(3)]
    assert [find_key(backend, each[:10]) for each in ids] == ids
    for prefix, message_id in (("", "key-not-found"), ("xyz", "key-not-found")):
        with pytest.raises(WrongUsage) as caught:
            find_key(backend, prefix)
        assert caught.value.message_id == message_id
    twins = ["ab" + "0" * 62, "ab" + "1" * 62]
    for twin in twins:
        put(backend, b"{}", name=twin)
    with pytest.raises(WrongUsage) as caught:
        find_key(backend, "ab")
    assert caught.value.message_id in ("key-ambiguous",)


def test_the_key_in_use_cannot_be_removed(backend):
    first, second = (add_key(backend, MASTER, Secret(each), cost=CHEAP) for each in "ab")
    with pytest.raises(WrongUsage):
        remove_key(backend, first, in_use=first)
    remove_key(backend, second, in_use=first)
    with pytest.raises(WrongKey):
        open_key(backend, [Secret("b")])
    with pytest.raises(WrongUsage):
        remove_key(backend, second, in_use=first)
    assert open_key(backend, [Secret("a")]).key_id == first
