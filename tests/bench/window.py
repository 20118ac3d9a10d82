"""`python -m tests.bench.window`: how the window feels, beside Vorta where that is installed.

Under Xvfb with openbox and tint2: from the start of the process to the window on the screen (warm,
median), proportional memory of all processes at rest in the tray, and after the window was open on
the Overview, then on each page, and closed again; how long the event loop is held over a backup,
while a table of a million fills is scrolled, and in a folder of 100,000 files; how long pages and
that folder take to open. Prints a table with the goals of the project.

    --runs N    starts that are measured (5)
    --fills N   rows of the table (1000000)
    --files N   files of the folder (100000)
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from app.settings.model import ExchangeSettings
from app.settings.paths import Paths
from app.settings.settings import add_exchange
from tests.bench.archive import write_archive
from tests.bench.measure import family_memory
from tests.cli.support import ROOT, Machine

START, MEMORY, HELD, FOLDER = 0.5, 80e6, 0.050, 0.100
_SETTLES = 6.0  # seconds: the first status is read, memory is given back
_OURS = [sys.executable, "-m", "app"]


@dataclass(frozen=True)
class Row:
    work: str
    value: str
    goal: str = ""


@contextmanager
def screen() -> Iterator[str]:
    """A display with a window manager and a panel."""
    read, write = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(write)
        with os.fdopen(read) as answers:
            name = f":{answers.readline().strip()}"
        environment = {**os.environ, "DISPLAY": name}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        others = [
            subprocess.Popen([each], env=environment, **quiet)  # type: ignore[call-overload]
            for each in ("openbox", "tint2")
        ]
        while not windows(environment):  # the panel
            time.sleep(0.1)
        yield name
        for each in (*others, server):
            each.terminate()


def windows(environment: Mapping[str, str]) -> list[str]:
    """The windows that the window manager has on the screen."""
    told = subprocess.run(
        ["xprop", "-root", "_NET_CLIENT_LIST"], env=environment, capture_output=True, text=True
    ).stdout
    return _ids(told)


def _ids(told: str) -> list[str]:
    return [each.strip() for each in told.partition("#")[2].split(",") if each.strip()]


@contextmanager
def started(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[tuple[int, float]]:
    """A program whose window is there: its process id, and how long that took."""
    with subprocess.Popen(
        ["stdbuf", "-oL", "xprop", "-root", "-spy", "_NET_CLIENT_LIST"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as watch:
        assert watch.stdout is not None
        before = set(_ids(watch.stdout.readline()))  # the panel is there
        began = time.perf_counter()
        process = subprocess.Popen(
            command, env=environment, cwd=ROOT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while set(_ids(watch.stdout.readline())) <= before:
            pass
        took = time.perf_counter() - began
        watch.terminate()
    try:
        yield process.pid, took
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        while set(windows(environment)) - before:
            time.sleep(0.1)


def start_time(command: Sequence[str], environment: Mapping[str, str], runs: int) -> float:
    """The median of several warm starts, in seconds."""
    times = []
    for _ in range(runs + 1):
        with started(command, environment) as (_pid, took):
            times.append(took)
    return statistics.median(times[1:])


def press(keys: str, environment: Mapping[str, str]) -> None:
    window = windows(environment)[-1]
    for act in (["windowfocus", "--sync", window], ["key", keys]):
        subprocess.run(["xdotool", *act], env=environment, check=True)


def memory_at_rest(environment: Mapping[str, str]) -> tuple[int, int, int, int]:
    """In the tray before any window; with the Overview; closed again; closed after all pages."""
    process = subprocess.Popen([*_OURS, "--tray"], env=environment, cwd=ROOT)
    time.sleep(_SETTLES + 4)
    at_rest = family_memory(process.pid)
    subprocess.run(_OURS, env=environment, cwd=ROOT, check=True)
    time.sleep(_SETTLES)
    opened = family_memory(process.pid)
    press("ctrl+w", environment)
    time.sleep(_SETTLES + 4)
    overview = family_memory(process.pid)
    subprocess.run(_OURS, env=environment, cwd=ROOT, check=True)
    time.sleep(1)
    for number in range(1, 7):
        press(f"ctrl+{number}", environment)
        time.sleep(1)
    press("ctrl+1", environment)
    time.sleep(1)
    press("ctrl+w", environment)
    time.sleep(_SETTLES + 4)
    closed = family_memory(process.pid)
    process.terminate()
    process.wait(20)
    return at_rest, opened, overview, closed


def held(environment: Mapping[str, str]) -> tuple[float, float, float]:
    """99.9th percentile and most of what the event loop was held over a backup, and its seconds."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.window_held"],
        env=environment, cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    first, most, seconds = map(float, done.stdout.split())
    return first, most, seconds


def fill(machine: Machine, fills: int, files: int) -> Path:
    """An archive of so many fills, and a snapshot of a folder of so many files: that folder."""
    wide = machine.folder / "wide"
    wide.mkdir()
    for number in range(files):
        (wide / f"candles-{number:06}.feather").write_bytes(b"%d" % number)
    machine.run("source", "add", "folder", wide, "--name", "wide")
    subprocess.run(
        [*_OURS, "backup"], env=machine.environment, cwd=ROOT, check=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    paths = Paths.find(machine.environment)
    add_exchange(paths.settings_file, ExchangeSettings(name="main", exchange="binanceusdm"))
    write_archive(paths.archive_file, fills)
    machine.run("pause", "--for", "1d")  # nothing is fetched by itself
    return wide


def pages(environment: Mapping[str, str], folder: Path) -> Iterator[Row]:
    """How pages open and tables scroll."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.window_pages", str(folder)],
        env=environment, cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    for name, (took, worked) in found["opened"].items():
        yield Row(f"page {name}, opened and painted (own work {_ms(worked)})", _ms(took))
    yield Row(f"a folder of {found['files']:,} files, opened", _ms(found["folder"]), _ms(FOLDER))
    for work, times in found["held"].items():
        yield Row(f"event loop held, 99.9 %, {work}", _ms(times["most999"]), _ms(HELD))
        yield Row("of that our own work", _ms(times["worked999"]))
        yield Row("event loop held, most", _ms(times["most"]))


def rows(machine: Machine, display: str, options: argparse.Namespace) -> Iterator[Row]:
    folder, runs = machine.folder / "run", options.runs
    folder.mkdir(mode=0o700)
    environment = {
        **machine.environment, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb",
        "XDG_RUNTIME_DIR": str(folder), "HOME": str(machine.folder),
    }  # fmt: skip
    environment.pop("DBUS_SESSION_BUS_ADDRESS", None)
    took = start_time(_OURS, environment, runs)
    yield Row("start to window, warm", f"{took:.2f} s", f"{START} s")
    at_rest, opened, overview, closed = memory_at_rest(environment)
    yield Row("memory in the tray", _size(at_rest), _size(MEMORY))
    yield Row("memory with the window", _size(opened))
    yield Row("memory after the window was closed", _size(overview), _size(MEMORY))
    yield Row("memory after all its pages were seen and it was closed", _size(closed))
    percentile, most, seconds = held(environment)
    over = f"over a backup of {seconds:.0f} s"
    yield Row(
        f"event loop held, 99.9 %, {over}", f"{percentile * 1e3:.0f} ms", f"{HELD * 1e3:.0f} ms"
    )
    yield Row("event loop held, most", f"{most * 1e3:.0f} ms")
    yield from pages(environment, fill(machine, options.fills, options.files))
    if shutil.which("vorta"):
        yield Row("Vorta: start to window", f"{start_time(['vorta'], environment, runs):.2f} s")
        with started(["vorta"], environment) as (pid, _took):
            time.sleep(_SETTLES)
            yield Row("Vorta: memory with the window", _size(family_memory(pid)))


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms"


def _size(count: float) -> str:
    return f"{count / 1e6:.0f} MB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--fills", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tradekeep-window-") as temporary:
        machine = Machine(Path(temporary)).set_up()
        machine.run("schedule", "set", "--off")
        machine.add("notes", {f"{n}.bin": os.urandom(6 << 20) for n in range(60)})
        (machine.folder / "usb").mkdir()
        machine.run("copy", "add", "folder", machine.folder / "usb", "--name", "KEEP-1")
        with screen() as display:
            print(f"{'':58} {'measured':>10} {'goal':>8}")
            for row in rows(machine, display, options):
                print(f"{row.work:58} {row.value:>10} {row.goal:>8}", flush=True)


if __name__ == "__main__":
    main()
