"""What a recovery on a new computer is told and says, from values alone. Pure; must not know Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from app.messages import _, plural
from app.ui import words
from app.ui.protocol import Told
from app.ui.wizards.restore.rules import InTheWay, Plan

SETTINGS, ARCHIVE, SOURCES = "settings", "archive", "sources"
WHAT = frozenset({SETTINGS, ARCHIVE, SOURCES})


class Part(msgspec.Struct, frozen=True, rename={"old": "from", "new": "to"}):
    """A folder or a file that comes back."""

    what: str
    name: str
    old: str
    new: str
    why: str = ""
    files: int = 0
    bytes: int = 0

    @property
    def movable(self) -> bool:
        """Whether a person may put it elsewhere; Tradekeep's own data has its place."""
        return self.what == SOURCES


class Brought(msgspec.Struct, frozen=True):
    """What comes back with the settings, by name."""

    accounts: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    schedule: bool = False
    secrets: tuple[str, ...] = ()


class RecoverPlan(Plan, frozen=True):
    """The report of `tradekeep recover --dry-run --json`."""

    parts: tuple[Part, ...] = ()
    in_the_way: tuple[InTheWay, ...] = ()
    settings: Brought | None = None
    problems: tuple[Told, ...] = ()


class Recovered(msgspec.Struct, frozen=True):
    """The report of `tradekeep recover --json`; what stands behind `repository` is there where the
    settings were wanted. `foreign` are servers to be confirmed again, by account."""

    files: int = 0
    bytes: int = 0
    aside: int = 0
    repository: str = ""
    copy: str | None = None
    accounts: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    foreign: Mapping[str, tuple[str, ...]] = {}
    damaged: int = 0


class DeviceKey(msgspec.Struct, frozen=True):
    """One of `key list`."""

    id: str
    kind: str = ""
    host: str = ""
    created: datetime | None = None
    in_use: bool = False


def recover_arguments(
    place: str, snapshot: str, only: frozenset[str], maps: Mapping[str, str]
) -> list[str]:
    """The command, without what it opens the place with."""
    wanted = [] if only == WHAT else [each for what in sorted(only) for each in ("--only", what)]
    moved = [each for old, new in sorted(maps.items()) for each in ("--map", f"{old}={new}")]
    return ["recover", place, "--snapshot", snapshot, *wanted, *moved]


def why_words(part: Part) -> str:
    """Why something goes where it goes."""
    reasons = {
        "same": _("Its old place"),
        "asked": _("As you said"),
        "home": _("Your home folder has another name here"),
        "drive": _("The drive of that name is plugged in here"),
        "system": _("This system has no such place: below your home folder"),
        "own": _("Where Tradekeep keeps it on this computer"),
    }
    return reasons.get(part.why, "")


def part_name(part: Part) -> str:
    """What a part is called."""
    if part.what == ARCHIVE:
        return _("Candles") if part.name == "candles" else _("Exchange history")
    return part.name


def amount(part: Part) -> str:
    """ "41 files, 1.2 GB"."""
    files = plural("{count} file", "{count} files", part.files)
    return _("{names}, {size}").format(names=files, size=words.size(part.bytes))


def brought_words(brought: Brought) -> list[tuple[str, str]]:
    """What comes back with the settings: names of things, and which."""
    rows = [(_("Schedule"), _("As it was") if brought.schedule else _("None was set"))]
    for title, names in (
        (_("Exchange connections"), brought.accounts),
        (_("Copies"), brought.copies),
        (_("Alerts"), brought.alerts),
    ):
        if names:
            rows.append((title, words.listed(names)))
    asked = [name for name in brought.accounts if name not in brought.secrets]
    if asked:
        rows.append((_("Keys that you are asked for"), words.listed(asked)))
    return rows


def what_words(only: frozenset[str]) -> str:
    """In the rail: what of it comes back."""
    if only == WHAT:
        return _("Everything")
    names = {
        SETTINGS: _("Settings"),
        ARCHIVE: _("Exchange history"),
        SOURCES: _("Bots and files"),
    }
    return words.listed(name for what, name in names.items() if what in only)


def key_why(hosts: Sequence[str]) -> str:
    """Why an exchange's key is asked for; `hosts` are servers that are not the exchange's own."""
    if hosts:
        asks = _(
            "This account asks {hosts}, which is not the exchange's own server. Give the key only "
            "if you know it."
        )
        return asks.format(hosts=words.listed(hosts))
    return _("It did not come along with the backup. It goes into this computer's sealed file.")


def lost_keys(keys: list[DeviceKey], host: str) -> list[DeviceKey]:
    """The device keys of the lost machine."""
    return [
        key
        for key in keys
        if key.kind == "device" and not key.in_use and key.host.casefold() == host.casefold()
    ]
