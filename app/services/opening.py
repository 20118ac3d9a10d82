"""From a copy in the settings, or a PLACE on the command line, to the bytes that lie there.

Folders and drives are checked by their marker first: a mount point without its drive is never
written to. What lies behind a network is opened with the secrets of the sealed file, or for a
PLACE that is no copy with those of the environment, and tried again where it stumbles.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from app.backends.contract import Backend, PlaceAway
from app.backends.local import LocalBackend
from app.backends.retrying import RetryingBackend
from app.copies.known import ListingFile
from app.copies.marker import MarkerState
from app.copies.where import folder_of, is_local, state_of
from app.errors import AppError, NoRepository, WrongUsage
from app.monitor import nothing
from app.redact import address as without_login
from app.secret import Secret
from app.settings.mistakes import BrokenSettings
from app.settings.model import DRIVE, DROPBOX, FOLDER, S3, WEBDAV, CopySettings
from app.settings.sealed import OF_COPIES, SealedAccount, SealedDamaged, SealedFile, SealedKey

if TYPE_CHECKING:
    from app.services.home import Home

TOKEN, SECRET_KEY, PASSWORD = "token", "secret_key", "password"


class Told(NamedTuple):
    """Variables of the environment with the secrets of a PLACE that is no copy of this machine;
    `name` is what the sealed file calls the `secret`."""

    name: str
    secret: str
    user: str = ""
    region: str = ""

    @property
    def needed(self) -> tuple[str, ...]:
        return (*([self.user] if self.user else []), self.secret)


OF_PLACES = {
    DROPBOX: Told(TOKEN, "TRADEKEEP_DROPBOX_TOKEN"),
    S3: Told(SECRET_KEY, "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION"),
    WEBDAV: Told(PASSWORD, "TRADEKEEP_WEBDAV_PASSWORD", "TRADEKEEP_WEBDAV_USER"),
}
SECRET_OF = {kind: told.name for kind, told in OF_PLACES.items()}
_AWAY = {
    MarkerState.AWAY: "copy-away",
    MarkerState.BARE: "copy-bare",
    MarkerState.OTHER: "copy-other",
}
Checkpoint = Callable[[], None]


def open_copy(home: Home, copy: CopySettings, checkpoint: Checkpoint = nothing) -> Backend:
    """The place of a copy, held to its limit. Raises `PlaceAway` if it is away or not what it was;
    of one behind a network `SealedError` or keyring errors, and it connects at the first use
    only."""
    place = _open(home, copy, checkpoint)
    if not copy.limit:
        return place
    from app.backends.limited import Pace, limited

    return limited(place, Pace(copy.limit * 1000), checkpoint)


def _open(home: Home, copy: CopySettings, checkpoint: Checkpoint) -> Backend:
    if is_local(copy):
        folder = folder_of(copy)
        state = state_of(copy, folder)
        if state is not MarkerState.OURS:
            raise PlaceAway(_AWAY[state], name=copy.name, place=str(folder))
        return LocalBackend(folder)
    kept = sealed_file(home).accounts().get(sealed_name(copy))
    if kept is None or SECRET_OF[copy.kind] not in kept.secrets:
        raise AppError("copy-secrets-missing", name=copy.name)
    return open_with(home, copy, kept.secrets, checkpoint)


def open_with(
    home: Home,
    copy: CopySettings,
    secrets: Mapping[str, Secret],
    checkpoint: Checkpoint = nothing,
) -> Backend:
    """A copy behind a network with these secrets, one by the name for its kind."""
    if copy.kind == DROPBOX:
        from app.backends.dropbox.app_key import find_app_key
        from app.backends.dropbox.backend import open_dropbox

        key = find_app_key(home.settings.dropbox.app_key, environment=home.environment).key
        folder = copy.address.removeprefix("dropbox:").strip("/")
        cache = ListingFile(home.paths.listings, copy.id)
        place: Backend = open_dropbox(
            folder, secrets[TOKEN], key, cache=cache, checkpoint=checkpoint
        )
    elif copy.kind == S3:
        place = _bucket(copy.address, copy.user, secrets[SECRET_KEY], copy.region, checkpoint)
    else:
        from app.backends.object_store import open_webdav

        password = secrets[PASSWORD]
        place = open_webdav(copy.address, user=copy.user, password=password, checkpoint=checkpoint)
    return RetryingBackend(place, checkpoint=checkpoint)


def refuse_append_only(home: Home, place: str) -> None:
    """Raise `WrongUsage` where the place is a copy from which nothing is ever to be removed."""
    with suppress(BrokenSettings):  # then no copy is known
        for copy in home.settings.copies:
            at = os.path.realpath(folder_of(copy)) if is_local(copy) else place_of(copy)
            if copy.append_only and at in (place, os.path.realpath(place)):
                raise WrongUsage("copy-append-only", name=copy.name)


def place_of(copy: CopySettings) -> str:
    """How the backend of a copy behind a network calls its place."""
    address = unquote(copy.address).rstrip("/")
    if copy.kind == DROPBOX:
        return f"dropbox:{address.removeprefix('dropbox:').strip('/')}"
    return f"{copy.kind}:{address if copy.kind == S3 else copy.address.rstrip('/')}"


def _bucket(
    address: str,
    access_key: str,
    secret_key: Secret,
    region: str,
    checkpoint: Checkpoint = nothing,
) -> Backend:
    """`https://host/bucket/prefix`, as restic writes it after "s3:"."""
    from app.backends.object_store import open_s3

    parts = urlsplit(address)
    bucket, _slash, prefix = unquote(parts.path).strip("/").partition("/")
    if not bucket:
        raise WrongUsage("place-names-no-bucket", place=without_login(address))
    return open_s3(
        bucket,
        prefix,
        endpoint=f"{parts.scheme}://{parts.netloc}",
        region=region,
        access_key=access_key,
        secret_key=secret_key,
        checkpoint=checkpoint,
    )


def sealed_name(copy: CopySettings) -> str:
    """Under which name the sealed file keeps a copy's secrets; no account has such a name."""
    return f"{OF_COPIES}{copy.id}"


def sealed_file(home: Home) -> SealedFile:
    """This machine's sealed file. Raises `NoRepository` before set-up, keyring errors."""
    own = home.settings.repository
    if own is None:
        raise NoRepository("not-set-up")
    device = home.device_keys.get(own.id)
    if device is None:
        raise AppError("device-key-missing")
    return SealedFile(home.paths.sealed_file, device)


def keep_secrets(home: Home, copy: CopySettings, secrets: Mapping[str, Secret]) -> None:
    """Seal a copy's secrets. Raises `SealedError`, keyring errors."""
    sealed_file(home).put(sealed_name(copy), SealedAccount(dict(secrets)))


def forget_secrets(home: Home, name: str) -> None:
    """Forget what the sealed file keeps by a name: before the settings lose what has that name, so
    that a crash between the two leaves no secret that nothing names. One that this machine cannot
    open any more is none. Raises keyring errors, or `SealedError` where it cannot be written."""
    with suppress(SealedKey, SealedDamaged):
        sealed_file(home).remove(name)


# --- a PLACE ----------------------------------------------------------------------------------


def backend_for(place: str, home: Home) -> Backend:
    """The backend for a PLACE: a path, a copy's name, or KIND:ADDRESS. `WrongUsage` for a kind
    that does not exist or whose secrets are not in the environment."""
    copy = _named(home, place)
    if copy is not None:
        return LocalBackend(folder_of(copy)) if is_local(copy) else open_copy(home, copy)
    kind, separator, address = place.partition(":")
    if separator and kind.isalnum() and len(kind) > 1 and not Path(place).exists():
        return _by_address(home, kind, address, place)
    path = Path(place).expanduser().absolute()
    if place.isidentifier() and not path.exists():
        raise NoRepository("place-no-such", place=place, path=str(path))
    return LocalBackend(path)


def _named(home: Home, place: str) -> CopySettings | None:
    """The copy of that name. Broken settings do not matter to what is an address."""
    if "/" in place:
        return None
    try:
        return home.copy(place)
    except AppError:
        if place.startswith(f"{DROPBOX}:"):
            return None
        raise


def _by_address(home: Home, kind: str, address: str, place: str) -> Backend:
    if kind in (FOLDER, DRIVE, "local"):
        return LocalBackend(Path(address).expanduser().absolute())
    told = OF_PLACES.get(kind)
    if told is None:
        raise WrongUsage("place-unknown-kind", kind=kind, place=without_login(place))
    given = home.environment
    need_told(given, told, place)
    user, secret = given.get(told.user, ""), Secret(given[told.secret])
    if kind == S3:
        found: Backend = _bucket(address, user, secret, given.get(told.region, ""))
    elif kind == WEBDAV:
        from app.backends.object_store import open_webdav

        found = open_webdav(address, user=user, password=secret)
    else:
        from app.backends.dropbox.app_key import find_app_key
        from app.backends.dropbox.backend import open_dropbox

        key = find_app_key(_app_key(home), environment=given).key
        found = open_dropbox(address.strip("/"), secret, key)
    return RetryingBackend(found)


def _app_key(home: Home) -> str:
    """The app that the settings name; broken ones do not keep anybody from what lies elsewhere."""
    try:
        return home.settings.dropbox.app_key
    except AppError:
        return ""


def need_told(given: Mapping[str, str], told: Told, place: str) -> None:
    """Raise `WrongUsage` where the environment lacks what opens a PLACE."""
    missing = [name for name in told.needed if not given.get(name)]
    if missing:
        shown, wanted = without_login(place), ", ".join(missing)
        raise WrongUsage("place-secrets-missing", place=shown, names=wanted)
