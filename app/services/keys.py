"""Replacing the recovery key, and shutting out a machine that was lost.

Order, everywhere: what is new is made, proven and handed over before what is old goes; so a kill
at any moment leaves a recovery key that opens. What goes is written down for each copy first and
goes there with the next sync (`app.services.owed`).

The master key stays: whoever kept it, or an old copy of the repository with a key to it, can
still read. Against that only another repository helps (`app.services.rekey`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.copies.owed import What
from app.errors import WrongUsage
from app.repository import recovery_key
from app.repository.keys import (
    RECOVERY_COST,
    KeyKind,
    add_key,
    find_key,
    host_name,
    list_keys,
    open_key,
    remove_key,
)
from app.repository.lock import LockMode, locked
from app.repository.repository import Repository
from app.secret import Secret
from app.services.forget import owed_by
from app.services.home import Home
from app.services.opening import refuse_append_only
from app.services.proof import proved_keys
from app.services.setup import refuse_existing, write_key_file


@dataclass(frozen=True, slots=True)
class Replaced:
    """Ids of the recovery key that is new and of those that went."""

    added: str
    removed: tuple[str, ...]


def replace_recovery_key(
    home: Home,
    repository: Repository,
    *,
    old: str | None,
    unproved: bool = False,
    recovery_out: Path | None,
    show: Callable[[Secret, str], None],
    own: bool,
) -> Replaced:
    """Make a new recovery key and remove the old one: the one that `old` begins, or the only one;
    or, `unproved`, all those that were made on this machine and never typed to prove them.

    The new key is in the file, or has been shown, and has opened the repository before the old
    one goes. Raises `WrongUsage`, `RepositoryLocked` or a `BackendError`; then the old one is
    still there, and a new one that nobody was told of is not.
    """
    refuse_append_only(home, repository.backend.place)
    if recovery_out is not None:
        refuse_existing(recovery_out)
    with locked(repository, LockMode.EXCLUSIVE) as lock:
        going = _unproved(home, repository) if unproved else (_recovery_key(repository, old),)
        fresh = recovery_key.generate()
        with contextlib.ExitStack() as undo:
            if recovery_out is not None:
                write_key_file(recovery_out, fresh)
                undo.callback(recovery_out.expanduser().unlink, missing_ok=True)
            cost = RECOVERY_COST
            added = add_key(repository.backend, repository.master, fresh, cost=cost)
            undo.pop_all()
        if open_key(repository.backend, [fresh], hint=added).key_id != added:
            raise AssertionError("the new recovery key opens another key file")
        if recovery_out is None:
            show(fresh, added)
        lock.verify()
        _remove(home, repository, going, in_use=added, own=own)
    return Replaced(added, going)


def _unproved(home: Home, repository: Repository) -> tuple[str, ...]:
    """What a set-up that was killed may have left: keys whose paper nobody typed. None of another
    machine's: it keeps its own proofs."""
    known, host = proved_keys(home, repository.config.id), host_name()
    return tuple(
        key.id
        for key in list_keys(repository.backend)
        if key.kind is KeyKind.RECOVERY and key.hostname == host and key.id not in known
    )


def _recovery_key(repository: Repository, prefix: str | None) -> str:
    if prefix is not None:
        return find_key(repository.backend, prefix)
    found = [key for key in list_keys(repository.backend) if key.kind is KeyKind.RECOVERY]
    if len(found) != 1:
        raise WrongUsage("recovery-key-which", count=len(found))
    return found[0].id


def retire_machine(home: Home, repository: Repository, host: str, *, own: bool) -> list[str]:
    """Remove the device keys of a machine; returns their ids. Recovery keys stay."""
    refuse_append_only(home, repository.backend.place)
    with locked(repository, LockMode.EXCLUSIVE):
        keys = [key for key in list_keys(repository.backend) if key.kind is KeyKind.DEVICE]
        going = [key.id for key in keys if key.hostname.casefold() == host.casefold()]
        if repository.key_id in going:
            raise WrongUsage("machine-in-use", host=host)
        if not going:
            known = ", ".join(sorted({key.hostname for key in keys})) or "–"
            raise WrongUsage("machine-unknown", host=host, known=known)
        _remove(home, repository, going, in_use=repository.key_id, own=own)
    return going


def _remove(
    home: Home, repository: Repository, keys: Sequence[str], *, in_use: str, own: bool
) -> None:
    if own:
        owed_by(home).record([copy.id for copy in home.settings.copies], What.KEY, keys)
    for key in keys:
        remove_key(repository.backend, key, in_use=in_use)
