"""Sets Tradekeep up in this checkout, then runs its demo, its tests or its window.

`python3 packaging/bootstrap.py demo` has to work on a Debian that holds nothing but Python, so
this file and its neighbours use the standard library only. This one also has to be understood by
Pythons that are too old for Tradekeep, so that they can say so: the neighbours are imported after
that check.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)
USAGE = """\
Usage: python3 packaging/bootstrap.py COMMAND [ARGUMENTS...]

  demo    set up what is missing, then back up, copy, verify and restore a sample in ./demo
  test    set up what is missing, then run all tests (arguments go to pytest)
  run     set up what is missing, then open the window (arguments go to tradekeep)
  setup   only set up: everything for running, testing and developing
  lock    for developers: pin the libraries anew (needs uv; --upgrade takes newer releases)
  translations
          for developers: collect the texts for people, compile what is translated
"""

# Three workers suit two cores: tests wait for disks and children half of the time. Those that must
# not run beside each other share an xdist_group.
PYTEST = ["-m", "pytest", "-n", "3", "--dist", "loadgroup"]
DEMO = ["-m", "app", "demo", "./demo"]


def main(arguments: list[str]) -> int:
    """Runs one command and returns its exit code; the started program replaces this process."""
    if sys.version_info[:2] < OLDEST_PYTHON:
        return _refuse_python()
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(USAGE, end="")
        return 0 if arguments else 2
    command, further = arguments[0], arguments[1:]
    if command not in ("demo", "test", "run", "setup", "lock", "translations"):
        print(f"There is no command “{command}”.\n\n{USAGE}", end="", file=sys.stderr)
        return 2
    return _carry_out(command, further)


def _refuse_python() -> int:
    have = ".".join(str(part) for part in sys.version_info[:3])
    need = ".".join(str(part) for part in OLDEST_PYTHON)
    print(
        f"Tradekeep needs Python {need} or later; this is Python {have} ({sys.executable}).\n"
        f"Install a newer one and start this script with it, for example: python{need} {__file__}",
        file=sys.stderr,
    )
    return 1


def _carry_out(command: str, further: list[str]) -> int:
    import environment

    try:
        return _dispatch(command, further)
    except environment.SetupFailed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"\nThe set-up could not go on: {error}.\n"
            f"It writes only into {ROOT}: check that this user may, and that there is room.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The next start continues with what is missing.", file=sys.stderr)
        return 130


def _dispatch(command: str, further: list[str]) -> int:
    import environment
    import locking

    if command == "lock":
        return locking.make(ROOT, further)
    _set_up(environment.RUN if command in ("demo", "run") else environment.DEVELOP)
    if command == "demo":
        return _become(environment.python_of(ROOT), [*DEMO, *further], folder=ROOT)
    if command == "test":
        return _become(environment.python_of(ROOT), [*PYTEST, *further], folder=ROOT)
    if command == "translations":
        program = [str(ROOT / "packaging" / "translations.py")]
        return _become(environment.python_of(ROOT), program, folder=ROOT)
    if command == "run":
        return _become(environment.script_of(ROOT, "tradekeep"), further, folder=Path.cwd())
    print("Everything is set up. Try: python3 packaging/bootstrap.py demo")
    return 0


def _set_up(level: str) -> None:
    """System parts first, in one go: the environment may need Python's venv package from them."""
    import environment
    import system_parts

    parts = [*system_parts.WINDOW]
    if level == environment.DEVELOP:
        parts += system_parts.TESTS
    if not environment.python_of(ROOT).exists():
        parts.insert(0, system_parts.VENV)
    system_parts.provide(parts)
    environment.prepare(ROOT, level)


def _become(program: Path, arguments: list[str], *, folder: Path) -> int:
    """Replaces this process, so that signals and exit codes are the program's own."""
    command = [str(program), *arguments]
    sys.stdout.flush()
    os.chdir(folder)
    if os.name == "posix":
        os.execv(command[0], command)
    import subprocess

    return subprocess.call(command)


def _open_standard_input() -> None:
    """Started with standard input closed, children would take any file that they open for it."""
    if sys.stdin is None:
        os.open(os.devnull, os.O_RDONLY)


if __name__ == "__main__":
    _open_standard_input()
    sys.exit(main(sys.argv[1:]))
