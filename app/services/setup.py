"""Setting up: a repository with two keys, this machine's device key in its keyring, settings.

Order: the device key is stored and read back first, then the recovery key is written where the
user asked for it, then the repository is made (its config last), then the settings name it.
Interrupted anywhere, nothing claims to be set up that is not.
"""

from __future__ import annotations

import base64
import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from app.backends.contract import Backend
from app.copies.owed import What
from app.errors import AppError, WrongUsage
from app.files import sync_file, sync_folder
from app.repository import recovery_key
from app.repository.config import make_config
from app.repository.keys import (
    DEVICE_COST,
    PASSWORD_COST,
    RECOVERY_COST,
    KdfCost,
    KeyKind,
    add_key,
    find_key,
    list_keys,
    remove_key,
)
from app.repository.repository import NewKey, Repository, create_repository
from app.secret import Secret
from app.services.forget import owed_by
from app.services.home import Home, read_passwords
from app.services.opening import refuse_append_only
from app.services.own_place import (
    USUAL,
    Treatment,
    backend_of,
    place_named,
    prepare,
    remember_own,
    seal_own,
)
from app.settings.settings import KeepSettings, RepositorySettings, set_keep, set_repository

_STRONG = 40  # characters; 256 random bits in base 64 have 43


@dataclass(frozen=True, slots=True)
class NewRepository:
    """What `init` made. The recovery key is shown once, by the caller, unless a file holds it."""

    place: str
    id: str
    device_key: str
    recovery_key_id: str
    recovery_key: Secret
    recovery_file: Path | None


def initialise(
    home: Home,
    *,
    place: str | None,
    recovery_out: Path | None,
    treatment: Treatment = USUAL,
) -> NewRepository:
    """Make this machine's repository, at a path or behind a network (see `place_named`). Refuses
    where one is configured or already there."""
    if home.settings.repository is not None:
        raise WrongUsage("already-set-up", path=home.settings.repository.place)
    own, secrets = place_named(place or str(home.default_repository()), home.environment)
    if own.path is not None:
        refuse_strangers(own.path)
    if recovery_out is not None:
        refuse_existing(recovery_out)
    config = make_config()
    own = replace(treatment.of(own), id=config.id)
    backend = backend_of(home, own, secrets)
    if own.path is None:
        prepare(backend)
    device, made = device_key(home, config.id)
    recovery = recovery_key.generate()
    keys = [NewKey(device, device_cost(device)), NewKey(recovery, RECOVERY_COST)]
    with contextlib.ExitStack() as undo:
        if made:
            undo.callback(forget_device_key, home, config.id)
        # Before the repository: one whose recovery key could not be written would be a trap.
        if recovery_out is not None:
            write_key_file(recovery_out, recovery)
            undo.callback(recovery_out.expanduser().unlink, missing_ok=True)
        if secrets:
            undo.callback(seal_own(home, own, device, secrets))
        _, ids = create_repository(backend, keys, config=config)
        undo.pop_all()
    use(home, replace(own, device_key=ids[0]), backend)
    return NewRepository(own.place, config.id, ids[0], ids[1], recovery, recovery_out)


def use(home: Home, own: RepositorySettings, backend: Backend) -> None:
    """From now on this is the machine's repository, kept by the usual rules."""
    set_repository(home.paths.settings_file, own)
    set_keep(home.paths.settings_file, KeepSettings())
    remember_own(home.fresh(), backend)


def device_cost(device: Secret) -> KdfCost:
    """A password file may hold what a person thought of; that needs stretching."""
    return DEVICE_COST if len(device.reveal()) >= _STRONG else PASSWORD_COST


def forget_device_key(home: Home, repository_id: str) -> None:
    """Take back the key of a repository that was not made."""
    with contextlib.suppress(AppError):
        home.device_keys.remove(repository_id)


def device_key(home: Home, repository_id: str) -> tuple[Secret, bool]:
    """The device key, and whether it was made just now (a password file may hold one)."""
    existing = home.device_keys.get(repository_id)
    if existing is not None:
        return existing, False
    device = Secret(base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("="))
    home.device_keys.put(repository_id, device)
    return device, True


def refuse_strangers(place: Path) -> None:
    """A folder with something else in it is no place for a repository."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        if any(place.iterdir()) and not (place / "config").exists():
            raise WrongUsage("folder-not-empty", path=str(place))
    if place.exists() and not place.is_dir():
        raise WrongUsage("folder-is-file", path=str(place))


def refuse_existing(file: Path) -> None:
    """A file that is there is never written over: it may hold the key of something else."""
    if file.expanduser().exists():
        raise WrongUsage("recovery-file-exists", path=str(file))


def write_key_file(file: Path, key: Secret) -> None:
    """Write a key to a new file of mode 0600, durably: the key and a line ending, nothing else, so
    that the file serves as a password file for Tradekeep and for stock restic."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    path = file.expanduser().absolute()
    try:
        descriptor = os.open(path, flags, 0o600)
        with contextlib.ExitStack() as undo:
            undo.callback(path.unlink, missing_ok=True)
            with open(descriptor, "w", encoding="utf-8") as stream:  # noqa: PTH123
                stream.write(key.reveal() + "\n")
                stream.flush()
                sync_file(stream.fileno())
            sync_folder(path.parent)
            undo.pop_all()
    except FileExistsError as error:
        raise WrongUsage("recovery-file-exists", path=str(file)) from error
    except OSError as error:
        raise WrongUsage(
            "recovery-file-unwritable", path=str(file), reason=error.strerror or str(error)
        ) from error


@dataclass(frozen=True, slots=True)
class AddedKey:
    """A key that was added; `recovery_key` is None where the user brought a password."""

    id: str
    recovery_key: Secret | None


def add_access(
    repository: Repository, *, password_file: Path | None, recovery_out: Path | None
) -> AddedKey:
    """Add a key: the password in a file, or a new recovery key."""
    if password_file is not None:
        password = read_passwords(password_file)[0]
        key_id = add_key(repository.backend, repository.master, password, cost=PASSWORD_COST)
        return AddedKey(key_id, None)
    if recovery_out is not None:
        refuse_existing(recovery_out)
    recovery = recovery_key.generate()
    with contextlib.ExitStack() as undo:
        if recovery_out is not None:
            write_key_file(recovery_out, recovery)
            undo.callback(recovery_out.expanduser().unlink, missing_ok=True)
        key_id = add_key(repository.backend, repository.master, recovery, cost=RECOVERY_COST)
        undo.pop_all()
    return AddedKey(key_id, recovery)


def remove_access(home: Home, repository: Repository, prefix: str, *, own: bool) -> str:
    """Remove the key whose id starts with `prefix`; returns the full id. At the copies of this
    machine's own repository it goes with the next sync. Refuses the last one that is not kept by a
    computer: who loses that has nothing then."""
    refuse_append_only(home, repository.backend.place)
    key_id = find_key(repository.backend, prefix)
    printed = [key.id for key in list_keys(repository.backend) if key.kind is not KeyKind.DEVICE]
    if printed == [key_id]:
        raise WrongUsage("key-last-printed")
    if own and key_id != repository.key_id:
        owed_by(home).record([copy.id for copy in home.settings.copies], What.KEY, [key_id])
    remove_key(repository.backend, key_id, in_use=repository.key_id)
    return key_id
