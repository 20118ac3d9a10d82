"""The Copies page: where everything lies, how good each place is, and what can be done with it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.messages import _
from app.ui.controller import DRILL, SYNC, VERIFY
from app.ui.jobs import Ending
from app.ui.look import Look
from app.ui.pages.page import Page, Tools
from app.ui.painted import PlotShown
from app.ui.place_cards import AtWork, place_cards
from app.ui.places import gauge, places
from app.ui.protocol import Told
from app.ui.recovery_plot import recovery_plot
from app.ui.shown import GaugeGroup, PlaceShown
from app.ui.situation import Situation
from app.ui.tokens import Size, Space, Tone, Type
from app.ui.widgets.basic import Card, ask_first, button, clear, column_of, row_of, text
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.fields import field
from app.ui.widgets.gauge import Gauge
from app.ui.widgets.header import PageHeader
from app.ui.widgets.places import place_card
from app.ui.widgets.plot_panel import PlotPanel
from app.ui.widgets.scrolling import Scrolling


class Copies(Page):
    """See the module."""

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self._shown: object = None
        self._trend: object = None
        look = tools.look
        self._add = button(look, _("Add a copy…"), icon="plus")
        self._add.clicked.connect(lambda _on: self._add_copy())
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        scroll = Scrolling()
        outer.addWidget(scroll)
        scroll.column.addWidget(PageHeader(look, _("Copies"), self._add))
        self._trouble = text(look, "", tone=Tone.BAD, wraps=True)
        self._trouble.hide()
        scroll.column.addWidget(self._trouble)
        self._top = column_of(spacing=Space.CARD)
        scroll.column.addLayout(self._top)
        self._grid = QGridLayout()
        self._grid.setSpacing(Space.CARD)
        scroll.column.addLayout(self._grid)
        self._bottom = column_of()
        scroll.column.addLayout(self._bottom)
        scroll.column.addStretch(1)

    def show_situation(self, situation: Situation) -> None:
        status = situation.status
        self._add.setEnabled(status is not None and status.repository is not None)
        if status is None or status.repository is None:
            cards: tuple[PlaceShown, ...] = ()
            groups: tuple[GaugeGroup, ...] = ()
            trend = None
        else:
            cards = place_cards(status, AtWork.NOTHING, situation.now, situation.home)
            groups = gauge(places(status, situation.now), situation.now)
            trend = recovery_plot(status, situation.now)
        busy = _busy(situation)
        if (cards, groups, busy) != self._shown:
            self._shown = (cards, groups, busy)
            self._show(cards, groups, busy)
        if (trend and trend.series) != self._trend:
            self._show_trend(trend)

    def _show_trend(self, trend: PlotShown | None) -> None:
        """Left alone while it says the same: somebody may be reading it as a table."""
        self._trend = trend and trend.series
        clear(self._bottom)
        if trend is not None:
            card = Card(Space.CARD_WIDE)
            card.body.addWidget(PlotPanel(self.tools.look, trend))
            self._bottom.addWidget(card)

    def _show(
        self, cards: tuple[PlaceShown, ...], groups: tuple[GaugeGroup, ...], busy: str
    ) -> None:
        look = self.tools.look
        clear(self._top)
        clear(self._grid)
        if not cards:
            self._top.addWidget(EmptyState(look, _("Nothing is set up on this computer yet.")))
            return
        card = Card(Space.CARD_WIDE)
        card.body.setSpacing(Space.CARD)
        card.body.addWidget(Gauge(look, groups))
        card.body.addWidget(text(look, _what_is_missing(groups), caption=True, wraps=True))
        if busy:
            card.body.addWidget(text(look, busy, caption=True, wraps=True))
        self._top.addWidget(card)
        for number, shown in enumerate(cards):
            made = place_card(look, shown)
            made.body.addLayout(self._actions(shown, number, busy))
            self._grid.addWidget(made, *divmod(number, self._columns()))
        if len(cards) == 1:
            self._grid.addWidget(self._no_copy(look), *divmod(1, self._columns()))

    def _no_copy(self, look: Look) -> Card:
        card = Card()
        sentence = _(
            "No copy yet. When this disk fails, a copy on another one is what is left; best is one "
            "on a drive and one away from here."
        )
        card.body.addWidget(EmptyState(look, sentence, _("Add a copy…"), self._add_copy, "plus"))
        return card

    def _columns(self) -> int:
        return 2 if self.width() >= Size.STACK_BELOW - Size.RAIL else 1

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        wide = self._columns()
        super().resizeEvent(event)
        if (event.oldSize().width() >= Size.STACK_BELOW - Size.RAIL) != (wide == 2):
            self._shown = None
            self.show_situation(self.tools.controller.situation)

    # --- actions -----------------------------------------------------------------------------

    def _actions(self, shown: PlaceShown, number: int, busy: str) -> QHBoxLayout:
        """What a person may do with a place; this computer's repository stands first."""
        look = self.tools.look
        name = "" if number == 0 else shown.name
        row = row_of(spacing=Space.SMALL)
        begin: list[QPushButton] = []
        if name:
            begin.append(button(look, _("Bring up to date")))
            begin[0].clicked.connect(lambda _on: self._sync(name))
        verify = button(look, _("Verify…"))
        verify.setMenu(self._verify_menu(verify, name))
        for made in (*begin, verify):
            row.addWidget(made)
            made.setEnabled(not busy)
            made.setAccessibleDescription(shown.name)
        row.addStretch()
        more = button(look, "", "quiet", "dots")
        more.setAccessibleName(_("More for {name}").format(name=shown.name))
        more.setMenu(self._more_menu(more, name, busy=busy))
        row.addWidget(more)
        return row

    def _verify_menu(self, parent: QWidget, name: str) -> QMenu:
        menu = QMenu(parent)
        wishes = (
            (_("Read everything and compare it"), ("--read-data",)),
            (_("Read a sample of 5 %"), ("--sample", "5%")),
            (_("Look at the structure only"), ()),
        )
        for words, options in wishes:
            menu.addAction(words).triggered.connect(partial(self._verify, name, options))
        return menu

    def _more_menu(self, parent: QWidget, name: str, *, busy: str) -> QMenu:
        menu = QMenu(parent)
        practise = menu.addAction(_("Practise a restore"))
        practise.setEnabled(not busy)
        practise.triggered.connect(partial(self._practise, name))
        menu.addAction(_("Show the folder")).triggered.connect(partial(self._show_folder, name))
        if name:
            gone = menu.addAction(_("Disconnect…"))
            gone.setEnabled(not busy)
            gone.triggered.connect(partial(self._disconnect, name))
        return menu

    def _sync(self, name: str) -> None:
        self.tools.controller.run(["copy", "sync", name], SYNC)

    def _verify(self, name: str, options: tuple[str, ...], _on: bool = False) -> None:  # noqa: FBT001
        place = ["--repository", name] if name else []
        self.tools.controller.run([*place, "verify", *options], VERIFY)

    def _practise(self, name: str, _on: bool = False) -> None:  # noqa: FBT001
        self.tools.controller.run(["drill", "--copy", name], DRILL)

    def _show_folder(self, name: str, _on: bool = False) -> None:  # noqa: FBT001
        status = self.tools.controller.situation.status
        if status is None or status.repository is None:
            return
        copies = {copy.name: copy.address for copy in status.copies}
        path = copies.get(name, "") if name else status.repository.path
        QDesktopServices.openUrl(QUrl.fromLocalFile(path))

    def _disconnect(self, name: str, _on: bool = False) -> None:  # noqa: FBT001
        def remove() -> None:
            self.tools.controller.ask(["copy", "remove", name], self._told, changes=True)

        ask_first(
            self,
            _("Disconnect {name}?").format(name=name),
            _("It is not brought up to date any more. What lies there stays, and can be restored."),
            _("Disconnect it"),
            remove,
        )

    def _add_copy(self) -> None:
        AddCopy(self.tools, self.window()).open()

    def _told(self, ending: Ending) -> None:
        error = error_of(ending)
        self._trouble.setVisible(error is not None)
        self._trouble.setText(str(error.sentence) if error is not None else "")


def error_of(ending: Ending) -> Told | None:
    """Why a command came to nothing; None if it did not."""
    return ending.done.error if ending.done is not None else ending.error


def _busy(situation: Situation) -> str:
    """Why nothing can be begun now, in words."""
    status = situation.status
    if situation.job is not None or (status is not None and status.running is not None):
        return _("A job is at work. When it is done, more can be begun here.")
    return ""


def _what_is_missing(groups: tuple[GaugeGroup, ...]) -> str:
    """What 3-2-1 means, for who sees the gauge for the first time."""
    if all(group.complete for group in groups):
        return _("Three copies, on two kinds of media, one of them away from here: all proven.")
    return _(
        "Safe is what lies in three copies, on two kinds of media, one of them away from here, and "
        "each proven: fresh, and its data read back."
    )


class AddCopy(QDialog):
    """A folder, best on a drive, and a name for it."""

    def __init__(self, tools: Tools, parent: QWidget) -> None:
        super().__init__(parent)
        look = tools.look
        self._tools = tools
        self.setWindowTitle(_("Add a copy"))
        self.setMinimumWidth(Size.DIALOG_WIDTH)
        column = column_of(spacing=Space.SMALL)
        column.setContentsMargins(Space.PAGE, Space.PAGE, Space.PAGE, Space.PAGE)
        self.setLayout(column)
        title = _("Where is the copy to lie?")
        column.addWidget(text(look, title, factor=Type.SECTION, weight=Type.SEMIBOLD))
        why = _("A folder on a drive that you plug in is best. It gets everything, encrypted.")
        column.addWidget(text(look, why, caption=True, wraps=True))
        row = row_of(spacing=Space.SMALL)
        self.folder = field(look, _("Folder"))
        choose = button(look, _("Choose…"))
        choose.clicked.connect(lambda _on: self._choose())
        row.addWidget(self.folder, 1)
        row.addWidget(choose)
        column.addLayout(row)
        column.addWidget(text(look, _("Its name, as you call the drive"), caption=True))
        self.name = field(look, _("Name"), hint="KEEP-1")
        column.addWidget(self.name)
        self.trouble = text(look, "", tone=Tone.BAD, wraps=True)
        self.trouble.hide()
        column.addWidget(self.trouble)
        foot = row_of(spacing=Space.SMALL)
        cancel = button(look, _("Cancel"), "quiet")
        cancel.clicked.connect(self.reject)
        self.add = button(look, _("Add the copy"), "main")
        self.add.clicked.connect(lambda _on: self._add())
        self.add.setDefault(True)
        foot.addWidget(cancel)
        foot.addStretch()
        foot.addWidget(self.add)
        column.addSpacing(Space.SMALL)
        column.addLayout(foot)

    def _choose(self) -> None:
        found = QFileDialog.getExistingDirectory(self, _("Choose a folder"), str(Path.home()))
        if found:
            self.folder.setText(found)
            if not self.name.text():
                self.name.setText(_name_for(Path(found)))

    def _add(self) -> None:
        folder, name = self.folder.text().strip(), self.name.text().strip()
        if not folder or not name:
            self._say(_("Give a folder and a name."))
            (self.name if folder else self.folder).setFocus()
            return
        self.add.setEnabled(False)
        arguments = ["copy", "add", "folder", folder, "--name", name]
        self._tools.controller.ask(arguments, self._added, changes=True)

    def _added(self, ending: Ending) -> None:
        self.add.setEnabled(True)
        error = error_of(ending)
        if error is not None:
            self._say(str(error.sentence))
            return
        self.accept()
        self._tools.controller.run(["copy", "sync", self.name.text().strip()], SYNC)

    def _say(self, sentence: str) -> None:
        self.trouble.setText(sentence)
        self.trouble.show()


def _name_for(folder: Path) -> str:
    """What a person would call the place: the drive's label where it is one."""
    parts = folder.parts
    if len(parts) > 3 and parts[1] in ("media", "run", "mnt", "Volumes"):
        return parts[4] if parts[1] == "run" and len(parts) > 4 else parts[3]
    return folder.name
