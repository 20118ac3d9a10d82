"""One at a time on this machine: a lock among its own files, which the system lets go with whoever
holds it, however they end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from app.errors import AppError, RepositoryLocked
from app.files import private_folder
from app.services.home import Home
from app.settings.edit_lock import SettingsBusy, edit_lock


@contextmanager
def only_one(home: Home, what: str, busy: str, *, wait: float = 0.0) -> Iterator[None]:
    """Hold the lock `what`; raises `RepositoryLocked` with the message `busy` where another still
    holds it after `wait` seconds."""
    folder = home.paths.data
    with ExitStack() as held:
        try:
            private_folder(folder)
            held.enter_context(edit_lock(folder / what, wait=wait))
        except SettingsBusy as error:
            raise RepositoryLocked(busy) from error
        except OSError as error:
            path, reason = str(folder), error.strerror or str(error)
            raise AppError("own-folder-unwritable", path=path, reason=reason) from error
        yield
