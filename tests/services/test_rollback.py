"""A rollback killed at any step leaves the old bot or the new one, whole, and says how to go on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.backends.local import LocalBackend
from app.bots.at_work import AtWork, Sign
from app.bots.kinds import Kind
from app.errors import AppError, RepositoryLocked, WrongUsage
from app.monitor import Problem, Recorder, Step
from app.repository.pack import BlobKind
from app.repository.scan import Source
from app.repository.walk import lookup
from app.services import rollback, rollback_swap
from app.services.backup import BackupRequest, back_up_now
from app.services.history import Job
from app.services.home import Home
from app.services.only_one import only_one
from app.services.rollback import RollbackRequest, look, roll_back
from app.services.rollback_plan import Place
from app.services.rollback_swap import RollbackFailed, Swap
from app.services.run import Run
from app.services.sources import add_folder
from app.settings.model import FOLDER, CopySettings
from app.settings.settings import add_copy
from tests.cli.rollback_support import NAME, state_of, trades
from tests.repository.support import open_cheap
from tests.services.rollback_world import World, world_at
from tests.services.test_opening import NoDisplay

_STEPS = frozenset(
    {"os.rename", "os.mkdir", "os.rmdir", "os.link", "shutil.rmtree", "ctypes.dlsym"}
)
_RENAMES = frozenset({"os.rename", "shutil.rmtree"})  # what two steps differ in


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return world_at(tmp_path, monkeypatch)


def _killed_at(world: World, number: int, steps: frozenset[str] = _STEPS) -> bool:
    """Roll back in a child that is killed before its n-th step; False if it came to its end."""
    child = os.fork()
    if not child:
        left = [number]

        def step(event: str, arguments: tuple[object, ...]) -> None:
            if event not in steps or (event == "ctypes.dlsym" and "rename" not in str(arguments)):
                return
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        swap = Swap.begin

        def begin(self: Swap, snapshot: str, undo: str) -> object:
            sys.addaudithook(step)
            return swap(self, snapshot, undo)

        Swap.begin = begin  # type: ignore[method-assign,assignment]
        try:
            world.roll_back()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _points(world: World, steps: frozenset[str]) -> Iterator[int]:
    """Every step, from the note to its removal."""
    number = 1
    while True:
        world.reset()
        if not _killed_at(world, number, steps):
            return
        yield number
        number += 1


@pytest.mark.parametrize("one_step", [True, False])
def test_a_kill_at_any_step_leaves_the_old_bot_or_the_new_one_and_the_next_call_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch, one_step: bool
) -> None:
    if not one_step:
        monkeypatch.setattr(rollback_swap, "swap_names", lambda *_: False)
    good, broken = state_of(world.root / "good" / NAME), state_of(world.root / "broken" / NAME)
    met = set()
    for number in _points(world, _STEPS if one_step else _RENAMES):
        if one_step:
            assert state_of(world.bot) in (good, broken), number
        healed = world.look()["healed"]
        assert not world.is_left, number
        state = state_of(world.bot)
        assert state in (good, broken), number
        is_new = state == good
        assert trades(world.bot) == ([1, 2] if is_new else [1, 2, 99])
        if healed is None:  # all was done but to say so
            assert is_new or number <= 2  # the note itself was not there yet
            continue
        assert isinstance(healed, list)
        met.add(is_new)
        assert ("--undo" in healed[1]) is is_new, number
        assert (f"{world.good[:8]} --yes" in healed[1]) is not is_new, number
    assert met == {True, False}
    assert state_of(world.bot) == good


def test_what_is_rolled_back_after_a_kill_goes_on_by_itself(world: World) -> None:
    assert _killed_at(world, 6)
    report = world.roll_back()
    assert report["healed"]
    assert state_of(world.bot) == state_of(world.root / "good" / NAME)
    assert not world.is_left
    undo = report["undo"]
    repository = open_cheap(LocalBackend(world.root / "repository"))
    latest = RollbackRequest(bot=NAME, snapshot="latest")
    assert look(world.home, repository, latest, Recorder())["snapshot"] != undo
    world.roll_back(undo=True)
    assert state_of(world.bot) == state_of(world.root / "broken" / NAME)


@pytest.mark.parametrize(("step", "state"), [("ctypes.dlsym", "broken"), ("shutil.rmtree", "good")])
def test_a_rollback_that_a_power_cut_ended_is_healed_though_the_drive_has_another_number(
    world: World, step: str, state: str
) -> None:
    """LVM, btrfs and network drives get their device numbers as they come. It was called lost."""
    assert _killed_at(world, 1, frozenset({step}))
    (file,) = (world.home.paths.data / "rollback").glob("*.json")
    note = json.loads(file.read_bytes())
    for side in ("old", "new"):
        if note[side][1]:
            note[side][0] += 1
    file.write_text(json.dumps(note))
    assert world.look()["healed"]
    assert state_of(world.bot) == state_of(world.root / state / NAME)
    assert not world.is_left


def test_nothing_is_replaced_where_something_changed_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def carry(*arguments: object) -> int:
        (world.bot / "run.sh").write_text("changed")
        return 0

    monkeypatch.setattr(rollback, "carry_over", carry)
    with pytest.raises(RollbackFailed) as caught:
        world.roll_back()
    assert caught.value.message_id == "rollback-changed"
    assert not world.is_left
    assert (world.bot / "run.sh").read_text() == "changed"


def test_a_bot_that_began_meanwhile_is_not_replaced(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([[], [AtWork(Sign.PROCESS, "freqtrade", 7)]])
    monkeypatch.setattr(rollback, "at_work", lambda *_, **__: next(answers))
    with pytest.raises(RollbackFailed) as caught:
        world.roll_back()
    assert caught.value.message_id == "rollback-at-work"
    assert state_of(world.bot) == state_of(world.root / "broken" / NAME)
    assert not world.is_left


def test_nothing_goes_on_without_a_whole_snapshot_of_what_is_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = rollback.back_up_now

    def with_a_problem(home: Home, repository: object, request: object, run: Run) -> object:
        run.problem(Problem("file-unreadable", {"path": "x", "reason": "no"}))
        return inner(home, repository, request, run)  # type: ignore[arg-type]

    monkeypatch.setattr(rollback, "back_up_now", with_a_problem)
    with pytest.raises(RollbackFailed) as caught:
        world.roll_back()
    assert caught.value.message_id == "rollback-undo-incomplete"
    assert state_of(world.bot) == state_of(world.root / "broken" / NAME)


def test_a_folder_that_somebody_else_replaced_is_left_alone(world: World) -> None:
    assert _killed_at(world, 6)
    shutil.move(world.bot, world.root / "elsewhere")
    shutil.copytree(world.root / "good" / NAME, world.bot)
    with pytest.raises(RollbackFailed) as caught:
        world.look()
    assert caught.value.message_id == "rollback-lost"
    assert (world.root / "bots" / f".{NAME}.tradekeep-rollback").is_dir()


def test_a_folder_of_that_name_that_no_note_tells_of_is_never_cleared(world: World) -> None:
    """Another Tradekeep's rollback may hold the bot there. The second try cleared it."""
    strange = world.bot.with_name(f".{NAME}.tradekeep-rollback")
    (strange / "old" / NAME).mkdir(parents=True)
    for _ in range(2):
        with pytest.raises(RollbackFailed) as caught:
            world.roll_back()
        assert caught.value.message_id == "rollback-no-place"
        assert (strange / "old" / NAME).is_dir()
    assert state_of(world.bot) == state_of(world.root / "broken" / NAME)


def test_two_rollbacks_do_not_meet(world: World) -> None:
    with only_one(world.home, "rollback.lock", "rollback-busy"), pytest.raises(RepositoryLocked):
        world.look()


def test_a_bot_that_is_a_file_system_of_its_own_or_holds_the_repository_is_refused(
    world: World,
) -> None:
    shutil.copytree(world.root / "repository", world.bot / "repository")
    inner = open_cheap(LocalBackend(world.bot / "repository"))
    run = Run(Job.ROLLBACK, [], NoDisplay())
    with pytest.raises(AppError) as caught:
        roll_back(world.home, inner, world.request(), run)
    assert caught.value.message_id == "rollback-holds-place"


def test_a_copy_in_a_bots_folder_is_not_thrown_away_with_the_old_bot(world: World) -> None:
    """No backup enters a copy, so nothing of it would be in the snapshot that is made first."""
    folder = world.bot / "copy"
    folder.mkdir()
    (folder / "config").write_bytes(b"all there is of somebody's backups")
    add_copy(world.home.paths.settings_file, CopySettings("inside", FOLDER, str(folder), "ab" * 8))
    world.home = world.home.fresh()
    with pytest.raises(RollbackFailed) as caught:
        world.roll_back()
    assert caught.value.message_id == "rollback-holds-place"
    assert (folder / "config").exists()
    assert not world.is_left


def test_a_repository_behind_a_network_is_not_taken_for_a_folder_of_where_one_stands(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rolled back from within the bot's folder: `s3:https://…` is no path in it."""
    monkeypatch.chdir(world.bot)
    monkeypatch.setattr(LocalBackend, "is_local", property(lambda _self: False))
    monkeypatch.setattr(LocalBackend, "place", property(lambda _self: "s3:https://x.invalid/b"))
    world.roll_back()
    assert state_of(world.bot) == state_of(world.root / "good" / NAME)


@pytest.mark.parametrize("says", [None, False, True])
def test_a_bot_that_no_file_puts_on_paper_is_not_called_so(
    world: World, monkeypatch: pytest.MonkeyPatch, says: bool | None
) -> None:
    """It would be started in good faith, with real money."""
    monkeypatch.setattr(rollback.paper, "on_paper", lambda *_: says)
    run = Run(Job.ROLLBACK, [Step.SOURCES, Step.RESTORE], NoDisplay())
    request = RollbackRequest(bot=NAME, snapshot=world.good, on_paper=True, pull=False)
    repository = open_cheap(LocalBackend(world.root / "repository"))
    report = roll_back(world.home, repository, request, run)
    assert report["on_paper"] is (says is not None)
    told = [(each.message_id, each.params) for each in run.problems]
    assert told == ([("rollback-paper-failed", {"path": str(world.bot)})] if says is None else [])


def test_a_snapshot_that_cannot_be_restored_as_a_whole_leaves_the_bot_alone(world: World) -> None:
    place = LocalBackend(world.root / "repository")
    repository = open_cheap(place)
    repository.load_index(Recorder())
    (snapshot,) = repository.snapshots(Recorder())
    strategy = world.bot / "user_data" / "strategies" / "trend.py"
    blob = lookup(repository, snapshot, os.fsencode(strategy)).content[0]
    found = repository.index.find(BlobKind.DATA, blob)
    assert found is not None
    (pack,) = (world.root / "repository").rglob(found.pack.hex())
    pack.chmod(0o600)
    with pack.open("r+b") as file:
        file.seek(found.offset)
        file.write(bytes(found.length))
    with pytest.raises(RollbackFailed) as caught:
        world.roll_back()
    assert caught.value.message_id == "rollback-not-whole"
    assert state_of(world.bot) == state_of(world.root / "broken" / NAME)
    assert not world.is_left


def test_what_is_no_bot_and_what_the_snapshot_does_not_hold_is_refused(world: World) -> None:
    notes = world.root / "notes"
    notes.mkdir()
    add_folder(world.home, notes)
    home = world.home.fresh()
    repository = open_cheap(LocalBackend(world.root / "repository"))
    run = Run(Job.BACKUP, [Step.SOURCES], NoDisplay())
    other = back_up_now(home, repository, BackupRequest(paths=(notes,), copies=False), run)
    asked = {
        "rollback-no-bot": RollbackRequest(bot="notes", snapshot=world.good),
        "rollback-not-in-snapshot": RollbackRequest(bot=NAME, snapshot=other.backup.snapshot.id),
        "rollback-no-undo": RollbackRequest(bot=NAME, snapshot=None),
    }
    for wanted, request in asked.items():
        with pytest.raises(WrongUsage) as caught:
            look(home, repository, request, Recorder())
        assert caught.value.message_id == wanted


def test_a_journal_stays_or_goes_with_its_database_whatever_patterns_say(tmp_path: Path) -> None:
    """A journal that is left out by its name would be played into the restored database."""
    for name in ("mine.sqlite", "left.sqlite"):
        (tmp_path / name).write_bytes(b"SQLite format 3\0" + bytes(84))
        (tmp_path / f"{name}-wal").write_bytes(b"x")
    (tmp_path / "alone-wal").write_bytes(b"x")
    source = Source("bot", tmp_path, ("*-wal", "left.*"))
    place = Place(source, Kind(id="", name=""), None, None)  # type: ignore[arg-type]
    left = {each.name for each in tmp_path.iterdir() if place.is_left_out(each, False)}
    assert left == {"left.sqlite", "left.sqlite-wal", "alone-wal"}


def test_what_a_bot_wrote_into_the_journal_alone_is_a_difference(world: World) -> None:
    """500 commits in WAL mode leave the database's own size and time as they were."""
    shutil.rmtree(world.bot.parent)
    shutil.copytree(world.root / "good", world.bot.parent)
    assert world.look()["files"] == []
    journal = world.bot / "user_data" / "tradesv3.sqlite-wal"
    journal.write_bytes(b"x")
    (file,) = world.look()["files"]  # type: ignore[misc]
    assert (file["path"], file["what"]) == ("user_data/tradesv3.sqlite", "changes")
