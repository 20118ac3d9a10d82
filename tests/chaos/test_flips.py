"""Every bit of a small repository is flipped in turn: config, keys, index, snapshots, packs.

Each is noticed and the file named; where a copy has the file, it comes back as it was; without a
copy nothing is lost that could be read with the damage, and what is lost is named with its paths.

By default a random sample of bits; all of them with `python -m tests.chaos flips`.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from functools import cache

import pytest

from app.backends.contract import CONFIG, FileName, Kind
from app.backends.memory import MemoryBackend
from app.errors import AppError
from app.monitor import Recorder
from app.repository.checker import CheckReport, Scope, check
from app.repository.crypto import Sealer
from app.repository.keys import add_key, open_key
from app.repository.lock import LockMode, locked
from app.repository.mirror import mirror
from app.repository.repair import Mended, mend
from app.repository.repair_files import fetch_damaged, mend_config
from app.repository.repository import Repository
from app.secret import Secret
from tests.chaos.support import Content, readable
from tests.repository.support import (
    CHEAP,
    PASSWORD,
    cheap_config,
    cheap_repository,
    open_cheap,
    save_backup,
)

pytestmark = pytest.mark.chaos

SAMPLE = os.environ.get("TRADEKEEP_CHAOS_FLIPS", "60")  # bits of each kind of file, or "all"
SEED = int(os.environ.get("TRADEKEEP_CHAOS_SEED", "20261125"))
KINDS = (Kind.CONFIG, Kind.KEY, Kind.INDEX, Kind.SNAPSHOT, Kind.PACK)


@cache
def template() -> MemoryBackend:
    """Two snapshots that share a file, each with one of its own; two keys."""
    chance = random.Random(SEED)
    repository = cheap_repository()
    backend = repository.backend
    assert isinstance(backend, MemoryBackend)
    add_key(backend, repository.master, Secret("another"), cost=CHEAP)
    shared = chance.randbytes(300)
    for number in (1, 2):
        save_backup(repository, number, shared, chance.randbytes(150), b"x" * 400 * number)
    return backend


@cache
def copy() -> MemoryBackend:
    made = MemoryBackend(place="copy")
    mirror(open_cheap(template()), made, monitor=Recorder())
    return made


def flips(kind: Kind) -> Iterator[tuple[FileName, MemoryBackend]]:
    """The repository with one bit wrong."""
    files = {file: data for file, data in template().files.items() if file.kind is kind}
    bits = [(file, bit) for file in sorted(files, key=str) for bit in range(8 * len(files[file]))]
    if SAMPLE != "all":
        bits = random.Random(SEED).sample(bits, int(SAMPLE))
    for file, bit in bits:
        content = bytearray(files[file])
        content[bit // 8] ^= 1 << bit % 8
        place = template().clone()
        place.save(file, bytes(content))
        yield file, place


def entered(place: MemoryBackend, copies: Sequence[MemoryBackend]) -> Repository:
    """Open it as `tradekeep repair` does."""
    for _ in fetch_damaged(place, Kind.KEY, copies):
        pass
    passwords = [PASSWORD, Secret("another")]  # the device key, or the recovery key
    opened = open_key(place, passwords)
    mend_config(place, Sealer(opened.master), copies, cheap_config().id)
    return Repository(place, opened.master, cheap_config(), opened.key_id)


def repaired(place: MemoryBackend, copies: Sequence[MemoryBackend]) -> tuple[Mended, Recorder]:
    repository, monitor = entered(place, copies), Recorder()
    opened = [open_cheap(each) for each in copies]
    for each in opened:
        each.load_index(Recorder())
    with locked(repository, LockMode.EXCLUSIVE) as lock:
        return mend(repository, opened, lock, monitor=monitor, workers=0), monitor


def checked(repository: Repository) -> tuple[CheckReport, Recorder]:
    monitor = Recorder()
    return check(repository, Scope(100), monitor=monitor, workers=0), monitor


def noticed(place: MemoryBackend) -> list[str]:
    """All that opening and verifying say."""
    try:
        repository = open_cheap(place)
    except AppError as error:
        return [str(error.sentence)]
    return [str(problem.sentence) for problem in checked(repository)[1].problems]


def restorable(place: MemoryBackend) -> frozenset[tuple[str, Content]]:
    """What can be restored, whatever the keys and the config are."""
    return readable(Repository(place, open_cheap(template()).master, cheap_config(), ""))


@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_bit_is_noticed_named_and_mended_from_a_copy(kind: Kind) -> None:
    whole = restorable(template())
    assert len(whole) == 6
    for file, place in flips(kind):
        said = noticed(place)
        assert said, file
        assert any(_name(file) in sentence for sentence in said), (file, said)
        mended, monitor = repaired(place, [copy()])
        assert monitor.problems == []
        assert mended.affected == {}
        assert place.files == template().files, file
        assert noticed(place) == []


def _name(file: FileName) -> str:
    """How sentences name it."""
    return "config" if file == CONFIG else file.name[:8]


@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_bit_without_any_copy_loses_nothing_that_could_be_read(kind: Kind) -> None:
    whole = restorable(template())
    for file, place in flips(kind):
        before = restorable(place)
        mended, _ = repaired(place, [])
        after = restorable(place)
        assert before <= after <= whole, file
        lost_snapshot = kind is Kind.SNAPSHOT
        assert (after == whole) == (not mended.affected and not lost_snapshot)
        said = _named(mended)
        lost = {(snapshot, path) for snapshot, (_, path, _) in whole - after}
        assert all(
            (snapshot, path) in said or (snapshot, "/") in said or snapshot == file.name
            for snapshot, path in lost
        ), (file, lost, said)
        again, _ = repaired(place, [])
        assert again.affected == mended.affected
        assert restorable(place) == after


def _named(mended: Mended) -> set[tuple[str, str]]:
    return {(snapshot, path) for path, ids in mended.affected.items() for snapshot in ids}
