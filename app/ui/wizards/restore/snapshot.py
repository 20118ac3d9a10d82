"""Which snapshot: of all machines, newest first, by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QListView, QSizePolicy, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.messages import Sentence, _, plural
from app.ui import words
from app.ui.look import Look
from app.ui.models.two_line import TwoLineList
from app.ui.snapshots import SnapshotRow, hosts, listed
from app.ui.tokens import Space, Tone
from app.ui.widgets.basic import Card, button, clear, column_of, row_of
from app.ui.widgets.fields import combo, search_field
from app.ui.widgets.notice import Notice
from app.ui.widgets.two_line import two_line_view
from app.ui.wizards.restore.base import RestorePage
from app.ui.wizards.restore.choice import Ticks
from app.ui.wizards.restore.rules import (
    is_suspect,
    last,
    last_clean,
    of_snapshot,
    suspect_words,
)
from app.ui.wizards.restore.session import Session


class SnapshotPage(RestorePage):
    """See the module."""

    name = "snapshot"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._host, self._wanted, self._kept = "", "", ""
        self.model = TwoLineList()
        self._view: QListView | None = None
        self._below: QVBoxLayout | None = None

    @property
    def step(self) -> str:
        return _("Snapshot")

    @property
    def title(self) -> str:
        return _("Which moment do you want back?")

    @property
    def why(self) -> str:
        rows = self.session.answers.snapshots
        counted = plural("{count} snapshot", "{count} snapshots", len(rows))
        of = words.listed(hosts(rows))
        return _("{snapshots} of {machines}, the newest first.").format(
            snapshots=counted, machines=of
        )

    def answer(self) -> str:
        row = self.session.answers.snapshot
        return of_snapshot(row, self.session.controller.situation.now) if row else ""

    @property
    def missing(self) -> str:
        if not self.session.is_open:
            return _("The backup is not open yet.")
        return "" if self.session.answers.snapshot else _("Choose a snapshot first.")

    def body(self, look: Look) -> QWidget:
        body = super().body(look)
        body.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        return body

    def draw(self, look: Look, column: QVBoxLayout) -> None:
        rows = self.session.answers.snapshots
        if not rows:
            none = Sentence(_("This backup has no snapshot yet"), _("Go back and choose another."))
            column.addWidget(Notice(look, Tone.WARN, none))
            return
        if self.session.answers.snapshot is None:
            kept = (row for row in rows if row.id == self._kept)
            clean = (row for row in rows if not is_suspect(row))
            self._choose(next(kept, None) or next(clean, rows[0]))
        tools = row_of(spacing=Space.SMALL)
        tools.addWidget(search_field(look, _("Search by day, computer or folder"), self._search), 1)
        if len(hosts(rows)) > 1:
            choices = [(_("All computers"), ""), *((host, host) for host in hosts(rows))]
            box = combo(look, _("Computer"), choices, self._of_host)
            box.setCurrentIndex(max(0, box.findData(self._host)))
            tools.addWidget(box)
        column.addLayout(tools)
        card = Card(Space.TINY)
        self._view = two_line_view(look, self.model, _("Snapshots"))
        card.body.addWidget(self._view)
        card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        column.addWidget(card, 1)
        self._below = column_of()
        column.addLayout(self._below)
        self._show()
        self._tell_suspect()
        self._view.selectionModel().currentChanged.connect(self._picked)
        self._view.doubleClicked.connect(lambda _index: self.go_on())

    def first_field(self) -> QWidget | None:
        return self._view

    def _search(self, wanted: str) -> None:
        self._wanted = wanted.casefold()
        self._show()

    def _of_host(self, host: object) -> None:
        self._host = str(host)
        self._show()

    def _show(self) -> None:
        now = self.session.controller.situation.now
        self.model.show(listed(self.shown, now))
        chosen = self.session.answers.snapshot
        if self._view is not None and chosen is not None:
            index = self.model.find(chosen.id)
            if index.isValid():
                self._view.setCurrentIndex(index)

    @property
    def shown(self) -> Sequence[SnapshotRow]:
        """Those that are looked for."""
        now = self.session.controller.situation.now
        return [
            row
            for row in self.session.answers.snapshots
            if (not self._host or row.host == self._host)
            and self._wanted in _words(row, words.stamp(row.time, now))
        ]

    def _picked(self, index: QModelIndex) -> None:
        shown = self.model.at(index)
        rows = self.session.answers.snapshots
        row = next((each for each in rows if shown is not None and each.id == shown.id), None)
        if row is not None:
            self._choose(row)

    def _choose(self, row: SnapshotRow) -> None:
        answers = self.session.answers
        if answers.snapshot is None or answers.snapshot.id != row.id:
            answers.snapshot, answers.ticks, answers.amount = row, Ticks(), None
            self.session.whole = None
            self._tell_suspect()
            self.changed.emit()

    def _tell_suspect(self) -> None:
        """A snapshot that looks encrypted is said, and the last clean one is one click away."""
        chosen = self.session.answers.snapshot
        if self._below is None or self._look is None or chosen is None:
            return
        clear(self._below)
        if not is_suspect(chosen):
            return
        clean = last_clean(self.session.answers.snapshots, chosen)
        notice = Notice(self._look, Tone.WARN, suspect_words(clean, self._now))
        if clean is not None:
            take = button(self._look, _("Take that one"), "plain")
            take.clicked.connect(lambda _on: self._take_clean(clean))
            notice.row.addWidget(take)
        self._below.addWidget(notice)

    def _take_clean(self, clean: SnapshotRow) -> None:
        self._choose(clean)
        self._host, self._wanted = "", ""
        self.redraw()

    @property
    def _now(self) -> datetime:
        return self.session.controller.situation.now

    # --- going on ----------------------------------------------------------------------------

    def go_on(self) -> None:
        if not self.session.is_new or self.session.whole is not None:
            self.done.emit()
            return
        self._busy = True
        self.changed.emit()
        self.session.ask_if_whole(self._known)

    def _known(self) -> None:
        if isValid(self):
            self._busy = False
            self.changed.emit()
            self.done.emit()

    def keep(self) -> Mapping[str, object]:
        chosen = self.session.answers.snapshot
        return {"snapshot": chosen.id} if chosen is not None else {}

    def take(self, kept: Mapping[str, object]) -> None:
        self._kept = str(kept.get("snapshot", ""))

    def left(self) -> None:
        super().left()
        self._view = self._below = None


def _words(row: SnapshotRow, when: str) -> str:
    return " ".join((when, row.host, *row.tags, *map(last, row.paths), row.id)).casefold()
