"""F1: the help of a page as text with links between the pages' helps, and the keys that it takes.

The texts are `resources/help/<language>/<topic>.md`, read when they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QTextBrowser, QWidget

from app.messages import _
from app.messages.language import ENGLISH, language
from app.settings.paths import resource
from app.ui.help_look import dress
from app.ui.key_names import key_name
from app.ui.look import Look
from app.ui.pages.page import PageName
from app.ui.tokens import Size, Space
from app.ui.widgets.basic import button, column_of, row_of

RESTORE, WORDS = "restore", "words"
TOPICS = (*PageName, RESTORE, WORDS)


def help_text(topic: str) -> str:
    """The help of a topic in the user's language; in English where that is missing."""
    try:
        path = resource(f"help/{language()}/{topic}.md")
    except FileNotFoundError:
        path = resource(f"help/{ENGLISH}/{topic}.md")
    return path.read_text(encoding="utf-8")


def keys_of(page: str) -> tuple[tuple[str, str], ...]:
    """The keys of a page, and what each does."""
    more: dict[str, tuple[tuple[str, str], ...]] = {
        PageName.EXCHANGES: (
            ("Ctrl+E", _("Export")),
            ("Ctrl+T", _("A plot as a table, and back")),
        ),
        PageName.SNAPSHOTS: (
            ("Enter", _("Open a folder")),
            ("Backspace", _("One folder up")),
            ("Alt+Left", _("Go back")),
            ("Alt+Right", _("Forward")),
            ("Ctrl+D", _("Everything that changed")),
            ("Ctrl+P", _("Pin the snapshot, or unpin it")),
        ),
    }
    return (
        *more.get(page, ()),
        ("Ctrl+F", _("Search")),
        ("F5", _("Read anew")),
        ("F6", _("Between the pages' list and the page")),
        ("Ctrl+1 … 7", _("The pages")),
        ("Ctrl+,", _("Settings")),
        ("Ctrl+B", _("Back up now")),
        ("Ctrl+.", _("Pause, or go on")),
        ("Ctrl+R", _("Restore")),
        ("Ctrl+W", _("Close the window")),
        ("Ctrl+Q", _("Quit")),
    )


class _Text(QTextBrowser):
    """Text with links; Backspace and Alt+Left go back, as in the browser of a snapshot's files."""

    def __init__(self, go_back: Callable[[], None]) -> None:
        super().__init__()
        self._go_back = go_back

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  # Qt's name
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if event.key() == Qt.Key.Key_Backspace or (alt and event.key() == Qt.Key.Key_Left):
            self._go_back()
            return
        super().keyPressEvent(event)


class Help(QDialog):
    """See the module. `topic` is one of `TOPICS`; links and Back lead to others and back."""

    def __init__(self, look: Look, topic: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._look, self._topic = look, ""
        self._trail: list[tuple[str, int]] = []  # where Back leads, and how far it was scrolled
        self.setWindowTitle(_("Help"))
        self.setMinimumWidth(Size.DIALOG_WIDTH)
        column = column_of(spacing=Space.MEDIUM)
        column.setContentsMargins(Space.PAGE, Space.PAGE, Space.PAGE, Space.PAGE)
        self.setLayout(column)
        self.text = self._make_text()
        column.addWidget(self.text, 1)
        column.addLayout(self._make_foot())
        self.finished.connect(self.deleteLater)  # nothing of it stays
        self._show(topic)
        self.resize(Size.HELP_WIDTH, min(Size.HELP_HEIGHT, parent.height() - Space.PAGE))
        self.text.setFocus()

    def _make_text(self) -> _Text:
        text = _Text(self.go_back)
        text.setOpenLinks(False)
        text.anchorClicked.connect(self._follow)
        return text

    def _make_foot(self) -> QHBoxLayout:
        row = row_of()
        self.back = button(self._look, _("Go back"), "quiet")
        self.back.clicked.connect(lambda _on: self.go_back())
        close = button(self._look, _("Close"), "main")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row.addWidget(self.back)
        row.addStretch()
        row.addWidget(close)
        return row

    def _show(self, topic: str, scrolled: int = 0) -> None:
        self._topic = topic
        document = self.text.document()
        document.setMarkdown(help_text(topic))
        keys = keys_of(topic) if topic in list(PageName) else ()
        shown = tuple((key_name(key), does) for key, does in keys)
        dress(document, self._look, _("On the keyboard"), shown)
        self.text.setAccessibleName(document.firstBlock().text())
        self.text.moveCursor(self.text.textCursor().MoveOperation.Start)
        self.text.verticalScrollBar().setValue(scrolled)
        self.back.setVisible(bool(self._trail))

    def _follow(self, link: QUrl) -> None:
        """A link names a file beside this one."""
        topic = link.path().removesuffix(".md")
        if topic in TOPICS:
            self._trail.append((self._topic, self.text.verticalScrollBar().value()))
            self._show(topic)

    def go_back(self) -> None:
        """To the topic from which a link led here."""
        if self._trail:
            self._show(*self._trail.pop())
            self.text.setFocus()
