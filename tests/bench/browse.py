"""What a window waits for: a folder of 100,000 files, listed by the reading child.

    python -m tests.bench.browse [--files 100000]

Aimed at: the first page within 100 ms, also of a folder that nobody had in sight before (a jump).
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.measure import parse_pss
from tests.cli.support import Machine

AIM = 0.1
_TIMES = 11
_LOOKS = 1.0


class Child:
    """`tradekeep browse --json`, asked one question at a time; `options` go to `browse`."""

    def __init__(self, machine: Machine, *options: str) -> None:
        self.process = machine.start("browse", *options, "--json")
        self._line()

    def _line(self) -> dict[str, object]:
        assert self.process.stdout is not None
        found: dict[str, object] = json.loads(self.process.stdout.readline())
        return found

    def ask(self, **fields: object) -> int:
        """Ask, and count the rows of the answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"id": 1, **fields}) + "\n")
        self.process.stdin.flush()
        rows = 0
        while True:
            line = self._line()
            found = line.get("rows", [])
            assert isinstance(found, list)
            rows += len(found)
            if line.get("more") is False:
                return rows

    @property
    def memory(self) -> int:
        return parse_pss(Path(f"/proc/{self.process.pid}/smaps_rollup").read_text())


def seconds(work: Callable[[], object], times: int = _TIMES) -> float:
    """The median of several runs."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def jump(machine: Machine, folder: Path) -> float:
    """Straight into the folder, half a second after the snapshots were listed."""
    child = Child(machine)
    child.ask(do="snapshots")
    time.sleep(_LOOKS / 2)
    taken = seconds(lambda: child.ask(do="folder", snapshot="latest", path=str(folder)), 1)
    child.process.communicate()
    return taken


def read_ahead(machine: Machine, folder: Path) -> float:
    """Opened a second after the folder that it lies in, as a person does who looks first."""
    child = Child(machine)
    child.ask(do="folder", snapshot="latest", path=str(folder.parent))
    time.sleep(_LOOKS)
    taken = seconds(lambda: child.ask(do="folder", snapshot="latest", path=str(folder)), 1)
    child.process.communicate()
    return taken


def measure(machine: Machine, folder: Path) -> float:
    """Print what each look takes; returns the seconds of the first page after a jump."""
    child = Child(machine)
    below = {"snapshot": "latest", "path": str(folder)}
    print(f"list the snapshots     {1000 * seconds(lambda: child.ask(do='snapshots')):8.1f} ms")
    cold = statistics.median(jump(machine, folder) for _ in range(_TIMES))
    print(f"first page, a jump     {1000 * cold:8.1f} ms")
    print(f"after a look at the folder above {1000 * read_ahead(machine, folder):8.1f} ms")
    warm = seconds(lambda: child.ask(do="folder", **below))
    print(f"first page, warm       {1000 * warm:8.1f} ms")
    far = seconds(lambda: child.ask(do="folder", start=50_000, **below))
    print(f"a page in the middle   {1000 * far:8.1f} ms")
    search = seconds(lambda: child.ask(do="search", pattern="*99.feather"), 3)
    print(f"a search               {1000 * search:8.1f} ms")
    print(f"memory                 {child.memory / 1e6:8.1f} MB")
    child.process.communicate()
    return cold


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    count = parser.parse_args().files
    with tempfile.TemporaryDirectory(prefix="tradekeep-bench-") as temporary:
        machine = Machine(Path(temporary)).set_up()
        folder = Path(temporary) / "wide"
        folder.mkdir()
        for number in range(count):
            (folder / f"candles-{number:06}.feather").write_bytes(b"%d" % number)
        machine.run("source", "add", "folder", folder, "--name", "wide")
        subprocess.run(
            machine.command("backup"), env=machine.environment, check=True, capture_output=True
        )
        return 0 if measure(machine, folder) <= AIM else 1


if __name__ == "__main__":
    sys.exit(main())
