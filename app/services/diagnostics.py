"""A report about this installation that can be shown to strangers: nothing in it is a secret.

What is left out is told in `LEFT_OUT`, so that a person can decide before it leaves the computer:
keys and secrets, what exchanges answered, amounts, and names that a person gave: sources, accounts,
copies, machines, patterns, comments. Paths below the home folder begin with ~, others keep their
first folder only; of addresses in the net only the scheme is there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from app.bots.redact_lines import settings as redacted_lines
from app.errors import AppError
from app.json_lines import encode_line
from app.messages import render
from app.monitor import Monitor
from app.repository.keys import host_name
from app.services.doctor import examine
from app.services.history import Outcome, RunRecord, Told
from app.services.home import Home
from app.services.log import in_general, read

LEFT_OUT = ("secrets", "answers", "amounts", "names", "paths")
_RUNS = 100
_PATH = re.compile(
    r"""(?<![\w.~])(?:/(?=[^/\s"',;:]+/)|[A-Za-z]:[\\/]+|\\\\+)(?:[^\\/\s"',;:]+[\\/]+)*[^\s"',;:]*"""
)
_QUOTED_PATH = re.compile(r"""(["'])((?:/|~|[A-Za-z]:[\\/]|\\\\)[^"']*)\1""")
_ADDRESS = re.compile(r"""(\w://)[^\s"']+""")
_HOST = re.compile(r"""(hostname["']?\s*=\s*)(["'])[^"']*\2""")
_MAIL = re.compile(r"[\w.+-]+@[\w-][\w.-]*")
_STRING = re.compile(r""""(?:\\.|[^"\\])*"?|'[^']*'?""")
# Settings whose words are ours.
_OF_A_LIST = re.compile(r"""\s*(?:kind|exchange|environment|language|appearance)\s*=""")
_COMMENT = re.compile(r"""^((?:[^"'#]|"(?:\\.|[^"\\])*"|'[^']*')*)#.*$""")


def report(home: Home, monitor: Monitor) -> dict[str, object]:
    """`text` (the whole, as it would be shared) and `left_out` (ids of what is not in it)."""
    hide, runs = _hiding(home), home.history.runs()[:_RUNS]
    parts = [
        _section("What doctor found", _findings(home, monitor)),
        _section("Settings", _settings(home)),
        _section("The last runs", (_run(run) for run in runs)),
        _section("The log of the last one that did not go well", _log(home, runs)),
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
    lines = (_setting(line) for line in redacted_lines(text.splitlines()))
    if not _is_readable(home):  # which names are in it is not known then
        lines = (line if _OF_A_LIST.match(line) else _STRING.sub('"…"', line) for line in lines)
    return filter(None, lines)


def _is_readable(home: Home) -> bool:
    try:
        home.settings  # noqa: B018  # says it where they are not
    except AppError:
        return False
    return True


def _setting(line: str) -> str:
    """Without a person's own words and addresses; a path in quotes may hold blanks."""
    line = _COMMENT.sub(r"\1", line).rstrip()
    line = _HOST.sub(r"\1\2…\2", _ADDRESS.sub(r"\1…", line))
    return _QUOTED_PATH.sub(lambda found: found[1] + _first_folder(found[2]) + found[1], line)


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


def _log(home: Home, runs: Sequence[RunRecord]) -> Iterator[str]:
    bad = (run for run in runs if run.outcome in (Outcome.FAILED, Outcome.PROBLEMS))
    run = next(bad, None)
    return iter(()) if run is None else in_general(read(home.history, run.run))


def _error(told: Told | None) -> object:
    """What it says in general: what was filled in holds paths, names and reasons."""
    if told is None:
        return None
    params = {name: each if isinstance(each, int) else "…" for name, each in told.params.items()}
    return {"id": told.id, "title": render(told.id, params).title}


def _hiding(home: Home) -> Callable[[str], str]:
    """Replaces what a person named, longest first, and shortens paths."""
    names = {host_name(): "this-machine", **_named(home)}
    environment = home.environment
    user = environment.get("USER") or environment.get("USERNAME", "")
    if len(user) > 2:
        names.setdefault(user, "user")
    own = str(home.paths.settings_file.parent)
    folder = environment.get("HOME") or environment.get("USERPROFILE", "")

    def hide(text: str) -> str:
        if len(folder) > 1:
            text = re.sub(rf"{re.escape(folder)}(?![\w.-])", "~", text)
        text = text.replace(own, "<own>")
        for name in sorted(names, key=len, reverse=True):
            if len(name) > 1:
                text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", names[name], text)
        return _MAIL.sub("…@…", _PATH.sub(_short, text))

    return hide


def _named(home: Home) -> dict[str, str]:
    """What stands for each name, pattern and path of the settings."""
    try:
        settings = home.settings
    except AppError:
        return {}  # settings that cannot be read name nothing
    users = [each.user for each in settings.copies]
    users += [settings.repository.user] if settings.repository else []
    groups = {
        "source": [each.name for each in settings.sources],
        "copy": [each.name for each in settings.copies],
        "alert": [each.name for each in settings.alerts],
        "user": [user for user in users if user],
        "account": [each.name for each in settings.exchanges],
        "candles": [each.name for each in settings.candles],
        "pattern": [pattern for each in settings.sources for pattern in each.exclude or ()],
    }
    names: dict[str, str] = {}
    for kind, named in groups.items():
        for number, name in enumerate(named, 1):
            names.setdefault(name, f"{kind}-{number}")
    paths = [str(each.path) for each in settings.sources]
    paths += [each.address for each in settings.copies]
    paths += [settings.repository.place] if settings.repository else []
    return {**names, **{path: _first_folder(path) for path in paths if len(path) > 1}}


def _short(found: re.Match[str]) -> str:
    return _first_folder(found.group())


def _first_folder(path: str) -> str:
    """`/media/KEEP/x/y` becomes `/media/…`, `C:\\Users\\…` and a share lose everything."""
    if path.startswith("~"):
        return "~/…"
    if not path.startswith("/"):
        return path[:2] + "…"
    first = path.split("/", 2)[1]
    return f"/{first}/…"
