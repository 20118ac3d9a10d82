"""Adding, changing and removing copies. Removing one from the settings never touches what it holds.

Where a copy lies is looked at before it is written down: a folder or a drive is marked, a place
behind a network is asked with the secrets that were given, which are sealed before the settings
name it: so nothing is left of what could not be added. What holds another repository is refused
then and there, not by each backup from then on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePath

import msgspec

from app.backends.contract import AccessDenied, Backend, BackendError, Kind, PlaceAway
from app.backends.local import LocalBackend
from app.copies.drives import Mounted, mounted
from app.copies.marker import NAME, load_marker, write_marker
from app.copies.readme import NAME as READ_ME
from app.copies.readme import write_readme
from app.copies.where import is_local
from app.errors import AppError, NoRepository, WrongUsage
from app.repository.destination import survey
from app.secret import Secret
from app.services.home import Access, Home, open_for
from app.services.opening import (
    forget_secrets,
    keep_secrets,
    open_with,
    place_of,
    sealed_file,
    sealed_name,
)
from app.services.own_place import as_copy
from app.services.sync import find_copy, remember
from app.settings.model import DRIVE, FOLDER, RepositorySettings
from app.settings.settings import CopySettings, add_copy, change_copy, remove_copy

# What may lie in a folder that is still nobody's.
_NOTHING = frozenset({NAME, READ_ME, "lost+found"})


def add_folder(home: Home, path: Path, name: str, *, off_site: bool = False) -> CopySettings:
    """Make a folder a copy of this machine's repository; it is filled by the next sync.

    The folder is made if its parent is there. Refuses the repository itself, a folder inside it
    or around it, another copy's folder, and a folder that holds something else.
    """
    folder = _free_folder(home, path)
    copy = CopySettings(name, FOLDER, str(folder), _marked_id(folder), off_site=off_site)
    return _add_marked(home, folder, copy)


def add_drive(
    home: Home,
    path: Path,
    name: str,
    *,
    off_site: bool = False,
    mounts: list[Mounted] | None = None,
) -> CopySettings:
    """As `add_folder`, for a folder on a drive, which is found again wherever it is mounted. The
    drive itself stands for a folder "Tradekeep" on it. Refuses what lies on no drive."""
    folder = Path(os.path.realpath(path.expanduser()))
    mount = _mount_of(folder, mounted() if mounts is None else mounts)
    if mount is None:
        raise WrongUsage("copy-no-drive", place=str(folder))
    if folder == mount:
        folder = folder / "Tradekeep"
    folder = _free_folder(home, folder)
    inside = _inside(folder, mount)
    copy = CopySettings(
        name, DRIVE, str(folder), _marked_id(folder), inside=inside, off_site=off_site
    )
    return _add_marked(home, folder, copy)


def kind_on_disk(folder: Path, mounts: list[Mounted]) -> tuple[str, str]:
    """What a copy in this folder is, a drive's or a folder's, and where on the drive it lies."""
    mount = _mount_of(folder, mounts)
    return (FOLDER, "") if mount is None else (DRIVE, _inside(folder, mount))


def _inside(folder: Path, mount: Path) -> str:
    inside = PurePath(os.path.relpath(folder, mount)).as_posix()
    return "" if inside == "." else inside


def _mount_of(folder: Path, mounts: list[Mounted]) -> Path | None:
    """Where the drive of a folder is mounted; None for what is part of the system."""
    points = {Path(mount.point) for mount in mounts}
    holding = [point for point in points if folder.is_relative_to(point)]
    deepest = max(holding, key=lambda point: len(point.parts), default=None)
    if deepest is None or (len(deepest.parts) == 1 and os.name != "nt"):
        return None  # the root of the system
    return None if deepest in (Path("/home"), Path.home()) else deepest


def add_remote(home: Home, copy: CopySettings, secrets: Mapping[str, Secret]) -> CopySettings:
    """A place behind a network as a copy, asked on the spot whether it lets us in and holds
    nothing else. Raises a `BackendError`, `SealedError`, keyring errors, `WrongUsage`."""
    own = _own(home)
    if own.path is None and place_of(as_copy(own)) == place_of(copy):
        raise WrongUsage("copy-overlaps", place=copy.address, repository=own.place)
    _refuse_taken(home, copy)
    place = open_with(home, copy, secrets)
    place.create()
    _refuse_other_repository(home, place)
    keep_secrets(home, copy, secrets)
    try:
        add_copy(home.paths.settings_file, copy)
    except BaseException:
        with suppress(AppError):
            sealed_file(home).remove(sealed_name(copy))
        raise
    return copy


def sign_in_again(home: Home, name: str, secrets: Mapping[str, Secret]) -> CopySettings:
    """Other secrets for a copy, once they were seen to work. They may lead to another account: so
    what is known of the place is what lies there now. Raises as `add_remote`."""
    copy = find_copy(home, name)
    if is_local(copy):
        raise WrongUsage("copy-not-remote", name=copy.name)
    place = open_with(home, copy, secrets)
    list(place.list(Kind.KEY))
    keep_secrets(home, copy, secrets)
    with suppress(BackendError):  # the next sync looks again
        remember(home, copy, place)
    return copy


def new_id() -> str:
    """An id for a copy: 16 hexadecimal digits."""
    return os.urandom(8).hex()


def change(home: Home, name: str, **changes: object) -> CopySettings:
    """Say some things about a copy anew; fields of `CopySettings`."""
    copy = find_copy(home, name)
    change_copy(home.paths.settings_file, copy.name, **changes)
    return find_copy(home.fresh(), copy.name)


def as_json(copy: CopySettings) -> dict[str, object]:
    """A copy as commands tell it; nothing of it is secret."""
    return msgspec.structs.asdict(copy)


def forget_copy(home: Home, name: str) -> CopySettings:
    """Take a copy out of the settings; the files at its place stay as they are."""
    copy = find_copy(home, name)
    if not is_local(copy):
        forget_secrets(home, sealed_name(copy))
    remove_copy(home.paths.settings_file, copy.name)
    return copy


# --- what is looked at first ------------------------------------------------------------------


def _own(home: Home) -> RepositorySettings:
    own = home.settings.repository
    if own is None:
        raise NoRepository("not-set-up")
    return own


def _free_folder(home: Home, path: Path) -> Path:
    """The folder, which is no one's yet."""
    folder, path_here = Path(os.path.realpath(path.expanduser())), _own(home).path
    if path_here is not None:
        own = Path(os.path.realpath(path_here))
        if folder == own or own in folder.parents or folder in own.parents:
            raise WrongUsage("copy-overlaps", place=str(folder), repository=str(own))
    _refuse_strangers(folder)
    return folder


def _marked_id(folder: Path) -> str:
    marker = load_marker(folder)
    return marker.copy if marker else new_id()


def _add_marked(home: Home, folder: Path, copy: CopySettings) -> CopySettings:
    _refuse_taken(home, copy)
    if folder.exists():
        _refuse_other_repository(home, LocalBackend(folder))
    _mark(folder, copy)
    add_copy(home.paths.settings_file, copy)
    return copy


def _mark(folder: Path, copy: CopySettings) -> None:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        write_marker(folder, copy.id, copy.name)
        write_readme(folder)
    except FileNotFoundError as error:
        raise PlaceAway("copy-parent-missing", place=str(folder.parent)) from error
    except OSError as error:
        raise AccessDenied(
            "copy-unwritable", place=str(folder), reason=error.strerror or str(error)
        ) from error


def _refuse_taken(home: Home, copy: CopySettings) -> None:
    for other in home.settings.copies:
        same = PurePath(other.address) == PurePath(copy.address) and other.kind == copy.kind
        if same or (is_local(copy) and is_local(other) and other.id == copy.id):
            raise WrongUsage("copy-place-taken", place=copy.address, name=other.name)


def _refuse_strangers(folder: Path) -> None:
    try:
        if not folder.exists():
            return
        if not folder.is_dir():
            raise WrongUsage("folder-is-file", path=str(folder))
        held = {entry.name for entry in folder.iterdir()} - _NOTHING
    except OSError as error:
        raise AccessDenied(
            "copy-unwritable", place=str(folder), reason=error.strerror or str(error)
        ) from error
    if held and "config" not in held and "keys" not in held:
        raise WrongUsage("folder-not-empty", path=str(folder))


def _refuse_other_repository(home: Home, place: Backend) -> None:
    """A look that also shows that the secrets work. While the own repository cannot be opened,
    whose the other one is shows at the first sync."""
    if not any(list(place.list(kind)) for kind in (Kind.KEY, Kind.CONFIG)):
        return
    try:
        own = open_for(home, Access())
    except AppError:
        return
    survey(own, place)
