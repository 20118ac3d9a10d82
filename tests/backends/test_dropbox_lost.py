"""Uploads into Dropbox where answers, sessions or bits are lost on the way."""

from __future__ import annotations

import pytest

from app.backends.contract import (
    FileName,
    PlaceBroken,
)
from app.backends.dropbox.backend import DropboxBackend
from app.backends.retrying import Patience, RetryingBackend
from tests.backends.dropbox_server import Account, Fault, Request
from tests.backends.dropbox_uploads import (
    APPEND,
    FINISH,
    START,
    account,
    large,
    place,
    small_pieces,
    stored,
)
from tests.backends.places import numbered

__all__ = ["account", "place", "small_pieces"]  # fixtures


@pytest.mark.parametrize("kind", ["reset", "lost", 500, "limited", "expired"])
@pytest.mark.parametrize("route", [START, APPEND, FINISH])
def test_a_failure_on_the_way_is_made_good(
    account: Account, place: DropboxBackend, small_pieces, route: str, kind: str | int
):
    account.faults = [Fault(kind, route, value=0)]
    files = [large(number) for number in range(6)]
    assert list(place.save_many(files)) == [file for file, _ in files]
    assert stored(account) == {content for _, content in files}
    assert account.faults[0].times == 0


def test_a_piece_whose_answer_was_lost_is_not_sent_again(
    account: Account, place: DropboxBackend, small_pieces
):
    """It goes on at the offset that Dropbox names; a whole file is never sent twice."""
    account.faults = [Fault("lost", APPEND)]
    list(place.save_many([large(1), large(2), large(3)]))
    assert account.count(START) == 3
    assert account.count(APPEND) == 3 * 4 + 1


def test_a_last_piece_whose_answer_was_lost_is_not_sent_again(
    account: Account, place: DropboxBackend, small_pieces
):
    """Then the session is closed, and Dropbox says so rather than to name an offset."""
    account.faults = [Fault("lost", APPEND, times=2)]
    files = [large(number, 1500) for number in range(3)]
    assert len(list(place.save_many(files))) == 3
    assert account.count(START) == 3
    assert stored(account) == {content for _, content in files}


def test_a_commit_whose_answer_was_lost_is_not_repeated(account: Account, place: DropboxBackend):
    account.faults = [Fault("lost", FINISH)]
    files = numbered(5)
    assert list(place.save_many(files)) == [file for file, _ in files]
    assert account.count(START) == 5
    assert account.count(FINISH) == 2
    assert account.count("files/get_metadata") == 5
    assert all(len(versions) == 1 for versions in account.folder.history.values())


def test_a_session_that_dropbox_has_dropped_is_no_stored_file(
    account: Account, place: DropboxBackend
):
    """After a week, or in a cleaning up: nothing is under the name, whatever we have sent."""

    def drop(request: Request) -> None:
        if request.route == FINISH:
            account.folder.sessions.clear()
            account.at_call = lambda request: None

    account.at_call = drop
    named: list[FileName] = []
    with pytest.raises(PlaceBroken):
        named.extend(place.save_many(numbered(5)))
    assert named == []
    retrying = RetryingBackend(place, Patience(base=0.001))
    account.at_call = drop
    assert len(list(retrying.save_many(numbered(5)))) == 5


def test_what_stood_there_before_is_not_taken_for_a_commit_that_was_lost(
    account: Account, place: DropboxBackend
):
    """The session is gone, and a damaged file of the right size is under the name."""
    files = numbered(3)
    file, content = files[0]
    path = f"/tradekeep/data/{file.name[:2]}/{file.name}"
    account.folder.write(path, b"?" * len(content), "add")

    def drop(request: Request) -> None:
        if request.route == FINISH:
            account.folder.sessions.clear()

    account.at_call = drop
    named: list[FileName] = []
    with pytest.raises(PlaceBroken):
        named.extend(place.save_many(files))
    assert named == []


def test_a_session_that_vanishes_while_it_fills_is_begun_again(
    account: Account, place: DropboxBackend, small_pieces
):
    def drop(request: Request) -> None:
        if request.route == APPEND:
            account.folder.sessions.clear()
            account.at_call = lambda request: None

    account.at_call = drop
    files = [large(number) for number in range(3)]
    assert len(list(place.save_many(files))) == 3
    assert stored(account) == {content for _, content in files}


def test_bytes_that_change_on_the_way_are_refused(
    account: Account, place: DropboxBackend, monkeypatch
):
    """A bit that flips after our hash was made: Dropbox does not take it."""
    real = account.folder.write
    monkeypatch.setattr("tests.backends.dropbox_server.FLIP", True)
    for work in (lambda: place.save(*large(1)), lambda: list(place.save_many(numbered(3)))):
        with pytest.raises(PlaceBroken) as caught:
            work()
        assert "content_hash_mismatch" in str(caught.value)
    assert account.folder.files == {}
    assert account.folder.write == real


def test_what_dropbox_has_stored_is_compared_with_what_was_sent(
    account: Account, place: DropboxBackend, monkeypatch
):
    real = account.folder.write
    monkeypatch.setattr(account.folder, "write", lambda path, data, mode: real(path, b"x", mode))
    for work in (lambda: place.save(*large(1)), lambda: list(place.save_many(numbered(3)))):
        with pytest.raises(PlaceBroken) as caught:
            work()
        assert "content_hash" in str(caught.value)
