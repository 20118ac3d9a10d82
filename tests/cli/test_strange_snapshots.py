"""A repository of a stranger is looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.text import table
from tests.cli.support import Machine


def test_a_machine_s_name_in_a_snapshot_does_not_command_the_terminal(tmp_path: Path) -> None:
    machine = Machine(tmp_path).set_up()
    machine.add("notes", {"a": b"1"})
    host, tag = "pc\x1b[2J\u202e", "a\nb"
    machine.run("backup", "--host", host, "--tag", tag, machine.folder / "notes")
    shown = machine.run("snapshots").out
    assert "pc\\x1b[2J\\u202e" in shown
    assert "a\\nb" in shown
    assert not {"\x1b", "\u202e"} & set(shown)


def test_spaces_of_numbers_and_letters_of_the_world_stay(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table(("a",), [("1\u202f000\u00a0MB Größe 密码",)], right=frozenset())
    assert "1\u202f000\u00a0MB Größe 密码" in capsys.readouterr().out
