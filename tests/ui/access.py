"""What somebody without a mouse or without eyes meets in a widget: names, Tab, the focus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLineEdit,
    QScrollArea,
    QTabBar,
    QTextBrowser,
    QWidget,
)

from app.ui.widgets.items import Painted

_MOST = 400
_RING = 3


def controls(root: QWidget) -> list[QWidget]:
    """What takes the focus by Tab, as it stands."""
    return [
        each
        for each in root.findChildren(QWidget)
        if each.isVisible()
        and each.isEnabled()
        and each.window() is root.window()
        and each.focusProxy() is None
        and each.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]


def spoken(widget: QWidget, what: QAccessible.Text = QAccessible.Text.Name) -> str:
    """What a screen reader is told."""
    told = QAccessible.queryAccessibleInterface(widget)
    return str(told.text(what)).strip() if told is not None else ""


def walk(root: QWidget) -> list[QWidget]:
    """Where Tab leads, from the first control to where one comes by a second time."""
    first = controls(root)
    if not first:
        return []
    first[0].setFocus(Qt.FocusReason.TabFocusReason)
    seen: list[QWidget] = []
    for _step in range(_MOST):
        at = QApplication.focusWidget()
        if isinstance(at, QTextBrowser) and seen and at is seen[-1]:
            pass  # from link to link
        elif at is None or at in seen:
            break
        else:
            seen.append(at)
        QTest.keyClick(at, Qt.Key.Key_Tab)
    return seen


def faults(root: QWidget) -> list[str]:
    """Everything that is wrong, one line each."""
    root.window().activateWindow()
    assert QTest.qWaitForWindowActive(root.window())
    return [*_nameless(root), *_unreached(root), *_unseen(root), *_alike(root), *_mute(root)]


def _nameless(root: QWidget) -> Iterator[str]:
    for each in controls(root):
        if not any(letter.isalnum() for letter in spoken(each)):
            yield f"no name: {_which(each)}"


def _unreached(root: QWidget) -> Iterator[str]:
    reached = walk(root)
    for each in controls(root):
        if each not in reached:
            yield f"Tab does not reach: {_which(each)}"
    for made in root.findChildren(QAbstractButton):
        inside = isinstance(made.parentWidget(), (QTabBar, QLineEdit))  # keys do the same
        if made.isVisible() and made.isEnabled() and not inside and not _by_keyboard(made):
            yield f"takes no focus: {_which(made)}"


def _by_keyboard(made: QAbstractButton) -> bool:
    """Of buttons of which one alone is chosen, Tab leads to that one, arrows to the others."""
    return bool(made.focusPolicy() & Qt.FocusPolicy.TabFocus) or (
        made.isCheckable() and (made.autoExclusive() or made.group() is not None)
    )


def _unseen(root: QWidget) -> Iterator[str]:
    """The picture of a control with the focus is another one than without."""
    every = controls(root)
    for each in every:
        elsewhere = next((other for other in every if other is not each), None)
        if elsewhere is None:
            return
        elsewhere.setFocus(Qt.FocusReason.TabFocusReason)
        _bring_in_view(each)
        before = _picture(each)
        each.setFocus(Qt.FocusReason.TabFocusReason)
        if before == _picture(each):
            yield f"focus is not seen: {_which(each)}"


def _bring_in_view(widget: QWidget) -> None:
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(widget)
        above = above.parentWidget()


def _picture(widget: QWidget) -> QImage:
    QApplication.processEvents()
    window = widget.window()
    at = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
    return window.grab(at.adjusted(-_RING, -_RING, _RING, _RING)).toImage()


def _alike(root: QWidget) -> Iterator[str]:
    buttons = [made for made in root.findChildren(QAbstractButton) if made.isVisible()]
    told = Counter((spoken(made), spoken(made, QAccessible.Text.Description)) for made in buttons)
    for (name, about), count in told.items():
        if name and count > 1:
            yield f"{count} buttons alike: {name!r}, {about!r}"


def _mute(root: QWidget) -> Iterator[str]:
    """What paints itself tells its items."""
    for each in root.findChildren(QWidget):
        if not each.isVisible() or isinstance(each, QAbstractButton):
            continue
        if isinstance(each, Painted):
            whole = QAccessible.queryAccessibleInterface(each)
            names = [each.item_name(item) for item in range(each.item_count())]
            if whole is None or whole.childCount() != len(names) or not all(names):
                yield f"items without a name: {_which(each)}"
        elif type(each).__module__.startswith("app.") and "paintEvent" in vars(type(each)):
            told = isinstance(each.parentWidget(), QAbstractButton)  # says it all
            if not told and not spoken(each):
                yield f"painted and mute: {_which(each)}"


def _which(widget: QWidget) -> str:
    above = widget.parentWidget()
    name = spoken(widget) or widget.objectName()
    return f"{type(widget).__name__} {name!r} in {type(above).__name__}"
