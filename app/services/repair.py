"""Mending a repository from its own data and from the other places where this machine has it.

This machine's own repository is mended from the copies, and a copy from the own repository and
the other copies. First comes what opening needs: key files and the config. See
`app.repository.repair`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

from app.backends.contract import Backend, BackendError, Kind
from app.errors import AppError, NoRepository, WrongKey
from app.monitor import Recorder, Step
from app.repository.config import DamagedConfig, load_config
from app.repository.crypto import Sealer
from app.repository.destination import there
from app.repository.keys import DamagedKeys, open_key
from app.repository.lock import LockMode, guard, locked
from app.repository.repair import Mended, damaged_packs, mend
from app.repository.repair_files import fetch_damaged, mend_config
from app.repository.repair_index import plan_index_repair
from app.repository.repository import Repository
from app.secret import Secret
from app.services.home import Access, Home, open_for, read_passwords
from app.services.opening import backend_for, open_copy
from app.services.own_place import open_own
from app.services.run import Run
from app.settings.model import CopySettings


def repair(
    home: Home, access: Access, run: Run, *, configured: bool, dry_run: bool
) -> dict[str, object]:
    """Look at everything, mend what can be mended, name what cannot. The report tells both.

    `configured`: this machine's settings may be used; a repository at hand, opened with a
    password file of its own, is mended from its own data alone.
    """
    places = _places(home, access) if configured else []
    with run.step(Step.TIDY) as step:
        repository, opened = _open(home, access, places, dry_run=dry_run)
        with locked(repository, LockMode.EXCLUSIVE) as lock:
            monitor = guard(lock, run)
            plan = plan_index_repair(repository, monitor, drop=False)
            copies = _copies(repository, places)
            report: dict[str, object] = {
                "dry_run": dry_run,
                "index_files_damaged": len(plan.damaged),
                "packs_unlisted": len(plan.unlisted),
                "packs_damaged": len(damaged_packs(repository, monitor)),
                "copies": [copy.backend.place for copy in copies],
                "paused": [copy.name for copy in _paused(home, access)] if configured else [],
            }
            if not dry_run:
                report |= _as_json(mend(repository, copies, lock, monitor=monitor)) | opened
        step.items = len(plan.damaged)
    return report


def _as_json(mended: Mended) -> dict[str, object]:
    return {
        "index_files_replaced": mended.index_files_replaced + mended.fetched[Kind.INDEX],
        "packs_listed": mended.packs_listed,
        "keys_fetched": mended.fetched[Kind.KEY],
        "snapshots_fetched": mended.fetched[Kind.SNAPSHOT],
        "packs_fetched": mended.packs.fetched,
        "packs_salvaged": mended.packs.salvaged,
        "blobs_saved": mended.packs.blobs_saved + mended.blobs_fetched,
        "blobs_lost": mended.packs.blobs_lost,
        "packs_unread": len(mended.packs.unread),
        "affected": mended.affected,
        "config_mended": False,
    }


# --- where the repository is -----------------------------------------------------------------


def _paused(home: Home, access: Access) -> list[CopySettings]:
    """Copies that are left out until a person goes on with them; not the one that is meant."""
    meant = None if access.place is None else home.copy(access.place)
    return [copy for copy in home.settings.copies if copy.paused and copy != meant]


def _places(home: Home, access: Access) -> list[Backend]:
    """All places where this machine has its repository and that are there now, but for copies that
    are paused."""
    found: list[Backend] = []
    if home.settings.repository is not None:
        with suppress(AppError):
            found.append(open_own(home))
    paused = _paused(home, access)
    for copy in home.settings.copies:
        if copy not in paused:
            with suppress(AppError):
                found.append(open_copy(home, copy))
    return found


def _is(place: Backend, other: Backend) -> bool:
    """Whether both are one place, also through a link: nothing is a copy of itself."""
    return os.path.realpath(place.place) == os.path.realpath(other.place)


def _has_keys(place: Backend) -> bool:
    """Whether a repository is, or was, at a place."""
    with suppress(BackendError):
        return any(True for _ in place.list(Kind.KEY))
    return False


def _copies(repository: Repository, places: Sequence[Backend]) -> list[Repository]:
    """The other places, opened with this repository's key, their indexes loaded."""
    found = []
    for place in places:
        with suppress(AppError):
            if _is(place, repository.backend):
                continue
            if load_config(place, repository.sealer).id == repository.config.id:
                opened = there(repository, place)
                opened.load_index(Recorder())
                found.append(opened)
    return found


# --- opening ---------------------------------------------------------------------------------


def _open(
    home: Home, access: Access, places: Sequence[Backend], *, dry_run: bool
) -> tuple[Repository, dict[str, object]]:
    """Open the repository, if need be after mending what that needs; what was mended."""
    try:
        return open_for(home, access), {}
    except (DamagedConfig, DamagedKeys, WrongKey, NoRepository):
        own = home.settings.repository if places else None
        place: Backend | None = None if own is None else open_own(home)
        if access.place is not None:
            place = backend_for(access.place, home)
        if dry_run or own is None or place is None or not any(_is(place, p) for p in places):
            raise
        if not _has_keys(place):
            raise
    others = [other for other in places if not _is(place, other)]
    keys = len(list(fetch_damaged(place, Kind.KEY, others)))
    opened = open_key(place, _passwords(home, access, own.id), hint=own.device_key)
    config = mend_config(place, Sealer(opened.master), others, own.id)
    return open_for(home, access), {"keys_fetched": keys, "config_mended": config}


def _passwords(home: Home, access: Access, repository_id: str) -> list[Secret]:
    if access.password_file is not None:
        return read_passwords(access.password_file)
    device = home.device_keys.get(repository_id)
    return [] if device is None else [device]
