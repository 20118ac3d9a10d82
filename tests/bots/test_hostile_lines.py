"""Files that are made to take for ever are looked through in moments."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.bots import compose, compose_services, dotenv, redact
from app.bots.keys import found_keys

_SIZE = 120_000


def keys(folder: Path) -> object:
    (folder / "config.py").write_text("a-" * (_SIZE // 2))
    return found_keys(folder)


def comment(folder: Path) -> object:
    spaces = " " * _SIZE
    (folder / "compose.yml").write_text(f"services:\n  a:\n    image: x{spaces}y\n")
    return len(compose_services.services_in(folder)) - 1


def default(_folder: Path) -> object:
    return dotenv.filled_in("${a:-" * (_SIZE // 5), {}).replace("${a:-", "")


def command(_folder: Path) -> object:
    return redact.command("b-" * (_SIZE // 2)).replace("b-", "")


def images(_folder: Path) -> object:
    return compose.image_names("\n" * _SIZE)


@pytest.mark.parametrize("read", [keys, comment, default, command, images])
def test_a_line_without_end_holds_nobody_up(read: Callable[[Path], object], tmp_path: Path) -> None:
    begun = time.process_time()
    assert not read(tmp_path)
    assert time.process_time() - begun < 15  # unbounded: minutes to hours


def test_a_secret_behind_a_long_name_is_hidden_still() -> None:
    name = "x" * 100 + "_token"
    assert redact.command(f"run --{name}=hunter2") == f"run --{name}=***"
    assert "hunter2" not in redact.command("run --api-key hunter2 -p hunter2")
