"""A timer of the operating system that runs `tradekeep backup --if-due` every few minutes.

For servers, and for people who quit the tray. Linux: a systemd user timer. macOS: a launch agent.
Windows: a task. `timer_for` says what would be written, as data; `install` and `remove` do it.
"""

from __future__ import annotations

import plistlib
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from app.errors import AppError
from app.files import write_atomic

MINUTES = 5
_UNIT = "tradekeep-backup"
_AGENT = "org.tradekeep.backup"
_TASK = "Tradekeep backup"
_SECONDS = 30
# What decides which home and keys a backup uses; the rest of the environment is the system's.
_KEPT = ("TRADEKEEP_HOME", "TRADEKEEP_PASSWORD_FILE", "XDG_CONFIG_HOME", "XDG_DATA_HOME")


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the timer."""

    path: Path
    text: str
    encoding: str = "utf-8"

    @property
    def content(self) -> bytes:
        return self.text.encode(self.encoding)


@dataclass(frozen=True, slots=True)
class Timer:
    """What a system needs: files, and commands after writing, before and after removing them.
    `lingers` asks whether it also runs while nobody is logged in, and prints yes or no. `switch` is
    there while a timer of that name is switched on that a package brought."""

    parts: tuple[Part, ...]
    start: tuple[tuple[str, ...], ...]
    stop: tuple[tuple[str, ...], ...]
    gone: tuple[tuple[str, ...], ...] = ()
    lingers: tuple[str, ...] = ()
    switch: Path | None = None


def timer_for(
    platform: str, command: Sequence[str], environment: Mapping[str, str], home: Path, data: Path
) -> Timer:
    """The timer for a system, as `sys.platform` names it; `data` is a private folder for files
    that the system wants handed over."""
    words = [*command, "backup", "--if-due"]
    kept = {name: environment[name] for name in _KEPT if environment.get(name)}
    if platform == "darwin":
        return _launchd(words, kept, home)
    if platform == "win32":
        return _task(words, data)
    return _systemd(words, kept, environment, home)


def _systemd(
    words: Sequence[str], kept: Mapping[str, str], environment: Mapping[str, str], home: Path
) -> Timer:
    config = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    folder = config / "systemd/user"
    # In a command `$` names a variable, in Environment= it stands for itself.
    line = " ".join(_quoted(word.replace("$", "$$")) for word in words)
    settings = "".join(f"Environment={_quoted(f'{name}={kept[name]}')}\n" for name in sorted(kept))
    service = (
        "[Unit]\nDescription=Tradekeep: what is due\n\n"
        "[Service]\nType=oneshot\n"
        f"{settings}ExecStart={line}\n"
        # 3: with problems, which Tradekeep shows; 4: nothing is due
        "SuccessExitStatus=3 4\nNice=10\nIOSchedulingClass=idle\n"
    )
    clock = (
        "[Unit]\nDescription=Tradekeep: looks every few minutes whether something is due\n\n"
        f"[Timer]\nOnStartupSec={MINUTES}min\nOnUnitInactiveSec={MINUTES}min\n"
        "AccuracySec=30s\n\n[Install]\nWantedBy=timers.target\n"
    )
    parts = (Part(folder / f"{_UNIT}.service", service), Part(folder / f"{_UNIT}.timer", clock))
    control = ("systemctl", "--user")
    return Timer(
        parts,
        ((*control, "daemon-reload"), (*control, "enable", "--now", f"{_UNIT}.timer")),
        ((*control, "disable", "--now", f"{_UNIT}.timer"),),
        gone=((*control, "daemon-reload"),),
        lingers=("loginctl", "show-user", "--property=Linger", "--value"),
        switch=folder / f"timers.target.wants/{_UNIT}.timer",
    )


def _quoted(word: str) -> str:
    """A word as systemd.service(5) reads it: percent signs doubled, quoted where it has to be."""
    word = word.replace("%", "%%")
    if word and not set(word) & set(" \t\"'\\;"):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _launchd(words: Sequence[str], kept: Mapping[str, str], home: Path) -> Timer:
    agent: dict[str, object] = {
        "Label": _AGENT,
        "ProgramArguments": list(words),
        "StartInterval": MINUTES * 60,
        "ProcessType": "Background",
    }
    if kept:
        agent["EnvironmentVariables"] = dict(sorted(kept.items()))
    path = home / f"Library/LaunchAgents/{_AGENT}.plist"
    text = plistlib.dumps(agent, sort_keys=True).decode()
    load = ("launchctl", "load", "-w", str(path))
    return Timer((Part(path, text),), (load,), (("launchctl", "unload", "-w", str(path)),))


def _task(words: Sequence[str], data: Path) -> Timer:
    command, arguments = escape(words[0]), escape(subprocess.list2cmdline(words[1:]))
    text = f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Triggers>
    <TimeTrigger>
      <StartBoundary>2026-01-01T00:00:00</StartBoundary>
      <Repetition><Interval>PT{MINUTES}M</Interval></Repetition>
    </TimeTrigger>
  </Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
  </Settings>
  <Actions><Exec><Command>{command}</Command><Arguments>{arguments}</Arguments></Exec></Actions>
</Task>
"""
    path = data / "task.xml"
    # UTF-16, as its first line says: schtasks refuses anything else.
    make = ("schtasks", "/Create", "/F", "/TN", _TASK, "/XML", str(path))
    return Timer(
        (Part(path, text, "utf-16"),), (make,), (("schtasks", "/Delete", "/F", "/TN", _TASK),)
    )


# --- doing it ---------------------------------------------------------------------------------


def is_installed(timer: Timer) -> bool:
    """Whether all of its files are there as they would be written now, or a package's are used."""
    try:
        return all(part.path.read_bytes() == part.content for part in timer.parts)
    except FileNotFoundError:
        return _is_of_package(timer)
    except OSError:
        return False


def _is_of_package(timer: Timer) -> bool:
    """Whether somebody switched on the timer that a package brought."""
    own = {part.path for part in timer.parts}
    link = timer.switch
    if link is None or not link.is_symlink():
        return False
    return link.exists() and link.readlink() not in own


def lingers(timer: Timer) -> bool | None:
    """Whether it also runs while nobody is logged in; None where the system does not say."""
    if not timer.lingers:
        return None
    try:
        return {"yes": True, "no": False}.get(_run(timer.lingers))
    except AppError:
        return None


def install(timer: Timer) -> None:
    """Write the files and start the timer. Raises `AppError`; files that were not there before are
    taken away again then, so that nothing looks installed that does not run."""
    new = [part.path for part in timer.parts if not part.path.exists()]
    try:
        for part in timer.parts:
            _write(part)
        for command in timer.start:
            _run(command)
    except AppError:
        for path in new:
            path.unlink(missing_ok=True)
        raise


def _write(part: Part) -> None:
    try:
        part.path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(part.path, part.content, mode=0o644)
    except OSError as error:
        reason = error.strerror or str(error)
        raise AppError("timer-unwritable", path=str(part.path), reason=reason) from error


def remove(timer: Timer) -> None:
    """Stop the timer and take its files away. What is not there any more is no trouble; where the
    system does not stop it, the files go all the same, and an `AppError` says what is left."""
    there = any(part.path.exists() for part in timer.parts) or _is_of_package(timer)
    refused: list[AppError] = []
    if there:
        refused += _try(timer.stop)
    for part in timer.parts:
        part.path.unlink(missing_ok=True)
    if there:
        refused += _try(timer.gone)
    if refused:
        reason = refused[0].sentence.title
        raise AppError("timer-not-stopped", reason=reason) from refused[0]


def _try(commands: Sequence[Sequence[str]]) -> list[AppError]:
    refused = []
    for command in commands:
        try:
            _run(command)
        except AppError as error:
            refused.append(error)
    return refused


def _run(command: Sequence[str]) -> str:
    """What it printed; an `AppError` unless it ended well."""
    if shutil.which(command[0]) is None:
        raise AppError("timer-no-program", program=command[0])
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        line = " ".join(command)
        raise AppError("timer-refused", command=line, reason=str(error)) from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        line, reason = " ".join(command), said[-1] if said else str(done.returncode)
        raise AppError("timer-refused", command=line, reason=reason)
    return done.stdout.strip()
