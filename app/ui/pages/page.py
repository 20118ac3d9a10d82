"""What a page is: the contract between the window and everything that it shows.

A page is made when it is first opened, and anew when the appearance changes: what a person chose on
it is then carried over by `keep` and `take`. It reads through `Tools.reader` and acts through
`Tools.controller`; it never works itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from PySide6.QtWidgets import QWidget

from app.ui.controller import Controller
from app.ui.look import Look
from app.ui.reader import Reader
from app.ui.shown import Intent, RestoreAsked
from app.ui.situation import Situation
from app.ui.tokens import Size


class PageName(StrEnum):
    """The pages, in the order of the rail."""

    OVERVIEW = "overview"
    EXCHANGES = "exchanges"
    SOURCES = "sources"
    SNAPSHOTS = "snapshots"
    COPIES = "copies"
    ACTIVITY = "activity"
    RECORDS = "records"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Target:
    """Where to go; `detail` is for the page: what is to be chosen there (a name, an id)."""

    page: PageName
    detail: str = ""


class Equipment(Protocol):
    """What a dialog needs of `Tools`; a wizard has no more."""

    @property
    def look(self) -> Look: ...

    @property
    def controller(self) -> Controller: ...


@dataclass(frozen=True)
class Tools:
    """What every page is given. `reader` answers about snapshots, `archive` about exchanges."""

    look: Look
    controller: Controller
    reader: Reader
    archive: Reader
    go: Callable[[Target], None]
    act: Callable[[Intent | RestoreAsked], None]


def list_width(page: int) -> int:
    """Of a list beside its details, on a page so wide."""
    if page < Size.LISTS_LEAST_BELOW:
        return Size.SNAPSHOT_LIST_LEAST
    narrow = page < Size.STACK_BELOW - Size.RAIL
    return Size.SNAPSHOT_LIST_NARROW if narrow else Size.SNAPSHOT_LIST


class Page(QWidget):
    """See the module. A page overrides what concerns it."""

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self.tools = tools

    def show_situation(self, situation: Situation) -> None:
        """How things stand: on opening, and on each change while the page is seen."""

    def opened(self) -> None:
        """It is seen from now on."""

    def left(self) -> None:
        """Another page is seen from now on."""

    def aim(self, detail: str) -> None:
        """Choose what a `Target` names."""

    def search(self) -> None:
        """Ctrl+F: put the focus where one searches."""

    def refresh(self) -> None:
        """F5: read anew what the page shows beyond the situation."""

    def keys(self) -> Mapping[str, Callable[[], object]]:
        """Shortcuts that hold while the page is seen."""
        return {}

    def keep(self) -> object:
        """What was chosen here; no Qt objects."""
        return None

    def take(self, kept: object) -> None:
        """Choose again what `keep` of the page before gave."""
