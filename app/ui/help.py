"""F1: what a page is for, and the keys that it takes."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from app.messages import _
from app.ui.look import Look
from app.ui.pages.page import PageName
from app.ui.tokens import Size, Space, Type
from app.ui.widgets.basic import button, column_of, line, row_of, text


def about(page: PageName) -> str:
    """What a page is for."""
    return {
        PageName.OVERVIEW: _(
            "How safe you are, in one look: the state first, then what needs you, then the proof. "
            "A copy counts once its data was read back, and only while it is fresh."
        ),
        PageName.EXCHANGES: _(
            "What is saved of your accounts' history, day by day, and what the exchange will soon "
            "forget. Below are the rows themselves, to search, sort and export."
        ),
        PageName.SOURCES: _(
            "Which bots and folders are saved, what is taken of each and what is left out. A new "
            "rule shows its effect before it is one."
        ),
        PageName.SNAPSHOTS: _(
            "Every moment that you can go back to, of all your machines. Look into folders, see "
            "what changed in a file, and restore what you choose."
        ),
        PageName.COPIES: _(
            "Where your backups lie. Safe is what lies in three copies, on two kinds of media, one "
            "of them away from here, and each proven."
        ),
        PageName.ACTIVITY: _(
            "Everything that Tradekeep did, with each problem in full. A report for others leaves "
            "out what is nobody's business."
        ),
        PageName.RECORDS: _(
            "For audits and tax. A locked year is signed, so that every later change of it shows; "
            "a report tells what was saved and proven, and what is missing."
        ),
        PageName.SETTINGS: _("When backups run, what is kept, keys, language and appearance."),
    }[page]


def keys_of(page: PageName) -> tuple[tuple[str, str], ...]:
    """The keys of a page, and what each does."""
    more: dict[PageName, tuple[tuple[str, str], ...]] = {
        PageName.EXCHANGES: (
            ("Ctrl+E", _("Export")),
            ("Ctrl+T", _("A plot as a table, and back")),
        ),
        PageName.SNAPSHOTS: (
            ("Enter", _("Open a folder")),
            ("Backspace", _("One folder up")),
            ("Alt+Left", _("Back")),
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


class Help(QDialog):
    """See the module."""

    def __init__(self, look: Look, page: PageName, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(Size.DIALOG_WIDTH)
        column = column_of(spacing=Space.MEDIUM)
        column.setContentsMargins(Space.PAGE, Space.PAGE, Space.PAGE, Space.PAGE)
        self.setLayout(column)
        column.addWidget(text(look, title, factor=Type.SECTION, weight=Type.SEMIBOLD))
        column.addWidget(text(look, about(page), wraps=True))
        column.addWidget(line())
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.PAGE)
        grid.setVerticalSpacing(Space.TINY)
        grid.setColumnStretch(1, 1)
        for number, (key, does) in enumerate(keys_of(page)):
            grid.addWidget(text(look, key, weight=Type.MEDIUM), number, 0)
            grid.addWidget(text(look, does, caption=True), number, 1)
        column.addLayout(grid)
        close = button(look, _("Close"), "main")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        foot = row_of()
        foot.addStretch()
        foot.addWidget(close)
        column.addLayout(foot)
