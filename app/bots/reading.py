"""Small text files of other programs, read with care."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_LARGEST = 256 << 10


def read_text(path: Path) -> str | None:
    """The text of a regular file of at most 256 KiB, bytes that are not UTF-8 replaced; None for
    anything else, and where it cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            return None
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(_LARGEST).decode("utf-8", "replace")
    except OSError:
        return None
    finally:
        os.close(descriptor)
