"""What the system says, and what comes out."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.backends import local, staging
from app.backends.contract import (
    AccessDenied,
    BackendError,
    FileName,
    Kind,
    NoSpace,
    PlaceAway,
    PlaceBroken,
)
from app.backends.local import LocalBackend
from tests.backends.places import file_of

SOME = file_of(b"some")
KEY = FileName(Kind.KEY, SOME.name)


ERRORS: list[tuple[int, type[BackendError], str]] = [
    (errno.ENOSPC, NoSpace, "place-full"),
    (errno.EDQUOT, NoSpace, "place-full"),
    (errno.EFBIG, NoSpace, "place-file-too-large"),
    (errno.EROFS, AccessDenied, "place-read-only"),
    (errno.EACCES, AccessDenied, "place-denied"),
    (errno.EPERM, AccessDenied, "place-denied"),
    (errno.ENOTDIR, AccessDenied, "place-not-a-folder"),
    (errno.ELOOP, AccessDenied, "place-not-a-folder"),
    (errno.ENAMETOOLONG, AccessDenied, "place-not-a-folder"),
    (errno.EISDIR, AccessDenied, "place-not-a-file"),
    (errno.ENODEV, PlaceAway, "place-away"),
    (errno.ENXIO, PlaceAway, "place-away"),
    (errno.ENOTCONN, PlaceAway, "place-away"),
    (errno.ESTALE, PlaceAway, "place-away"),
    (errno.EHOSTDOWN, PlaceAway, "place-away"),
    (errno.EHOSTUNREACH, PlaceAway, "place-away"),
    (errno.EMFILE, PlaceBroken, "place-busy"),
    (errno.EIO, PlaceBroken, "place-broken"),
    (errno.ETIMEDOUT, PlaceBroken, "place-broken"),
    (errno.EBUSY, PlaceBroken, "place-broken"),
    (99999, PlaceBroken, "place-broken"),
]


@pytest.mark.parametrize(("number", "kind", "message_id"), ERRORS)
def test_every_error_is_one_of_the_contract(
    backend: LocalBackend,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    kind: type[BackendError],
    message_id: str,
) -> None:
    backend.save(SOME, b"some")

    def fail(*args: object, **options: object) -> None:
        raise OSError(number, os.strerror(number))

    def check(call: Callable[[], object], *patches: tuple[object, str]) -> None:
        with monkeypatch.context() as patch, pytest.raises(BackendError) as caught:
            for target, name in patches:
                patch.setattr(target, name, fail)
            call()
        assert type(caught.value) is kind
        assert caught.value.message_id == message_id
        assert caught.value.params["reason"]
        assert "{" not in str(caught.value)

    other = file_of(b"other")
    check(lambda: backend.save(other, b"other"), (os, "open"))
    check(lambda: backend.save(other, b"other"), (staging, "sync_file"))
    check(lambda: backend.save(other, b"other"), (local, "sync_folder"))
    check(lambda: list(backend.save_many([(KEY, b"key")])), (os, "open"))
    check(lambda: backend.load(SOME), (io, "open"))
    check(lambda: list(backend.list(Kind.PACK)), (os, "scandir"))
    check(lambda: backend.size(SOME), (Path, "stat"))
    check(backend.free_space, (os, "statvfs"))
    check(lambda: backend.remove(SOME), (Path, "unlink"))


@pytest.mark.parametrize(
    ("number", "kind"),
    [(21, PlaceAway), (53, PlaceAway), (112, NoSpace), (19, AccessDenied), (32, PlaceBroken)],
)
def test_what_windows_folds_into_one_number_is_told_apart(
    backend: LocalBackend, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[BackendError]
) -> None:
    class WindowsError(OSError):
        winerror = number

    def fail(*args: object) -> None:
        raise WindowsError(errno.EACCES, "as Windows says it")

    monkeypatch.setattr(os, "scandir", fail)
    with pytest.raises(kind):
        list(backend.list(Kind.KEY))
