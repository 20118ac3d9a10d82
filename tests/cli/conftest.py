"""Machines for the tests of the command line."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.support import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A computer on which nothing is set up."""
    return Machine(tmp_path)


@pytest.fixture
def ready(machine: Machine) -> Machine:
    """A computer with a repository and one source with two files."""
    machine.set_up()
    machine.add("notes", {"a.txt": b"alpha", "deep/b.txt": b"beta" * 1000})
    return machine


@pytest.fixture
def small_disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """An ext4 file system of 12 MiB (or as many as the test says) on a loop device."""
    image = tmp_path / "image"
    folder = tmp_path / "disk"
    folder.mkdir()
    with image.open("wb") as file:
        file.truncate(getattr(request, "param", 12) << 20)
    made = subprocess.run(["mkfs.ext4", "-q", "-m", "0", image], capture_output=True)
    mounted = made.returncode == 0 and os.geteuid() == 0
    mounted = (
        mounted
        and not subprocess.run(
            ["mount", "-o", "loop", image, folder], capture_output=True
        ).returncode
    )
    if not mounted:
        pytest.skip("this system lets us mount nothing")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
