"""Backups that look like the work of ransomware: what was found, and that nothing is removed until
a person has decided.

A small file among this machine's data holds what was found. It is written before the snapshot, so
that no kill leaves a suspect snapshot without it. While it names a repository, nothing is removed
there or at its copies: no `forget`, no `prune`, nothing that is owed. Mirroring goes on: it only
adds. That file is the freeze; the snapshots' tag `suspect` is for other machines, for stock restic
and for the rules that keep the last clean snapshot.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from app.errors import AppError
from app.files import private_folder, write_atomic
from app.json_lines import NO_JSON
from app.messages import render
from app.repository.repository import Repository
from app.repository.times import rfc3339
from app.services.home import Home
from app.settings.edit_lock import SettingsBusy, edit_lock

if TYPE_CHECKING:
    from app.services.tripwire import Finding

VERSION = 1
_MOST = 50


class Frozen(AppError):
    """Nothing is removed until somebody has decided about a suspect snapshot."""

    exit_code = 1


class Suspect(msgspec.Struct, frozen=True, kw_only=True):
    """A suspect snapshot of a repository. `snapshot` is "" while it is being written, or if that
    was broken off; `clean` is the last snapshot before it that nothing was found in. `kept`:
    somebody has said that it was not their work."""

    repository: str
    snapshot: str = ""
    time: str
    clean: str = ""
    encrypted: int = 0
    lost: int = 0
    swapped: int = 0
    notes: int = 0
    examples: tuple[str, ...] = ()
    kept: bool = False


class _Kept(msgspec.Struct, frozen=True):
    version: int = VERSION
    suspects: tuple[Suspect, ...] = ()


def file_of(home: Home) -> Path:
    """Where it is kept; its being there is the freeze."""
    return home.paths.data / "suspect.json"


def suspects(home: Home) -> tuple[Suspect, ...]:
    """What was found and nobody has dismissed, oldest first. Raises `Frozen` where the file cannot
    be read: then nobody knows."""
    file = file_of(home)
    try:
        kept = msgspec.json.decode(file.read_bytes(), type=_Kept)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise _unusable(file, error.strerror or str(error)) from error
    except NO_JSON as error:
        raise _unusable(file, str(error)) from error
    if kept.version > VERSION:
        raise _unusable(file, f"version {kept.version}")
    return kept.suspects


def is_frozen(home: Home, repository: Repository) -> bool:
    """Whether nothing may be removed in a repository and its copies, which have the same id."""
    return any(each.repository == repository.config.id for each in suspects(home))


def refuse_if_frozen(home: Home, repository: Repository) -> None:
    """Raises `Frozen` where nothing may be removed."""
    if is_frozen(home, repository):
        raise Frozen("suspect-frozen")


def _unusable(file: Path, reason: str) -> Frozen:
    return Frozen("suspect-unusable", path=str(file), reason=reason)


def write(home: Home, found: tuple[Suspect, ...]) -> None:
    """Replace what is noted; none of it ends the freeze. Raises `Frozen` where it cannot be."""
    file = file_of(home)
    try:
        if found:
            private_folder(file.parent)
            write_atomic(file, msgspec.json.format(msgspec.json.encode(_Kept(suspects=found))))
        else:
            file.unlink(missing_ok=True)
    except OSError as error:
        raise _unusable(file, error.strerror or str(error)) from error


def change(home: Home, how: Callable[[tuple[Suspect, ...]], tuple[Suspect, ...]]) -> None:
    """Write what becomes of what is noted, one process at a time: a backup may note something
    while a person decides. Raises `Frozen`."""
    file = file_of(home)
    try:
        private_folder(file.parent)
        with edit_lock(file):
            write(home, how(suspects(home)))
    except SettingsBusy as error:
        raise _unusable(file, error.sentence.title) from error
    except OSError as error:
        raise _unusable(file, error.strerror or str(error)) from error


# --- finding ---------------------------------------------------------------------------------


def freeze(
    home: Home,
    repository: Repository,
    found: Finding,
    at: datetime,
    *,
    clean: str,
    snapshot: str = "",
) -> Suspect:
    """Note a finding: before its snapshot is written, and again with it. What has no snapshot, as
    it was broken off or is written now, gives way, and so do the oldest of many."""
    made = Suspect(
        repository=repository.config.id,
        snapshot=snapshot,
        time=rfc3339(at),
        clean=clean,
        encrypted=found.encrypted,
        lost=found.lost,
        swapped=found.swapped,
        notes=found.notes,
        examples=found.examples,
    )

    def with_it(noted: tuple[Suspect, ...]) -> tuple[Suspect, ...]:
        stays = (each for each in noted if each.snapshot or each.repository != made.repository)
        return (*stays, made)[-_MOST:]

    change(home, with_it)
    return made


# --- telling ---------------------------------------------------------------------------------


def as_json(each: Suspect) -> dict[str, object]:
    """As protocol 1 shows it: snapshot, time, clean, reasons (sentences), examples, kept."""
    return {
        "snapshot": each.snapshot,
        "time": each.time,
        "clean": each.clean,
        "reasons": [render(reason, {"count": count}).title for reason, count in _counts(each)],
        "examples": list(each.examples),
        "kept": each.kept,
    }


def _counts(each: Suspect) -> list[tuple[str, int]]:
    counts = [
        ("suspect-encrypted", each.encrypted),
        ("suspect-lost", each.lost),
        ("suspect-swapped", each.swapped),
        ("suspect-notes", each.notes),
    ]
    return [(reason, count) for reason, count in counts if count]


def for_status(home: Home) -> dict[str, object] | None:
    """The newest finding about this machine's repository, for `status`; None for none. A file that
    cannot be read is told by whatever it keeps from removing something."""
    try:
        found = suspects(home)
    except Frozen:
        return None
    own = home.settings.repository
    here = [each for each in found if own is not None and each.repository == own.id]
    return as_json(here[-1]) if here else None
