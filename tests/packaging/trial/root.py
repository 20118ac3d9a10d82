"""An empty Debian in a folder: made, entered, looked at, and taken down again.

Its packages come from where this machine's apt has its own: asked at run time, written nowhere.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.packaging.trial.steps import run

PERSON = "trader"
_APT = ["apt-get", "--yes", "--quiet", "-o", "Dpkg::Use-Pty=0"]
# What package tools write down about themselves, and what the trial itself brings.
_BOOKKEEPING = (
    "dev", "etc/ld.so.cache", "home", "proc", "sys", "tmp", "var/cache", "var/lib/apt",
    "var/lib/dpkg", "var/lib/systemd", "var/log", "var/tmp",
)  # fmt: skip


class Root:
    """A Debian below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def home(self) -> Path:
        """The person's home, seen from outside."""
        return self.folder / "home" / PERSON

    def as_root(self, *command: str, code: int = 0) -> str:
        """Runs a command inside."""
        own = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"}
        return run(["chroot", self.folder, *command], code=code, env=own)

    def as_person(self, environment: Mapping[str, str]) -> list[str]:
        """What to put before a command that a person gives inside."""
        words = [f"{name}={text}" for name, text in environment.items()]
        who = f"--userspec={PERSON}:{PERSON}"
        return ["chroot", who, str(self.folder), "env", "-i", f"--chdir=/home/{PERSON}", *words]

    def apt(self, action: str, *arguments: str) -> None:
        self.as_root(*_APT, action, *arguments)

    def wait_until_alone(self) -> None:
        """Until no process is at work inside; one that stays is a failure."""
        for _ in range(100):
            inside = [each for each in Path("/proc").glob("[0-9]*") if self._holds(each)]
            if not inside:
                return
            time.sleep(0.1)
        told = [(each / "cmdline").read_bytes() for each in inside]
        raise AssertionError(f"still at work: {told}")

    def _holds(self, process: Path) -> bool:
        try:
            return Path(process / "root").readlink() == self.folder
        except OSError:  # it has ended
            return False

    def files(self) -> dict[str, str]:
        """Every file, folder and link with what tells whether it changed."""
        return {
            str(path.relative_to(self.folder)): _looks(path) for path in _below(self.folder, "")
        }


def _below(root: Path, name: str) -> Iterator[Path]:
    for entry in os.scandir(root / name):
        inner = f"{name}/{entry.name}".lstrip("/")
        if inner in _BOOKKEEPING:
            continue
        yield Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            yield from _below(root, inner)


def _looks(path: Path) -> str:
    status = path.lstat()
    about = f"{stat.filemode(status.st_mode)} {status.st_uid}:{status.st_gid}"
    if stat.S_ISLNK(status.st_mode):
        return f"{about} -> {path.readlink()}"
    if stat.S_ISREG(status.st_mode):
        return f"{about} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    return about


@contextmanager
def empty_debian(folder: Path, release: str) -> Iterator[Root]:
    """A Debian with what is essential and apt, and a person in it."""
    if os.geteuid() != 0:
        raise SystemExit("Only root can make a Debian to try packages in.")
    if shutil.which("debootstrap") is None:
        raise SystemExit("Making an empty Debian needs debootstrap: apt-get install debootstrap")
    place, release = folder / "debian", release or _own_release()
    run(["debootstrap", "--variant=minbase", release, place, _mirror()])
    root = Root(place)
    # Its own ones: nothing of this machine's is reachable from the folder, which is deleted later.
    mounts = {"proc": "proc", "dev/shm": "tmpfs"}
    for name, kind in mounts.items():
        run(["mount", "-t", kind, kind, place / name])
    try:
        root.apt("update")
        root.as_root("useradd", "--create-home", "--shell", "/bin/sh", PERSON)
        yield root
    finally:
        for name in mounts:
            run(["umount", "--lazy", place / name])


def _own_release() -> str:
    lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    told = dict(line.split("=", 1) for line in lines if "=" in line)
    return told["VERSION_CODENAME"]


def _mirror() -> str:
    """Where apt has Debian itself from, not its security updates."""
    told = run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)"])
    own = _own_release()
    places = [line.split()[0] for line in told.splitlines() if line.split()[1] == own]
    if not places:
        raise SystemExit("apt does not know where Debian is: apt-get update")
    return places[0]
