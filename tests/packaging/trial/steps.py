"""What a trial does with an installed Tradekeep, wherever it is: the first hour of a person."""

from __future__ import annotations

import filecmp
import json
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

# Runs an installed `tradekeep` with arguments, in an environment that has these besides; returns
# what it printed.
Run = Callable[..., str]


@dataclass(frozen=True)
class Trial:
    """A package and the empty folder that it is tried in."""

    package: Path
    folder: Path
    release: str
    within: float

    def say(self, words: str) -> None:
        print(words, flush=True)


def run(command: Sequence[str | Path], *, code: int = 0, **more: object) -> str:
    """Runs to the end, insists on the exit code, and returns what was printed."""
    done = subprocess.run(  # type: ignore[call-overload]
        [str(word) for word in command],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", timeout=1200, **more,
    )  # fmt: skip
    assert done.returncode == code, f"{command}: {done.returncode}\n{done.stdout[-4000:]}"
    for word in ("Traceback", "Warning: "):  # of Python's: a library that is not whole
        assert word not in done.stdout, done.stdout
    return str(done.stdout)


def make_files(folder: Path) -> None:
    """What a person would not want to lose: small, large, nested, with odd names."""
    (folder / "bots/one").mkdir(parents=True)
    (folder / "bots/one/config.json").write_text('{"pair": "BTC/USDT"}')
    (folder / "bots/ünï cödé.txt").write_text("text")
    for number in range(300):
        (folder / f"bots/candles-{number}.csv").write_text(f"{number}," * 200)
    (folder / "large.bin").write_bytes(os.urandom(12 << 20))


def use(trial: Trial, tradekeep: Run, home: Path, seen: Path) -> None:
    """Set up, back up, verify, restore. `home` is the person's folder as this process sees it,
    `seen` as Tradekeep does."""
    told = tradekeep("--version")
    assert told.startswith("tradekeep, version "), told
    trial.say(told.strip())
    answer = json.loads(tradekeep("status", "--json").splitlines()[-1])
    assert answer["event"] == "done", answer
    tradekeep("init", "--repository", seen / "repository", "--recovery-out", seen / "recovery")
    tradekeep("source", "add", "folder", seen / "files", "--name", "files")
    report = json.loads(tradekeep("backup", "--json").splitlines()[-1])
    assert report["outcome"] == "ok", report
    tradekeep("verify", "--read-data")
    tradekeep("restore", "latest", "--target", seen / "back")
    (found,) = (home / "back").rglob("files")
    _compare(home / "files", found)
    trial.say("Set up, backed up, verified and restored.")
    tradekeep("demo", seen / "demo")  # an exchange, a bot that trades meanwhile, a copy
    own = {"TRADEKEEP_HOME": seen / "demo/home"}
    own["TRADEKEEP_PASSWORD_FILE"] = seen / "demo/home/device-key"
    for form in ("parquet", "xlsx"):
        tradekeep(
            "export", "trades", f"--format={form}", "--out", seen / f"trades.{form}", more=own
        )
        assert (home / f"trades.{form}").stat().st_size > 10_000
    trial.say("The demo went through, and its trades were written as tables.")


def _compare(first: Path, second: Path) -> None:
    found = filecmp.dircmp(first, second)
    assert not (found.left_only or found.right_only or found.funny_files), found.report()
    _same, other, errors = filecmp.cmpfiles(first, second, found.common_files, shallow=False)
    assert not (other or errors), (other, errors)
    for name in found.common_dirs:
        _compare(first / name, second / name)
