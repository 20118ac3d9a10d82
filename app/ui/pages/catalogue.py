"""Which pages there are, in the order of the rail, and how each is made when it is first opened."""

from __future__ import annotations

import importlib

from app.messages import _
from app.ui.pages.page import Page, PageName, Tools
from app.ui.widgets.rail import Entry

_PLACES = {
    PageName.OVERVIEW: "app.ui.pages.overview:Overview",
    PageName.EXCHANGES: "app.ui.pages.exchanges.page:Exchanges",
    PageName.SOURCES: "app.ui.pages.sources:Sources",
    PageName.COPIES: "app.ui.pages.copies.page:Copies",
    PageName.ACTIVITY: "app.ui.pages.activity:Activity",
    PageName.RECORDS: "app.ui.pages.records.page:Records",
    PageName.SNAPSHOTS: "app.ui.pages.snapshots.page:Snapshots",
    PageName.SETTINGS: "app.ui.pages.settings.page:Settings",
}


def pages() -> list[Entry]:
    """The pages, Settings last."""
    return [
        Entry(PageName.OVERVIEW, "layout-dashboard", _("Overview"), "Ctrl+1"),
        Entry(PageName.EXCHANGES, "building-bank", _("Exchanges"), "Ctrl+2"),
        Entry(PageName.SOURCES, "robot", _("Bots and files"), "Ctrl+3"),
        Entry(PageName.SNAPSHOTS, "history", _("Snapshots"), "Ctrl+4"),
        Entry(PageName.COPIES, "stack-2", _("Copies"), "Ctrl+5"),
        Entry(PageName.ACTIVITY, "activity", _("Activity"), "Ctrl+6"),
        Entry(PageName.RECORDS, "file-certificate", _("Records"), "Ctrl+7"),
        Entry(PageName.SETTINGS, "settings", _("Settings"), "Ctrl+,"),
    ]


def make_page(name: PageName, tools: Tools) -> Page:
    """A new page; its module is imported now."""
    module, made = _PLACES[name].split(":")
    page: Page = getattr(importlib.import_module(module), made)(tools)
    return page
