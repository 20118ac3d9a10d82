"""Where the folders of a lost computer lie on this one, in paths and in a text of settings."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

from app.errors import WrongUsage
from app.repository.snapshot import Snapshot
from app.settings import surgery
from app.settings.model import FOLDER

Rule = tuple[Path, Path]


def read_rule(given: str) -> Rule:
    """`OLD=NEW` as two absolute paths. Raises `WrongUsage`."""
    old, separator, new = given.partition("=")
    places = Path(old), Path(new).expanduser()
    if not separator or not all(place.is_absolute() for place in places):
        raise WrongUsage("recover-map-bad", given=given)
    return places


def mapped(path: Path, rules: Sequence[Rule]) -> Path:
    """Where a path of the lost machine lies here; the first of the longest rules counts."""
    fitting = [rule for rule in rules if path.is_relative_to(rule[0])]
    if not fitting:
        return path
    old, new = max(fitting, key=lambda rule: len(rule[0].parts))
    return new / path.relative_to(old)


def home_rule(snapshot: Snapshot) -> list[Rule]:
    """From the home folder there, where systems have it, to the one here."""
    user = snapshot.file.username
    if not user or "/" in user or user.startswith("."):
        return []
    likely = ["/root"] if user == "root" else [f"/home/{user}", f"/Users/{user}"]
    return [(Path(each), Path.home()) for each in likely if Path(each) != Path.home()]


def said_there(said: str, rules: Sequence[Rule]) -> Path:
    """A path as the lost machine meant it: "~" was the home folder there."""
    if said.startswith("~"):
        homes = [old for old, new in rules if new == Path.home()]
        if homes:
            return homes[0] / said.removeprefix("~").lstrip("/")
    return Path(said).expanduser()


def folders_of_copies(text: str, rules: Sequence[Rule]) -> str:
    """The settings with their copies in folders at the new places."""
    for number, copy in enumerate(tomllib.loads(text).get("copies", [])):
        if copy.get("kind") == FOLDER:
            said = str(copy["address"])
            new = mapped(said_there(said, rules), rules)
            if Path(said).expanduser() != new:
                text = surgery.change_table(text, "copies", number, {"address": str(new)})
    return text


def free_name(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken (in lower case)."""
    number, found = 1, name
    while found.casefold() in taken:
        number += 1
        found = f"{name} {number}"
    return found


def settings_of(paths: Sequence[Path]) -> str:
    """Settings that say no more than what was backed up."""
    text = surgery.with_version("")
    names: set[str] = set()
    for path in paths:
        name = free_name(path.name or "files", names)
        names.add(name.casefold())
        values = {"name": name, "kind": "folder", "path": str(path)}
        text = surgery.append_table(text, "sources", values)
    return text
