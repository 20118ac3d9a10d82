"""Starting at login: one entry in the place where this system looks for such.

Linux: a desktop entry in the XDG autostart folder. macOS: a launch agent. Windows: a value of the
user's Run key. All start `tradekeep --tray`, which opens no window. `entry` says what would be
written, `is_on` and `switch` read and write it.

A Linux package brings an entry for everybody; one of the same name in a person's own folder stands
above it, so switching off there is an entry that says so.
"""

from __future__ import annotations

import plistlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.files import write_atomic
from app.messages import _

_NAME = "Tradekeep"
_AGENT = "org.tradekeep.tray"
_RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
TRAY = "--tray"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file and what belongs into it; on Windows the value of the Run key, without a file.
    `everyones` are the places of an entry that a package may have brought."""

    path: Path | None
    text: str
    everyones: tuple[Path, ...] = ()


def entry(
    platform: str, command: Sequence[str], environment: Mapping[str, str], home: Path
) -> Entry:
    """The entry that starts `command` at login, with `--tray` added."""
    words = [*command, TRAY]
    if platform == "win32":
        return Entry(None, subprocess.list2cmdline(words))
    if platform == "darwin":
        return Entry(home / f"Library/LaunchAgents/{_AGENT}.plist", _agent(words))
    config = environment.get("XDG_CONFIG_HOME") or str(home / ".config")
    folders = (environment.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")
    name = "autostart/tradekeep.desktop"
    everyones = tuple(Path(folder) / name for folder in folders if folder)
    return Entry(Path(config) / name, _desktop(words), everyones)


def _desktop(words: Sequence[str]) -> str:
    line = " ".join(_quoted(word) for word in words)
    return (
        "[Desktop Entry]\n"
        "Type=Application\n"
        f"Name={_NAME}\n"
        f"Comment={_('Backs up on schedule, from the tray')}\n"
        f"Exec={line}\n"
        "Icon=tradekeep\n"
        "Terminal=false\n"
        "X-GNOME-Autostart-enabled=true\n"
    )


_RESERVED = frozenset(" \t\n\"'\\><~|&;$*?#()`")


def _quoted(word: str) -> str:
    """A word of an Exec line: quoted as the Desktop Entry Specification wants it, which unescapes
    twice (first as a string value, then as an argument); a per cent sign is doubled."""
    word = word.replace("%", "%%")
    if word and not _RESERVED & set(word):
        return word
    for character in '\\"`$':
        word = word.replace(character, "\\" + character)
    return '"' + word.replace("\\", "\\\\") + '"'


def _agent(words: Sequence[str]) -> str:
    agent = {
        "Label": _AGENT,
        "ProgramArguments": list(words),
        "RunAtLoad": True,
        "ProcessType": "Interactive",
    }
    return plistlib.dumps(agent, sort_keys=True).decode()


# --- reading and writing ----------------------------------------------------------------------


def is_on(made: Entry) -> bool:
    """Whether this computer starts Tradekeep at login."""
    if made.path is None:
        return _run_value() is not None
    for path in (made.path, *made.everyones):
        try:
            text = path.read_text(encoding="utf-8")
        except OSError:
            continue
        # A desktop's own settings switch entries off in these ways.
        off = ("Hidden=true", "X-GNOME-Autostart-enabled=false")
        return not any(line in off for line in text.splitlines())
    return False


def switch(made: Entry, *, on: bool) -> None:
    """Start at login from now on, or no more. OSError where that cannot be written."""
    if made.path is None:
        _set_run_value(made.text if on else None)
    elif on or any(path.exists() for path in made.everyones):
        made.path.parent.mkdir(parents=True, exist_ok=True)
        text = made.text if on else f"{made.text}Hidden=true\n"
        write_atomic(made.path, text.encode(), mode=0o644)
    else:
        made.path.unlink(missing_ok=True)


def _run_value() -> str | None:
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN) as key:
                return str(winreg.QueryValueEx(key, _NAME)[0])
        except FileNotFoundError:
            return None
    raise AssertionError("the Run key is Windows'")


def _set_run_value(command: str | None) -> None:
    if sys.platform == "win32":
        import winreg

        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN) as key:
            if command is not None:
                winreg.SetValueEx(key, _NAME, 0, winreg.REG_SZ, command)
            elif _run_value() is not None:
                winreg.DeleteValue(key, _NAME)
