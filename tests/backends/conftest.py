"""A folder for the tests of folders; the contract's tests bring their own places."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.backends.local import LocalBackend


@pytest.fixture
def backend(tmp_path: Path) -> LocalBackend:
    """A place in a folder that has just been made."""
    place = LocalBackend(tmp_path / "repository")
    place.create()
    return place
