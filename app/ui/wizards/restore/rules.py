"""What the restore wizard says and asks, from values alone. Pure; must not know Qt."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from app.messages import Sentence, _, plural
from app.redact import plain
from app.secret import Secret
from app.ui import words
from app.ui.place_kinds import icon_of, own_icon, own_name
from app.ui.report import Status
from app.ui.snapshots import SnapshotRow

# Why a place did not open that a recovery key may well open.
_KEY_MAY_HELP = ("key-needed", "key-wrong", "keyring-", "password-file-")


@dataclass(frozen=True, slots=True)
class Place:
    """A place with a backup. `path` is "" for this computer's own repository, and the name of a
    copy behind a network."""

    path: str
    name: str
    about: str
    icon: str = "folder"
    secrets: Mapping[str, Secret] = field(default_factory=dict)  # by the names of variables


class _Found(msgspec.Struct, frozen=True):
    place: str
    name: str | None = None
    machines: tuple[str, ...] = ()
    snapshots: int = 0
    newest: datetime | None = None


class _Drive(msgspec.Struct, frozen=True):
    path: str
    label: str = ""
    answered: bool = True
    free: int | None = None
    size: int | None = None
    repositories: tuple[_Found, ...] = ()


class FoundPlaces(msgspec.Struct, frozen=True):
    """The report of `tradekeep places --json`."""

    drives: tuple[_Drive, ...] = ()
    folders: tuple[_Found, ...] = ()


def known_places(status: Status | None, home: str) -> list[Place]:
    """This computer's repository, and its copies that are there."""
    if status is None or status.repository is None:
        return []
    own = status.repository
    found = [Place("", own_name(own), words.short_path(own.path, home), own_icon(own))]
    for copy in status.copies:
        if copy.state not in ("away", "bare", "other"):
            # What lies behind a network is opened by its name, with the secrets that are kept here.
            place = copy.address if copy.is_local else copy.name
            about = words.short_path(copy.address, home)
            found.append(Place(place, copy.name, about, icon_of(copy)))
    return found


def bucket(address: str, key: str, secret: Secret, region: str) -> Place:
    """A bucket that this computer knows nothing of."""
    secrets = {"AWS_ACCESS_KEY_ID": Secret(key), "AWS_SECRET_ACCESS_KEY": secret}
    if region:
        secrets["AWS_DEFAULT_REGION"] = Secret(region)
    return Place(f"s3:{address}", last(address), address, "cloud", secrets)


def webdav(address: str, user: str, password: Secret) -> Place:
    """A WebDAV folder that this computer knows nothing of."""
    secrets = {"TRADEKEEP_WEBDAV_USER": Secret(user), "TRADEKEEP_WEBDAV_PASSWORD": password}
    return Place(f"webdav:{address}", last(address), address, "world", secrets)


def dropbox(folder: str, token: Secret) -> Place:
    """A folder in Dropbox that somebody has just signed in to."""
    place = f"dropbox:{folder}"
    return Place(place, "Dropbox", place, "brand-dropbox", {"TRADEKEEP_DROPBOX_TOKEN": token})


def found_places(found: FoundPlaces, known: Sequence[str], now: datetime, home: str) -> list[Place]:
    """What lies on drives and in folders and is not known already, by path."""
    places = [
        Place(each.place, each.name or drive.label, _about(each, now, home), "device-usb")
        for drive in found.drives
        for each in drive.repositories
        if each.place not in known
    ]
    places += [
        Place(each.place, each.name or last(each.place), _about(each, now, home))
        for each in found.folders
        if each.place not in known
    ]
    return places


def silent_drives(found: FoundPlaces) -> list[str]:
    """Drives that did not answer in time."""
    return [drive.label or drive.path for drive in found.drives if not drive.answered]


def _about(found: _Found, now: datetime, home: str) -> str:
    counted = plural("{count} snapshot", "{count} snapshots", found.snapshots)
    facts = [words.short_path(found.place, home), counted]
    if found.newest is not None:
        when = words.moment(found.newest, now)
        facts.append(_("newest {when}").format(when=when))
    if found.machines:
        facts.append(_("of {machines}").format(machines=words.listed(found.machines)))
    return " · ".join(facts)


def key_may_help(error_id: str) -> bool:
    """Whether a place that did not open may open with the recovery key."""
    return error_id.startswith(_KEY_MAY_HELP)


def last(path: str) -> str:
    """The last part of a path."""
    return path.rstrip("/").rsplit("/", 1)[-1] or path


def is_whole(path: str) -> bool:
    """Whether a path says where it begins."""
    return path.strip().startswith("~") or Path(path.strip()).is_absolute()


def names_of(paths: Sequence[str]) -> str:
    """ "trend-btc", or "trend-btc and 2 more"."""
    if not paths:
        return _("everything")
    first, more = plain(last(paths[0])), len(paths) - 1
    if not more:
        return first
    return plural("{name} and {count} more", "{name} and {count} more", more, name=first)


def of_snapshot(row: SnapshotRow, now: datetime) -> str:
    """ "desk, yesterday, 18:00"."""
    return words.beside((row.host, words.moment(row.time, now)))


def is_suspect(row: SnapshotRow) -> bool:
    """Whether it looks as if somebody had encrypted the files before it was taken."""
    return "suspect" in row.tags


def last_clean(rows: Sequence[SnapshotRow], suspect: SnapshotRow) -> SnapshotRow | None:
    """The newest one of the same computer before it that is not; `rows` begin with the newest."""
    before = (
        row
        for row in rows
        if row.host == suspect.host and row.time <= suspect.time and not is_suspect(row)
    )
    return next(before, None)


def suspect_words(clean: SnapshotRow | None, now: datetime) -> Sentence:
    """What is said of a suspect snapshot that is chosen."""
    title = _("In this snapshot it looks as if somebody had encrypted the files")
    if clean is None:
        return Sentence(title, _("Encrypted files come back encrypted. No older one is clean."))
    hint = _("Encrypted files come back encrypted. The last one that does not look so: {snapshot}.")
    return Sentence(title, hint.format(snapshot=of_snapshot(clean, now)))


def told_path(path: bytes) -> str:
    """A path for a question: as text, or "base64:…" where it is none."""
    try:
        return path.decode()
    except UnicodeDecodeError:
        return "base64:" + base64.b64encode(path).decode()


def path_of(told: str) -> bytes:
    """The other way round."""
    if told.startswith("base64:"):
        return base64.b64decode(told.removeprefix("base64:"))
    return told.encode("utf-8", "surrogateescape")


class Room(msgspec.Struct, frozen=True):
    path: str
    needed: int
    free: int


class Plan(msgspec.Struct, frozen=True):
    """The answer to `restore-plan`."""

    files: int = 0
    bytes: int = 0
    new: int = 0
    same: int = 0
    different: int = 0
    blocked: int = 0
    write: int = 0
    room: Room | None = None

    @property
    def lacks_room(self) -> bool:
        return self.room is not None and self.room.needed > self.room.free


class InTheWay(msgspec.Struct, frozen=True):
    """A row of it."""

    path: str
    size: int = 0
    mtime: datetime | None = None
    name: str | None = None
    blocks: bool = False


def what_happens(row: InTheWay) -> str:
    """What becomes of a file that is in the way."""
    if row.blocks:
        return _("stays; what belongs there is left out")
    return _("kept as {name}").format(name=row.name or "")


def restore_arguments(snapshot: str, target: str | None) -> list[str]:
    """The command after the options that name the place."""
    where = ["--in-place"] if target is None else ["--target", target]
    return ["restore", snapshot, *where, "--overwrite", "set-aside", "--choice-stdin"]


def choice_line(include: Sequence[bytes], exclude: Sequence[bytes]) -> str:
    """What such a command reads from its standard input."""
    lists = {"include": [*map(told_path, include)], "exclude": [*map(told_path, exclude)]}
    return msgspec.json.encode(lists).decode()


def end_hint(report: Mapping[str, object], *, in_place: bool) -> str:
    """What was verified, what was kept, what to do next."""
    parts = [_("Each file was checked against its hash before it got its name.")]
    kept, aside = report.get("kept"), report.get("aside")
    if isinstance(kept, int) and kept:
        parts.append(
            plural(
                "{count} file was there already, the same.",
                "{count} files were there already, the same.",
                kept,
            )
        )
    if isinstance(aside, int) and aside:
        parts.append(
            plural(
                "{count} file that was in the way is kept beside it, as NAME.before-restore.",
                "{count} files that were in the way are kept beside them, as NAME.before-restore.",
                aside,
            )
        )
    if in_place:
        parts.append(_("Before you start a bot again, compare its open trades with the exchange."))
    else:
        parts.append(_("Look at the files, then move what you need to its place."))
    return words.sentences(parts)
