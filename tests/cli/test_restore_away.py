"""A drive that goes away in the midst of a restore, and one whose packs are damaged."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.support import Machine

_FILES, _SIZE = 60, 4 << 20


@pytest.fixture
def large(ready: Machine) -> Machine:
    """A backup that takes a moment to restore."""
    files = {f"part-{number:02}.bin": os.urandom(_SIZE) for number in range(_FILES)}
    ready.add("history", files)
    ready.run("backup")
    return ready


def words(machine: Machine) -> str:
    choice = json.dumps({"include": [], "exclude": []})
    return f"{machine.recovery.read_text().strip()}\n{choice}\n"


def command(machine: Machine, target: Path) -> list[str | Path]:
    return [
        "-r", machine.repository, "--password-stdin", "restore", "latest", "--target", target,
        "--choice-stdin", "--overwrite", "set-aside", "--json", "--control-stdin",
    ]  # fmt: skip


def test_a_drive_pulled_in_the_midst_is_said_once_and_taken_up_again(
    large: Machine, tmp_path: Path
) -> None:
    target, away = tmp_path / "there", tmp_path / "away"
    events = []
    with large.start(*command(large, target)) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(words(large))
        child.stdin.flush()
        for line in child.stdout:
            events.append(json.loads(line))
            if events[-1]["event"] == "progress" and not away.exists():
                large.repository.rename(away)
    assert (child.returncode, events[-1]["outcome"]) == (1, "failed")
    assert events[-1]["error"]["id"] == "place-away"
    assert len(list(target.rglob("part-*.bin"))) < _FILES
    away.rename(large.repository)
    report = large.run(*command(large, target), stdin=words(large)).report
    assert report["aside"] == 0
    assert len(list(target.rglob("part-*.bin"))) == _FILES
    assert not list(target.rglob("*.partial"))
    assert not list(target.rglob("*before-restore*"))


def test_a_damaged_pack_costs_its_files_alone(large: Machine, tmp_path: Path) -> None:
    packs = sorted(large.repository.glob("data/*/*"), key=lambda path: path.stat().st_size)
    damaged = packs[-1]
    damaged.chmod(0o600)
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    target = tmp_path / "there"
    done = large.run(*command(large, target), stdin=words(large), code=3)
    problems = [each for each in done.events if each["event"] == "problem"]
    assert problems
    assert {each["id"] for each in problems} == {"restore-file-lost"}
    assert done.report["failed"] == len(problems)
    assert len(list(target.rglob("part-*.bin"))) == _FILES - len(problems)
