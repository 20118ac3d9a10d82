"""Where this machine's device key lies: in the operating system's keyring, or in a file that the
user named with TRADEKEEP_PASSWORD_FILE.

The only module that knows the keyring library, which is imported when a key is first asked for.
Backends that store readably or nothing at all are refused by their class, before they are asked:
a key that looked stored and is not would lock the user out.
"""

from __future__ import annotations

import configparser
import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from app.secret import Secret
from app.settings.keyring_errors import (
    KeyringAbsent,
    KeyringDenied,
    KeyringEmpty,
    KeyringError,
    KeyringLocked,
    KeyringMismatch,
    KeyringUnsafe,
    translate,
)
from app.settings.password_file import PasswordFileKeys

__all__ = [
    "DeviceKeys",
    "KeyringAbsent",
    "KeyringDenied",
    "KeyringEmpty",
    "KeyringError",
    "KeyringKeys",
    "KeyringLocked",
    "KeyringMismatch",
    "KeyringUnsafe",
    "PasswordFileKeys",
    "find",
]

SERVICE = "tradekeep"
_NOTHING = {"keyring.backends.null", "keyring.backends.fail"}
_CHAIN = "keyring.backends.chainer"
_READABLE = ("plaintext", "uncrypted", "unencrypted", "nullcrypter")
_RECOMMENDED = 1  # keyring's own line: backends below it are for those who know why


class DeviceKeys(Protocol):
    """Keeps one secret for each repository. An empty secret is never kept and never returned."""

    def get(self, repository_id: str) -> Secret | None:
        """The key, None if none was ever stored."""
        ...

    def put(self, repository_id: str, secret: Secret) -> None:
        """Store a key, and read it back before returning."""
        ...

    def remove(self, repository_id: str) -> None:
        """Forget a key; one that is not there is no error."""
        ...


class Backend(Protocol):
    """What we use of `keyring.backend.KeyringBackend`."""

    @property
    def priority(self) -> float: ...
    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


def system_keyring() -> Backend:
    """The backend that the keyring library chooses here; `KeyringAbsent` if it cannot."""
    import keyring

    try:
        return cast(Backend, keyring.get_keyring())
    except (
        # A backend named in keyring's own configuration that is not there or cannot work.
        ImportError,
        AttributeError,
        ValueError,
        RuntimeError,
        OSError,
        configparser.Error,
    ) as error:
        raise KeyringAbsent("keyring-absent", reason=str(error)) from error


@dataclass(frozen=True, slots=True)
class KeyringKeys:
    """The system's keyring. May ask the user to unlock it, and waits for the answer.

    Where several backends are chained, the key goes to the first and is looked for in all.
    """

    backend: Callable[[], Backend] = system_keyring

    def get(self, repository_id: str) -> Secret | None:
        for backend in usable(self.backend()):
            found = _ask(backend, repository_id)
            if found is not None:
                if not found.strip():
                    raise KeyringEmpty("keyring-empty", service=SERVICE, name=repository_id)
                return Secret(found)
        return None

    def put(self, repository_id: str, secret: Secret) -> None:
        if not secret.reveal().strip():
            raise ValueError("an empty key is never stored")
        backend = usable(self.backend())[0]
        with _translated(secret):
            backend.set_password(SERVICE, repository_id, secret.reveal())
        stored = _ask(backend, repository_id)
        if stored is None or Secret(stored) != secret:
            raise KeyringMismatch("keyring-mismatch", backend=_called(backend))

    def remove(self, repository_id: str) -> None:
        for backend in usable(self.backend()):
            if _ask(backend, repository_id) is not None:
                with _translated():
                    backend.delete_password(SERVICE, repository_id)


def find(environment: Mapping[str, str]) -> DeviceKeys:
    """The file that TRADEKEEP_PASSWORD_FILE names, else the keyring (not asked yet)."""
    file = environment.get("TRADEKEEP_PASSWORD_FILE")
    if not file:
        return KeyringKeys()
    path = Path(file)
    with contextlib.suppress(RuntimeError):  # ~somebody who has no home here
        path = path.expanduser()
    return PasswordFileKeys(path.absolute())


def usable(backend: Backend) -> list[Backend]:
    """The backends that may hold a key, best first: `backend`, or what it chains.

    Raises `KeyringAbsent` if there are none, `KeyringUnsafe` if there are only readable ones.
    """
    links = _links(backend)
    there = [link for link in links if not _is_nothing(link)]
    safe = [link for link in there if _is_safe(link)]
    if not there:
        raise KeyringAbsent("keyring-absent", reason=_called(backend))
    if not safe:
        raise KeyringUnsafe("keyring-unsafe", backend=", ".join(map(_called, there)))
    return safe


def _links(backend: Backend) -> list[Backend]:
    if not any(base.__module__ == _CHAIN for base in type(backend).__mro__):
        return [backend]
    with _translated():
        return list(cast("list[Backend]", backend.backends))  # type: ignore[attr-defined]


def _is_nothing(backend: Backend) -> bool:
    return any(base.__module__ in _NOTHING for base in type(backend).__mro__)


def _is_safe(backend: Backend) -> bool:
    names = [base.__qualname__.lower() for base in type(backend).__mro__]
    if any(word in name for word in _READABLE for name in names):
        return False
    try:
        return backend.priority >= _RECOMMENDED
    except RuntimeError as error:  # its way of saying that it cannot work here
        raise KeyringAbsent("keyring-absent", reason=str(error)) from error


def _called(backend: Backend) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _ask(backend: Backend, repository_id: str) -> str | None:
    with _translated():
        return backend.get_password(SERVICE, repository_id)


@contextlib.contextmanager
def _translated(secret: Secret | None = None) -> Iterator[None]:
    """Whatever a backend raises becomes a `KeyringError`."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  # plugins: there is no common base
        answer = translate(error, secret)
        hides = secret is not None and secret.reveal() in str(error)
        raise answer from (None if hides else error)
