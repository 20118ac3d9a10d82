"""The rail at the left: the mark, the pages, and the state of the whole, seen from every page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from app.messages import plural
from app.ui import words
from app.ui.key_names import key_name
from app.ui.look import Look
from app.ui.pages.page import PageName
from app.ui.rail import RailShown
from app.ui.shown import ChipShown
from app.ui.tokens import Size, Space, Stroke, Tone, Type
from app.ui.widgets.basic import Chip, column_of, line, picture, row_of, text, tip


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the rail; `key` is its shortcut as people read it."""

    page: PageName
    icon: str
    title: str
    key: str


class NavButton(QPushButton):
    """A page's row; narrow, only its icon shows."""

    def __init__(self, look: Look, entry: Entry) -> None:
        super().__init__()
        self._look, self.entry = look, entry
        self.setProperty("kind", "nav")
        self.setCheckable(True)
        self.setAccessibleName(entry.title)
        self.setToolTip(f"{entry.title} ({key_name(entry.key)})")
        self.setMinimumHeight(Size.NAV_ROW)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.SMALL + 2, 0, Space.SMALL + 2, 0)
        row.setSpacing(Space.SMALL + 2)
        self._icon = picture(look, entry.icon, size=Size.RAIL_ICON)
        self._title = text(look, entry.title, weight=Type.MEDIUM)
        self._chip: Chip | None = None
        self._narrow = False
        row.addWidget(self._icon)
        row.addWidget(self._title, 1)
        for child in (self._icon, self._title):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.toggled.connect(self._dress)
        self._dress(False)

    def set_open(self, count: int) -> None:
        """How many problems are open on that page."""
        layout = self.layout()
        assert layout is not None
        if self._chip is not None:
            layout.removeWidget(self._chip)
            self._chip.hide()
            self._chip.deleteLater()
            self._chip = None
        name = self.entry.title
        if count:
            self._chip = Chip(self._look, ChipShown("alert-triangle", str(count), Tone.WARN))
            self._chip.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            self._chip.setVisible(not self._narrow)
            layout.addWidget(self._chip)
            problems = plural("{count} problem", "{count} problems", count)
            name = words.beside((name, problems))
        self.setAccessibleName(name)

    def set_narrow(self, narrow: bool) -> None:  # noqa: FBT001  # a setter
        self._narrow = narrow
        self._title.setVisible(not narrow)
        if self._chip is not None:
            self._chip.setVisible(not narrow)

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        layout = self.layout()
        assert layout is not None
        return layout.sizeHint().expandedTo(QSize(0, Size.NAV_ROW))

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        layout = self.layout()
        assert layout is not None
        return layout.minimumSize().expandedTo(QSize(0, Size.NAV_ROW))

    def _dress(self, chosen: bool) -> None:  # noqa: FBT001  # Qt's signal
        tone = Tone.ACCENT if chosen else None
        self._icon.setPixmap(self._look.pixmap(self.entry.icon, tone, Size.RAIL_ICON))
        self._title.setProperty("tone", Tone.ACCENT.value if chosen else None)
        self._title.setProperty("role", None if chosen else "caption")
        self._title.style().polish(self._title)


class Rail(QFrame):
    """See the module. `go` is told which page was chosen."""

    def __init__(
        self,
        look: Look,
        entries: Sequence[Entry],
        go: Callable[[PageName], None],
    ) -> None:
        super().__init__()
        self._look, self._go = look, go
        self.setProperty("kind", "rail")
        self.setFixedWidth(Size.RAIL)
        column = column_of(spacing=Space.TINY // 2)
        column.setContentsMargins(Space.MEDIUM, Space.CARD, Space.MEDIUM, Space.CARD)
        self.setLayout(column)
        self._name = text(look, "Tradekeep", factor=Type.SECTION, weight=Type.SEMIBOLD)
        head = row_of(spacing=Space.MEDIUM)
        head.setContentsMargins(Space.SMALL + 2, 0, 0, Space.MEDIUM)
        head.addWidget(picture(look, "mark", Tone.ACCENT, Size.MARK))
        head.addWidget(self._name, 1)
        column.addLayout(head)
        self.buttons: dict[PageName, NavButton] = {}
        for entry in entries:
            if entry.page is not PageName.SETTINGS:
                column.addWidget(self._button(entry))
        column.addStretch(1)
        for entry in entries:
            if entry.page is PageName.SETTINGS:
                column.addWidget(self._button(entry))
        column.addSpacing(Space.SMALL)
        column.addWidget(line())
        column.addSpacing(Space.SMALL)
        self._state = _State(look, lambda: go(PageName.OVERVIEW))
        column.addWidget(self._state)

    def _button(self, entry: Entry) -> NavButton:
        made = NavButton(self._look, entry)
        made.clicked.connect(lambda: self._go(entry.page))
        self.buttons[entry.page] = made
        return made

    def choose(self, page: PageName) -> None:
        """Mark the page that is seen."""
        for name, made in self.buttons.items():
            made.setChecked(name is page)

    def show_state(self, shown: RailShown) -> None:
        """The state of the whole, and what is open on each page."""
        counts = dict(shown.open)
        for name, made in self.buttons.items():
            made.set_open(counts.get(name.value, 0))
        self._state.show_state(shown)

    def set_narrow(self, narrow: bool) -> None:  # noqa: FBT001  # a setter
        """Icons alone, where the window is narrow."""
        self.setFixedWidth(Size.RAIL_NARROW if narrow else Size.RAIL)
        self._name.setVisible(not narrow)
        for made in self.buttons.values():
            made.set_narrow(narrow)
        self._state.set_narrow(narrow)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  # Qt's name
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        made = list(self.buttons.values())
        at = next((n for n, each in enumerate(made) if each.hasFocus()), None)
        if step is None or at is None:
            super().keyPressEvent(event)
            return
        made[(at + step) % len(made)].setFocus(Qt.FocusReason.TabFocusReason)


class _State(QPushButton):
    """Icon and two lines; opens the Overview."""

    def __init__(self, look: Look, act: Callable[[], None]) -> None:
        super().__init__()
        self._look = look
        self.setProperty("kind", "nav")
        self.clicked.connect(act)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.SMALL + 2, Space.SMALL, Space.SMALL, Space.SMALL)
        row.setSpacing(Space.SMALL + 2)
        self._icon = picture(look, "hourglass", size=Size.RAIL_ICON)
        words = column_of()
        self._title = text(look, "", weight=Type.SEMIBOLD, wraps=True)
        self._hint = text(look, "", caption=True, wraps=True)
        words.addWidget(self._title)
        words.addWidget(self._hint)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        self._words = QWidget()
        self._words.setLayout(words)
        row.addWidget(self._words, 1)
        for child in (self._icon, self._words):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_state(self, shown: RailShown) -> None:
        pixmap = self._look.pixmap(shown.icon, shown.tone, Size.RAIL_ICON, Stroke.THING)
        self._icon.setPixmap(pixmap)
        self._title.setText(shown.title)
        self._hint.setText(shown.hint)
        self._hint.setVisible(bool(shown.hint))
        self.setAccessibleName(shown.spoken)
        tip(self, shown.spoken)
        self.updateGeometry()

    def set_narrow(self, narrow: bool) -> None:  # noqa: FBT001  # a setter
        self._words.setVisible(not narrow)

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        layout = self.layout()
        assert layout is not None
        width = self.width()
        height = layout.heightForWidth(width) if layout.hasHeightForWidth() else -1
        return QSize(width, max(height, layout.sizeHint().height()))

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        layout = self.layout()
        assert layout is not None
        return QSize(0, layout.heightForWidth(self.width()) if layout.hasHeightForWidth() else 0)
