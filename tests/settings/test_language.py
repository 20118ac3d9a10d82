"""The language that the settings file names."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings.language import chosen, spoken
from app.settings.settings import BrokenSettings, WindowSettings, load


def _settings(home: Path, text: str) -> Path:
    file = home / "config" / "settings.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_the_language_of_the_settings_is_spoken(tmp_path: Path) -> None:
    file = _settings(tmp_path, 'version = 1\n[window]\nlanguage = "de"\n')
    assert load(file).window == WindowSettings("de")
    home = {"TRADEKEEP_HOME": str(tmp_path)}
    assert spoken({**home, "LANG": "es_ES.UTF-8"}) == "de"
    assert spoken({**home, "TRADEKEEP_LANGUAGE": "zh_CN"}) == "zh_CN"


def test_without_settings_the_system_says_the_language(tmp_path: Path) -> None:
    assert spoken({"TRADEKEEP_HOME": str(tmp_path), "LANG": "es_ES.UTF-8"}) == "es"


@pytest.mark.parametrize(
    "text", ["", "[window]\n", "window = 7", "[window]\nlanguage = 7", "[window\n", "\0"]
)
def test_settings_that_say_nothing_about_it_leave_it_to_the_system(
    tmp_path: Path, text: str
) -> None:
    assert chosen(_settings(tmp_path, text)) == "auto"


def test_a_mistake_elsewhere_is_told_in_the_users_language(tmp_path: Path) -> None:
    file = _settings(tmp_path, 'version = 1\ncolour = "red"\n[window]\nlanguage = "de"\n')
    with pytest.raises(BrokenSettings):
        load(file)
    assert chosen(file) == "de"


def test_a_language_that_does_not_ship_is_a_mistake(tmp_path: Path) -> None:
    file = _settings(tmp_path, 'version = 1\n[window]\nlanguage = "fr"\n')
    with pytest.raises(BrokenSettings, match=r'"fr".*"zh_CN"'):
        load(file)
