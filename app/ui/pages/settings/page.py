"""The page of settings: its sections at the left, the form of one of them at the right."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout

from app.messages import _
from app.ui.pages.page import Page, PageName, Tools
from app.ui.pages.settings.alerts import Alerts
from app.ui.pages.settings.keeping import Keeping
from app.ui.pages.settings.keys import Keys
from app.ui.pages.settings.looks import Looks
from app.ui.pages.settings.network import Network
from app.ui.pages.settings.profile import Profile
from app.ui.pages.settings.saving import Saving
from app.ui.pages.settings.schedule import Schedule
from app.ui.pages.settings.section import Section
from app.ui.pages.settings.starting import Starting
from app.ui.situation import Situation
from app.ui.tokens import Size, Space, Type
from app.ui.widgets.basic import clear, column_of, row_of, text
from app.ui.widgets.header import PageHeader
from app.ui.widgets.rail import Entry, NavButton
from app.ui.widgets.scrolling import Scrolling


@dataclass(frozen=True, slots=True)
class Known:
    """A section: its name, icon, title, and what makes it."""

    name: str
    icon: str
    title: str
    made: type[Section]


def sections() -> tuple[Known, ...]:
    """The sections, in their order."""
    return (
        Known("schedule", "calendar", _("Schedule"), Schedule),
        Known("keeping", "history", _("Keeping"), Keeping),
        Known("network", "battery-2", _("Network and power"), Network),
        Known("alerts", "bell", _("Alerts"), Alerts),
        Known("keys", "key", _("Keys and recovery kit"), Keys),
        Known("starting", "power", _("Start and tray"), Starting),
        Known("looks", "palette", _("Language and appearance"), Looks),
        Known("profile", "file-export", _("Profile"), Profile),
    )


class Settings(Page):
    """See the module."""

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        look = tools.look
        self._known = sections()
        self._at = ""
        self.section: Section | None = None
        self.saving = Saving(look, tools.controller)
        self._buttons: dict[str, NavButton] = {}
        outer = QVBoxLayout(self)
        outer.setContentsMargins(Space.PAGE, Space.CARD, 0, 0)
        outer.setSpacing(Space.MEDIUM)
        outer.addWidget(PageHeader(look, _("Settings")))
        body = row_of(spacing=0)
        body.addLayout(self._list())
        body.addWidget(self._form(), 1)
        outer.addLayout(body, 1)

    def _list(self) -> QVBoxLayout:
        column = column_of(spacing=Space.TINY // 2)
        group = QButtonGroup(self)
        for known in self._known:
            entry = Entry(PageName.SETTINGS, known.icon, known.title, "")
            made = NavButton(self.tools.look, entry)
            made.setToolTip("")
            made.setMinimumWidth(Size.SETTINGS_LIST)
            made.clicked.connect(lambda _on, name=known.name: self.aim(name))
            group.addButton(made)
            self._buttons[known.name] = made
            column.addWidget(made)
        column.addStretch(1)
        return column

    def _form(self) -> Scrolling:
        scroll = Scrolling(Size.WIZARD_MOST, top=0)
        self._title = text(self.tools.look, "", factor=Type.SECTION, weight=Type.SEMIBOLD)
        self._title.setMinimumHeight(Size.NAV_ROW)  # level with the first of the list
        self._holder = column_of()
        scroll.column.setContentsMargins(0, 0, 0, 0)
        scroll.column.setSpacing(Space.MEDIUM)
        head = row_of(spacing=Space.MEDIUM)
        head.addWidget(self._title)
        head.addWidget(self.saving, 1)
        scroll.column.addLayout(head)
        scroll.column.addLayout(self._holder)
        scroll.column.addStretch(1)
        return scroll

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        """Icons alone where the form would have no room beside their words."""
        super().resizeEvent(event)
        narrow = self.width() < Size.LISTS_LEAST_BELOW
        for made in self._buttons.values():
            made.set_narrow(narrow)
            made.setMinimumWidth(0 if narrow else Size.SETTINGS_LIST)
            made.setToolTip(made.entry.title if narrow else "")

    # --- what the window asks ----------------------------------------------------------------

    def opened(self) -> None:
        if self.section is None:
            self.aim(self._known[0].name)
        else:
            self.section.read()

    def aim(self, detail: str) -> None:
        known = next((each for each in self._known if each.name == detail), self._known[0])
        self._at = known.name
        self.saving.forget()
        self._buttons[known.name].setChecked(True)
        self._title.setText(known.title)
        clear(self._holder)
        self.section = known.made(self.tools, self.saving)
        self._holder.addWidget(self.section)
        self.section.read()

    def show_situation(self, situation: Situation) -> None:
        if self.section is not None:
            self.section.show_situation(situation)

    def refresh(self) -> None:
        if self.section is not None:
            self.section.read()

    def keep(self) -> object:
        return self._at

    def take(self, kept: object) -> None:
        if isinstance(kept, str) and kept:
            self.aim(kept)
