"""The style sheet's part on choices and wizards: radio cards, groups of keys."""

from __future__ import annotations

from app.ui.tokens import Palette, Radius, Size, Space


def choices(p: Palette) -> str:
    """See `app.ui.style`."""
    box = Size.CHECK - 2 * Size.HAIR
    inner = Size.RADIO - 4  # within the edge
    return f"""
QFrame[kind="choice"] {{ background: {p.surface}; border: {Size.HAIR}px solid {p.line};
  border-radius: {Radius.CARD}px; }}
QFrame[kind="choice"][chosen="true"] {{ background: {p.accent_tint};
  border: {Size.HAIR}px solid {p.accent}; }}
QFrame[kind="choice"][chosen="true"] QFrame[kind="chip"] {{ background: {p.surface}; }}
QRadioButton[kind="choice"] {{ padding: {Size.RING}px; border-radius: {Size.RADIO // 2 + 4}px;
  border: {Size.RING}px solid transparent; spacing: 0; }}
QRadioButton[kind="choice"]:focus {{ border: {Size.RING}px solid {p.accent}; }}
QRadioButton[kind="choice"]::indicator {{ width: {inner}px; height: {inner}px;
  border: 2px solid {p.control}; border-radius: {Size.RADIO // 2}px; background: {p.surface}; }}
QRadioButton[kind="choice"]::indicator:checked {{ border: 2px solid {p.accent};
  background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5,
  stop: 0 {p.accent}, stop: 0.52 {p.accent}, stop: 0.6 {p.surface}, stop: 1 {p.surface}); }}
QRadioButton[kind="choice"]::indicator:disabled {{ border-color: {p.line}; }}
QCheckBox::indicator {{ width: {box}px; height: {box}px; background: {p.surface};
  border: {Size.HAIR}px solid {p.control}; border-radius: {Radius.CHECK}px; }}
QCheckBox::indicator:checked {{ background: {p.accent}; border-color: {p.accent}; }}
QCheckBox::indicator:disabled {{ background: {p.sunken}; border-color: {p.line}; }}
QCheckBox::indicator:focus {{ border: {Size.RING}px solid {p.accent}; width: {box - 2}px;
  height: {box - 2}px; }}
QPushButton[kind="tall"] {{ min-height: {Size.BUTTON_MAIN - 2}px; }}
QPushButton[kind="tall"]:focus {{ min-height: {Size.BUTTON_MAIN - 2 * Size.RING}px; }}
QPushButton[kind="start"] {{ background: {p.surface}; border: {Size.HAIR}px solid {p.line};
  border-radius: {Radius.CARD}px; padding: 0; text-align: left; }}
QPushButton[kind="start"]:hover {{ background: {p.accent_tint}; border-color: {p.accent}; }}
QPushButton[kind="start"]:focus {{ border: {Size.RING}px solid {p.accent}; }}
QLineEdit[kind="group"] {{ padding: 0 {Space.TINY}px; }}
"""
