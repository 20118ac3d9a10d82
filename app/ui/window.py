"""The window: the rail, the pages, shortcuts, appearance, a wizard in place of all of it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QFont, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget

from app.ui import icons
from app.ui.controller import Controller
from app.ui.look import Look, make_look
from app.ui.pages.catalogue import make_page, pages
from app.ui.pages.page import Page, PageName, Target, Tools
from app.ui.rail import rail
from app.ui.shown import Intent, PageShown, RestoreAsked
from app.ui.style import qt_palette, style_sheet
from app.ui.tokens import Size
from app.ui.widgets.basic import row_of
from app.ui.widgets.rail import Rail
from app.ui.widgets.sample_strip import with_strip
from app.ui.wizards.filling import Filling

_LEAVES = frozenset({Intent.SET_UP, Intent.RESTORE, Intent.KIT, Intent.DRESS})


class MainWindow(QMainWindow):
    """Shows what the controller tells. `dark` is asked again whenever the system changes.

    What a page cannot do itself leaves as `wanted`: setting up, restoring, quitting. Where it must
    not just close (`may_close`), closing it asks to quit.
    """

    wanted = Signal(object)  # Intent or RestoreAsked
    closed = Signal()

    def __init__(
        self,
        controller: Controller,
        base: QFont,
        dark: Callable[[], bool],
        may_close: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__()
        self._controller, self._base, self._dark = controller, base, dark
        self._may_close = may_close
        self._reader = controller.reader()
        self._archive = controller.reader(archive=True)
        self.destroyed.connect(self._reader.deleteLater)
        self._shown: PageShown | None = None
        self._pages: dict[PageName, Page] = {}
        self._at = PageName.OVERVIEW
        self._wizard: Filling | None = None
        self._look: Look
        self._rail: Rail
        self._stack: QStackedWidget
        self.setWindowTitle("Tradekeep")
        self.setMinimumSize(Size.MINIMUM_WIDTH, Size.MINIMUM_HEIGHT)
        self.resize(*Size.WINDOW)
        self.dress()
        controller.changed.connect(self._show)
        self._shortcuts()

    # --- appearance --------------------------------------------------------------------------

    def dress(self) -> None:
        """Put on the appearance of the moment: everything is made anew, what was chosen stays."""
        kept = {name: page.keep() for name, page in self._pages.items()}
        self._pages = {}
        self._look = make_look(self._base, self.devicePixelRatioF(), dark=self._dark())
        self.setPalette(qt_palette(self._look.palette))
        self.setStyleSheet(style_sheet(self._look.palette))
        self.setWindowIcon(icons.window_icon(self._look.palette.accent))
        if self._wizard is None:
            self._make_inside()
            self.go(Target(self._at))
        else:
            self._wizard.dress(self._look)
        for name, choice in kept.items():
            if name in self._pages:
                self._pages[name].take(choice)

    def _make_inside(self) -> None:
        self._rail = Rail(self._look, pages(), lambda page: self.go(Target(page)))
        self._stack = QStackedWidget()
        inside = QWidget()
        inside.setObjectName("page")
        row = row_of(spacing=0)
        row.addWidget(self._rail)
        row.addWidget(self._stack, 1)
        inside.setLayout(row)
        if self._controller.situation.sample:
            inside = with_strip(self._look, inside, self._remove_sample)
        self.setCentralWidget(inside)
        self._fit_rail()

    @property
    def look(self) -> Look:
        """The appearance of the moment, for a wizard."""
        return self._look

    # --- pages -------------------------------------------------------------------------------

    @property
    def page(self) -> Page:
        """The page that is seen."""
        return self._pages[self._at]

    def go(self, target: Target) -> None:
        """Show a page, and choose there what the target names."""
        before = self._pages.get(self._at)
        if target.page not in self._pages:
            readers = self._reader, self._archive
            tools = Tools(self._look, self._controller, *readers, self.go, self._act)
            self._pages[target.page] = make_page(target.page, tools)
            self._stack.addWidget(self._pages[target.page])
        page = self._pages[target.page]
        if before is not None and before is not page:
            before.left()
        self._at = target.page
        self._rail.choose(target.page)
        self._tell()
        self._stack.setCurrentWidget(page)
        page.opened()
        if target.detail:
            page.aim(target.detail)

    def _show(self, shown: PageShown) -> None:
        self._shown = shown
        if self._wizard is None:
            self._tell()

    def _tell(self) -> None:
        """The rail and the page that is seen are told how things stand."""
        if self._shown is not None:
            situation = self._controller.situation
            self._rail.show_state(rail(situation, self._shown))
            self.page.show_situation(situation)

    def _act(self, intent: Intent | RestoreAsked) -> None:
        if isinstance(intent, RestoreAsked) or intent in _LEAVES:
            self.wanted.emit(intent)
        elif intent is Intent.CHOOSE:
            self.go(Target(PageName.SOURCES))
        else:
            self._controller.do(intent)

    def _remove_sample(self) -> None:
        self.wanted.emit(Intent.REMOVE_SAMPLE)

    # --- a wizard ----------------------------------------------------------------------------

    def show_wizard(self, wizard: Filling) -> None:
        """A wizard fills the window until `end_wizard`."""
        if self._wizard is None:
            self.page.left()
        self._pages = {}
        self._wizard = wizard
        self.setCentralWidget(wizard)

    @property
    def has_wizard(self) -> bool:
        """Whether a wizard fills the window."""
        return self._wizard is not None

    def end_wizard(self) -> None:
        """The pages again."""
        if self._wizard is not None:
            self._wizard = None
            self._make_inside()
            self.go(Target(PageName.OVERVIEW))

    # --- keys --------------------------------------------------------------------------------

    def _shortcuts(self) -> None:
        keys: dict[str, Callable[[], object]] = {
            "Ctrl+B": lambda: self._act(Intent.BACK_UP),
            "Ctrl+R": lambda: self._act(Intent.RESTORE),
            "Ctrl+.": self._controller.toggle_pause,
            "Ctrl+F": self._search,
            "F5": self._refresh,
            "F1": self._help,
            "F6": self._next_pane,
            "Ctrl+Q": lambda: self.wanted.emit(Intent.QUIT),
            "Ctrl+W": self.close,
        }
        for entry in pages():
            keys[entry.key] = lambda page=entry.page: self._open(page)  # type: ignore[misc]
        for key, act in keys.items():
            QShortcut(QKeySequence(key), self).activated.connect(act)
        for key in ("Ctrl+D", "Ctrl+P", "Ctrl+E", "Ctrl+T", "Alt+Left", "Alt+Right"):
            made = QShortcut(QKeySequence(key), self)
            made.activated.connect(lambda key=key: self._page_key(key))

    def _open(self, page: PageName) -> None:
        if self._wizard is None:
            self.go(Target(page))

    def _refresh(self) -> None:
        self._controller.refresh()
        if self._wizard is None:
            self.page.refresh()

    def _search(self) -> None:
        if self._wizard is None:
            self.page.search()

    def _help(self) -> None:
        from app.ui.help import Help

        topic = self._at if self._wizard is None else self._wizard.topic
        Help(self._look, topic, self).open()

    def _next_pane(self) -> None:
        """From the rail to the page's first control, and back."""
        if self._wizard is not None:
            return
        inside = self.focusWidget()
        if inside is not None and self._rail.isAncestorOf(inside):
            first_control(self.page)
        else:
            self._rail.buttons[self._at].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _page_key(self, key: str) -> None:
        act = None if self._wizard is not None else self.page.keys().get(key)
        if act is not None:
            act()

    # --- size, closing -----------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        super().resizeEvent(event)
        if self._wizard is None:
            self._fit_rail()

    def _fit_rail(self) -> None:
        self._rail.set_narrow(self.width() < Size.NARROW_RAIL_BELOW)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  # Qt's name
        if self._may_close():
            self._reader.stop()
            self._archive.stop()
            event.accept()
            self.closed.emit()
        else:
            event.ignore()
            self.wanted.emit(Intent.QUIT)


def first_control(page: QWidget) -> None:
    """Give the focus to the first control of a page that takes it."""
    for widget in page.findChildren(QWidget):
        takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if takes and widget.isVisible() and widget.isEnabled():
            widget.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return
