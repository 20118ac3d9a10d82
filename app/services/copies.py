"""Adding and removing copies. Removing one from the settings never touches what it holds."""

from __future__ import annotations

import os
from pathlib import Path

from app.backends.contract import AccessDenied, PlaceAway
from app.copies.marker import NAME, load_marker, write_marker
from app.errors import NoRepository, WrongUsage
from app.services.home import Home
from app.services.sync import find_copy
from app.settings.settings import CopySettings, add_copy, remove_copy


def add_folder(home: Home, path: Path, name: str) -> CopySettings:
    """Make a folder a copy of this machine's repository; it is filled by the next sync.

    The folder is made if its parent is there. Refuses the repository itself, a folder inside it
    or around it, another copy's folder, and a folder that holds something else.
    """
    own = home.settings.repository
    if own is None:
        raise NoRepository("not-set-up")
    folder = Path(os.path.realpath(path.expanduser()))
    _refuse_overlap(home, folder)
    _refuse_strangers(folder)
    marker = load_marker(folder)
    copy = CopySettings(
        name=name,
        kind="folder",
        address=str(folder),
        id=marker.copy if marker else os.urandom(8).hex(),
    )
    _refuse_taken(home, copy)
    _mark(folder, copy)
    add_copy(home.paths.settings_file, copy)
    return copy


def _mark(folder: Path, copy: CopySettings) -> None:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        write_marker(folder, copy.id, copy.name)
    except FileNotFoundError as error:
        raise PlaceAway("copy-parent-missing", place=str(folder.parent)) from error
    except OSError as error:
        raise AccessDenied(
            "copy-unwritable", place=str(folder), reason=error.strerror or str(error)
        ) from error


def _refuse_overlap(home: Home, folder: Path) -> None:
    assert home.settings.repository is not None
    own = Path(os.path.realpath(home.settings.repository.path))
    if folder == own or own in folder.parents or folder in own.parents:
        raise WrongUsage("copy-overlaps", place=str(folder), repository=str(own))


def _refuse_taken(home: Home, copy: CopySettings) -> None:
    for other in home.settings.copies:
        if Path(other.address) == Path(copy.address):
            raise WrongUsage("copy-place-taken", place=copy.address, name=other.name)


def _refuse_strangers(folder: Path) -> None:
    try:
        if not folder.exists():
            return
        if not folder.is_dir():
            raise WrongUsage("folder-is-file", path=str(folder))
        held = {entry.name for entry in folder.iterdir()} - {NAME, "lost+found"}
    except OSError as error:
        raise AccessDenied(
            "copy-unwritable", place=str(folder), reason=error.strerror or str(error)
        ) from error
    if held and "config" not in held and "keys" not in held:
        raise WrongUsage("folder-not-empty", path=str(folder))


def forget_copy(home: Home, name: str) -> CopySettings:
    """Take a copy out of the settings; the files at its place stay as they are."""
    copy = find_copy(home, name)
    remove_copy(home.paths.settings_file, copy.name)
    return copy
