"""A WebDAV folder as a place: what stands there while a file is sent, and after the server died."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.backends.contract import (
    CONFIG,
    AccessDenied,
    Backend,
    FileInfo,
    FileName,
    FileNotThere,
    Kind,
    PlaceAway,
    PlaceBroken,
)
from app.backends.layout import is_leftover
from app.secret import Secret
from tests.backends.interceptor import Answer, Half, Interceptor, Request, intercepting
from tests.backends.object_servers import WebdavServer, end, webdav_at, webdav_server
from tests.backends.places import file_of, retrying

SOME = file_of(b"some")


@pytest.fixture
def server() -> WebdavServer:
    return webdav_server()


@pytest.fixture
def between(server: WebdavServer) -> Iterator[Interceptor]:
    with intercepting(server.port) as interceptor:
        yield interceptor


@pytest.fixture
def name(tmp_path: Path) -> str:
    return f"{tmp_path.name}-{time.monotonic_ns()}"


@pytest.fixture
def place(server: WebdavServer, between: Interceptor, name: str) -> Backend:
    made = server.open(name, port=between.port)
    made.create()
    between.requests.clear()
    return made


def methods(between: Interceptor) -> list[str]:
    return [request.method for request in between.requests]


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def test_a_wrong_password_is_told_as_one(server: WebdavServer, name: str) -> None:
    place = server.open(name, password=Secret("mistyped"))
    for work in (
        place.create,
        lambda: place.save(SOME, b"some"),
        lambda: list(place.list(Kind.KEY)),
    ):
        with pytest.raises(AccessDenied) as caught:
            work()
        assert caught.value.message_id == "place-key-refused"
        assert "mistyped" not in str(caught.value) + repr(caught.value.__cause__)


def test_a_file_is_moved_to_its_name_only_when_all_of_it_is_there(
    place: Backend, between: Interceptor, server: WebdavServer, name: str
) -> None:
    place.save(SOME, b"some")
    sent = [request.path for request in between.requests if request.method == "PUT"]
    assert all(is_leftover(path.rpartition("/")[2]) for path in sent)
    assert methods(between)[-5:] == ["PUT", *["PROPFIND"] * 3, "MOVE"]
    assert files(server.folder / name) == [SOME.name]
    assert not place.checks_writes


def test_a_file_that_is_there_is_not_sent_again_but_to_replace_it(
    place: Backend, between: Interceptor
) -> None:
    place.save(SOME, b"some")
    between.requests.clear()
    place.save(SOME, b"some")
    assert methods(between) == ["PROPFIND"]
    place.replace(SOME, b"some")
    assert "MOVE" in methods(between)


def test_a_server_that_keeps_half_and_says_all_is_found_out(
    place: Backend, between: Interceptor, server: WebdavServer, name: str
) -> None:
    between.rule = lambda request: Half(whole=True) if request.method == "PUT" else None
    with pytest.raises(PlaceBroken) as caught:
        place.save(SOME, b"some")
    assert "2 of 4 bytes" in caught.value.params["reason"]
    assert list(place.list(Kind.PACK)) == []
    assert files(server.folder / name) == []


def test_a_refused_removal_says_so(place: Backend, between: Interceptor) -> None:
    place.save(SOME, b"some")
    between.rule = lambda request: Answer(403) if request.method == "DELETE" else None
    with pytest.raises(AccessDenied) as caught:
        place.remove(SOME)
    assert caught.value.message_id == "place-keeps"
    assert place.load(SOME) == b"some"


def test_a_server_without_room_is_full(place: Backend, between: Interceptor) -> None:
    between.rule = lambda request: Answer(507) if request.method == "PUT" else None
    with pytest.raises(Exception) as caught:
        place.save(SOME, b"some")
    assert caught.value.message_id == "place-full"  # type: ignore[attr-defined]


def test_several_files_for_a_folder_that_must_be_made_do_not_lock_each_other_out(
    place: Backend, between: Interceptor
) -> None:
    """A server that is making a folder refuses to make it again, as locked."""
    between.delay = 0.02
    files = [(FileName(Kind.PACK, f"{number:064x}"), b"%d" % number) for number in range(7)]
    assert list(place.save_many(files)) == [file for file, _ in files]
    assert methods(between).count("MKCOL") == 1


# --- the server dies -------------------------------------------------------------------------


def test_a_server_killed_while_a_file_is_sent_shows_no_half_of_it(tmp_path: Path) -> None:
    first = webdav_at(tmp_path)
    content = os.urandom(4 << 20)
    file = file_of(content)
    with intercepting(first.port) as between:
        place = first.open("place", port=between.port)
        place.create()
        place.save(SOME, b"some")

        def kill(request: Request) -> Half | None:
            if request.method != "PUT":
                return None
            return Half()

        between.rule = kill
        begun = time.time()
        with pytest.raises(PlaceBroken):
            place.save(file, content)
        end(first.process)
        with pytest.raises((PlaceAway, PlaceBroken)):
            place.load(SOME)
    again = webdav_at(tmp_path)
    try:
        place = again.open("place")
        assert list(place.list(Kind.PACK)) == [FileInfo(SOME, 4)]
        with pytest.raises(FileNotThere):
            place.load(file)
        place.save(file, content)
        assert place.load(file) == content
        place.clear_dead(begun + 3600)
        assert sorted(files(tmp_path)) == sorted([SOME.name, file.name])
    finally:
        end(again.process)


def test_a_server_that_is_gone_is_a_place_that_is_not_there(tmp_path: Path) -> None:
    server = webdav_at(tmp_path)
    place = retrying(server.open("place"))  # the first request may find its connection reset
    place.create()
    end(server.process)
    for work in (
        lambda: list(place.list(Kind.PACK)),
        lambda: place.load(SOME),
        lambda: place.save(SOME, b"some"),
        lambda: place.remove(SOME),
    ):
        with pytest.raises(PlaceAway):
            work()


# --- folders ---------------------------------------------------------------------------------


def test_a_folder_that_the_server_has_lost_is_not_an_empty_place(tmp_path: Path) -> None:
    """Its drive or share is away: neither a listing nor a file may pretend that it is there."""
    server = webdav_at(tmp_path, 0, "--dir-cache-time", "0")
    try:
        place = server.open("place")
        place.create()
        place.save(SOME, b"some")
        (tmp_path / "place").rename(tmp_path.with_name("unplugged"))
        for work in (
            lambda: list(place.list(Kind.PACK)),
            lambda: list(place.list(Kind.CONFIG)),
            lambda: place.load(SOME),
            lambda: place.size(SOME),
            lambda: place.remove(SOME),
            lambda: place.save(SOME, b"some"),
            lambda: place.save(CONFIG, b"config"),
        ):
            with pytest.raises(PlaceAway):
                work()
        assert list(tmp_path.iterdir()) == []
        tmp_path.with_name("unplugged").rename(tmp_path / "place")
        assert place.load(SOME) == b"some"
    finally:
        end(server.process)


def test_what_was_left_half_written_is_cleared_once_it_is_old(
    place: Backend, server: WebdavServer, name: str
) -> None:
    place.save(SOME, b"some")
    folder = server.folder / name
    now = time.time()
    ages = {"data/00": 0, "index": 0, "locks": 0, "keys": 86_500, ".": 86_500}
    for where, age in ages.items():
        stem = "config" if where == "." else "f" * 64
        half = folder / where / f"{stem}-tmp-{age}"
        half.parent.mkdir(exist_ok=True)
        half.write_bytes(b"half")
        os.utime(half, (now - age, now - age))
    fresh = webdav_at(server.folder)  # one that has not looked at these folders before
    try:
        looking = fresh.open(name)
        assert list(looking.list(Kind.INDEX)) == []
        assert looking.clear_dead(now - 10) == 2
        assert looking.clear_dead(now + 60) == 2
    finally:
        end(fresh.process)
    assert sorted(files(folder)) == sorted([SOME.name, "f" * 64 + "-tmp-0"])  # may be a lock's


def test_packs_are_listed_folder_by_folder_without_unlimited_depth(
    place: Backend, between: Interceptor
) -> None:
    """Many servers refuse `Depth: infinity`."""
    place.save(SOME, b"some")
    between.requests.clear()
    assert list(place.list(Kind.PACK)) == [FileInfo(SOME, 4)]
    assert [request.headers["depth"] for request in between.requests] == ["1", "1"]
