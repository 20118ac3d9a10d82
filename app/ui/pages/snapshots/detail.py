"""The card of one file: its text beside what it was elsewhere, and its versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QFrame, QHBoxLayout, QHeaderView, QListView, QTabBar

from app.messages import _, plural
from app.ui import words
from app.ui.look import Look
from app.ui.models.lines import Lines
from app.ui.models.paged import Column, PagedModel, Row, Rows
from app.ui.pages.snapshots.painting import LineCells
from app.ui.reader import Answer, Reader, Ticket
from app.ui.snapshots import Totals
from app.ui.tokens import Size, Space, Type
from app.ui.widgets.basic import Card, Chip, Elided, clear, column_of, picture, row_of
from app.ui.widgets.cells import Cells
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.fields import combo
from app.ui.widgets.tables import column_width, make_table

DISK, ALONE = "disk", ""


class DetailCard(Card):
    """See the module. `went` is told the id of a snapshot that holds another version."""

    def __init__(self, look: Look, reader: Reader, went: Callable[[str], object]) -> None:
        super().__init__(Space.MEDIUM)
        self._look, self._reader, self._went = look, reader, went
        self._ticket: Ticket | None = None
        self._snapshot, self._path, self._against = "", "", ALONE
        self._totals = Totals()
        self._lines = Lines()
        self._versions = PagedModel(_columns(datetime.now().astimezone()))
        self._history: Sequence[Row] = ()
        self._name = Elided(look, caption=False)
        self._name.setFont(look.font(weight=Type.SEMIBOLD))
        self._tabs = QTabBar()
        self._chips = row_of(spacing=Space.SMALL)
        self._beside = combo(look, _("Compare with"), (), self._choose_beside)
        self.body.addLayout(self._head())
        self.body.addLayout(self._choices())
        self._say = EmptyState(look, _("Choose a file to see what is in it."))
        self.lines = self._lines_view()
        self.versions = make_table(look, self._versions, _("Versions"))
        self.versions.setItemDelegate(Cells(look, self.versions))
        self.versions.activated.connect(self._go)
        inside = column_of()
        for each in (self._say, self.lines, self.versions):
            inside.addWidget(each, 1)
        self.body.addLayout(inside, 1)
        self._show_only(self._say)

    def _head(self) -> QHBoxLayout:
        head = row_of(spacing=Space.SMALL)
        head.addWidget(picture(self._look, "file-diff", size=Size.ICON_BUTTON))
        head.addWidget(self._name, 1)
        head.addLayout(self._chips)
        return head

    def _choices(self) -> QHBoxLayout:
        choices = row_of(spacing=Space.SMALL)
        self._tabs.setFont(self._look.font())
        self._tabs.setDrawBase(False)
        self._tabs.setExpanding(False)
        self._tabs.setUsesScrollButtons(False)
        self._tabs.addTab(_("Contents"))
        self._tabs.addTab(_("Versions"))
        self._tabs.setAccessibleName(_("What to show of the file"))
        self._tabs.currentChanged.connect(lambda _at: self._ask())
        choices.addWidget(self._tabs)
        choices.addStretch(1)
        choices.addWidget(self._beside)
        return choices

    def _lines_view(self) -> QListView:
        view = QListView()
        view.setModel(self._lines)
        view.setItemDelegate(LineCells(self._look, view))
        view.setUniformItemSizes(True)
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setSelectionMode(QListView.SelectionMode.NoSelection)
        view.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        view.setAccessibleName(_("Lines of the file"))
        return view

    # --- what is shown -----------------------------------------------------------------------

    def show_file(
        self, snapshot: str, path: str, besides: Sequence[tuple[str, str]], against: str
    ) -> None:
        """A file of a snapshot; `besides` are (words, id) of what it can be set beside."""
        self._snapshot, self._path = snapshot, path
        self._name.set_full(path.rsplit("/", 1)[-1])
        self._beside.clear()
        for label, value in besides:
            self._beside.addItem(label, value)
        at = self._beside.findData(against)
        self._beside.setCurrentIndex(max(at, 0))
        self._against = str(self._beside.currentData() or ALONE)
        self._ask()

    def show_nothing(self, sentence: str = "") -> None:
        """No file is chosen, or why there is nothing to see of it."""
        self._stop()
        if not sentence:
            self._path = ""
            self._name.set_full("")
        self._totals = Totals()
        self._show_chips()
        self._say.sentence.setText(sentence or _("Choose a file to see what is in it."))
        self._show_only(self._say)

    def _choose_beside(self, value: object) -> None:
        self._against = str(value)
        self._ask()

    def _show_only(self, shown: object) -> None:
        for each in (self._say, self.lines, self.versions):
            each.setVisible(each is shown)
        chosen = bool(self._path)
        self._tabs.setVisible(chosen)
        self._beside.setVisible(chosen and self._tabs.currentIndex() == 0)

    # --- asking ------------------------------------------------------------------------------

    def _stop(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()
            self._ticket = None

    def _ask(self) -> None:
        self._stop()
        if not self._path:
            return
        if self._tabs.currentIndex() == 1:
            asked = {"do": "history", "path": self._path}
            self._ticket = self._reader.ask(asked, self._take_versions)
            return
        self._lines.clear()
        self._totals = Totals()
        against = self._against if self._against not in (DISK, ALONE) else None
        question = {
            "do": "compare", "snapshot": self._snapshot, "path": self._path,
            "against": against, "disk": self._against == DISK,
        }  # fmt: skip
        self._ticket = self._reader.ask(question, self._take_lines)

    def _take_lines(self, answer: Answer) -> None:
        if answer.error is not None:
            self._ticket = None
            self.show_nothing(str(answer.error.sentence))
            return
        self._lines.add(answer.rows)
        for row in answer.rows:
            self._totals = self._totals.and_row(row)
        if answer.more:
            return
        self._ticket = None
        if answer.last.get("kind") != "text":
            self.show_nothing(_told_by_size(answer.last, compared=self._against != ALONE))
            return
        self._show_only(self.lines)
        self._show_chips()
        first = self._lines.index(max(0, self._lines.first_change() - 2))
        self.lines.scrollTo(first, QListView.ScrollHint.PositionAtTop)

    def _show_chips(self) -> None:
        clear(self._chips)
        for chip in self._totals.chips:
            self._chips.addWidget(Chip(self._look, chip))

    # --- versions ----------------------------------------------------------------------------

    def _take_versions(self, answer: Answer) -> None:
        if answer.error is not None:
            self._ticket = None
            self.show_nothing(str(answer.error.sentence))
        elif not answer.more:
            self._ticket = None
            found = answer.last.get("versions")
            self._history = found[::-1] if isinstance(found, list) else ()
            self._versions.show(self._page_of_history, _columns(datetime.now().astimezone()))
            self._fit_versions()
            self._show_only(self.versions)

    def _page_of_history(self, start: int, count: int, then: Callable[[Rows], None]) -> None:
        then(Rows(self._history[start : start + count], len(self._history)))

    def _fit_versions(self) -> None:
        head = self.versions.horizontalHeader()
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, self._versions.columnCount()):
            title = self._versions.columns[column].title
            widest = max(title, words.widest_stamp(), key=len)
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            head.resizeSection(column, column_width(self._look, widest))

    def _go(self, index: QModelIndex) -> None:
        row = self._versions.row_at(index.row())
        snapshots = row.get("snapshots") if row is not None else None
        if isinstance(snapshots, list) and snapshots:
            self._went(str(snapshots[-1]))


def _told_by_size(told: Mapping[str, object], *, compared: bool) -> str:
    """What is no text, or is too large, in a sentence."""
    size, other = told.get("size"), told.get("against_size")
    mine = words.size(size) if isinstance(size, int) else words.UNKNOWN
    if not compared:
        return _("This file is no text, or too large to be shown here. It has {size}.").format(
            size=mine
        )
    if not isinstance(other, int):
        return _("This file has {size}; it is not there.").format(size=mine)
    if told.get("same"):
        return _("Both are the same, byte for byte: {size}.").format(size=mine)
    return _("They differ: {size} here, {other} there.").format(size=mine, other=words.size(other))


def _columns(now: datetime) -> tuple[Column, ...]:
    def when(row: Row, which: str) -> str:
        held = row.get(which)
        time = held.get("time") if isinstance(held, dict) else None
        return words.stamp(datetime.fromisoformat(time), now) if isinstance(time, str) else ""

    def changed(row: Row) -> str:
        time = row.get("mtime")
        return words.stamp(datetime.fromisoformat(time), now) if isinstance(time, str) else ""

    def size(row: Row) -> str:
        held = row.get("size")
        return words.size(held) if isinstance(held, int) else ""

    def count(row: Row) -> str:
        held = row.get("snapshots")
        number = len(held) if isinstance(held, list) else 0
        return plural("{count} snapshot", "{count} snapshots", number)

    return (
        Column(_("In"), count),
        Column(_("Changed"), changed),
        Column(_("First seen"), lambda row: when(row, "first")),
        Column(_("Last seen"), lambda row: when(row, "last")),
        Column(_("Size"), size, right=True),
    )
