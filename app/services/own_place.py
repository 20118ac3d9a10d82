"""This machine's repository, on a disk here or behind a network.

One behind a network is treated as a copy there is: the same settings, its secrets sealed under
this machine's device key, tried again where it stumbles, held to its limit. What was last seen
there is kept for `status`, which asks nobody. Other machines may write to it at the same time;
restic's locks are for that.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from app.backends.contract import (
    AccessDenied,
    Backend,
    BackendError,
    FileName,
    Kind,
    PlaceAway,
    TellsOthers,
)
from app.backends.local import LocalBackend
from app.copies import known
from app.errors import AppError, NoRepository, WrongUsage
from app.monitor import nothing
from app.repository.repository import open_repository
from app.secret import Secret
from app.services.history import now
from app.services.home import Home
from app.services.opening import (
    OF_PLACES,
    Checkpoint,
    keep_secrets,
    need_told,
    open_copy,
    open_with,
    sealed_name,
)
from app.settings.model import AWAY_KINDS, DROPBOX, CopySettings, RepositorySettings
from app.settings.sealed import SealedAccount, SealedFile

_ID = 16  # digits of a copy's id
Secrets = Mapping[str, Secret]


@dataclass(frozen=True, slots=True)
class Treatment:
    """How a repository behind a network is to be treated: kilobytes a second at most, and whether
    it lies away from here; None as usual, which is away."""

    limit: int = 0
    off_site: bool | None = None

    def of(self, own: RepositorySettings) -> RepositorySettings:
        """The repository, treated so. Raises `WrongUsage` for one on a disk."""
        if own.path is not None:
            if self != USUAL:
                raise WrongUsage("repository-not-remote", path=own.place)
            return own
        return replace(own, limit=self.limit, off_site=self.off_site is not False)


USUAL = Treatment()


def open_own(home: Home, checkpoint: Checkpoint = nothing) -> Backend:
    """The place of this machine's repository. Raises `NoRepository` before set-up; of one behind
    a network what `open_copy` raises."""
    own = home.settings.repository
    if own is None:
        raise NoRepository("not-set-up")
    if own.path is not None:
        return LocalBackend(own.path)
    return open_copy(home, as_copy(own), checkpoint)


def as_copy(own: RepositorySettings) -> CopySettings:
    """A repository behind a network as the copy that it is like. Its id is none of a copy: those
    are chosen at random."""
    return CopySettings(
        own.place,
        own.kind,
        own.address,
        own.id[:_ID],
        user=own.user,
        region=own.region,
        off_site=own.off_site,
        limit=own.limit,
    )


def place_named(place: str, environment: Mapping[str, str]) -> tuple[RepositorySettings, Secrets]:
    """A PLACE for a new repository, without its ids, and the secrets that open it, from the
    environment. What is not KIND:ADDRESS of a network is a path."""
    kind, _colon, address = place.partition(":")
    if kind not in AWAY_KINDS or Path(place).exists():
        return RepositorySettings(Path(place).expanduser().absolute(), "", ""), {}
    told = OF_PLACES[kind]
    need_told(environment, told, place)
    where = f"dropbox:/{address.strip('/')}" if kind == DROPBOX else address.rstrip("/")
    found = RepositorySettings(
        None,
        "",
        "",
        kind=kind,
        address=where,
        user=environment.get(told.user, ""),
        region=environment.get(told.region, ""),
    )
    return found, {told.name: Secret(environment[told.secret])}


def backend_of(home: Home, own: RepositorySettings, secrets: Secrets) -> Backend:
    """The place of a repository that is still to be made, or joined."""
    if own.path is not None:
        return LocalBackend(own.path)
    return open_with(home, as_copy(own), secrets)


def prepare(place: Backend) -> None:
    """A place behind a network for a repository that is to be made: empty, and it lets us write
    and remove. Raises `WrongUsage` where something lies there, or a `BackendError`."""
    with suppress(PlaceAway):  # its folder may still have to be made
        if any(place.list(Kind.CONFIG)):
            raise WrongUsage("repository-exists", place=place.place)
    if _holds_others(place):
        raise WrongUsage("folder-not-empty", path=place.place)
    place.create()
    try_out(place)


def try_out(place: Backend) -> None:
    """Write a file and remove it: whoever cannot remove can release no lock. It is an empty lock,
    which counts as none, here and with restic. Raises a `BackendError`."""
    trial = FileName(Kind.LOCK, os.urandom(32).hex())
    place.save(trial, b"")
    try:
        place.remove(trial)
    except AccessDenied as error:
        reason = str(error.params.get("reason", ""))
        raise AccessDenied("repository-place-keeps", place=place.place, reason=reason) from error


def _holds_others(place: object) -> bool:
    while place is not None and not isinstance(place, TellsOthers):
        place = getattr(place, "inner", None)
    return place is not None and place.holds_others()


def seal_own(
    home: Home, own: RepositorySettings, device: Secret, secrets: Secrets
) -> Callable[[], None]:
    """Keep the secrets of a repository that the settings will name. Returns what takes them back.
    Raises `SealedError`."""
    file, name = SealedFile(home.paths.sealed_file, device), sealed_name(as_copy(own))
    file.put(name, SealedAccount(dict(secrets)))

    def take_back() -> None:
        with suppress(AppError):
            file.remove(name)

    return take_back


def own_away(home: Home) -> CopySettings:
    """This machine's repository behind a network, as the copy that it is like. Raises
    `NoRepository`, or `WrongUsage` for one on a disk."""
    own = home.settings.repository
    if own is None:
        raise NoRepository("not-set-up")
    if own.path is not None:
        raise WrongUsage("copy-not-remote", name=own.place)
    return as_copy(own)


def sign_in_own(home: Home, secrets: Secrets) -> None:
    """Other secrets for a repository behind a network, once they were seen to lead to it. Raises
    `NoRepository` and `WrongKey` also where they lead elsewhere, what `own_away` raises, a
    `BackendError`, `SealedError`, keyring errors."""
    copy, own = own_away(home), home.settings.repository
    device = None if own is None else home.device_keys.get(own.id)
    if own is None or device is None:
        raise AppError("device-key-missing")
    place = open_with(home, copy, secrets)
    open_repository(place, [device], hint=own.device_key)
    keep_secrets(home, copy, secrets)
    remember_own(home, place)


def seen(home: Home) -> known.Known | None:
    """What was last seen at a repository behind a network."""
    own = home.settings.repository
    return None if own is None else known.load(home.paths.listings, own.id[:_ID])


def remember_own(home: Home, place: Backend) -> None:
    """Keep what lies at a repository behind a network now. That it cannot be listed just now is
    nobody's trouble: the next backup looks again."""
    own = home.settings.repository
    if own is None or own.path is not None:
        return
    with suppress(BackendError):
        known.keep(home.paths.listings, own.id[:_ID], known.look(place, now(), keys=True))
