"""The tree that a mounted folder shows, without mounting it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from app.monitor import Recorder
from app.repository.reader import Reader
from app.services.mounted import View
from tests.repository.support import FakeClock, cheap_repository, open_cheap, save_backup
from tests.repository.test_differ import Desk


def test_snapshots_of_one_second_have_names_of_their_own() -> None:
    repository = cheap_repository()
    view = View(Reader(open_cheap(repository.backend), Recorder()), Recorder())
    top = view.find(b"/")
    assert top is not None
    assert list(view.names(top)) == [b"ids", b"snapshots"]
    assert view.find(b"/latest") is None
    saved = [save_backup(repository, 1, content) for content in (b"a", b"b")]
    saved += [save_backup(repository, 2, b"c")]
    view = View(Reader(open_cheap(repository.backend), Recorder()), Recorder())
    folder = view.find(b"/snapshots")
    assert folder is not None
    assert list(view.names(folder)) == [
        b"2026-01-02T00:00:00Z", b"2026-01-02T00:00:00Z-2", b"2026-01-03T00:00:00Z",
    ]  # fmt: skip
    latest = view.find(b"/latest")
    assert latest is not None
    assert latest.target == b"snapshots/2026-01-03T00:00:00Z"
    ids = view.find(b"/ids")
    assert ids is not None
    assert set(view.names(ids)) == {each.id[:8].encode() for each in saved}
    for path in (b"/x", b"/ids/x", b"/snapshots/x", b"/latest/x"):
        assert view.find(path) is None


def test_new_snapshots_are_looked_for_now_and_then() -> None:
    repository = cheap_repository()
    save_backup(repository, 1, b"a")
    clock = FakeClock()
    reader = Reader(open_cheap(repository.backend), Recorder())

    def now() -> float:
        return clock.time.timestamp()

    view = View(reader, Recorder(), clock=now)

    def count() -> int:
        folder = view.find(b"/ids")
        assert folder is not None
        return len(list(view.names(folder)))

    assert count() == 1
    save_backup(repository, 2, b"b")
    assert count() == 1
    clock.pass_by(seconds=3)
    assert count() == 2


def test_one_snapshot_alone_is_at_the_top(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (desk.source / "file").write_bytes(b"12345")
    (desk.source / "link").symlink_to("file")
    snapshot = desk.back_up()
    view = View(Reader(desk.repository, Recorder()), Recorder(), snapshot)
    file = view.find(os.fsencode(desk.source / "file"))
    assert file is not None
    assert (stat.S_ISREG(file.mode), file.size) == (True, 5)
    link = view.find(os.fsencode(desk.source / "link"))
    assert link is not None
    assert (stat.S_ISLNK(link.mode), link.target, link.size) == (True, b"file", 4)
    folder = view.find(os.fsencode(desk.source))
    assert folder is not None
    assert sorted(view.names(folder)) == [b"file", b"link"]
    assert view.find(os.fsencode(desk.source / "file" / "below")) is None


@pytest.mark.parametrize("path", [b"/..", b"/../etc", b"/.", b"//"])
def test_no_path_leads_out(tmp_path: Path, path: bytes) -> None:
    desk = Desk(tmp_path)
    view = View(Reader(desk.repository, Recorder()), Recorder(), desk.back_up())
    entry = view.find(path)
    assert entry is None or entry.node is None
