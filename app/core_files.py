"""No core files: what is in memory when a process dies holds keys, and must not lie on a disk.

Must not know: anything else of `app`.
"""

from __future__ import annotations

import contextlib
import os
import sys

_PR_SET_DUMPABLE = 4  # <linux/prctl.h>


def limit() -> None:
    """This process and its children leave no core file."""
    if os.name == "nt":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def forbid() -> None:
    """Nor does a program that gathers them get one (it need not heed a limit), and no other process
    of this user looks into our memory or environment (Linux). Workers inherit it. Not for the
    window: what a desktop does for it (choosing files) begins with a look at its process."""
    limit()
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
