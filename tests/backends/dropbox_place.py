"""Places in the tests' Dropbox."""

from __future__ import annotations

from collections.abc import Callable

from app.backends.dropbox.backend import DropboxBackend
from app.backends.dropbox.listing import ListingCache
from app.backends.dropbox.paths import Folder
from app.backends.retrying import Patience, nothing
from app.secret import Secret
from tests.backends.dropbox_server import APP_KEY, Account, server

HASTY = Patience(base=0.001, cap=0.01)


class MemoryCache:
    """A listing kept between two backends."""

    def __init__(self) -> None:
        self.data: bytes | None = None
        self.kept = 0

    def load(self) -> bytes | None:
        return self.data

    def keep(self, data: bytes) -> None:
        self.data = data
        self.kept += 1


def dropbox_place(
    account: Account | None = None,
    *,
    folder: str = "tradekeep",
    cache: ListingCache | None = None,
    patience: Patience = HASTY,
    checkpoint: Callable[[], None] = nothing,
) -> DropboxBackend:
    """A place in an account, or in a new one; it waits hardly at all before another try."""
    account = account or server().account()
    return DropboxBackend(
        Folder.named(folder),
        Secret(account.token),
        APP_KEY,
        cache=cache,
        patience=patience,
        checkpoint=checkpoint,
    )
