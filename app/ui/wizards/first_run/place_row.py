"""What the cards about places have in common: a folder with its button, what is known of it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.messages import _
from app.ui import words
from app.ui.look import Look
from app.ui.shown import ChipShown
from app.ui.tokens import Space, Tone
from app.ui.widgets.basic import Elided, button, row_of
from app.ui.wizards.first_run.plan import Drive, Place


def recommended_chip() -> ChipShown:
    """On the card that most people do well with."""
    return ChipShown("check", _("Recommended"), Tone.ACCENT)


def path_row(look: Look, path: str, change: Callable[[QWidget], None]) -> QWidget:
    """The folder that was chosen, and a button to choose another one."""
    holder = QWidget()
    row: QHBoxLayout = row_of(spacing=Space.MEDIUM)
    row.addWidget(Elided(look, path or _("No folder chosen yet"), caption=False), 1)
    made = button(look, _("Change…") if path else _("Choose…"))
    made.clicked.connect(lambda: change(made))
    row.addWidget(made)
    holder.setLayout(row)
    return holder


def about_drive(drive: Drive) -> str:
    """Its kind and its room."""
    free, size = words.size(drive.free), words.size(drive.size)
    return _("Drive that can be unplugged · {free} free of {size}").format(free=free, size=size)


def about_place(path: str, place: Place) -> str:
    """Its room, behind its path where that is given."""
    free = _("{free} free").format(free=words.size(place.free)) if place.free is not None else ""
    return " · ".join(filter(None, (path, free)))
