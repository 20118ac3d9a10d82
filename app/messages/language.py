"""Which language is spoken, and its translations; both are looked up when the first text is said.

Nothing is read before that, and nothing at all for English, so `--version` and a backup that says
nothing pay nothing. Whoever starts the process says how to find out (`speak`); a process that is
never told speaks English.

A catalogue is gettext's own: `<folder>/<language>/LC_MESSAGES/tradekeep.mo`.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

ENGLISH = "en"
AUTO = "auto"
VARIABLE = "TRADEKEEP_LANGUAGE"
# What ships, each under its own name.
LANGUAGES: Mapping[str, str] = {
    ENGLISH: "English",
    "de": "Deutsch",
    "es": "Español",
    "zh_CN": "简体中文",
}
DOMAIN = "tradekeep"
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")  # POSIX: the first that says something counts


class _Speech:
    """The language of this process. It is one for all threads and never changes back and forth:
    another language is a new `speak`, before what is shown is made anew."""

    def __init__(self) -> None:
        self.ask: Callable[[], str] = lambda: ENGLISH
        self.folder: Callable[[], Path] | None = None
        self.language = ""
        self.translations = gettext.NullTranslations()


_speech = _Speech()


def speak(ask: Callable[[], str], folder: Callable[[], Path]) -> None:
    """Say everything from now on in the language that `ask` names (one of `LANGUAGES`), by the
    catalogues below `folder`. Both are called at the first text, once."""
    _speech.ask, _speech.folder, _speech.language = ask, folder, ""


def language() -> str:
    """The language that is spoken: one of `LANGUAGES`."""
    if not _speech.language:
        _begin()
    return _speech.language


def translations() -> gettext.NullTranslations:
    """The texts of that language; English are those of the source."""
    if not _speech.language:
        _begin()
    return _speech.translations


def _begin() -> None:
    # What has to be said while it is found out is said in English.
    _speech.language, _speech.translations = ENGLISH, gettext.NullTranslations()
    name = _speech.ask()
    if name != ENGLISH and _speech.folder is not None:
        path = _speech.folder() / name / "LC_MESSAGES" / f"{DOMAIN}.mo"
        with path.open("rb") as file:
            _speech.translations = gettext.GNUTranslations(file)
    _speech.language = name


def choose(
    environment: Mapping[str, str],
    setting: Callable[[], str],
    system: Callable[[], Iterable[str]],
) -> str:
    """The language for a process: TRADEKEEP_LANGUAGE, else the user's `setting`, else what the
    `system` prefers; of what ships the nearest, else English. "auto" lets the next one say."""
    given = environment.get(VARIABLE, "")
    name = setting() if given in ("", AUTO) else given
    return nearest(system() if name in ("", AUTO) else [name])


def preferred(environment: Mapping[str, str]) -> list[str]:
    """What the environment prefers; as for gettext, LANGUAGE counts beside a locale only."""
    locale = next((environment[name] for name in _LOCALE if environment.get(name)), "C")
    if locale.partition(".")[0] in ("C", "POSIX"):
        return []
    return [*environment.get("LANGUAGE", "").split(":"), locale]


def nearest(wanted: Iterable[str]) -> str:
    """Of what ships, the first that one of these names means: "de", "de_AT.UTF-8", "zh-Hans-CN"."""
    for name in wanted:
        parts = name.partition(".")[0].partition("@")[0].replace("-", "_").split("_")
        for each in LANGUAGES:
            if each.partition("_")[0] == parts[0].lower() and not _traditional(parts[1:]):
                return each
    return ENGLISH


def _traditional(parts: list[str]) -> bool:
    """Whether this is Chinese in traditional signs, which does not ship."""
    return not {part.upper() for part in parts}.isdisjoint({"TW", "HK", "MO", "HANT"})
