"""What translators wrote, for tests: every text of every language beside its English."""

from __future__ import annotations

import string
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging"))

import translations as tool  # noqa: E402  # a script of packaging, not of the app


class Entry(NamedTuple):
    """A text: its form (or two) in English, and all of its forms in a language."""

    language: str
    english: tuple[str, ...]
    said: tuple[str, ...]


def entries() -> Iterator[Entry]:
    """All of them, of all languages."""
    wanted = tool.template()
    for language in tool.TRANSLATED:
        for message in tool.translated(language, wanted):
            if message.id:
                yield Entry(language, _forms(message.id), _forms(message.string))


def _forms(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, (tuple, list)) else (str(text),)


def fields(text: str) -> set[str]:
    """The named fields of a template."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
