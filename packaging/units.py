"""Writes the systemd user units that a package brings: `units.py FOLDER`.

They are those that `tradekeep service install` writes for one person, from the same source.
"""

from __future__ import annotations

import sys
from pathlib import Path

from app.services.timer import timer_for


def units(program: str) -> dict[str, str]:
    """Their texts by name, for a program of the system."""
    here = Path("/")
    made = timer_for("linux", [program], {}, here, here)
    return {part.path.name: part.text for part in made.parts}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in units("/usr/bin/tradekeep").items():
        (folder / name).write_text(text, encoding="utf-8")
