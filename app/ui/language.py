"""The window's language. Its children inherit it: what they say as text is seen here, too."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence

from app.messages.language import VARIABLE, choose, speak
from app.settings.language import translations


class Language:
    """What the window speaks. `environment` is the process's own, which children inherit;
    `system` are the languages that the desktop prefers. A language that the environment asked for
    at the start stands above the settings."""

    def __init__(
        self, environment: MutableMapping[str, str], system: Callable[[], Sequence[str]]
    ) -> None:
        self._environment, self._system = environment, system
        self._given = environment.get(VARIABLE, "")

    def follow(self, setting: str) -> None:
        """Speak as the settings say. What is on the screen already has to be made anew."""
        given = {VARIABLE: self._given}
        name = choose(given, lambda: setting, self._system)
        self._environment[VARIABLE] = name
        speak(lambda: name, translations)
