"""The full month; see the package."""

from __future__ import annotations

import argparse
import os
import sys

import pytest


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--days", type=int, default=30)
    os.environ["TRADEKEEP_SOAK_DAYS"] = str(parser.parse_args().days)
    return pytest.main(["-n0", "--timeout=0", "-s", "tests/soak"])


if __name__ == "__main__":
    sys.exit(main())
