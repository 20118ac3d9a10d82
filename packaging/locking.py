"""Pins every library with its hashes, for all systems and Pythons at once, in packaging/lock.

Needs uv. No address and no path gets into the files, so they serve behind any mirror.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import environment

OLDEST = "3.11"
# What is tested is what is run and what is packaged.
OTHERS = {environment.RUN: ("build",), environment.PACKAGE: ("build", "mount", "package")}
OPTIONS = [
    "--quiet",
    "--universal",
    f"--python-version={OLDEST}",
    "--generate-hashes",
    "--no-header",
    "--no-annotate",
    "--no-emit-index-url",
    "--no-emit-find-links",
]


def make(root: Path, further: list[str]) -> int:
    """Writes all locks; the others take their versions from the one for developing."""
    uv = _uv(root)
    develop = environment.lock_file(root, environment.DEVELOP)
    develop.parent.mkdir(exist_ok=True)
    failed = _compile(root, [uv, "--extra=build", "--extra=dev", *further], develop)
    if failed:
        return failed
    for level, extras in OTHERS.items():
        lock = environment.lock_file(root, level)
        lock.unlink(missing_ok=True)
        wanted = [f"--extra={name}" for name in extras]
        failed = failed or _compile(root, [uv, *wanted, f"--constraint={develop}"], lock)
    return failed


def _compile(root: Path, command: list[str], output: Path) -> int:
    uv, *options = command
    # Wheels that only this machine has must not be locked.
    clean = {name: text for name, text in os.environ.items() if name != "UV_FIND_LINKS"}
    print(f"Writing {output.relative_to(root)} ...", flush=True)
    return subprocess.run(
        [uv, "pip", "compile", *OPTIONS, *options, f"--output-file={output}", "pyproject.toml"],
        cwd=root,
        env=clean,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        check=False,
    ).returncode


def _uv(root: Path) -> str:
    own = environment.script_of(root, "uv")
    found = str(own) if own.exists() else shutil.which("uv")
    if found is None:
        raise environment.SetupFailed(
            "Locking needs uv, which is not on PATH.\nType: pip install uv (in any environment)"
        )
    return found
