"""Giving memory back once a window is gone.

Qt and Python free what a closed window held, but glibc keeps most of it for later; a tray that
sits there for weeks has no later. Measured on the Overview: see `python -m tests.bench.window`.
"""

from __future__ import annotations

import ctypes
import gc
import sys


def give_back() -> None:
    """Collect what refers to itself, and hand free pages to the system."""
    gc.collect()
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, musl does not
        if trim is not None:
            trim(0)
