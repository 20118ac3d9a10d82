"""AppError families: the world's fault, said in a sentence, with an exit code.

Boundaries translate foreign exceptions (OSError, keyring errors, sqlite3 errors) into these.
Any other exception that reaches the edge of a process is our bug and is shown as one.

The families here carry the exit codes that scripts rely on; each room derives its own errors
from them.
"""

from __future__ import annotations

from typing import ClassVar

from app.messages import Sentence, render
from app.redact import told

Param = str | int


class AppError(Exception):
    """Something a person can understand and act on: a message id with its parameters."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message_id: str, /, **params: Param) -> None:
        super().__init__(message_id)
        self.message_id = message_id
        self.params = params

    @property
    def sentence(self) -> Sentence:
        """Title (what happened) and hint (what to do), in the user's language; no secret that
        was filled in."""
        return render(self.message_id, told(self.params))

    def __str__(self) -> str:
        return str(self.sentence)

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions cross process boundaries by pickle; keyword arguments need this.
        return (_rebuild, (type(self), self.message_id, self.params))


def _rebuild(cls: type[AppError], message_id: str, params: dict[str, Param]) -> AppError:
    return cls(message_id, **params)


class WrongUsage(AppError):
    """The command or its arguments make no sense."""

    exit_code = 2


class NoRepository(AppError):
    """There is no (readable) repository at this place."""

    exit_code = 10


class RepositoryLocked(AppError):
    """Another process holds a lock that conflicts."""

    exit_code = 11


class WrongKey(AppError):
    """No key file opens with this key."""

    exit_code = 12


class Cancelled(AppError):
    """The user or the system asked this job to stop. Raised by `Monitor.checkpoint`."""

    exit_code = 130

    def __init__(self, message_id: str = "cancelled", /, **params: Param) -> None:
        super().__init__(message_id, **params)
