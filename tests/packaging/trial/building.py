"""Builds what is tried, by the command that everybody uses."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_PATTERN = {"wheel": "*.whl", "deb": "*.deb", "folder": "*-linux-*.tar.xz"}


def built(kind: str) -> Path:
    """The package, built now."""
    dist = ROOT / "dist"
    for old in dist.glob(_PATTERN[kind]):
        old.unlink()
    subprocess.run(["python3", "packaging/build.py", kind], cwd=ROOT, check=True)
    (package,) = dist.glob(_PATTERN[kind])
    return package
