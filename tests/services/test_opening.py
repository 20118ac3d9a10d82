"""From a copy in the settings to the bytes at its place; nothing here connects to anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.backends.contract import PlaceAway
from app.backends.limited import LimitedBackend
from app.backends.local import LocalBackend
from app.copies.marker import write_marker
from app.errors import AppError, NoRepository, WrongUsage
from app.monitor import Recorder
from app.secret import Secret
from app.services.history import History, Job
from app.services.home import Home
from app.services.opening import SECRET_OF, backend_for, open_copy, open_with, place_of
from app.services.places import places
from app.services.run import Run, perform
from app.settings.settings import CopySettings, add_copy


class NoDisplay(Recorder):
    def started(self, record: object, steps: object) -> None: ...
    def step_began(self, step: object) -> None: ...
    def step_done(self, step: object, result: object) -> None: ...


ID = "0123456789abcdef"
REMOTE = {
    "s3": CopySettings("B2", "s3", "https://s3.example.org/bucket/a%20b/c/", ID, user="AKID"),
    "s3 alone": CopySettings("B2", "s3", "https://s3.example.org/bucket", ID, user="AKID"),
    "webdav": CopySettings("Cloud", "webdav", "https://cloud.example.org/dav/x/", ID, user="me"),
    "dropbox": CopySettings("Box", "dropbox", "dropbox:/keep/here", ID),
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    told = {"TRADEKEEP_HOME": str(tmp_path / "home"), "TRADEKEEP_DROPBOX_APP_KEY": "key"}
    return Home.find(told)


@pytest.mark.parametrize("copy", REMOTE.values(), ids=REMOTE)
def test_a_place_is_called_alike_by_its_backend_and_in_the_list_of_places(
    home: Home, copy: CopySettings
) -> None:
    backend = open_with(home, copy, {SECRET_OF[copy.kind]: Secret("x")})
    assert backend.place == place_of(copy)
    assert not backend.is_local
    add_copy(home.paths.settings_file, copy)
    (found,) = places(home.fresh(), backend.place)
    assert (found["name"], found["open"]) == (copy.name, True)


def test_a_copy_is_held_to_its_limit(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "NAS"
    folder.mkdir()
    write_marker(folder, ID, "NAS")
    free = CopySettings("NAS", "folder", str(folder), ID)
    held = CopySettings("NAS", "folder", str(folder), ID, limit=500)
    assert isinstance(open_copy(home, free), LocalBackend)
    limited = open_copy(home, held)
    assert isinstance(limited, LimitedBackend)
    assert limited.pace.wait_for(1_000_000) == 0.0
    assert 1.9 < limited.pace.wait_for(1) <= 2.0


def test_what_is_not_what_it_was_is_not_opened(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "NAS"
    copy = CopySettings("NAS", "folder", str(folder), ID)
    for prepare, message_id in (
        (lambda: None, "copy-away"),
        (folder.mkdir, "copy-bare"),
        (lambda: write_marker(folder, "f" * 16, "other"), "copy-other"),
    ):
        prepare()
        with pytest.raises(PlaceAway) as error:
            open_copy(home, copy)
        assert error.value.message_id == message_id


def test_without_a_set_up_there_are_no_secrets(home: Home) -> None:
    with pytest.raises(NoRepository):
        open_copy(home, REMOTE["webdav"])


@pytest.mark.parametrize(
    ("place", "error", "message_id"),
    [
        ("ftp:/x", WrongUsage, "place-unknown-kind"),
        ("s3:https://s3.example.org/bucket", WrongUsage, "place-secrets-missing"),
        ("webdav:https://cloud.example.org", WrongUsage, "place-secrets-missing"),
        ("dropbox:keep", WrongUsage, "place-secrets-missing"),
        ("nothing", NoRepository, "place-no-such"),
    ],
)
def test_a_place_that_cannot_be_opened_says_why(
    home: Home, place: str, error: type[AppError], message_id: str
) -> None:
    with pytest.raises(error) as caught:
        backend_for(place, home)
    assert caught.value.message_id == message_id


@pytest.mark.parametrize("kind", ["rest", "s3", "webdav"])
def test_a_password_typed_into_an_address_is_neither_shown_nor_kept(
    home: Home, tmp_path: Path, kind: str
) -> None:
    place = f"{kind}:https://me:hunter2@example.org/keep"
    run = Run(Job.VERIFY, [], NoDisplay(), place)
    history = History(tmp_path / "data", tmp_path / "logs")
    finished = perform(run, lambda _run: {"": backend_for(place, home)}, history=history)
    assert finished.error is not None
    assert "hunter2" not in finished.error.sentence.title
    kept = [file.read_text() for file in tmp_path.rglob("*.jsonl")]
    assert len(kept) == 2  # the history and the log
    assert not any("hunter2" in text for text in kept)
    assert any("example.org" in text for text in kept)


def test_an_address_that_names_no_bucket_is_refused(home: Home) -> None:
    copy = CopySettings("B2", "s3", "https://s3.example.org/", ID, user="AKID")
    with pytest.raises(WrongUsage) as caught:
        open_with(home, copy, {"secret_key": Secret("x")})
    assert caught.value.message_id == "place-names-no-bucket"


@pytest.mark.parametrize("address", ["http://example.org/b", "https://me:pw@example.org/b"])
@pytest.mark.parametrize("kind", ["s3", "webdav"])
def test_an_address_without_protection_or_with_a_password_is_refused(
    home: Home, kind: str, address: str
) -> None:
    copy = CopySettings("B2", kind, address, ID, user="AKID")
    with pytest.raises(WrongUsage) as caught:
        open_with(home, copy, {SECRET_OF[kind]: Secret("x")})
    assert caught.value.message_id == "place-address"
    assert "pw" not in str(caught.value)
