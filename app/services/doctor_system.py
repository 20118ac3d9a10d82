"""What the doctor looks at around Tradekeep: the clock, the network, who may read its folders, what
starts backups, who holds locks. Nothing is changed, no exchange and no place in the net is asked.
"""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import msgspec

from app.backends.contract import Kind
from app.errors import AppError
from app.json_lines import NO_JSON
from app.messages import _, plural
from app.messages.joined import listed
from app.messages.moments import moment
from app.monitor import Monitor, Problem
from app.repository.keys import host_name
from app.repository.lock import LockFile, is_stale
from app.repository.repository import Repository
from app.repository.times import parse
from app.services import autostart, network
from app.services.due import look
from app.services.finding import Finding
from app.services.history import Told, now
from app.services.home import Access, Home, open_for
from app.services.timer import is_installed, timer_for
from app.settings.model import ScheduleKind
from app.settings.program import at_login, module

# Clocks of one computer differ by less than this between two looks.
_LEEWAY = timedelta(minutes=5)
_SECONDS = 10
_KEPT_RIGHT = ("timedatectl", "show", "--property=NTPSynchronized", "--value")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_DESKTOPS = ("DISPLAY", "WAYLAND_DISPLAY")


def examine(home: Home, monitor: Monitor) -> Iterator[Finding]:
    """See the module. What is wrong is a Problem as well."""
    yield _clock(home, monitor)
    yield Finding(_("network"), _("there is one") if network.is_up() else _("none now"))
    yield from _folders(home, monitor)
    with suppress(AppError):  # that settings cannot be read, or the repository, was told already
        yield _starting(home, monitor)
        yield Finding(_("tray"), _tray(home))
        yield _locks(open_for(home, Access()))


def _clock(home: Home, monitor: Monitor) -> Finding:
    """Whether what was recorded lies ahead: then the clock was put back."""
    moments = [parse(run.started) for run in home.history.runs()[:1]]
    newest = max(moments, default=now())
    if newest - now() > _LEEWAY:
        monitor.problem(Problem("doctor-clock-behind", {"time": moment(newest, now())}))
    kept = {"yes": _("set by the network"), "no": _("not set by the network")}
    told = kept.get(_output(_KEPT_RIGHT), "")
    detail = " · ".join(filter(None, (moment(now(), now()), told)))
    return Finding(_("clock"), detail, fine=newest - now() <= _LEEWAY)


def _folders(home: Home, monitor: Monitor) -> Iterator[Finding]:
    """Whether Tradekeep can write to its own folders, and nobody else can look into them."""
    for folder in dict.fromkeys((home.paths.config, home.paths.data, home.paths.cache)):
        if not folder.exists():
            continue
        problem = None
        if not os.access(folder, os.W_OK | os.X_OK):
            reason = os.strerror(errno.EACCES)
            problem = Problem("own-folder-unwritable", {"path": str(folder), "reason": reason})
        elif os.name == "posix" and folder.stat().st_mode & _OTHERS:
            problem = Problem("doctor-folder-open", {"path": str(folder)})
        if problem is not None:
            monitor.problem(problem)
            yield Finding(str(folder), Told.problem(problem).title, fine=False)


def _starting(home: Home, monitor: Monitor) -> Finding:
    """What starts backups by themselves. Somebody's own timer cannot be seen, so that nothing does
    is only a problem where they did not come."""
    if home.settings.schedule.kind is ScheduleKind.OFF:
        return Finding(_("schedule"), _("Only when you start a backup"))
    overdue = look(home, now()).verdict
    since = None if overdue is None else overdue.overdue
    by = [*_starters(home)]
    if since is None:
        return Finding(_("schedule"), listed(by) or _("nothing starts by itself"))
    params = {"since": moment(since, now())}
    monitor.problem(Problem("doctor-overdue" if by else "doctor-nothing-starts", params))
    return Finding(_("schedule"), listed(by) or _("nothing starts by itself"), fine=False)


def _starters(home: Home) -> Iterator[str]:
    person = Path(home.environment.get("HOME") or Path.home())
    if autostart.is_on(autostart.entry(sys.platform, at_login(), home.environment, person)):
        yield _("the tray, at login")
    timer = timer_for(sys.platform, at_login(), home.environment, person, home.paths.data)
    if is_installed(timer):
        yield _("a timer of the system")


def _tray(home: Home) -> str:
    """Asked of a process of its own, since only that one needs Qt."""
    if sys.platform.startswith("linux") and not any(map(home.environment.get, _DESKTOPS)):
        return _("no desktop here")
    there = {"yes": _("there is one"), "no": _("this desktop has none")}
    return there.get(_output(module("app.ui.tray_there")), "–")


def _locks(repository: Repository) -> Finding:
    """Who is at work in the repository; locks of processes that are gone end by themselves."""
    key = "" if repository.backend.is_local else repository.key_id
    held = [lock for lock in _read_locks(repository) if not _is_gone(lock, key)]
    since = min((parse(lock.time) for lock in held), default=None)
    if since is None:
        return Finding(_("locks"), _("nobody is at work in the repository"), fine=True)
    hosts = listed(sorted({lock.hostname for lock in held}))
    words = plural("{count} lock", "{count} locks", len(held))
    return Finding(_("locks"), f"{words} · {hosts} · {moment(since, now())}")


def _is_gone(lock: LockFile, key: str) -> bool:
    return is_stale(lock, now(), host=host_name(), key=key)


def _read_locks(repository: Repository) -> Iterator[LockFile]:
    for info in repository.backend.list(Kind.LOCK):
        with suppress(AppError, *NO_JSON):  # gone since, or no lock
            lock = msgspec.json.decode(repository.load_json(info.file), type=LockFile)
            parse(lock.time)
            yield lock


def _output(command: Sequence[str]) -> str:
    """What a program says, or nothing where there is none, or it does not answer."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
