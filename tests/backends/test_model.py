"""A folder behaves as the memory does, whatever is done in whichever order."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.backends.contract import CONFIG, Backend, BackendError, FileName, Kind
from app.backends.local import LocalBackend
from app.backends.memory import MemoryBackend
from app.backends.retrying import Patience
from tests.backends.places import NAMED, file_of, retrying
from tests.faults import FlakyBackend

CONTENTS = st.sampled_from([b"", b"a", b"bc", b"some content", bytes(5000)])
KINDS = st.sampled_from(NAMED)
FILES = st.one_of(st.just(CONFIG), st.builds(file_of, CONTENTS, KINDS))
SAVES = st.builds(
    lambda content, kind: (CONFIG if kind is Kind.CONFIG else file_of(content, kind), content),
    CONTENTS,
    st.sampled_from(Kind),
)


class FolderAndMemory(RuleBasedStateMachine):
    """Does everything to both and compares results, errors, and what is there."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.local: Backend = LocalBackend(self.folder / "repository")
        self.memory: Backend = MemoryBackend()

    @initialize()
    def create(self) -> None:
        self.local.create()

    def same(self, name: str, *arguments: object) -> None:
        assert _outcome(self.local, name, *arguments) == _outcome(self.memory, name, *arguments)

    @rule(save=SAVES)
    def save(self, save: tuple[FileName, bytes]) -> None:
        self.same("save", *save)

    @rule(saves=st.lists(SAVES, max_size=9))
    def save_many(self, saves: list[tuple[FileName, bytes]]) -> None:
        assert list(self.local.save_many(iter(saves))) == list(self.memory.save_many(saves))

    @rule(saves=st.lists(SAVES, max_size=5), seed=st.integers(0, 1000))
    def save_many_with_failures(self, saves: list[tuple[FileName, bytes]], seed: int) -> None:
        unique = list(dict(saves).items())
        flaky = retrying(FlakyBackend.seeded(self.local, seed), Patience(tries=99))
        assert list(flaky.save_many(iter(unique))) == list(self.memory.save_many(unique))

    @rule(file=FILES)
    def remove(self, file: FileName) -> None:
        self.same("remove", file)

    @rule(file=FILES, offset=st.integers(0, 6000), length=st.none() | st.integers(0, 6000))
    def load(self, file: FileName, offset: int, length: int | None) -> None:
        self.same("load", file, offset, length)

    @rule(file=FILES)
    def size(self, file: FileName) -> None:
        self.same("size", file)

    @rule(kind=KINDS)
    def lose_a_folder_that_is_empty(self, kind: Kind) -> None:
        for folder in (self.folder / "repository" / kind.value).glob("??"):
            if not any(folder.iterdir()):
                folder.rmdir()
                return

    @invariant()
    def the_same_files_are_listed(self) -> None:
        for kind in Kind:
            local, memory = (list(each.list(kind)) for each in (self.local, self.memory))
            assert sorted(local, key=str) == sorted(memory, key=str)

    def teardown(self) -> None:
        shutil.rmtree(self.folder)


def _outcome(backend: Backend, name: str, *arguments: object) -> object:
    try:
        return getattr(backend, name)(*arguments)
    except BackendError as error:
        return type(error), error.message_id, error.params["file"]


TestFolderAndMemory = FolderAndMemory.TestCase
TestFolderAndMemory.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
