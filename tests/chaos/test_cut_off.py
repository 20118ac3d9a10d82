"""The network ends at the first request of a mirror, at the second, at the third, …: in S3 and in
WebDAV.

Whatever was sent by then, what lies there is a valid repository: with the snapshot that was there
before, with more of them the later the cut is, and the next run finishes. A new place is a
repository from the last request on, and nothing before.

`python -m tests.chaos cuts` cuts at each request, by default it is every few.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from app.backends.contract import Backend, BackendError, FileName, Kind
from app.backends.layout import path_of
from app.monitor import Recorder
from app.repository.mirror import mirror
from tests.backends.interceptor import Half, Interceptor, Request, intercepting
from tests.backends.object_servers import S3Server, s3_server, webdav_server
from tests.chaos.support import assert_sound, restic
from tests.repository.support import FakeClock, cheap_repository, save_backup

pytestmark = [pytest.mark.chaos, pytest.mark.interop]

STEPS = {"s3": 6, "webdav": 32}
ALL = os.environ.get("TRADEKEEP_CHAOS_CUTS") == "all"
KINDS = (Kind.CONFIG, Kind.KEY, Kind.PACK, Kind.INDEX, Kind.SNAPSHOT)
_names = count()


class Source:
    """A repository with three snapshots, and the files that it had when there was one."""

    def __init__(self) -> None:
        self.repository = cheap_repository()
        self.before = dict[FileName, bytes]()
        for number in range(3):
            save_backup(self.repository, number, b"shared", b"of day %d " % number * 1_000)
            if not number:
                self.before = files_of(self.repository.backend)

    @property
    def files(self) -> dict[FileName, bytes]:
        return files_of(self.repository.backend)

    def send(self, place: Backend) -> None:
        mirror(self.repository, place, monitor=Recorder(), clocks=FakeClock().clocks)


@pytest.fixture(scope="module")
def source() -> Source:
    return Source()


class Wire:
    """A place as one sees it over a wire that may be cut, and by another one that may not."""

    def __init__(self, server: object, between: Interceptor, name: str) -> None:
        self.between = between
        if isinstance(server, S3Server):
            self.cut: Backend = server.open(name, endpoint=f"http://127.0.0.1:{between.port}")
            self.whole: Backend = server.open(name)
        else:
            self.cut = webdav_server().open(name, port=between.port)
            self.whole = webdav_server().open(name)

    @contextmanager
    def cut_after(self, requests: int) -> Iterator[None]:
        """So many get through; the next one is torn, and none that comes after it arrives."""
        left = iter(range(requests))

        def rule(_request: Request) -> Half | None:
            return Half() if next(left, None) is None else None

        self.between.rule = rule
        yield
        self.between.rule = lambda _request: None


@pytest.mark.parametrize("filled", [True, False] if ALL else [True])
@pytest.mark.parametrize("where", ["s3", "webdav"])
def test_a_mirror_that_is_cut_off_after_each_request(
    where: str, filled: bool, source: Source, tmp_path: Path
) -> None:
    server = s3_server() if where == "s3" else webdav_server()
    seen, step = [int(filled)], 1 if ALL else STEPS[where]
    with intercepting(server.port) as between:
        for cut in count(0, step):
            wire = Wire(server, between, f"cut-off-{os.getpid()}-{next(_names)}")
            wire.whole.create()
            for file, content in source.before.items() if filled else ():
                wire.whole.save(file, content)
            try:
                with wire.cut_after(cut):
                    source.send(wire.cut)
            except BackendError:
                seen.append(whole_snapshots(source, wire.whole))
                torn = wire.whole
                if ALL:
                    finishes(source, torn)
                continue
            break
    assert len(seen) > 3
    assert seen == sorted(seen)
    if filled and ALL:
        assert {1, 2} <= set(seen)
    if filled:
        stock_restic_finds_no_error(torn, tmp_path / "torn")
    finishes(source, torn)
    assert files_of(wire.whole) == source.files
    stock_restic_finds_no_error(torn, tmp_path / "whole")


def finishes(source: Source, place: Backend) -> None:
    """The next run brings what is missing, and nothing else is there then."""
    source.send(place)
    assert files_of(place) == source.files


def whole_snapshots(source: Source, place: Backend) -> int:
    """How many snapshots are there, each of which can be read as a whole."""
    there = {info.file for info in place.list(Kind.SNAPSHOT)}
    assert there <= source.files.keys()
    if not any(True for _ in place.list(Kind.CONFIG)):
        return 0  # nothing that looks like a repository
    assert_sound(place)
    return len(there)


def files_of(place: Backend) -> dict[FileName, bytes]:
    """All of it but locks."""
    return {info.file: place.load(info.file) for kind in KINDS for info in place.list(kind)}


def stock_restic_finds_no_error(place: Backend, folder: Path) -> None:
    for file, content in files_of(place).items():
        path = folder / path_of(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert "no errors were found" in restic(folder, "check", "--read-data")
