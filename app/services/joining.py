"""Joining a repository that another machine has made: this one gets a key of its own to it.

Nothing of the repository is made anew; the recovery key that was printed for it opens it for all
of them. Each machine keeps its own snapshots by its own rules, under restic's locks.
"""

from __future__ import annotations

import contextlib

from msgspec.structs import replace

from app.errors import WrongUsage
from app.repository.repository import Repository
from app.services.home import Access, Home, open_for
from app.services.own_place import USUAL, Treatment, place_named, seal_own, try_out
from app.services.proof import note_opened
from app.services.recover_settings import own_key
from app.services.setup import use
from app.settings.model import RepositorySettings


def join(home: Home, access: Access, treatment: Treatment = USUAL) -> RepositorySettings:
    """Use the repository at a place, opened once with the key that `access` brings. Raises
    `WrongUsage` where this machine has one, `WrongKey`, `NoRepository`, `SealedError`, keyring
    errors, or a `BackendError`."""
    if home.settings.repository is not None:
        raise WrongUsage("already-set-up", path=home.settings.repository.place)
    assert access.place is not None
    own, secrets = place_named(access.place, home.environment)
    repository: Repository = open_for(home, access)
    own = replace(treatment.of(own), id=repository.config.id)
    if own.path is None:
        try_out(repository.backend)
    # One that an interrupted call has left in the keyring may be at the place already.
    device, key_id = own_key(home, repository)
    own = replace(own, device_key=key_id)
    with contextlib.ExitStack() as undo:
        if secrets:
            undo.callback(seal_own(home, own, device, secrets))
        if access.password is not None:  # not one that a file gave
            note_opened(home, repository)
        use(home, own, repository.backend)
        undo.pop_all()
    return own
