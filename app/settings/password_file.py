"""The device key in a plain file that the user named: for machines without a keyring.

Who sets TRADEKEEP_PASSWORD_FILE takes on what the keyring would do: this only sees to it that the
file is nobody else's to read.
"""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from app.errors import WrongUsage
from app.files import sync_file, sync_folder
from app.secret import Secret

_LARGEST = 64 << 10
_OTHERS = stat.S_IRGRP | stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class PasswordFileKeys:
    """The first line of one file is the device key, of whichever repository is asked for.

    Links are followed (secrets are often mounted as links), and what they lead to must be
    private. All methods raise `WrongUsage`.
    """

    path: Path

    def get(self, repository_id: str) -> Secret | None:  # noqa: ARG002  # one file, one key
        """The key; None if there is no such file yet."""
        try:
            raw = self._read()
        except FileNotFoundError as error:
            if self.path.is_symlink():
                raise WrongUsage("password-file-dangling", path=str(self.path)) from error
            return None
        except OSError as error:
            raise self._refused("password-file-unreadable", error) from error
        try:
            line = raw.decode("utf-8-sig").splitlines()[:1]
        except UnicodeDecodeError as error:
            raise WrongUsage("password-file-not-text", path=str(self.path)) from error
        if not line or not line[0].strip():
            raise WrongUsage("password-file-empty", path=str(self.path))
        return Secret(line[0].strip())

    def put(self, repository_id: str, secret: Secret) -> None:
        """Make the file with mode 0600, durably. One that is there is kept: it must hold this
        very key."""
        if not secret.reveal().strip():
            raise ValueError("an empty key is never stored")
        existing = self.get(repository_id)
        if existing is None:
            self._create(secret)
            existing = self.get(repository_id)
        if existing != secret:
            raise WrongUsage("password-file-other", path=str(self.path))

    def remove(self, repository_id: str) -> None:
        """Does nothing: a file that the user named stays where the user put it."""

    def _read(self) -> bytes:
        with self.path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name != "nt" and mode & _OTHERS:
                raise WrongUsage("password-file-open", path=str(self.path))
            return file.read(_LARGEST)

    def _create(self, secret: Secret) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        try:
            descriptor = os.open(self.path, flags, 0o600)
        except FileExistsError:
            return  # somebody was faster; `put` compares
        except OSError as error:
            raise self._refused("password-file-unwritable", error) from error
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123  # a descriptor
                file.write(secret.reveal().encode() + b"\n")
                file.flush()
                sync_file(file.fileno())
            sync_folder(self.path.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                self.path.unlink()
            raise self._refused("password-file-unwritable", error) from error

    def _refused(self, message_id: str, error: OSError) -> WrongUsage:
        return WrongUsage(message_id, path=str(self.path), reason=error.strerror or str(error))
