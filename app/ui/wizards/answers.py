"""The answers of a wizard that was left, in a small file of the data folder. Must not know Qt.

    {"version": 1, "page": "where", "answers": {"protect": {…}, "where": {…}}}

A file that cannot be read, or is of another version, counts as none: the wizard begins anew.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from app.files import private_folder, write_atomic
from app.json_lines import NO_JSON

VERSION = 1


class Kept(msgspec.Struct, frozen=True):
    """What is kept: the page that was seen last, and what each page gave."""

    version: int = VERSION
    page: str = ""
    answers: dict[str, dict[str, object]] = {}


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """The file of one wizard."""

    path: Path

    def load(self) -> Kept:
        try:
            kept = msgspec.json.decode(self.path.read_bytes(), type=Kept)
        except (OSError, *NO_JSON):
            return Kept()
        return kept if kept.version == VERSION else Kept()

    def save(self, kept: Kept) -> None:
        """Keep the answers. A disk that takes nothing is no reason to stop a person."""
        with contextlib.suppress(OSError):
            private_folder(self.path.parent)
            write_atomic(self.path, msgspec.json.format(msgspec.json.encode(kept)))

    def forget(self) -> None:
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
