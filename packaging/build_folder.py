"""The frozen build: PyInstaller's folder, and an archive of it for other Linuxes.

One build serves the archive and the Debian package. Where it is used it needs no Python, but a C
library that is at least as new as the one where it was built.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import system_parts
import workshop
from system_parts import Part

PARTS = (
    *system_parts.WINDOW,  # PyInstaller takes some along, and the Debian package names all
    Part("binutils", "reads and strips libraries", program="objdump"),
    Part(
        f"libpython3.{sys.version_info.minor}",
        "Python as a library",
        library=f"libpython3.{sys.version_info.minor}.so.1.0",
    ),
    system_parts.VENV,
)


def freeze(root: Path) -> Path:
    """Makes `build/folder/tradekeep`, the program with all it needs; returns it. Beside it in
    `build`: pictures, the manual, and the names of the system's libraries in the folder."""
    if sys.platform.startswith("linux"):
        system_parts.provide(PARTS)
    python = workshop.prepare(root)
    build = root / "build"
    workshop.run([python, root / "packaging" / "pictures.py", build], root)
    workshop.run([python, root / "packaging" / "manual.py", build / "tradekeep.1"], root)
    workshop.run([python, root / "packaging" / "sbom.py", build / "tradekeep.cdx.json"], root)
    recipe = root / "packaging" / "frozen" / "tradekeep.spec"
    options = ["--noconfirm", "--log-level=WARN", f"--distpath={build / 'folder'}"]
    # In its own folder: from the checkout it would find `app` there, not what was installed.
    workshop.run(
        [python, "-m", "PyInstaller", *options, f"--workpath={build / 'freezing'}", recipe],
        root,
        folder=build,
    )
    folder = build / "folder" / "tradekeep"
    if sys.platform.startswith("linux"):
        _strip(folder)
    return folder


def _strip(folder: Path) -> None:
    """Symbols for debuggers are a tenth of the build. Qt's files stay as they came: their makers
    stripped them, and the program itself carries its modules."""
    libraries = [
        each
        for each in (folder / "_internal").rglob("*.so*")
        if not each.is_symlink() and "PySide6" not in each.parts
    ]
    subprocess.run(["strip", "--strip-unneeded", *libraries], check=True)


def archive(root: Path) -> Path:
    """The archive to unpack anywhere; `install.sh` in it makes a menu entry."""
    folder = freeze(root)
    _furnish(root, folder)
    name = f"tradekeep-{workshop.version(root)}-linux-{platform.machine()}"
    target = workshop.dist(root) / f"{name}.tar.xz"
    workshop.run(
        [
            "tar", "--create", f"--file={target}", "--xz", "--sort=name", "--owner=0", "--group=0",
            "--numeric-owner", f"--mtime=@{workshop.epoch(root)}", "--mode=u+rwX,go=rX",
            f"--transform=s,^tradekeep,{name},", f"--directory={folder.parent}", "tradekeep",
        ],
        root,
    )  # fmt: skip
    return target


def _furnish(root: Path, folder: Path) -> None:
    """What is no program: the menu entry with its icon, the manual, licence, list of contents."""
    linux, build = root / "packaging" / "linux", root / "build"
    share = folder / "share"
    shutil.rmtree(share, ignore_errors=True)
    share.mkdir()
    for file in (
        linux / "tradekeep.desktop",
        build / "pictures" / "tradekeep.svg",
        build / "tradekeep.1",
        build / "tradekeep.cdx.json",
    ):
        shutil.copyfile(file, share / file.name)
    shutil.copyfile(root / "LICENSE", folder / "LICENSE")
    for script in ("install.sh", "uninstall.sh"):
        shutil.copyfile(linux / script, folder / script)
        (folder / script).chmod(0o755)
