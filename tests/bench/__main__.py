"""`python -m tests.bench [--small] [--runs N]`: Tradekeep beside stock restic, in one run.

Whole processes, interleaved, medians; the page cache is warmed before each run; both tools open
repositories whose key costs N=1024, so that key derivation hides nothing. Prints a table with
wall time, the ratio, CPU seconds, memory of all processes, and the size of the repositories.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.backends.local import LocalBackend
from app.repository.keys import KdfCost
from app.repository.repository import NewKey, create_repository
from app.secret import Secret
from tests.bench import corpora
from tests.bench.measure import Cost, run, warm

PASSWORD = "benchmark"


@dataclass
class Tool:
    """A program under test with its own repository."""

    name: str
    repository: Path
    backup: Callable[[Path], list[str]]
    restore: Callable[[Path], list[str]]
    check: list[str]
    costs: dict[str, list[Cost]] = field(default_factory=dict)


def _tradekeep(folder: Path, secret: Path) -> Tool:
    repository = folder / "tradekeep"
    base = [sys.executable, "-m", "app", "--repository", str(repository)]
    base += ["--password-file", str(secret)]
    return Tool(
        "tradekeep",
        repository,
        lambda path: [*base, "backup", str(path)],
        lambda path: [*base, "restore", "latest", "--target", str(path)],
        [*base, "verify", "--read-data"],
    )


def _restic(folder: Path, secret: Path) -> Tool:
    repository = folder / "restic"
    base = ["restic", "-q", "-r", str(repository), "--password-file", str(secret)]
    base += ["--cache-dir", str(folder / "restic-cache")]
    return Tool(
        "restic",
        repository,
        lambda path: [*base, "backup", str(path)],
        lambda path: [*base, "restore", "latest", "--target", str(path)],
        [*base, "check", "--read-data"],
    )


def _make_repository(path: Path) -> None:
    create_repository(LocalBackend(path), [NewKey(Secret(PASSWORD), KdfCost(n=1024))])


def _measure(
    tools: list[Tool], work: str, source: Path, command: Callable[[Tool], list[str]]
) -> None:
    for tool in tools:
        warm(source)
        cost = run(command(tool), {})
        tool.costs.setdefault(work, []).append(cost)


def _round(tools: list[Tool], name: str, source: Path, scratch: Path, seed: int) -> None:
    """One run of each work on fresh repositories."""
    for tool in tools:
        shutil.rmtree(tool.repository, ignore_errors=True)
        _make_repository(tool.repository)
    _measure(tools, f"{name}: first backup", source, lambda tool: tool.backup(source))
    _measure(tools, f"{name}: nothing changed", source, lambda tool: tool.backup(source))
    if name == "trader":
        corpora.change(source, 0.02, seed)
        _measure(tools, f"{name}: 2 % changed", source, lambda tool: tool.backup(source))
    for tool in tools:
        target = scratch / f"restored-{tool.name}"
        warm(tool.repository)
        cost = run(tool.restore(target), {})
        tool.costs.setdefault(f"{name}: restore", []).append(cost)
        shutil.rmtree(target)
    for tool in tools:
        warm(tool.repository)
        tool.costs.setdefault(f"{name}: check, all data", []).append(run(tool.check, {}))


def _report(tools: list[Tool]) -> None:
    ours, theirs = tools
    print(f"\n{'work':<34} {'tradekeep':>10} {'restic':>10} {'faster':>7}"
          f" {'CPU s':>13} {'memory MB':>13}")  # fmt: skip
    for work in ours.costs:
        mine, other = ours.costs[work], theirs.costs[work]
        wall = [statistics.median(cost.wall for cost in costs) for costs in (mine, other)]
        cpu = [statistics.median(cost.cpu for cost in costs) for costs in (mine, other)]
        memory = [max(cost.memory for cost in costs) / 1e6 for costs in (mine, other)]
        print(f"{work:<34} {wall[0]:>8.2f} s {wall[1]:>8.2f} s {wall[1] / wall[0]:>6.2f}x"
              f" {cpu[0]:>6.1f}/{cpu[1]:<6.1f} {memory[0]:>6.0f}/{memory[1]:<6.0f}")  # fmt: skip


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in corpora.files_below(folder))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="small corpora, for a quick look")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=["trader", "small", "huge"])
    options = parser.parse_args()
    scale = 20 if options.small else 1
    with tempfile.TemporaryDirectory(prefix="tradekeep-bench-") as place:
        folder = Path(place)
        secret = folder / "secret"
        secret.write_text(PASSWORD + "\n")
        tools = [_tradekeep(folder, secret), _restic(folder, secret)]
        for name, make in _corpora(scale).items():
            if options.only not in (None, name):
                continue
            source = folder / f"corpus-{name}"
            make(source)
            for number in range(options.runs):
                _round(tools, name, source, folder, seed=number)
            sizes = " / ".join(
                f"{tool.name} {_size(tool.repository) / 1e6:.1f} MB" for tool in tools
            )
            print(f"{name}: source {_size(source) / 1e6:.1f} MB; repositories: {sizes}", flush=True)
            shutil.rmtree(source)
        _report(tools)


def _corpora(scale: int) -> dict[str, Callable[[Path], None]]:
    mib = corpora.MIB
    return {
        "trader": lambda path: corpora.trader(path, 1536 * mib // scale, 3000 // scale),
        "small": lambda path: corpora.small_files(path, 100_000 // scale),
        "huge": lambda path: corpora.incompressible(path, 2048 * mib // scale),
    }


if __name__ == "__main__":
    main()
