"""The demo leaves nothing behind."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.demo.job import remove_demo
from app.errors import WrongUsage
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


def demo_like(top: Path) -> Path:
    """What a demo leaves, as far as removing looks at it."""
    (top / "home").mkdir(parents=True)
    (top / "home" / "sample").write_text("Sample data. Nothing here is yours.\n", "utf-8")
    (top / "repository").mkdir()
    return top


def test_a_person_s_own_home_in_which_sample_data_was_tried_is_no_demo(tmp_path: Path) -> None:
    """TRADEKEEP_HOME=…/home and a repository beside it; the window puts its sample data into
    …/home/sample, which is the name of the mark."""
    (tmp_path / "home" / "sample" / "home").mkdir(parents=True)
    (tmp_path / "repository").mkdir()
    (tmp_path / "repository" / "config").write_bytes(b"mine")
    with pytest.raises(WrongUsage):
        remove_demo(tmp_path)
    assert (tmp_path / "repository" / "config").read_bytes() == b"mine"


def test_a_link_in_a_demo_is_removed_and_not_what_it_leads_to(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "a").touch()
    top = demo_like(tmp_path / "demo")
    (top / "restored").symlink_to(mine, target_is_directory=True)
    remove_demo(top)
    assert not top.exists()
    assert (mine / "a").exists()


def test_a_home_that_is_a_link_to_a_demo_marks_no_other_folder(tmp_path: Path) -> None:
    top = demo_like(tmp_path / "demo")
    other = tmp_path / "other"
    (other / "repository").mkdir(parents=True)
    (other / "home").symlink_to(top / "home", target_is_directory=True)
    with pytest.raises(WrongUsage):
        remove_demo(other)
    assert (other / "repository").exists()


def test_removing_that_was_cut_off_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = demo_like(tmp_path / "demo")
    whole = shutil.rmtree

    def cut_off(path: Path) -> None:
        if path.name == "repository":
            raise PermissionError(path)
        whole(path)

    with monkeypatch.context() as patched:
        patched.setattr("app.demo.job.shutil.rmtree", cut_off)
        with pytest.raises(PermissionError):
            remove_demo(top)
    remove_demo(top)
    assert not top.exists()
