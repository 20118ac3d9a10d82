"""The config: restic's is read, ours is like it, others are refused for what they are."""

from __future__ import annotations

import hashlib
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.backends.contract import CONFIG
from app.backends.memory import MemoryBackend
from app.errors import NoRepository
from app.repository.config import (
    Config,
    DamagedConfig,
    TooNew,
    load_config,
    make_config,
    save_config,
)
from app.repository.crypto import MasterKey, Sealer
from app.repository.polynomial import is_irreducible
from tests.repository.support import (
    POLYNOMIAL,
    VERSIONS,
    golden_backend,
    golden_config,
    golden_master,
)

KEY = MasterKey(b"e" * 32, b"k" * 16, b"r" * 16)
FIELDS = {"version": 2, "id": "ab" * 32, "chunker_polynomial": POLYNOMIAL}


def stored(plain: bytes) -> MemoryBackend:
    backend = MemoryBackend()
    backend.save(CONFIG, Sealer(KEY).seal(plain))
    return backend


def with_fields(**changes: object) -> MemoryBackend:
    return stored(json.dumps(FIELDS | changes).encode())


@pytest.mark.parametrize("version", VERSIONS)
def test_the_config_that_restic_wrote_is_read_and_written_alike(version):
    backend, sealer = golden_backend(version), Sealer(golden_master(version))
    config = load_config(backend, sealer)
    assert config == golden_config(version)
    assert config.version == int(version[-1])
    ours = MemoryBackend()
    save_config(ours, sealer, config)
    assert sealer.open(ours.load(CONFIG)) == sealer.open(backend.load(CONFIG))


def test_a_config_is_never_compressed_and_has_no_version_byte():
    backend = MemoryBackend()
    save_config(backend, Sealer(KEY), Config(**FIELDS))
    plain = Sealer(KEY).open(backend.load(CONFIG))
    identity = "ab" * 32
    wanted = f'{{"version":2,"id":"{identity}","chunker_polynomial":"{POLYNOMIAL}"}}'
    assert plain.decode() == wanted


def test_a_new_config_is_one_that_restic_accepts_and_unlike_any_other():
    configs = [make_config() for _ in range(3)]
    for config in configs:
        backend = MemoryBackend()
        save_config(backend, Sealer(KEY), config)
        assert load_config(backend, Sealer(KEY)) == config
        assert is_irreducible(int(config.chunker_polynomial, 16))
        assert config.chunker_polynomial == config.chunker_polynomial.lower().lstrip("0x")
        assert bytes.fromhex(config.id)
        assert config.version == 2
    assert len({config.id for config in configs}) == 3
    assert len({config.chunker_polynomial for config in configs}) == 3


def test_the_same_randomness_makes_the_same_config():
    def made() -> Config:
        numbers = iter(range(10_000))

        def source(count: int) -> bytes:
            return hashlib.sha256(b"%d" % next(numbers)).digest()[:count]

        return make_config(source)

    assert made() == made()


@given(st.integers(1, 2), st.binary(min_size=32, max_size=32))
def test_a_config_survives_saving_and_loading(version, identity):
    backend, config = MemoryBackend(), Config(version, identity.hex(), POLYNOMIAL)
    save_config(backend, Sealer(KEY), config)
    assert load_config(backend, Sealer(KEY)) == config


def test_no_config_is_no_repository():
    with pytest.raises(NoRepository):
        load_config(MemoryBackend(), Sealer(KEY))


@pytest.mark.parametrize("version", [3, 4, 1 << 62])
def test_a_newer_version_is_called_newer_whatever_its_polynomial_is(version):
    for backend in (with_fields(version=version), with_fields(version=version, id="short")):
        with pytest.raises(TooNew) as caught:
            load_config(backend, Sealer(KEY))
        assert caught.value.params["version"] == version


WRONG = {
    "version 0": {"version": 0},
    "a version below zero": {"version": -1},
    "a version that is text": {"version": "2"},
    "no version": {"version": None},
    "a short id": {"id": "ab" * 31},
    "an empty id": {"id": ""},
    "a polynomial that is none": {"chunker_polynomial": "x"},
    "an empty polynomial": {"chunker_polynomial": ""},
    "a polynomial of zero": {"chunker_polynomial": "0"},
    "a reducible polynomial": {"chunker_polynomial": "3da3358b4dc172"},
    "a polynomial of degree 52": {"chunker_polynomial": "1da3358b4dc173"},
    "a polynomial of degree 54": {"chunker_polynomial": "7da3358b4dc173"},
    "a polynomial of 60,000 digits": {"chunker_polynomial": "f" * 60_000},
    "a polynomial below zero": {"chunker_polynomial": "-" + POLYNOMIAL},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_a_config_that_cannot_be_is_damaged(changes):
    with pytest.raises(DamagedConfig):
        load_config(with_fields(**changes), Sealer(KEY))


def test_another_key_finds_a_damaged_config():
    other = MasterKey(b"E" * 32, b"K" * 16, b"R" * 16)
    with pytest.raises(DamagedConfig):
        load_config(with_fields(), Sealer(other))


def test_a_config_of_megabytes_is_damaged():
    with pytest.raises(DamagedConfig):
        load_config(with_fields(more="x" * (1 << 20)), Sealer(KEY))


def test_fields_of_newer_writers_are_passed_over():
    assert load_config(with_fields(more={"x": 1}), Sealer(KEY)) == Config(**FIELDS)


@pytest.mark.parametrize("length", [0, 1, 31, 32, 100])
def test_random_bytes_are_a_damaged_config(length):
    backend = MemoryBackend()
    backend.save(CONFIG, os.urandom(length))
    with pytest.raises(DamagedConfig):
        load_config(backend, Sealer(KEY))


def test_deeply_nested_nonsense_does_not_exhaust_the_stack():
    with pytest.raises(DamagedConfig):
        load_config(stored(b'{"x":' + b"[" * 30_000 + b"]" * 30_000 + b"}"), Sealer(KEY))


_LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
_VALUES = _LEAVES | st.lists(_LEAVES, max_size=2) | st.from_regex(r"\A[-+ 0-9a-fx_]{1,16}\Z")


@given(st.binary(max_size=60) | st.dictionaries(
    st.sampled_from([*FIELDS, "x"]), _VALUES, max_size=4).map(
        lambda changes: json.dumps(FIELDS | changes).encode()))  # fmt: skip
def test_hostile_configs_are_damaged_or_too_new_and_nothing_else(plain):
    try:
        config = load_config(stored(plain), Sealer(KEY))
    except (DamagedConfig, TooNew):
        return
    assert config.version in (1, 2)
    assert is_irreducible(int(config.chunker_polynomial, 16))
