"""Restoring, question by question: place, recovery key, snapshot, what, where to; then the deed.

On a computer on which nothing is set up it also offers everything: then this one takes the place of
the lost one (`tradekeep recover`), with each folder's new place looked at first, and what only a
person can give asked for afterwards, one by one.

Invariants:

* Nothing is written before the last step.
* `choice` and `rules` are pure; `session` holds the answers and asks the one reading child of the
  place; pages draw. The recovery key is a `Secret` in the session and goes only to children.
* What is in the way is never lost: the command runs with `--overwrite set-aside`, and the preview
  names what each file will be called.
"""

from __future__ import annotations

from app.messages import _
from app.ui.look import Look
from app.ui.shown import RestoreAsked
from app.ui.wizards.answers import AnswerFile, Kept
from app.ui.wizards.frame import Wizard
from app.ui.wizards.restore.after import AfterPage
from app.ui.wizards.restore.backup import BackupPage, Choose
from app.ui.wizards.restore.choice import Ticks
from app.ui.wizards.restore.deed import DeedPage
from app.ui.wizards.restore.key import ChooseFile, KeyPage, choose_file
from app.ui.wizards.restore.places import PlacesPage
from app.ui.wizards.restore.rules import path_of
from app.ui.wizards.restore.scope import ScopePage
from app.ui.wizards.restore.session import Session
from app.ui.wizards.restore.snapshot import SnapshotPage
from app.ui.wizards.restore.take_over import TakeOverPage
from app.ui.wizards.restore.what import WhatPage
from app.ui.wizards.restore.where import WherePage


class Begun(AnswerFile):
    """Answers that a page of the window gave: the wizard begins at the fifth question, and keeps
    nothing on the disk."""

    def load(self) -> Kept:
        return Kept(page=WherePage.name)

    def save(self, kept: Kept) -> None:
        """They were another page's choice."""

    def forget(self) -> None:
        """Nothing was kept."""


def restore_wizard(
    look: Look,
    session: Session,
    answers: AnswerFile,
    *,
    choose: Choose,
    choose_file: ChooseFile = choose_file,
) -> Wizard:
    """The wizard; `choose` asks for a folder, `choose_file` for a file."""
    take_over = TakeOverPage(session)
    pages = (
        BackupPage(session, choose),
        KeyPage(session, choose_file),
        SnapshotPage(session),
        ScopePage(session),
        WhatPage(session),
        WherePage(session, choose),
        DeedPage(session),
        PlacesPage(session),
        take_over,
        AfterPage(session),
    )
    made = Wizard(
        look, _("Restore"), pages, answers, info=_("Nothing is written until you say so.")
    )
    take_over.begun.connect(made.keep)
    return made


def begin_with(session: Session, asked: RestoreAsked) -> bool:
    """Answer what was chosen on another page; False if its snapshot is not there."""
    found = [row for row in session.answers.snapshots if row.id == asked.snapshot]
    if not found:
        return False
    session.answers.snapshot = found[0]
    if asked.paths:
        session.answers.ticks = Ticks.only([path_of(path) for path in asked.paths])
    session.answers.in_place = True
    return True
