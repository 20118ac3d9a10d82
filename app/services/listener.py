"""Who asked `services.browse` something."""

from __future__ import annotations

from typing import Protocol

from app.monitor import Monitor


class Listener(Monitor, Protocol):
    """Takes rows as they are found, beside what every monitor takes."""

    def row(self, row: dict[str, object]) -> None: ...
