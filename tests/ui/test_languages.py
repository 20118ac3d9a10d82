"""The window in a language that does not exist: every text in brackets, and longer by half.

What stands without brackets goes through no catalogue; what a long language would cut off or push
out of the window is cut off and pushed out here, before a translator finds it.
"""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QWidget,
)

from app.messages.language import ENGLISH, LANGUAGES, VARIABLE, speak
from app.ui.exchange_names import exchange_choices
from app.ui.language import Language
from app.ui.widgets.basic import Elided
from app.ui.window import MainWindow
from tests.messages.catalogues import tool
from tests.ui.copy_dialogs import DIALOGS
from tests.ui.pretend import PretendController
from tests.ui.room import cut
from tests.ui.screenshots import PAGES, settle
from tests.ui.situations import SITUATIONS, situation, well

_FIELDS = re.compile(r"(\{[^{}]*\})")
# Names of things, and what is the same everywhere: commands, units, versions.
_NAMES = re.compile(
    r"[~/][\w/.…-]*|\*\.\w+|[\w…]+/|[\w.]+…[\w.]+"
    r"|tradekeep [\w -]+|Tradekeep|KEEP-1|WebDAV|Discord|(?:Ctrl|Alt|Shift)\+\S+|F5|Esc"
    r"|[kMGT]?B(?:/s)?|\b(?:Jan|Feb|März|Apr|Mai|Juni|Juli|Aug|Sept|Okt|Nov|Dez)\b\.?"
    r"|\b(?:Mo|Di|Mi|Do|Fr|Sa|So)\b\.,?|Januar|Februar|April|August|September|Oktober|November"
    r"|Dezember"
)
_MADE_UP = ("situations.py", "made_up.py", "made_up_exchanges.py", "copy_dialogs.py")  # names
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_PARAGRAPH = re.compile(r"⟦[^⟦⟧]*$|^[^⟦⟧]*⟧")  # of a text whose lines stand in labels of their own


def _stretched(text: str) -> str:
    more = len(_FIELDS.sub("", text)) // 2
    return f"⟦{text}{' '.join(['·' * 9] * (more // 9))}{'·' * (more % 9)}⟧"


@pytest.fixture(scope="module")
def names() -> re.Pattern[str]:
    """Names of things in the made-up data, whole or by their last part, the longest first."""
    found: set[str] = set()
    for name in _MADE_UP:
        tree = ast.parse(Path(__file__).with_name(name).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value, *node.value.split("/"), *node.value.splitlines()}
                if node.value.startswith("CN="):  # a certificate's subject, shown by its name
                    found.add(node.value.removeprefix("CN=").partition(",")[0])
    found |= {*LANGUAGES.values(), *(name for name, _id in exchange_choices())}
    # Beside an account named so.
    found |= {name.partition(" ")[2] for name, _id in exchange_choices()}
    words = sorted((word for word in found if len(word) > 2), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalogue of that language, in the place of German, whose formats it has."""
    catalogue = Catalog(locale="de")
    for message in tool.template():
        if isinstance(message.id, (tuple, list)):
            catalogue.add(message.id, tuple(map(_stretched, message.id)))
        elif message.id:
            catalogue.add(message.id, _stretched(message.id))
    written = io.BytesIO()
    write_mo(written, catalogue)
    folder = tmp_path_factory.mktemp("translations")
    path = folder / "de" / "LC_MESSAGES" / "tradekeep.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(written.getvalue())
    return folder


@pytest.fixture(autouse=True)
def _long_language(folder: Path) -> Iterator[None]:
    speak(lambda: "de", lambda: folder)
    yield
    speak(lambda: ENGLISH, Path)


@pytest.fixture(params=sorted(PAGES))
def page(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[MainWindow]:
    """The window at the least width that it promises, with each page."""
    answers, arrange = PAGES[request.param]
    window = MainWindow(PretendController(situation(well()), answers), qapp.font(), lambda: False)
    window.resize(1024, 700)
    window.show()
    window._controller.begin()
    arrange(window)
    settle()
    yield window
    window.close()
    window.deleteLater()
    settle()


@pytest.fixture(params=sorted(SITUATIONS))
def overview(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[MainWindow]:
    """The Overview in each situation."""
    window = MainWindow(
        PretendController(SITUATIONS[request.param](), lambda _question: []),
        qapp.font(),
        lambda: False,
    )
    window.resize(1024, 700)
    window.show()
    window._controller.begin()
    settle()
    yield window
    window.close()
    window.deleteLater()
    settle()


@pytest.fixture
def overview_well(qapp: QApplication) -> Iterator[MainWindow]:
    """The window at the least size that it promises."""
    window = MainWindow(PretendController(situation(well())), qapp.font(), lambda: False)
    window.resize(1024, 700)
    window.show()
    yield window
    window.close()
    window.deleteLater()
    settle()


def _said(window: QWidget) -> Iterator[str]:
    """Everything that is written in the window, or read aloud."""
    for widget in window.findChildren(QWidget):
        if not widget.isVisibleTo(window):
            continue
        yield widget.toolTip()
        yield widget.accessibleName()
        if isinstance(widget, Elided):
            continue  # cut in its middle; its accessible name is all of it
        if isinstance(widget, (QLabel, QAbstractButton)):
            yield widget.text()
        if isinstance(widget, QLineEdit):
            yield widget.placeholderText()
        if isinstance(widget, QComboBox):
            yield from (widget.itemText(at) for at in range(widget.count()))


def _english(window: QWidget, names: re.Pattern[str]) -> list[str]:
    found = set()
    for text in _said(window):
        left = text
        while (inner := re.sub(r"⟦[^⟦⟧]*⟧", "", left)) != left:
            left = inner
        left = _PARAGRAPH.sub("", left)
        if _LETTERS.search(_NAMES.sub("", names.sub("", left))):
            found.add(text)
    return sorted(found)


def _pushed_out(window: QWidget) -> list[str]:
    """Scroll areas that would have to be moved sideways."""
    return [
        f"{type(area).__name__} by {area.horizontalScrollBar().maximum()}"
        for area in window.findChildren(QScrollArea)
        if area.isVisibleTo(window) and area.horizontalScrollBar().maximum()
    ]


def test_every_text_of_a_page_is_translated(page: MainWindow, names: re.Pattern[str]) -> None:
    assert _english(page, names) == []


def test_every_text_of_the_overview_is_translated(
    overview: MainWindow, names: re.Pattern[str]
) -> None:
    assert _english(overview, names) == []


@pytest.mark.parametrize("name", sorted(DIALOGS))
def test_a_dialog_of_copies_has_room_for_a_long_language(
    overview_well: MainWindow, names: re.Pattern[str], name: str
) -> None:
    dialog = DIALOGS[name](overview_well.page.tools, overview_well)
    dialog.open()
    settle()
    assert _english(dialog, names) == []
    assert sorted(cut(dialog)) == []
    assert dialog.width() <= overview_well.width()
    assert dialog.height() <= overview_well.height()
    dialog.reject()


def test_no_page_has_to_be_moved_sideways_in_a_long_language(page: MainWindow) -> None:
    assert page.width() == 1024
    assert _pushed_out(page) == []


def test_the_overview_has_not_to_be_moved_sideways_in_a_long_language(
    overview: MainWindow,
) -> None:
    assert overview.width() == 1024
    assert _pushed_out(overview) == []


def test_children_speak_as_the_window_does() -> None:
    environment = {"LANG": "es_ES.UTF-8"}
    language = Language(environment, lambda: ["zh-Hans-CN", "en-US"])
    language.follow("auto")
    assert environment[VARIABLE] == "zh_CN"
    language.follow("de")
    assert environment[VARIABLE] == "de"
    speak(lambda: ENGLISH, Path)


def test_a_language_that_the_environment_asks_for_stands_above_the_settings() -> None:
    environment = {VARIABLE: "es"}
    language = Language(environment, lambda: ["de"])
    language.follow("zh_CN")
    assert environment[VARIABLE] == "es"
    speak(lambda: ENGLISH, Path)
