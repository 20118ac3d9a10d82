"""From what was filled in about a copy to the command that does it. Must not know Qt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from app.services.worth import Proof
from app.ui.report import Copy, Repository

Command = tuple[str, ...]
DRIVE, FOLDER, DROPBOX, S3, WEBDAV = "drive", "folder", "dropbox", "s3", "webdav"


def recommended(copies: Sequence[Copy]) -> str:
    """Which kind is wanted most: first a drive, then something away from here."""
    return DROPBOX if any(copy.kind == DRIVE for copy in copies) else DRIVE


def prove(proof: Proof, name: str) -> Command:
    """Read a copy back, "" for this computer's repository, or practise a restore from it."""
    if proof is Proof.DRILL:
        return ("drill", "--copy", name)
    return (*(("--repository", name) if name else ()), "verify", "--read-data")


def add_local(kind: str, path: str, name: str, *, off_site: bool) -> Command:
    """Add a folder, or a drive by a folder on it."""
    away = ("--off-site",) if off_site else ()
    return ("copy", "add", kind, path, "--name", name, *away)


def add_bucket(address: str, key: str, region: str, name: str) -> Command:
    """Add a bucket; its secret is a line of the input."""
    where = ("--region", region) if region else ()
    asked = ("copy", "add", S3, address, "--access-key", key, *where)
    return (*asked, "--secret-stdin", "--name", name)


def add_webdav(address: str, user: str, name: str) -> Command:
    """Add a WebDAV folder; its password is a line of the input."""
    return ("copy", "add", WEBDAV, address, "--user", user, "--secret-stdin", "--name", name)


def add_dropbox(folder: str, name: str) -> Command:
    """Add a folder in Dropbox; a code is asked for by an event."""
    return ("copy", "add", DROPBOX, "--folder", folder, "--name", name)


def sign_in(place: Copy | Repository) -> Command:
    """Give a place other secrets."""
    line = () if place.kind == DROPBOX else ("--secret-stdin",)
    name = (place.name,) if isinstance(place, Copy) else ()
    return ("copy", "sign-in", *name, *line)


def treat(name: str, *, limit: int, hours: str, append_only: bool, off_site: bool) -> Command:
    """Say how a copy is to be treated from now on."""
    removing = "--append-only" if append_only else "--may-remove"
    where = "--off-site" if off_site else "--at-home"
    return ("copy", "set", name, "--limit", str(limit), "--hours", hours, removing, where)


def pause(copy: Copy) -> Command:
    """Leave a copy out, or take it up again."""
    return ("copy", "set", copy.name, "--go-on" if copy.paused else "--pause")


def name_for(folder: str) -> str:
    """What a person would call a folder: the drive's label where it is on one."""
    parts = PurePath(folder).parts
    if len(parts) > 3 and parts[1] in ("media", "run", "mnt", "Volumes"):
        return parts[4] if parts[1] == "run" and len(parts) > 4 else parts[3]
    return PurePath(folder).name


def is_taken(name: str, copies: Sequence[Copy]) -> bool:
    """Whether a copy has that name; capitals make no other."""
    return name.casefold() in {copy.name.casefold() for copy in copies}
