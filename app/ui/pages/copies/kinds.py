"""The kinds of places that a copy may lie at: their names, what speaks for each, their forms."""

from __future__ import annotations

from app.messages import _
from app.ui import copy_commands as commands
from app.ui.pages.copies.forms import DriveForm, FolderForm, Form
from app.ui.pages.copies.remote_forms import BucketForm, DropboxForm, WebdavForm

FORMS: dict[str, type[Form]] = {
    commands.DRIVE: DriveForm,
    commands.FOLDER: FolderForm,
    commands.DROPBOX: DropboxForm,
    commands.S3: BucketForm,
    commands.WEBDAV: WebdavForm,
}


def kinds() -> list[tuple[str, str, str]]:
    """Each kind: what it is called, and what speaks for it."""
    return [
        (
            commands.DRIVE,
            _("A drive that you plug in"),
            _("Fast, and yours alone. It is found again wherever it is mounted."),
        ),
        (
            commands.FOLDER,
            _("A folder, or a network drive"),
            _("On another disk of this computer, or on a NAS that is mounted here."),
        ),
        (
            commands.DROPBOX,
            "Dropbox",
            _("Away from here. Tradekeep sees a folder of its own, and nothing else."),
        ),
        (
            commands.S3,
            _("A bucket (S3)"),
            _("Amazon S3, Backblaze B2, Wasabi, MinIO and others. For servers, too."),
        ),
        (
            commands.WEBDAV,
            "WebDAV",
            _("Nextcloud, a NAS at another place, or a hosting service."),
        ),
    ]


def why(kind: str) -> str:
    """What is to be known before it is filled in."""
    if kind == commands.DRIVE:
        return _("The copy goes into a folder named Tradekeep. What else is there stays.")
    if kind == commands.S3:
        return _("Best is a key that may read and write this bucket, and nothing else.")
    return ""
