"""Dialogs of the Activity page: a report for others, the log of a run."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QWidget,
)

from app.files import write_atomic
from app.messages import _, render
from app.ui.look import Look
from app.ui.tokens import Size, Space, Tone, Type
from app.ui.widgets.basic import button, column_of, picture, row_of, text


class Reading(QDialog):
    """A text to be read, copied and saved. `name` is what a screen reader calls it, `file` how
    it is called when it is saved."""

    def __init__(
        self, look: Look, title: str, name: str, content: str, file: str, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._look, self._content, self._file = look, content, file
        self.setWindowTitle(title)
        self.setMinimumWidth(Size.DIALOG_WIDTH)
        column = column_of(spacing=Space.SMALL)
        column.setContentsMargins(Space.PAGE, Space.PAGE, Space.PAGE, Space.PAGE)
        self.setLayout(column)
        self.head = column_of(spacing=Space.SMALL)
        column.addLayout(self.head)
        column.addWidget(self._text(name), 1)
        self.trouble = text(look, "", tone=Tone.BAD, wraps=True)
        self.trouble.hide()
        column.addWidget(self.trouble)
        column.addLayout(self._foot())

    def _text(self, name: str) -> QPlainTextEdit:
        edit = QPlainTextEdit(self._content)
        edit.setReadOnly(True)
        edit.setFont(self._look.fixed())
        edit.setTabChangesFocus(True)
        edit.setAccessibleName(name)
        edit.setMinimumHeight(Size.CODE_MOST)
        return edit

    def _foot(self) -> QHBoxLayout:
        row, look = row_of(), self._look
        close = button(look, _("Close"), "quiet")
        close.clicked.connect(self.reject)
        save = button(look, _("Save…"))
        save.clicked.connect(lambda _on: self._save())
        copy = button(look, _("Copy the text"), "main")
        copy.clicked.connect(lambda _on: QGuiApplication.clipboard().setText(self._content))
        row.addWidget(close)
        row.addStretch()
        row.addWidget(save)
        row.addWidget(copy)
        return row

    def _save(self) -> None:
        name, _kind = QFileDialog.getSaveFileName(
            self, self.windowTitle(), str(Path.home() / self._file)
        )
        if name:
            self.trouble.setText(_written(Path(name), self._content))
            self.trouble.setVisible(bool(self.trouble.text()))


class RunLog(Reading):
    """What a run did, and when."""

    def __init__(self, look: Look, content: str, parent: QWidget) -> None:
        super().__init__(look, _("Log"), _("The log"), content, "tradekeep-log.txt", parent)


class Report(Reading):
    """What a report for others holds, and first what it does not."""

    def __init__(self, look: Look, left_out: list[str], content: str, parent: QWidget) -> None:
        title, name = _("Report for others"), _("The report")
        super().__init__(look, title, name, content, "tradekeep-report.txt", parent)
        said = _("This can be shown to others. It does not hold:")
        self.head.addWidget(text(look, said, weight=Type.SEMIBOLD, wraps=True))
        for each in left_out:
            row = row_of()
            row.addWidget(picture(look, "check", Tone.OK, Size.ICON_BUTTON))
            row.addWidget(text(look, each, wraps=True), 1)
            self.head.addLayout(row)


def _written(path: Path, content: str) -> str:
    """Why a file could not be written; "" where it was."""
    try:
        write_atomic(path, content.encode())
    except OSError as error:
        reason = error.strerror or str(error)
        return render("export-unwritable", {"path": str(path), "reason": reason}).title
    return ""
