"""Disks that come, go and fill up: ext4 in a file, on a loop device."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


class NotHere(Exception):
    """Mounting is not permitted here."""


@dataclass
class Disk:
    """A disk of some MiB, mounted at a folder while it is plugged in."""

    image: Path
    at: Path
    _loop: str = ""

    @classmethod
    def made(cls, image: Path, at: Path, mib: int) -> Disk:
        """Plugged in; raises `NotHere`."""
        at.mkdir()
        with image.open("wb") as file:
            file.truncate(mib << 20)
        if _run("mkfs.ext4", "-q", "-m", "0", str(image)) is None:
            raise NotHere("mkfs.ext4")
        disk = cls(image, at)
        disk.plug_in()
        return disk

    @property
    def is_in(self) -> bool:
        return bool(self._loop)

    def plug_in(self) -> None:
        if self._loop:
            return
        self._loop = (_run("losetup", "-f", "--show", str(self.image)) or "").strip()
        if not self._loop or _run("mount", self._loop, str(self.at)) is None:
            self.pull()
            raise NotHere("mount")

    def pull(self) -> None:
        """Away at once, without a word."""
        if self._loop:
            _run("umount", "-l", str(self.at))
            _run("losetup", "-d", self._loop)
            self._loop = ""

    @property
    def _ballast(self) -> Path:
        return self.at / "ballast"

    def fill(self) -> None:
        """Leave less than a MiB."""
        free = shutil.disk_usage(self.at).free
        _run("fallocate", "-l", str(max(1, free - (512 << 10))), str(self._ballast))

    def make_room(self) -> None:
        self._ballast.unlink(missing_ok=True)


def _run(*command: str) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None
