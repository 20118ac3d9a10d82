"""Key files: each wraps the same master key under a password, as restic's do.

A key file is plain JSON, named by its SHA-256. The key derivation parameters come from the file,
that is from outside: they are bounded before use, so that a hostile repository cannot make us
allocate gigabytes or compute for hours.

Removing a key file does not revoke the master key for somebody who kept it.
"""

from __future__ import annotations

import base64
import getpass
import hashlib
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from app.backends.contract import (
    AccessDenied,
    Backend,
    FileName,
    FileNotThere,
    Kind,
    PlaceBroken,
)
from app.errors import AppError, NoRepository, WrongKey, WrongUsage
from app.repository.crypto import BrokenSeal, MasterKey, Random, Sealer
from app.repository.times import rfc3339
from app.secret import Secret

# restic gives up after 20 key files; we stop making them well before.
MOST_KEYS = 15
_TRIED = 20
_LARGEST_FILE = 16 << 10
_MOST_MEMORY = 256 << 20
_MOST_WORK = 1 << 25


class KdfCost(msgspec.Struct, frozen=True):
    """scrypt's N, r and p. Memory is 128·r·(N + p) bytes, time is in proportion to N·r·p."""

    n: int
    r: int = 8
    p: int = 1

    @property
    def acceptable(self) -> bool:
        n, r, p = self.n, self.r, self.p
        return (
            n >= 2
            and n & (n - 1) == 0
            and r >= 1
            and p >= 1
            and 128 * r * max(n, p) <= _MOST_MEMORY
            and n * r * p <= _MOST_WORK
        )


# A device key is 256 random bits: stretching it would only cost time at every start.
DEVICE_COST = KdfCost(n=1024)
# A recovery key has 135 random bits and needs none either; a person's own password does.
PASSWORD_COST = KdfCost(n=32768, p=4)
RECOVERY_COST = KdfCost(n=32768)


class _KeyFile(msgspec.Struct):
    created: str
    username: str
    hostname: str
    kdf: str
    N: int
    r: int
    p: int
    salt: str
    data: str


class _MacKey(msgspec.Struct):
    k: str
    r: str


class _WrappedKey(msgspec.Struct):
    mac: _MacKey
    encrypt: str


class KeyKind(StrEnum):
    """What a key most likely is: told from what it costs to derive, for key files have no names.
    Keys that stock restic or a person made are OTHER."""

    DEVICE = "device"
    RECOVERY = "recovery"
    OTHER = "other"


class KeyInfo(msgspec.Struct, frozen=True):
    """What a key file tells without its password."""

    id: str
    created: str
    username: str
    hostname: str
    kind: KeyKind


class OpenedKey(msgspec.Struct, frozen=True):
    """The master key, and the id of the key file that opened it."""

    master: MasterKey
    key_id: str


def _derive(password: Secret, salt: bytes, cost: KdfCost) -> MasterKey:
    raw = hashlib.scrypt(
        password.reveal().encode(),
        salt=salt,
        n=cost.n,
        r=cost.r,
        p=cost.p,
        maxmem=128 * cost.n * cost.r + 128 * cost.r * cost.p + (1 << 20),
        dklen=64,
    )
    return MasterKey(raw[:32], raw[32:48], raw[48:64])


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _raw(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _wrap(master: MasterKey) -> bytes:
    return msgspec.json.encode(
        _WrappedKey(_MacKey(_b64(master.mac_k), _b64(master.mac_r)), _b64(master.encrypt))
    )


def _unwrap(raw: bytes) -> MasterKey:
    wrapped = msgspec.json.decode(raw, type=_WrappedKey)
    return MasterKey(_raw(wrapped.encrypt), _raw(wrapped.mac.k), _raw(wrapped.mac.r))


def user_name() -> str:
    """The account that this process runs under: its name, or its number where it has none (a
    container's user often stands in no list)."""
    try:
        return getpass.getuser()
    except (KeyError, ImportError, OSError):
        return str(getattr(os, "getuid", lambda: "")())


def host_name() -> str:
    """This computer's name. Not by way of `socket` where that can be helped: it is 20 times as
    long in importing as this is in answering, and nothing else here needs it."""
    if hasattr(os, "uname"):
        return os.uname().nodename
    import socket

    return socket.gethostname()


def add_key(
    backend: Backend,
    master: MasterKey,
    password: Secret,
    *,
    cost: KdfCost,
    now: datetime | None = None,
    random: Random = os.urandom,
) -> str:
    """Wrap the master key under `password`, save the key file, return its id.

    Read back after writing: a key that was shown to somebody must open.
    """
    count = sum(1 for _ in backend.list(Kind.KEY))
    if count >= MOST_KEYS:
        raise WrongUsage("key-too-many", count=count)
    salt = random(64)
    sealed = Sealer(_derive(password, salt, cost), random).seal(_wrap(master))
    file = _KeyFile(
        created=rfc3339(now or datetime.now(UTC)),
        username=user_name(),
        hostname=host_name(),
        kdf="scrypt",
        N=cost.n,
        r=cost.r,
        p=cost.p,
        salt=_b64(salt),
        data=_b64(sealed),
    )
    data = msgspec.json.encode(file)
    name = FileName(Kind.KEY, hashlib.sha256(data).hexdigest())
    backend.save(name, data)
    if _try(_read(backend, name), password) != master:
        raise AssertionError("a key file that was just written does not open")
    return name.name


def _read_any(backend: Backend, file: FileName) -> _KeyFile | None:
    """As `_read`, and None for one that cannot be had: another key file may open as well."""
    try:
        return _read(backend, file)
    except (FileNotThere, AccessDenied, PlaceBroken):
        return None


def _read(backend: Backend, file: FileName) -> _KeyFile | None:
    """The key file, or None where it is damaged (hash, JSON) or too large to be one."""
    data = backend.load(file, 0, _LARGEST_FILE + 1)
    if len(data) > _LARGEST_FILE or hashlib.sha256(data).hexdigest() != file.name:
        return None
    try:
        return msgspec.json.decode(data, type=_KeyFile)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


def _try(file: _KeyFile | None, password: Secret) -> MasterKey | None:
    """The master key, or None for a wrong password. ValueError: unacceptable or damaged."""
    if file is None:
        raise ValueError("not a key file")
    cost = KdfCost(file.N, file.r, file.p)
    salt = _raw(file.salt)
    if file.kdf != "scrypt" or not cost.acceptable or len(salt) != 64:
        raise ValueError("unacceptable key derivation parameters")
    sealed = _raw(file.data)
    try:
        raw = Sealer(_derive(password, salt, cost)).open(sealed)
    except BrokenSeal:
        return None
    return _unwrap(raw)


def open_key(backend: Backend, passwords: Iterable[Secret], *, hint: str = "") -> OpenedKey:
    """Find the key file that one of the passwords opens; the one whose id starts with `hint`
    is tried first.

    Raises `WrongKey` if none fits (which names a damaged file: the right one may be in it; one
    that cannot be read counts as damaged), `NoRepository` if there are no key files at all, and
    `DamagedKeys` if the only one is damaged.
    """
    names = sorted(info.file.name for info in backend.list(Kind.KEY))
    if not names:
        raise NoRepository("key-none", place=backend.place)
    names.sort(key=lambda name: not (hint and name.startswith(hint)))
    damaged = ""
    candidates = list(passwords)
    for name in names[:_TRIED]:
        try:
            file = _read_any(backend, FileName(Kind.KEY, name))
            for password in candidates:
                master = _try(file, password)
                if master is not None:
                    return OpenedKey(master, name)
        except (ValueError, msgspec.DecodeError):
            damaged = name
    if damaged:
        kind = DamagedKeys if len(names) == 1 else WrongKey
        raise kind("key-file-damaged", place=backend.place, key=damaged[:8])
    raise WrongKey("key-wrong", place=backend.place)


class DamagedKeys(AppError):
    """The only key file cannot be used."""


def list_keys(backend: Backend) -> list[KeyInfo]:
    """All readable key files, oldest first."""
    infos = []
    for info in backend.list(Kind.KEY):
        file = _read_any(backend, info.file)
        if file is not None:
            made = (file.created, file.username, file.hostname)
            infos.append(KeyInfo(info.file.name, *made, _kind_of(file)))
    return sorted(infos, key=lambda key: key.created)


def _kind_of(file: _KeyFile) -> KeyKind:
    cost = KdfCost(file.N, file.r, file.p)
    return {DEVICE_COST: KeyKind.DEVICE, RECOVERY_COST: KeyKind.RECOVERY}.get(cost, KeyKind.OTHER)


def find_key(backend: Backend, prefix: str) -> str:
    """The full id of the one key file that starts with `prefix`."""
    found = [i.file.name for i in backend.list(Kind.KEY) if i.file.name.startswith(prefix)]
    if not prefix or not found:
        raise WrongUsage("key-not-found", key=prefix)
    if len(found) > 1:
        raise WrongUsage("key-ambiguous", key=prefix)
    return found[0]


def remove_key(backend: Backend, key_id: str, *, in_use: str) -> None:
    """Remove a key file. Refuses the one in use, so that at least one always remains."""
    if key_id == in_use:
        raise WrongUsage("key-last")
    try:
        backend.remove(FileName(Kind.KEY, key_id))
    except FileNotThere as error:
        raise WrongUsage("key-not-found", key=key_id[:8]) from error
