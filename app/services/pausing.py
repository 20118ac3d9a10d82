"""Pausing the schedule until a moment: a small file among this machine's data, not a setting."""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.errors import AppError
from app.files import private_folder, write_atomic
from app.json_lines import NO_JSON, Moment, encode_line
from app.schedule import SKEW
from app.services.home import Home


class _Pause(msgspec.Struct, frozen=True):
    until: Moment
    since: Moment | None = None


def paused_until(home: Home, now: datetime) -> datetime | None:
    """Until when nothing begins by itself; None if that is over, or was never asked for. One that
    begins later is over: the clock was put back since."""
    try:
        pause = msgspec.json.decode(home.paths.pause_file.read_bytes(), type=_Pause)
    except (OSError, *NO_JSON):
        return None
    if pause.since is not None and pause.since > now + SKEW:
        return None
    return pause.until if pause.until > now else None


def pause(home: Home, until: datetime, now: datetime) -> None:
    """Nothing begins by itself until then. Atomic; raises `AppError`."""
    path = home.paths.pause_file
    try:
        private_folder(path.parent)
        write_atomic(path, encode_line(_Pause(until, now)))
    except OSError as error:
        reason = error.strerror or str(error)
        raise AppError("pause-unwritable", path=str(path), reason=reason) from error


def go_on(home: Home) -> None:
    """The schedule holds again."""
    try:
        home.paths.pause_file.unlink(missing_ok=True)
    except OSError as error:
        path, reason = str(home.paths.pause_file), error.strerror or str(error)
        raise AppError("pause-unwritable", path=path, reason=reason) from error
