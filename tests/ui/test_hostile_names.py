"""Names of files and things are shown as they are, whatever Qt would take them for."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from app.ui.look import Look
from app.ui.pages.activity_dialogs import _written
from app.ui.shown import ChipShown
from app.ui.tokens import LIGHT, Tone
from app.ui.widgets.basic import Chip, Elided, ask_first, button, text, tip, unmarked
from tests.security.planted import SECRETS

NAME = '<img src="//evil.example/x"> & <b>mine</b>'


def said(tool_tip: str) -> str:
    """What a person reads in a tool tip."""
    return QTextDocumentFragment.fromHtml(tool_tip).toPlainText()


@pytest.fixture
def look(qapp: QApplication) -> Look:
    return Look(LIGHT, qapp.font(), 1.0)


def test_a_tag_in_a_file_s_name_is_read_in_a_tool_tip_and_loads_nothing(look: Look) -> None:
    widget, chip = QWidget(), Chip(look, ChipShown("circle-check", "x", Tone.OK, NAME))
    tip(widget, NAME)
    elided = Elided(look, NAME)
    elided.resize(20, 20)
    elided.set_full(NAME)
    for shown in (widget.toolTip(), chip.toolTip(), elided.toolTip()):
        assert "<img" not in shown
        assert said(shown) == NAME


def test_a_plain_tool_tip_stays_as_it_is(look: Look) -> None:
    widget = QWidget()
    tip(widget, "/home/me/R&D")
    assert widget.toolTip() == "/home/me/R&D"
    tip(widget, "")
    assert widget.toolTip() == ""


def test_an_ampersand_in_a_folder_s_name_is_no_key(look: Look) -> None:
    made = button(look, "R&D")
    assert (made.text(), made.shortcut().isEmpty()) == ("R&&D", True)
    assert made.accessibleName() == "R&D"
    assert unmarked("a & b") == "a && b"


def test_a_tag_in_a_name_is_read_in_a_question(look: Look) -> None:
    parent = QWidget()
    ask_first(parent, NAME, NAME, "Remove it", lambda: None)
    (box,) = parent.findChildren(QMessageBox)
    assert box.textFormat() is Qt.TextFormat.PlainText
    assert box.defaultButton().text() == "Cancel"


def test_a_report_that_cannot_be_saved_says_so(tmp_path: Path) -> None:
    assert "none" in _written(tmp_path / "none" / "report.txt", "text")
    assert _written(tmp_path / "report.txt", "text") == ""
    assert (tmp_path / "report.txt").read_text("utf-8") == "text"


@pytest.mark.parametrize("secret", [SECRETS["twelve words"], SECRETS["recovery key"]])
def test_a_name_that_is_a_secret_is_shown_nowhere(look: Look, secret: str) -> None:
    name, parent = f"/seeds/{secret}.txt", QWidget()
    label, elided, pressed = text(look, name), Elided(look, name), button(look, name)
    tip(parent, name)
    ask_first(parent, name, name, "Remove it", lambda: None)
    (box,) = parent.findChildren(QMessageBox)
    shown = [label.text(), elided.accessibleName(), pressed.text(), pressed.accessibleName()]
    shown += [parent.toolTip(), box.text(), box.informativeText()]
    label.setText(f"again {name}")
    assert [*shown, label.text()] == [*["/seeds/***.txt"] * 7, "again /seeds/***.txt"]
