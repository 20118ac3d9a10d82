"""Telling a process from a later one that was given its number."""

from __future__ import annotations

from pathlib import Path

from app.repository.lock import is_alive

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_STARTED = 19  # field 22 of proc(5), counted from the one after the name


def birth(pid: int) -> str:
    """What no other process of that number has, also after a restart of the computer and when the
    clock is set; "" where that cannot be told."""
    return _by_proc(pid) if _BOOT.exists() else _by_time(pid)


def _by_proc(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
        ticks = stat.rpartition(b")")[2].split()[_STARTED].decode("ascii")
        return f"{_BOOT.read_text('ascii').strip()} {ticks}"
    except (OSError, IndexError, ValueError):
        return ""


def _by_time(pid: int) -> str:
    import psutil

    try:
        return str(round(psutil.Process(pid).create_time(), 1))
    except psutil.Error:
        return ""


def is_still(pid: int, born: str) -> bool:
    """Whether the process of this number is there, and the one that was `born` then."""
    if not is_alive(pid):
        return False
    now = birth(pid) if born else ""
    return not now or now == born
