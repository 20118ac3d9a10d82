"""The config file: version, the repository's id, and a polynomial that restic demands.

Encrypted, never compressed, without a version byte. Written once, when the repository is made.
"""

from __future__ import annotations

import os

import msgspec

from app.backends.contract import CONFIG, Backend, FileNotThere
from app.errors import AppError, NoRepository
from app.repository.crypto import BrokenSeal, Random, Sealer
from app.repository.polynomial import is_irreducible, random_irreducible

NEWEST_VERSION = 2
_LARGEST = 64 << 10


class TooNew(AppError):
    """The repository has a format version that this program does not know."""


class DamagedConfig(AppError):
    """The config cannot be opened or read, although the key is right."""


class Config(msgspec.Struct, frozen=True):
    """`id` is 64 hex digits, random; `chunker_polynomial` is hex without 0x."""

    version: int
    id: str
    chunker_polynomial: str


def make_config(random: Random = os.urandom, *, repository_id: str = "") -> Config:
    """A new repository's config, or a new one for a repository that has lost its own."""
    made = repository_id or random(32).hex()
    return Config(NEWEST_VERSION, made, f"{random_irreducible(random):x}")


def save_config(backend: Backend, sealer: Sealer, config: Config) -> None:
    backend.save(CONFIG, sealer.seal(msgspec.json.encode(config)))


def load_config(backend: Backend, sealer: Sealer) -> Config:
    """Raises `NoRepository`, `DamagedConfig`, `TooNew`."""
    try:
        stored = backend.load(CONFIG, 0, _LARGEST)
    except FileNotThere as error:
        raise NoRepository("repository-missing", place=backend.place) from error
    try:
        config = msgspec.json.decode(sealer.open(stored), type=Config)
        fits = is_irreducible(int(config.chunker_polynomial, 16)) and len(config.id) == 64
    except (BrokenSeal, msgspec.DecodeError, ValueError, RecursionError) as error:
        raise DamagedConfig("repository-config-damaged", place=backend.place) from error
    if config.version > NEWEST_VERSION:
        raise TooNew("repository-too-new", place=backend.place, version=config.version)
    if config.version < 1 or not fits:
        raise DamagedConfig("repository-config-damaged", place=backend.place)
    return config
