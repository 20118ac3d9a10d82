"""A report about this installation that can be shown to strangers: nothing in it is a secret.

What is left out is told in `LEFT_OUT`, so that a person can decide before it leaves the computer:
keys and secrets, what exchanges answered, amounts, and names that a person gave: sources, accounts,
copies, machines. Paths below the home folder begin with ~, others keep their first folder only.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable

import msgspec

from app.bots.redact_lines import settings as redacted_lines
from app.errors import AppError
from app.json_lines import encode_line
from app.monitor import Monitor
from app.repository.keys import host_name
from app.services.doctor import examine
from app.services.history import RunRecord, Told
from app.services.home import Home

LEFT_OUT = ("secrets", "answers", "amounts", "names", "paths")
_RUNS = 100
_PATH = re.compile(r"(?<![\w.~])/(?:[^/\s\"',;:]+/)+[^\s\"',;:]*")


def report(home: Home, monitor: Monitor) -> dict[str, object]:
    """`text` (the whole, as it would be shared) and `left_out` (ids of what is not in it)."""
    hide = _hiding(home)
    parts = [
        _section("What doctor found", _findings(home, monitor)),
        _section("Settings", _settings(home)),
        _section("The last runs", (_run(run) for run in home.history.runs()[:_RUNS])),
    ]
    return {"text": hide("\n".join(parts)), "left_out": list(LEFT_OUT)}


def _section(title: str, lines: Iterable[str]) -> str:
    return "\n".join((f"== {title}", *lines, ""))


def _findings(home: Home, monitor: Monitor) -> Iterable[str]:
    marks = {True: "fine", False: "NOT FINE", None: ""}
    for finding in examine(home, monitor):
        yield f"{finding.name}: {finding.detail} {marks[finding.fine]}".rstrip()


def _settings(home: Home) -> Iterable[str]:
    try:
        text = home.paths.settings_file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return [f"cannot be read: {error.strerror}"]
    return redacted_lines(text.splitlines())


def _run(run: RunRecord) -> str:
    """A run without its report, which holds amounts; problems once for each id."""
    problems: dict[str, int] = {}
    for told in run.problems:
        problems[told.id] = problems.get(told.id, 0) + 1
    fields = {
        "run": run.run, "job": run.job, "started": run.started, "seconds": run.seconds,
        "outcome": run.outcome, "problems": problems, "steps": msgspec.to_builtins(run.steps),
        "error": _error(run.error),
    }  # fmt: skip
    return encode_line(fields).decode().rstrip()


def _error(told: Told | None) -> object:
    return None if told is None else {"id": told.id, "title": told.title}


def _hiding(home: Home) -> Callable[[str], str]:
    """Replaces the names that a person gave, longest first, and shortens paths."""
    names = {host_name(): "this-machine"}
    try:
        settings = home.settings
        groups = {
            "source": [each.name for each in settings.sources],
            "copy": [each.name for each in settings.copies],
            "account": [each.name for each in settings.exchanges],
            "candles": [each.name for each in settings.candles],
        }
        for kind, named in groups.items():
            for number, name in enumerate(named, 1):
                names.setdefault(name, f"{kind}-{number}")
    except AppError:
        pass  # settings that cannot be read name nothing
    user = os.environ.get("USER", "")
    own = str(home.paths.settings_file.parent)
    folder = home.environment.get("HOME", "")

    def hide(text: str) -> str:
        if len(folder) > 1:
            text = text.replace(folder, "~")
        text = text.replace(own, "<own>")
        for name in sorted(names, key=len, reverse=True):
            if len(name) > 1:
                text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", names[name], text)
        if len(user) > 2:
            text = re.sub(rf"(?<!\w){re.escape(user)}(?!\w)", "user", text)
        return _PATH.sub(_short, text)

    return hide


def _short(found: re.Match[str]) -> str:
    """`/media/KEEP/x/y` becomes `/media/…`."""
    first = found.group().split("/", 2)[1]
    return f"/{first}/…"
