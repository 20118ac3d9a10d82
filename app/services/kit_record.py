"""What the recovery kit that was printed last says: which key is on it, and which copies it names.

A small file of the data folder, written when a kit is printed or saved. It holds nothing of the
key. While the paper in somebody's drawer names a key that is gone, or lacks a copy that would save
the day, that is told.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import msgspec

from app.errors import NoRepository
from app.files import private_folder, write_atomic
from app.json_lines import NO_JSON
from app.monitor import Problem
from app.repository.times import rfc3339
from app.services.history import now
from app.services.home import Home
from app.settings.model import CopySettings, Settings

VERSION = 1


class Record(msgspec.Struct, frozen=True):
    """A kit that was printed: restic's id of the repository, the id of the key file, when (RFC
    3339, UTC), and the copies that it names, by name with their addresses."""

    repository: str
    key: str
    printed: str
    copies: dict[str, str]
    version: int = VERSION


def note(home: Home, key: str) -> Record:
    """A kit with this key was printed now, and names what is set up now."""
    own = home.settings.repository
    if own is None:
        raise NoRepository("not-set-up")
    made = Record(own.id, key, rfc3339(now()), _named(home.settings.copies))
    file = _file(home)
    private_folder(file.parent)
    write_atomic(file, msgspec.json.encode(made))
    return made


def load(home: Home) -> Record | None:
    """The kit that was printed last; None for one that nobody noted."""
    try:
        found = msgspec.json.decode(_file(home).read_bytes(), type=Record)
    except (OSError, *NO_JSON):
        return None
    return found if found.version == VERSION else None


def outdated(record: Record | None, settings: Settings, keys: Collection[str]) -> list[Problem]:
    """Why the paper is out of date; nothing for one of another repository, or if it is not. `keys`
    are the ids of the key files that are there, none where that is unknown."""
    own = settings.repository
    if record is None or own is None or record.repository != own.id:
        return []
    found = []
    if keys and record.key not in keys:
        found.append(Problem("kit-outdated-key"))
    named = _named(settings.copies)
    lacks = sorted(name for name, at in named.items() if record.copies.get(name) != at)
    gone = sorted(name for name in record.copies if name not in named)
    if lacks:
        found.append(Problem("kit-outdated-lacks", {"names": ", ".join(lacks)}))
    if gone:
        found.append(Problem("kit-outdated-gone", {"names": ", ".join(gone)}))
    return found


def as_json_object(problem: Problem) -> dict[str, object]:
    """A reason as protocol 1 tells it."""
    title, hint = problem.sentence.title, problem.sentence.hint
    params = dict(problem.params)
    return {"id": problem.message_id, "params": params, "title": title, "hint": hint}


def _named(copies: Collection[CopySettings]) -> dict[str, str]:
    return {copy.name: copy.address for copy in copies}


def _file(home: Home) -> Path:
    return home.paths.proofs_file.with_name("printed-kit.json")
