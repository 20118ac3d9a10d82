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
from collections.abc import Callable, Iterator
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

    def say(self, **fields: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"id": 1, **fields}) + "\n")
        self.process.stdin.flush()

    def ask(self, **fields: object) -> dict[str, object]:
        """Ask, and wait for the last line of the answer."""
        self.say(**fields)
        while (line := self._line()).get("more") is not False:
            pass
        return line

    def answers(self, count: int) -> Iterator[dict[str, object]]:
        """The last lines of so many questions, as they come."""
        while count:
            if (line := self._line()).get("more") is False:
                count -= 1
                yield line

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


def beside(machine: Machine, folder: Path, older: object) -> tuple[float, float]:
    """As `jump`, asked as the window asks: until the rows are there, and until it is known what
    became of each of them since an older snapshot."""
    child = Child(machine)
    child.ask(do="snapshots")
    time.sleep(_LOOKS / 2)
    below = {"snapshot": "latest", "path": str(folder)}
    began = time.perf_counter()
    child.say(do="folder", count=200, **below)
    child.say(do="changes", against=older, **{**below, "id": 2})
    taken = []
    for answer in child.answers(2):
        assert "error" not in answer, answer
        taken.append(time.perf_counter() - began)
    child.process.communicate()
    return taken[0], taken[1]


def change(folder: Path) -> None:
    """One file of a hundred becomes another, one of a thousand goes, as many come."""
    for number, path in enumerate(sorted(folder.iterdir())):
        if number % 1000 == 500:
            path.rename(path.with_suffix(".new"))
        elif number % 100 == 0:
            path.write_bytes(b"changed %d" % number)


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


def measure_changes(machine: Machine, folder: Path, older: object) -> float:
    """The same of a folder that changed since an older snapshot."""
    rows, known = zip(*(beside(machine, folder, older) for _ in range(_TIMES)), strict=True)
    print(f"a folder that changed, a jump {1000 * statistics.median(rows):8.1f} ms")
    print(f"until what changed is told    {1000 * statistics.median(known):8.1f} ms")
    print(
        f"  the best of {_TIMES}             {1000 * min(rows):8.1f} and {1000 * min(known):.1f} ms"
    )
    child = Child(machine)
    child.ask(do="snapshots")
    file = {"path": str(folder / "candles-000100.feather")}
    compare = {"do": "compare", "snapshot": "latest", "against": older, **file}
    print(f"a file beside its older state {1000 * seconds(lambda: child.ask(**compare)):8.1f} ms")
    history = seconds(lambda: child.ask(do="history", **file))
    print(f"its history                   {1000 * history:8.1f} ms")
    every = seconds(lambda: child.ask(do="diff", before=older, after="latest"))
    print(f"all changes                   {1000 * every:8.1f} ms")
    child.process.communicate()
    return statistics.median(rows)


def back_up(machine: Machine) -> object:
    """Make a snapshot; returns the id of the first one."""
    subprocess.run(
        machine.command("backup"), env=machine.environment, check=True, capture_output=True
    )
    rows = machine.run("snapshots", "--json").report["snapshots"]
    assert isinstance(rows, list)
    return min(rows, key=lambda row: str(row["time"]))["id"]


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
        back_up(machine)
        first = measure(machine, folder)
        change(folder)
        older = back_up(machine)
        changed = measure_changes(machine, folder, older)
        return 0 if max(first, changed) <= AIM else 1


if __name__ == "__main__":
    sys.exit(main())
