"""For all tests: no real home folder, no real keyring, no display unless a test asks for one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.messages.language import ENGLISH, speak
from app.settings.language import translations
from tests.cli.ready import begin_test
from tests.dropbox_port import point_the_sdk_here

# Before anything imports Qt: windows are drawn into memory unless a test starts a display.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# Before anything imports Dropbox's SDK: it finds nobody, unless a test has a server for it.
point_the_sdk_here()

# Tests with these marks use the whole machine, so they run one after the other.
_ALONE = ("chaos", "window")


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in its own hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark in _ALONE:
            if item.get_closest_marker(mark) and not item.get_closest_marker("xdist_group"):
                item.add_marker(pytest.mark.xdist_group(mark))
    # What one worker has to do alone begins first, so that nobody waits for it at the end.
    items.sort(key=lambda item: item.get_closest_marker("window") is None)


@pytest.fixture(autouse=True)
def _own_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An empty home, and a keyring that refuses, for this process and its children."""
    begin_test()
    home: Path = tmp_path_factory.getbasetemp() / "home"
    home.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
        for name in list(os.environ):
            if name.startswith(("TRADEKEEP_", "RESTIC_", "XDG_")) and "CHAOS" not in name:
                patch.delenv(name)
        patch.setenv("TRADEKEEP_LANGUAGE", "en")  # whatever this machine speaks
        yield


@pytest.fixture
def speaks() -> Iterator[Callable[[str], None]]:
    """Has this process speak a language until the test ends, however it ends."""
    yield lambda language: speak(lambda: language, translations)
    speak(lambda: ENGLISH, Path)
