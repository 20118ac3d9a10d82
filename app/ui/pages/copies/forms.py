"""What is to be filled in about a place on a disk: a drive, a folder. See `remote_forms`, too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath
from typing import Protocol

import msgspec
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget
from shiboken6 import isValid

from app.messages import _
from app.secret import Secret
from app.ui import copy_commands as commands
from app.ui import words
from app.ui.controller import Controller
from app.ui.jobs import Ending, error_of
from app.ui.look import Look
from app.ui.report import Copy
from app.ui.tokens import Space
from app.ui.widgets import signing_in
from app.ui.widgets.basic import button, clear, column_of, row_of, text
from app.ui.widgets.fields import check, field
from app.ui.widgets.radio_card import RadioCard, RadioCards
from app.ui.wizards.first_run.plan import Drive, Places, free_name


class Host(signing_in.Host, Protocol):
    """The dialog that a form is in."""

    def added(self, name: str) -> None: ...


class Form(QWidget):
    """What there is to fill in about a kind of place, the name last."""

    deed = ""  # what the main button is called at first
    kept: tuple[str, ...] = ("name",)  # the fields whose content is kept; no secrets
    named = True  # whether what lies there gets a name

    def __init__(self, look: Look, controller: Controller, host: Host) -> None:
        super().__init__()
        self.look, self.controller, self.host = look, controller, host
        self.column = column_of(spacing=Space.MEDIUM)
        self.setLayout(self.column)
        self.name = field(self.look, _("Name"))
        self._proposed = ""

    @property
    def copies(self) -> tuple[Copy, ...]:
        """Those that there are."""
        status = self.controller.situation.status
        return status.copies if status is not None else ()

    def labelled(self, words: str, *made: QWidget) -> None:
        """A caption and what stands below it, side by side."""
        both, row = column_of(spacing=Space.TINY), row_of(spacing=Space.SMALL)
        both.addWidget(text(self.look, words, caption=True))
        for number, each in enumerate(made):
            row.addWidget(each, int(number == 0))
        both.addLayout(row)
        self.column.addLayout(both)

    def line(self, words: str, hint: str = "", *, secret: bool = False) -> QLineEdit:
        """A labelled line of text."""
        made = field(self.look, words, hint=hint, secret=secret)
        self.labelled(words, made)
        return made

    def ask_name(self) -> None:
        """The last line, where there is one."""
        if self.named:
            self.labelled(_("Its name, as you call it"), self.name)

    def propose(self, name: str) -> None:
        """A name, unless a person has given one."""
        if self.name.text().strip() in ("", self._proposed):
            self._proposed = free_name(name, self.copies)
            self.name.setText(self._proposed)

    def begin(self) -> None:
        """It is seen now."""

    def stop(self) -> None:
        """It is not seen any more: nothing waits for a person."""

    def keep(self) -> dict[str, str]:
        """What was filled in, without secrets."""
        return {name: self._line(name).text() for name in self.kept}

    def take(self, kept: Mapping[str, str]) -> None:
        """Fill in what `keep` gave."""
        for name in self.kept:
            if name in kept:
                self._line(name).setText(kept[name])

    def _line(self, name: str) -> QLineEdit:
        made = getattr(self, name)
        assert isinstance(made, QLineEdit)
        return made

    def lacking(self) -> QWidget | None:
        """The first field that has still to be filled in."""
        return self.name if self.named and not self.name.text().strip() else None

    def submit(self) -> None:
        """Add the copy, or say what is missing."""
        lacking = self.lacking()
        if lacking is not None:
            lacking.setFocus()
            self.host.say(_("Fill this in, too."))
            return
        self.carry_out()

    def carry_out(self) -> None:
        """Everything is filled in."""
        raise NotImplementedError

    def ask(self, command: commands.Command, secret: Secret | None = None) -> None:
        """Run the command that adds the copy."""
        name = self.name.text().strip()

        def told(ending: Ending) -> None:
            if not isValid(self):
                return
            self.host.set_busy(busy=False)
            error = error_of(ending)
            if error is None:
                self.host.added(name)
            else:
                self.host.say(str(error.sentence))

        self.host.set_busy(busy=True)
        self.controller.ask(command, told, secret=secret, changes=True)


class _Local(Form):
    """On a disk: it may be kept here or away from here."""

    kind = ""

    def end(self) -> None:
        self.ask_name()
        self.off_site = check(self.look, _("It is kept away from here"))
        self.column.addWidget(self.off_site)

    @property
    def path(self) -> str:
        raise NotImplementedError

    def carry_out(self) -> None:
        name, away = self.name.text().strip(), self.off_site.isChecked()
        self.ask(commands.add_local(self.kind, self.path, name, off_site=away))


class FolderForm(_Local):
    """A folder on another disk, or on a share."""

    kind = commands.FOLDER

    def __init__(self, look: Look, controller: Controller, host: Host) -> None:
        super().__init__(look, controller, host)
        self.folder = field(self.look, _("Folder"))
        choose = button(self.look, _("Choose…"))
        choose.clicked.connect(lambda _on: self._choose())
        self.labelled(_("Folder"), self.folder, choose)
        self.end()

    @property
    def path(self) -> str:
        return self.folder.text().strip()

    def lacking(self) -> QWidget | None:
        return super().lacking() if self.path else self.folder

    def _choose(self) -> None:
        found = QFileDialog.getExistingDirectory(self, _("Choose a folder"), str(Path.home()))
        if found:
            self.folder.setText(found)
            self.propose(commands.name_for(found))


class DriveForm(_Local):
    """One of the drives that are plugged in."""

    kind = commands.DRIVE

    def __init__(self, look: Look, controller: Controller, host: Host) -> None:
        super().__init__(look, controller, host)
        self._drives = column_of(spacing=Space.SMALL)
        self.column.addLayout(self._drives)
        self.again = button(self.look, _("Look for drives again"), "quiet", "refresh")
        self.again.clicked.connect(lambda _on: self.begin())
        self.column.addWidget(self.again)
        self.cards: RadioCards | None = None
        self.end()
        self._show(_("Looking at your disks…"))

    @property
    def path(self) -> str:
        card = self.cards.now if self.cards is not None else None
        return card.value.path if card is not None and isinstance(card.value, Drive) else ""

    def begin(self) -> None:
        self.again.setEnabled(False)
        self.controller.ask(["drives"], self._found)

    def submit(self) -> None:
        if self.path:
            super().submit()
        else:
            self.host.say(_("No drive is plugged in."))

    def _found(self, ending: Ending) -> None:
        if not isValid(self):
            return
        self.again.setEnabled(True)
        error = error_of(ending)
        try:
            drives = Places.read(ending.done.report if ending.done else {}).drives
        except msgspec.ValidationError:
            drives = ()
        if error is not None:
            self._show(str(error.sentence))
        elif not drives:
            self._show(_("No drive is plugged in."))
        else:
            self._offer(drives)

    def _show(self, sentence: str) -> None:
        clear(self._drives)
        self.cards = None
        self._drives.addWidget(text(self.look, sentence, caption=True, wraps=True))

    def _offer(self, drives: tuple[Drive, ...]) -> None:
        clear(self._drives)
        self.cards = RadioCards(self, self._chosen)
        used = [copy.address for copy in self.copies]
        best = next((each for each in drives if not _holds(each, used)), drives[0])
        for drive in drives:
            card = RadioCard(self.look, drive, drive.label, facts(drive))
            self._drives.addWidget(self.cards.add(card, chosen=drive is best))
        self.propose(best.label)

    def _chosen(self, value: object) -> None:
        if isinstance(value, Drive):
            self.propose(value.label)


def _holds(drive: Drive, addresses: Iterable[str]) -> bool:
    return any(PurePath(each).is_relative_to(drive.path) for each in addresses)


def facts(drive: Drive) -> str:
    """Where a drive is, and how much room it has."""
    free, size = words.size(drive.free), words.size(drive.size)
    return _("{place} · {free} free of {size}").format(place=drive.path, free=free, size=size)
