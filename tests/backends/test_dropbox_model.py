"""A place in Dropbox behaves as the memory does, whatever is done in whichever order, by us and by
another machine; and its listing is the same for all who look, whenever they looked last."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from app.backends.contract import FileInfo, FileName, Kind
from app.backends.dropbox import listing
from app.backends.dropbox.backend import DropboxBackend
from tests.backends.dropbox_place import MemoryCache, dropbox_place
from tests.backends.dropbox_server import server
from tests.backends.test_model import FILES, SAVES, FolderAndMemory


class DropboxAndMemory(FolderAndMemory):
    """As with a folder; `other` is a machine that does some of it, `late` one that looks seldom."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(listing, "_FRESH", 0.0)  # else what others did shows a little later
        self.account = server().account()
        self.cache = MemoryCache()
        self.local = dropbox_place(self.account)
        self.other = dropbox_place(self.account)
        self.late = dropbox_place(self.account)

    @initialize(page=st.sampled_from([1, 3, 2000]))
    def of_pages(self, page: int) -> None:
        self.account.folder.page = page

    @rule(save=SAVES)
    def another_machine_saves(self, save: tuple[FileName, bytes]) -> None:
        self.other.save(*save)
        self.memory.save(*save)

    @rule(file=FILES)
    def another_machine_removes(self, file: FileName) -> None:
        if file in set(_listed(self.other)):
            self.other.remove(file)
            self.memory.remove(file)

    @rule()
    def cursors_are_reset(self) -> None:
        self.account.folder.reset_cursors()

    @rule()
    def the_late_one_looks(self) -> None:
        self.compare(self.late)

    @invariant()
    def one_with_a_cache_sees_the_same(self) -> None:
        self.compare(dropbox_place(self.account, cache=self.cache))

    def compare(self, place: DropboxBackend) -> None:
        expected = {info for kind in Kind for info in self.memory.list(kind)}
        assert {FileInfo(held.file, held.size) for held in place.hashes()} == expected

    def teardown(self) -> None:
        super().teardown()
        self.patch.undo()


def _listed(place: DropboxBackend) -> list[FileName]:
    return [held.file for held in place.hashes()]


TestDropboxAndMemory = DropboxAndMemory.TestCase
TestDropboxAndMemory.settings = settings(max_examples=12, stateful_step_count=12, deadline=None)
