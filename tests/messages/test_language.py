"""Which language a process speaks, and what finding it out costs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from app.messages import _, mark, plural
from app.messages.language import (
    ENGLISH,
    LANGUAGES,
    VARIABLE,
    choose,
    language,
    nearest,
    preferred,
    speak,
)


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    speak(lambda: ENGLISH, Path)


def _never() -> str:
    raise AssertionError("this was not to be asked")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("de", "de"),
        ("de_AT.UTF-8", "de"),
        ("de-CH", "de"),
        ("es_MX.UTF-8@euro", "es"),
        ("zh_CN.GB18030", "zh_CN"),
        ("zh-Hans-SG", "zh_CN"),
        ("zh", "zh_CN"),
        ("zh_TW.UTF-8", "en"),
        ("zh-Hant-HK", "en"),
        ("den", "en"),
        ("C.UTF-8", "en"),
        ("", "en"),
    ],
)
def test_a_name_means_what_ships(name: str, found: str) -> None:
    assert nearest([name]) == found


def test_the_first_preferred_language_that_ships_is_spoken() -> None:
    assert nearest(["fr-FR", "es-ES", "en-US"]) == "es"


def test_the_variable_stands_above_the_settings_and_these_above_the_system() -> None:
    assert choose({VARIABLE: "de"}, _never, lambda: ["es"]) == "de"
    assert choose({}, lambda: "de", lambda: ["es"]) == "de"
    assert choose({VARIABLE: "auto"}, lambda: "auto", lambda: ["es"]) == "es"


@pytest.mark.parametrize(
    ("environment", "first"),
    [
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "es_ES.UTF-8"}, "es"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "es_ES.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "fr:es"}, "es"),
        ({"LANG": "C.UTF-8", "LANGUAGE": "es"}, "en"),
        ({"LC_ALL": "", "LANG": "de_DE"}, "de"),
        ({}, "en"),
    ],
)
def test_the_system_says_its_language_as_gettext_reads_it(
    environment: Mapping[str, str], first: str
) -> None:
    assert nearest(preferred(environment)) == first


def test_nothing_is_looked_up_before_the_first_text_and_then_once() -> None:
    asked: list[str] = []

    def ask() -> str:
        asked.append("")
        return ENGLISH

    speak(ask, Path)
    assert asked == []
    assert _("Paused.") == "Paused."
    assert plural("{count} file", "{count} files", 1) == "1 file"
    assert asked == [""]


def test_a_text_that_is_said_while_the_language_is_found_out_is_english() -> None:
    said: list[str] = []

    def ask() -> str:
        said.append(_("Paused."))
        return ENGLISH

    speak(ask, Path)
    assert language() == ENGLISH
    assert said == ["Paused."]


def test_english_reads_no_catalogue() -> None:
    def folder() -> Path:
        raise AssertionError("no folder is needed")

    speak(lambda: ENGLISH, folder)
    assert _(mark("Paused.")) == "Paused."


def test_version_asks_for_no_language_and_reads_no_settings(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['tradekeep', '--version']\n"
        "from app.__main__ import main\n"
        "main()\n"
        "assert 'app.settings' not in sys.modules, 'the language was looked up'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"LANG": "de_DE.UTF-8"})


def test_every_language_that_ships_means_itself() -> None:
    assert [nearest([name]) for name in LANGUAGES] == list(LANGUAGES)
