"""`python -m tests.bench`: Tradekeep beside stock restic and Borg, in one run.

Whole processes, interleaved, medians; the page cache is warmed before each run; sets of many
files are restored to memory (/dev/shm), since a disk slows down after mass deletion. Prints a
table with wall time, ratios, the goals and what missed them, CPU seconds, and proportional memory
of all processes; then sizes, growth, and the time of a backup with nothing to do.

    --only trader|small|huge|million   one corpus; the million only if it is asked for
    --work "first backup"              one work alone (what it needs is done, not measured)
    --runs N, --tools restic,borg      how often, beside what
    --place DIR                        where corpora are kept for the next run
    --small                            a twentieth of everything: does it work at all
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import corpora
from tests.bench.measure import Cost, run, warm
from tests.bench.table import Median, rows
from tests.bench.tools import PASSWORD, TOOLS, Tool

_MEMORY = Path("/dev/shm")
# What changed less than two seconds before a backup is read again by the next one, since some file
# systems count in such steps. Nobody changes thousands of files just then, but a benchmark does.
_SETTLED = 2.1
FIRST, IDLE, CHANGED, RESTORE, CHECK = (
    "first backup", "nothing changed", "2 % changed", "restore", "check, all data",
)  # fmt: skip


@dataclass
class Bench:
    """One run of everything. `costs[work][tool]` in the order of the works."""

    folder: Path
    tools: list[Tool]
    only: str | None
    costs: dict[str, dict[str, list[Cost]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def round(self, name: str, source: Path, number: int) -> None:
        """Each work once, on fresh repositories."""
        for tool in self.tools:
            tool.fresh()
        self._backups(name, FIRST, source)
        self._note_sizes(name, number)
        if self._wants(IDLE) and name != "huge":
            self._backups(name, IDLE, source)
        if name == "trader" and self._wants(CHANGED):
            self._changes(name, source, number)
        for tool in self.tools:
            if self._wants(RESTORE):
                self._restore(name, tool)
        for tool in self.tools:
            if self._wants(CHECK):
                warm(tool.repository)
                self._keep(name, CHECK, tool, run(tool.check, tool.environment))

    def _wants(self, work: str) -> bool:
        return self.only in (None, work)

    def _keep(self, name: str, work: str, tool: Tool, cost: Cost) -> None:
        if self._wants(work):
            self.costs.setdefault(f"{name}: {work}", {}).setdefault(tool.name, []).append(cost)

    def _backups(self, name: str, work: str, source: Path) -> None:
        for tool in self.tools:
            warm(source)
            self._keep(name, work, tool, run(tool.backup(source), tool.environment))

    def _changes(self, name: str, source: Path, number: int) -> None:
        """Twice on a copy of the corpus; what the second change adds is noted."""
        changed = self.folder / "changed" / source.name
        shutil.rmtree(changed, ignore_errors=True)
        shutil.copytree(source, changed)
        time.sleep(_SETTLED)
        for tool in self.tools:
            tool.fresh()
            run(tool.backup(changed), tool.environment)
        for seed in (2 * number, 2 * number + 1):
            before = [_size(tool.repository) for tool in self.tools]
            corpora.change(changed, 0.02, seed)
            time.sleep(_SETTLED)
            self._backups(name, CHANGED, changed)
        grown = zip(self.tools, before, strict=True)
        text = ", ".join(f"{t.name} {(_size(t.repository) - old) / 1e6:.1f} MB" for t, old in grown)
        self.notes.append(f"{name}: growth after the second change: {text}")
        shutil.rmtree(changed)

    def _restore(self, name: str, tool: Tool) -> None:
        target = (_MEMORY if name != "huge" else self.folder) / f"tradekeep-bench-{tool.name}"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        warm(tool.repository)
        self._keep(name, RESTORE, tool, run(tool.restore(target), tool.environment, folder=target))
        shutil.rmtree(target)

    def _note_sizes(self, name: str, number: int) -> None:
        if number == 0:
            sizes = ", ".join(f"{t.name} {_size(t.repository) / 1e6:.1f} MB" for t in self.tools)
            self.notes.append(f"{name}: repositories: {sizes}")

    def nothing_to_do(self, runs: int = 11) -> None:
        """A backup of a few files that are as they were."""
        source = self.folder / "few"
        corpora.small_files(source, 20)
        for tool in self.tools:
            tool.fresh()
            run(tool.backup(source), tool.environment)
            costs = [run(tool.backup(source), tool.environment) for _ in range(runs)]
            self.notes.append(f"nothing to do, 20 files: {tool.name} {Median.of(costs).wall:.3f} s")
        shutil.rmtree(source)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in corpora.files_below(folder))


def _corpora(scale: int) -> dict[str, Callable[[Path], None]]:
    mib = corpora.MIB
    return {
        "trader": lambda path: corpora.trader(path, 1536 * mib // scale, 3000 // scale),
        "small": lambda path: corpora.small_files(path, 100_000 // scale),
        "huge": lambda path: corpora.incompressible(path, 2048 * mib // scale),
        "million": lambda path: corpora.small_files(path, 1_000_000 // scale),
    }


def _made(make: Callable[[Path], None], path: Path) -> Path:
    """The corpus, from an earlier run if it is whole."""
    if not path.exists():
        half = path.with_name(path.name + ".half")
        shutil.rmtree(half, ignore_errors=True)
        make(half)
        half.rename(path)
    return path


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, add_help=True)
    parser.add_argument("--only", choices=list(_corpora(1)))
    parser.add_argument("--work", choices=[FIRST, IDLE, CHANGED, RESTORE, CHECK])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--tools", default="restic,borg")
    parser.add_argument("--place", type=Path)
    parser.add_argument("--small", action="store_true")
    return parser.parse_args()


def main() -> None:
    options = _arguments()
    with tempfile.TemporaryDirectory(prefix="tradekeep-bench-") as temporary:
        folder = (options.place or Path(temporary)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        secret = folder / "secret"
        secret.write_text(PASSWORD + "\n")
        names = ["tradekeep", *filter(None, options.tools.split(","))]
        bench = Bench(folder, [TOOLS[name](folder, secret) for name in names], options.work)
        scale = 20 if options.small else 1
        for name, make in _corpora(scale).items():
            if options.only != name and (options.only or name == "million"):
                continue
            source = _made(make, folder / f"corpus-{scale}" / name)
            subprocess.run(["sync"], check=True)
            for number in range(options.runs if name != "million" else 1):
                bench.round(name, source, number)
        if options.work is None and options.only is None:
            bench.nothing_to_do()
        print("\n".join([*rows(bench.costs), "", *bench.notes]))


if __name__ == "__main__":
    main()
