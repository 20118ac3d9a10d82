"""What is wrong with a settings file, said so that a person can put it right in one go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from app.errors import AppError, Param
from app.messages import Sentence, render


class Mistake(msgspec.Struct, frozen=True):
    """One wrong place: its line (from 1), the key with its table ("sources.path"; "" for the
    text as a whole), what is there as it is written ("" if nothing), and what would be right."""

    line: int
    key: str
    found: str
    right: str
    message_id: str = "settings-wrong-value"

    @property
    def sentence(self) -> Sentence:
        params = {"line": self.line, "key": self.key, "found": self.found, "right": self.right}
        return render(self.message_id, params)


class BrokenSettings(AppError):
    """The settings cannot be used as they are. `mistakes` has all that were found, by line; it is
    empty where the file could not even be read."""

    mistakes: tuple[Mistake, ...] = ()

    @classmethod
    def of(cls, path: Path, mistakes: Sequence[Mistake]) -> BrokenSettings:
        """For a file with mistakes; the sentence names them all."""
        ordered = sorted(mistakes, key=lambda mistake: (mistake.line, mistake.key))
        listed = "\n".join(f"  {mistake.sentence.title}" for mistake in ordered)
        error = cls("settings-broken", path=str(path), count=len(ordered), mistakes=listed)
        error.mistakes = tuple(ordered)
        return error

    def __reduce__(self) -> tuple[object, ...]:
        rebuild, arguments = super().__reduce__()
        return rebuild, arguments, {"mistakes": self.mistakes}


class NewerSettings(BrokenSettings):
    """A newer Tradekeep wrote this file; we would misread it."""

    def __init__(self, message_id: str = "settings-too-new", /, **params: Param) -> None:
        super().__init__(message_id, **params)
