"""Many files into Dropbox: sessions, batches, what goes wrong in between, and how often it asks."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.backends.contract import (
    AccessDenied,
    Buffer,
    FileName,
    FileNotThere,
    Kind,
    NoSpace,
    PlaceAway,
    PlaceBroken,
)
from app.backends.dropbox.backend import CONNECTIONS, DropboxBackend
from app.backends.dropbox.hashing import content_hash
from app.backends.retrying import Patience, RetryingBackend
from app.errors import Cancelled
from tests.backends.dropbox_place import dropbox_place
from tests.backends.dropbox_server import Account, Fault, Request, server
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
from tests.backends.places import file_of, numbered

__all__ = ["account", "place", "small_pieces"]  # fixtures


# --- requests ------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [20, 60])
def test_many_packs_cost_hardly_more_requests_than_packs(
    account: Account, place: DropboxBackend, count: int
):
    """The least is one for each pack and one for a commit; the sign-in is counted, too."""
    fresh = dropbox_place(account)
    assert len(list(fresh.save_many(numbered(count)))) == count
    assert len(account.requests) <= 1.2 * (count + 1) + 1
    assert account.count(START) == count
    assert account.count(FINISH) <= count / (CONNECTIONS + 1) + 1
    assert account.count("files/list.*|files/get_metadata") == 0


@pytest.mark.parametrize("count", [1, 2])
def test_a_few_files_cost_a_request_each(account: Account, place: DropboxBackend, count: int):
    assert len(list(place.save_many(numbered(count)))) == count
    assert [request.route for request in account.requests] == ["files/upload"] * count


def test_packs_go_up_at_the_same_time(account: Account, place: DropboxBackend):
    together = threading.Barrier(CONNECTIONS, timeout=20)
    account.at_call = lambda request: together.wait() if request.route == START else None
    assert len(list(place.save_many(numbered(2 * CONNECTIONS)))) == 2 * CONNECTIONS


def test_packs_go_up_while_others_are_committed(account: Account, place: DropboxBackend):
    """Nobody waits for the slow commits: the next files are on their way meanwhile."""
    account.folder.seconds_to_commit = 0.3
    committing: list[bool] = []

    def look(request: Request) -> None:
        if request.route == START:
            time.sleep(0.1)
            committing.append(account.folder.writing.locked())

    account.at_call = look
    list(place.save_many(numbered(20)))
    assert any(committing)


def test_a_busy_account_is_never_written_to_twice_at_once(account: Account, place: DropboxBackend):
    account.folder.seconds_to_commit = 0.01
    with ThreadPoolExecutor(4) as pool:
        for run in range(4):
            pool.submit(lambda run=run: list(place.save_many(numbered(30)[run * 5 :])))
        for file, content in numbered(8, Kind.SNAPSHOT):
            pool.submit(place.save, file, content)
    assert len(account.folder.files) == 38
    assert account.folder.turned_away == 0


def test_large_files_go_up_in_pieces(account: Account, place: DropboxBackend, small_pieces):
    files = [large(number, 1000 * number) for number in range(1, 5)]
    assert list(place.save_many(files)) == [file for file, _ in files]
    assert stored(account) == {content for _, content in files}
    assert account.count(APPEND) == 0 + 1 + 2 + 3
    assert max(request.size for request in account.requests if request.route != FINISH) == 1000


def test_a_file_that_no_request_can_carry_goes_up_in_pieces(
    account: Account, place: DropboxBackend, small_pieces, monkeypatch
):
    monkeypatch.setattr("app.backends.dropbox.backend._ONE_REQUEST", 2000)
    file, content = large(1)
    place.save(file, content)
    assert place.load(file) == content
    assert account.count("files/upload") == 0
    account.requests.clear()
    place.save(*large(2, 2000))
    assert account.count("files/upload") == len(account.requests) == 1


# --- limits --------------------------------------------------------------------------------------


def test_retry_after_is_honoured(account: Account, place: DropboxBackend):
    """No request of the file that was turned away comes sooner than Dropbox has said."""
    times: list[float] = []
    account.at_call = lambda request: times.append(time.monotonic())
    account.faults = [Fault("limited", START, times=1, value=1)]
    list(place.save_many([large(1), large(2), large(3)]))
    assert account.count(START) == 4
    assert times[3] - times[0] >= 1


def test_retry_after_of_a_single_call_is_left_to_who_can_wait(
    account: Account, place: DropboxBackend
):
    slept: list[float] = []
    account.faults = [Fault("limited", value=37)]
    retrying = RetryingBackend(place, sleep=slept.append, draw=lambda: 0.0)
    retrying.save(*large(1))
    assert sum(slept) == pytest.approx(37)
    assert max(slept) <= 0.5


def test_two_machines_that_write_at_once_both_get_through(account: Account, place: DropboxBackend):
    """`too_many_write_operations` stalled rclone for minutes, or made it give up."""
    account.folder.seconds_to_commit = 0.05
    patient = Patience(tries=12, base=0.05, cap=0.3)
    files = numbered(60)
    machines = [dropbox_place(account, patience=patient) for _ in range(2)]
    halves = [files[0::2], files[1::2]]

    def work(machine: DropboxBackend, half: list[tuple[FileName, bytes]]) -> list[FileName]:
        return list(machine.save_many(half))

    # Whether the two meet is chance; that somebody writes when they begin is not.
    account.folder.writing.acquire()
    threading.Timer(0.6, account.folder.writing.release).start()
    with ThreadPoolExecutor(2) as pool:
        named = [name for names in pool.map(work, machines, halves) for name in names]
    assert sorted(named, key=str) == sorted((file for file, _ in files), key=str)
    assert account.folder.turned_away > 0
    assert account.count(START) == 60
    assert stored(account) == {content for _, content in files}


def test_a_busy_account_is_said_so_in_the_end(account: Account, place: DropboxBackend):
    with account.folder.writing, pytest.raises(PlaceBroken) as caught:
        list(place.save_many(numbered(3)))
    assert caught.value.message_id == "dropbox-busy"
    with account.folder.writing, pytest.raises(PlaceBroken) as caught:
        place.save(*large(1))
    assert caught.value.message_id == "dropbox-busy"


def test_an_account_that_fills_up_keeps_what_fitted(account: Account, place: DropboxBackend):
    files = [large(number, 1000) for number in range(10)]
    account.folder.capacity = 6500
    named: list[FileName] = []
    with pytest.raises(NoSpace):
        named.extend(place.save_many(files))
    assert named == [file for file, _ in files[:6]]
    assert {place.load(file) for file in named} == {content for _, content in files[:6]}


# --- who stops -----------------------------------------------------------------------------------


def test_who_cancels_does_not_wait_for_uploads(account: Account):
    began = time.monotonic()

    def checkpoint() -> None:
        if time.monotonic() - began > 0.3:
            raise Cancelled

    place = dropbox_place(account, checkpoint=checkpoint)
    place.create()
    account.faults = [Fault("slow", START, times=99, value=4)]
    began = time.monotonic()
    with pytest.raises(Cancelled):
        list(place.save_many(numbered(20)))
    assert time.monotonic() - began < 2


def test_who_cancels_does_not_wait_for_a_large_file(account: Account):
    looks = 0

    def checkpoint() -> None:
        nonlocal looks
        looks += 1
        if looks > 3:
            raise Cancelled

    place = dropbox_place(account, checkpoint=checkpoint)
    place.create()
    content = bytes(16 << 20)
    with pytest.raises(Cancelled):
        place.save(file_of(content), content)
    assert account.folder.files == {}
    with pytest.raises(Cancelled):
        list(place.save_many([(file_of(content), content)]))
    assert looks == 5


def test_an_abandoned_upload_stops_before_its_next_piece(account: Account, place: DropboxBackend):
    class Enough(Exception):
        pass

    looks = 0

    def look() -> None:
        nonlocal looks
        looks += 1
        if looks > 2:
            raise Enough

    content = bytes(8 << 20)
    client = place._client()
    with client.watched(look), pytest.raises(Enough):
        client.upload("/tradekeep/config", content, content_hash(content))
    assert looks == 3
    assert account.folder.files == {}
    assert account.requests == [] or account.count("files/upload") == 0


def test_threads_end_with_the_run(place: DropboxBackend):
    def threads() -> set[threading.Thread]:
        return {thread for thread in threading.enumerate() if thread.name == "dropbox"} - before

    before: set[threading.Thread] = set()
    before = threads()  # of other tests, which were abandoned
    list(place.save_many(numbered(9)))
    saving = place.save_many(numbered(9))
    next(saving)
    assert threads()
    del saving
    deadline = time.monotonic() + 20
    while threads() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threads() == set()


@pytest.mark.parametrize("size", [4 << 20, 9 << 20])
def test_at_most_two_packs_a_connection_are_held(
    account: Account, place: DropboxBackend, size: int
):
    taken = named = 0
    most = 0

    def source() -> Iterator[tuple[FileName, Buffer]]:
        nonlocal taken, most
        for number in range(12):
            content = os.urandom(16) + bytes(size)
            taken += 1
            most = max(most, taken - named)
            yield FileName(Kind.PACK, f"{number:064x}"), content

    for _ in place.save_many(source()):
        named += 1
    assert most <= 2 * CONNECTIONS
    assert {len(content) for content in account.folder.files.values()} == {size + 16}


# --- all sorts of things -------------------------------------------------------------------------


def test_what_is_there_already_makes_no_revision(account: Account, place: DropboxBackend):
    for _ in range(3):
        list(place.save_many(numbered(5)))
        place.save(*numbered(1)[0])
    assert all(len(versions) == 1 for versions in account.folder.history.values())


def test_no_conflicted_copies_are_made(account: Account, place: DropboxBackend):
    file, content = numbered(1)[0]
    path = f"/tradekeep/data/{file.name[:2]}/{file.name}"
    account.folder.write(path.upper().replace("TRADEKEEP", "TradeKeep"), b"damaged", "add")
    list(place.save_many([(file, content), *numbered(3)[1:]]))
    assert account.folder.files[path] == content
    assert len(account.folder.files) == 3


def test_a_file_that_vanishes_is_sent_again_by_the_next_run(
    account: Account, place: DropboxBackend
):
    files = numbered(5)
    list(place.save_many(files))
    path = f"/tradekeep/data/{files[2][0].name[:2]}/{files[2][0].name}"
    account.folder.delete(path)
    assert {info.file for info in place.list(Kind.PACK)} == {f for f, _ in files} - {files[2][0]}
    with pytest.raises(FileNotThere):
        place.load(files[2][0])
    place.save(*files[2])
    assert len(list(place.list(Kind.PACK))) == 5


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("html", START, times=99), PlaceAway),
        (Fault(503, START, times=99), PlaceBroken),
        (Fault("html", FINISH, times=99), PlaceAway),
    ],
)
def test_what_does_not_pass_comes_out_in_the_end(
    account: Account, place: DropboxBackend, fault: Fault, error: type[Exception]
):
    account.faults = [fault]
    with pytest.raises(error):
        list(place.save_many(numbered(9)))


def test_a_sign_in_that_ends_in_the_middle_comes_out_at_once(
    account: Account, place: DropboxBackend
):
    def revoke(request: Request) -> None:
        if request.route == FINISH:
            account.revoked = True
            server().expire(account)

    account.at_call = revoke
    named: list[FileName] = []
    with pytest.raises(AccessDenied):
        named.extend(place.save_many(numbered(30)))
    assert 0 < len(named) < 30
    account.at_call, account.revoked = (lambda request: None), False
    assert len(list(dropbox_place(account).save_many(numbered(30)))) == 30
