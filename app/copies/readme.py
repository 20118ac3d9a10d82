"""A short text beside a copy, for whoever finds the drive: what this is, and how it is restored.

Written once, in the language of that day; stock restic passes over it.
"""

from __future__ import annotations

from pathlib import Path

from app.files import write_atomic
from app.messages import _

NAME = "READ ME.txt"


def write_readme(folder: Path) -> None:
    """Put the text into the folder of a copy. OSErrors pass through."""
    write_atomic(folder / NAME, _text().replace("\n", "\r\n").encode("utf-8-sig"))


def _text() -> str:
    return "\n".join(
        [
            _("This folder is a backup that Tradekeep made. It is encrypted."),
            "",
            _("To bring it back you need the recovery key from the printed recovery kit."),
            "",
            _("With Tradekeep: install it, choose “I have a backup already”, and this folder."),
            _("With restic (restic.net): in this folder, type"),
            "    restic -r . snapshots",
            "    restic -r . restore latest --target /somewhere",
            "",
            _("Please change and delete nothing here. What is missing cannot be restored."),
            "",
        ]
    )
