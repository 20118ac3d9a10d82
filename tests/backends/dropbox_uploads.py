"""What tests of uploads into Dropbox share: an account that lets one try again at once, a place in
it, and files that go up in several pieces."""

from __future__ import annotations

import pytest

from app.backends.contract import FileName
from app.backends.dropbox import upload
from app.backends.dropbox.backend import DropboxBackend
from tests.backends.dropbox_place import dropbox_place
from tests.backends.dropbox_server import Account, server
from tests.backends.places import file_of

START = "files/upload_session/start"
APPEND = "files/upload_session/append_v2"
FINISH = "files/upload_session/finish_batch_v2"


@pytest.fixture
def account() -> Account:
    made = server().account()
    made.folder.retry_after = 0
    return made


@pytest.fixture
def place(account: Account) -> DropboxBackend:
    made = dropbox_place(account)
    made.create()
    account.requests.clear()
    return made


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "_PIECE", 1000)


def stored(account: Account) -> set[bytes]:
    return set(account.folder.files.values())


def large(number: int, size: int = 4500) -> tuple[FileName, bytes]:
    content = (b"%d " % number * size)[:size]
    return file_of(content), content
