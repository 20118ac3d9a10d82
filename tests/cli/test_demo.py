"""The demo leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys

from tests.cli.support import Machine


def test_a_demo_is_removed_without_trace_and_nothing_else_is(machine: Machine) -> None:
    folder = machine.folder / "sample"
    machine.run("demo", folder, "--json")
    assert (folder / "home" / "sample").exists()
    (folder / "mine.txt").touch()
    failed = machine.run("demo", folder, "--remove", "--json", code=2)
    assert failed.error["id"] == "folder-not-empty"
    assert (folder / "repository").exists()
    (folder / "mine.txt").unlink()
    machine.run("demo", folder, "--remove")
    assert not folder.exists()
    machine.run("demo", folder, "--remove", "--json")  # gone already


def test_removing_waits_for_the_window_on_the_demo(machine: Machine) -> None:
    folder = machine.folder / "sample"
    machine.run("demo", folder, "--json")
    window = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    remove = machine.start("demo", str(folder), "--remove", "--wait-for", str(window.pid))
    try:
        (folder / "home" / "written-on-quitting").touch()
        assert remove.poll() is None
        assert folder.exists()
    finally:
        window.communicate(b"\n", timeout=30)
    remove.communicate(timeout=60)
    assert remove.returncode == 0
    assert not folder.exists()
