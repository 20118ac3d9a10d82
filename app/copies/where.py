"""Where a copy is today. A drive is found by its marker, whatever its letter or mount point is now;
what lies behind a network is where its address says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from app.copies.marker import MarkerState, read_marker
from app.settings.model import DRIVE, FOLDER, CopySettings

if TYPE_CHECKING:
    from app.copies.drives import Mounted

_DEVICE = re.compile(r"/dev/.+|[A-Za-z]:\\?")
Table = Callable[[], "Iterable[Mounted]"]


def is_local(copy: CopySettings) -> bool:
    """Whether it lies on a disk, a drive or a mounted share: whether it has a folder here."""
    return copy.kind in (FOLDER, DRIVE)


def _mounted() -> Iterable[Mounted]:
    from app.copies.drives import mounted  # only where a drive is away

    return mounted()


def folder_of(copy: CopySettings, table: Table = _mounted) -> Path:
    """The folder of a copy that has one. A drive that is not where it was last is looked for among
    all that are mounted; one that is nowhere is where it was last."""
    last = Path(copy.address)
    if copy.kind != DRIVE or read_marker(last, copy.id) is MarkerState.OURS:
        return last
    for mount in table():
        folder = Path(mount.point) / copy.inside
        if _DEVICE.fullmatch(mount.device) and read_marker(folder, copy.id) is MarkerState.OURS:
            return folder
    return last


def state_of(copy: CopySettings, folder: Path) -> MarkerState:
    """What lies at the folder of a copy. A drive's folder without its marker is the drive's mount
    point: the drive is away."""
    state = read_marker(folder, copy.id)
    if copy.kind == DRIVE and state is MarkerState.BARE:
        return MarkerState.AWAY
    return state
