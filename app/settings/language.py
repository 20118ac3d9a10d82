"""The language that the user chose, and the catalogues of what ships.

Read by itself and forgivingly: a mistake elsewhere in the settings file has to be told in the
user's language, too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from app.messages.language import AUTO, choose, preferred
from app.settings.paths import Paths, resource


def spoken(environment: Mapping[str, str]) -> str:
    """The language of a command: see `app.messages.language.choose`."""
    file = Paths.find(environment).settings_file
    return choose(environment, lambda: chosen(file), lambda: preferred(environment))


def chosen(file: Path) -> str:
    """What the settings file says; "auto" where it says nothing that could be understood."""
    try:
        window = tomllib.loads(file.read_text(encoding="utf-8-sig")).get("window")
    except (OSError, ValueError, RecursionError):
        return AUTO
    name = window.get("language") if isinstance(window, dict) else None
    return name if isinstance(name, str) else AUTO


def appearance(file: Path) -> str:
    """ "light", "dark", or "auto" where the settings say nothing that could be understood."""
    try:
        window = tomllib.loads(file.read_text(encoding="utf-8-sig")).get("window")
    except (OSError, ValueError, RecursionError):
        return AUTO
    name = window.get("appearance") if isinstance(window, dict) else None
    return name if name in ("light", "dark") else AUTO


def translations() -> Path:
    """The folder of the catalogues."""
    return resource("translations")
