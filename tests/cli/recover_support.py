"""A computer that is lost, its drive, and another computer: for tests of `tradekeep recover`."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from tests.cli.support import Machine


class World:
    """Machine A with its drive; machine B with nothing."""

    def __init__(self, folder: Path) -> None:
        self.a = Machine(folder / "a")
        self.b = Machine(folder / "b")
        self.drive = folder / "drive"
        for each in (self.a.folder, self.b.folder, self.drive):
            each.mkdir()
        self.a.set_up()
        self.key = folder / "recovery.txt"
        shutil.copy(self.a.recovery, self.key)

    def back_up(self) -> None:
        self.a.run("copy", "add", "folder", self.drive, "--name", "USB")
        self.a.run("backup")

    def lose_a(self) -> None:
        self.a.folder.rename(self.a.folder.with_name("lost"))

    @property
    def lost(self) -> Path:
        return self.a.folder.with_name("lost")

    @property
    def arguments(self) -> tuple[str | Path, ...]:
        told = ("recover", self.drive, "--password-file", self.key)
        return (*told, "--map", f"{self.a.folder}={self.b.folder}")

    @property
    def settings(self) -> Path:
        return self.b.home / "config" / "settings.toml"


def hashes(folder: Path) -> dict[str, str]:
    """Each file below a folder by its content, without databases and what belongs to them."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".db" not in path.name
    }


def snapshots(machine: Machine, *place: str) -> list[dict[str, object]]:
    found = machine.run(*place, "snapshots", "--json").report["snapshots"]
    assert isinstance(found, list)
    return found
