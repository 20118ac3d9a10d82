"""The last steps of a recovery: this machine's key, the secrets that came along, the copy, and,
written at once and last of all, the settings.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from app.backends.contract import AccessDenied, Backend
from app.copies.drives import mounted
from app.copies.marker import load_marker, write_marker
from app.copies.readme import write_readme
from app.errors import AppError, WrongKey
from app.monitor import Monitor, Problem
from app.repository.keys import add_key, open_key
from app.repository.repository import Repository
from app.secret import Secret
from app.services.copies import kind_on_disk, new_id
from app.services.home import Home
from app.services.opening import OF_PLACES, Told, place_of, sealed_name
from app.services.recover_paths import free_name
from app.services.recover_plan import RecoverPlan, Secrets, What
from app.services.setup import device_cost, device_key
from app.services.years_known import note_recovered
from app.settings import surgery
from app.settings.model import DROPBOX, CopySettings, RepositorySettings, Settings
from app.settings.reading import parse
from app.settings.sealed import OF_ALERTS, SealedAccount, SealedError, SealedFile
from app.settings.settings import replace_settings, with_repository


def own_key(home: Home, repository: Repository) -> tuple[Secret, str]:
    """This machine's device key, and its key file in its repository: one that an interrupted run
    has left, or a new one. It reaches the copy with the next sync."""
    device, _made = device_key(home, repository.config.id)
    try:
        return device, open_key(repository.backend, [device]).key_id
    except WrongKey:
        cost = device_cost(device)
        return device, add_key(repository.backend, repository.master, device, cost=cost)


def adopt(
    home: Home, text: str, place: str, backend: Backend, monitor: Monitor
) -> tuple[str, CopySettings | None]:
    """The settings with the place that this machine was recovered from among its copies, and that
    copy; None where it cannot be marked, which is a Problem."""
    copies = parse(text, home.paths.settings_file).copies
    try:
        found = (
            _marked(Path(backend.place), copies)
            if backend.is_local
            else _remote(home, place, backend, copies)
        )
    except OSError as error:
        reason = error.strerror or str(error)
        refused = AccessDenied("copy-unwritable", place=backend.place, reason=reason)
        monitor.problem(Problem.from_error(refused))
        return text, None
    for number, copy in enumerate(copies):
        if copy.id == found.id:
            said = _other_than(copy, found)
            return surgery.change_table(text, "copies", number, said) if said else text, found
    said = _other_than(CopySettings("", "", "", ""), found)
    return surgery.append_table(text, "copies", said), found


def _other_than(usual: CopySettings, found: CopySettings) -> surgery.Values:
    values = msgspec.structs.asdict(found)
    return {name: each for name, each in values.items() if each != getattr(usual, name)}


def _marked(folder: Path, copies: tuple[CopySettings, ...]) -> CopySettings:
    marker = load_marker(folder)
    for copy in copies:
        if marker is not None and copy.id == marker.copy:
            return msgspec.structs.replace(copy, address=str(folder))
    name = free_name(marker.name if marker else folder.name or "copy", _names(copies))
    copy_id = marker.copy if marker else new_id()
    if marker is None:
        write_marker(folder, copy_id, name)
        write_readme(folder)
    kind, inside = kind_on_disk(folder, mounted())
    return CopySettings(name, kind, str(folder), copy_id, inside=inside)


def _remote(
    home: Home, place: str, backend: Backend, copies: tuple[CopySettings, ...]
) -> CopySettings:
    kind, _colon, address = place.partition(":")
    told = OF_PLACES[kind] if kind in OF_PLACES else Told("", "")
    user = home.environment.get(told.user, "")
    region = home.environment.get(told.region, "")
    for copy in copies:
        if place_of(copy) == backend.place:  # by what opened it: the lost one's key may be revoked
            user, region = user or copy.user, region or copy.region
            return msgspec.structs.replace(copy, user=user, region=region)
    name = free_name(urlsplit(address).hostname or kind, _names(copies))
    if kind == DROPBOX:
        return CopySettings(name, kind, f"dropbox:/{address.strip('/')}", new_id())
    return CopySettings(name, kind, address, new_id(), user=user, region=region)


def _names(copies: tuple[CopySettings, ...]) -> set[str]:
    return {copy.name.casefold() for copy in copies}


def seal(
    home: Home,
    device: Secret,
    secrets: Secrets,
    copy: CopySettings | None,
) -> frozenset[str]:
    """Seal the secrets that came along, and those that opened the place; the names of all that
    have some now. A sealed file of another key is put aside."""
    file = SealedFile(home.paths.sealed_file, device)
    try:
        file.accounts()
    except SealedError:
        _set_aside(file.path)
    there = file.accounts()
    for name, each in secrets.items():
        if name not in there:
            file.put(name, SealedAccount(each))
    told = None if copy is None else OF_PLACES.get(copy.kind)
    if copy is not None and told is not None and home.environment.get(told.secret):
        opened = {told.name: Secret(home.environment[told.secret])}
        file.put(sealed_name(copy), SealedAccount(opened))
    return frozenset(file.accounts())


def _set_aside(file: Path) -> None:
    aside = file.with_name(f"{file.name}.before-restore")
    number = 1
    while aside.exists():
        number += 1
        aside = file.with_name(f"{file.name}.before-restore {number}")
    file.replace(aside)


def settle(
    home: Home, plan: RecoverPlan, local: Repository, source: Repository, place: str, run: Monitor
) -> dict[str, object]:
    """Make this machine the heir. The settings come last: whatever is interrupted before is begun
    again by the same command.

    The report: repository, copy (its name, or null), accounts, copies and alerts without secrets,
    hosts (accounts whose servers are to be confirmed again), foreign (those servers by account).
    """
    device, key_id = own_key(home, local)
    text, copy = adopt(home, plan.text, place, source.backend, run)
    sealed = seal(home, device, plan.secrets, copy)
    if any(part.what is What.ARCHIVE for part in plan.parts):
        note_recovered(home, SealedFile(home.paths.sealed_file, device))
    folder = home.default_repository()
    own = RepositorySettings(path=folder, id=local.config.id, device_key=key_id)
    settings = replace_settings(home.paths.settings_file, with_repository(text, own))
    foreign = _to_confirm(settings)
    return {
        "repository": str(folder),
        "copy": copy and copy.name,
        "accounts": [each.name for each in settings.exchanges if each.name not in sealed],
        "copies": [
            each.name
            for each in settings.copies
            if each.kind in OF_PLACES and sealed_name(each) not in sealed
        ],
        "alerts": [each.name for each in settings.alerts if f"{OF_ALERTS}{each.id}" not in sealed],
        "hosts": list(foreign),
        "foreign": foreign,
    }


def _to_confirm(settings: Settings) -> dict[str, list[str]]:
    """Accounts at servers that are not the exchange's own, with those servers."""
    if not settings.exchanges:
        return {}
    from app.exchange import options
    from app.services.connections import tables

    found = {}
    for account in settings.exchanges:
        with suppress(AppError):
            foreign = options.check(account.options, tables(account.exchange)[1]).foreign
            if foreign:
                found[account.name] = sorted(foreign)
    return found
