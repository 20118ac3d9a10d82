"""A machine with a bot that was broken after its backup, both states of it at hand."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.backends.local import LocalBackend
from app.monitor import Recorder, Step
from app.repository.backup_model import BackupReport
from app.repository.restore_plan import Piece, measure
from app.repository.restore_target import Overwrite
from app.repository.restorer import mark_of, restore_pieces
from app.repository.walk import lookup
from app.services import rollback, rollback_swap
from app.services.backup import BackupRequest, back_up_now
from app.services.history import Job
from app.services.home import Home
from app.services.rollback import RollbackRequest, look, roll_back
from app.services.run import Run
from app.services.sources import add_bot
from app.settings.settings import set_exclude
from tests.cli.rollback_support import NAME, break_it, make_bot, state_of
from tests.repository.support import cheap_repository, open_cheap
from tests.services.test_opening import NoDisplay


@dataclass
class World:
    """A machine with a bot that was broken after its backup, both states at hand."""

    root: Path
    home: Home
    good: str

    @property
    def bot(self) -> Path:
        return self.root / "bots" / NAME

    def reset(self) -> None:
        """The broken bot again; nothing of a rollback."""
        shutil.rmtree(self.bot.parent)
        shutil.copytree(self.root / "broken", self.bot.parent)

    def request(self, *, undo: bool = False) -> RollbackRequest:
        return RollbackRequest(bot=NAME, snapshot=None if undo else self.good, pull=False)

    def roll_back(self, *, undo: bool = False) -> dict[str, object]:
        run = Run(Job.ROLLBACK, [Step.SOURCES, Step.RESTORE], NoDisplay())
        repository = open_cheap(LocalBackend(self.root / "repository"))
        return roll_back(self.home, repository, self.request(undo=undo), run)

    def look(self) -> dict[str, object]:
        repository = open_cheap(LocalBackend(self.root / "repository"))
        return look(self.home, repository, self.request(), Recorder())

    def back_up(self, paths: tuple[Path, ...] = ()) -> tuple[BackupReport, Run]:
        run = Run(Job.BACKUP, [Step.SOURCES], NoDisplay())
        request = BackupRequest(paths=paths, copies=False, pull=False)
        repository = open_cheap(LocalBackend(self.root / "repository"))
        return back_up_now(self.home, repository, request, run).backup, run

    def held(self, report: BackupReport) -> dict[str, tuple[object, ...]]:
        """The bot as a snapshot has it, told as by `state_of`."""
        repository = open_cheap(LocalBackend(self.root / "repository"))
        repository.load_index(Recorder())
        node = lookup(repository, report.snapshot, os.fsencode(self.bot))
        target = self.root / "held"
        pieces = [Piece(b"", node)]
        amount = measure(repository, pieces, Recorder())
        how = (Overwrite.ALWAYS, mark_of(report.snapshot))
        restore_pieces(repository, pieces, amount, target, how, Recorder())
        return state_of(target / NAME)

    @property
    def is_left(self) -> bool:
        """Whether anything of a rollback is left."""
        notes = list((self.home.paths.data / "rollback").glob("*.json"))
        return bool(notes) or os.listdir(self.bot.parent) != [NAME]


def world_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Nobody is at work on this machine."""
    monkeypatch.setattr(rollback, "at_work", lambda *_, **__: [])
    monkeypatch.setattr(rollback_swap, "sync_all_of", lambda _folder: None)
    bot = make_bot(tmp_path / "bots" / NAME)
    home = Home.find({"TRADEKEEP_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)})
    add_bot(home, bot, name=NAME)
    set_exclude(home.paths.settings_file, NAME, ("user_data/data/",))
    place = LocalBackend(tmp_path / "repository")
    place.create()
    cheap_repository(place)
    run = Run(Job.BACKUP, [Step.SOURCES], NoDisplay())
    request = BackupRequest(paths=(bot,), exclude=("user_data/data/",), copies=False, pull=False)
    made = back_up_now(home.fresh(), open_cheap(place), request, run)
    shutil.copytree(tmp_path / "bots", tmp_path / "good")
    break_it(bot)
    shutil.copytree(tmp_path / "bots", tmp_path / "broken")
    return World(tmp_path, home.fresh(), made.backup.snapshot.id)
