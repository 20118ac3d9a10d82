"""Chinese looks Chinese on a desktop that speaks another language."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtGui import QFont, QFontDatabase, QTextLayout
from PySide6.QtWidgets import QApplication

from app.ui.fonts import with_han
from app.ui.look import make_look
from app.ui.printing import paper_font


def _drawn_with(font: QFont, text: str) -> set[str]:
    """The families that the glyphs of a text come from."""
    layout = QTextLayout(text, font)
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    return {run.rawFont().familyName() for run in layout.glyphRuns()}


def test_chinese_is_not_drawn_with_japanese_characters(
    qapp: QApplication, speaks: Callable[[str], None]
) -> None:
    if not with_han(QFont()).families()[1:]:
        pytest.skip("no font with Chinese characters is installed")
    speaks("zh_CN")
    fonts = make_look(QFont("DejaVu Sans"), 1.0, dark=False).font(), paper_font(QFont())
    for font in fonts:
        drawn = _drawn_with(font, "复")
        assert drawn <= set(with_han(QFont()).families())


def test_the_font_that_was_chosen_stays_the_first(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, speaks: Callable[[str], None]
) -> None:
    chosen = QFontDatabase.families()[0]
    monkeypatch.setattr(QFontDatabase, "families", lambda *_system: ["SimSun", chosen])
    speaks("zh_CN")
    assert make_look(QFont(chosen), 1.0, dark=False).font().families() == [chosen, "SimSun"]


def test_other_languages_keep_the_font_as_it_is(
    qapp: QApplication, speaks: Callable[[str], None]
) -> None:
    speaks("de")
    assert make_look(qapp.font(), 1.0, dark=False).base == qapp.font()
