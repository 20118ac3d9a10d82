"""The tripwire over generated cases: each program that encrypts is caught, ordinary work is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.monitor import Recorder
from app.repository.pack import BlobKind
from app.services.tripwire import Facts
from app.services.tripwire_facts import facts_of
from tests.services.tripwire_world import ATTACKS, ORDINARY, Act, World, slowly

SEEDS = range(5)
_FALSE_ALARMS = 0.02


def _name(act: object) -> str | None:
    return getattr(act, "__name__", None)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("attack", ATTACKS, ids=_name)
def test_a_program_that_encrypts_is_caught(attack: Act, seed: int, tmp_path: Path) -> None:
    world = World(tmp_path / "files", seed)
    before = world.backup()
    attack(world)
    found = world.judged(before, world.backup())
    assert found is not None
    assert found.examples


@pytest.mark.parametrize("seed", SEEDS)
def test_a_slow_one_is_caught_within_four_backups(seed: int, tmp_path: Path) -> None:
    world = World(tmp_path / "files", seed)
    before = world.backup()
    found = []
    for _ in range(4):
        slowly(world)
        after = world.backup()
        found.append(world.judged(before, after))
        before = after
    assert any(found)


def test_ordinary_work_gives_at_most_two_false_alarms_in_a_hundred(tmp_path: Path) -> None:
    alarms = []
    for act in ORDINARY:
        for seed in SEEDS:
            world = World(tmp_path / f"{act.__name__}-{seed}" / "files", seed)
            before = world.backup()
            act(world)
            found = world.judged(before, world.backup())
            if found is not None:
                alarms.append((act.__name__, seed, found))
    assert len(alarms) <= _FALSE_ALARMS * len(ORDINARY) * len(SEEDS), alarms


def test_without_changes_no_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path / "files", 1)
    before, after = world.backup(), world.backup()
    read: list[BlobKind] = []
    load = world.repository.load_blob

    def noting(kind: BlobKind, blob_id: bytes) -> bytes:
        read.append(kind)
        return load(kind, blob_id)

    monkeypatch.setattr(world.repository, "load_blob", noting)
    assert facts_of(world.repository, before, after, Recorder()) == Facts()
    assert BlobKind.DATA not in read
