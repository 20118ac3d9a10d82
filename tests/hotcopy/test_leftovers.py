"""Nothing stays of a private folder, whatever was put into it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.hotcopy.leftovers import clear_leftovers, private_copy_folder

ROOT = Path(__file__).parents[2]

_AS_NOBODY = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import shutil
from tests.hotcopy.test_leftovers import closed_folder
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
closed_folder(Path(sys.argv[2]))
"""


def closed_folder(temporary: Path) -> None:
    """What a restore makes of a folder that its owner may only read."""
    with private_copy_folder(temporary) as folder:
        inner = folder / "a" / "b"
        inner.mkdir(parents=True)
        (inner / "c").write_bytes(b"1")
        (folder / "away").symlink_to(folder.parent)
        inner.chmod(0o500)
        inner.parent.chmod(0)
    assert os.listdir(temporary) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody else")
def test_a_restored_folder_that_is_closed_to_its_owner_goes_as_well(tmp_path: Path) -> None:
    temporary = tmp_path / "t"
    temporary.mkdir()
    os.chown(temporary, 65534, 65534)
    for above in (tmp_path, *tmp_path.parents):
        if above.stat().st_mode & 1 == 0:
            above.chmod(above.stat().st_mode | 0o111)
    command = [sys.executable, "-c", _AS_NOBODY, str(ROOT), str(temporary)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_a_killed_process_left_closed_is_cleared_by_the_next(tmp_path: Path) -> None:
    inner = tmp_path / "hot-1" / "a"
    inner.mkdir(parents=True)
    inner.chmod(0)
    clear_leftovers(tmp_path)
    assert os.listdir(tmp_path) == []
