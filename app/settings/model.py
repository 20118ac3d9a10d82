"""The settings as values: what `settings.toml` says once it is known to be right.

Must not know: TOML, files.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import msgspec

VERSION = 1
COPY_KINDS = ("folder",)


class SourceKind(StrEnum):
    """What a source is. A bot is a folder whose live databases and capsule are known."""

    FOLDER = "folder"
    BOT = "bot"


class RepositorySettings(msgspec.Struct, frozen=True):
    """This machine's repository: its absolute path, restic's id of it, and the id of the key file
    that the device key opens (both 64 hexadecimal digits)."""

    path: Path
    id: str
    device_key: str


class SourceSettings(msgspec.Struct, frozen=True):
    """Something to back up. `bot` names the kind of bot (bots.toml) and is there for bots only;
    `exclude` are the user's patterns, `leave_out` those of the bot's description."""

    name: str
    kind: SourceKind
    path: Path
    bot: str | None = None
    exclude: tuple[str, ...] = ()
    exclude_caches: bool = True
    leave_out: tuple[str, ...] = ()


class CopySettings(msgspec.Struct, frozen=True):
    """A copy of the repository. `address` is an absolute path for the kind "folder"; `id` is the
    one in the copy's marker, 16 hexadecimal digits."""

    name: str
    kind: str
    address: str
    id: str


class Settings(msgspec.Struct, frozen=True):
    """Everything; without arguments what holds before set-up. Names are unique, ignoring case."""

    version: int = VERSION
    repository: RepositorySettings | None = None
    sources: tuple[SourceSettings, ...] = ()
    copies: tuple[CopySettings, ...] = ()
