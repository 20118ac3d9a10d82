"""On which medium a copy lies: what is lost together has one name.

Two folders on one disk are one medium; a drive is one of its own, and so is each service. A word
before a colon says of which sort it is (`disk`, `drive`, `dropbox`, `s3`, `webdav`, `network`),
what follows tells it from others of that sort. A drive that is away is known by its copy.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from app.backends.mounts import is_on_network
from app.copies.drives import disk_of, mounted
from app.settings.model import DRIVE, DROPBOX, S3, WEBDAV, CopySettings


def medium_of(copy: CopySettings, at: str) -> str:
    """The medium of a copy that is `at` a path or an address now."""
    if copy.kind == DROPBOX:
        return DROPBOX
    if copy.kind in (S3, WEBDAV):
        return f"{copy.kind}:{urlsplit(at).hostname or at}"
    if copy.kind == DRIVE:
        return f"{DRIVE}:{copy.id}"
    folder = Path(at)
    if is_on_network(folder):
        return f"network:{folder.anchor}{folder.parts[1] if len(folder.parts) > 1 else ''}"
    return medium_of_folder(folder)


def medium_of_folder(folder: Path) -> str:
    """The medium of a folder on a disk of this computer."""
    return f"disk:{disk_of(folder, mounted())}"
