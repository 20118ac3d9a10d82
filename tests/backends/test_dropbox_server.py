"""The tests' Dropbox is as strict as the real one: what stands on it must be able to fail."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from tests.backends.dropbox_account import content_hash
from tests.backends.dropbox_server import APP_KEY, Account, Fault, server


class Caller:
    """Speaks to the server without the SDK."""

    def __init__(self) -> None:
        self.account: Account = server().account()
        form = {"grant_type": "refresh_token", "refresh_token": self.account.token}
        self.token = self.post_form({**form, "client_id": APP_KEY}).json()["access_token"]

    def post_form(self, form: dict[str, str]) -> requests.Response:
        return requests.post(f"https://{server().host}/oauth2/token", data=form, timeout=10)

    def call(self, route: str, arg: object, body: bytes | None = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        if body is None:
            headers["Content-Type"] = "application/json"
            data: Any = json.dumps(arg)
        else:
            headers["Content-Type"] = "application/octet-stream"
            headers["Dropbox-API-Arg"] = json.dumps(arg)
            data = body
        url = f"https://{server().host}/2/{route}"
        return requests.post(url, data=data, headers=headers, timeout=10)

    def ok(self, route: str, arg: object, body: bytes | None = None) -> Any:
        answer = self.call(route, arg, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def error(self, route: str, arg: object, body: bytes | None = None) -> Any:
        answer = self.call(route, arg, body)
        assert answer.status_code == 409, answer.text
        return answer.json()["error"]


@pytest.fixture
def dropbox() -> Caller:
    return Caller()


@pytest.mark.parametrize(
    ("route", "arg"),
    [
        ("files/get_metadata", {"path": "/a", "surprise": 1}),
        ("files/get_metadata", {"path": "a"}),
        ("files/get_metadata", {"path": "/a/../b"}),
        ("files/get_metadata", {"path": "/a/"}),
        ("files/get_metadata", {}),
        ("files/list_folder", {"path": "", "recursive": True, "limit": 2001}),
        ("files/list_folder", {"path": "/", "recursive": True}),
        ("files/delete_v2", {"path": 3}),
        ("files/upload_session/finish_batch_v2", {"entries": [{"cursor": {}}]}),
        ("users/get_space_usage", {}),
        ("files/no_such_route", {}),
    ],
)
def test_what_a_route_does_not_know_is_refused(dropbox: Caller, route: str, arg: object):
    assert dropbox.call(route, arg).status_code == 400


def test_an_upload_has_its_own_content_type_and_its_hash_is_checked(dropbox: Caller):
    assert dropbox.call("files/upload", {"path": "/a"}).status_code == 400
    wrong = {"path": "/a", "content_hash": content_hash(b"other")}
    assert dropbox.error("files/upload", wrong, b"a")[".tag"] == "content_hash_mismatch"
    right = {"path": "/a", "content_hash": content_hash(b"a")}
    assert dropbox.ok("files/upload", right, b"a")["content_hash"] == content_hash(b"a")


def test_adding_over_another_content_is_a_conflict_and_paths_ignore_case(dropbox: Caller):
    dropbox.ok("files/upload", {"path": "/Ä/b"}, b"1")
    dropbox.ok("files/upload", {"path": "/ä/B"}, b"1")
    error = dropbox.error("files/upload", {"path": "/ä/B", "mode": "add"}, b"2")
    assert error["reason"] == {".tag": "conflict", "conflict": {".tag": "file"}}
    dropbox.ok("files/upload", {"path": "/ä/B", "mode": {".tag": "overwrite"}}, b"2")
    revisions = dropbox.ok("files/list_revisions", {"path": "/ä/b"})
    assert [each["size"] for each in revisions["entries"]] == [1, 1]
    renamed = dropbox.ok("files/upload", {"path": "/ä/b", "autorename": True}, b"3")
    assert renamed["path_display"] == "/ä/b (1)"
    error = dropbox.error("files/upload", {"path": "/ä/b/c"}, b"")
    assert error["reason"]["conflict"] == {".tag": "file_ancestor"}


def test_sessions_hold_to_their_offsets(dropbox: Caller):
    session = dropbox.ok("files/upload_session/start", {}, b"abc")["session_id"]

    def append(offset: int, body: bytes, close: bool = False) -> requests.Response:
        cursor = {"session_id": session, "offset": offset}
        arg = {"cursor": cursor, "close": close}
        return dropbox.call("files/upload_session/append_v2", arg, body)

    def finish(offset: int) -> Any:
        cursor = {"session_id": session, "offset": offset}
        entry = {"cursor": cursor, "commit": {"path": "/a"}}
        answer = dropbox.ok("files/upload_session/finish_batch_v2", {"entries": [entry]})
        return answer["entries"][0]

    wrong = append(0, b"abc").json()["error"]
    assert wrong == {".tag": "incorrect_offset", "correct_offset": 3}
    assert finish(3)["failure"]["lookup_failed"] == {".tag": "not_closed"}
    assert append(3, b"d", close=True).status_code == 200
    assert append(4, b"e").json()["error"] == {".tag": "closed"}
    assert finish(3)["failure"]["lookup_failed"]["correct_offset"] == 4
    assert finish(4)["size"] == 4
    assert finish(4)["failure"]["lookup_failed"] == {".tag": "not_found"}
    assert dropbox.account.folder.files == {"/a": b"abcd"}


def test_a_batch_has_at_most_a_thousand_entries(dropbox: Caller):
    entry = {"cursor": {"session_id": "x", "offset": 0}, "commit": {"path": "/a"}}
    arg = {"entries": [entry] * 1001}
    assert dropbox.call("files/upload_session/finish_batch_v2", arg).status_code == 400


def test_who_finds_the_namespace_locked_is_turned_away(dropbox: Caller):
    dropbox.account.folder.retry_after = 7
    with dropbox.account.folder.writing:
        answer = dropbox.call("files/upload", {"path": "/a"}, b"")
    assert answer.status_code == 429
    assert answer.json()["error"]["retry_after"] == 7
    assert answer.json()["error"]["reason"] == {".tag": "too_many_write_operations"}
    assert dropbox.account.folder.turned_away == 1


def test_a_cursor_tells_each_change_once(dropbox: Caller):
    for name in "abc":
        dropbox.ok("files/upload", {"path": f"/x/{name}"}, b"1")
    dropbox.account.folder.page = 2
    page = dropbox.ok("files/list_folder", {"path": "/x", "recursive": True})
    names = [entry["name"] for entry in page["entries"]]
    while page["has_more"]:
        page = dropbox.ok("files/list_folder/continue", {"cursor": page["cursor"]})
        names += [entry["name"] for entry in page["entries"]]
    assert sorted(names) == ["a", "b", "c", "x"]
    dropbox.ok("files/delete_v2", {"path": "/x/b"})
    dropbox.ok("files/upload", {"path": "/y"}, b"1")
    changed = dropbox.ok("files/list_folder/continue", {"cursor": page["cursor"]})
    assert [(each[".tag"], each["name"]) for each in changed["entries"]] == [("deleted", "b")]
    again = dropbox.ok("files/list_folder/continue", {"cursor": changed["cursor"]})
    assert again["entries"] == []
    dropbox.account.folder.reset_cursors()
    reset = dropbox.error("files/list_folder/continue", {"cursor": again["cursor"]})
    assert reset == {".tag": "reset"}


def test_quota_counts_what_is_there(dropbox: Caller):
    dropbox.account.folder.capacity = 10
    dropbox.ok("files/upload", {"path": "/a"}, b"12345678")
    error = dropbox.error("files/upload", {"path": "/b"}, b"123")
    assert error["reason"] == {".tag": "insufficient_space"}
    dropbox.ok("files/upload", {"path": "/a", "mode": "overwrite"}, b"1234567890")
    assert dropbox.ok("users/get_space_usage", None)["used"] == 10
    dropbox.ok("files/delete_v2", {"path": "/a"})
    dropbox.ok("files/upload", {"path": "/b"}, b"123")


@pytest.mark.parametrize(
    "form",
    [
        {"grant_type": "refresh_token", "refresh_token": "wrong", "client_id": APP_KEY},
        {"grant_type": "refresh_token", "refresh_token": "OURS", "client_id": "other"},
        {"grant_type": "refresh_token", "refresh_token": "OURS"},
        {"grant_type": "authorization_code", "code": "x", "client_id": APP_KEY},
        {"grant_type": "password", "client_id": APP_KEY},
    ],
)
def test_tokens_are_given_to_nobody_else(dropbox: Caller, form: dict[str, str]):
    ours = {name: dropbox.account.token if text == "OURS" else text for name, text in form.items()}
    assert dropbox.post_form(ours).status_code == 400


def test_access_needs_a_token_its_scope_and_its_time(dropbox: Caller):
    dropbox.account.scopes = frozenset({"files.metadata.read"})
    answer = dropbox.call("files/upload", {"path": "/a"}, b"")
    assert answer.json()["error"][".tag"] == "missing_scope"
    server().expire(dropbox.account)
    answer = dropbox.call("files/get_metadata", {"path": "/a"})
    assert (answer.status_code, answer.json()["error"][".tag"]) == (401, "expired_access_token")
    dropbox.token = "stolen"
    assert dropbox.call("files/get_metadata", {"path": "/a"}).status_code == 401


def test_faults_befall_the_calls_they_are_meant_for(dropbox: Caller):
    dropbox.account.faults = [Fault(503, "files/delete_v2"), Fault("lost", "files/upload")]
    assert dropbox.call("files/list_folder", {"path": "", "recursive": True}).ok
    assert dropbox.call("files/delete_v2", {"path": "/a"}).status_code == 503
    with pytest.raises(requests.ConnectionError):
        dropbox.call("files/upload", {"path": "/a"}, b"")
    assert dropbox.account.folder.files == {"/a": b""}
    dropbox.account.faults = [Fault("reset")]
    with pytest.raises(requests.ConnectionError):
        dropbox.call("files/delete_v2", {"path": "/a"})
    assert dropbox.account.folder.files == {"/a": b""}
