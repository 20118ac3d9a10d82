"""A report as a folder: report.json with everything, tables beside it, and report.pdf for people.

The PDF is drawn by a child: Qt belongs to the window (`app.ui.printing`), and needs no screen. A
computer on which it cannot be drawn still gets the rest, and a Problem that says so.
"""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from app.errors import AppError, WrongUsage
from app.files import private_folder, write_atomic
from app.monitor import Monitor, Problem
from app.settings.program import child

JSON, PDF = "report.json", "report.pdf"
PRINT = "--print-report"  # how a child is asked, see `app.__main__`
_LACKING = 3  # as `app.ui.printing` has it
_PATIENCE = 180  # seconds for a report of thousands of runs
_RUNS = ("run", "job", "started", "seconds", "outcome", "place", "by", "added", "problems")
_PROBLEMS = ("run", "started", "job", "title", "hint")
_SERIES = ("account", "exchange", "environment", "stream", "wallet", "market", "rows", "state",
           "since", "until")  # fmt: skip
_GAPS = ("account", "stream", "wallet", "markets", "start", "stop", "state", "reason")
_COPIES = ("name", "kind", "address", "off_site", "state", "newest", "snapshots", "behind", "size",
           "synced", "verified", "verified_scope", "drilled")  # fmt: skip

Row = Mapping[str, object]


def new_folder(path: Path) -> Path:
    """The folder for something that is written as a whole: made, or empty. Raises `WrongUsage`,
    `AppError`."""
    path = path.expanduser()
    try:
        if path.exists() and not path.is_dir():
            raise WrongUsage("folder-is-file", path=str(path))
        if path.is_dir() and any(path.iterdir()):
            raise WrongUsage("report-folder-not-empty", path=str(path))
        return private_folder(path)
    except OSError as error:
        raise _unwritable(path, error) from error


def write(folder: Path, report: Row, environment: Mapping[str, str], monitor: Monitor) -> Path:
    """Everything into an empty folder; returns it. Raises `AppError` where that cannot be."""
    try:
        content = msgspec.json.format(msgspec.json.encode(report), indent=1)
        write_atomic(folder / JSON, content + b"\n")
        for name, (columns, rows) in _tables(report).items():
            write_atomic(folder / name, _csv(columns, rows))
    except OSError as error:
        raise _unwritable(folder, error) from error
    _draw(folder, environment, monitor)
    return folder


def _unwritable(path: Path, error: OSError) -> AppError:
    reason = error.strerror or str(error)
    return AppError("report-unwritable", path=str(path), reason=reason)


def _tables(report: Row) -> dict[str, tuple[Sequence[str], Iterable[Row]]]:
    runs = _rows(report["runs"])
    problems = [{**run, **told} for run in runs for told in _told(run)]
    counted = [{**run, "problems": len(_told(run))} for run in runs]
    tables: dict[str, tuple[Sequence[str], Iterable[Row]]] = {
        "runs.csv": (_RUNS, counted),
        "problems.csv": (_PROBLEMS, problems),
        "copies.csv": (_COPIES, _rows(report["copies"])),
    }
    archive = report["archive"]
    if isinstance(archive, dict):
        tables["coverage.csv"] = (_SERIES, _rows(archive["series"]))
        tables["gaps.csv"] = (_GAPS, _rows(archive["gaps"]))
    return tables


def _rows(found: object) -> list[dict[str, object]]:
    assert isinstance(found, list)
    return found


def _told(run: Row) -> list[dict[str, object]]:
    """All that went wrong in a run: its problems, and what ended it."""
    error = run.get("error")
    return [*_rows(run["problems"]), *([error] if isinstance(error, dict) else [])]


def _csv(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return out.getvalue().encode("utf-8", "replace")


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(map(str, value)) if isinstance(value, list) else value


def _draw(folder: Path, environment: Mapping[str, str], monitor: Monitor) -> None:
    command = [*child(), PRINT, str(folder)]
    offscreen = {"QT_QPA_PLATFORM": "offscreen"} if sys.platform.startswith("linux") else {}
    try:
        done = subprocess.run(
            command, check=False, env={**environment, **offscreen}, stdin=subprocess.DEVNULL,
            capture_output=True, timeout=_PATIENCE,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        monitor.problem(Problem("report-no-pdf", {"reason": str(error)}))
        return
    if done.returncode == _LACKING:
        monitor.problem(Problem("report-no-font", {}))
    elif done.returncode or not (folder / PDF).exists():
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = said[-1] if said else os.strerror(done.returncode)
        monitor.problem(Problem("report-no-pdf", {"reason": reason}))
