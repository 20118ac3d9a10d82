"""Our diff names what stock restic's names."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from app.backends.local import LocalBackend
from app.monitor import Recorder
from app.repository.differ import Kind, diff_trees
from app.repository.repository import NewKey, create_repository, open_repository
from tests.interop.test_restic import CHEAP, DEVICE, Restic, our_backup
from tests.repository.test_caches import mutate

pytestmark = pytest.mark.interop
_MARKS = {Kind.ADDED: "+", Kind.REMOVED: "-", Kind.CHANGED: "M", Kind.TYPE: "T", Kind.METADATA: "U"}


@pytest.mark.parametrize("seed", range(3))
def test_random_trees_differ_as_restic_says(tmp_path: Path, seed: int) -> None:
    program = shutil.which("restic")
    assert program, "stock restic is the judge of these tests: apt-get install restic"
    place, source = tmp_path / "repository", tmp_path / "source"
    source.mkdir()
    create_repository(LocalBackend(place), [NewKey(DEVICE, CHEAP)])
    chance = random.Random(seed)
    snapshots = []
    for _ in range(2):
        for _ in range(15):
            mutate(source, chance)
        repository = open_repository(LocalBackend(place), [DEVICE])
        snapshots.append(our_backup(repository, source, tmp_path / "t").snapshot)
    repository.load_index(Recorder())
    changes = diff_trees(repository, snapshots[0].tree, snapshots[1].tree, Recorder())
    ours = {
        (_MARKS[change.kind], change.path.decode() + ("/" if change.is_folder else ""))
        for change in changes
        if change.path.startswith(bytes(source) + b"/") and change.kind is not Kind.METADATA
    }
    out = Restic(program, place, DEVICE).run("diff", snapshots[0].id, snapshots[1].id)
    lines = (line.split(maxsplit=1) for line in out.splitlines() if f" {source}/" in line)
    theirs = {(mark, path) for mark, path in lines if path != f"{source}/"}
    assert ours == theirs
    assert ours
