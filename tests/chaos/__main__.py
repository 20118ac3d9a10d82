"""The full sizes; see the package. `python -m tests.chaos NAME [more for pytest]`."""

from __future__ import annotations

import os
import subprocess
import sys

FULL: dict[str, tuple[dict[str, str], list[str]]] = {
    "crashes": (
        {"TRADEKEEP_CHAOS_ROUNDS": "20"},
        ["chaos/test_crash_points.py", "chaos/test_crash_tidying.py", "chaos/test_sleep.py"],
    ),
    "kills": ({"TRADEKEEP_CHAOS_ROUNDS": "34"}, ["chaos/test_kills_by_command.py"]),
    "cuts": ({"TRADEKEEP_CHAOS_CUTS": "all"}, ["chaos/test_cut_off.py"]),
    "flips": ({"TRADEKEEP_CHAOS_FLIPS": "all"}, ["chaos/test_flips.py"]),
    "writers": ({"TRADEKEEP_CHAOS_SECONDS": "300"}, ["chaos/test_writers.py"]),
    "pulls": ({"TRADEKEEP_CHAOS_PULLS": "all"}, ["chaos/test_pull_crashes.py"]),
    "recovery": ({"TRADEKEEP_RECOVERY": "all"}, ["ui/test_restore_machine.py"]),
    "retention": ({"TRADEKEEP_POLICIES": "1000"}, ["interop/test_retention.py"]),
}


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in FULL:
        print(f"usage: python -m tests.chaos {'|'.join(FULL)}", file=sys.stderr)
        return 2
    environment, tests = FULL[arguments[0]]
    files = [f"tests/{name}" for name in tests]
    command = [sys.executable, "-m", "pytest", "-n0", "--timeout=0", "-s", *files, *arguments[1:]]
    return subprocess.run(command, env={**os.environ, **environment}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
