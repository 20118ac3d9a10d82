"""The sealed file: every secret but the device key, under a key that is derived from it.

    magic(4) version(1) stretching(1) salt(16) nonce(12) check(16) | ciphertext and tag | sha256(32)

Everything before the ciphertext is authenticated with it. `check` is derived beside the key and
tells a wrong key from damage; the SHA-256 at the end tells damage that nobody meant. The key is
HKDF-SHA256 of the device key with a salt of its own for each write, so that no nonce is ever used
twice; where the device key may be what a person thought of (a password file), it is stretched by
scrypt first. The plain text is JSON and never touches a disk. One writer at a time.

Must not know: what an account is at an exchange, settings, repositories.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from app.errors import AppError
from app.files import private_folder, write_atomic
from app.json_lines import NO_JSON
from app.secret import Secret
from app.settings.edit_lock import edit_lock

OF_ALERTS = "alert:"  # how names begin under which an address of an alert is kept
OF_COPIES = "copy:"  # and those under which the secrets of a copy's place are
OF_SIGNING = "sign:"  # and that of the key which signs locked years
_MAGIC = b"TKS\n"
VERSION = 1
_PLAIN, _STRETCHED = 0, 1
_STRONG = 40  # characters; 256 random bits in base 64 have 43
_STRETCH_N = 1 << 15  # scrypt with r = 8: 32 MiB and a tenth of a second
_SALT, _NONCE, _CHECK, _SUM = 16, 12, 16, 32
_HEADER = len(_MAGIC) + 2 + _SALT + _NONCE + _CHECK
_LARGEST = 4 << 20


class SealedError(AppError):
    """The sealed file cannot be used: `SealedKey`, `SealedDamaged`, `SealedNewer`, or a disk."""


class SealedKey(SealedError):
    """Another device key sealed it."""


class SealedDamaged(SealedError):
    """It is not what was written."""


class SealedNewer(SealedError):
    """A newer Tradekeep wrote it."""


@dataclass(frozen=True, slots=True)
class SealedAccount:
    """What is kept of one account: its secrets by ccxt's names, and the foreign hosts that the
    user confirmed on this machine."""

    secrets: Mapping[str, Secret] = field(default_factory=dict)
    hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SealedFile:
    """The file and the device key that opens it. All methods raise `SealedError`."""

    path: Path
    key: Secret

    def accounts(self) -> dict[str, SealedAccount]:
        """All accounts by name; none where there is no file yet."""
        try:
            with self.path.open("rb") as file:
                raw = file.read(_LARGEST + 1)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._failed("sealed-unreadable", error) from error
        return _decoded(self._opened(raw), self.path)

    def put(self, name: str, account: SealedAccount) -> None:
        """Keep an account, in place of one of that name; read back before this returns."""
        self._change(lambda accounts: accounts.update({name: account}))

    def remove(self, name: str) -> None:
        """Forget an account; one that is not there is no error."""
        if name in self.accounts():
            self._change(lambda accounts: accounts.pop(name, None))

    def seal_anew(self, key: Secret) -> SealedFile:
        """The same content under another device key, in the same file."""
        fresh = replace(self, key=key)
        if self.path.exists():
            with self._locked():
                fresh._write(self.accounts())
        return fresh

    def _change(self, change: Callable[[dict[str, SealedAccount]], object]) -> None:
        with self._locked():
            accounts = self.accounts()
            change(accounts)
            self._write(accounts)

    def _locked(self) -> _Locked:
        return _Locked(self)

    def _write(self, accounts: Mapping[str, SealedAccount]) -> None:
        sealed = _seal(_encoded(accounts), self.key)
        try:
            write_atomic(self.path, sealed)
        except OSError as error:
            raise self._failed("sealed-unwritable", error) from error
        if self.accounts() != accounts:
            raise SealedDamaged("sealed-mismatch", path=str(self.path))

    def _opened(self, raw: bytes) -> bytes:
        place = str(self.path)
        if raw[: len(_MAGIC)] == _MAGIC and len(raw) > _HEADER and raw[len(_MAGIC)] > VERSION:
            raise SealedNewer("sealed-newer", path=place, version=raw[len(_MAGIC)])
        body, told = raw[:-_SUM], raw[-_SUM:]
        whole = len(raw) <= _LARGEST and hashlib.sha256(body).digest() == told
        if not whole or len(body) < _HEADER or body[: len(_MAGIC)] != _MAGIC:
            raise SealedDamaged("sealed-damaged", path=place)
        return _unseal(body, self.key, place)

    def _failed(self, message_id: str, error: OSError) -> SealedError:
        return SealedError(message_id, path=str(self.path), reason=error.strerror or str(error))


class _Locked:
    """The edit lock, with the folder made and a disk's refusals as sentences."""

    def __init__(self, file: SealedFile) -> None:
        self._file = file
        self._lock = edit_lock(file.path)

    def __enter__(self) -> None:
        try:
            private_folder(self._file.path.parent)
            self._lock.__enter__()
            for left in self._file.path.parent.glob(f"{self._file.path.name}-tmp-*"):
                left.unlink(missing_ok=True)  # by a write that was killed
        except OSError as error:
            raise self._file._failed("sealed-unwritable", error) from error

    def __exit__(self, *about: object) -> None:
        self._lock.__exit__(None, None, None)


def _seal(plain: bytes, device: Secret) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    stretching = _PLAIN if len(device.reveal()) >= _STRONG else _STRETCHED
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    key, check = _derive(device, stretching, salt)
    header = _MAGIC + bytes([VERSION, stretching]) + salt + nonce + check
    sealed = header + AESGCM(key).encrypt(nonce, plain, header)
    return sealed + hashlib.sha256(sealed).digest()


def _unseal(body: bytes, device: Secret, place: str) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    header, at = body[:_HEADER], len(_MAGIC) + 1
    stretching, salt = header[at], header[at + 1 : at + 1 + _SALT]
    nonce, told = header[at + 1 + _SALT : -_CHECK], header[-_CHECK:]
    key, check = _derive(device, stretching, salt)
    if check != told:
        raise SealedKey("sealed-other-key", path=place)
    try:
        return AESGCM(key).decrypt(nonce, body[_HEADER:], header)
    except InvalidTag as error:
        raise SealedDamaged("sealed-damaged", path=place) from error


def _derive(device: Secret, stretching: int, salt: bytes) -> tuple[bytes, bytes]:
    """The key, and what tells that it is the right one."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    material = device.reveal().encode()
    if stretching != _PLAIN:
        room = 2 * 128 * 8 * _STRETCH_N
        material = hashlib.scrypt(material, salt=salt, n=_STRETCH_N, r=8, p=1, maxmem=room)
    info = b"tradekeep sealed secrets 1"
    derived = HKDF(SHA256(), 32 + _CHECK, salt, info).derive(material)
    return derived[:32], derived[32:]


class _Account(msgspec.Struct):
    secrets: dict[str, str] = {}
    hosts: list[str] = []


def _encoded(accounts: Mapping[str, SealedAccount]) -> bytes:
    plain = {
        name: _Account(
            {each: secret.reveal() for each, secret in account.secrets.items()},
            sorted(account.hosts),
        )
        for name, account in accounts.items()
    }
    return msgspec.json.encode(plain)


def _decoded(plain: bytes, path: Path) -> dict[str, SealedAccount]:
    try:
        found = msgspec.json.decode(plain, type=dict[str, _Account])
    except NO_JSON:
        # Its reason may quote what is in there.
        raise SealedDamaged("sealed-damaged", path=str(path)) from None
    return {
        name: SealedAccount(
            {each: Secret(text) for each, text in kept.secrets.items()}, frozenset(kept.hosts)
        )
        for name, kept in found.items()
    }
