"""The full size; see the package. `python -m tests.fuzz [NAME …] [--seconds N]`."""

from __future__ import annotations

import argparse
import faulthandler
import sys
import traceback

from tests.fuzz.table import run_for, targets

_HUNG = 120  # seconds in which a round has to end


def main(arguments: list[str]) -> int:
    known = targets()
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    parser.add_argument("--seconds", type=float, default=20, help="for each target (20)")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.names if name not in known]
    if unknown:
        parser.error(f"no such target: {unknown[0]}")
    broken = [name for name in given.names or known if not _holds(name, given.seconds)]
    if broken:
        print("found in: " + ", ".join(broken))
    return 1 if broken else 0


def _holds(name: str, seconds: float) -> bool:
    try:
        faulthandler.dump_traceback_later(seconds + _HUNG, exit=True)
        done = max(run_for(targets()[name], seconds), default=0)
    except Exception:  # noqa: BLE001  # whatever it is, it is what was looked for
        traceback.print_exc()
        print(f"{name}: FOUND", flush=True)
        return False
    finally:
        faulthandler.cancel_dump_traceback_later()
    print(f"{name}: {done} inputs", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
