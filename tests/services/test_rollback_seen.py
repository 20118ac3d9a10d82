"""A backup that reads a bot while a rollback replaces it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.errors import RepositoryLocked
from app.repository.scan import Listing, Rules, Scanner
from app.services import rollback_seen, rollback_swap
from tests.cli.rollback_support import NAME, state_of
from tests.services.rollback_world import World, world_at


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return world_at(tmp_path, monkeypatch)


@dataclass
class _MeanwhileTo:
    """What happens when a backup comes to a folder: at the first time, or each time."""

    folder: Path
    do: Callable[[], object]
    times: int
    at_work: bool = False

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        inner = Scanner.listing

        def listing(folder: bytes, rules: Rules | None) -> Listing:
            if folder == os.fsencode(self.folder) and not self.at_work and self.times:
                self.at_work = True  # what happens makes a backup, too
                self.times -= 1
                self.do()
                self.at_work = False
            return inner(folder, rules)

        monkeypatch.setattr(Scanner, "listing", staticmethod(listing))


@pytest.mark.parametrize(
    ("folder", "from_settings"),
    [("", True), ("user_data", False), ("user_data/strategies", True)],
)
def test_a_backup_that_reads_a_bot_while_it_is_rolled_back_does_not_mix_old_and_new(
    world: World, monkeypatch: pytest.MonkeyPatch, folder: str, from_settings: bool
) -> None:
    meanwhile = _MeanwhileTo(world.bot / folder, world.roll_back, 1)
    meanwhile.install(monkeypatch)
    paths = () if from_settings else (world.bot.parent,)
    report, run = world.back_up(paths)
    assert not meanwhile.times
    assert _taken(world.held(report)) == _taken(state_of(world.root / "good" / NAME))
    assert run.problems == []


def _taken(state: dict[str, tuple[object, ...]]) -> dict[str, tuple[object, ...]]:
    """Without what the source leaves out."""
    return {path: told for path, told in state.items() if not path.startswith("user_data/data")}


def test_files_that_went_with_the_old_bot_are_no_problem_of_the_backup(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (world.bot / "user_data" / "new.txt").write_text("of the old bot alone")
    meanwhile = _MeanwhileTo(world.bot / "user_data/strategies", world.roll_back, 1)
    meanwhile.install(monkeypatch)
    report, run = world.back_up()
    assert _taken(world.held(report)) == _taken(state_of(world.root / "good" / NAME))
    assert run.problems == []


def test_a_bot_that_is_rolled_back_at_each_try_of_a_backup_is_told_of(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    undo = iter([False, True])
    _MeanwhileTo(world.bot, lambda: world.roll_back(undo=next(undo)), 2).install(monkeypatch)
    _, run = world.back_up()
    told = [(each.message_id, each.params) for each in run.problems]
    assert told == [("source-rolled-back", {"path": str(world.bot)})]


def test_a_backup_of_other_folders_is_not_begun_again_by_a_rollback(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = world.root / "notes"
    notes.mkdir()
    (notes / "a").write_text("a")
    meanwhile = _MeanwhileTo(notes, world.roll_back, 2)
    meanwhile.install(monkeypatch)
    world.back_up((notes,))
    assert meanwhile.times == 1


def test_a_backup_does_not_begin_between_the_mark_of_a_rollback_and_its_step(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would find the mark of after it and the folder of before it."""
    monkeypatch.setattr(rollback_seen, "_WAIT", 0.0)

    def swap_names(_one: Path, _other: Path) -> bool:
        with pytest.raises(RepositoryLocked):
            world.back_up()
        raise KeyboardInterrupt

    monkeypatch.setattr(rollback_swap, "swap_names", swap_names)
    with pytest.raises(KeyboardInterrupt):
        world.roll_back()
    _, run = world.back_up()
    assert run.problems == []
