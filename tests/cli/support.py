"""The command line as a person or a program runs it: whole processes, an own home each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli import ready, zygote

# What decides where the device key lies, and what the settings say.
_KEY_FILE = frozenset(
    {"TRADEKEEP_PASSWORD_FILE", "TRADEKEEP_HOME", "PYTHON_KEYRING_BACKEND", "TRADEKEEP_LANGUAGE"}
)
_PATIENCE = 120  # seconds
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, object]]:
        """Standard output as JSON lines: every line must be one object."""
        found = [json.loads(line) for line in self.out.splitlines()]
        assert all(isinstance(event, dict) for event in found)
        return found

    @property
    def report(self) -> dict[str, object]:
        """The `report` of the last event, which must be `done`."""
        last = self.events[-1]
        assert last["event"] == "done"
        report = last["report"]
        assert isinstance(report, dict)
        return report

    @property
    def error(self) -> dict[str, object]:
        """The `error` of the last event."""
        error = self.events[-1]["error"]
        assert isinstance(error, dict)
        return error


@dataclass(frozen=True)
class Machine:
    """A computer with Tradekeep on it: a home, and a file for the device key."""

    folder: Path
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "TRADEKEEP_HOME": str(self.home),
            "TRADEKEEP_PASSWORD_FILE": str(self.folder / "device-key"),
        }
        return {**os.environ, **own, **self.more}

    def command(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "app", *map(str, arguments)]

    def run(self, *arguments: str | Path, code: int = 0, stdin: str | None = None) -> Done:
        """Run to the end and insist on the exit code."""
        done = self._done(list(map(str, arguments)), stdin)
        assert done.returncode == code, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def _done(self, arguments: list[str], stdin: str | None) -> subprocess.CompletedProcess[str]:
        if type(self) is Machine and zygote.can_run(self.more):
            return zygote.run(arguments, self.environment, ROOT, stdin, _PATIENCE)
        return subprocess.run(
            self.command(*arguments),
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=self.environment,
            input=stdin,
            timeout=_PATIENCE,
        )

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start and leave it at work, with pipes."""
        return subprocess.Popen(
            self.command(*arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=self.environment,
        )

    @property
    def repository(self) -> Path:
        return self.folder / "repository"

    @property
    def recovery(self) -> Path:
        return self.folder / "recovery.txt"

    def set_up(self) -> Machine:
        """As `init` leaves it."""
        if _KEY_FILE & self.more.keys() or self.home.exists():
            self._init()
        else:
            ready.provide(self.folder, lambda folder: Machine(folder)._init())
        return self

    def _init(self) -> None:
        self.run("init", "--repository", self.repository, "--recovery-out", self.recovery)

    def add(self, name: str, files: Mapping[str, bytes]) -> Path:
        """A folder with files, as a source."""
        folder = self.folder / name
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        self.run("source", "add", "folder", folder, "--name", name)
        return folder


def typed(
    machine: Machine, arguments: Sequence[str | Path], lines: list[str], *, code: int = 0
) -> str:
    """What a terminal shows where these lines are typed, each after a question."""
    import pty

    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        machine.command(*arguments),
        cwd=ROOT,
        env=machine.environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    try:
        while True:
            shown += os.read(ours, 4096)
            if lines and shown.rstrip().endswith(b":"):
                time.sleep(0.3)  # until the terminal does not echo any more
                os.write(ours, f"{lines.pop(0)}\n".encode())
                shown += b"\n"
    except OSError:  # its end
        pass
    finally:
        os.close(ours)
    assert child.wait(30) == code, shown
    return shown.decode()
