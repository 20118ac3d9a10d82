"""The style sheet, made from tokens. Widgets say what they are by the properties `role` (text),
`kind` (buttons and frames) and `tone`; no other module names a colour."""

from __future__ import annotations

from app.ui.tokens import Palette, Radius, Size, Space, Tone


def style_sheet(palette: Palette) -> str:
    """Everything in one sheet, for the window."""
    return "\n".join((_base(palette), _frames(palette), _buttons(palette), _scroll(palette)))


def _base(p: Palette) -> str:
    tones = "\n".join(f'QLabel[tone="{t.value}"] {{ color: {p.tone(t)}; }}' for t in Tone)
    return f"""
QMainWindow, QWidget#page, QScrollArea#scroll {{ background: {p.window}; border: none; }}
QLabel {{ color: {p.text}; background: transparent; }}
QLabel[role="caption"] {{ color: {p.text2}; }}
{tones}
QToolTip {{ color: {p.text}; background: {p.surface}; border: {Size.HAIR}px solid {p.control}; }}
"""


def _frames(p: Palette) -> str:
    tints = "\n".join(
        f'QFrame[kind="chip"][tone="{t.value}"], QFrame[kind="disc"][tone="{t.value}"],'
        f' QFrame[kind="strip"][tone="{t.value}"] {{ background: {p.tint(t)}; }}'
        for t in Tone
    )
    return f"""
QFrame[kind="card"] {{ background: {p.surface}; border: {Size.HAIR}px solid {p.line};
  border-radius: {Radius.CARD}px; }}
QFrame[kind="line"] {{ background: {p.line}; border: none; }}
QFrame[kind="chip"] {{ border: none; border-radius: {Size.CHIP // 2}px; }}
QFrame[kind="disc"] {{ border: none; border-radius: {Size.DISC // 2}px; }}
QFrame[kind="strip"] {{ border: none; border-radius: {Radius.CONTROL}px; }}
QFrame[kind="banner"] {{ background: {p.accent_tint}; border: none; }}
{tints}
QProgressBar {{ background: {p.line}; border: none; border-radius: {Size.BAR // 2}px;
  min-height: {Size.BAR}px; max-height: {Size.BAR}px; }}
QProgressBar::chunk {{ background: {p.accent}; border-radius: {Size.BAR // 2}px; }}
QPlainTextEdit {{ color: {p.text}; background: {p.sunken}; border: {Size.HAIR}px solid {p.line};
  border-radius: {Radius.CONTROL}px; padding: {Space.SMALL}px; }}
QLineEdit {{ color: {p.text}; background: {p.sunken}; border: {Size.HAIR}px solid {p.line};
  border-radius: {Radius.CONTROL}px; padding: 0 {Space.SMALL}px; min-height: {Size.BUTTON - 2}px; }}
QLineEdit:focus, QPlainTextEdit:focus {{ border: {Size.RING}px solid {p.accent}; }}
"""


def _buttons(p: Palette) -> str:
    return f"""
QPushButton {{ color: {p.text}; background: {p.surface}; border: {Size.HAIR}px solid {p.control};
  border-radius: {Radius.CONTROL}px; padding: 0 {Space.CARD}px; min-height: {Size.BUTTON - 2}px; }}
QPushButton:hover, QPushButton:pressed {{ background: {p.sunken}; }}
QPushButton:focus {{ border: {Size.RING}px solid {p.accent};
  padding: 0 {Space.CARD - 1}px; min-height: {Size.BUTTON - 4}px; }}
QPushButton:disabled {{ color: {p.text2}; border-color: {p.line}; }}
QPushButton[kind="main"] {{ color: {p.on_accent}; background: {p.accent}; border: none;
  min-height: {Size.BUTTON_MAIN}px; }}
QPushButton[kind="main"]:hover, QPushButton[kind="main"]:pressed {{ background: {p.accent_hover}; }}
QPushButton[kind="main"]:focus {{ border: {Size.RING}px solid {p.focus_on_accent};
  padding: 0 {Space.CARD - Size.RING}px; min-height: {Size.BUTTON_MAIN - 2 * Size.RING}px; }}
QPushButton[kind="main"]:disabled {{ color: {p.text2}; background: {p.sunken}; }}
QPushButton[kind="quiet"] {{ color: {p.accent}; background: transparent; border: none;
  padding: 0 {Space.SMALL}px; }}
QPushButton[kind="quiet"]:hover {{ color: {p.accent_hover}; background: {p.sunken}; }}
QPushButton[kind="quiet"]:focus {{ border: {Size.RING}px solid {p.accent};
  padding: 0 {Space.SMALL - Size.RING}px; min-height: {Size.BUTTON - 2 * Size.RING}px; }}
"""


def _scroll(p: Palette) -> str:
    return f"""
QScrollBar:vertical {{ background: transparent; width: {Size.SCROLL}px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {p.control}; border-radius: 4px;
  margin: 2px; min-height: {Size.SCROLL_HANDLE}px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""
