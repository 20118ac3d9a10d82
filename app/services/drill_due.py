"""Which copy a restore is to be practised from now by itself; over a network only where that costs
nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.backends.contract import BackendError, FileNotThere, Kind
from app.backends.local import LocalBackend
from app.copies import known
from app.copies.marker import MarkerState
from app.copies.where import folder_of, is_local, state_of
from app.schedule import is_within
from app.services.conditions import Conditions
from app.services.drilled import too_old
from app.services.history import RunRecord
from app.services.home import Home
from app.services.local_zone import LocalZone
from app.settings.model import CopySettings


def to_drill(
    home: Home, runs: Sequence[RunRecord], now: datetime, network: Conditions
) -> str | None:
    """The name of a copy that can be reached and holds a snapshot; None if none is to be."""
    local = now.astimezone(LocalZone())
    wanted = [c for c in home.settings.copies if not c.paused and is_within(c.hours, local)]
    for copy in too_old(wanted, runs, now):
        if _holds_any(copy) if is_local(copy) else _held_any(home, copy, network):
            return copy.name
    return None


def _holds_any(copy: CopySettings) -> bool:
    folder = folder_of(copy)
    if state_of(copy, folder) is not MarkerState.OURS:
        return False
    try:
        return any(True for _ in LocalBackend(folder).list(Kind.SNAPSHOT))
    except (BackendError, FileNotThere):
        return False


def _held_any(home: Home, copy: CopySettings, network: Conditions) -> bool:
    """Whether there was a snapshot when somebody looked last, and one may look now."""
    if network.metered or network.online is False:
        return False
    seen = known.load(home.paths.listings, copy.id)
    return seen is not None and bool(seen.snapshots)
