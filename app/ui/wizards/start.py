"""The start: what a person sees first, before anything is set up. Three cards, one to choose."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.messages import Sentence, _
from app.ui.look import Look
from app.ui.tokens import Size, Space, Tone, Type
from app.ui.widgets.basic import clear, column_of, disc, picture, row_of, text
from app.ui.widgets.notice import Notice
from app.ui.widgets.scrolling import Scrolling
from app.ui.wizards.filling import Filling


class Start(Enum):
    """What a person may begin with."""

    SET_UP = "set up"
    RESTORE = "restore"
    SAMPLE = "sample"


class StartScreen(Filling):
    """See the module. `chosen` is told which card was pressed."""

    closed = Signal()  # Esc

    def __init__(self, look: Look, chosen: Callable[[Start], None]) -> None:
        super().__init__()
        self._chosen = chosen
        self._said: tuple[Tone, Sentence] | None = None
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._outside = column_of()
        self.setLayout(self._outside)
        self.dress(look)

    def dress(self, look: Look) -> None:
        """Put on an appearance."""
        self._look = look
        clear(self._outside)
        scroll = Scrolling(Size.START_MOST)
        self._outside.addWidget(scroll)
        column = scroll.column
        column.addStretch(1)
        self._head(look, column)
        self._cards = _Cards([self._card(look, *each) for each in _choices()])
        column.addWidget(self._cards)
        self._notes = column_of()
        column.addLayout(self._notes)
        column.addStretch(2)
        self._tell()

    def _head(self, look: Look, column: QVBoxLayout) -> None:
        mark = picture(look, "mark", Tone.ACCENT, Size.MARK_START)
        column.addWidget(mark, 0, Qt.AlignmentFlag.AlignHCenter)
        title = text(look, _("Welcome to Tradekeep"), factor=Type.VERDICT, weight=Type.SEMIBOLD)
        title.setObjectName("wizard-title")
        column.addWidget(title, 0, Qt.AlignmentFlag.AlignHCenter)
        words = _(
            "It keeps what you could not get back: your bots, your files, and your whole history "
            "at the exchanges. Encrypted, in copies, proven to restore."
        )
        about = text(look, words, wraps=True)
        about.setProperty("role", "caption")
        about.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(about)
        column.addSpacing(Space.SMALL)

    def _card(self, look: Look, start: Start, icon: str, title: str, about: str) -> QPushButton:
        made = StartCard(look, icon, title, about)
        made.clicked.connect(lambda: self._chosen(start))
        made.setObjectName(f"start-{start.value}")
        return made

    def focus_first(self) -> None:
        """The focus goes to the first card."""
        self._cards.cards[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  # Qt's name
        key, focused = Qt.Key(event.key()), self.focusWidget()
        if key is Qt.Key.Key_Escape:
            self.closed.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, StartCard):
            focused.click()
        else:
            super().keyPressEvent(event)

    def say(self, said: tuple[Tone, Sentence] | None, *, busy: bool = False) -> None:
        """Something is being prepared, or failed."""
        self._said = said
        for card in self._cards.cards:
            card.setEnabled(not busy)
        self._tell()

    def _tell(self) -> None:
        clear(self._notes)
        if self._said is not None:
            self._notes.addWidget(Notice(self._look, *self._said))


class StartCard(QPushButton):
    """A card that is pressed as a whole."""

    def __init__(self, look: Look, icon: str, title: str, about: str) -> None:
        super().__init__()
        self.setProperty("kind", "start")
        self.setAccessibleName(title)
        self.setAccessibleDescription(about)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        # Thirds, however long the words of one are.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(Space.CARD_WIDE,) * 4)
        column.setSpacing(Space.SMALL)
        column.addWidget(disc(look, icon, Tone.ACCENT))
        column.addSpacing(Space.TINY)
        name = text(look, title, factor=Type.SECTION, weight=Type.SEMIBOLD, wraps=True)
        column.addWidget(name)
        column.addWidget(text(look, about, caption=True, wraps=True))
        column.addStretch(1)
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        layout = self.layout()
        assert layout is not None
        return layout.sizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        layout = self.layout()
        assert layout is not None
        return QSize(Size.START_CARD, layout.heightForWidth(max(self.width(), Size.START_CARD)))


class _Cards(QWidget):
    """Side by side, or one below the other where there is no room."""

    def __init__(self, cards: list[QPushButton]) -> None:
        super().__init__()
        self.cards = cards
        self._row = row_of(spacing=Space.CARD)
        for card in cards:
            self._row.addWidget(card, 1)
        self.setLayout(self._row)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        super().resizeEvent(event)
        wide = self.width() >= len(self.cards) * (Size.START_CARD + Space.CARD)
        direction = QBoxLayout.Direction
        self._row.setDirection(direction.LeftToRight if wide else direction.TopToBottom)


def _choices() -> list[tuple[Start, str, str, str]]:
    return [
        (
            Start.SET_UP,
            "shield-plus",
            _("Set up backups"),
            _("Choose what to protect and where it goes. Takes about five minutes."),
        ),
        (
            Start.RESTORE,
            "restore",
            _("I have a backup already"),
            _("Bring back what was saved, from any of its copies, with your recovery key."),
        ),
        (
            Start.SAMPLE,
            "player-play",
            _("Try it with sample data"),
            _("Look at everything with a sample bot and account. Removed again without trace."),
        ),
    ]
