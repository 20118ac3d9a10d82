"""The help of F1: its files in every language, and the dialog that shows them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from PySide6.QtCore import QEvent, Qt, QUrl
from PySide6.QtGui import QTextCursor, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.messages.language import ENGLISH, LANGUAGES, speak
from app.settings.language import translations
from app.settings.paths import resource
from app.ui.help import RESTORE, TOPICS, WORDS, Help, help_text, keys_of
from app.ui.key_names import key_name
from app.ui.pages.catalogue import pages
from app.ui.pages.page import PageName, Target
from app.ui.tokens import DARK, LIGHT
from app.ui.window import MainWindow
from app.ui.wizards.filling import Filling
from tests.cli.command_lines import command_of, named
from tests.messages.catalogues import ROOT
from tests.messages.catalogues import _forms as forms
from tests.ui import made_up
from tests.ui.pretend import PretendController
from tests.ui.screenshots import settle
from tests.ui.situations import situation, well

_LINK = re.compile(r"\[[^\]]+\]\(([^)]+)\)")
_SHAPE = re.compile(r"^(#{1,2} |- |\d\. )?")
_BOLD = re.compile(r"\*\*([^*]+)\*\*")
_OTHERS = [name for name in LANGUAGES if name != ENGLISH]


def written(language: str, topic: str) -> str:
    return resource(f"help/{language}/{topic}.md").read_text(encoding="utf-8")


def shape(text: str) -> list[str]:
    """What every paragraph is: a heading, an item, a step, text."""
    found = (_SHAPE.match(line) for line in text.splitlines() if line)
    return [each[1] or "" for each in found if each is not None]


@pytest.fixture
def window(qapp: QApplication) -> Iterator[MainWindow]:
    made = MainWindow(
        PretendController(situation(well()), made_up.answers), qapp.font(), lambda: False
    )
    made.resize(1024, 700)
    made.show()
    yield made
    made.close()
    made.deleteLater()
    settle()


@pytest.fixture
def german() -> Iterator[None]:
    speak(lambda: "de", translations)
    yield
    speak(lambda: ENGLISH, Path)


def shown_in(window: MainWindow) -> Help:
    settle()
    return next(each for each in reversed(window.findChildren(Help)) if each.isVisible())


# --- the files --------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("language", _OTHERS)
def test_a_translation_has_the_parts_links_and_commands_of_the_english(
    language: str, topic: str
) -> None:
    english, other = written(ENGLISH, topic), written(language, topic)
    assert shape(other) == shape(english)
    assert _LINK.findall(other) == _LINK.findall(english)
    assert named(other) == named(english)


@pytest.mark.parametrize("topic", TOPICS)
def test_links_lead_to_other_helps_and_commands_are_such_that_there_are(topic: str) -> None:
    english = written(ENGLISH, topic)
    assert english.startswith("# ")
    assert [link for link in _LINK.findall(english) if link.removesuffix(".md") not in TOPICS] == []
    assert [fault for line in named(english) if (fault := command_of(line)[1])] == []


def test_a_command_that_there_is_not_is_found_in_a_text() -> None:
    lines = named("Say `tradekeep runs --problems`, `tradekeep fly` or `tradekeep runs --fly`.")
    assert [command_of(line)[1] for line in lines] == [
        "",
        "no command fly: tradekeep fly",
        "no option --fly: tradekeep runs --fly",
    ]


def test_there_is_no_help_that_nobody_reaches() -> None:
    for language in LANGUAGES:
        files = {each.stem for each in resource(f"help/{language}").glob("*.md")}
        assert files == set(TOPICS), language


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_help_is_called_as_its_page(language: str) -> None:
    speak(lambda: language, translations)
    titles = {entry.page: entry.title for entry in pages()}
    speak(lambda: ENGLISH, Path)
    english = {entry.page: entry.title for entry in pages()}
    for page, title in titles.items():
        if language == ENGLISH or title != english[page]:  # the others wait for a translation
            assert written(language, page).splitlines()[0] == f"# {title}"


_PROSE = {  # what stands in bold and is no word of the window alone
    "Backed up, with problems", "Backup overdue", "Failed", "Pinned", "Rows differ", "Stopped",
    "Well", "With problems",
}  # fmt: skip


@pytest.mark.parametrize("topic", [each for each in TOPICS if each != WORDS])
def test_what_stands_in_bold_is_called_so_in_the_window(topic: str) -> None:
    bold = _BOLD.findall(written(ENGLISH, topic))
    assert [each for each in bold if each not in texts() | _PROSE] == []
    for language in _OTHERS:
        said = translations_of(language)
        other = _BOLD.findall(written(language, topic))
        assert len(other) == len(bold)
        pairs = [pair for pair in zip(bold, other, strict=True) if pair[0] not in _PROSE]
        assert [now for _was, now in pairs] == [said.get(was, now) for was, now in pairs], language


@cache
def texts() -> set[str]:
    template = read_po(io.BytesIO((ROOT / "translations/tradekeep.pot").read_bytes()))
    return {form for message in template for form in forms(message.id)}


@cache
def translations_of(language: str) -> dict[str, str]:
    """What is translated, by its English; of counted texts the first form."""
    catalogue = read_po(io.BytesIO((ROOT / f"translations/{language}.po").read_bytes()))
    return {
        forms(message.id)[0]: forms(message.string)[0]
        for message in catalogue
        if forms(message.string)[0]
    }


# --- the dialog -------------------------------------------------------------------------------


@pytest.mark.parametrize("page", list(PageName))
def test_f1_shows_the_help_and_the_keys_of_a_page(window: MainWindow, page: PageName) -> None:
    window.go(Target(page))
    QTest.keyClick(window, Qt.Key.Key_F1)
    shown = shown_in(window)
    text = shown.text.toPlainText()
    heads = [line[3:] for line in written(ENGLISH, page).splitlines() if line.startswith("## ")]
    assert [head for head in heads if head not in text] == []
    keys = [(key_name(key), does) for key, does in keys_of(page)]
    assert [key for key, does in keys if key not in text or does not in text] == []
    assert shown.text.accessibleName() == written(ENGLISH, page).splitlines()[0][2:]
    assert QApplication.focusWidget() is shown.text
    QTest.keyClick(shown.text, Qt.Key.Key_Escape)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert window.findChildren(Help) == []  # closed, and nothing of it stays


def test_f1_in_a_wizard_shows_its_help(window: MainWindow) -> None:
    class Empty(Filling):
        topic = RESTORE

    window.show_wizard(Empty())
    QTest.keyClick(window, Qt.Key.Key_F1)
    assert shown_in(window).text.accessibleName() == "Restore"


def test_a_link_leads_to_another_help_and_backspace_back(window: MainWindow) -> None:
    shown = Help(window.page.tools.look, PageName.OVERVIEW, window)
    shown.open()
    assert not shown.back.isVisible()
    QTest.keyClick(shown.text, Qt.Key.Key_Tab)  # to the first link
    QTest.keyClick(shown.text, Qt.Key.Key_Return)
    assert shown.text.accessibleName() == "Copies"
    assert shown.back.isVisible()
    QTest.keyClick(shown.text, Qt.Key.Key_Backspace)
    settle()
    assert shown.text.accessibleName() == "Overview"
    assert not shown.back.isVisible()
    shown.text.anchorClicked.emit(QUrl("https://example.com/"))
    assert shown.text.accessibleName() == "Overview"  # no link leads out of the help


def test_the_help_speaks_the_language_of_the_window(german: None, window: MainWindow) -> None:
    assert help_text("words").startswith("# Wörter")
    shown = Help(window.page.tools.look, PageName.OVERVIEW, window)
    assert shown.text.accessibleName() == "Übersicht"


@pytest.mark.parametrize(("dark", "palette"), [(False, LIGHT), (True, DARK)])
def test_text_and_links_have_the_colours_of_the_window(
    qapp: QApplication, dark: bool, palette: type[LIGHT] | object
) -> None:
    made = MainWindow(
        PretendController(situation(well()), made_up.answers), qapp.font(), lambda: dark
    )
    shown = Help(made.page.tools.look, PageName.OVERVIEW, made)
    colours = colours_of(shown.text.document())
    assert colours == {
        True: {palette.accent.lower()},  # type: ignore[attr-defined]
        False: {palette.text.lower(), palette.text2.lower()},  # type: ignore[attr-defined]
    }
    made.deleteLater()
    settle()


def colours_of(document: QTextDocument) -> dict[bool, set[str]]:
    """The colours of links (True) and of all other text."""
    found: dict[bool, set[str]] = {True: set(), False: set()}
    cursor = QTextCursor(document)
    while cursor.movePosition(QTextCursor.MoveOperation.NextCharacter):
        told = cursor.charFormat()
        if not document.characterAt(cursor.position() - 1).isprintable():
            continue  # the end of a paragraph or of a cell
        found[told.isAnchor()].add(told.foreground().color().name())
    return found
