"""Builds the packages that people install, each by one command from a clean checkout.

They land in `dist/`; what is made on the way lies in `build/`. The libraries come from the hashed
lock `packaging/lock/package.txt`. As `bootstrap.py`, this file and those that it imports use the
standard library only.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import build_deb
import build_elsewhere
import build_folder
import environment
import workshop

USAGE = """\
Usage: python3 packaging/build.py PACKAGE

  wheel    for pipx and uv tool, on every system
  deb      for Debian 12 and 13 and their relatives (on Debian 12: a package needs what is at least
           as new as where it was built)
  folder   for other Linuxes: an archive to unpack anywhere, with its own Python
  windows  an installer for Windows (on Windows, with Inno Setup)
  mac      an application and its disk image for macOS (on macOS)
  sbom     what is in them: the CycloneDX list of all libraries, with hashes and licences

Example: python3 packaging/build.py deb
"""


def _sbom(root: Path) -> Path:
    python = workshop.prepare(root)
    target = workshop.dist(root) / f"tradekeep-{workshop.version(root)}.cdx.json"
    workshop.run([python, root / "packaging" / "sbom.py", target], root)
    return target


PACKAGES: dict[str, Callable[[Path], Path]] = {
    "wheel": lambda root: workshop.wheel(root, workshop.dist(root)),
    "deb": build_deb.build,
    "folder": build_folder.archive,
    "windows": build_elsewhere.windows,
    "mac": build_elsewhere.mac,
    "sbom": _sbom,
}


def main(arguments: list[str]) -> int:
    """Builds one package and says where it is; returns the exit code."""
    if arguments and arguments[0] in ("-h", "--help", "help"):
        print(USAGE, end="")
        return 0
    if len(arguments) != 1 or arguments[0] not in PACKAGES:
        print(USAGE, end="", file=sys.stderr)
        return 2
    root = Path(__file__).resolve().parent.parent
    try:
        built = PACKAGES[arguments[0]](root)
    except environment.SetupFailed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as failure:
        print(f"\nThis step failed, its words are above: {failure.cmd}", file=sys.stderr)
        return 1
    print(f"Built: {built.relative_to(root)} ({built.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
