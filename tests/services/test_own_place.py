"""A place behind a network that is to hold a repository: looked at and tried before one is made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.backends.contract import CONFIG, AccessDenied, Backend, FileName, Kind
from app.backends.layout import is_of_others, leftover_of
from app.errors import WrongUsage
from app.services.own_place import prepare, try_out
from tests.backends.dropbox_place import dropbox_place
from tests.backends.dropbox_server import server as dropbox_server
from tests.backends.object_servers import s3_server, webdav_server
from tests.backends.places import file_of, retrying

SOME = file_of(b"some")
Open = Callable[[str], Backend]


def dropbox() -> Open:
    account = dropbox_server().account()
    return lambda folder: dropbox_place(account, folder=folder)


OPEN: dict[str, Callable[[], Open]] = {
    "s3": lambda: s3_server().open,
    "webdav": lambda: webdav_server().open,
    "dropbox": dropbox,
}


@pytest.fixture(params=OPEN)
def open_at(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Places by their folders, which nobody has used before; tried again where they stumble."""
    opened = OPEN[request.param]()
    return lambda folder: retrying(opened(f"{tmp_path.name}/{folder}"))


def test_an_empty_place_is_made_tried_and_empty_again(open_at: Open) -> None:
    for _ in range(2):
        prepare(open_at("own"))
    assert not any(list(open_at("own").list(kind)) for kind in Kind)


def test_a_place_with_a_repository_says_so_and_is_as_it_was(open_at: Open) -> None:
    open_at("own").create()
    open_at("own").save(CONFIG, b"config")
    with pytest.raises(WrongUsage) as there:
        prepare(open_at("own"))
    assert there.value.message_id == "repository-exists"


def test_a_place_with_something_else_in_it_is_refused(open_at: Open) -> None:
    other = open_at("own/photos")
    other.create()
    other.save(SOME, b"some")
    with pytest.raises(WrongUsage) as taken:
        prepare(open_at("own"))
    assert taken.value.message_id == "folder-not-empty"
    assert not list(open_at("own").list(Kind.LOCK))
    prepare(open_at("own/photos/new"))


def test_what_systems_hide_and_what_a_killed_upload_left_is_nothing_else() -> None:
    ours = ("config", "keys", "data", ".DS_Store", leftover_of("config"))
    assert not any(map(is_of_others, ours))
    assert all(map(is_of_others, ("photos", "Config", "config.bak", "data2")))


def test_a_key_that_may_not_remove_is_refused_and_leaves_nothing_that_counts(
    tmp_path: Path,
) -> None:
    s3 = s3_server()
    key, secret = s3.key_with("s3:Get*", "s3:Put*", "s3:List*")
    place = s3.open(f"{tmp_path.name}/keeps", access_key=key, secret_key=secret)
    with s3.strict(), pytest.raises(AccessDenied) as kept:
        try_out(place)
    assert kept.value.message_id == "repository-place-keeps"
    (left,) = s3.open(f"{tmp_path.name}/keeps").list(Kind.LOCK)
    assert left.size == 0  # an empty lock counts as none


def test_a_trial_beside_other_machines_leaves_their_locks(open_at: Open) -> None:
    place, lock = open_at("own"), FileName(Kind.LOCK, "ab" * 32)
    place.create()
    place.save(lock, b"theirs")
    try_out(place)
    assert [info.file for info in place.list(Kind.LOCK)] == [lock]
