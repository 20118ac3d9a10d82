"""A plot with its head: title, unit and period, the newest figure, and the same as a table."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHeaderView, QStackedWidget, QTableView, QVBoxLayout, QWidget

from app.messages import _
from app.ui import words
from app.ui.key_names import key_name
from app.ui.look import Look
from app.ui.models.plotted import Plotted
from app.ui.painted import PlotShown
from app.ui.tokens import Space, Type
from app.ui.widgets.basic import button, clear, column_of, row_of, text
from app.ui.widgets.cells import Cells
from app.ui.widgets.plot import Plot
from app.ui.widgets.tables import make_table


class PlotPanel(QWidget):
    """See the module. It has no edge: a card holds one or, with a divider, several.

    Ctrl+T shows the table and the plot again while the focus is inside, as does the button.
    """

    def __init__(self, look: Look, shown: PlotShown) -> None:
        super().__init__()
        self._look, self._shown = look, shown
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.SMALL)
        self._head = row_of(spacing=Space.MEDIUM)
        column.addLayout(self._head)
        self._title = text(look, "", factor=Type.SECTION, weight=Type.SEMIBOLD)
        self._switch = button(look, "", "quiet")
        self._switch.clicked.connect(self.switch)
        self._aside = text(look, "", caption=True, wraps=True)
        self._head.addWidget(self._title)
        self._head.addWidget(self._aside, 1)
        self._head.addWidget(self._switch)
        self._figure = column_of()
        self._second = row_of(spacing=Space.MEDIUM)
        self._second.addLayout(self._figure, 1)
        column.addLayout(self._second)
        self.plot = Plot(look, shown)
        self.table: QTableView | None = None
        self.pages = QStackedWidget()
        self.pages.addWidget(self.plot)
        column.addWidget(self.pages, 1)
        self._note = text(look, "", caption=True, wraps=True)
        column.addWidget(self._note)
        keys = QShortcut(QKeySequence("Ctrl+T"), self, self.switch)
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.show_plot(shown)

    def show_plot(self, shown: PlotShown) -> None:
        """Show other data; a table that is seen stays one."""
        self._shown = shown
        self._title.setText(shown.title)
        self._show_figure(shown)
        self._note.setText(shown.note)
        self._note.setVisible(bool(shown.note))
        self.plot.show_plot(shown)
        if self.table is not None:
            self.table.setModel(Plotted(shown))
        self._name_switch()

    def add(self, widget: QWidget) -> None:
        """What a page adds, beside the figure; without one, beside the period."""
        if not self._shown.figure:
            self._head.removeWidget(self._aside)
            self._head.insertStretch(1, 1)
            self._second.insertWidget(0, self._aside, 1)
        self._second.addWidget(widget)

    def switch(self) -> None:
        """From the plot to the table, or back."""
        if self.table is None:
            self.table = self._made()
            self.pages.addWidget(self.table)
        before = self.pages.currentWidget()
        seen = self.plot if before is self.table else self.table
        inside = before is not None and before.hasFocus()
        self.pages.setCurrentWidget(seen)
        if inside:
            seen.setFocus(Qt.FocusReason.OtherFocusReason)
        self._name_switch()

    def _made(self) -> QTableView:
        table = make_table(self._look, Plotted(self._shown), self._shown.title)
        table.setItemDelegate(Cells(self._look, table))
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        return table

    def _name_switch(self) -> None:
        tabled = self.table is not None and self.pages.currentWidget() is self.table
        said = _("Show as plot") if tabled else _("Show as table")
        self._switch.setText(said)
        self._switch.setAccessibleName(
            _("{title}: {action}").format(title=self._shown.title, action=said)
        )
        self._switch.setToolTip(key_name("Ctrl+T"))

    def _show_figure(self, shown: PlotShown) -> None:
        """Unit and period beside the title; the newest figure below, and what it gained."""
        clear(self._figure)
        self._aside.setText(words.beside((shown.period, shown.unit)))
        if not shown.figure:
            return
        row = row_of(spacing=Space.SMALL + 2)
        row.addWidget(text(self._look, shown.figure, factor=Type.VERDICT, weight=Type.SEMIBOLD))
        change = text(self._look, shown.change, factor=Type.CAPTION, tone=shown.change_tone)
        row.addWidget(change, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch()
        self._figure.addLayout(row)
