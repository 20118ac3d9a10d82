"""What this machine knows: where its files lie, its settings, its device key; and how a
repository is opened with them.

PLACE, wherever a command takes one, is a path, the name of a configured copy, or KIND:ADDRESS.
A command that names a place and a password file needs no configuration at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from app.backends.contract import Backend
from app.backends.local import LocalBackend
from app.errors import WrongKey, WrongUsage
from app.repository.repository import Repository, open_repository
from app.secret import Secret
from app.services.history import History

if TYPE_CHECKING:
    from app.settings.keyring import DeviceKeys
from app.settings.model import CopySettings, Settings
from app.settings.paths import Paths

_LARGEST_PASSWORD = 64 << 10
Ask = Callable[[], Secret | None]


class Home(msgspec.Struct, frozen=True, dict=True):
    """This machine's own files. Settings are read once, when first needed."""

    paths: Paths
    environment: Mapping[str, str]

    @classmethod
    def find(cls, environment: Mapping[str, str]) -> Home:
        return cls(Paths.find(environment), environment)

    @cached_property
    def settings(self) -> Settings:
        try:
            self.paths.settings_file.stat()
        except FileNotFoundError:
            return Settings()
        except OSError:
            pass  # `load` says what is wrong
        from app.settings.reading import load  # not needed for a repository at hand: 5 ms

        return load(self.paths.settings_file)

    @cached_property
    def device_keys(self) -> DeviceKeys:
        from app.settings.keyring import find

        return find(self.environment)

    @property
    def history(self) -> History:
        return History(self.paths.data, self.paths.logs)

    def index_cache(self, repository_id: str) -> Path:
        """Where the loaded index of a repository is kept, see `app.repository.index_cache`."""
        return self.paths.cache / "index" / repository_id

    def fresh(self) -> Home:
        """The same machine with its settings read anew, after they were edited."""
        return Home(self.paths, self.environment)

    def default_repository(self) -> Path:
        """Where `init` puts a repository unless it is told."""
        home = self.environment.get("TRADEKEEP_HOME")
        return Path(home).absolute() / "repository" if home else Path.home() / "Tradekeep"

    def copy(self, name: str) -> CopySettings | None:
        """The configured copy of that name, upper or lower case."""
        wanted = name.casefold()
        return next((c for c in self.settings.copies if c.name.casefold() == wanted), None)


class Access(msgspec.Struct, frozen=True):
    """Which repository a command means, and how it is opened.

    `place` is None for this machine's own repository. `password_file` holds a password, a device
    key or a recovery key in its first line; `password` is one itself. `ask` prompts a person, or
    returns None.
    """

    place: str | None = None
    password_file: Path | None = None
    password: Secret | None = None
    ask: Ask = lambda: None


def is_own(home: Home, access: Access) -> bool:
    """Whether a command works on this machine's configured repository."""
    own = home.settings.repository
    if own is None:
        return False
    if access.place is None or access.place == own.place:
        return True
    return Path(access.place).expanduser().absolute() == own.path


def open_for(home: Home, access: Access) -> Repository:
    """Open the repository that a command means.

    Tried in turn: the password that was given, this machine's device key if it belongs to the
    configured repository or one of its copies, and whatever a person types. Raises `NoRepository`,
    `WrongKey`, keyring errors, or a `BackendError`.
    """
    own = home.settings.repository if _needs_settings(access) else None
    backend = _backend(home, access)
    if access.password_file is not None:
        return open_repository(backend, read_passwords(access.password_file))
    if access.password is not None:
        return open_repository(backend, candidates(access.password.reveal()))
    if own is not None:
        device = home.device_keys.get(own.id)
        if device is not None:
            return _open_with_device(backend, device, own.device_key, access.ask)
    return open_repository(backend, _typed(access.ask))


def _backend(home: Home, access: Access) -> Backend:
    own = home.settings.repository if access.place is None else None
    if own is not None and own.path is not None:
        return LocalBackend(own.path)
    if access.place is None:
        from app.services.own_place import open_own  # which needs a `Home`

        return open_own(home)
    from app.services.opening import backend_for  # as above

    return backend_for(access.place, home)


def _needs_settings(access: Access) -> bool:
    # With a place and a password nothing of this machine matters, not even broken settings.
    return access.place is None or (access.password_file is None and access.password is None)


def _open_with_device(backend: Backend, device: Secret, hint: str, ask: Ask) -> Repository:
    try:
        return open_repository(backend, [device], hint=hint)
    except WrongKey:
        typed = ask()
        if typed is None:
            raise
        return open_repository(backend, candidates(typed.reveal()))


def _typed(ask: Ask) -> list[Secret]:
    typed = ask()
    if typed is None:
        raise WrongKey("key-needed")
    return candidates(typed.reveal())


def candidates(text: str) -> list[Secret]:
    """What a person may have meant: the text as it is, and the recovery key that it looks like.

    Raises `BadRecoveryKey` only where the text surely is one with a mistake in it.
    """
    from app.repository import recovery_key

    passwords = [Secret(text)]
    if recovery_key.looks_like(text):
        try:
            canonical = recovery_key.parse(text)
        except recovery_key.BadRecoveryKey:
            if "-" in text.strip() or " " in text.strip():
                raise
            return passwords
        if canonical != passwords[0]:
            passwords.append(canonical)
    return passwords


def read_passwords(file: Path) -> list[Secret]:
    """The first line of a password file, as `candidates`; `WrongUsage` if it cannot be read."""
    try:
        with file.expanduser().open("rb") as stream:
            raw = stream.read(_LARGEST_PASSWORD)
    except OSError as error:
        raise WrongUsage(
            "password-file-unreadable", path=str(file), reason=error.strerror or str(error)
        ) from error
    try:
        line = raw.decode("utf-8-sig").splitlines()[:1]
    except UnicodeDecodeError as error:
        raise WrongUsage("password-file-not-text", path=str(file)) from error
    if not line or not line[0]:
        raise WrongUsage("password-file-empty", path=str(file))
    passwords = candidates(line[0])
    if line[0].strip() != line[0]:
        passwords += candidates(line[0].strip())  # stock restic leaves out blanks at the ends
    return passwords
