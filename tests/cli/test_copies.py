"""Copies by the command line, as the window asks for them."""

from __future__ import annotations

from typing import Any

from tests.cli.support import Machine


def status_of(machine: Machine) -> dict[str, Any]:
    return machine.run("status", "--json").report


def test_a_copy_on_the_repositorys_own_disk_is_told_as_one_medium(machine: Machine) -> None:
    machine.set_up()
    machine.run("copy", "add", "folder", machine.folder / "copy", "--name", "Beside")
    told = status_of(machine)
    assert told["repository"]["medium"].startswith("disk:")
    assert told["copies"][0]["medium"] == told["repository"]["medium"]
