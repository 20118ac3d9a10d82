"""How much of a place was looked at, in a word or two."""

from __future__ import annotations

from app.messages import _, mark
from app.messages.joined import beside

_SCOPES = {
    "structure": mark("structure"),
    "listing": mark("names and sizes"),
    "source": mark("one source"),
    "sample": mark("a sample"),
    "hashes": mark("all data"),
    "all": mark("all data"),
}


def extent(scope: object) -> str:
    """What was looked at; "" where that is not known."""
    word = _SCOPES.get(str(scope))
    return _(word) if word else ""


def proof(when: str, scope: object) -> str:
    """A moment in words, and what was looked at then."""
    return beside((when, extent(scope)))
