"""What to protect: the bots that were found, and folders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFileDialog, QPushButton, QVBoxLayout, QWidget

from app.messages import Sentence, _, plural
from app.ui import words
from app.ui.look import Look
from app.ui.protocol import Told
from app.ui.tokens import Size, Space, Tone, Type
from app.ui.widgets.basic import Card, Elided, button, column_of, line, picture, row_of, text
from app.ui.widgets.check_box import CheckBox
from app.ui.widgets.notice import Notice
from app.ui.widgets.rows import headed
from app.ui.wizards.first_run.base import FirstRunPage
from app.ui.wizards.first_run.plan import FoundBot, source_commands
from app.ui.wizards.first_run.session import Report, Session

Choose = Callable[[QWidget, str], str]


class ProtectPage(FirstRunPage):
    """See the module. `unticked` are the bots that are not wanted, by path."""

    name = "protect"

    def __init__(self, session: Session, choose: Choose) -> None:
        super().__init__(session)
        self._choose = choose
        self._bots: tuple[FoundBot, ...] = ()
        self._unticked: set[str] = set()
        self._folders: list[str] = []
        self._dropped: set[str] = set()  # folders that were taken off again
        self._searched = False
        self._searching = False
        self._add: QPushButton | None = None

    @property
    def step(self) -> str:
        return _("Bots and files")

    @property
    def title(self) -> str:
        return _("What do you want to protect?")

    @property
    def why(self) -> str:
        return _(
            "A bot is saved with its configuration, strategies and databases, also while it runs. "
            "Add whatever else you could not get back."
        )

    def answer(self) -> str:
        bots, folders = len(self._wanted()), len(self._folders)
        parts = []
        if bots:
            parts.append(plural("{count} bot", "{count} bots", bots))
        if folders:
            parts.append(plural("{count} folder", "{count} folders", folders))
        return words.beside(parts) or _("Nothing yet")

    @property
    def chosen(self) -> int:
        """How many things are to be protected."""
        return len(self._wanted()) + len(self._folders)

    def _wanted(self) -> list[str]:
        return [bot.path for bot in self._bots if bot.path not in self._unticked]

    # --- finding -----------------------------------------------------------------------------

    def entered(self) -> None:
        self._take_sources()
        if not self._searched and not self._searching:
            self._searching = True
            self.ask(["source", "detect"], self._found)
            self.redraw()

    def _take_sources(self) -> None:
        """What is a source already was chosen before, here or elsewhere."""
        for source in self.session.status.sources:
            known = (*self._folders, *self._dropped)
            if source.kind == "folder" and source.path not in known:
                self._folders.append(source.path)

    def _found(self, report: Report, error: Told | None) -> None:
        self._searching, self._searched = False, error is None
        told = report.get("bots")
        if isinstance(told, list):
            bots = (FoundBot.read(each) for each in told)
            self._bots = tuple(bot for bot in bots if bot is not None)
        self.error = error
        self.redraw()

    # --- what is seen ------------------------------------------------------------------------

    def draw(self, look: Look, column: QVBoxLayout) -> None:
        card = headed(look, _("Trading bots"), _("on this computer"))
        if self._searching:
            words_ = _("Looking for bots. This takes 20 seconds at most.")
            card.body.addWidget(text(look, words_, caption=True))
        elif not self._bots:
            words_ = _("No bot was found. If you have one, add its folder below.")
            card.body.addWidget(text(look, words_, caption=True, wraps=True))
        for number, bot in enumerate(self._bots):
            if number:
                card.body.addWidget(line())
            card.body.addWidget(self._bot_row(look, bot))
        column.addWidget(card)
        for bot in self._bots:
            if bot.in_memory:
                column.addWidget(Notice(look, Tone.WARN, _in_memory(bot)))
        column.addWidget(self._folder_card(look))

    def _bot_row(self, look: Look, bot: FoundBot) -> QWidget:
        name = Path(bot.path).name
        tick = CheckBox(look)
        tick.setChecked(bot.path not in self._unticked)
        tick.setAccessibleName(_("Protect {bot}").format(bot=name))
        tick.setAccessibleDescription(words.beside((bot.name, bot_facts(bot))))
        tick.toggled.connect(lambda on: self._tick(bot, on))
        about = f"{bot.name} · {bot_facts(bot)}"
        path = words.short_path(bot.path, self.session.home)
        strong = text(look, name, weight=Type.SEMIBOLD)
        return TickRow(tick, thing_row(look, "robot", strong, about, path))

    def _tick(self, bot: FoundBot, on: bool) -> None:  # noqa: FBT001  # Qt's signal
        (self._unticked.discard if on else self._unticked.add)(bot.path)
        self.changed.emit()

    def _folder_card(self, look: Look) -> Card:
        card = headed(look, _("Folders"))
        if not self._folders:
            words_ = _("None yet: charts, notes, scripts, spreadsheets.")
            card.body.addWidget(text(look, words_, caption=True, wraps=True))
        for number, folder in enumerate(self._folders):
            if number:
                card.body.addWidget(line())
            name = text(look, Path(folder).name or folder, weight=Type.SEMIBOLD)
            row = thing_row(look, "folder", name, "", words.short_path(folder, self.session.home))
            remove = button(look, _("Remove"), "quiet")
            remove.setAccessibleName(_("Remove {folder} from the list").format(folder=folder))
            remove.clicked.connect(lambda _on, folder=folder: self._take_off(folder))
            layout = row.layout()
            assert layout is not None
            layout.addWidget(remove)
            card.body.addWidget(row)
        self._add = button(look, _("Add a folder…"), "plain", "folder-plus")
        self._add.clicked.connect(self._add_folder)
        card.body.addWidget(self._add, 0, Qt.AlignmentFlag.AlignLeft)
        return card

    def first_field(self) -> QWidget | None:
        return self._add

    # --- folders -----------------------------------------------------------------------------

    def _add_folder(self) -> None:
        assert self._add is not None
        folder = self._choose(self._add, _("Choose a folder to protect"))
        if folder and folder not in self._folders:
            self._folders.append(folder)
            self._dropped.discard(folder)
            self._after_folder()

    def _take_off(self, folder: str) -> None:
        self._folders.remove(folder)
        self._dropped.add(folder)
        self._after_folder()

    def _after_folder(self) -> None:
        self.redraw()
        assert self._add is not None
        self._add.setFocus()

    # --- going on ----------------------------------------------------------------------------

    def go_on(self) -> None:
        unwanted = self._unticked | self._dropped
        there = self.session.status.sources
        self.carry_out(source_commands(self._wanted(), self._folders, unwanted, there))

    def keep(self) -> Mapping[str, object]:
        return {
            "unticked": sorted(self._unticked),
            "folders": self._folders,
            "dropped": sorted(self._dropped),
        }

    def take(self, kept: Mapping[str, object]) -> None:
        self._unticked = set(_paths(kept.get("unticked")))
        self._folders = _paths(kept.get("folders"))
        self._dropped = set(_paths(kept.get("dropped")))


def _paths(kept: object) -> list[str]:
    return [each for each in kept if isinstance(each, str)] if isinstance(kept, list) else []


def choose_folder(parent: QWidget, title: str) -> str:
    """Ask for a folder; empty for none."""
    return QFileDialog.getExistingDirectory(parent, title, str(Path.home()))


def bot_facts(bot: FoundBot) -> str:
    """ "41 files, 1.2 GB, 2 databases"."""
    more = "+" if bot.more else ""
    files = plural("{count} file", "{count} files", bot.files)
    facts = [files, words.size(bot.bytes) + more]
    if bot.databases:
        facts.append(plural("{count} database", "{count} databases", len(bot.databases)))
    return words.beside(facts)


def _in_memory(bot: FoundBot) -> Sentence:
    title = _("{bot} keeps its trades where a restart wipes them")
    hint = _("Its database is at {path}, in memory. Move it to a folder that stays.")
    return Sentence(
        title.format(bot=Path(bot.path).name), hint.format(path=words.listed(bot.in_memory))
    )


class TickRow(QWidget):
    """A row with a tick before it; a click anywhere on it ticks."""

    def __init__(self, tick: CheckBox, row: QWidget) -> None:
        super().__init__()
        self._tick = tick
        layout = row_of(spacing=Space.SMALL)
        layout.addWidget(tick)
        layout.addWidget(row, 1)
        self.setLayout(layout)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        if event.button() is Qt.MouseButton.LeftButton:
            self._tick.toggle()


def thing_row(look: Look, icon: str, name: QWidget, about: str, path: str) -> QWidget:
    """Icon, name or tick, what there is to say, and a path that may be cut in its middle."""
    holder = QWidget()
    holder.setMinimumHeight(Size.THING_ROW)
    row = row_of(spacing=Space.MEDIUM)
    row.addWidget(picture(look, icon), 0, Qt.AlignmentFlag.AlignVCenter)
    column = column_of(spacing=Space.TINY // 2)
    column.addStretch()
    column.addWidget(name)
    if about:
        column.addWidget(text(look, about, caption=True, wraps=True))
    column.addWidget(Elided(look, path))
    column.addStretch()
    row.addLayout(column, 1)
    holder.setLayout(row)
    return holder
