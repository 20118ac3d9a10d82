"""All that a window says to anybody: what is written in it, tool tips, what a screen reader is
told, every role of every model, and what lies on the clipboard after Ctrl+C. Only a row as it came
from a child is passed over, which its table's columns show parts of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
    QWidget,
)

from app.ui.widgets.items import Painted

_ROLES = (  # all that may hold a text, and our own
    *(Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole, Qt.ItemDataRole.ToolTipRole),
    *(Qt.ItemDataRole.StatusTipRole, Qt.ItemDataRole.WhatsThisRole),
    *(Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.AccessibleDescriptionRole),
    *range(Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 6),
)
_MOST = 200  # rows of a model
_TEXTS = (
    QAccessible.Text.Name,
    QAccessible.Text.Description,
    QAccessible.Text.Value,
    QAccessible.Text.Help,
)


def everything(root: QWidget) -> Iterator[tuple[str, str]]:
    """Each text with where it is said; also of what is hidden just now."""
    models: set[int] = set()
    for widget in (root, *root.findChildren(QWidget)):
        where = f"{type(widget).__name__} {widget.accessibleName() or widget.objectName()!r}"
        for text in (*_told(widget), *_written(widget), *_spoken(widget)):
            if text:
                yield where, text
        if isinstance(widget, QAbstractItemView):
            model = widget.model()
            if model is not None and id(model) not in models:
                models.add(id(model))
                for text in _held(model):
                    yield f"{where}, its model", text
        if isinstance(widget, QAbstractItemView | QPlainTextEdit | QTextEdit | QLineEdit):
            for text in _copied(widget):
                yield f"{where}, copied", text


def _told(widget: QWidget) -> Iterator[str]:
    yield widget.windowTitle() if widget.isWindow() else ""
    yield from (widget.toolTip(), widget.statusTip(), widget.whatsThis())
    yield from (widget.accessibleName(), widget.accessibleDescription())
    for action in widget.actions():
        yield from (action.text(), action.toolTip(), action.statusTip())


def _written(widget: QWidget) -> Iterator[str]:
    match widget:
        case QLabel() | QAbstractButton():
            yield widget.text()
        case QLineEdit():
            yield from (widget.displayText(), widget.placeholderText())
        case QPlainTextEdit():
            yield from (widget.toPlainText(), widget.placeholderText())
        case QTextEdit():
            yield from (widget.toPlainText(), widget.toHtml())
        case QComboBox():
            yield from _held(widget.model())
        case QTabBar():
            for at in range(widget.count()):
                yield from (widget.tabText(at), widget.tabToolTip(at))
        case QMessageBox():
            yield from (widget.text(), widget.informativeText(), widget.detailedText())
        case Painted():
            yield from (widget.item_name(item) for item in range(widget.item_count()))


def _spoken(widget: QWidget) -> Iterator[str]:
    told = QAccessible.queryAccessibleInterface(widget)
    for text in _TEXTS if told is not None else ():
        yield str(told.text(text))


def _held(model: QAbstractItemModel) -> Iterator[str]:
    """Of every cell, each role; also what is no text, as it would be written down."""
    waiting = [QModelIndex()]
    while waiting:
        parent = waiting.pop()
        for row in range(min(model.rowCount(parent), _MOST)):
            for column in range(_columns(model, parent)):
                index = model.index(row, column, parent)
                for role in _ROLES:
                    value = index.data(role)
                    if value is not None and not isinstance(value, Mapping):
                        yield value if isinstance(value, str) else repr(value)
            first = model.index(row, 0, parent)
            if model.rowCount(first):
                waiting.append(first)


def _columns(model: QAbstractItemModel, parent: QModelIndex) -> int:
    """A list has one; Qt hides the method there."""
    return 1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)


def _copied(widget: QWidget) -> Iterator[str]:
    clipboard = QGuiApplication.clipboard()
    clipboard.clear()
    for key in (QKeySequence.StandardKey.SelectAll, QKeySequence.StandardKey.Copy):
        QTest.keySequence(widget, QKeySequence(key))
    held = clipboard.mimeData()
    for kind in held.formats() if held is not None else ():
        yield bytes(held.data(kind).data()).decode("utf-8", "replace")
