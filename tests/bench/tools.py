"""The programs that are compared, each with a repository of its own in the benchmark's folder.

All of them encrypt and authenticate. Keys cost next to nothing to derive: the repositories of
Tradekeep and restic open with N=1024; Borg always derives its key with 100,000 rounds of PBKDF2,
which take about 40 ms. Compression: Tradekeep zstd 1, restic its default ("auto", about zstd 3),
Borg zstd 3.
"""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.backends.local import LocalBackend
from app.repository.keys import KdfCost
from app.repository.repository import NewKey, create_repository
from app.secret import Secret

PASSWORD = "benchmark"
Command = Callable[[Path], list[str]]


@dataclass(frozen=True)
class Tool:
    """A program under test. `restore` runs with the target as its working folder."""

    name: str
    repository: Path
    backup: Command
    restore: Command
    check: list[str]
    create: Callable[[], None]
    environment: Mapping[str, str] = field(default_factory=dict)

    def fresh(self) -> None:
        """An empty repository."""
        shutil.rmtree(self.repository, ignore_errors=True)
        self.create()


def _restic_format(path: Path) -> Callable[[], None]:
    def create() -> None:
        create_repository(LocalBackend(path), [NewKey(Secret(PASSWORD), KdfCost(n=1024))])

    return create


def tradekeep(folder: Path, secret: Path) -> Tool:
    repository = folder / "tradekeep"
    # As an installed program is; where PYTHONDONTWRITEBYTECODE is set, a checkout never would be.
    compileall.compile_dir("app", quiet=1)
    base = [sys.executable, "-m", "app", "--repository", str(repository)]
    base += ["--password-file", str(secret)]
    # Nothing of this computer: no settings, and caches that only the benchmark uses.
    home = {"TRADEKEEP_HOME": str(folder / "tradekeep-home"), "PYTHONPATH": str(Path.cwd())}
    return Tool(
        "tradekeep",
        repository,
        lambda path: [*base, "backup", str(path)],
        lambda path: [*base, "restore", "latest", "--target", str(path)],
        [*base, "verify", "--read-data"],
        _restic_format(repository),
        home,
    )


def restic(folder: Path, secret: Path) -> Tool:
    repository = folder / "restic"
    base = ["restic", "-q", "-r", str(repository), "--password-file", str(secret)]
    base += ["--cache-dir", str(folder / "restic-cache")]
    return Tool(
        "restic",
        repository,
        lambda path: [*base, "backup", str(path)],
        lambda path: [*base, "restore", "latest", "--target", str(path)],
        [*base, "check", "--read-data"],
        _restic_format(repository),
    )


def borg(folder: Path, _secret: Path) -> Tool:
    repository = folder / "borg"
    environment = {
        "BORG_PASSPHRASE": PASSWORD,
        "BORG_BASE_DIR": str(folder / "borg-base"),
        "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes",
    }

    def create() -> None:
        shutil.rmtree(folder / "borg-base", ignore_errors=True)
        (folder / "borg-last").unlink(missing_ok=True)
        subprocess.run(
            ["borg", "init", "-e", "repokey-blake2", str(repository)],
            check=True,
            capture_output=True,
            env={**os.environ, **environment},
        )

    def backup(path: Path) -> list[str]:
        number = int(_read(folder / "borg-last") or 0) + 1
        (folder / "borg-last").write_text(str(number))
        return ["borg", "create", "-C", "zstd,3", f"{repository}::{number}", str(path)]

    def restore(_path: Path) -> list[str]:
        return ["borg", "extract", f"{repository}::{_read(folder / 'borg-last')}"]

    check = ["borg", "check", "--verify-data", str(repository)]
    return Tool("borg", repository, backup, restore, check, create, environment)


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


TOOLS: Mapping[str, Callable[[Path, Path], Tool]] = {
    "tradekeep": tradekeep,
    "restic": restic,
    "borg": borg,
}
