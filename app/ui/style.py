"""The style sheet, made from tokens. Widgets say what they are by the properties `role` (text),
`kind` (buttons and frames) and `tone`; no other module names a colour."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

from app.ui.style_choices import choices
from app.ui.tokens import Palette, Radius, Size, Space, Tone


def style_sheet(palette: Palette) -> str:
    """Everything in one sheet, for the window."""
    parts = (_base, _frames, _buttons, _navigation, _fields, choices, _tables, _scroll)
    return "\n".join(part(palette) for part in parts)


def qt_palette(p: Palette) -> QPalette:
    """The same for what Qt paints by itself: ticks, arrows, native parts of dialogs."""
    made = QPalette()
    roles = {
        QPalette.ColorRole.Window: p.window,
        QPalette.ColorRole.WindowText: p.text,
        QPalette.ColorRole.Base: p.surface,
        QPalette.ColorRole.AlternateBase: p.sunken,
        QPalette.ColorRole.Text: p.text,
        QPalette.ColorRole.Button: p.surface,
        QPalette.ColorRole.ButtonText: p.text,
        QPalette.ColorRole.Highlight: p.accent,
        QPalette.ColorRole.HighlightedText: p.on_accent,
        QPalette.ColorRole.Link: p.accent,
        QPalette.ColorRole.PlaceholderText: p.text2,
        QPalette.ColorRole.ToolTipBase: p.surface,
        QPalette.ColorRole.ToolTipText: p.text,
        QPalette.ColorRole.Mid: p.control,
        QPalette.ColorRole.Dark: p.control,
    }
    for role, colour in roles.items():
        made.setColor(role, QColor(colour))
    return made


def _base(p: Palette) -> str:
    tones = "\n".join(f'QLabel[tone="{t.value}"] {{ color: {p.tone(t)}; }}' for t in Tone)
    return f"""
QMainWindow, QWidget#page, QScrollArea#scroll {{ background: {p.window}; border: none; }}
QScrollArea#scroll[kind="inside"], QScrollArea#scroll[kind="inside"] QWidget#page {{
  background: {p.surface}; border: none; }}
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
QTextBrowser {{ color: {p.text}; background: {p.surface}; border: {Size.HAIR}px solid {p.line};
  border-radius: {Radius.CARD}px; }}
QPlainTextEdit:focus, QTextBrowser:focus {{ border: {Size.RING}px solid {p.accent}; }}
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
  padding: 0 {Space.TINY}px; }}
QPushButton[kind="quiet"]:hover {{ color: {p.accent_hover}; background: {p.sunken}; }}
QPushButton[kind="quiet"]:focus {{ border: {Size.RING}px solid {p.accent};
  padding: 0 {Space.TINY - Size.RING}px; min-height: {Size.BUTTON - 2 * Size.RING}px; }}
"""


def _navigation(p: Palette) -> str:
    return f"""
QFrame[kind="rail"] {{ background: {p.rail}; border: none;
  border-right: {Size.HAIR}px solid {p.line}; }}
QPushButton::menu-indicator {{ width: 0; }}
QPushButton[kind="choice"] {{ background: {p.surface}; border: {Size.HAIR}px solid {p.line};
  border-radius: {Radius.CARD}px; padding: 0; text-align: left; }}
QPushButton[kind="choice"]:hover {{ border-color: {p.control}; }}
QPushButton[kind="choice"]:checked {{ background: {p.accent_tint}; border-color: {p.accent}; }}
QPushButton[kind="choice"]:focus {{ border: {Size.RING}px solid {p.accent}; }}
QPushButton[kind="nav"] {{ background: transparent; border: none; padding: 0; text-align: left; }}
QPushButton[kind="nav"]:hover {{ background: {p.sunken}; }}
QPushButton[kind="nav"]:checked {{ background: {p.accent_tint}; }}
QPushButton[kind="nav"]:focus {{ border: {Size.RING}px solid {p.accent}; }}
QTabBar {{ background: transparent; border: none; }}
QTabBar::tab {{ color: {p.text2}; background: transparent; border: none;
  border-bottom: {Size.RING}px solid transparent; padding: {Space.SMALL}px {Space.MEDIUM}px; }}
QTabBar::tab:selected {{ color: {p.accent}; border-bottom: {Size.RING}px solid {p.accent}; }}
QTabBar::tab:hover {{ color: {p.text}; }}
QTabBar::tab:focus {{ border: {Size.RING}px solid {p.accent}; }}
QMenu {{ color: {p.text}; background: {p.surface}; border: {Size.HAIR}px solid {p.control};
  padding: {Space.TINY}px; }}
QMenu::item {{ padding: {Space.SMALL - 2}px {Space.CARD}px; border-radius: {Radius.PIP}px; }}
QMenu::item:selected {{ color: {p.text}; background: {p.accent_tint}; }}
QMenu::item:disabled {{ color: {p.text2}; }}
QMenu::separator {{ height: {Size.HAIR}px; background: {p.line}; margin: {Space.TINY}px; }}
"""


def _fields(p: Palette) -> str:
    kinds = "QLineEdit, QComboBox, QSpinBox, QDateEdit, QTimeEdit"
    focus = ", ".join(f"{kind}:focus" for kind in kinds.split(", "))
    off = ", ".join(f"{kind}:disabled" for kind in kinds.split(", "))
    return f"""
{kinds} {{ color: {p.text}; background: {p.surface}; border: {Size.HAIR}px solid {p.control};
  border-radius: {Radius.CONTROL}px; padding: 0 {Space.SMALL}px; min-height: {Size.FIELD - 2}px;
  selection-color: {p.on_accent}; selection-background-color: {p.accent}; }}
{focus} {{ border: {Size.RING}px solid {p.accent}; padding: 0 {Space.SMALL - 1}px;
  min-height: {Size.FIELD - 2 * Size.RING}px; }}
{off} {{ color: {p.text2}; border-color: {p.line}; }}
QLineEdit[wrong="true"] {{ border: {Size.RING}px solid {p.bad}; }}
QLineEdit[readOnly="true"] {{ background: {p.sunken}; border-color: {p.line}; }}
QComboBox {{ padding-right: {Space.PAGE}px; }}
QComboBox::drop-down {{ border: none; width: {Space.PAGE}px; }}
QComboBox QAbstractItemView {{ color: {p.text}; background: {p.surface};
  border: {Size.HAIR}px solid {p.control}; outline: none;
  selection-color: {p.text}; selection-background-color: {p.accent_tint}; }}
QCheckBox, QRadioButton {{ color: {p.text}; background: transparent; spacing: {Space.SMALL}px; }}
QCheckBox:focus, QRadioButton:focus {{ color: {p.accent}; }}
QDialog, QMessageBox {{ background: {p.window}; }}
"""


def _tables(p: Palette) -> str:
    return f"""
QTableView, QTreeView, QListView {{ color: {p.text}; background: {p.surface}; border: none;
  outline: none; selection-color: {p.text}; selection-background-color: {p.accent_tint}; }}
QTableView::item, QTreeView::item, QListView::item {{ border: none;
  border-bottom: {Size.HAIR}px solid {p.line}; padding: 0 {Space.MEDIUM}px; }}
QTableView::item:selected, QTreeView::item:selected, QListView::item:selected {{
  color: {p.text}; background: {p.accent_tint}; }}
QTableView:focus, QTreeView:focus, QListView:focus {{ border: {Size.HAIR}px solid {p.accent}; }}
QListView[kind="cards"]::item {{ border: none; padding: 0; }}
QHeaderView {{ background: {p.surface}; border: none; }}
QHeaderView::section {{ color: {p.text2}; background: {p.surface}; border: none;
  border-bottom: {Size.HAIR}px solid {p.control}; padding: 0 {Space.MEDIUM}px; }}
QHeaderView::section:hover {{ color: {p.text}; }}
"""


def _scroll(p: Palette) -> str:
    return f"""
QScrollBar:vertical {{ background: transparent; width: {Size.SCROLL}px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {p.control}; border-radius: 4px;
  margin: 2px; min-height: {Size.SCROLL_HANDLE}px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""
