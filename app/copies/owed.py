"""What was removed here on purpose and still has to be removed at each copy.

Nothing is ever removed from a copy because it is missing here. So forgetting a snapshot and
removing a key are written down for each copy, before they happen; the next sync carries them out
there. A thing that is written down and then not removed (a crash, an error) does no harm: what
is still here is not removed at a copy, and the sync that sees it strikes it out.

One file for each copy, below the data folder. It is only ever appended to, so that two processes
do not undo each other's lines: a JSON line for each thing that is owed, and one more, with
`done`, when it was carried out; a later line for the same thing counts. A line that cannot be
read (a power cut, a later version) is passed over: then something stays at the copy, which harms
nobody. A file that has grown long and owes nothing is removed.

Whoever records holds the exclusive lock of the repository here, whoever strikes out a lock there
and, for what was not removed, a shared one here: so nothing is struck out half way.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from app.errors import AppError
from app.files import private_folder, sync_file, sync_folder
from app.json_lines import NO_JSON

_VERSION = 1
_LONG = 1 << 20


class OwedUnusable(AppError):
    """The list of what is owed cannot be read or written."""


class What(StrEnum):
    """What kind of thing is owed. ROOM: a prune, since there was one here; its id only tells it
    from the next one."""

    SNAPSHOT = "snapshot"
    KEY = "key"
    ROOM = "room"


class Owed(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing to remove at a copy. `instead`: the snapshot that took its place when its tags
    were changed; until that is at the copy, too, the old one stays."""

    what: What
    id: str
    instead: str = ""


class _Line(Owed, frozen=True, omit_defaults=True, kw_only=True):
    version: int
    done: bool = False


@dataclass(frozen=True, slots=True)
class OwedDeletions:
    """All that is owed, below a private folder. Raises `OwedUnusable`."""

    folder: Path

    def record(
        self, copy_ids: Iterable[str], what: What, ids: Sequence[str], *, instead: str = ""
    ) -> None:
        """Write down, durably, that things have to go; before they go here."""
        lines = [_Line(what, each, instead, version=_VERSION) for each in ids]
        for copy_id in copy_ids if lines else ():
            self._append(self._file(copy_id), lines)

    def pending(self, copy_id: str) -> list[Owed]:
        """What is owed at one copy, in order, each once."""
        return self._read(self._file(copy_id))[0]

    def done(self, copy_id: str, carried_out: Iterable[Owed]) -> None:
        """Strike out what was carried out, or was not removed here after all."""
        path = self._file(copy_id)
        struck = [_Line(e.what, e.id, e.instead, version=_VERSION, done=True) for e in carried_out]
        if struck:
            self._append(path, struck)
            self._tidy(path)

    def _file(self, copy_id: str) -> Path:
        if not (copy_id.isascii() and copy_id.isalnum()):
            raise ValueError(f"no id of a copy: {copy_id!r}")
        return self.folder / f"{copy_id}.jsonl"

    def _append(self, path: Path, lines: Sequence[_Line]) -> None:
        content = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        try:
            private_folder(self.folder)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with open(descriptor, "ab") as file:  # noqa: PTH123  # a descriptor
                # A torn last line must not swallow the next one: begin with a line ending.
                file.write(b"\n" + content)
                file.flush()
                sync_file(file.fileno())
            sync_folder(self.folder)
            sync_folder(self.folder.parent)
        except OSError as error:
            raise _unusable(path, error) from error

    def _read(self, path: Path) -> tuple[list[Owed], bool]:
        """What is pending, and whether every line was understood."""
        try:
            lines = path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return [], True
        except OSError as error:
            raise _unusable(path, error) from error
        found: dict[tuple[What, str], Owed] = {}
        understood = True
        for raw in filter(None, lines):
            line = _parse(raw)
            if line is None:
                understood = False
                continue
            found.pop((line.what, line.id), None)
            if not line.done:
                found[line.what, line.id] = Owed(line.what, line.id, line.instead)
        return list(found.values()), understood

    def _tidy(self, path: Path) -> None:
        pending, understood = self._read(path)
        try:
            if not pending and understood and path.stat().st_size > _LONG:
                path.unlink()
        except OSError as error:
            raise _unusable(path, error) from error


def _parse(raw: bytes) -> _Line | None:
    try:
        line = msgspec.json.decode(raw, type=_Line)
    except NO_JSON:
        return None
    return line if line.version == _VERSION else None


def _unusable(path: Path, error: OSError) -> OwedUnusable:
    return OwedUnusable("owed-unusable", path=str(path), reason=error.strerror or str(error))
