"""Signing in to Dropbox, by PKCE, and the app key that this takes."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable

import pytest

from app.backends.contract import AccessDenied, PlaceAway
from app.backends.dropbox.app_key import VARIABLE, AppKey, Origin, find_app_key
from app.backends.dropbox.backend import open_dropbox
from app.errors import WrongUsage
from tests.backends.dropbox_server import APP_KEY, Account, DropboxServer, server
from tests.backends.places import file_of

SOME = file_of(b"some")


@pytest.fixture
def dropbox() -> DropboxServer:
    return server()


@pytest.fixture
def account(dropbox: DropboxServer) -> Account:
    return dropbox.account()


@pytest.fixture
def begin(dropbox: DropboxServer) -> Callable[[str], object]:
    """Imported once the server is there: it loads the SDK."""
    from app.backends.dropbox.sign_in import begin

    return begin


def test_the_way_from_the_browser_to_a_saved_file(dropbox: DropboxServer, account: Account, begin):
    attempt = begin(APP_KEY)
    code = dropbox.approve(attempt.address, account)
    signed_in = attempt.finish(f"  {code}\n")
    assert signed_in.account_id == account.folder.account_id
    assert (signed_in.name, signed_in.email) == ("Ada Lovelace", "ada@example.org")
    assert signed_in.token.reveal() == account.token
    assert account.token not in repr(signed_in)
    place = open_dropbox("copy", signed_in.token, APP_KEY)
    place.create()
    place.save(SOME, b"some")
    assert place.load(SOME) == b"some"


def test_the_address_asks_for_what_is_needed_and_for_no_more(begin):
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(begin(APP_KEY).address).query)
    assert query["scope"] == [
        "account_info.read files.metadata.read files.content.read files.content.write"
    ]
    assert query["token_access_type"] == ["offline"]
    assert query["code_challenge_method"] == ["S256"]
    assert not {"client_secret", "redirect_uri"} & set(query)


def test_each_attempt_has_a_secret_of_its_own(begin):
    assert begin(APP_KEY).address != begin(APP_KEY).address


def test_a_code_of_another_attempt_is_refused(dropbox: DropboxServer, account: Account, begin):
    """Whoever has seen the code cannot use it without the verifier."""
    code = dropbox.approve(begin(APP_KEY).address, account)
    with pytest.raises(AccessDenied) as caught:
        begin(APP_KEY).finish(code)
    assert caught.value.message_id == "dropbox-code"
    assert code not in str(caught.value)


def test_a_code_works_once(dropbox: DropboxServer, account: Account, begin):
    attempt = begin(APP_KEY)
    code = dropbox.approve(attempt.address, account)
    attempt.finish(code)
    with pytest.raises(AccessDenied):
        attempt.finish(code)


@pytest.mark.parametrize("code", ["", "nonsense", "ü"])
def test_a_wrong_code_is_said_so(begin, code: str):
    with pytest.raises(AccessDenied) as caught:
        begin(APP_KEY).finish(code)
    assert caught.value.message_id == "dropbox-code"


def test_without_a_network_nobody_can_sign_in(begin, monkeypatch):
    attempt = begin(APP_KEY)
    # Also the error of a place that is away: the SDK's session finds nobody at this address.
    monkeypatch.setattr(attempt._flow, "build_url", lambda *_: "https://127.0.0.1:1/oauth2/token")
    with pytest.raises(PlaceAway):
        attempt.finish("code")


# --- the app key ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "setting", "build", "expected"),
    [
        ("env", "set", "built", AppKey("env", Origin.ENVIRONMENT)),
        ("", "set", "built", AppKey("set", Origin.SETTING)),
        (" ", " set\n", "built", AppKey("set", Origin.SETTING)),
        (None, "", "built", AppKey("built", Origin.BUILD)),
    ],
)
def test_the_app_key_that_is_nearest_to_the_person_wins(
    environment: str | None, setting: str, build: str, expected: AppKey
):
    variables = {} if environment is None else {VARIABLE: environment}
    assert find_app_key(setting, environment=variables, build=build) == expected


def test_without_an_app_key_the_steps_to_get_one_are_told(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(WrongUsage) as caught:
        find_app_key()
    for step in ("dropbox.com/developers/apps", "App folder", "files.content.write", "dropbox-app"):
        assert step in str(caught.value)
