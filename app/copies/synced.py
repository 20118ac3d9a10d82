"""Whether a folder is kept in step with a cloud by another program.

Shown by what such programs leave in their folders, and by the names that they give them. Good to
know for a file with a key in it, and for a repository: both would be carried away.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

# A service, the names of its folder, and what lies in it.
_SIGNS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("Dropbox", ("Dropbox", "Dropbox (*)"), (".dropbox", ".dropbox.cache")),
    (
        "OneDrive",
        ("OneDrive", "OneDrive - *", "OneDrive-*"),
        (".849C9593-D756-4E56-8D6E-42412F2A707B",),
    ),
    ("iCloud", ("Mobile Documents", "com~apple~CloudDocs", "iCloudDrive", "iCloud Drive"), ()),
    (
        "Nextcloud",
        ("Nextcloud", "ownCloud"),
        (".sync_*.db", "._sync_*.db", ".nextcloudsync.log", ".owncloudsync.log"),
    ),
    (
        "Google Drive",
        ("Google Drive", "GoogleDrive", "GoogleDrive-*"),
        (".tmp.drivedownload", ".tmp.driveupload"),
    ),
    ("Syncthing", (), (".stfolder",)),
)
Names = Callable[[Path], list[str]]


def _names(folder: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return [entry.name for entry in folder.iterdir() if entry.name.startswith((".", "_"))]
    return []


def synced_by(path: Path, names: Names = _names) -> str | None:
    """The service that carries a folder (or the one it would be made in) away; None for none."""
    for folder in (path, *path.parents):
        hidden = names(folder)
        for service, called, holds in _SIGNS:
            if any(fnmatchcase(folder.name, pattern) for pattern in called):
                return service
            if any(fnmatchcase(name, pattern) for name in hidden for pattern in holds):
                return service
    return None
