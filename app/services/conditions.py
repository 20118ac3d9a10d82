"""What this computer is in: on battery, on a network that is paid by use. Asked, never guessed:
what cannot be told is None, and holds nothing up."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass

import psutil

from app.services.network import is_up

_SECONDS = 5
# NMMetered of NetworkManager: 1 yes, 2 no, 3 probably, 4 probably not.
_METERED = {"1": True, "3": True, "2": False, "4": False}
_PROPERTY = (
    "--system", "get-property", "org.freedesktop.NetworkManager",
    "/org/freedesktop/NetworkManager", "org.freedesktop.NetworkManager", "Metered",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conditions:
    """`battery` in percent while it gives the power, None when plugged in or without one;
    `online` whether there is a network at all."""

    battery: int | None = None
    metered: bool | None = None
    online: bool | None = None


def look(*, network: bool) -> Conditions:
    """How things are now; the network only where it matters (a process more)."""
    if not network:
        return Conditions(_battery())
    return Conditions(_battery(), _metered(), is_up())


def _battery() -> int | None:
    try:
        found = psutil.sensors_battery()
    except (AttributeError, OSError):  # no such thing on this system
        return None
    return None if found is None or found.power_plugged else int(found.percent)


def _metered() -> bool | None:
    """NetworkManager's word for it; None where there is none."""
    busctl = shutil.which("busctl")
    if busctl is None:
        return None
    try:
        done = subprocess.run(
            [busctl, *_PROPERTY], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = done.stdout.split()
    return _METERED.get(words[-1]) if done.returncode == 0 and words else None
