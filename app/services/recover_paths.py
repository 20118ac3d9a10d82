"""Where the folders of a lost computer lie on this one, in paths and in a text of settings.

The lost computer may have had another user, another system, or other names for its drives. What is
said in so many words (`--map`) counts first. The rest is guessed, each guess with its reason, so
that a person can look at it before anything is written:

* what lay in the home folder there lies in the home folder here;
* what lay on a drive that is plugged in here, too, lies on that drive;
* what this system has no place for (`D:\\bots` on Linux, `/srv` on Windows, `/Volumes` on Linux)
  goes below the home folder, by the drive's letter or name;
* all else has its old place.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

from app.copies.drives import drives, mounted
from app.errors import WrongUsage
from app.repository.snapshot import Snapshot
from app.settings import surgery
from app.settings.model import FOLDER

Rule = tuple[PurePath, Path]
_OF_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\[^\\]+\\")
# Where systems mount what has a name of its own; the folder below is that name.
_DRIVES = (("/", "media", "*"), ("/", "run", "media", "*"), ("/", "Volumes"))
# What only one of two systems has.
_FOREIGN = {
    "linux": ("/Users", "/Volumes"),
    "darwin": ("/home", "/media", "/mnt", "/run", "/srv", "/root"),
}


class Why(StrEnum):
    """Why something goes where it goes."""

    SAME = "same"  # its old place
    ASKED = "asked"  # so it was said
    HOME = "home"  # from the home folder there to the one here
    DRIVE = "drive"  # the drive of that name is plugged in here
    SYSTEM = "system"  # this system has no such place: below the home folder
    OWN = "own"  # Tradekeep's own data, where it keeps them here


@dataclass(frozen=True, slots=True)
class Placing:
    """What is known of both computers. `asked` and `homes` are rules; `drives` are the mount points
    of plugged-in drives by their names."""

    asked: tuple[Rule, ...] = ()
    homes: tuple[Rule, ...] = ()
    drives: Mapping[str, Path] = field(default_factory=dict)
    home: Path = field(default_factory=Path.home)
    system: str = sys.platform

    def place(self, old: PurePath) -> tuple[Path, Why]:
        """Where a path of the lost machine lies here, and why there."""
        for rules, why in ((self.asked, Why.ASKED), (self.homes, Why.HOME)):
            fitting = [rule for rule in rules if is_below(old, rule[0])]
            if fitting:
                upper, new = max(fitting, key=lambda rule: len(rule[0].parts))
                return new / old.relative_to(upper).as_posix(), why
        label, rest = _on_drive(old)
        if label in self.drives:
            new = self.drives[label].joinpath(*rest)
            return new, Why.SAME if new == Path(old) else Why.DRIVE
        if self._has_no_place_for(old):
            return self.home.joinpath(*([label] if label else []), *rest), Why.SYSTEM
        return Path(old), Why.SAME

    def _has_no_place_for(self, old: PurePath) -> bool:
        windows = self.system == "win32"
        if windows or isinstance(old, PureWindowsPath):
            return windows != isinstance(old, PureWindowsPath)
        tops = _FOREIGN.get(self.system, ())
        return any(is_below(old, PurePosixPath(top)) for top in tops)


def placing(snapshot: Snapshot, asked: Sequence[Rule]) -> Placing:
    """What is known on this computer, for the snapshot of another one."""
    here = {drive.label: drive.path for drive in drives(mounted())}
    return Placing(tuple(asked), tuple(home_rules(snapshot)), here)


def there(said: str) -> PurePath:
    """A path of the lost machine: how it is written shows of which system it is."""
    return PureWindowsPath(said) if _OF_WINDOWS.match(said) else PurePosixPath(said)


def is_below(path: PurePath, upper: PurePath) -> bool:
    """Whether both are of one system, and the first lies in the second or is it."""
    of_one_system = isinstance(path, PureWindowsPath) == isinstance(upper, PureWindowsPath)
    return of_one_system and path.is_relative_to(upper)


def tree_path(old: PurePath) -> bytes:
    """Where a path lies in a snapshot's tree: restic has C:\\bots as /C/bots."""
    if not isinstance(old, PureWindowsPath):
        return os.fsencode(str(old))
    drive = old.drive.rstrip(":").replace("\\", "/").strip("/")
    return os.fsencode("/" + "/".join([drive, *old.parts[1:]]))


def read_rule(given: str) -> Rule:
    """`OLD=NEW` as two absolute paths. Raises `WrongUsage`."""
    for at, sign in enumerate(given):
        if sign == "=":  # a name may have one, too
            old, new = there(given[:at]), Path(given[at + 1 :]).expanduser()
            if old.is_absolute() and new.is_absolute():
                return old, new
    raise WrongUsage("recover-map-bad", given=given)


def home_rules(snapshot: Snapshot) -> list[Rule]:
    """From the home folder there, where systems have it, to the one here."""
    user = snapshot.file.username.rpartition("\\")[2]  # Windows says DOMAIN\user
    if not user or "/" in user or user.startswith("."):
        return []
    likely: list[PurePath] = [PurePosixPath("/home", user), PurePosixPath("/Users", user)]
    if user == "root":
        likely = [PurePosixPath("/root"), PurePosixPath("/var/root")]
    likely.append(PureWindowsPath("C:/Users", user))
    return [(each, Path.home()) for each in likely if each != Path.home()]


def said_there(said: str, known: Placing) -> PurePath:
    """A path as the lost machine meant it: "~" was the home folder there."""
    if said.startswith("~"):
        homes = [old for old, new in (*known.asked, *known.homes) if new == known.home]
        if homes:
            return homes[0] / said.removeprefix("~").lstrip("/\\")
        return PurePosixPath(Path(said).expanduser())
    return there(said)


def folders_of_copies(text: str, known: Placing) -> str:
    """The settings with their copies in folders at the new places."""
    for number, copy in enumerate(tomllib.loads(text).get("copies", [])):
        if copy.get("kind") == FOLDER:
            said = str(copy["address"])
            new, _why = known.place(said_there(said, known))
            if Path(said).expanduser() != new:
                text = surgery.change_table(text, "copies", number, {"address": str(new)})
    return text


def in_our_paths(text: str, known: Placing) -> str:
    """The settings with every path of another system as one of this system, so that they can be
    read here. A text that is no TOML stays as it is."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return text
    for array, key in (("sources", "path"), ("copies", "address")):
        tables = document.get(array, [])
        for number, table in enumerate(tables if isinstance(tables, list) else ()):
            new = _ours(table.get(key) if isinstance(table, dict) else None, known)
            if new is not None:
                text = surgery.change_table(text, array, number, {key: new})
    own = document.get("repository")
    new = _ours(own.get("path") if isinstance(own, dict) else None, known)
    return text if new is None else surgery.set_table(text, "repository", {"path": new})


def _ours(said: object, known: Placing) -> str | None:
    """Where a path of another system lies here; None for anything else."""
    if not isinstance(said, str) or Path(said).is_absolute():
        return None
    old = there(said)
    return str(known.place(old)[0]) if old.is_absolute() else None


def free_name(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken (in lower case)."""
    number, found = 1, name
    while found.casefold() in taken:
        number += 1
        found = f"{name} {number}"
    return found


def settings_of(paths: Sequence[PurePath]) -> str:
    """Settings that say no more than what was backed up."""
    text = surgery.with_version("")
    names: set[str] = set()
    for path in paths:
        name = free_name(path.name or "files", names)
        names.add(name.casefold())
        values = {"name": name, "kind": "folder", "path": str(path)}
        text = surgery.append_table(text, "sources", values)
    return text


def _on_drive(old: PurePath) -> tuple[str, tuple[str, ...]]:
    """The letter or name of the drive that a path was on, "" for none; and what follows it."""
    if isinstance(old, PureWindowsPath):
        return old.drive.rstrip(":").rpartition("\\")[2], old.parts[1:]
    for pattern in _DRIVES:
        upper, count = old.parts[: len(pattern)], len(pattern)
        same = all(want in ("*", part) for want, part in zip(pattern, upper, strict=False))
        if same and len(old.parts) > count:
            return old.parts[count], old.parts[count + 1 :]
    skipped = 2 if old.parts[1:2] in (("Users",), ("home",)) else 1  # another user's
    return "", old.parts[skipped:]
