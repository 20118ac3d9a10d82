"""Listing a copy in Dropbox: once as a whole, then by its changes; how often Dropbox is asked."""

from __future__ import annotations

import pytest

from app.backends.contract import CONFIG, FileInfo, FileName, Kind, PlaceBroken
from app.backends.dropbox.backend import DropboxBackend
from app.backends.dropbox.listing import Listing
from app.backends.dropbox.model import Change, Page, State
from app.backends.dropbox.paths import Folder
from tests.backends.dropbox_place import MemoryCache, dropbox_place
from tests.backends.dropbox_server import Account, Fault, server
from tests.backends.places import file_of, numbered

SOME = file_of(b"some")
LISTS = "files/list_folder(/continue)?"


@pytest.fixture
def account() -> Account:
    """One with a repository of a hundred files."""
    made = server().account()
    place = dropbox_place(made)
    place.create()
    for file, content in [*numbered(80), *numbered(19, Kind.INDEX), (CONFIG, b"config")]:
        made.folder.write(f"/tradekeep/{path_below(file)}", content, "add")
    made.requests.clear()
    return made


def path_below(file: FileName) -> str:
    return Folder("").path_to(file)[1:]


def everything(place: DropboxBackend) -> set[FileInfo]:
    infos = [info for kind in Kind for info in place.list(kind)]
    assert len(infos) == len(set(infos))
    return set(infos)


def test_a_whole_listing_asks_once(account: Account):
    assert len(everything(dropbox_place(account))) == 100
    assert account.count(LISTS) == 2  # the locks are listed as of now
    assert account.count("oauth2/token") == 1


def test_nothing_new_costs_three_requests_with_a_warm_cache(account: Account):
    cache = MemoryCache()
    everything(dropbox_place(account, cache=cache))
    account.requests.clear()
    place = dropbox_place(account, cache=cache)
    kinds = [kind for kind in Kind if kind is not Kind.LOCK]
    assert sum(len(list(place.list(kind))) for kind in kinds) == 100
    assert [request.route for request in account.requests] == [
        "oauth2/token",
        "files/list_folder/continue",
    ]
    assert place.load(CONFIG) == b"config"
    assert len(account.requests) == 3
    assert cache.kept == 1, "nothing has changed, so there is nothing to keep"


def test_hashes_of_a_warm_cache_are_as_of_now(account: Account):
    cache = MemoryCache()
    everything(dropbox_place(account, cache=cache))
    account.requests.clear()
    account.folder.write(f"/tradekeep/{path_below(SOME)}", b"some", "add")
    held = list(dropbox_place(account, cache=cache).hashes())
    assert SOME in {each.file for each in held}
    assert len(held) == 101
    assert account.count() == 2


def test_who_lists_a_kind_again_sees_what_others_did_meanwhile(account: Account):
    place, other = dropbox_place(account), dropbox_place(account)
    before = set(place.list(Kind.PACK))
    other.save(SOME, b"some")
    assert set(place.list(Kind.PACK)) == before | {FileInfo(SOME, 4)}
    other.remove(SOME)
    assert set(place.list(Kind.PACK)) == before


def test_locks_are_never_listed_from_an_older_look(account: Account):
    place, other = dropbox_place(account), dropbox_place(account)
    lock = FileName(Kind.LOCK, SOME.name)
    list(place.list(Kind.PACK))
    other.save(lock, b"lock")
    assert list(place.list(Kind.LOCK)) == [FileInfo(lock, 4)]


def test_an_old_look_serves_nobody(account: Account):
    now = 0.0
    place, other = dropbox_place(account), dropbox_place(account)
    listing = Listing(place._client, Folder("/tradekeep"), cache=None, clock=lambda: now)
    assert len(listing.files(Kind.PACK)) == 80
    other.save(FileName(Kind.INDEX, SOME.name), b"some")
    assert len(listing.files(Kind.INDEX)) == 19
    list(listing.files(Kind.PACK))
    other.remove(FileName(Kind.INDEX, SOME.name))
    now += 30
    assert len(listing.files(Kind.INDEX)) == 19
    other.save(FileName(Kind.SNAPSHOT, SOME.name), b"some")
    now += 30
    assert len(listing.files(Kind.SNAPSHOT)) == 1


def test_what_was_just_written_is_listed(account: Account):
    place = dropbox_place(account)
    list(place.list(Kind.PACK))
    index = FileName(Kind.INDEX, SOME.name)
    place.save(index, b"index")
    assert FileInfo(index, 5) in set(place.list(Kind.INDEX))
    place.remove(index)
    assert FileInfo(index, 5) not in set(place.list(Kind.INDEX))
    named = list(place.save_many([(SOME, b"some"), (index, b"index")]))
    assert named == [SOME, index]
    assert FileInfo(SOME, 4) in set(place.list(Kind.PACK))


@pytest.mark.parametrize("page", [1, 7, 50, 101])
def test_a_listing_of_many_pages_is_whole(account: Account, page: int):
    account.folder.page = page
    assert len(everything(dropbox_place(account))) == 100


def test_a_listing_that_breaks_off_goes_on_where_it_was(account: Account):
    account.folder.page = 10
    place = dropbox_place(account)
    account.faults = [Fault("slow", LISTS, times=5, value=0), Fault(503, LISTS)]
    with pytest.raises(PlaceBroken):
        list(place.list(Kind.PACK))
    asked = account.count(LISTS)
    assert asked == 6
    assert len(list(place.list(Kind.PACK))) == 80
    assert account.count("files/list_folder") == 1
    assert account.count(LISTS) < 30


def test_a_cursor_that_dropbox_resets_means_a_new_listing(account: Account):
    cache = MemoryCache()
    place = dropbox_place(account, cache=cache)
    before = everything(place)
    for again in (place, dropbox_place(account, cache=cache)):
        account.folder.reset_cursors()
        account.folder.delete(f"/tradekeep/{path_below(numbered(1)[0][0])}")
        account.folder.write(f"/tradekeep/{path_below(numbered(1)[0][0])}", b"content 0", "add")
        assert everything(again) == before
    assert account.count("files/list_folder") == 3


@pytest.mark.parametrize(
    "data", [b"", b"nonsense", b"\x94\x01\xa0\xa0\x80", b"\x94\x02\xa0\xa0\x80"]
)
def test_a_damaged_cache_means_a_new_listing(account: Account, data: bytes):
    cache = MemoryCache()
    cache.data = data
    assert len(everything(dropbox_place(account, cache=cache))) == 100
    assert cache.data != data


def test_a_cache_of_another_account_means_a_new_listing(account: Account):
    cache = MemoryCache()
    other = server().account()
    dropbox_place(other).create()
    everything(dropbox_place(other, cache=cache))
    assert len(everything(dropbox_place(account, cache=cache))) == 100


def test_a_cache_of_another_folder_is_not_taken_for_this_one(account: Account):
    cache = MemoryCache()
    everything(dropbox_place(account, cache=cache))
    other = dropbox_place(account, folder="elsewhere", cache=cache)
    other.create()
    assert everything(other) == set()


def test_a_cache_whose_cursor_dropbox_does_not_understand_means_a_new_listing(account: Account):
    cache = MemoryCache()
    place = dropbox_place(account, cache=cache)
    everything(place)
    account.faults = [Fault(400, "files/list_folder/continue")]
    assert len(everything(dropbox_place(account, cache=cache))) == 100


class Told:
    """A lister that says what it was given."""

    def __init__(self, *changes: Change) -> None:
        self.pages = [Page(changes, "1", has_more=False)]

    def list_all(self, path: str) -> Page:
        return self.pages.pop(0)

    def list_on(self, path: str, cursor: str) -> Page:
        return self.pages.pop(0) if self.pages else Page([], cursor, has_more=False)


def test_a_folder_that_is_deleted_or_becomes_a_file_takes_its_files_along():
    """Dropbox names the folder only."""
    below = [
        Change(f"/a/{path_below(file)}", State.FILE, 9, "0" * 64)
        for file, _ in [*numbered(9), *numbered(9, Kind.INDEX), *numbered(9, Kind.KEY)]
    ]
    told = Told(Change("/a", State.FOLDER), *below)
    listing = Listing(lambda: told, Folder("/A"), cache=None)
    assert len(listing.everything()) == 27
    told.pages = [Page([Change("/a/index", State.DELETED)], "2", has_more=False)]
    assert {held.file.kind for held in listing.everything()} == {Kind.PACK, Kind.KEY}
    told.pages = [Page([Change("/a/data", State.FILE, 1, "1" * 64)], "3", has_more=False)]
    assert {held.file.kind for held in listing.everything()} == {Kind.KEY}
    told.pages = [Page([Change("/a/data2", State.DELETED)], "4", has_more=False)]
    assert len(listing.everything()) == 9
