"""Keys are named as they stand on the keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication

from app.messages.language import ENGLISH
from app.ui.key_names import key_name


@pytest.mark.parametrize(
    ("language", "said"),
    [(ENGLISH, ["Ctrl+F", "Alt+←", "Ctrl+1 … 7"]), ("de", ["Strg+F", "Alt+←", "Strg+1 … 7"])],
)
def test_german_keyboards_say_strg(
    language: str, said: list[str], speaks: Callable[[str], None]
) -> None:
    speaks(language)
    assert [key_name(key) for key in ("Ctrl+F", "Alt+Left", "Ctrl+1 … 7")] == said


def test_a_range_of_keys_is_named_on_a_mac_too(qapp: QApplication) -> None:
    assert key_name("F5", "darwin") == "F5"
    assert key_name("Ctrl+1 … 7", "darwin").endswith("1 … 7")
