"""When the window shows the restore wizard, and with which answers it begins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QObject

from app.settings.paths import Paths
from app.ui.controller import Controller
from app.ui.protocol import Told
from app.ui.shown import Intent, RestoreAsked
from app.ui.window import MainWindow
from app.ui.wizards.answers import AnswerFile
from app.ui.wizards.first_run.protect import choose_folder
from app.ui.wizards.restore import Begun, begin_with, restore_wizard
from app.ui.wizards.restore.rules import known_places
from app.ui.wizards.restore.session import Session
from app.ui.wizards.restore.take_over import TakeOverPage


class Restoring(QObject):
    """See the module."""

    def __init__(
        self, window: MainWindow, controller: Controller, environment: Mapping[str, str]
    ) -> None:
        super().__init__(window)
        self._window, self._controller = window, controller
        self._answers = AnswerFile(Paths.find(environment).wizards / "restore.json")
        self._session: Session | None = None
        window.wanted.connect(self._wanted)

    def _wanted(self, wanted: object) -> None:
        if wanted is Intent.RESTORE:
            self._show(Session(self._controller, self), self._answers)
        elif isinstance(wanted, RestoreAsked):
            self._begin(wanted)

    def _begin(self, asked: RestoreAsked) -> None:
        """The place and its snapshots first: only then the wizard knows what was chosen."""
        session = Session(self._controller, self)
        places = known_places(self._controller.situation.status, session.home)
        if not places:
            return
        session.choose(places[0])

        def opened(error: Told | None) -> None:
            begun = error is None and begin_with(session, asked)
            self._show(session, Begun(Path()) if begun else self._answers)

        session.open(opened)

    def _show(self, session: Session, answers: AnswerFile) -> None:
        wizard = restore_wizard(self._window.look, session, answers, choose=choose_folder)
        wizard.topic = "restore"
        for signal in (wizard.finished, wizard.closed):
            signal.connect(lambda: self._over(session))
        self._window.show_wizard(wizard)

    @staticmethod
    def was_begun(environment: Mapping[str, str]) -> bool:
        """Whether this computer was taking the place of a lost one when the window was closed."""
        kept = AnswerFile(Paths.find(environment).wizards / "restore.json").load()
        return kept.answers.get(TakeOverPage.name, {}).get("begun") is True

    def _over(self, session: Session) -> None:
        session.close()
        session.deleteLater()
        self._window.end_wizard()
