"""What the system says of a folder (OSError), as what it means for a place (`BackendError`)."""

from __future__ import annotations

import errno
import os

from app.backends.contract import AccessDenied, BackendError, NoSpace, PlaceAway, PlaceBroken

_Meaning = tuple[type[BackendError], str]
_AWAY: _Meaning = (PlaceAway, "place-away")
_FULL: _Meaning = (NoSpace, "place-full")
_READ_ONLY: _Meaning = (AccessDenied, "place-read-only")
_DENIED: _Meaning = (AccessDenied, "place-denied")
_NOT_A_FOLDER: _Meaning = (AccessDenied, "place-not-a-folder")
_NOT_A_FILE: _Meaning = (AccessDenied, "place-not-a-file")
_TOO_LARGE: _Meaning = (NoSpace, "place-file-too-large")
_BUSY: _Meaning = (PlaceBroken, "place-busy")
_BROKEN: _Meaning = (PlaceBroken, "place-broken")

_BY_NAME = {
    _AWAY: "ENOENT ENODEV ENXIO ENOMEDIUM ENOTCONN ESTALE "
    "EHOSTDOWN EHOSTUNREACH ENETDOWN ENETUNREACH ENONET",
    _FULL: "ENOSPC EDQUOT",
    _READ_ONLY: "EROFS",
    _DENIED: "EACCES EPERM ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED",
    _NOT_A_FOLDER: "ENOTDIR EEXIST ELOOP ENAMETOOLONG",
    _NOT_A_FILE: "EISDIR",
    _TOO_LARGE: "EFBIG",
    _BUSY: "EMFILE ENFILE ENOMEM",
}
# Not every system has every name.
_BY_NUMBER: dict[int, _Meaning] = {
    getattr(errno, name): meaning
    for meaning, names in _BY_NAME.items()
    for name in names.split()
    if hasattr(errno, name)
}
# Windows folds these into EACCES or EINVAL: not ready, no such network path or device, gone; a
# write-protected drive; a full one; a file that a virus scanner holds open for a moment.
_BY_WINDOWS: dict[int, _Meaning] = {
    **dict.fromkeys((21, 53, 55, 59, 64, 67, 1167, 1231, 1232), _AWAY),
    19: _READ_ONLY,
    **dict.fromkeys((39, 112), _FULL),
    223: _TOO_LARGE,
    **dict.fromkeys((32, 33), _BROKEN),
}


def as_backend_error(error: OSError, *, place: str, file: str) -> BackendError:
    """What to raise for `error`. That a file which is asked for is missing is not known here:
    ENOENT means that the place, or a folder of it, is missing."""
    meaning = _BY_WINDOWS.get(getattr(error, "winerror", None) or 0)
    if meaning is None:
        meaning = _BY_NUMBER.get(error.errno or 0, _BROKEN)
    kind, message_id = meaning
    reason = error.strerror or str(error)
    return kind(message_id, place=readable(place), file=readable(file), reason=reason)


def readable(path: str) -> str:
    """A path for a sentence: bytes that are no UTF-8 are shown as question marks, since they
    could be neither printed nor put into JSON."""
    return os.fsencode(path).decode(errors="replace")
