"""Setting up: what to protect, where it goes, when, the recovery kit, the first backup.

Invariants:

* Every answer is carried out by a command that a person could type, as soon as its page is left;
  what is so already is not done again, so every page may be taken up again after any ending.
* The recovery key comes through a pipe, is held by `session` alone, and is gone when it is proved.
"""

from __future__ import annotations

from app.messages import _
from app.ui.kit_out import KitOut
from app.ui.look import Look
from app.ui.wizards.answers import AnswerFile
from app.ui.wizards.first_run.backup import BackupPage
from app.ui.wizards.first_run.exchanges import ExchangesPage
from app.ui.wizards.first_run.kit import KitPage
from app.ui.wizards.first_run.protect import Choose, ProtectPage
from app.ui.wizards.first_run.session import Session
from app.ui.wizards.first_run.when import WhenPage
from app.ui.wizards.first_run.where import WherePage
from app.ui.wizards.frame import Wizard


def first_run_wizard(
    look: Look, session: Session, answers: AnswerFile, *, choose: Choose, out: KitOut
) -> Wizard:
    """The wizard; `choose` asks for a folder, `out` hands the kit over."""
    pages = (
        ProtectPage(session, choose),
        ExchangesPage(session),
        WherePage(session, choose),
        WhenPage(session),
        KitPage(session, out),
        BackupPage(session),
    )
    info = _("You can leave at any time. What you have answered is kept.")
    return Wizard(look, _("Set up Tradekeep"), pages, answers, info=info)
