"""A mirror in Dropbox: the same repository, in few requests, whole whenever the network ends."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from app.backends.contract import BackendError, FileName, Kind, PlaceAway
from app.backends.dropbox.backend import DropboxBackend
from app.backends.dropbox.hashing import content_hash
from app.backends.dropbox.paths import file_at
from app.backends.memory import MemoryBackend
from app.backends.retrying import Patience, RetryingBackend
from app.monitor import Recorder
from app.repository.mirror import behind, mirror
from app.repository.repository import Repository
from tests.backends.dropbox_place import MemoryCache, dropbox_place
from tests.backends.dropbox_server import Account, Fault, Request, server
from tests.chaos.support import assert_sound, restic
from tests.repository.support import FakeClock, cheap_repository, save_backup

KEPT = frozenset(Kind) - {Kind.LOCK}
NOTHING_NEW = ["oauth2/token", "files/download", "files/list_folder/continue"]
ONCE = Patience(tries=1, tries_if_away=1)


@pytest.fixture
def source() -> Repository:
    """A repository with a dozen snapshots."""
    return with_snapshots(12)


def with_snapshots(many: int) -> Repository:
    repository = cheap_repository()
    for number in range(many):
        save_backup(repository, number, b"shared", b"of day %d " % number * 1_000)
    return repository


@pytest.fixture
def account() -> Account:
    return server().account()


def send(source: Repository, place: DropboxBackend | RetryingBackend):
    return mirror(source, place, monitor=Recorder(), clocks=FakeClock().clocks)


def copied(account: Account) -> dict[FileName, bytes]:
    """What Dropbox holds of the repository."""
    found = {
        file_at(path.removeprefix("/tradekeep/")): content
        for path, content in account.folder.files.items()
    }
    assert None not in found
    return {file: content for file, content in found.items() if file is not None}


def kept(files: dict[FileName, bytes]) -> dict[FileName, bytes]:
    return {file: content for file, content in files.items() if file.kind in KEPT}


def files_of(source: Repository) -> dict[FileName, bytes]:
    assert isinstance(source.backend, MemoryBackend)
    return kept(source.backend.files)


def test_a_copy_in_dropbox_is_the_same_repository(source: Repository, account: Account):
    place = dropbox_place(account)
    place.create()
    report = send(source, place)
    assert report.snapshots_copied == 12
    assert copied(account) == files_of(source)
    assert_sound(place)


@pytest.mark.interop
def test_stock_restic_reads_what_dropbox_holds(
    source: Repository, account: Account, tmp_path: Path
):
    place = dropbox_place(account)
    place.create()
    send(source, place)
    for path, content in account.folder.files.items():
        file = tmp_path / path.removeprefix("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    assert "no errors were found" in restic(tmp_path / "tradekeep", "check", "--read-data")
    assert len(restic(tmp_path / "tradekeep", "list", "snapshots").split()) == 12


def test_nothing_new_is_known_after_three_requests(source: Repository, account: Account):
    """One for the sign-in, one for the config, one for what has changed: nothing."""
    cache = MemoryCache()
    place = dropbox_place(account, cache=cache)
    place.create()
    send(source, place)
    behind(source, place)
    account.requests.clear()
    assert behind(source, dropbox_place(account, cache=cache)).complete
    assert [request.route for request in account.requests] == NOTHING_NEW
    account.requests.clear()
    assert send(source, dropbox_place(account, cache=cache)).files_copied == 0
    assert [request.route for request in account.requests] == NOTHING_NEW


def test_filling_a_copy_asks_little_beside_sending(source: Repository, account: Account):
    place = dropbox_place(account)
    place.create()
    account.requests.clear()
    send(source, place)
    sending = ("files/upload", "files/upload_session/start", "files/upload_session/finish_batch_v2")
    asked = [request.route for request in account.requests if request.route not in sending]
    asked.remove("users/get_space_usage")  # asked while the lock is taken
    looked = "files/list_folder/continue"
    assert asked == [
        *("files/download", "files/list_folder"),  # a config, other files: whose place is it?
        looked,  # others' locks after ours: before it, the place was looked at; what is there
        *["files/get_metadata"] * 3,  # is it still our lock? before indexes, snapshots, config
        "files/delete_v2",
    ]


def test_the_whole_copy_is_verified_without_a_download(source: Repository, account: Account):
    place = dropbox_place(account)
    place.create()
    send(source, place)
    ours = {file: content_hash(content) for file, content in files_of(source).items()}
    path, content = next(iter(account.folder.files.items()))
    account.folder.write(path, b"?" + content[1:], "overwrite")
    account.requests.clear()
    differing = [held.file for held in place.hashes() if ours[held.file] != held.content_hash]
    assert len(differing) == 1
    assert len(account.requests) == 1
    assert place.recover(differing[0], ours[differing[0]])
    assert copied(account) == files_of(source)


def test_a_copy_whose_folder_was_deleted_is_not_begun_anew(source: Repository, account: Account):
    """It may be brought back whole; and a copy that lists nothing is no reason to send it all."""
    place = dropbox_place(account)
    place.create()
    send(source, place)
    account.folder.delete("/tradekeep")
    with pytest.raises(PlaceAway) as caught:
        send(source, dropbox_place(account))
    assert caught.value.message_id == "dropbox-folder-gone"
    assert account.folder.files == {}


def test_wherever_the_network_ends_the_copy_is_valid_and_goes_on():
    """After the first request, the second, … nothing reaches Dropbox any more."""
    source = with_snapshots(3)
    for number in count(1):
        account = server().account()
        dropbox_place(account).create()
        account.requests.clear()

        def look(request: Request, account: Account = account, number: int = number) -> None:
            if len(account.requests) > number:
                account.faults = [Fault("reset", times=1 << 30)]

        account.at_call = look
        try:
            send(source, dropbox_place(account, patience=ONCE))
        except BackendError:
            pass
        else:
            break
        there = copied(account)
        assert kept(there).items() <= files_of(source).items()
        if any(file.kind is Kind.CONFIG for file in there):
            assert_sound(MemoryBackend(there))
        account.at_call, account.faults = (lambda request: None), []
        send(source, dropbox_place(account))
        assert kept(copied(account)) == files_of(source)
    assert number > 15


@pytest.mark.parametrize("seed", range(4))
def test_a_mirror_gets_through_a_bad_network(source: Repository, account: Account, seed: int):
    account.faults = [
        Fault(kind, value=0)
        for turn in range(seed, seed + 12)
        for kind in (("reset", 503, "limited", "lost", "slow")[turn % 5], *("slow",) * (turn % 3))
    ]
    place = RetryingBackend(dropbox_place(account), Patience(tries=9, base=0.001, cap=0.01))
    place.create()
    send(source, place)
    assert kept(copied(account)) == files_of(source)
