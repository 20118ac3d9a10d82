"""Which copy a restore is to be practised from now by itself: never on battery, and over a network
only where that costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from app.backends.contract import BackendError, FileNotThere, Kind
from app.backends.local import LocalBackend
from app.copies import known
from app.copies.marker import MarkerState
from app.copies.where import folder_of, is_local, state_of
from app.services.conditions import Conditions
from app.services.drilled import too_old
from app.services.history import RunRecord
from app.services.home import Home
from app.settings.model import CopySettings


def to_drill(
    home: Home, runs: Sequence[RunRecord], now: datetime, around: Callable[..., Conditions]
) -> str | None:
    """The name of a copy that can be reached and holds a snapshot; None if none is to be drilled.
    One whose hours are limited is for a person to drill."""
    wanted = [copy for copy in home.settings.copies if not copy.paused and not copy.hours]
    due = too_old(wanted, runs, now)
    if not due or around(network=False).battery is not None:
        return None
    here = next((copy.name for copy in due if is_local(copy) and _holds_any(copy)), None)
    if here is not None:
        return here
    far = [copy for copy in due if not is_local(copy) and _held_any(home, copy)]
    return far[0].name if far and _is_free(around(network=True)) else None


def _is_free(network: Conditions) -> bool:
    return network.online is not False and not network.metered


def _holds_any(copy: CopySettings) -> bool:
    folder = folder_of(copy)
    if state_of(copy, folder) is not MarkerState.OURS:
        return False
    try:
        return any(True for _ in LocalBackend(folder).list(Kind.SNAPSHOT))
    except (BackendError, FileNotThere):
        return False


def _held_any(home: Home, copy: CopySettings) -> bool:
    """Whether there was a snapshot when somebody looked last."""
    seen = known.load(home.paths.listings, copy.id)
    return seen is not None and bool(seen.snapshots)
