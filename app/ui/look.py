"""How everything looks at this moment: the palette, and fonts as factors of the system's.

One `Look` is made for each appearance; widgets are given it and made anew when it changes.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QFont, QFontDatabase, QFontInfo, QIcon, QPixmap

from app.ui import icons
from app.ui.fonts import of_language
from app.ui.tokens import DARK, LIGHT, Palette, Size, Stroke, Tone, Type


@dataclass(frozen=True)
class Look:
    """Palette, the system's font, and the screen's pixels for each logical one."""

    palette: Palette
    base: QFont
    ratio: float = 1.0

    def font(self, factor: float = Type.BODY, weight: int = QFont.Weight.Normal) -> QFont:
        """The system's font at a factor of its size, with tabular figures."""
        font = QFont(self.base)
        pixels = QFontInfo(self.base).pixelSize() * factor
        font.setPixelSize(max(Type.LEAST, round(pixels)))
        font.setWeight(QFont.Weight(weight))
        tabular = QFont.Tag.fromString("tnum")
        assert tabular is not None
        font.setFeature(tabular, 1)
        return font

    def fixed(self, factor: float = Type.CAPTION) -> QFont:
        """The system's font for code, at the size of ours."""
        font = of_language(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        font.setPixelSize(self.font(factor).pixelSize())
        return font

    def pixmap(
        self, name: str, tone: Tone | None = None, size: int = Size.ICON_THING,
        stroke: float = Stroke.THING,
    ) -> QPixmap:  # fmt: skip
        """An icon in a tone's colour, or in that of captions."""
        colour = self.palette.tone(tone) if tone else self.palette.text2
        return icons.pixmap(name, colour, size, self.ratio, stroke)

    def button_icon(self, name: str, kind: str) -> QIcon:
        """An icon in the colour of a button's words."""
        colours = {"main": self.palette.on_accent, "quiet": self.palette.accent}
        colour = colours.get(kind, self.palette.text)
        return icons.icon(name, colour, self.palette.text2, Size.ICON_BUTTON, self.ratio)


def make_look(base: QFont, ratio: float, *, dark: bool) -> Look:
    return Look(DARK if dark else LIGHT, of_language(base), ratio)
