"""Letting a drive go: everything is written, then the system unmounts it.

By udisks on Linux, diskutil on macOS, and on Windows by its own shell; a system that has none of
these says so. A program that has a file open there keeps the drive, which is then named.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from app.backends.contract import PlaceAway
from app.copies.drives import Mounted, mounted
from app.copies.marker import MarkerState
from app.copies.where import folder_of, state_of
from app.errors import AppError, WrongUsage
from app.services.home import Home
from app.services.sync import find_copy
from app.settings.model import DRIVE, CopySettings

_PATIENCE = 60.0  # seconds; a slow stick writes what is still in memory
Do = Callable[[Sequence[str]], str]


def eject(home: Home, name: str, do: Do | None = None) -> CopySettings:
    """Unmount the drive of a copy. Raises `WrongUsage` for what is no drive, `PlaceAway` where it
    is not there, `AppError` with what the system said where it would not."""
    copy = find_copy(home, name)
    if copy.kind != DRIVE:
        raise WrongUsage("copy-not-drive", name=copy.name)
    folder = folder_of(copy)
    if state_of(copy, folder) is not MarkerState.OURS:
        raise PlaceAway("copy-away", name=copy.name, place=str(folder))
    mount = _mount_of(folder, mounted())
    said = (do or _run)(command(mount, sys.platform))
    if said:
        raise AppError("copy-not-ejected", name=copy.name, reason=said)
    return copy


def command(mount: Mounted, platform: str) -> Sequence[str]:
    """What unmounts a drive on a system."""
    if platform == "darwin":
        return ("diskutil", "eject", mount.point)
    if platform == "win32":
        drive = mount.point.rstrip("\\")
        shell = "(New-Object -ComObject Shell.Application).Namespace(17)"
        verb = f"{shell}.ParseName('{drive}').InvokeVerb('Eject')"
        return ("powershell", "-NoProfile", "-Command", verb)
    return ("udisksctl", "unmount", "--no-user-interaction", "-b", mount.device)


def _mount_of(folder: Path, table: Sequence[Mounted]) -> Mounted:
    holding = [mount for mount in table if folder.is_relative_to(mount.point)]
    return max(reversed(holding), key=lambda mount: len(mount.point))


def _run(command: Sequence[str]) -> str:
    """Why it did not work, in the system's words; "" where it did."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except FileNotFoundError:
        return f"{command[0]}: not found"
    except subprocess.TimeoutExpired:
        return f"{command[0]}: no answer in {_PATIENCE:.0f} s"
    return "" if done.returncode == 0 else (done.stderr or done.stdout).strip()[:300]
