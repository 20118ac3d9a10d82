"""A repository in Dropbox, beyond what every place promises: what its account can do to it."""

from __future__ import annotations

import os
import pickle

import pytest

from app.backends.contract import (
    CONFIG,
    AccessDenied,
    FileInfo,
    FileName,
    FileNotThere,
    Kind,
    NoSpace,
    PlaceAway,
)
from app.backends.dropbox.backend import DropboxBackend, open_dropbox
from app.backends.dropbox.hashing import content_hash
from app.secret import Secret
from tests.backends.dropbox_account import content_hash as hash_of_the_server
from tests.backends.dropbox_place import dropbox_place
from tests.backends.dropbox_server import APP_KEY, Account, server
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


def test_files_stand_where_restic_would_look_for_them(account: Account, place: DropboxBackend):
    place.save(SOME, b"some")
    place.save(CONFIG, b"config")
    assert account.folder.files == {PATH: b"some", "/tradekeep/config": b"config"}


@pytest.mark.parametrize(
    ("named", "prefix", "shown"),
    [
        ("", "", "dropbox:"),
        ("/", "", "dropbox:"),
        ("a/b", "/a/b", "dropbox:a/b"),
        ("/Old Laptop//Ä/", "/old laptop/ä", "dropbox:Old Laptop/Ä"),
    ],
)
def test_an_address_is_a_folder_within_the_apps_folder(
    account: Account, named: str, prefix: str, shown: str
):
    place = open_dropbox(named, Secret(account.token), APP_KEY)
    place.create()
    assert place.place == shown
    place.save(SOME, b"some")
    assert account.folder.files == {PATH.replace("/tradekeep", prefix): b"some"}
    assert [info.file for info in place.list(Kind.PACK)] == [SOME]


def test_what_is_no_file_of_a_repository_is_left_out(account: Account, place: DropboxBackend):
    place.save(SOME, b"some")
    for path in (
        "/tradekeep/README.txt",
        f"{PATH} (Ada's conflicted copy 2026-11-26)",
        f"/tradekeep/data/zz/{SOME.name}",
        f"/tradekeep/{SOME.name}",
        f"/tradekeep/index/deeper/{SOME.name}",
        "/tradekeep/index/config",
        f"/tradekeep2/index/{SOME.name}",
    ):
        account.folder.write(path, b"other", "add")
    assert [info for kind in Kind for info in place.list(kind)] == [FileInfo(SOME, 4)]


def test_hashes_of_the_whole_copy_cost_no_download(account: Account, place: DropboxBackend):
    files = [*numbered(30), *numbered(3, Kind.SNAPSHOT), (CONFIG, b"config")]
    list(place.save_many(files))
    account.requests.clear()
    held = {each.file: (each.size, each.content_hash) for each in place.hashes()}
    assert held == {file: (len(data), content_hash(data)) for file, data in files}
    assert account.count("files/download") == 0
    assert len(account.requests) == 1


def test_a_file_that_was_changed_in_dropbox_shows_in_the_hashes(
    account: Account, place: DropboxBackend
):
    place.save(SOME, b"some")
    account.folder.write(PATH, b"s0me", "overwrite")
    (held,) = place.hashes()
    assert (held.file, held.size) == (SOME, 4)
    assert held.content_hash == hash_of_the_server(b"s0me") != content_hash(b"some")
    place.save(SOME, b"some")
    assert [each.content_hash for each in place.hashes()] == [content_hash(b"some")]


# --- Dropbox's revisions -------------------------------------------------------------------------


@pytest.mark.parametrize("known", [content_hash(b"some"), None])
def test_a_damaged_file_comes_back_from_an_older_revision(
    account: Account, place: DropboxBackend, known: str | None
):
    place.save(SOME, b"some")
    for damage in (b"s0me", b"", b"ransom"):
        account.folder.write(PATH, damage, "overwrite")
    assert place.recover(SOME, known)
    assert place.load(SOME) == b"some"
    assert list(place.list(Kind.PACK)) == [FileInfo(SOME, 4)]


def test_a_deleted_file_comes_back_from_a_revision(account: Account, place: DropboxBackend):
    place.save(SOME, b"some")
    account.folder.delete(PATH)
    assert list(place.list(Kind.PACK)) == []
    assert place.recover(SOME, content_hash(b"some"))
    assert place.load(SOME) == b"some"


def test_a_deleted_config_comes_back_by_its_hash(account: Account, place: DropboxBackend):
    place.save(CONFIG, b"config")
    place.remove(CONFIG)
    assert not place.recover(CONFIG)  # it has no name to prove it
    assert place.recover(CONFIG, content_hash(b"config"))
    assert place.load(CONFIG) == b"config"


def test_nothing_is_given_back_that_is_not_sound(account: Account, place: DropboxBackend):
    assert not place.recover(SOME, content_hash(b"some"))
    account.folder.write(PATH, b"s0me", "add")
    assert not place.recover(SOME, content_hash(b"some"))
    assert not place.recover(SOME)
    assert place.load(SOME) == b"s0me"


# --- the account ---------------------------------------------------------------------------------


def test_free_space_is_what_the_account_has_left(account: Account, place: DropboxBackend):
    account.folder.capacity = 1000
    account.folder.used_elsewhere = 400
    place.save(SOME, b"some")
    assert place.free_space() == 596
    account.folder.used_elsewhere = 2000
    assert place.free_space() == 0


@pytest.mark.parametrize(
    ("own", "expected"), [((0, 0), 600), ((50, 20), 30), ((5000, 20), 600), ((50, 70), 0)]
)
def test_free_space_in_a_team_is_the_smaller_of_both(
    account: Account, place: DropboxBackend, own: tuple[int, int], expected: int
):
    account.folder.allocation = {
        ".tag": "team",
        "used": 400,
        "allocated": 1000,
        "user_within_team_space_allocated": own[0],
        "user_within_team_space_limit_type": {".tag": "off"},
        "user_within_team_space_used_cached": own[1],
    }
    assert place.free_space() == expected


def test_an_account_that_does_not_tell_its_space(account: Account, place: DropboxBackend):
    account.folder.allocation = {".tag": "family"}
    assert place.free_space() is None


def test_a_full_account_has_no_space(account: Account, place: DropboxBackend):
    account.folder.capacity = 3
    with pytest.raises(NoSpace) as caught:
        place.save(SOME, b"some")
    assert caught.value.message_id == "place-full"
    assert caught.value.params["file"] == str(SOME)
    assert account.folder.files == {}


def test_a_folder_in_the_place_of_a_file_is_said_so(account: Account, place: DropboxBackend):
    account.folder.make_folder(PATH)
    for work in (lambda: place.save(SOME, b"some"), lambda: place.load(SOME)):
        with pytest.raises(AccessDenied) as caught:
            work()
        assert caught.value.message_id == "place-not-a-file"
    with pytest.raises(AccessDenied):
        place.size(SOME)
    with pytest.raises(AccessDenied):
        list(place.save_many([(SOME, b"some"), *numbered(2)]))


def test_a_file_in_the_place_of_the_folder_is_said_so(account: Account):
    account.folder.write("/tradekeep", b"a file", "add")
    with pytest.raises(AccessDenied) as caught:
        dropbox_place(account).create()
    assert caught.value.message_id == "place-not-a-folder"


def test_a_deleted_folder_is_not_an_empty_copy(account: Account, place: DropboxBackend):
    place.save(SOME, b"some")
    assert list(place.list(Kind.PACK))
    account.folder.delete("/tradekeep")
    for fresh in (place, place, dropbox_place(account)):
        with pytest.raises(PlaceAway) as caught:
            list(fresh.list(Kind.PACK))
        assert caught.value.message_id == "dropbox-folder-gone"
    with pytest.raises(FileNotThere):
        place.load(SOME)


def test_a_deleted_folder_that_was_brought_back_is_whole(account: Account, place: DropboxBackend):
    place.save(SOME, b"some")
    assert list(place.list(Kind.PACK))
    account.folder.delete("/tradekeep")
    with pytest.raises(PlaceAway):
        list(place.list(Kind.PACK))
    account.folder.write(PATH, b"some", "add")
    assert list(place.list(Kind.PACK)) == [FileInfo(SOME, 4)]


# --- processes -----------------------------------------------------------------------------------


def test_a_place_goes_to_a_worker_by_pickle(place: DropboxBackend):
    place.save(SOME, b"some")
    copy = pickle.loads(pickle.dumps(place))
    assert copy.place == place.place
    assert copy.load(SOME) == b"some"


def test_a_forked_process_has_connections_of_its_own(account: Account, place: DropboxBackend):
    place.save(SOME, b"some")
    child = os.fork()
    if child == 0:
        ok = all(place.load(SOME) == b"some" for _ in range(20))
        os._exit(0 if ok else 1)
    assert all(place.load(SOME) == b"some" for _ in range(20))
    assert os.waitpid(child, 0)[1] == 0
    assert account.count("oauth2/token") == 1  # the child's own


def test_a_token_shows_itself_nowhere(account: Account, place: DropboxBackend):
    assert account.token not in repr(place) + str(vars(place))
    assert "***" in str(vars(place))


def test_a_name_is_checked_before_anything_is_sent(account: Account, place: DropboxBackend):
    with pytest.raises(ValueError):
        place.load(FileName(Kind.PACK, "../config"))
    with pytest.raises(ValueError):
        list(place.save_many([(FileName(Kind.PACK, "../config"), b""), (SOME, b"some")]))
    assert account.requests == []
