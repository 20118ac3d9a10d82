"""When the window shows the start or the first-run wizard, and what becomes of a choice there.

While nothing is set up, the start fills the window; a wizard that was left is taken up again where
it was left. Closing either shows the pages, whose one action leads back here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, Qt, QTimer

from app.messages import Sentence, _, render
from app.settings.paths import Paths
from app.ui.controller import Controller
from app.ui.jobs import Ending
from app.ui.pages.page import PageName, Target
from app.ui.restoring import Restoring
from app.ui.sample import (
    remove_command,
    sample_folder,
    start_detached,
    with_sample,
    without_sample,
)
from app.ui.shown import Intent
from app.ui.tokens import Tone
from app.ui.window import MainWindow
from app.ui.wizards.answers import AnswerFile
from app.ui.wizards.first_run.session import Session
from app.ui.wizards.start import Start, StartScreen


class FirstRun(QObject):
    """See the module. `command` is what starts Tradekeep."""

    def __init__(
        self,
        window: MainWindow,
        controller: Controller,
        command: Sequence[str],
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(window)
        self._window, self._controller = window, controller
        self._command, self._environment = tuple(command), environment
        self._answers = AnswerFile(Paths.find(environment).wizards / "first-run.json")
        self._kit_answers = AnswerFile(Paths.find(environment).wizards / "kit.json")
        self.session = Session(controller, self)
        self._start: StartScreen | None = None
        self._looked = False
        window.wanted.connect(self._wanted)
        controller.changed.connect(self._look)
        QTimer.singleShot(0, self, lambda: self._look(None))  # a window that was opened again

    def _look(self, _shown: object) -> None:
        """Once how things stand is known: is there something to set up, or to go on with?"""
        status = self._controller.situation.status
        if self._looked or status is None or self._window.has_wizard:
            return
        self._looked = True
        if self._answers.path.exists():
            self.show_wizard()
        elif status.repository is None and Restoring.was_begun(self._environment):
            self._window.wanted.emit(Intent.RESTORE)
        elif status.repository is None:
            self.show_start()

    def _wanted(self, intent: Intent) -> None:
        if intent is Intent.SET_UP:
            self.show_start()
        elif intent is Intent.REMOVE_SAMPLE:
            self._remove_sample()
        elif intent is Intent.KIT:
            self._show_kit()

    # --- set-up ------------------------------------------------------------------------------

    def show_start(self) -> None:
        """The three cards; the wizard itself, if it was begun."""
        if self._window.has_wizard:
            return
        if self._answers.path.exists():
            self.show_wizard()
            return
        self._start = StartScreen(self._window.look, self._chosen)
        self._start.closed.connect(self._window.end_wizard)
        self._window.show_wizard(self._start)
        QTimer.singleShot(0, self._start, self._start.focus_first)

    def _chosen(self, start: Start) -> None:
        if start is Start.SET_UP:
            self.show_wizard()
        elif start is Start.RESTORE:
            self._window.wanted.emit(Intent.RESTORE)
        else:
            self._make_sample()

    def show_wizard(self) -> None:
        """The wizard, where it was left."""
        from app.ui.wizards.first_run.wizard import first_run_wizard  # for whoever sets up

        wizard = first_run_wizard(self._window.look, self.session, self._answers)
        wizard.finished.connect(self._window.end_wizard)
        wizard.closed.connect(self._window.end_wizard)
        self._window.closed.connect(wizard.keep)
        self._window.show_wizard(wizard)

    def _show_kit(self) -> None:
        """The recovery kit by itself: typed again, or another one made."""
        from app.ui.wizards.first_run.wizard import kit_wizard

        if self._window.has_wizard:
            return
        session = Session(self._controller, self)
        wizard = kit_wizard(self._window.look, session, self._kit_answers)
        for over in (wizard.finished, wizard.closed):
            over.connect(session.forget_key)
            over.connect(session.deleteLater)
            over.connect(self._back_to_settings)
        self._window.show_wizard(wizard)

    def _back_to_settings(self) -> None:
        self._window.end_wizard()
        self._window.go(Target(PageName.SETTINGS, "keys"))

    # --- sample data -------------------------------------------------------------------------

    def _make_sample(self) -> None:
        assert self._start is not None
        words = Sentence(
            _("The sample data is being made"),
            _("A sample bot trades while it is backed up, copied and restored: a few seconds."),
        )
        self._start.say((Tone.CALM, words), busy=True)
        folder = sample_folder(self._environment)
        self._controller.ask(["demo", str(folder)], self._sample_made)

    def _sample_made(self, ending: Ending) -> None:
        done = ending.done
        told = done.report.get("environment") if done is not None else None
        if isinstance(told, dict) and self._open(with_sample(self._environment, told)):
            self._window.wanted.emit(Intent.QUIT)
            return
        error = (done.error if done is not None else None) or ending.error
        sentence = error.sentence if error else render("window-answer-unknown", {})
        if self._start is not None:
            self._start.say((Tone.BAD, sentence))

    def _remove_sample(self) -> None:
        """Take the sample data away; a job that works on it is stopped first."""
        if self._controller.busy:
            once = Qt.ConnectionType.SingleShotConnection
            self._controller.idle.connect(self._remove_sample, once)
            self._controller.do(Intent.CANCEL)
            return
        own = without_sample(self._environment)
        remove = [*self._command, *remove_command(self._environment)]
        if start_detached(remove, own) and self._open(own):
            self._window.wanted.emit(Intent.QUIT)

    def _open(self, environment: Mapping[str, str]) -> bool:
        return start_detached(self._command, environment)
