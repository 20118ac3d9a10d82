"""Tradekeep with another clock: `python -m tests.soak.child ARGUMENTS`, AHEAD seconds ahead."""

from __future__ import annotations

import os
import sys
import time

import time_machine

from app.__main__ import main

AHEAD = "TRADEKEEP_SOAK_AHEAD"

if __name__ == "__main__":
    # A number of seconds: a datetime would bring its own time zone.
    with time_machine.travel(time.time() + float(os.environ[AHEAD]), tick=True):
        code = main()
    sys.exit(code)
