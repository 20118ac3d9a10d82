"""The card "Needs you": what stays until a person has dealt with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPlainTextEdit, QPushButton, QWidget

from app.messages import _, plural
from app.ui import words
from app.ui.look import Look
from app.ui.shown import ChipShown, Deal, NeedShown
from app.ui.tokens import Size, Space, Type
from app.ui.widgets.basic import Card, button, column_of, line, text
from app.ui.widgets.dialog import Dialog
from app.ui.widgets.fields import field
from app.ui.widgets.rows import headed, thing

_FIRST, _MORE = 5, 50
Dealing = Callable[[NeedShown, Deal], object]


class NeedsCard(Card):
    """See the module. A run may meet thousands of problems: rows are made as they are asked for;
    none is left out. `deal` is told what a person wants to do about one."""

    def __init__(
        self,
        look: Look,
        chip: ChipShown | None,
        rows: Sequence[NeedShown],
        more: Sequence[Callable[[], NeedShown]],
        deal: Dealing,
    ) -> None:
        super().__init__()
        self._look, self._deal = look, deal
        self._more = list(more)
        head = headed(look, _("Needs you"), _("These stay here until they are dealt with."), chip)
        self.body.addLayout(_taken(head))
        for row in rows:
            self._add(row)
        self._button = button(look, "", "quiet")
        self._button.clicked.connect(lambda: self._show_more(_MORE))
        self._show_more(max(1, _FIRST - len(rows)))
        self.body.addWidget(self._button, 0, Qt.AlignmentFlag.AlignLeft)

    def _show_more(self, count: int) -> None:
        for make in self._more[:count]:
            self._add(make())
        del self._more[:count]
        left = len(self._more)
        self._button.setVisible(bool(left))
        words = plural("Show {count} more", "Show {count} more", left)
        self._button.setText(words)
        self._button.setAccessibleName(words)

    def _add(self, shown: NeedShown) -> None:
        at = self.body.indexOf(self._button) if hasattr(self, "_button") else -1
        at = self.body.count() if at < 0 else at
        self.body.insertWidget(at, line())
        self.body.insertWidget(at + 1, self._row(shown))

    def _row(self, shown: NeedShown) -> QWidget:
        look, holder = self._look, QWidget()
        column = column_of(spacing=Space.SMALL)
        row = thing(look, shown.icon, shown.title, shown.hint, shown.tone)
        row.addWidget(self._button_of(shown), 0, Qt.AlignmentFlag.AlignVCenter)
        column.addLayout(row)
        if shown.trace:
            column.addWidget(_trace(look, shown.trace))
        holder.setLayout(column)
        holder.setAccessibleName(words.titled(shown.title, shown.hint))
        return holder

    def _button_of(self, shown: NeedShown) -> QPushButton:
        """What a person may do about a row: a menu, or the one thing that is left."""

        def copy() -> None:
            QGuiApplication.clipboard().setText(shown.details)

        if not shown.key:
            made = button(self._look, _("Copy the details"))
            made.clicked.connect(copy)
            made.setAccessibleDescription(shown.title)
            return made
        made = button(self._look, "", "quiet", "dots")
        made.setAccessibleName(_("What to do about it"))
        made.setAccessibleDescription(shown.title)
        made.clicked.connect(lambda: self._open_menu(made, shown, copy))
        return made

    def _open_menu(self, at: QPushButton, shown: NeedShown, copy: Callable[[], None]) -> None:
        """Made when it is asked for: there may be many rows."""
        menu = QMenu(at)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if shown.acceptable:
            accept = menu.addAction(_("Accept it…"))
            accept.triggered.connect(lambda _on: self._deal(shown, Deal.ACCEPT))
        remind = menu.addAction(_("Remind me tomorrow"))
        remind.triggered.connect(lambda _on: self._deal(shown, Deal.REMIND))
        menu.addAction(_("Copy the details")).triggered.connect(copy)
        menu.popup(at.mapToGlobal(at.rect().bottomLeft()))


class Accept(Dialog):
    """Asks why a problem is to be accepted; `then` is told the reason."""

    def __init__(
        self, look: Look, shown: NeedShown, then: Callable[[str], object], parent: QWidget
    ) -> None:
        super().__init__(
            look,
            _("Accept it"),
            _(
                "It is not counted any more, for as long as every backup meets it. Activity keeps "
                "it, with your reason."
            ),
            _("Accept it"),
            parent,
        )
        self._then = then
        self.body.addWidget(text(look, shown.title, weight=Type.SEMIBOLD, wraps=True))
        self.why = field(look, _("Why is it all right?"), hint=_("Why is it all right?"))
        self.why.setMaxLength(500)
        self.why.textChanged.connect(lambda said: self.deed.setEnabled(bool(said.strip())))
        self.body.addWidget(self.why)
        self.deed.setEnabled(False)
        self.deed.clicked.connect(self._accepted)
        self.why.setFocus()

    def _accepted(self) -> None:
        self.accept()
        self._then(self.why.text().strip())


def _taken(card: Card) -> QHBoxLayout:
    """The head of a card that was only made for its head."""
    item = card.body.takeAt(0)
    assert item is not None
    layout = item.layout()
    assert isinstance(layout, QHBoxLayout)
    layout.setParent(None)
    return layout


def _trace(look: Look, trace: str) -> QPlainTextEdit:
    edit = QPlainTextEdit(trace)
    edit.setReadOnly(True)
    edit.setTabChangesFocus(True)
    edit.setFont(look.fixed())
    lines = trace.count("\n") + 2
    height = lines * QFontMetrics(edit.font()).lineSpacing() + 2 * Space.SMALL
    edit.setFixedHeight(min(height, Size.CODE_MOST))
    edit.setAccessibleName(_("What the process said last"))
    return edit
