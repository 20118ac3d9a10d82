"""Sample data: a home of its own below the data folder, and a window of its own on it.

The window on sample data is another process with another TRADEKEEP_HOME; where it came from is in
its environment, so that the way back leads there. Removing waits until that process is gone:
nothing can write into the folder any more, and nothing is left of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QProcess, QProcessEnvironment

from app.messages.language import VARIABLE
from app.settings.paths import Paths

_BEFORE = "TRADEKEEP_BEFORE_SAMPLE"
_OURS = ("TRADEKEEP_HOME", "TRADEKEEP_PASSWORD_FILE")


def sample_folder(environment: Mapping[str, str]) -> Path:
    """Where the sample data lies, seen from the person's own home."""
    return Paths.find(environment).data / "sample"


def with_sample(environment: Mapping[str, str], told: Mapping[str, str]) -> dict[str, str]:
    """The environment of a window on the sample data; `told` is what `demo` reported."""
    before = {name: environment[name] for name in _OURS if name in environment}
    return {**environment, **told, _BEFORE: json.dumps(before)}


def without_sample(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a window on the person's own home again."""
    # The language is the sample window's; the next one reads the person's settings.
    not_theirs = (*_OURS, _BEFORE, VARIABLE)
    own = {name: text for name, text in environment.items() if name not in not_theirs}
    try:
        before = json.loads(environment.get(_BEFORE, "{}"))
    except ValueError:
        before = {}
    kept = before if isinstance(before, dict) else {}
    return {**own, **{name: str(kept[name]) for name in _OURS if name in kept}}


def remove_command(environment: Mapping[str, str]) -> list[str]:
    """Remove the sample data that this process is open on, once it has ended."""
    folder = Path(environment["TRADEKEEP_HOME"]).parent
    return ["demo", str(folder), "--remove", "--wait-for", str(os.getpid())]


def start_detached(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Start a process that outlives this one; whether it could be started."""
    process = QProcess()
    process.setProgram(command[0])
    process.setArguments(list(command[1:]))
    own = QProcessEnvironment()
    for name, text in environment.items():
        own.insert(name, text)
    process.setProcessEnvironment(own)
    # A tuple by its description, a bool in fact (PySide 6.8 to 6.11).
    started: object = process.startDetached()
    return bool(started[0] if isinstance(started, tuple) else started)
