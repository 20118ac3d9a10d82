"""The card "What will happen": three figures, and what is in the way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QGridLayout, QWidget

from app.messages import _, plural
from app.ui import words
from app.ui.look import Look
from app.ui.snapshots import icon_of
from app.ui.tokens import Size, Space, Tone, Type
from app.ui.widgets.basic import Card, Elided, column_of, line, picture, row_of, text
from app.ui.widgets.rows import headed
from app.ui.wizards.restore.rules import InTheWay, Plan, what_happens

_MOST = 50  # rows


def preview_card(look: Look, plan: Plan, rows: Sequence[InTheWay], now: datetime) -> Card:
    """See the module."""
    card = headed(look, _("What will happen"), _("Nothing is deleted"))
    card.body.addLayout(_figures(look, plan))
    if rows:
        card.body.addSpacing(Space.TINY)
        card.body.addWidget(_table(look, rows[:_MOST], now))
    more = plan.different + plan.blocked - min(len(rows), _MOST)
    if rows and more > 0:
        counted = plural("… and {count} more.", "… and {count} more.", more)
        card.body.addWidget(text(look, counted, caption=True))
    return card


def _figures(look: Look, plan: Plan) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(Space.CARD)
    new, different, same, blocked = plan.new, plan.different, plan.same, plan.blocked
    kept = plural("differs: both are kept", "differ: both are kept", different)
    equal = plural("is the same: left alone", "are the same: left alone", same)
    shown = [
        ("file-plus", Tone.OK, new, plural("is new", "are new", new)),
        ("arrows-diff", Tone.WARN, different, kept),
        ("equal", Tone.CALM, same, equal),
    ]
    if blocked:
        said = plural("is left out: blocked", "are left out: blocked", blocked)
        shown.append(("alert-triangle", Tone.BAD, blocked, said))
    for column, (icon, tone, count, what) in enumerate(shown):
        row = row_of(spacing=Space.MEDIUM)
        row.addWidget(picture(look, icon, tone, Size.ICON_THING))
        both = column_of()
        files = plural("{count} file", "{count} files", count)
        both.addWidget(text(look, files, factor=Type.SECTION, weight=Type.SEMIBOLD))
        both.addWidget(text(look, what, caption=True))
        row.addLayout(both, 1)
        grid.addLayout(row, 0, column)
        grid.setColumnStretch(column, 1)
    return grid


def _table(look: Look, rows: Sequence[InTheWay], now: datetime) -> QWidget:
    """Few rows, of which every one is read: they grow with the page, which scrolls as a whole."""
    holder, grid = QWidget(), QGridLayout()
    holder.setLayout(grid)
    holder.setAccessibleName(_("What is in the way"))
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(Space.CARD)
    grid.setVerticalSpacing(Space.SMALL)
    grid.setColumnStretch(1, 5)
    grid.setColumnStretch(4, 6)
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    heads = (_("In the way"), _("Size now"), _("Changed"), _("What happens to it"))
    for column, head in enumerate(heads, start=1):
        label = text(look, head, caption=True)
        if column == 2:
            label.setAlignment(right)
        grid.addWidget(label, 0, column)
    for number, row in enumerate(rows):
        at = 2 * number + 1
        grid.addWidget(line(), at, 0, 1, 5)
        icon = "folder" if row.blocks else icon_of({"path": row.path})
        grid.addWidget(picture(look, icon, size=Size.RAIL_ICON), at + 1, 0)
        grid.addWidget(Elided(look, row.path, caption=False), at + 1, 1)
        size = text(look, words.size(row.size))
        size.setAlignment(right)
        grid.addWidget(size, at + 1, 2)
        grid.addWidget(text(look, words.moment(row.mtime, now)), at + 1, 3)
        what = Elided(look, what_happens(row), caption=False)
        wide = QFontMetrics(what.font()).horizontalAdvance(what_happens(row)) + Size.RING
        what.setMinimumWidth(min(wide, Size.WHAT_MOST))
        grid.addWidget(what, at + 1, 4)
    return holder
