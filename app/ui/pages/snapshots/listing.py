"""The card at the left: all snapshots by day; the arrows walk over headings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex
from PySide6.QtWidgets import QStackedLayout, QWidget

from app.messages import _
from app.ui.look import Look
from app.ui.models.two_line import TwoLineList
from app.ui.shown import Heading, RowShown
from app.ui.tokens import Size, Space
from app.ui.widgets.basic import Card
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.two_line import two_line_view


class ListCard(Card):
    """See the module. `chosen` is told the id of a snapshot."""

    def __init__(
        self, look: Look, chosen: Callable[[str], object], back_up: Callable[[], object]
    ) -> None:
        super().__init__(Space.TINY)
        self.setFixedWidth(Size.SNAPSHOT_LIST)
        self._model = TwoLineList()
        self.view = two_line_view(look, self._model, _("Snapshots"))
        self._empty = EmptyState(
            look, _("No snapshots yet. The first backup makes one."), _("Back up now"), back_up
        )
        self._waiting = EmptyState(look, _("Reading the snapshots…"))
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        for each in (self._waiting, self._empty, self.view):
            self._stack.addWidget(each)
        self.body.addWidget(holder)
        self._chosen = chosen
        self.view.selectionModel().currentChanged.connect(self._changed)

    def show_rows(self, rows: Sequence[Heading | RowShown], chosen: str) -> None:
        """Other rows; the chosen one stays chosen without being told of again."""
        self._stack.setCurrentWidget(self.view if rows else self._empty)
        self.view.selectionModel().blockSignals(True)
        self._model.show(rows)
        self.view.selectionModel().blockSignals(False)
        self.choose(chosen)

    def choose(self, snapshot: str) -> None:
        """Mark a snapshot, without telling of it."""
        index = self._model.find(snapshot)
        if not index.isValid() or index == self.view.currentIndex():
            return
        chosen, self._chosen = self._chosen, lambda _id: None
        flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.view.selectionModel().setCurrentIndex(index, flag)
        self.view.scrollTo(index)
        self._chosen = chosen

    def _changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        shown = self._model.at(current)
        if shown is not None:
            self._chosen(shown.id)
