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

import psutil


@dataclass(frozen=True)
class Cost:
    """One run: seconds of wall and CPU time, and the peak of proportional memory in bytes."""

    wall: float
    cpu: float
    memory: int


def run(command: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a command to its end; raises if it fails. Memory is sampled every 20 ms."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    process = subprocess.Popen(
        list(command),
        env={**os.environ, **environment},
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
        while not self._done.wait(0.02):
            self.peak = max(self.peak, _proportional(self._pid))

    def stop(self) -> None:
        self._done.set()
        self.join()


def _proportional(pid: int) -> int:
    """PSS of a process and all below it; shared pages count once."""
    total = 0
    try:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
            total += int(rollup.split("Pss:")[1].split()[0]) * 1024
    except (psutil.Error, OSError, IndexError):
        return total
    return total


def warm(folder: Path) -> None:
    """Read everything once, so that each run finds its files in the page cache."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb", buffering=0) as file:
                while file.read(1 << 20):
                    pass
