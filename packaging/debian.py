"""Installs packages on Debian and its relatives, as root or with sudo, and says what it does.

It knows nothing about what the packages are for. A failure is a sentence, not an exception: the
caller looks at what is there afterwards anyway.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

LISTS = Path("/var/lib/apt/lists")
APT = ["apt-get", "--yes", "--quiet", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"]
NO_RIGHT = "Installing them needs root or sudo, and neither is at hand here."


def is_here() -> bool:
    """True on systems with apt-get and dpkg."""
    return all(shutil.which(program) for program in ("apt-get", "dpkg"))


def line_to_type(packages: Sequence[str]) -> str:
    """What a person types to install these."""
    line = f"apt-get install {' '.join(packages)}"
    if os.geteuid() == 0:
        return line
    return f"sudo {line}" if shutil.which("sudo") else f"su -c '{line}'"


def install(packages: Sequence[str]) -> str:
    """Installs what it can; returns why something could not be installed, or an empty string."""
    if not is_here():
        return "This system has no apt-get: install them with its own package manager."
    elevation = _elevation()
    if elevation is None:
        return NO_RIGHT
    print(f"Installing system packages: {' '.join(packages)} ...", flush=True)
    if elevation and elevation[-1] != "-n":
        print("sudo may ask for your password now; Ctrl-C goes on without them.", flush=True)
    try:
        return _install_as_root(packages, elevation)
    except KeyboardInterrupt:
        return "You stopped the installation."


def _install_as_root(packages: Sequence[str], elevation: Sequence[str]) -> str:
    if not _knows_packages():
        _apt(elevation, "update")
    if not _apt(elevation, "install", *packages):
        return ""
    refused = _apt(elevation, "update")
    reason = _apt(elevation, "install", *packages)
    if not reason:
        return ""
    if refused:
        return f"apt-get failed: {refused}. Is this machine online?"
    return _one_by_one(packages, elevation)


def _one_by_one(packages: Sequence[str], elevation: Sequence[str]) -> str:
    """One name that this release does not know must not keep the others away."""
    reasons = [_apt(elevation, "install", package) for package in packages]
    told = [reason for reason in reasons if reason]
    return f"apt-get failed: {told[-1]}." if told else ""


def _knows_packages() -> bool:
    return any(LISTS.glob("*Packages*"))


def _apt(elevation: Sequence[str], action: str, *packages: str) -> str:
    """Runs apt-get without questions; returns its last complaint, or an empty string."""
    options = ["--no-install-recommends"] if action == "install" else ["-o", UPDATE_MUST_REACH]
    command = [*elevation, "env", "DEBIAN_FRONTEND=noninteractive", *APT, action, *options]
    done = subprocess.run(
        [*command, *packages],
        stdin=None if _has_terminal() else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return "" if done.returncode == 0 else _last_words(done.stdout)


# Without it `apt-get update` succeeds although it reached no server.
UPDATE_MUST_REACH = "APT::Update::Error-Mode=any"


def _last_words(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    complaints = [line for line in lines if line.startswith(("E:", "Err:"))]
    return (complaints or lines or ["it said nothing"])[-1].rstrip(".")


def _elevation() -> list[str] | None:
    """What to put before a command that needs root; None where there is no way."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    if subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0:
        return ["sudo", "-n"]
    return ["sudo"] if _has_terminal() else None


def _has_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()
