"""Running a whole process and what it took: wall time, CPU time, memory of all its processes."""

from __future__ import annotations

import os
import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """One run: seconds of wall and CPU time, and the peak of proportional memory in bytes."""

    wall: float
    cpu: float
    memory: int


# Looking at the memory of a process stops it for a moment.
_EVERY = 0.1


def run(
    command: Sequence[str], environment: Mapping[str, str], *, folder: Path | None = None
) -> Cost:
    """Run a command to its end, in a folder; raises if it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    process = subprocess.Popen(
        list(command),
        env={**os.environ, **environment},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    sampler = _Sampler(process.pid)
    sampler.start()
    output, _ = process.communicate()
    wall = time.perf_counter() - began
    sampler.stop()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode not in (0, 3):
        raise RuntimeError(f"{' '.join(command)}\n{output.decode(errors='replace')}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, sampler.peak)


class _Sampler(threading.Thread):
    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._done = threading.Event()
        self.peak = 0

    def run(self) -> None:
        while not self._done.wait(_EVERY):
            self.peak = max(self.peak, family_memory(self._pid))

    def stop(self) -> None:
        self._done.set()
        self.join()


def family_memory(pid: int) -> int:
    """Proportional memory of a process and all below it, in bytes."""
    return sum(map(_proportional, _family(pid)))


def _family(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for each in found:
        try:
            for task in Path(f"/proc/{each}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except OSError:
            continue  # it has ended
    return found


def _proportional(pid: int) -> int:
    """A process's PSS in bytes: pages that several share count in parts, once in all."""
    try:
        return parse_pss(Path(f"/proc/{pid}/smaps_rollup").read_text())
    except OSError:
        return 0


def parse_pss(rollup: str) -> int:
    """Bytes from the line `Pss:` of /proc/PID/smaps_rollup; 0 for a process that has ended."""
    line = next((line for line in rollup.splitlines() if line.startswith("Pss:")), "Pss: 0 kB")
    return int(line.split()[1]) * 1024


def warm(folder: Path) -> None:
    """Read everything once, so that each run finds its files in the page cache."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb", buffering=0) as file:
                while file.read(1 << 20):
                    pass
