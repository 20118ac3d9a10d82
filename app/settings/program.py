"""How this program starts itself: as a child that works, and as an entry that a system starts.

From a checkout or a wheel that is Python with `-m app`, from a frozen build the build's own file:
its `sys.executable` is no Python. On Windows a frozen build has two: `tradekeep.exe` for children
and terminals, `tradekeep-gui.exe` without a console.
"""

from __future__ import annotations

import sys
from pathlib import Path

_SCRIPT = "tradekeep"
_CONSOLE = "tradekeep.exe"
_WINDOWED = "tradekeep-gui.exe"


def is_frozen() -> bool:
    """Whether this is a build that holds its own Python."""
    return getattr(sys, "frozen", False) is True


def child() -> tuple[str, ...]:
    """What starts another process of this program: its arguments follow."""
    return (_frozen(_CONSOLE),) if is_frozen() else (sys.executable, "-m", "app")


def module(name: str) -> tuple[str, ...]:
    """What runs one of this program's modules as a process of its own."""
    return (child()[0], "-m", name)


def at_login() -> tuple[str, ...]:
    """What a system starts later, without a console: a script where there is one, since its name
    outlives updates."""
    if is_frozen():
        return (_frozen(_WINDOWED),)
    own = Path(sys.executable)
    if own.with_name(_SCRIPT).exists():
        return (str(own.with_name(_SCRIPT)),)
    windowless = own.with_name("pythonw.exe")
    return (str(windowless if windowless.exists() else own), "-m", "app")


def _frozen(name: str) -> str:
    """The build's file of this name where it has two."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else sys.executable
