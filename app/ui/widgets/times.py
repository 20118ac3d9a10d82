"""Some times of day, as fields of which there may be more or less."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from app.messages import _, plural
from app.ui.look import Look
from app.ui.tokens import Space
from app.ui.widgets.basic import button, clear, column_of, row_of
from app.ui.widgets.fields import combo

TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
MOST = 6
HALF_HOURS = tuple(f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 30))
_NEW = "23:00"
_COLUMNS = 3


class TimesRow(QWidget):
    """See the module. `changed` is told the times (HH:MM), as they stand in the row."""

    def __init__(
        self, look: Look, times: Sequence[str], changed: Callable[[tuple[str, ...]], object]
    ) -> None:
        super().__init__()
        self._look, self._changed = look, changed
        self._times = list(times[:MOST])
        self._column = column_of(spacing=Space.SMALL)
        self.setLayout(self._column)
        self.fields: list[QComboBox] = []
        self._fill()

    def _fill(self) -> None:
        clear(self._column)
        self.fields = [self._field(number, each) for number, each in enumerate(self._times)]
        grid = QGridLayout()
        grid.setSpacing(Space.SMALL)
        grid.setColumnStretch(_COLUMNS, 1)
        for number, made in enumerate(self.fields):
            grid.addWidget(made, *divmod(number, _COLUMNS))
        self._column.addLayout(grid)
        row = row_of(spacing=Space.SMALL)
        if len(self._times) < MOST:
            more = button(self._look, _("Add a time"), "quiet", "plus")
            more.clicked.connect(lambda _on: self._take([*self._times, _NEW]))
            row.addWidget(more)
        if len(self._times) > 1:
            less = button(self._look, _("Remove the last"), "quiet")
            less.clicked.connect(lambda _on: self._take(self._times[:-1]))
            row.addWidget(less)
        row.addStretch()
        self._column.addLayout(row)

    def _field(self, number: int, each: str) -> QComboBox:
        known = sorted({*HALF_HOURS, each})
        name = _("Time {number}").format(number=number + 1)
        choices = [(time, time) for time in known]
        made = combo(self._look, name, choices, lambda time: self._set(number, str(time)))
        made.setCurrentIndex(made.findData(each))
        return made

    def _set(self, number: int, time: str) -> None:
        self._times[number] = time
        self._changed(tuple(self._times))

    def _take(self, times: list[str]) -> None:
        """One more, or one less; the focus goes to the last of them."""
        self._times = times
        self._fill()
        self.fields[-1].setFocus()
        self._changed(tuple(self._times))


def every_words(minutes: int) -> str:
    """ "Every 6 hours"."""
    if minutes % 60:
        return plural("Every {count} minute", "Every {count} minutes", minutes)
    return plural("Every hour", "Every {count} hours", minutes // 60)
