"""Collects what is wrong with the settings while they are read; says where when all is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from app.messages import render
from app.settings.mistakes import Mistake

if TYPE_CHECKING:
    from app.settings.places import Key, Places

_LONGEST_SHOWN = 60


class Notes:
    """Collects mistakes; each is a function of the places, which are looked up at the end."""

    def __init__(self) -> None:
        self.found: list[Callable[[Places], Mistake]] = []

    def wrong(self, key: Key, right: str, **params: str | int) -> None:
        self.found.append(
            lambda places: Mistake(
                places.line(key), _shown(key), _cut(places.source(key)), _phrase(right, params)
            )
        )

    def unknown(self, key: Key, known: Iterable[str]) -> None:
        import difflib  # only for those who misspell

        names = list(known)
        near = difflib.get_close_matches(str(key[-1]).lower(), names, n=1)
        message_id = "settings-key-misspelt" if near else "settings-key-unknown"
        right = near[0] if near else ", ".join(names)
        self.found.append(
            lambda places: Mistake(places.line(key), _shown(key), _shown(key), right, message_id)
        )

    def missing(self, key: Key, right: str) -> None:
        self.found.append(
            lambda places: Mistake(
                places.line(key), _shown(key), "", _phrase(right, {}), "settings-key-missing"
            )
        )

    def repeated(self, key: Key, first: Key) -> None:
        self.found.append(
            lambda places: Mistake(
                places.line(key),
                _shown(key),
                _cut(places.source(key)),
                _phrase("settings-right-other-name", {"line": places.line(first)}),
            )
        )


def _shown(key: Key) -> str:
    return ".".join(part for part in key if isinstance(part, str))


def _cut(source: str) -> str:
    short = " ".join(source.split())
    return short if len(short) <= _LONGEST_SHOWN else f"{short[: _LONGEST_SHOWN - 1]}…"


def _phrase(right: str, params: Mapping[str, object]) -> str:
    return render(right, params).title
