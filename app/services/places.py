"""Where this machine's snapshots can be read from: its repository and the copies of it."""

from __future__ import annotations

import os
from pathlib import Path

from app.backends.local import LocalBackend
from app.copies.marker import MarkerState
from app.copies.where import folder_of, is_local, state_of
from app.errors import AppError
from app.repository.repository import exists
from app.services.home import Home
from app.services.opening import place_of
from app.services.own_place import as_copy


def places(home: Home, open_place: str) -> list[dict[str, object]]:
    """The repository (its name is "") and the copies: `state` is "there", or why one cannot be
    read now ("away", "bare", "other"); `open` marks the place that is being read."""
    found = []
    own = home.settings.repository
    if own is not None:
        there = own.path is None or _is_there(own.path)
        state = "there" if there else MarkerState.AWAY.value
        place = own.place if own.path is not None else place_of(as_copy(own))
        found.append(_place("", place, state, open_place))
    for copy in home.settings.copies:
        if not is_local(copy):
            found.append(_place(copy.name, place_of(copy), "there", open_place))
            continue
        folder = folder_of(copy)
        marker = state_of(copy, folder)
        state = "there" if marker is MarkerState.OURS else marker.value
        found.append(_place(copy.name, str(folder), state, open_place))
    if not any(each["open"] for each in found):
        found.append(_place(None, open_place, "there", open_place))
    return found


def _place(name: str | None, place: str, state: str, open_place: str) -> dict[str, object]:
    is_open = os.path.realpath(place) == os.path.realpath(open_place)
    return {"name": name, "place": place, "state": state, "open": is_open}


def _is_there(folder: Path) -> bool:
    try:
        return exists(LocalBackend(folder))
    except AppError:
        return False
