"""The Python that a bot runs with, and the commit that it was checked out at: read, never run."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from app.bots.reading import read_text
from app.redact import address

_ENVIRONMENTS = (".", ".venv", "venv", "env", ".env")
_MOST_PACKAGES = 2000
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def virtual_environment(folder: Path) -> Path | None:
    """A virtual environment in a folder."""
    for name in _ENVIRONMENTS:
        path = folder / name
        if (path / "pyvenv.cfg").is_file():
            return path.resolve() if name == "." else path
    return None


def python_version(environment: Path) -> str:
    """The version in a virtual environment's configuration, "" if it does not say."""
    text = read_text(environment / "pyvenv.cfg") or ""
    found = re.search(r"(?m)^version(?:_info)?\s*=\s*(\d[\w.]*)", text)
    return found[1] if found else ""


def installed(environment: Path) -> list[str]:
    """What is installed in a virtual environment, as `name==version`, sorted by name."""
    found = set()
    with contextlib.suppress(OSError):
        for pattern in ("lib/python*/site-packages/*.dist-info", "Lib/site-packages/*.dist-info"):
            for info in sorted(environment.glob(pattern))[:_MOST_PACKAGES]:
                text = read_text(info / "METADATA") or ""
                name, version = _header(text, "Name"), _header(text, "Version")
                if name and version:
                    found.add(f"{name}=={version}")
    return sorted(found, key=str.casefold)


def _header(text: str, name: str) -> str:
    head = re.split(r"\r?\n\r?\n", text, maxsplit=1)[0]
    found = re.search(rf"(?mi)^{name}: *([\w.+!-]+)", head)
    return found[1] if found else ""


def checkout(folder: Path) -> tuple[str, str, str] | None:
    """(commit, branch, address of origin) of a git checkout; None if the folder is none."""
    git = _git_folder(folder)
    if git is None:
        return None
    head = (read_text(git / "HEAD") or "").strip()
    common = git
    shared = read_text(git / "commondir")  # a worktree keeps its branches with the others
    if shared:
        common = (git / shared.strip()).resolve()
    if not head.startswith("ref: "):
        commit, branch = head, ""
    else:
        ref = head.removeprefix("ref: ")
        commit, branch = _resolve(common, ref), ref.removeprefix("refs/heads/")
    return (commit, branch, _origin(common)) if _COMMIT.fullmatch(commit) else None


def _git_folder(folder: Path) -> Path | None:
    git = folder / ".git"
    if git.is_dir():
        return git
    text = read_text(git) or ""
    if text.startswith("gitdir: "):
        return (folder / text.removeprefix("gitdir: ").strip()).resolve()
    return None


def _resolve(git: Path, ref: str) -> str:
    if ".." in ref:
        return ""
    text = read_text(git / ref)
    if text is not None:
        return text.strip()
    packed = read_text(git / "packed-refs") or ""
    found = re.search(rf"(?m)^([0-9a-f]+) {re.escape(ref)}$", packed)
    return found[1] if found else ""


def _origin(git: Path) -> str:
    text = read_text(git / "config") or ""
    found = re.search(r'(?ms)^\[remote "origin"\](.*?)(?=^\[|\Z)', text)
    line = re.search(r"(?m)^\s*url\s*=\s*(\S+)", found[1]) if found else None
    return address(line[1]) if line else ""
