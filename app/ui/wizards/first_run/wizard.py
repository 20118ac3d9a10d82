"""The pages of the first run, in their order."""

from __future__ import annotations

from app.messages import _
from app.ui.kit_out import KitOut
from app.ui.look import Look
from app.ui.wizards.answers import AnswerFile
from app.ui.wizards.first_run.backup import BackupPage
from app.ui.wizards.first_run.exchanges import ExchangesPage
from app.ui.wizards.first_run.kit import KitPage
from app.ui.wizards.first_run.protect import ProtectPage, choose_folder
from app.ui.wizards.first_run.session import Session
from app.ui.wizards.first_run.when import WhenPage
from app.ui.wizards.first_run.where import WherePage
from app.ui.wizards.frame import Wizard


def first_run_wizard(look: Look, session: Session, answers: AnswerFile) -> Wizard:
    """The wizard, where it was left."""
    out = KitOut(look.base, session.home)
    pages = (
        ProtectPage(session, choose_folder),
        ExchangesPage(session),
        WherePage(session, choose_folder),
        WhenPage(session),
        KitPage(session, out),
        BackupPage(session),
    )
    info = _("You can leave at any time. What you have answered is kept.")
    return Wizard(look, _("Set up Tradekeep"), pages, answers, info=info)


def kit_wizard(look: Look, session: Session, answers: AnswerFile) -> Wizard:
    """The recovery kit by itself, long after set-up."""
    page = KitPage(session, KitOut(look.base, session.home), renew=True)
    info = _("Leaving changes nothing, unless another key was made.")
    return Wizard(look, _("Recovery kit"), (page,), answers, info=info)
