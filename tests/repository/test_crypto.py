"""Sealing: published vectors, restic's own files, and every kind of damage."""

from __future__ import annotations

import os
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.backends.contract import CONFIG
from app.repository.crypto import OVERHEAD, BrokenSeal, MasterKey, Sealer
from tests.repository.support import VERSIONS, golden_backend, golden_master

KEY = MasterKey(bytes(range(32)), bytes(range(1, 17)), bytes(range(2, 18)))

# NIST SP 800-38A, F.5.5, CTR-AES256.Encrypt: the counter block is our nonce.
AES_KEY = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
AES_NONCE = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
AES_PLAIN = (
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)
AES_CIPHER = (
    "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
    "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6"
)

# D. J. Bernstein, "The Poly1305-AES message-authentication code", appendix B: m, k, r, n, tag.
POLY1305_AES = (
    (
        "f3f6",
        "ec074c835580741701425b623235add6",
        "851fc40c3467ac0be05cc20404f3f700",
        "fb447350c4e868c52ac3275cf9d4327e",
        "f4c633c3044fc145f84f335cb81953de",
    ),
    (
        "",
        "75deaa25c09f208e1dc4ce6b5cad3fbf",
        "a0f3080000f46400d0c7e9076c834403",
        "61ee09218d29b0aaed7e154a2c5509cc",
        "dd3fab2251f11ac759f0887129cc2ee7",
    ),
    (
        "663cea190ffb83d89593f3f476b6bc24d7e679107ea26adb8caf6652d0656136",
        "6acb5f61a7176dd320c5c1eb2edcdc74",
        "48443d0bb0d21109c89a100b5ce2c208",
        "ae212a55399729595dea458bc621ff0e",
        "0ee1c16bb73f0f4fd19881753c01cdbe",
    ),
)


def _random_from(nonce: bytes):
    return lambda count: (nonce * (count // len(nonce) + 1))[:count]


def test_aes_counter_mode_gives_the_published_ciphertext():
    nonce = bytes.fromhex(AES_NONCE)
    key = MasterKey(bytes.fromhex(AES_KEY), KEY.mac_k, KEY.mac_r)
    sealed = Sealer(key, _random_from(nonce)).seal(bytes.fromhex(AES_PLAIN))
    assert sealed[:16] == nonce
    assert sealed[16:-16].hex() == AES_CIPHER


@pytest.mark.parametrize(("message", "k", "r", "nonce", "tag"), POLY1305_AES)
def test_poly1305_aes_accepts_the_published_tags(message, k, r, nonce, tag):
    key = MasterKey(KEY.encrypt, bytes.fromhex(k), bytes.fromhex(r))
    stored = bytes.fromhex(nonce + message + tag)
    plain = Sealer(key).open(stored)
    assert Sealer(key, _random_from(stored[:16])).seal(plain) == stored


@pytest.mark.parametrize("version", VERSIONS)
def test_what_restic_sealed_opens(version):
    stored = golden_backend(version).load(CONFIG)
    assert Sealer(golden_master(version)).open(stored).startswith(b'{"version":')


@given(st.binary(max_size=5000))
def test_sealing_and_opening_give_the_same_bytes(plain):
    sealer = Sealer(KEY)
    stored = sealer.seal(plain)
    assert len(stored) == len(plain) + OVERHEAD
    assert sealer.open(stored) == plain
    assert Sealer(KEY).open(memoryview(stored)) == plain


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=20))
def test_sealing_into_a_buffer_touches_only_its_place(plains):
    sealer = Sealer(KEY)
    buffer = memoryview(bytearray(b"\xaa" * (sum(map(len, plains)) + 47 * len(plains) + 64)))
    at, ends = 0, []
    for plain in plains:
        at += sealer.seal_into(plain, buffer[at:])
        ends.append(at)
    starts = [0, *ends[:-1]]
    assert [sealer.open(buffer[a:b]) for a, b in zip(starts, ends, strict=True)] == plains
    assert bytes(buffer[at + 15 :]) == b"\xaa" * (len(buffer) - at - 15)


@given(st.binary(max_size=200), st.data())
def test_a_flipped_bit_is_noticed(plain, data):
    stored = bytearray(Sealer(KEY).seal(plain))
    bit = data.draw(st.integers(0, 8 * len(stored) - 1))
    stored[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BrokenSeal):
        Sealer(KEY).open(stored)


@given(st.binary(min_size=1, max_size=200), st.data())
def test_a_truncated_file_is_noticed(plain, data):
    stored = Sealer(KEY).seal(plain)
    with pytest.raises(BrokenSeal):
        Sealer(KEY).open(stored[: data.draw(st.integers(0, len(stored) - 1))])


def _run(plains: list[bytes]) -> tuple[bytearray, list[int]]:
    sealed = [Sealer(KEY).seal(plain) for plain in plains]
    return bytearray(b"".join(sealed)), [len(each) for each in sealed]


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_blobs_one_behind_the_other_open_as_each_alone(plains):
    stored, lengths = _run(plains)
    assert list(Sealer(KEY).open_run(bytes(stored), lengths)) == plains


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=5), st.data())
def test_a_flipped_bit_is_noticed_in_a_run_and_what_lies_before_it_opens(plains, data):
    stored, lengths = _run(plains)
    bit = data.draw(st.integers(0, 8 * len(stored) - 1))
    stored[bit // 8] ^= 1 << bit % 8
    found = []
    with pytest.raises(BrokenSeal):
        found.extend(Sealer(KEY).open_run(bytes(stored), lengths))
    assert found == plains[: len(found)]
    assert len(found) < len(plains)


def test_a_run_of_other_lengths_does_not_open():
    stored, lengths = _run([b"one", b"two"])
    for wrong in ([], lengths[:1], [*lengths, 32], [3, sum(lengths) - 3], [sum(lengths)]):
        with pytest.raises(BrokenSeal):
            list(Sealer(KEY).open_run(bytes(stored), wrong))


def test_a_nonce_of_zeros_is_refused_in_a_run_too():
    stored, lengths = _run([b"one"])
    stored[:16] = bytes(16)
    with pytest.raises(BrokenSeal, match="nonce"):
        list(Sealer(KEY).open_run(bytes(stored), lengths))


def test_another_key_does_not_open():
    other = MasterKey(KEY.encrypt, bytes(15) + b"\1", KEY.mac_r)
    with pytest.raises(BrokenSeal):
        Sealer(other).open(Sealer(KEY).seal(b"secret"))


def test_nonces_do_not_repeat():
    sealer = Sealer(KEY)
    assert len({sealer.seal(b"")[:16] for _ in range(2000)}) == 2000


def test_a_forked_process_does_not_seal_with_its_parents_nonces():
    sealer = Sealer(KEY)
    sealer.seal(b"")
    ours, theirs = os.pipe()
    if not (child := os.fork()):
        os.write(theirs, sealer.seal(b"")[:16])
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(ours, 16) != sealer.seal(b"")[:16]
    os.close(ours)
    os.close(theirs)


@pytest.mark.parametrize(
    "parts",
    [
        (bytes(32), b"k" * 16, b"r" * 16),
        (b"e" * 32, bytes(16), b"r" * 16),
        (b"e" * 32, b"k" * 16, bytes(16)),
        (b"e" * 31, b"k" * 16, b"r" * 16),
        (b"e" * 32, b"k" * 17, b"r" * 16),
    ],
)
def test_keys_of_zeros_or_of_another_length_are_refused(parts):
    with pytest.raises(ValueError, match="master key"):
        MasterKey(*parts)


def test_a_master_key_does_not_show_itself():
    key = MasterKey(b"E" * 32, b"K" * 16, b"R" * 16)
    assert "EEE" not in repr(key)
    assert "KKK" not in repr(key)
    assert repr(Sealer(key)).count("E" * 3) == 0


def test_derived_secrets_differ_by_purpose_and_by_key():
    other = MasterKey(b"E" * 32, b"K" * 16, b"R" * 16)
    secrets = {KEY.secret_for("a"), KEY.secret_for("b"), other.secret_for("a")}
    assert len(secrets) == 3
    assert KEY.secret_for("a") == pickle.loads(pickle.dumps(KEY)).secret_for("a")
