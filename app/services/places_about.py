"""What is to be known of a place before something is put there: a repository, a copy, a printed
key. Needs no key and changes nothing."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from app.copies.drives import Drive, Mounted, disk_of, drives, mounted, room
from app.copies.marker import NAME as MARKER
from app.copies.synced import synced_by
from app.services.home import Home


def report(home: Home, paths: Sequence[Path]) -> dict[str, object]:
    """Plain data:

    drives: those that are plugged in, each path, label, disk, size, free; default (where `init`
    puts a repository) and paths (each of `paths`), of these path (absolute, ~ followed), exists,
    holds ("nothing", "repository", "files"; null where it cannot be read), disk, size, free (null
    where unknown), removable, synced (the service that carries it away, or null), source (the
    name of the source that it is in, or null). Sizes are bytes.
    """
    mounts = mounted()
    plugged = drives(mounts)
    own = home.default_repository()
    return {
        "default": _about(home, own, mounts, plugged),
        "drives": [_drive(drive) for drive in plugged],
        "paths": [_about(home, path, mounts, plugged) for path in paths],
    }


def _drive(drive: Drive) -> dict[str, object]:
    return {
        "path": str(drive.path),
        "label": drive.label,
        "disk": drive.disk,
        "size": drive.size,
        "free": drive.free,
    }


def _about(
    home: Home, path: Path, mounts: Sequence[Mounted], plugged: Sequence[Drive]
) -> dict[str, object]:
    folder = Path(os.path.realpath(path.expanduser()))
    disk = disk_of(folder, mounts)
    size = free = None
    with contextlib.suppress(OSError):
        size, free = room(folder)
    return {
        "path": str(path.expanduser().absolute()),
        "exists": folder.exists(),
        "holds": _holds(folder),
        "disk": disk,
        "size": size,
        "free": free,
        "removable": any(folder.is_relative_to(drive.path) for drive in plugged),
        "synced": synced_by(folder),
        "source": _source(home, folder),
    }


def _holds(folder: Path) -> str | None:
    try:
        names = {entry.name for entry in folder.iterdir()}
    except (FileNotFoundError, NotADirectoryError):
        return "nothing"
    except OSError:
        return None
    if {"config", "keys"} <= names:
        return "repository"
    return "files" if names - {MARKER, "lost+found"} else "nothing"


def _source(home: Home, folder: Path) -> str | None:
    for source in home.settings.sources:
        if folder.is_relative_to(os.path.realpath(source.path)):
            return source.name
    return None
