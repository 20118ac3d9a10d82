"""The page: which snapshot, which folder, which file are chosen, and what each card shows of it."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from app.messages import _
from app.ui import words
from app.ui.jobs import Ending
from app.ui.models.paged import Row
from app.ui.pages.page import Page, Tools, list_width
from app.ui.pages.snapshots.detail import ALONE, DISK, DetailCard
from app.ui.pages.snapshots.files import FilesCard, join
from app.ui.pages.snapshots.folder import Folder
from app.ui.pages.snapshots.found import FoundCard
from app.ui.pages.snapshots.listing import ListCard
from app.ui.reader import Answer, Ticket
from app.ui.shown import Intent, RestoreAsked
from app.ui.situation import Situation
from app.ui.snapshots import SnapshotRow, before, hosts, listed, read_rows, timeline, top_folder
from app.ui.tokens import Space
from app.ui.widgets.basic import Card, column_of, row_of
from app.ui.widgets.fields import combo, search_field
from app.ui.widgets.header import PageHeader
from app.ui.widgets.timeline import Timeline

_PAGE = 500
_BESIDES = 30


@dataclass(frozen=True, slots=True)
class _Kept:
    host: str
    snapshot: str
    path: str


class Snapshots(Page):
    """See the module."""

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self._rows: list[SnapshotRow] = []
        self._coming: list[SnapshotRow] = []
        self._host, self._snapshot, self._path = "", "", ""
        self._chosen: Sequence[Row] = ()
        self._aimed = ""
        self._state: object = None
        self._ticket: Ticket | None = None
        self._back: list[tuple[str, str]] = []
        self._forth: list[tuple[str, str]] = []
        look, reader = tools.look, tools.reader
        self._search = search_field(look, _("Search all snapshots"), self._find)
        self._machine = combo(look, _("Machine"), (), self._choose_machine)
        self._list = ListCard(look, self._choose, lambda: tools.act(Intent.BACK_UP))
        self._files = FilesCard(
            look, self._open, self._select, self._restore, self._pin, self._differences
        )
        self._detail = DetailCard(look, reader, self._choose_version)
        self._found = FoundCard(look, reader, self._go_to, self._end_search)
        self._timeline = Timeline(look, timeline([], "", self._now))
        self._timeline.chosen_id.connect(self._choose)
        self._timeline_card = Card(Space.MEDIUM)
        self._lay_out()
        reader.reloaded.connect(self.refresh)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.PAGE, Space.CARD, Space.PAGE, Space.PAGE_TOP)
        column.setSpacing(Space.MEDIUM)
        look = self.tools.look
        column.addWidget(PageHeader(look, _("Snapshots"), self._search, self._machine))
        self._timeline_card.body.addWidget(self._timeline)
        self._timeline_card.hide()
        column.addWidget(self._timeline_card)
        body = row_of(spacing=Space.MEDIUM)
        body.addWidget(self._list)
        right = column_of(spacing=Space.MEDIUM)
        upper = QWidget()
        self._upper = QStackedLayout(upper)
        self._upper.addWidget(self._files)
        self._upper.addWidget(self._found)
        right.addWidget(upper, 1)
        right.addWidget(self._detail, 1)
        body.addLayout(right, 1)
        column.addLayout(body, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        super().resizeEvent(event)
        self._list.setFixedWidth(list_width(self.width()))

    # --- what the window asks ----------------------------------------------------------------

    def show_situation(self, situation: Situation) -> None:
        """New snapshots are listed as soon as the status tells of them."""
        own = situation.status.repository if situation.status else None
        state = None if own is None else (own.path, own.snapshots, own.newest)
        if state != self._state:
            self._state = state
            self.refresh()

    def refresh(self) -> None:
        """Read the list anew."""
        if self._state is None:
            self._rows = []
            self._show_list()
            return
        if self._ticket is not None:
            self._ticket.cancel()
        self._coming = []
        self._ask_page(0)

    def aim(self, detail: str) -> None:
        self._aimed = detail
        self._choose(detail)

    def search(self) -> None:
        self._search.setFocus()
        self._search.selectAll()

    def keys(self) -> Mapping[str, Callable[[], object]]:
        return {
            "Ctrl+D": self._differences,
            "Ctrl+P": self._pin,
            "Alt+Left": lambda: self._walk(self._back, self._forth),
            "Alt+Right": lambda: self._walk(self._forth, self._back),
        }

    def keep(self) -> object:
        return _Kept(self._host, self._snapshot, self._path)

    def take(self, kept: object) -> None:
        if isinstance(kept, _Kept):
            self._host, self._snapshot, self._path = kept.host, kept.snapshot, kept.path

    # --- the list ----------------------------------------------------------------------------

    def _ask_page(self, start: int) -> None:
        question = {"do": "snapshots", "start": start, "count": _PAGE}
        self._ticket = self.tools.reader.ask(question, self._take_page)

    def _take_page(self, answer: Answer) -> None:
        if answer.error is not None:
            self._ticket = None
            self._detail.show_nothing(str(answer.error.sentence))
            return
        if answer.more:
            return
        found, following = answer.last.get("rows"), answer.last.get("next")
        try:
            self._coming += read_rows(found if isinstance(found, list) else [])
        except msgspec.ValidationError:
            return
        if isinstance(following, int):
            self._ask_page(following)
            return
        self._ticket = None
        self._rows, self._coming = self._coming, []
        self._show_machines()
        self._show_list()

    def _show_machines(self) -> None:
        names = hosts(self._rows)
        self._machine.clear()
        self._machine.addItem(_("All machines"), "")
        for name in names:
            self._machine.addItem(name, name)
        self._machine.setCurrentIndex(max(0, self._machine.findData(self._host)))
        self._machine.setVisible(len(names) > 1)

    def _choose_machine(self, value: object) -> None:
        self._host = str(value)
        self._show_list()

    @property
    def _seen(self) -> list[SnapshotRow]:
        return [row for row in self._rows if self._host in ("", row.host)]

    def _show_list(self) -> None:
        seen = self._seen
        known = {row.id for row in seen}
        wanted = self._aimed if self._aimed in known else self._snapshot
        if wanted not in known:
            wanted = seen[0].id if seen else ""
        self._list.show_rows(listed(seen, self._now, self._this_host), wanted)
        self._timeline_card.setVisible(bool(seen))
        if wanted:
            self._choose(wanted)
        else:
            self._files.show_folder(None, "/", self._now, "")
            self._detail.show_nothing()

    def _show_timeline(self) -> None:
        shown = timeline(self._seen, self._snapshot, self._now, self._this_host)
        self._timeline.show_timeline(shown)

    @property
    def _now(self) -> datetime:
        return self.tools.controller.situation.now

    @property
    def _this_host(self) -> str:
        """This computer, by the name that its snapshots have; else the first of all."""
        names = hosts(self._rows)
        return platform.node() if platform.node() in names else next(iter(names), "")

    def _row(self, snapshot: str) -> SnapshotRow | None:
        return next((row for row in self._rows if row.id == snapshot), None)

    # --- a snapshot, a folder ----------------------------------------------------------------

    def _choose(self, snapshot: str) -> None:
        row = self._row(snapshot)
        if row is None:
            return
        again = row.host == getattr(self._row(self._snapshot), "host", None)
        path = self._path if self._path and again else top_folder(row.paths)
        self._show(snapshot, path)

    def _choose_version(self, snapshot: str) -> None:
        """A version of the file that is shown: its snapshot, with the same file."""
        held = self._row(snapshot)
        if held is not None:
            name = self._chosen[0] if self._chosen else None
            self._show(snapshot, self._path)
            if name is not None:
                self._show_file(name)

    def _open(self, path: str) -> None:
        self._show(self._snapshot, path)

    def _show(self, snapshot: str, path: str) -> None:
        here, there = (self._snapshot, self._path), (snapshot, path)
        if here != there and self._snapshot:
            self._back.append(here)
            self._forth.clear()
        self._place(snapshot, path)

    def _walk(self, one: list[tuple[str, str]], other: list[tuple[str, str]]) -> None:
        """Back and forth between the folders that were seen."""
        if one:
            other.append((self._snapshot, self._path))
            self._place(*one.pop())

    def _place(self, snapshot: str, path: str) -> None:
        row = self._row(snapshot)
        if row is None:
            return
        self._aimed = ""
        self._snapshot, self._path = snapshot, path
        older = before(self._rows, row)
        beside = words.stamp(older.time, self._now) if older else ""
        fetch = Folder(
            self.tools.reader, snapshot, path, older.id if older else "",
            lambda why: self._files.say_untold(why, beside),
        )  # fmt: skip
        self._list.choose(snapshot)
        self._show_timeline()
        self._files.show_folder(fetch, path, self._now, beside)
        self._files.set_pinned(pinned=row.pinned)
        self._upper.setCurrentWidget(self._files)

    # --- a file ------------------------------------------------------------------------------

    def _select(self, rows: Sequence[Row]) -> None:
        self._chosen = rows
        if len(rows) == 1 and rows[0].get("type") == "file":
            self._show_file(rows[0])
        else:
            self._detail.show_nothing()

    def _show_file(self, row: Row) -> None:
        path = join(self._path, str(row["name"]))
        self._show_detail(self._snapshot, path)

    def _show_detail(self, snapshot: str, path: str) -> None:
        held = self._row(snapshot)
        older = before(self._rows, held) if held is not None else None
        self._detail.show_file(snapshot, path, self._besides(held), older.id if older else ALONE)

    def _besides(self, row: SnapshotRow | None) -> list[tuple[str, str]]:
        """What a file can be set beside: itself, the disk, the snapshots before and after."""
        found = [(_("alone"), ALONE), (_("against the disk now"), DISK)]
        if row is None:
            return found
        others = [each for each in self._rows if each.host == row.host and each.id != row.id]
        others.sort(key=lambda each: abs(each.time - row.time))
        near = sorted(others[:_BESIDES], key=lambda each: each.time, reverse=True)
        for each in near:
            when = words.stamp(each.time, self._now)
            found.append((_("against {when}").format(when=when), each.id))
        return found

    # --- searching, all changes --------------------------------------------------------------

    def _find(self, pattern: str) -> None:
        if not pattern:
            self._end_search()
            return
        self._upper.setCurrentWidget(self._found)
        self._found.search(pattern, self._host, self._now)

    def _differences(self) -> None:
        row = self._row(self._snapshot)
        if row is None:
            return
        older = before(self._rows, row)
        self._upper.setCurrentWidget(self._found)
        if older is None:
            self._found.differences(row.id, None, _("Changed on the disk since then"))
            return
        when = words.stamp(older.time, self._now)
        title = _("Changed since {when}").format(when=when)
        self._found.differences(older.id, row.id, title)

    def _end_search(self) -> None:
        self._found.stop()
        self._search.blockSignals(True)
        self._search.clear()
        self._search.blockSignals(False)
        self._upper.setCurrentWidget(self._files)

    def _go_to(self, row: Row) -> None:
        """Open what was found: its newest snapshot, its folder, itself."""
        path = str(row.get("path", "/")).rstrip("/")
        held = row.get("last")
        snapshot = str(held.get("id")) if isinstance(held, dict) else self._snapshot
        folder = path if row.get("type") == "dir" else path.rsplit("/", 1)[0] or "/"
        self._end_search()
        self._show(snapshot, folder)
        if row.get("type") != "dir":
            self._show_detail(snapshot, path)

    # --- deeds -------------------------------------------------------------------------------

    def _restore(self) -> None:
        if not self._snapshot:
            return
        rows = self._chosen
        paths = tuple(join(self._path, str(row["name"])) for row in rows)
        if not paths and self._path != "/":
            paths = (self._path,)
        self.tools.act(RestoreAsked(self._snapshot, paths))

    def _pin(self) -> None:
        row = self._row(self._snapshot)
        if row is not None:
            command = "unpin" if row.pinned else "pin"
            self.tools.controller.ask([command, row.id], self._pinned)

    def _pinned(self, ending: Ending) -> None:
        done = ending.done
        if done is None or done.error is not None:
            error = done.error if done is not None else ending.error
            self._detail.show_nothing(str(error.sentence) if error is not None else "")
            return
        snapshot = done.report.get("snapshot")
        if isinstance(snapshot, dict):  # a changed snapshot has another id
            self._aimed = str(snapshot.get("id", ""))
        self.refresh()
