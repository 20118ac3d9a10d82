"""The Python environment in `.venv`: made once, from the hashed lock, and left alone while current.

`.venv/tradekeep-stamp` holds a hash of all that the environment was made from. It is removed
before anything is changed and written last, so an interrupted set-up is simply done again.
Tradekeep itself is installed as an editable package, built by the hatchling of the lock.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import debian

RUN = "run"
DEVELOP = "dev"
PACKAGE = "package"
PIP = ["-m", "pip", "--disable-pip-version-check", "--no-input", "install", "-qq"]


class SetupFailed(Exception):
    """The environment cannot be made here: what happened and what to do."""


def python_of(root: Path) -> Path:
    """The environment's own Python, whether or not it exists."""
    return script_of(root, "python")


def script_of(root: Path, name: str) -> Path:
    """A command of the environment, whether or not it exists."""
    if os.name == "nt":
        return root / ".venv" / "Scripts" / f"{name}.exe"
    return root / ".venv" / "bin" / name


def prepare(root: Path, level: str) -> None:
    """Makes `.venv` hold what `level` (RUN or DEVELOP) needs; does nothing when it does."""
    stamp = root / ".venv" / "tradekeep-stamp"
    if _is_current(root, level, stamp):
        return
    started = time.monotonic()
    stamp.unlink(missing_ok=True)
    if not _is_usable(root):
        make(root / ".venv")
    _install(root, level)
    stamp.write_text(fingerprint(root, level), encoding="ascii")
    print(f"The environment is ready, after {time.monotonic() - started:.0f} s.", flush=True)


def fingerprint(root: Path, level: str) -> str:
    """A hash of what an environment is made from: lock, project, place and this Python."""
    content = hashlib.sha256()
    for piece in (
        f"{level}\n{root}\n{sys.version}\n".encode(),
        (root / "pyproject.toml").read_bytes(),
        lock_file(root, level).read_bytes(),
    ):
        content.update(hashlib.sha256(piece).digest())
    return content.hexdigest()


def lock_file(root: Path, level: str) -> Path:
    """The hashed requirements of a level."""
    return root / "packaging" / "lock" / f"{level}.txt"


def _is_current(root: Path, level: str, stamp: Path) -> bool:
    if not stamp.exists() or not python_of(root).exists():
        return False
    enough = {level, DEVELOP}  # what developing needs includes what running needs
    return stamp.read_text(encoding="ascii") in {fingerprint(root, each) for each in enough}


def _is_usable(root: Path) -> bool:
    """True for an environment with pip and of this Python's version."""
    question = "import sys, pip; print(*sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [python_of(root), "-c", question], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return answer.stdout.split() == [str(part) for part in sys.version_info[:2]]


def make(place: Path) -> None:
    """Makes an empty environment with pip, of this Python."""
    for command in _makers():
        print(f"Making the environment {place} ...", flush=True)
        done = subprocess.run([*command, str(place)], stdin=subprocess.DEVNULL, check=False)
        if done.returncode == 0:
            return
    raise SetupFailed(_no_venv())


def _makers() -> list[list[str]]:
    """Ways to make an environment with pip, the usual one first."""
    base = getattr(sys, "_base_executable", sys.executable)  # also when started by .venv itself
    makers = []
    if importlib.util.find_spec("ensurepip") is not None:
        makers.append([base, "-m", "venv", "--clear"])
    if importlib.util.find_spec("virtualenv") is not None:
        makers.append([base, "-m", "virtualenv", "--quiet", "--clear"])
    if shutil.which("uv"):
        makers.append(["uv", "venv", "--quiet", "--seed", "--clear", "--python", base])
    return makers


def _no_venv() -> str:
    package = f"python3.{sys.version_info.minor}-venv"
    sentence = "Python cannot make an environment here: its ensurepip module is missing.\n"
    if debian.is_here():
        return f"{sentence}Type: {debian.line_to_type([package])}\nThen start this again."
    return f"{sentence}Install what holds it on this system, then start this again."


def _install(root: Path, level: str) -> None:
    lock = lock_file(root, level)
    count = sum("==" in line for line in lock.read_text(encoding="utf-8").splitlines())
    print(f"Installing {count} libraries, each checked against its hash ...", flush=True)
    if not _pip(root, "--require-hashes", "--requirement", str(lock)):
        raise SetupFailed(
            "The libraries could not be installed: pip's words above say why.\n"
            "They come from the network the first time: is this machine online? "
            "Then start this again, it continues."
        )
    if not _pip(root, "--no-deps", "--no-build-isolation", "--editable", str(root)):
        raise SetupFailed(
            "Tradekeep itself could not be installed into .venv: pip's words above say why.\n"
            "Is this checkout complete? `git status` shows what is missing or changed."
        )


def _pip(root: Path, *arguments: str) -> bool:
    done = subprocess.run(
        [python_of(root), *PIP, *arguments],
        cwd=root,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PIP_USER": "0"},  # a --user set by configuration fails in here
        check=False,
    )
    return done.returncode == 0
