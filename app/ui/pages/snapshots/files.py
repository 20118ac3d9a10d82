"""The card of a folder in a snapshot: where one is, what lies there, what became of it since."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QIcon, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from app.messages import Sentence, _, plural, render
from app.ui import words
from app.ui.key_names import key_name
from app.ui.look import Look
from app.ui.models.paged import Column, PagedModel, Row
from app.ui.pages.snapshots.folder import Folder
from app.ui.protocol import Told
from app.ui.snapshots import change_text, change_tone, crumbs, icon_of, size_text, when_text
from app.ui.tokens import Size, Space, Tone, Type
from app.ui.widgets.basic import Card, Elided, button, clear, column_of, row_of, text, tip
from app.ui.widgets.cells import Cells
from app.ui.widgets.notice import Notice
from app.ui.widgets.tables import column_width, dress_table

_NAME, _SIZE, _WHEN, _CHANGE = range(4)


def join(folder: str, name: str) -> str:
    """A path in a snapshot."""
    return f"{folder.rstrip('/')}/{name}"


def columns(now: datetime, beside: str) -> tuple[Column, ...]:
    """The columns; without another snapshot to set it beside, three."""
    found = (
        Column(_("Name"), lambda row: str(row["name"]), icon=icon_of),
        Column(_("Size"), size_text, right=True),
        Column(_("Changed"), lambda row: when_text(row, now)),
    )
    if not beside:
        return found
    title = _("Against {when}").format(when=beside)
    return (*found, Column(title, change_text, tone=change_tone))


class FilesCard(Card):
    """See the module. `opened` is told a folder's path, `chosen` the rows that are selected."""

    def __init__(
        self,
        look: Look,
        opened: Callable[[str], object],
        chosen: Callable[[Sequence[Row]], object],
        restore: Callable[[], object],
        pin: Callable[[], object],
        changes: Callable[[], object],
    ) -> None:
        super().__init__(Space.MEDIUM)
        self._look, self._opened, self._chosen = look, opened, chosen
        self._path, self._needed = "/", 0
        self._folder: Folder | None = None
        self.model = PagedModel(columns(datetime.now().astimezone(), ""))
        self.table = _FileTable(self._open, self._up)
        self._make_table()
        self._head = head = row_of(spacing=Space.SMALL)
        self._crumbs = row_of(spacing=0)
        head.addLayout(self._crumbs, 1)
        self.pin = button(look, "", "quiet", "pinned")
        self.pin.clicked.connect(lambda _on: pin())
        self.changes = button(look, _("All changes"), "quiet")
        self.changes.clicked.connect(lambda _on: changes())
        self.restore = button(look, _("Restore all…"), "main", "restore")
        self.restore.clicked.connect(lambda _on: restore())
        for each in (self.changes, self.pin, self.restore):
            head.addWidget(each)
        self.body.addLayout(head)
        self._said = column_of()
        self.body.addLayout(self._said)
        self.body.addWidget(self.table, 1)
        self.set_pinned(pinned=False)

    def _make_table(self) -> None:
        dress_table(self.table, self._look, self.model, _("Files"))
        self.table.setItemDelegate(Cells(self._look, self.table, frozenset({_NAME})))
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.doubleClicked.connect(self._open)
        self.table.selectionModel().selectionChanged.connect(lambda *_args: self._selected())
        self.model.modelReset.connect(self._selected)
        self.model.failed.connect(lambda told: self._say(Tone.BAD, told.sentence))

    def show_folder(self, fetch: Folder | None, path: str, now: datetime, beside: str) -> None:
        """Another folder, or another snapshot's."""
        if self._folder is not None:
            self._folder.leave()
        self._folder, self._path = fetch, path
        clear(self._said)
        self.model.show(fetch, columns(now, beside))
        self._widths()
        self._show_crumbs(path)

    def say_untold(self, why: Told, beside: str) -> None:
        """Why nothing can be said of what changed."""
        params = {"when": beside, "why": str(why.sentence)}
        self._say(Tone.WARN, render("window-changes-untold", params))

    def set_pinned(self, *, pinned: bool) -> None:
        """What the pin would do."""
        name = _("Pinned: leave it to the rules again") if pinned else _("Pin: keep it always")
        self.pin.setToolTip(f"{name} ({key_name('Ctrl+P')})")
        self.pin.setAccessibleName(name)
        self.pin.setCheckable(True)
        self.pin.setChecked(pinned)

    def selection(self) -> list[Row]:
        """The rows that are selected and there."""
        indexes = self.table.selectionModel().selectedRows()
        rows = (self.model.row_at(index.row()) for index in indexes)
        return [row for row in rows if row is not None]

    # --- inside ------------------------------------------------------------------------------

    def _say(self, tone: Tone, sentence: Sentence) -> None:
        clear(self._said)
        self._said.addWidget(Notice(self._look, tone, sentence))

    def _widths(self) -> None:
        head = self.table.horizontalHeader()
        head.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        wide = ("888.8 MB", words.widest_stamp(), "~ unverändert")
        self._needed = Size.NAME_LEAST
        for column, widest in zip((_SIZE, _WHEN, _CHANGE), wide, strict=True):
            if column < self.model.columnCount():
                title = self.model.columns[column].title
                width = max(column_width(self._look, each) for each in (widest, title))
                head.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
                head.resizeSection(column, width)
                self._needed += width
        self.table.setColumnHidden(_WHEN, self._is_narrow)

    def _fit_changes(self) -> None:
        """Its icon alone where its words would push the others out."""
        words = _("All changes")
        self.changes.setText(words)
        self.changes.setIcon(QIcon())
        self.changes.setToolTip(key_name("Ctrl+D"))
        self._head.invalidate()
        if self._head.sizeHint().width() > self.body.contentsRect().width():
            self.changes.setText("")
            self.changes.setIcon(self._look.button_icon("arrows-diff", "plain"))
            self.changes.setToolTip(f"{words} ({key_name('Ctrl+D')})")

    @property
    def _is_narrow(self) -> bool:
        return self.width() < self._needed

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        super().resizeEvent(event)
        self.table.setColumnHidden(_WHEN, self._is_narrow)
        self._show_crumbs(self._path)

    def _show_crumbs(self, path: str) -> None:
        clear(self._crumbs)
        parts = [("/", "/"), *crumbs(path)]
        most = 2 if self._is_narrow else 4
        shown = parts
        if len(parts) > most:
            shown = [("…", parts[-2][1]), parts[-1]]
            if not self._is_narrow:
                shown = [parts[0], ("…", parts[-3][1]), *parts[-2:]]
        for number, (name, target) in enumerate(shown):
            if number > (0 if shown[0][0] == "…" else 1):
                self._crumbs.addWidget(text(self._look, "›", caption=True))
            if target == path:
                label = Elided(self._look, name, caption=False, weight=Type.SEMIBOLD)
                label.setContentsMargins(Space.SMALL, 0, 0, 0)
                self._crumbs.addWidget(label, 1)
            else:
                made = button(self._look, name, "quiet")
                made.setAccessibleName(_("Open {folder}").format(folder=target))
                tip(made, target)
                made.clicked.connect(lambda _on, to=target: self._opened(to))
                self._crumbs.addWidget(made)
        self._fit_changes()

    def _open(self, index: QModelIndex) -> None:
        row = self.model.row_at(index.row())
        if row is not None and row.get("type") == "dir" and row.get("change") != "gone":
            self._opened(join(self._path, str(row["name"])))

    def _up(self) -> None:
        above = crumbs(self._path)[:-1]
        if self._path != "/":
            self._opened(above[-1][1] if above else "/")

    def _selected(self) -> None:
        rows = [row for row in self.selection() if row.get("change") != "gone"]
        self.restore.setText(f"  {_restore_words(rows, self._path)}")
        self.restore.setAccessibleName(_restore_words(rows, self._path))
        self._fit_changes()
        self._chosen(rows)


def _restore_words(rows: Sequence[Row], path: str) -> str:
    if not rows:
        return _("Restore all…") if path == "/" else _("Restore this folder…")
    if all(row.get("type") == "file" for row in rows):
        return plural("Restore {count} file…", "Restore {count} files…", len(rows))
    return plural("Restore {count} item…", "Restore {count} items…", len(rows))


class _FileTable(QTableView):
    """Enter opens, Backspace goes up."""

    def __init__(self, opened: Callable[[QModelIndex], object], up: Callable[[], object]) -> None:
        super().__init__()
        self._opened, self._up = opened, up

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  # Qt's name
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._opened(self.currentIndex())
        elif event.key() == Qt.Key.Key_Backspace:
            self._up()
        else:
            super().keyPressEvent(event)
