"""Dropbox out of reach: no sign-in, no network, a server in trouble, somebody else who answers."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from app.backends.contract import (
    AccessDenied,
    Kind,
    PlaceAway,
    PlaceBroken,
)
from app.backends.dropbox.backend import DropboxBackend, open_dropbox
from app.secret import Secret
from tests.backends.dropbox_place import dropbox_place
from tests.backends.dropbox_server import Account, Fault, server
from tests.backends.places import file_of, numbered

SOME = file_of(b"some")
PATH = f"/tradekeep/data/{SOME.name[:2]}/{SOME.name}"


@pytest.fixture
def account() -> Account:
    return server().account()


@pytest.fixture
def place(account: Account) -> DropboxBackend:
    made = dropbox_place(account)
    made.create()
    account.requests.clear()
    return made


# --- signing in and out --------------------------------------------------------------------------


def test_one_access_token_serves_a_run_of_many_threads(account: Account, place: DropboxBackend):
    fresh = dropbox_place(account)
    list(fresh.save_many(numbered(20)))
    assert account.count("oauth2/token") == 1


def test_an_access_token_that_expires_is_renewed_unnoticed(account: Account, place: DropboxBackend):
    place.save(SOME, b"some")
    server().expire(account)
    assert place.load(SOME) == b"some"
    assert account.count("oauth2/token") == 1
    account.faults = [Fault("expired", "files/upload_session/start")]
    assert len(list(place.save_many(numbered(5)))) == 5


def test_a_sign_in_that_was_taken_back_asks_to_sign_in_again(
    account: Account, place: DropboxBackend
):
    account.revoked = True
    server().expire(account)
    for work in (lambda: place.load(SOME), lambda: list(place.save_many(numbered(3)))):
        with pytest.raises(AccessDenied) as caught:
            work()
        assert caught.value.message_id == "dropbox-sign-in"
        assert "Sign in to Dropbox again" in str(caught.value)
        assert account.token not in str(caught.value) + repr(caught.value)


def test_linking_again_works_without_a_restart(account: Account, place: DropboxBackend):
    account.revoked = True
    with pytest.raises(AccessDenied):
        dropbox_place(account).size(SOME)
    account.revoked = False
    dropbox_place(account).save(SOME, b"some")
    assert place.load(SOME) == b"some"


def test_an_app_key_that_dropbox_does_not_know_is_a_matter_of_signing_in(account: Account):
    with pytest.raises(AccessDenied) as caught:
        open_dropbox("", Secret(account.token), "no-such-app").size(SOME)
    assert caught.value.message_id == "dropbox-sign-in"


def test_a_permission_that_the_app_lacks_is_named(account: Account, place: DropboxBackend):
    account.scopes -= {"files.content.write"}
    with pytest.raises(AccessDenied) as caught:
        place.save(SOME, b"some")
    assert caught.value.message_id == "dropbox-permission"
    assert "files.content.write" in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "error", "message_id"),
    [
        (503, PlaceBroken, "place-broken"),
        ("reset", PlaceBroken, "place-broken"),
        ("html", PlaceAway, "dropbox-not-itself"),
        (403, PlaceAway, "dropbox-not-itself"),
        ("limited", PlaceBroken, "dropbox-busy"),
    ],
)
def test_trouble_while_a_token_is_renewed_is_no_end_of_the_sign_in(
    account: Account, kind: str | int, error: type[Exception], message_id: str
):
    """It must not ask to sign in again because a hotel's page has answered."""
    account.faults = [Fault(kind, "oauth2/token")]
    place = dropbox_place(account)
    with pytest.raises(error) as caught:
        place.create()
    assert getattr(caught.value, "message_id", "") == message_id
    place.create()


# --- the network ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["reset", 500, 503])
def test_a_server_that_fails_is_worth_another_try(
    account: Account, place: DropboxBackend, kind: str | int
):
    place.save(SOME, b"some")
    account.faults = [Fault(kind)]
    with pytest.raises(PlaceBroken):
        place.load(SOME)
    assert place.load(SOME) == b"some"


@pytest.mark.parametrize("status", ["html", 403, 404, 409])
def test_a_captive_portal_is_not_taken_for_dropbox(
    account: Account, place: DropboxBackend, status: str | int
):
    """A page of HTML, whatever its status, made the SDK fail with an AssertionError."""
    place.save(SOME, b"some")
    for work in (
        lambda: place.load(SOME),
        lambda: place.size(SOME),
        lambda: list(place.list(Kind.PACK)),
        lambda: place.save(SOME, b"some"),
        lambda: place.remove(SOME),
    ):
        account.faults = [Fault(status)]
        with pytest.raises(PlaceAway) as caught:
            work()
        assert caught.value.message_id == "dropbox-not-itself"
    assert place.load(SOME) == b"some"


def test_an_answer_that_breaks_off_is_no_content(account: Account, place: DropboxBackend):
    place.save(SOME, b"some" * 1000)
    account.faults = [Fault("truncated"), Fault("truncated")]
    with pytest.raises(PlaceBroken):
        place.load(SOME)
    with pytest.raises(PlaceBroken):
        place.load(SOME, 10, 500)
    assert place.load(SOME, 4, 4) == b"some"


def test_an_answer_for_less_than_was_asked_is_no_content(place: DropboxBackend, monkeypatch):
    place.save(SOME, b"some")
    monkeypatch.setattr("tests.backends.dropbox_server.CUT", 1)
    with pytest.raises(PlaceBroken):
        place.load(SOME)


def test_a_proxy_that_drops_the_range_does_no_harm(place: DropboxBackend, monkeypatch):
    place.save(SOME, b"0123456789")
    monkeypatch.setattr("tests.backends.dropbox_server.RANGES", False)
    assert place.load(SOME, 3, 4) == b"3456"
    assert place.load(SOME, 3) == b"3456789"
    assert place.load(SOME, 12, 4) == b""


OWN_PROCESS = """
import sys
from app.backends.contract import BackendError, FileName, Kind
from app.backends.dropbox.backend import open_dropbox
from app.secret import Secret
place = open_dropbox("", Secret("token"), "key")
assert not {"dropbox", "requests", "urllib3", "stone"} & set(sys.modules)
try:
    place.size(FileName(Kind.PACK, "0" * 64))
except BackendError as error:
    print(type(error).__name__, error.message_id)
"""


def in_own_process(**environment: str) -> str:
    """What the SDK, pointed elsewhere in a process of its own, ends with."""
    clean = {name: text for name, text in os.environ.items() if name != "REQUESTS_CA_BUNDLE"}
    result = subprocess.run(
        [sys.executable, "-c", OWN_PROCESS],
        env=clean | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.strip()


def test_the_sdk_is_loaded_only_when_a_place_is_used_and_no_network_is_a_normal_state():
    assert in_own_process(DROPBOX_API_HOST="127.0.0.1:1") == "PlaceAway place-away"
    assert in_own_process(DROPBOX_API_HOST="nowhere.invalid") == "PlaceAway place-away"


def test_a_certificate_that_nobody_knows_is_refused():
    """Nor is there a variable that would turn this off."""
    told = in_own_process(DROPBOX_API_HOST=server().host, CURL_CA_BUNDLE="", PYTHONHTTPSVERIFY="0")
    assert told == "PlaceAway dropbox-not-itself"
