"""What this computer knows of its locked years: each lock's hash, who signed it, who stamped it.

It lies sealed with the other secrets, where nobody can write who has not the device key: so a lock
that is gone, another one in its place, a key that nobody here has seen, and a time stamp by
somebody else are told. A lock becomes known when it is made here, and when `recover` brings it
back: what comes from the repository is sealed with the master key. Locks from before there was this
list become known if this computer's key signed them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from app.errors import AppError
from app.json_lines import NO_JSON
from app.monitor import Problem
from app.secret import Secret
from app.services import stamp, years
from app.services.home import Home
from app.services.opening import sealed_file
from app.services.years import Lock
from app.settings.sealed import OF_SIGNING, SealedAccount, SealedFile

_LIST = f"{OF_SIGNING}locks"


class Known(msgspec.Struct, frozen=True):
    """Of a lock: the SHA-256 of its manifest, the public key, and if it has a time stamp whose
    (the SHA-256 of the root certificate, and its subject)."""

    sha256: str
    key: str
    root: str = ""
    authority: str = ""


def note(home: Home, locks: Iterable[Lock]) -> None:
    """They are known from now on, as they are now. Raises `SealedError`, keyring errors."""
    _add(sealed_file(home), locks)


def note_recovered(home: Home, file: SealedFile) -> None:
    """The same for all that lie there, where the settings do not lead to the sealed file yet."""
    found = list(years.every(home))
    if found:
        _add(file, found)


def known(home: Home) -> dict[str, Known]:
    """By `name_of`. Raises as `note`."""
    kept = sealed_file(home).accounts().get(_LIST)
    if kept is not None:
        return _read(kept)
    own = years.own_public_key(home)
    found = [lock for lock in years.every(home) if lock.manifest.public_key == own]
    if found:
        note(home, found)
    return {name_of(lock): _of(lock) for lock in found}


def name_of(lock: Lock) -> str:
    return f"{lock.label}/{lock.manifest.lock}"


def missing(home: Home, there: Mapping[str, Known]) -> list[Problem]:
    """Locks that are known and gone, with all that was in their folders."""
    gone = (name for name in sorted(there) if not (home.paths.years / name).exists())
    return [_missing(home, name) for name in gone]


def _missing(home: Home, name: str) -> Problem:
    label, _slash, number = name.rpartition("/")
    path = str(home.paths.years / name)
    return Problem("year-lock-missing", {"year": label, "known": int(number), "path": path})


def faults(lock: Lock, there: Mapping[str, Known]) -> Iterator[Problem]:
    """What of a lock is not as it is known."""
    label, told = lock.label, there.get(name_of(lock))
    if lock.manifest.public_key not in {each.key for each in there.values()}:
        yield Problem("year-key-unknown", {"year": label, "key": lock.manifest.public_key})
    elif told is not None and told.sha256 != lock.sha256:
        yield Problem("year-file-changed", {"year": label, "about": years.MANIFEST})
    elif told is not None and told.root != _root(lock):
        yield _other_stamp(lock, told)


def _other_stamp(lock: Lock, told: Known) -> Problem:
    if not lock.stamped:
        return Problem("year-file-missing", {"year": lock.label, "about": years.STAMP})
    if not told.root:
        return Problem("year-file-added", {"year": lock.label, "about": years.STAMP})
    names = {"authority": _authority(lock), "before": told.authority}
    return Problem("year-stamp-other", {"year": lock.label, **names})


# --- the list ---------------------------------------------------------------------------------


def _add(file: SealedFile, locks: Iterable[Lock]) -> None:
    kept = file.accounts().get(_LIST, SealedAccount())
    more = {name_of(lock): Secret(msgspec.json.encode(_of(lock)).decode()) for lock in locks}
    file.put(_LIST, SealedAccount({**kept.secrets, **more}))


def _read(kept: SealedAccount) -> dict[str, Known]:
    found = {}
    for name, told in kept.secrets.items():
        try:
            found[name] = msgspec.json.decode(told.reveal(), type=Known)
        except NO_JSON:
            continue  # of a later version
    return found


def _of(lock: Lock) -> Known:
    return Known(lock.sha256, lock.manifest.public_key, _root(lock), _authority(lock))


def _root(lock: Lock) -> str:
    """The hash of the root certificate that lies beside its time stamp; "" without one."""
    if not lock.stamped:
        return ""
    try:
        return hashlib.sha256((lock.folder / years.STAMP_ROOT).read_bytes()).hexdigest()
    except OSError:
        return "?"  # it is said of the time stamp itself


def _authority(lock: Lock) -> str:
    """Whose time stamp it is; "" without one that fits, which is said elsewhere."""
    try:
        found = stamp.read(lock)
    except AppError:
        return ""
    return "" if found is None else found.authority
