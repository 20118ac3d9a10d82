"""What the packages share: an environment of pinned libraries, the wheel, the version, one date.

The environment lies in `build/environment` and is made anew when the lock changes. All files have
the date of the last commit (SOURCE_DATE_EPOCH), so that the same commit gives the same package.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import environment
import locked

_PIP = ["-m", "pip", "--disable-pip-version-check", "--no-input", "install", "-qq"]
# What hatchling is and needs; so a wheel can be built without all that Tradekeep needs to run.
BUILDERS = frozenset(
    {"editables", "hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers"}
)


def version(root: Path) -> str:
    """The version that is being built."""
    text = (root / "app" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    assert found is not None
    return found[1]


def dist(root: Path) -> Path:
    """Where finished packages go."""
    place = root / "dist"
    place.mkdir(exist_ok=True)
    return place


def epoch(root: Path) -> int:
    """The seconds that date everything in a package: the last commit's, unless they are given."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    command = ["git", "-C", str(root), "log", "-1", "--format=%ct"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):  # unpacked from an archive
        return int((root / "pyproject.toml").stat().st_mtime)
    return int(told)


def run(command: Sequence[str | Path], root: Path, *, folder: Path | None = None) -> None:
    """A step of a build, dated; its words go to the terminal. CalledProcessError if it fails."""
    dated = {
        **os.environ,
        "SOURCE_DATE_EPOCH": str(epoch(root)),
        "PYTHONHASHSEED": "0",
        "PIP_USER": "0",
        "XZ_DEFAULTS": "--threads=0",
        "LC_ALL": "C.UTF-8",
    }
    sys.stdout.flush()
    subprocess.run(
        [str(word) for word in command],
        cwd=folder or root,
        env=dated,
        stdin=subprocess.DEVNULL,
        check=True,
    )


def wheel(root: Path, target: Path) -> Path:
    """Builds the wheel into a folder."""
    entries = locked.read(environment.lock_file(root, environment.PACKAGE))
    texts = [entry.text for entry in entries if entry.name in BUILDERS]
    return _wheel(root, _environment(root, "wheel", "\n".join(texts)), target)


def _wheel(root: Path, python: Path, target: Path) -> Path:
    run([python, "-m", "hatchling", "build", "-t", "wheel", "-d", target], root)
    return target / f"tradekeep-{version(root)}-py3-none-any.whl"


def prepare(root: Path) -> Path:
    """An environment with Tradekeep as it is now and what packages it; returns its Python."""
    lock = environment.lock_file(root, environment.PACKAGE).read_text(encoding="utf-8")
    python = _environment(root, "environment", lock)
    built = _wheel(root, python, root / "build")
    run([python, *_PIP, "--no-deps", "--force-reinstall", built], root)
    return python


def _environment(root: Path, name: str, lock: str) -> Path:
    """An environment in `build` with all that a lock names; left alone while it does."""
    place, made_from = root / "build" / name, f"{sys.version}\n{lock}"
    stamp = place / "stamp"
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    fingerprint = hashlib.sha256(made_from.encode()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="ascii") == fingerprint:
        return python
    shutil.rmtree(place, ignore_errors=True)
    environment.make(place)
    wanted = place / "lock.txt"
    wanted.write_text(lock, encoding="utf-8")
    print(f"Installing the libraries of the lock into {place} ...", flush=True)
    run([python, *_PIP, "--require-hashes", "--requirement", wanted], root)
    stamp.write_text(fingerprint, encoding="ascii")
    return python
