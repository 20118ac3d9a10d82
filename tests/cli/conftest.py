"""Machines for the tests of the command line."""

from __future__ import annotations

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
