"""Stock restic and our prune on one repository, both ways."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from app.backends.local import LocalBackend
from app.monitor import Recorder
from app.repository.lock import LockMode, locked
from app.repository.prune_plan import Allowance, plan_prune
from app.repository.pruner import execute
from app.repository.repository import NewKey, Repository, create_repository, open_repository
from tests.interop.test_restic import CHEAP, DEVICE, Restic, our_backup, our_check, our_restore

pytestmark = pytest.mark.interop


@pytest.fixture
def restic(tmp_path: Path) -> Restic:
    program = shutil.which("restic")
    assert program, "stock restic is the judge of these tests: apt-get install restic"
    place = tmp_path / "repository"
    create_repository(LocalBackend(place), [NewKey(DEVICE, CHEAP)])
    return Restic(program, place, DEVICE)


def opened(restic: Restic) -> Repository:
    return open_repository(LocalBackend(restic.repository), [restic.password])


def our_prune(restic: Restic, allowance: Allowance) -> None:
    repository = opened(restic)
    with locked(repository, LockMode.EXCLUSIVE) as lock:
        plan = plan_prune(repository, allowance=allowance, monitor=Recorder())
        execute(plan, repository, lock, monitor=Recorder())


def data_size(place: Path) -> int:
    return sum(path.stat().st_size for path in (place / "data").rglob("*") if path.is_file())


def grow(restic: Restic, source: Path, temporary: Path) -> None:
    """Snapshots of both programs in turn, each with data of its own."""
    source.mkdir()
    for number in range(60):
        (source / f"{number:02}").write_bytes(os.urandom(20_000 + number))
    for number in range(6):
        for changed in range(number, 60, 7):
            (source / f"{changed:02}").write_bytes(os.urandom(30_000))
        if number % 2:
            restic.run("backup", source)
        else:
            our_backup(opened(restic), source, temporary)


@pytest.mark.parametrize("left", [1, 3])
def test_what_we_prune_restic_finds_sound_and_as_small_as_its_own(
    restic: Restic, tmp_path: Path, left: int
) -> None:
    source = tmp_path / "source"
    grow(restic, source, tmp_path / "temporary")
    restic.run("forget", "--keep-last", str(left), "--group-by", "")
    theirs = Restic(restic.program, tmp_path / "theirs", restic.password)
    shutil.copytree(restic.repository, theirs.repository)
    theirs.run("prune", "--max-unused", "0")
    our_prune(restic, Allowance(share=None, size=0))
    assert "no errors were found" in restic.run("check", "--read-data")
    assert len(restic.json("snapshots")) == left
    assert data_size(restic.repository) <= 1.02 * data_size(theirs.repository)
    restic.run("restore", "latest", "--target", tmp_path / "back")
    back = tmp_path / "back" / source.relative_to("/")
    for path in source.iterdir():
        assert (back / path.name).read_bytes() == path.read_bytes()


def test_what_restic_prunes_we_find_sound(restic: Restic, tmp_path: Path) -> None:
    source = tmp_path / "source"
    grow(restic, source, tmp_path / "temporary")
    restic.run("forget", "--keep-last", "2", "--group-by", "", "--prune", "--max-unused", "0")
    repository = opened(restic)
    our_check(repository)
    snapshots = repository.snapshots(Recorder())
    assert len(snapshots) == 2
    our_restore(repository, snapshots[-1], tmp_path / "back")
    for path in source.iterdir():
        assert (tmp_path / "back/source" / path.name).read_bytes() == path.read_bytes()
    our_prune(restic, Allowance())
    assert "no errors were found" in restic.run("check", "--read-data")
