"""One source on the page of bots and files: how much is taken of it, what is left out and why, and
rules that show their effect before they are rules."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QBoxLayout,
    QGridLayout,
    QHeaderView,
    QTabBar,
    QWidget,
)

from app.messages import _
from app.ui import sources, words
from app.ui.jobs import Ending, error_of
from app.ui.models.paged import Column, PagedModel, Rows
from app.ui.pages.bot_states import BotStates
from app.ui.pages.page import Tools
from app.ui.pages.source_keys import SourceKeys
from app.ui.tokens import Size, Space, Type
from app.ui.widgets.basic import (
    Card,
    Chip,
    Elided,
    ask_first,
    button,
    clear,
    column_of,
    line,
    row_of,
    text,
)
from app.ui.widgets.cells import Cells
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.fields import field
from app.ui.widgets.folding import Folding
from app.ui.widgets.scrolling import Scrolling
from app.ui.widgets.tables import column_width, make_table

_SHOWN = 8  # rows of what is left out


class Detail(Card):
    """One source: how much is taken, what is left out and why, its folders, a new rule."""

    def __init__(self, tools: Tools, removed: Callable[[Ending], None]) -> None:
        super().__init__(Space.TINY)
        self._tools, self._removed = tools, removed
        self._name, self._below = "", ""
        self._taking: sources.Taking | None = None
        look = tools.look
        scroll = Scrolling(inside=True)
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
        self._states = BotStates(self._tools)
        self._taken = QWidget()
        self._tabs = self._make_tabs()
        column.addWidget(self._tabs)
        column.addWidget(self._states, 1)
        column.addWidget(self._taken, 1)
        self._fill_taken()
        return inside

    def _make_tabs(self) -> QTabBar:
        """A bot has earlier states, too; what is taken of it comes first."""
        tabs = QTabBar()
        tabs.setFont(self._tools.look.font())
        tabs.setDrawBase(False)
        tabs.setExpanding(False)
        tabs.setUsesScrollButtons(False)
        tabs.addTab(_("What is taken"))
        tabs.addTab(_("Earlier states"))
        tabs.setAccessibleName(_("What to show of the bot"))
        tabs.currentChanged.connect(lambda _at: self._show_tab())
        return tabs

    def _show_tab(self) -> None:
        is_bot = self._taking is not None and self._taking.kind == "bot"
        states = is_bot and self._tabs.currentIndex() == 1
        self._tabs.setVisible(is_bot)
        self._states.setVisible(states)
        self._taken.setVisible(not states)
        if states:
            self._states.show_bot(self._name)

    def _fill_taken(self) -> None:
        column = column_of(spacing=Space.MEDIUM)
        self._taken.setLayout(column)
        self._amounts = column_of(spacing=Space.SMALL)
        column.addLayout(self._amounts)
        self.keys = SourceKeys(self._tools)
        column.addWidget(self.keys)
        column.addWidget(line())
        column.addLayout(self._rule())
        column.addWidget(line())
        self._crumb = row_of(spacing=Space.SMALL)
        column.addLayout(self._crumb)
        self._model = PagedModel(_columns())
        look = self._tools.look
        self._table = make_table(look, self._model, _("What is in it"))
        self._table.setItemDelegate(Cells(look, self._table, frozenset({0})))
        self._table.activated.connect(self._open)
        self._table.setMinimumHeight(Size.CODE_MOST)
        self._fit()
        column.addWidget(self._table, 1)

    def _rule(self) -> QBoxLayout:
        """A field for a new pattern, what it would do, and the button that does it."""
        look = self._tools.look
        column = column_of(spacing=Space.TINY)
        column.addWidget(text(look, _("Leave out"), weight=Type.SEMIBOLD))
        self.pattern = field(look, _("Pattern to leave out"), hint="*.log, cache/")
        self.pattern.returnPressed.connect(self._preview)
        self.preview = button(look, _("Show the effect"))
        self.preview.clicked.connect(lambda _on: self._preview())
        self.add = button(look, _("Leave it out"))
        self.add.clicked.connect(lambda _on: self._add_rule())
        self.add.setEnabled(False)
        self.pattern.textChanged.connect(lambda _text: self.add.setEnabled(False))
        tools = QWidget()
        row = row_of(spacing=Space.SMALL)
        row.addWidget(self.preview)
        row.addWidget(self.add)
        row.addStretch()
        tools.setLayout(row)
        column.addWidget(Folding(self.pattern, tools))
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
        self._show_tab()
        self._show_amounts(taking)
        self.keys.show_bot(taking.name if taking.bot else "")
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
        why = Elided(look, sources.why_of(item))
        wide = QFontMetrics(why.font()).horizontalAdvance(sources.why_of(item))
        why.setMinimumWidth(min(wide + Size.RING, Size.WHY_MOST))
        grid.addWidget(why, row, 1)
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
            paths = words.listed(effect.paths[:5]) + ("…" if len(effect.paths) > 5 else "")
            said = words.sentences((said, paths))
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

        def remove() -> None:
            self._tools.controller.ask(["source", "remove", name], self._removed, changes=True)

        ask_first(
            self,
            _("Stop saving {name}?").format(name=name),
            _(
                "It stays where it is. What was saved of it stays in your snapshots as long as "
                "the rules keep them."
            ),
            _("Stop saving it"),
            remove,
        )


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
