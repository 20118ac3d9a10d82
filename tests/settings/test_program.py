"""What starts this program, from a checkout, a wheel and a frozen build."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import program


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A frozen build's folder, in which its file `tradekeep` runs."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "tradekeep"))
    return tmp_path


def test_a_child_of_a_checkout_is_started_by_its_python() -> None:
    told = subprocess.run([*program.child(), "--version"], check=True, capture_output=True)
    assert told.stdout.startswith(b"tradekeep")


def test_a_child_of_a_frozen_build_is_not_started_as_if_it_were_python(build: Path) -> None:
    own = str(build / "tradekeep")
    assert program.child() == (own,)
    assert program.at_login() == (own,)
    assert program.module("app.demo.sample_bot") == (own, "-m", "app.demo.sample_bot")


def test_on_windows_a_child_talks_and_what_starts_at_login_opens_no_console(
    build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("tradekeep.exe", "tradekeep-gui.exe"):
        (build / name).touch()
    monkeypatch.setattr(sys, "executable", str(build / "tradekeep-gui.exe"))
    assert program.child() == (str(build / "tradekeep.exe"),)
    assert program.at_login() == (str(build / "tradekeep-gui.exe"),)


@pytest.mark.parametrize(
    ("beside", "starts"),
    [("tradekeep", ["tradekeep"]), ("pythonw.exe", ["pythonw.exe", "-m", "app"])],
)
def test_at_login_a_script_or_a_python_without_a_console(
    beside: str, starts: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / beside).touch()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python.exe"))
    assert program.at_login() == (str(tmp_path / starts[0]), *starts[1:])
