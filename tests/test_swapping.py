"""Two folders change places."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from app.swapping import swap_names, sync_all_of


def test_two_folders_have_each_other_s_name_afterwards(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    before = [(tmp_path / name).stat().st_ino for name in ("one", "other")]
    if not swap_names(tmp_path / "one", tmp_path / "other"):
        pytest.skip("this file system cannot")
    sync_all_of(tmp_path)
    assert [(tmp_path / name).stat().st_ino for name in ("other", "one")] == before
    assert os.listdir(tmp_path / "one") == ["other"]


def test_what_is_not_there_is_an_error_and_nothing_happens(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    with pytest.raises(OSError) as caught:
        swap_names(tmp_path / "one", tmp_path / "other")
    assert caught.value.errno == errno.ENOENT
    assert os.listdir(tmp_path) == ["one"]
