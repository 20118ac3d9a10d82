"""The Debian package: the frozen build below /usr/lib, put together by debhelper.

It brings its own Python, so that one package serves Debian 12 (Python 3.11) and 13 (3.13): most
libraries of the lock are compiled for one Python only, and Debian has not all of them, nor these
versions. What Debian has in every release under the same name (OpenSSL, SQLite, GLib, X11 …) is
left to Debian, which keeps it safe: those files are not taken in, but named in Depends by
dpkg-shlibdeps, as for every other package.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

import build_folder
import environment
import system_parts
import workshop
from system_parts import Part

# It has been built as Debian builds all its programs; another one may look for libraries elsewhere.
DEBIAN_PYTHON = Path("/usr/bin/python3")
PARTS = (
    Part("debhelper", "puts a Debian package together", program="dh"),
    Part("dpkg-dev", "puts a Debian package together", program="dpkg-buildpackage"),
    Part("python3-venv", "makes the environment of the build", file=str(DEBIAN_PYTHON)),
)
_PERSON = "The Tradekeep developers <maintainers@tradekeep.invalid>"


def build(root: Path) -> Path:
    """Builds the package into `dist`."""
    lacking = system_parts.provide(PARTS)
    if lacking:
        names = ", ".join(part.package for part in lacking)
        raise environment.SetupFailed(f"A Debian package cannot be built without: {names}")
    if not DEBIAN_PYTHON.samefile(getattr(sys, "_base_executable", sys.executable)):
        print(f"Going on with {DEBIAN_PYTHON} ...", flush=True)
        os.execv(DEBIAN_PYTHON, [str(DEBIAN_PYTHON), *sys.argv])
    folder = build_folder.freeze(root)
    place = root / "build" / "deb"
    shutil.rmtree(place, ignore_errors=True)
    source = place / "tradekeep"
    shutil.copytree(folder, source / "program", symlinks=True)
    for name in _system_libraries(root):
        (source / "program" / "_internal" / name).unlink(missing_ok=True)
    _lay_out(root, source)
    workshop.run(
        ["dpkg-buildpackage", "--build=binary", "--no-sign", "--no-check-builddeps"],
        root,
        folder=source,
    )
    (package,) = place.glob("tradekeep_*.deb")
    return shutil.copyfile(package, workshop.dist(root) / package.name)


def _system_libraries(root: Path) -> list[str]:
    return (root / "build" / "system-libraries.txt").read_text(encoding="utf-8").splitlines()


def _lay_out(root: Path, source: Path) -> None:
    """debhelper's recipe, and the files that it installs."""
    build, linux = root / "build", root / "packaging" / "linux"
    shutil.copytree(root / "packaging" / "deb", source / "debian")
    now = time.gmtime(workshop.epoch(root))
    (source / "debian" / "changelog").write_text(changelog(workshop.version(root), now))
    (source / "metainfo.xml").write_text(metainfo(root, now), encoding="utf-8")
    for file in (
        linux / "tradekeep.desktop",
        linux / "autostart.desktop",
        build / "tradekeep.1",
        build / "tradekeep.cdx.json",
        root / "CHANGELOG.md",
    ):
        shutil.copyfile(file, source / file.name)
    _lay_out_icons(build / "pictures", source / "icons" / "hicolor")
    python = workshop.prepare(root)
    workshop.run([python, root / "packaging" / "units.py", source / "units"], root)


def changelog(version: str, now: time.struct_time) -> str:
    """Debian's changelog; what changed stands in CHANGELOG.md, which is installed beside it."""
    date = time.strftime("%a, %d %b %Y %H:%M:%S +0000", now)
    return (
        f"tradekeep ({version}) unstable; urgency=medium\n\n"
        f"  * Version {version}: see CHANGELOG.md.\n\n"
        f" -- {_PERSON}  {date}\n"
    )


def metainfo(root: Path, now: time.struct_time) -> str:
    """AppStream's description, of this version."""
    file = root / "packaging" / "linux" / "org.tradekeep.Tradekeep.metainfo.xml"
    text = file.read_text(encoding="utf-8").replace("@VERSION@", workshop.version(root))
    return text.replace("@DATE@", time.strftime("%Y-%m-%d", now))


def _lay_out_icons(pictures: Path, theme: Path) -> None:
    places = {
        "tradekeep.svg": "scalable/apps/tradekeep.svg",
        "tradekeep-symbolic.svg": "symbolic/apps/tradekeep-symbolic.svg",
    }
    for picture in pictures.glob("tradekeep-*.png"):
        size = picture.stem.rpartition("-")[2]
        places[picture.name] = f"{size}x{size}/apps/tradekeep.png"
    for name, place in places.items():
        (theme / place).parent.mkdir(parents=True)
        shutil.copyfile(pictures / name, theme / place)
