"""The command line in the user's language: its help, click's own words, errors, tables."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.text import left, table, width
from tests.cli.command_lines import command_of, commands


def _said(folder: Path, language: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        env={"TRADEKEEP_HOME": str(folder), "TRADEKEEP_LANGUAGE": language, "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    return done.stdout


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Usage:", "Options:", "Commands:", "Show this message and exit."]),
        ("de", ["Aufruf:", "Optionen:", "Befehle:", "Diese Hilfe anzeigen und beenden."]),
        ("es", ["Uso:", "Opciones:", "Comandos:", "Mostrar esta ayuda y salir."]),
        ("zh_CN", ["用法：tradekeep [OPTIONS]", "选项：\n", "命令：\n", "显示此帮助并退出。"]),
    ],
)
def test_help_is_in_the_users_language(tmp_path: Path, language: str, words: list[str]) -> None:
    said = _said(tmp_path, language, "--help")
    for word in words:
        assert word in said


def test_help_of_commands_and_options_is_translated_down_to_the_last_group(tmp_path: Path) -> None:
    said = _said(tmp_path, "de", "source", "add", "folder", "--help")
    assert "Einen Ordner mit allem darin sichern." in said
    assert "Weglassen, wie in .gitignore." in said


def test_in_the_list_of_commands_each_has_its_first_sentence(tmp_path: Path) -> None:
    lines = _said(tmp_path, "zh_CN", "--help").splitlines()
    assert next(line for line in lines if line.startswith("  tag ")).endswith("更改快照的标签")


def test_every_help_has_an_example_of_its_own_command_that_there_is() -> None:
    wrong = []
    for words, command in commands():
        lines = [line.strip() for line in (command.help or "").splitlines()]
        examples = [line for line in lines if line.startswith("Example:")]
        if not examples:
            wrong.append(f"no example: {' '.join(words)}")
        for example in examples:
            called, fault = command_of(example.removeprefix("Example: "))
            if fault or called[: len(words)] != words:
                wrong.append(fault or f"of another command: {example}")
    assert wrong == []


def test_a_wrong_option_is_told_in_the_users_language(tmp_path: Path) -> None:
    assert "Es gibt keine Option '--nonsense'" in _said(tmp_path, "de", "--nonsense")
    assert "No existe el comando 'nonsense'" in _said(tmp_path, "es", "nonsense")


def test_an_error_is_told_in_the_users_language(tmp_path: Path) -> None:
    assert "本机尚未设置 Tradekeep。" in _said(tmp_path, "zh_CN", "backup")


def test_columns_stand_below_each_other_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    table(("名称", "Id"), [("KEEP-1", "a"), ("阁楼", "b")], right=frozenset())
    lines = capsys.readouterr().out.splitlines()
    assert [width(line.rpartition("  ")[0].rstrip()) for line in lines] == [4, 6, 4]
    assert lines == ["名称    Id", "KEEP-1  a", "阁楼    b"]
    assert width(left("阁楼", 8)) == 8
