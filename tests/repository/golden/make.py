"""Makes the golden repositories with stock restic (see README.md). Needs root and restic 0.14."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PASSWORD = "golden password"
HERE = Path(__file__).parent
ODD = [
    b"plain.txt", b"\xff\xfe-not-utf8", b"control-\x01\x07\x08\t\n\v\f\r\x1b\x7f",
    "sep-\u2028-\u2029".encode(), "nbsp-\u00a0".encode(), "shy-\u00ad".encode(),
    "zwsp-\u200b".encode(), "emoji-\U0001f680".encode(), "tag-\U000e0001".encode(),
    "umlaut-\u00e4\u00f6\u00fc".encode(), "bom-\ufeff".encode(), b"quote-\"-'-`",
    b"back\\slash", b"html-<>&", b"trunc-\xe2\x82", "private-\ue000".encode(),
    b"surrogate-like-\\ud800", "\U00010000-astral".encode(), b"\xf0\x9f\x9a",
    "replacement-\ufffd".encode(), b"c1-\xc2\x85", "ideographic-space-\u3000".encode(),
]  # fmt: skip


def populate(folder: Path, *, large: int) -> None:
    root = os.fsencode(folder)
    for number, name in enumerate(ODD):
        path = root + b"/" + name
        Path(os.fsdecode(path)).write_bytes(b"content of file %d\n" % number)
        os.utime(path, ns=(0, 1_600_000_000_000_000_000 + 10**number % 999_999_937))
    (folder / "empty").touch()
    (folder / "large").write_bytes(bytes(large))
    (folder / "text").write_text("0123456789\n" * 200)
    (folder / "sub").mkdir(mode=0o750)
    (folder / "sub" / "below").write_text("below")
    (folder / "hollow").mkdir()
    os.symlink("plain.txt", folder / "link")
    os.symlink("nowhere/<&>/\u00e4", folder / "dangling")
    os.link(folder / "plain.txt", folder / "second-name")
    os.mkfifo(folder / "fifo", 0o640)
    os.mknod(folder / "block", 0o060600, os.makedev(7, 200))
    os.mknod(folder / "char", 0o020666, os.makedev(1, 3))
    for name, mode in (("setuid", 0o4755), ("setgid", 0o2755), ("sticky", 0o1777), ("no", 0)):
        (folder / name).write_text(name)
        (folder / name).chmod(mode)
    os.setxattr(folder / "text", "user.colour", b"blue \x00\xff")
    os.setxattr(folder / "text", "user.<&>\u00e4", b"")
    os.chown(folder / "text", 12345, 54321)
    for name, stamp in (("empty", -1_000_000_001), ("text", 0), ("no", 32_503_680_000 * 10**9)):
        os.utime(folder / name, ns=(0, stamp))


def restic(repository: Path, *arguments: str, cwd: Path | None = None, zone: str = "UTC") -> str:
    environment = dict(os.environ, RESTIC_PASSWORD=PASSWORD, TZ=zone)
    command = ["restic", "--no-cache", "-r", str(repository), *arguments]
    done = subprocess.run(
        command, cwd=cwd, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout


def take_lock(repository: Path, target: Path) -> None:
    """Copy the lock that restic holds while it reads its standard input."""
    child = subprocess.Popen(
        ["restic", "--no-cache", "-r", str(repository), "backup", "--stdin"],
        env=dict(os.environ, RESTIC_PASSWORD=PASSWORD, TZ="UTC"),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    while not (locks := [p for p in (repository / "locks").iterdir() if "-tmp-" not in p.name]):
        time.sleep(0.01)
    shutil.copy(locks[0], target / locks[0].name)
    child.terminate()
    child.wait()


def make(name: str, version: str, folder: Path) -> None:
    repository = HERE / name
    shutil.rmtree(repository, ignore_errors=True)
    with tempfile.TemporaryDirectory() as made:
        place = Path(made) / "repository"
        restic(place, "init", "--repository-version", version)
        restic(place, "backup", ".", "--host", "golden", "--tag", "one", "--tag", "two",
               "--time", "2026-01-02 03:04:05", "--exclude", "*.none", cwd=folder)  # fmt: skip
        shutil.copytree(place, repository)
        for folder_to_drop in sorted(repository.glob("data/*")):
            if not any(folder_to_drop.iterdir()):
                folder_to_drop.rmdir()
        take_lock(place, repository / "locks")
        (repository / "masterkey.json").write_text(restic(place, "cat", "masterkey"))
        (repository / "config.json").write_text(restic(place, "cat", "config"))
        snapshot = next((repository / "snapshots").iterdir()).name
        (repository / "snapshot.json").write_text(restic(place, "cat", "snapshot", snapshot))
        index = next((repository / "index").iterdir()).name
        (repository / "index.json").write_text(restic(place, "cat", "index", index))


def main() -> None:
    if os.geteuid() != 0 or socket.gethostname() != "golden":
        sys.exit("needs root, for device nodes, and the host name golden: see README.md")
    # Version 1 does not compress, so its large file must not be large.
    for name, version, large in (("restic-0.14-v2", "2", 20 << 20), ("restic-0.14-v1", "1", 99)):
        folder = Path("/tmp/golden")
        folder.mkdir()
        populate(folder, large=large)
        make(name, version, folder)
        shutil.rmtree(folder)


main()
