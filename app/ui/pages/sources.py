"""The page of bots and files: what is saved, what of it is taken and left out, and why.

Leaving something out shows its effect before it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QMessageBox,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from app.messages import _
from app.ui import sources, words
from app.ui.jobs import Ending
from app.ui.models.paged import Column, PagedModel, Rows
from app.ui.models.two_line import TwoLineList
from app.ui.pages.copies import error_of
from app.ui.pages.page import Page, Tools
from app.ui.shown import ChipShown, RowShown
from app.ui.situation import Situation
from app.ui.things import source_rows
from app.ui.tokens import Size, Space, Tone, Type
from app.ui.widgets.basic import (
    Card,
    Chip,
    Elided,
    button,
    clear,
    column_of,
    line,
    question,
    row_of,
    text,
    unmarked,
)
from app.ui.widgets.cells import Cells
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.fields import field
from app.ui.widgets.header import PageHeader
from app.ui.widgets.scrolling import Scrolling
from app.ui.widgets.tables import column_width, make_table
from app.ui.widgets.two_line import two_line_view

_SHOWN = 8  # rows of what is left out


class Sources(Page):
    """See the module."""

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self._name = ""
        self._rows: list[RowShown] = []
        look = tools.look
        add = button(look, _("Add"), icon="plus")
        add.setMenu(self._add_menu(add))
        self._model = TwoLineList()
        self._view = two_line_view(look, self._model, _("What is protected"))
        self._view.selectionModel().currentChanged.connect(self._changed)
        self._empty = EmptyState(
            look,
            _("Nothing is protected yet. Tradekeep finds bots by itself, or takes any folder."),
            _("Find bots"),
            self._detect,
            "robot",
        )
        self._detail = Detail(tools, self._removed)
        self._trouble = text(look, "", tone=Tone.BAD, wraps=True)
        self._trouble.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.PAGE, Space.CARD, Space.PAGE, Space.PAGE_TOP)
        column.setSpacing(Space.MEDIUM)
        column.addWidget(PageHeader(look, _("Bots and files"), add))
        column.addWidget(self._trouble)
        column.addLayout(self._halves(), 1)

    def _halves(self) -> QHBoxLayout:
        body = row_of(spacing=Space.MEDIUM)
        self._list = Card(Space.TINY)
        self._list.setFixedWidth(Size.SNAPSHOT_LIST)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._view)
        self._list.body.addWidget(holder)
        body.addWidget(self._list)
        body.addWidget(self._detail, 1)
        return body

    def _add_menu(self, parent: QWidget) -> QMenu:
        menu = QMenu(parent)
        menu.addAction(_("Find bots")).triggered.connect(lambda _on: self._detect())
        menu.addAction(_("Add a bot’s folder…")).triggered.connect(lambda _on: self._choose("bot"))
        menu.addAction(_("Add a folder…")).triggered.connect(lambda _on: self._choose("folder"))
        return menu

    # --- what the window asks ----------------------------------------------------------------

    def show_situation(self, situation: Situation) -> None:
        status = situation.status
        found = source_rows(status, situation.now, situation.home) if status else ()
        names = {each.name for each in status.sources} if status else set()
        rows = [
            RowShown(each.name, each.icon, each.name, each.about, _unless_well(each.chip))
            for each in found
            if each.name in names
        ]
        if rows == self._rows:
            return
        self._rows = rows
        self._model.show(rows)
        self._stack.setCurrentWidget(self._view if rows else self._empty)
        if self._name not in names:
            self._name = rows[0].id if rows else ""
        self._mark()
        self._detail.show_source(self._name)

    def aim(self, detail: str) -> None:
        self._name = detail
        self._mark()
        self._detail.show_source(detail)

    def refresh(self) -> None:
        self._detail.show_source(self._name)

    def keep(self) -> object:
        return self._name

    def take(self, kept: object) -> None:
        if isinstance(kept, str) and kept:
            self.aim(kept)

    def _mark(self) -> None:
        index = self._model.find(self._name)
        if index.isValid():
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self._view.selectionModel().setCurrentIndex(index, flag)

    def _changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        row = self._model.at(current)
        if row is not None and row.id != self._name:
            self._name = row.id
            self._detail.show_source(row.id)

    # --- adding, removing --------------------------------------------------------------------

    def _choose(self, kind: str) -> None:
        found = QFileDialog.getExistingDirectory(self, _("Choose a folder"), str(Path.home()))
        if found:
            self._add(kind, found)

    def _add(self, kind: str, path: str) -> None:
        self.tools.controller.ask(["source", "add", kind, path], self._added, changes=True)

    def _added(self, ending: Ending) -> None:
        error = error_of(ending)
        self._say(str(error.sentence) if error is not None else "")
        if error is None and ending.done is not None:
            self._name = str(ending.done.report.get("name", ""))

    def _removed(self, ending: Ending) -> None:
        error = error_of(ending)
        self._say(str(error.sentence) if error is not None else "")

    def _detect(self) -> None:
        self._say(_("Looking for bots. This takes up to 20 seconds."), Tone.CALM)
        self.tools.controller.ask(["source", "detect"], self._detected)

    def _detected(self, ending: Ending) -> None:
        error = error_of(ending)
        if error is not None or ending.done is None:
            self._say(str(error.sentence) if error is not None else "")
            return
        found = sources.read_found(ending.done.report)
        if not found:
            self._say(
                _("No other bot was found. Add its folder by hand if there is one."), Tone.CALM
            )
            return
        self._say("")
        menu = QMenu(self)
        for bot in found:
            label = f"{bot.name} · {bot.path} · {bot.about}"
            menu.addAction(unmarked(label)).triggered.connect(partial(self._add_found, bot.path))
        menu.popup(self._view.mapToGlobal(self._view.rect().topLeft()))

    def _add_found(self, path: str, _on: bool = False) -> None:  # noqa: FBT001  # Qt's signal
        self._add("bot", path)

    def _say(self, sentence: str, tone: Tone = Tone.BAD) -> None:
        self._trouble.setProperty("tone", tone.value)
        self._trouble.style().polish(self._trouble)
        self._trouble.setText(sentence)
        self._trouble.setVisible(bool(sentence))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        super().resizeEvent(event)
        narrow = self.width() < Size.STACK_BELOW - Size.RAIL
        self._list.setFixedWidth(Size.SNAPSHOT_LIST_NARROW if narrow else Size.SNAPSHOT_LIST)


class Detail(Card):
    """One source: how much is taken, what is left out and why, its folders, a new rule."""

    def __init__(self, tools: Tools, removed: Callable[[Ending], None]) -> None:
        super().__init__(0)
        self._tools, self._removed = tools, removed
        self._name, self._below = "", ""
        self._taking: sources.Taking | None = None
        look = tools.look
        scroll = Scrolling()
        scroll.setProperty("kind", "inside")
        self._column = scroll.column
        self.body.addWidget(scroll)
        self._say = EmptyState(look, _("Choose something to see what is taken of it."))
        self._inside = self._make_inside()
        self._column.addWidget(self._say)
        self._column.addWidget(self._inside, 1)
        self._inside.hide()

    # --- making ------------------------------------------------------------------------------

    def _make_inside(self) -> QWidget:
        inside = QWidget()
        column = column_of(spacing=Space.MEDIUM)
        inside.setLayout(column)
        look = self._tools.look
        self._title = text(look, "", factor=Type.SECTION, weight=Type.SEMIBOLD)
        self._path = Elided(look)
        remove = button(look, _("Remove…"), "quiet", "trash")
        remove.clicked.connect(lambda _on: self._remove())
        head = row_of(spacing=Space.SMALL)
        names = column_of()
        names.addWidget(self._title)
        names.addWidget(self._path)
        head.addLayout(names, 1)
        head.addWidget(remove)
        column.addLayout(head)
        self._amounts = column_of(spacing=Space.SMALL)
        column.addLayout(self._amounts)
        column.addWidget(line())
        column.addLayout(self._rule())
        column.addWidget(line())
        self._crumb = row_of(spacing=Space.SMALL)
        column.addLayout(self._crumb)
        self._model = PagedModel(_columns())
        self._table = make_table(look, self._model, _("What is in it"))
        self._table.setItemDelegate(Cells(look, self._table, frozenset({0})))
        self._table.activated.connect(self._open)
        self._table.setMinimumHeight(Size.CODE_MOST)
        self._fit()
        column.addWidget(self._table, 1)
        return inside

    def _rule(self) -> QBoxLayout:
        """A field for a new pattern, what it would do, and the button that does it."""
        look = self._tools.look
        column = column_of(spacing=Space.TINY)
        column.addWidget(text(look, _("Leave out"), weight=Type.SEMIBOLD))
        row = row_of(spacing=Space.SMALL)
        self.pattern = field(look, _("Pattern to leave out"), hint="*.log, cache/")
        self.pattern.returnPressed.connect(self._preview)
        self.preview = button(look, _("Show the effect"))
        self.preview.clicked.connect(lambda _on: self._preview())
        self.add = button(look, _("Leave it out"))
        self.add.clicked.connect(lambda _on: self._add_rule())
        self.add.setEnabled(False)
        self.pattern.textChanged.connect(lambda _text: self.add.setEnabled(False))
        row.addWidget(self.pattern, 1)
        row.addWidget(self.preview)
        row.addWidget(self.add)
        column.addLayout(row)
        self.effect = text(look, "", caption=True, wraps=True)
        self.effect.hide()
        column.addWidget(self.effect)
        return column

    def _fit(self) -> None:
        head = self._table.horizontalHeader()
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        size = ("888.8 MB",)
        for column, widest in enumerate((size, size, sources.taken_words()), 1):
            title, icon = self._model.columns[column].title, Size.ICON_BUTTON + Space.MEDIUM
            width = max(column_width(self._tools.look, each) for each in (*widest, title))
            width += icon if widest is not size else 0
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            head.resizeSection(column, width)

    # --- asking ------------------------------------------------------------------------------

    def show_source(self, name: str) -> None:
        """Another source, from its top."""
        self._name, self._below = name, ""
        self.pattern.clear()
        self.effect.hide()
        if name:
            self._ask()
        else:
            self._nothing(_("Choose something to see what is taken of it."))

    def _ask(self, *more: str) -> None:
        name, below = self._name, self._below
        asked = ["source", "show", name]
        asked += ["--below", below] if below else []
        for pattern in more:
            asked += ["--with", pattern]
        self._tools.controller.ask(
            asked, lambda ending: self._take(name, below, ending, more=bool(more))
        )

    def _take(self, name: str, below: str, ending: Ending, *, more: bool) -> None:
        if (name, below) != (self._name, self._below):
            return
        error = error_of(ending)
        if error is not None or ending.done is None:
            said = str(error.sentence) if error is not None else ""
            if more:
                self._tell(said)
            else:
                self._nothing(said)
            return
        try:
            taking = sources.read_taking(ending.done.report)
        except msgspec.ValidationError:
            return
        if more:
            self._tell_effect(taking.effect)
        else:
            self._show(taking)

    def _nothing(self, sentence: str) -> None:
        self._say.sentence.setText(sentence)
        self._say.show()
        self._inside.hide()

    # --- showing -----------------------------------------------------------------------------

    def _show(self, taking: sources.Taking) -> None:
        self._taking = taking
        self._say.hide()
        self._inside.show()
        self._title.setText(taking.name)
        self._path.set_full(taking.path)
        self._show_amounts(taking)
        self._show_crumb()
        rows = taking.rows
        self._model.show(
            lambda start, count, then: then(Rows(rows[start : start + count], len(rows)))
        )

    def _show_amounts(self, taking: sources.Taking) -> None:
        clear(self._amounts)
        look = self._tools.look
        row = row_of(spacing=Space.MEDIUM)
        row.addWidget(_fact(self._tools, _("Taken"), sources.amount(taking.taken)), 1)
        row.addWidget(_fact(self._tools, _("Left out"), sources.amount(taking.left_out)), 1)
        chip = sources.chip_of(taking)
        if chip is not None:
            row.addWidget(Chip(look, chip))
        self._amounts.addLayout(row)
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.MEDIUM)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        for number, item in enumerate(taking.items[:_SHOWN]):
            self._left_out(grid, number, item, taking)
        self._amounts.addLayout(grid)
        if len(taking.items) > _SHOWN:
            more = _("And {count} more, all smaller.").format(
                count=words.count(len(taking.items) - _SHOWN)
            )
            self._amounts.addWidget(text(look, more, caption=True))

    def _left_out(
        self, grid: QGridLayout, row: int, item: sources.Item, taking: sources.Taking
    ) -> None:
        look = self._tools.look
        grid.addWidget(Elided(look, item.path, caption=False), row, 0)
        grid.addWidget(Elided(look, sources.why_of(item)), row, 1)
        held = text(look, sources.amount(item), caption=True)
        grid.addWidget(held, row, 2, Qt.AlignmentFlag.AlignRight)
        back = button(look, _("Take it"), "quiet")
        back.setAccessibleDescription(item.path)
        back.setEnabled(item.why in taking.exclude)
        back.clicked.connect(lambda _on: self._drop_rule(item.why))
        grid.addWidget(back, row, 3)

    def _show_crumb(self) -> None:
        clear(self._crumb)
        look = self._tools.look
        if self._below:
            up = button(look, _("Up"), "quiet", "arrow-up")
            up.clicked.connect(lambda _on: self._go(self._below.rpartition("/")[0]))
            self._crumb.addWidget(up)
        self._crumb.addWidget(text(look, self._below or _("What is in it"), weight=Type.SEMIBOLD))
        self._crumb.addStretch()

    def _go(self, below: str) -> None:
        self._below = below
        self._ask()

    def _open(self, index: QModelIndex) -> None:
        row = self._model.row_at(index.row())
        if row is not None and row.get("folder") and row.get("taken") != "none":
            self._go("/".join(part for part in (self._below, str(row["name"])) if part))

    # --- rules -------------------------------------------------------------------------------

    def _preview(self) -> None:
        pattern = self.pattern.text().strip()
        if pattern:
            self._ask(pattern)
        else:
            self._tell(_("Give a pattern, as *.log for files or cache/ for a folder."))

    def _tell_effect(self, effect: sources.Effect) -> None:
        said = sources.effect_words(effect)
        if effect.paths:
            said = f"{said} {', '.join(effect.paths[:5])}" + ("…" if len(effect.paths) > 5 else "")
        self._tell(said)
        self.add.setEnabled(bool(effect.files))

    def _tell(self, sentence: str) -> None:
        self.effect.setText(sentence)
        self.effect.setVisible(bool(sentence))

    def _add_rule(self) -> None:
        pattern = self.pattern.text().strip()
        if self._taking is not None and pattern:
            self._write([*self._taking.exclude, pattern])

    def _drop_rule(self, pattern: str) -> None:
        if self._taking is not None:
            self._write([each for each in self._taking.exclude if each != pattern])

    def _write(self, patterns: list[str]) -> None:
        asked = ["source", "exclude", self._name, "--", *patterns]
        self._tools.controller.ask(asked, self._written, changes=True)

    def _written(self, ending: Ending) -> None:
        error = error_of(ending)
        if error is not None:
            self._tell(str(error.sentence))
            return
        self.pattern.clear()
        self.effect.hide()
        self._ask()

    # --- removing ----------------------------------------------------------------------------

    def _remove(self) -> None:
        name = self._name
        box = question(
            self,
            _("Stop saving {name}?").format(name=name),
            _("It stays where it is, and what was saved of it stays in your snapshots."),
        )
        gone = box.addButton(_("Stop saving it"), QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton(_("Cancel"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)

        def chosen() -> None:
            if box.clickedButton() is gone:
                asked = ["source", "remove", name]
                self._tools.controller.ask(asked, self._removed, changes=True)

        box.finished.connect(lambda _result: chosen())
        box.open()


def _unless_well(chip: ChipShown) -> ChipShown | None:
    """In a narrow list only what is not well has a chip: names need the room."""
    return None if chip.tone is Tone.OK else chip


def _fact(tools: Tools, label: str, value: str) -> QWidget:
    holder = QWidget()
    column = column_of()
    holder.setLayout(column)
    column.addWidget(text(tools.look, label, caption=True))
    column.addWidget(text(tools.look, value, weight=Type.SEMIBOLD, wraps=True))
    return holder


def _columns() -> tuple[Column, ...]:
    return (
        Column(_("Name"), lambda row: str(row.get("name", "")), icon=sources.icon_of),
        Column(_("Taken"), sources.size_of, right=True),
        Column(_("Left out"), sources.left_of, right=True),
        Column("", sources.taken_of, icon=sources.taken_icon),
    )
