"""What was verified counts until something is found."""

from __future__ import annotations

import os
from pathlib import Path

from tests.cli.support import Machine


def verified(machine: Machine) -> object:
    repository = machine.run("status", "--json").report["repository"]
    assert isinstance(repository, dict)
    return repository["verified_scope"]


def findings(machine: Machine) -> object:
    repository = machine.run("status", "--json").report["repository"]
    assert isinstance(repository, dict)
    return repository["findings"]


def test_a_repository_in_which_damage_was_found_is_not_proven_by_an_older_look(
    tmp_path: Path,
) -> None:
    machine = Machine(tmp_path).set_up()
    machine.add("notes", {"a.bin": os.urandom(200_000)})
    machine.run("backup")
    machine.run("verify", "--read-data")
    assert verified(machine) == "all"
    pack = max(
        (path for path in (machine.repository / "data").rglob("*") if path.is_file()),
        key=lambda path: path.stat().st_size,
    )
    whole = pack.read_bytes()
    pack.chmod(0o600)
    pack.write_bytes(whole[:1000] + bytes(10) + whole[1010:])
    machine.run("verify", "--read-data", "--json", code=3)
    assert verified(machine) is None
    machine.run("backup")
    assert findings(machine)
    pack.write_bytes(whole)
    machine.run("verify", "--read-data")
    assert verified(machine) == "all"
    assert not findings(machine)


def test_another_drive_of_the_same_name_is_not_proven_by_what_was_read_of_the_first(
    tmp_path: Path,
) -> None:
    machine = Machine(tmp_path).set_up()
    machine.add("notes", {"a.bin": b"1"})

    def scope() -> object:
        copies = machine.run("status", "--json").report["copies"]
        assert isinstance(copies, list)
        return copies[0]["verified_scope"]

    for drive, proven in (("first", "all"), ("second", None)):
        (tmp_path / drive).mkdir()
        machine.run("copy", "add", "folder", tmp_path / drive, "--name", "KEEP-1")
        machine.run("backup")
        if proven:
            machine.run("--repository", "KEEP-1", "verify", "--read-data")
        assert scope() == proven
        machine.run("copy", "remove", "KEEP-1")
    machine.run("copy", "add", "folder", tmp_path / "first", "--name", "KEEP-1")
    assert scope() == "all"
