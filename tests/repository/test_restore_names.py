"""Names that differ in capitals only, where the target tells them apart and where it does not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.monitor import Recorder
from app.repository import restore_names, restore_queue
from app.repository.restore_names import clash
from app.repository.restorer import restore
from tests.chaos.support import Rig, problems_of


def test_what_clashes() -> None:
    assert clash(["a", "b", "A"])
    assert clash(["stra\u00dfe", "STRASSE"])
    assert not clash(["a", "b", "a"])
    assert not clash([])


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("folds", [False, True])
def test_of_two_names_that_are_one_there_the_second_is_left_out_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folds: bool, large: bool
) -> None:
    rig = Rig(tmp_path)
    for name in ("READ.ME", "Read.me", "a", "b", "c", "sub/x"):
        rig.write(name, name)
    snapshot = rig.save().snapshot
    monkeypatch.setattr(restore_names, "_folds", lambda _at: folds)
    if large:
        monkeypatch.setattr(restore_queue, "_LARGE_BYTES", 0)
        monkeypatch.setattr(restore_queue, "_PART_NODES", 1)
    told = Recorder()
    report = restore(rig.open(), snapshot, tmp_path / "back", monitor=told)
    here = tmp_path / "back" / "home"
    there = {"READ.ME", "a", "b", "c", "sub"} | (set() if folds else {"Read.me"})
    assert set(os.listdir(here)) == there
    assert (here / "READ.ME").read_text() == "READ.ME"
    assert problems_of(told) == ([("restore-same-name", "home/Read.me")] if folds else [])
    assert report.failed == int(folds)
    assert (here / "sub" / "x").read_text() == "sub/x"


def test_a_file_system_that_tells_capitals_apart_is_known(tmp_path: Path) -> None:
    at = os.open(tmp_path, os.O_RDONLY)
    try:
        assert not restore_names._folds(at)
        assert not restore_names._folds(at)
    finally:
        os.close(at)
    assert os.listdir(tmp_path) == []
