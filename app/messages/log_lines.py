"""A line of a run's log (`app.services.log.Line`, as plain data) as a person reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.messages import _, plural, render
from app.messages.amounts import duration, size
from app.messages.joined import beside

Line = Mapping[str, object]


def log_line(line: Line) -> str:
    """The line without its time; one of a kind that this version does not know says its id. What
    libraries said, and tracebacks, stay as they are."""
    said = _WORDS.get(str(line.get("what")))
    return said(line) if said is not None else str(line.get("what"))


def _began(line: Line) -> str:
    return _("Begins: {job}").format(job=line.get("text"))


def _step(line: Line) -> str:
    return _("Step {step} begins").format(step=line.get("step"))


def _phase(line: Line) -> str:
    return beside((str(line.get("step")), str(line.get("phase")), _items(line)))


def _done(line: Line) -> str:
    seconds, count = line.get("seconds"), line.get("bytes")
    facts = [
        _("Step {step} is done").format(step=line.get("step")),
        _items(line),
        size(count) if isinstance(count, int) else "",
        duration(seconds) if isinstance(seconds, int | float) else "",
    ]
    return beside(facts)


def _items(line: Line) -> str:
    items = line.get("items")
    return plural("{count} item", "{count} items", items) if isinstance(items, int) else ""


def _problem(line: Line) -> str:
    return _("Problem: {title}").format(title=_title(line))


def _error(line: Line) -> str:
    return _("Error: {title}").format(title=_title(line))


def _title(line: Line) -> str:
    told = line.get("told")
    if not isinstance(told, Mapping):
        return ""
    return render(str(told.get("id")), told.get("params") or {}).title


def _note(line: Line) -> str:
    return str(line.get("text", ""))


def _ended(line: Line) -> str:
    return _("Ends: {outcome}").format(outcome=line.get("text"))


def _cut(_line: Line) -> str:
    return _("The log grew too large and ends here.")


_WORDS: dict[str, Callable[[Line], str]] = {
    "began": _began, "step": _step, "phase": _phase, "done": _done, "problem": _problem,
    "error": _error, "note": _note, "ended": _ended, "cut": _cut,
}  # fmt: skip
