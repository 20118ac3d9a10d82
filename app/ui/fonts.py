"""Fonts that have Chinese characters in their Chinese forms.

A font of Latin letters leaves them to whichever font the system takes for its own language: on a
desktop that speaks no Chinese mostly a Japanese one, whose characters look foreign, and whose signs
stand in the middle. So the fonts that are meant are named after the one that was chosen.
"""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontDatabase, QFontInfo

from app.messages.language import language

CHINESE = "zh_CN"
_HAN = (
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC"),
    *("Microsoft YaHei", "WenQuanYi Micro Hei", "SimSun"),
)


def with_han(base: QFont) -> QFont:
    """The font, then those of this computer that have what it lacks."""
    font = QFont(base)
    # By its real name: an alias ("Sans Serif") in a list would be passed over for the next one.
    there = QFontDatabase.families()
    font.setFamilies([QFontInfo(base).family(), *(name for name in _HAN if name in there)])
    return font


def of_language(base: QFont) -> QFont:
    """The font for a window in the language that is spoken."""
    return with_han(base) if language() == CHINESE else QFont(base)
