"""What is painted has items for a screen reader, as if each were a widget of its own.

A painted widget says how many items it has, what each is called and where it stands; one factory
makes Qt's accessible objects of that, when a screen reader asks and not before. A widget's
accessible object lives in the widget, its items live in that.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface, QColor, QWindow
from PySide6.QtWidgets import QWidget

_ROLE = QAccessible.Role


class Painted(QWidget):
    """A widget that is painted. Its items are numbered from 0; `chosen` is one of them or -1."""

    def __init__(self) -> None:
        super().__init__()
        install()
        self.accessible: _Whole | None = None  # alive as long as the widget
        self.chosen = -1

    def item_count(self) -> int:
        """How many items there are."""
        raise NotImplementedError

    def item_name(self, item: int) -> str:
        """The sentence of one."""
        raise NotImplementedError

    def item_rect(self, item: int) -> QRect:
        """Where it stands in the widget."""
        raise NotImplementedError

    def choose(self, item: int) -> None:
        """An item was chosen: it is drawn so, and a screen reader is told."""
        if item == self.chosen or not -1 <= item < self.item_count():
            return
        self.chosen = item
        self.setAccessibleDescription(self.item_name(item) if item >= 0 else "")
        self.update()
        if item >= 0 and QAccessible.isActive():
            event = QAccessibleEvent(self, QAccessible.Event.Focus)
            event.setChild(item)
            QAccessible.updateAccessibility(event)


class _Interface(QAccessibleInterface):
    """What the whole and its items have in common."""

    def __init__(self, widget: Painted) -> None:
        super().__init__()
        self._widget = widget

    def setText(self, text: QAccessible.Text, content: str) -> None:  # noqa: N802  # Qt's name
        """Nothing can be written into what is painted."""

    def foregroundColor(self) -> QColor:  # noqa: N802  # Qt's name
        return QColor()

    def backgroundColor(self) -> QColor:  # noqa: N802  # Qt's name
        return QColor()

    def window(self) -> QWindow | None:  # type: ignore[override]  # Qt allows none
        return self._widget.window().windowHandle()

    def isValid(self) -> bool:  # noqa: N802  # Qt's name
        return True


class _Whole(_Interface):
    """A painted widget: a list of its items."""

    def __init__(self, widget: Painted) -> None:
        super().__init__(widget)
        self._items: dict[int, _Item] = {}
        items = self._items
        widget.destroyed.connect(lambda: _end(items))

    def object(self) -> QObject:
        return self._widget

    def parent(self) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt allows none
        above = self._widget.parentWidget()
        return QAccessible.queryAccessibleInterface(above) if above is not None else None

    def childCount(self) -> int:  # noqa: N802  # Qt's name
        return self._widget.item_count()

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        if not 0 <= index < self._widget.item_count():
            return None
        if index not in self._items:
            self._items[index] = _Item(self._widget, index)
        return self._items[index]

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # noqa: N802
        at = self._widget.mapFromGlobal(QPoint(x, y))
        every = range(self._widget.item_count())
        found = (item for item in every if self._widget.item_rect(item).contains(at))
        return self.child(next(found, -1))

    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]  # noqa: N802
        return self.child(self._widget.chosen) if self._widget.hasFocus() else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:  # noqa: N802  # Qt's name
        return child.index if isinstance(child, _Item) else -1

    def rect(self) -> QRect:
        return QRect(self._widget.mapToGlobal(QPoint(0, 0)), self._widget.size())

    def role(self) -> QAccessible.Role:
        return _ROLE.List

    def state(self) -> QAccessible.State:
        made = QAccessible.State()
        made.focusable = True
        made.focused = self._widget.hasFocus()
        made.invisible = not self._widget.isVisible()
        return made

    def text(self, text: QAccessible.Text) -> str:
        if text is QAccessible.Text.Name:
            return self._widget.accessibleName()
        if text is QAccessible.Text.Description:
            return self._widget.accessibleDescription()
        return ""


class _Item(_Interface):
    """One item."""

    def __init__(self, widget: Painted, index: int) -> None:
        super().__init__(widget)
        self.index = index

    def object(self) -> QObject | None:  # type: ignore[override]  # an item is no object
        return None

    def isValid(self) -> bool:  # noqa: N802  # Qt's name
        return self.index < self._widget.item_count()

    def parent(self) -> QAccessibleInterface:
        return QAccessible.queryAccessibleInterface(self._widget)

    def childCount(self) -> int:  # noqa: N802  # Qt's name
        return 0

    def child(self, index: int) -> None:  # type: ignore[override]  # noqa: ARG002
        return None

    def childAt(self, x: int, y: int) -> None:  # type: ignore[override]  # noqa: N802, ARG002
        return None

    def indexOfChild(self, child: QAccessibleInterface) -> int:  # noqa: N802, ARG002  # Qt's name
        return -1

    def rect(self) -> QRect:
        there = self._widget.item_rect(self.index)
        return QRect(self._widget.mapToGlobal(there.topLeft()), there.size())

    def role(self) -> QAccessible.Role:
        return _ROLE.ListItem

    def state(self) -> QAccessible.State:
        made = QAccessible.State()
        made.selectable = made.focusable = True
        made.selected = self._widget.chosen == self.index
        made.focused = made.selected and self._widget.hasFocus()
        return made

    def text(self, text: QAccessible.Text) -> str:
        named = text is QAccessible.Text.Name and self.isValid()
        return self._widget.item_name(self.index) if named else ""


def _end(items: dict[int, _Item]) -> None:
    """Items are no objects that Qt sees go: its cache would keep what Python frees."""
    for item in items.values():
        QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(item))
    items.clear()


def _factory(_key: str, what: QObject) -> QAccessibleInterface | None:
    if not isinstance(what, Painted):
        return None
    if what.accessible is None:
        what.accessible = _Whole(what)
    return what.accessible


_installed: list[bool] = []


def install() -> None:
    """Tell Qt of the factory, once a process."""
    if not _installed:
        QAccessible.installFactory(_factory)
        _installed.append(True)
