"""Texts, cards, chips and buttons: what everything else is put together from.

Names of files and things come from elsewhere: one that holds a wallet's words or a recovery key is
shown without them (`redact.plain`), here and in `app.ui.models`.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from PySide6 import QtGui
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QMessageBox,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.messages import _
from app.redact import plain
from app.ui.key_names import key_name
from app.ui.look import Look
from app.ui.shown import Action, ChipShown, Intent
from app.ui.tokens import Size, Space, Stroke, Tone, Type

Act = Callable[[Intent], None]


class Words(QLabel):
    """A label of plain text; see the module."""

    def setText(self, content: str) -> None:  # noqa: N802  # Qt's name
        super().setText(plain(content))


def text(
    look: Look,
    content: str,
    *,
    factor: float = Type.BODY,
    weight: int = 400,
    caption: bool = False,
    tone: Tone | None = None,
    wraps: bool = False,
) -> QLabel:
    """A label of plain text."""
    label = Words()
    label.setText(content)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setFont(look.font(Type.CAPTION if caption and factor == Type.BODY else factor, weight))
    if caption:
        label.setProperty("role", "caption")
    if tone is not None:
        label.setProperty("tone", tone.value)
    label.setWordWrap(wraps)
    if wraps:
        label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    return label


def unmarked(words: str) -> str:
    """A text for a button or a menu, where Qt would take `&` for the mark of a key."""
    return words.replace("&", "&&")


def tip(widget: QWidget, words: str) -> None:
    """A tool tip of plain text: Qt would take a file's name with tags in it for rich text, and
    load the pictures that it names."""
    words = plain(words)
    marked = f"<p style='white-space:pre-wrap'>{escape(words)}</p>"
    widget.setToolTip(marked if QtGui.Qt.mightBeRichText(words) else words)


def ask_first(
    parent: QWidget, title: str, hint: str, deed: str, then: Callable[[], object]
) -> None:
    """Ask before something is taken away. The button names the deed, Cancel is the default; the
    texts are plain, for names of other people's making stand in them."""
    box = QMessageBox(parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(plain(title))
    box.setInformativeText(plain(hint))
    gone = box.addButton(deed, QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(box.addButton(_("Cancel"), QMessageBox.ButtonRole.RejectRole))
    box.finished.connect(lambda _result: then() if box.clickedButton() is gone else None)
    box.open()


class Elided(QLabel):
    """One line that is cut in its middle where it does not fit: paths only, never numbers."""

    def __init__(
        self,
        look: Look,
        content: str = "",
        *,
        caption: bool = True,
        weight: int = QFont.Weight.Normal,
    ) -> None:
        super().__init__()
        self._full = content
        self.setFont(look.font(Type.CAPTION if caption else Type.BODY, weight))
        if caption:
            self.setProperty("role", "caption")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.set_full(content)

    def set_full(self, content: str) -> None:
        self._full = plain(content)
        self.setAccessibleName(self._full)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        metrics = QFontMetrics(self.font())
        cut = metrics.elidedText(self._full, Qt.TextElideMode.ElideMiddle, self.width())
        self.setText(cut)
        tip(self, self._full if cut != self._full else "")

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        return QSize(0, super().minimumSizeHint().height())


def picture(
    look: Look, name: str, tone: Tone | None = None, size: int = Size.ICON_THING,
    stroke: float = Stroke.THING,
) -> QLabel:  # fmt: skip
    """An icon; a decoration, for words stand beside it."""
    label = QLabel()
    label.setPixmap(look.pixmap(name, tone, size, stroke))
    label.setFixedSize(size, size)
    return label


class Card(QFrame):
    """A surface with an edge; `body` takes what is on it."""

    def __init__(self, padding: int = Space.CARD) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(padding, padding, padding, padding)
        self.body.setSpacing(Space.SMALL)


class Chip(QFrame):
    """Icon and one to three words on the tint of their tone."""

    def __init__(self, look: Look, shown: ChipShown) -> None:
        super().__init__()
        self.setProperty("kind", "chip")
        self.setProperty("tone", shown.tone.value)
        self.setMinimumHeight(Size.CHIP)
        self.setMaximumHeight(max(Size.CHIP, look.font(Type.CAPTION).pixelSize() + Space.MEDIUM))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        row = row_of(spacing=Space.TINY)
        row.setContentsMargins(Space.SMALL, 0, Space.SMALL, 0)
        row.addWidget(picture(look, shown.icon, shown.tone, Size.ICON_CHIP, Stroke.CHIP))
        label = text(look, shown.text, factor=Type.CAPTION, weight=Type.MEDIUM, tone=shown.tone)
        row.addWidget(label)
        self.setLayout(row)
        self.setAccessibleName(shown.spoken or shown.text)
        tip(self, shown.spoken)


def line(*, upright: bool = False) -> QFrame:
    """A divider."""
    frame = QFrame()
    frame.setProperty("kind", "line")
    if upright:
        frame.setFixedWidth(Size.HAIR)
    else:
        frame.setFixedHeight(Size.HAIR)
    return frame


def disc(look: Look, name: str, tone: Tone) -> QFrame:
    """The round tint with the verdict's icon."""
    frame = QFrame()
    frame.setProperty("kind", "disc")
    frame.setProperty("tone", tone.value)
    frame.setFixedSize(Size.DISC, Size.DISC)
    row = row_of()
    row.addWidget(picture(look, name, tone, Size.ICON_VERDICT, Stroke.VERDICT))
    row.setAlignment(Qt.AlignmentFlag.AlignCenter)
    frame.setLayout(row)
    return frame


def button(look: Look, label: str, kind: str = "plain", icon: str = "") -> QPushButton:
    """A button of a kind: "main", "plain", "tall" (plain, beside a main one) or "quiet"."""
    # Qt sets no distance between an icon and its text.
    label = plain(label)
    shown = unmarked(label)
    made = QPushButton(f"  {shown}" if icon and label else shown)
    made.setAccessibleName(label)
    made.setProperty("kind", kind)
    made.setFont(look.font(weight=Type.MEDIUM if kind != "main" else Type.SEMIBOLD))
    made.setAutoDefault(False)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    if icon:
        made.setIcon(look.button_icon(icon, kind if label else "plain"))
        made.setIconSize(QSize(Size.ICON_BUTTON, Size.ICON_BUTTON))
    return made


def action_button(look: Look, action: Action, kind: str, act: Act) -> QPushButton:
    """The button of an action."""
    made = button(look, action.text, kind, action.icon)
    made.setEnabled(action.enabled)
    if action.key:
        made.setToolTip(key_name(action.key))
    made.setObjectName(f"intent-{action.intent.value}")
    made.clicked.connect(lambda: act(action.intent))
    return made


def row_of(*, spacing: int = Space.SMALL) -> QHBoxLayout:
    """A row without margins."""
    row = QHBoxLayout()
    _bare(row, spacing)
    return row


def column_of(*, spacing: int = 0) -> QVBoxLayout:
    """A column without margins."""
    column = QVBoxLayout()
    _bare(column, spacing)
    return column


def _bare(layout: QBoxLayout, spacing: int) -> None:
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)


def clear(layout: QLayout) -> None:
    """Take everything out of a layout; its widgets are deleted when Qt comes to it."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        inner = item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)
            inner.deleteLater()


def spacer() -> QWidget:
    """Takes the room that is left."""
    widget = QWidget()
    widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return widget
