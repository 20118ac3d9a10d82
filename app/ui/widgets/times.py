"""Some times of day, as fields in rows that grow and shrink."""

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
_A_ROW = 3
_HALF_HOURS = tuple(f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 30))
_NEW = "23:00"


class TimesRow(QWidget):
    """See the module. `changed` is told the times (HH:MM), in their order."""

    def __init__(
        self, look: Look, times: Sequence[str], changed: Callable[[tuple[str, ...]], object]
    ) -> None:
        super().__init__()
        self._look, self._changed = look, changed
        self._times = list(times[:MOST])
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(Space.SMALL)
        self._grid.setColumnStretch(_A_ROW, 1)
        self._foot = row_of(spacing=Space.SMALL)
        column = column_of(spacing=Space.TINY)
        column.addLayout(self._grid)
        column.addLayout(self._foot)
        self.setLayout(column)
        self._fill()

    @property
    def fields(self) -> list[QComboBox]:
        """The fields, in their order."""
        found = (self._grid.itemAt(at) for at in range(len(self._times)))
        return [each.widget() for each in found if each is not None]  # type: ignore[misc]

    def _fill(self) -> None:
        clear(self._grid)
        clear(self._foot)
        for number, each in enumerate(self._times):
            self._grid.addWidget(self._field(number, each), *divmod(number, _A_ROW))
        if len(self._times) < MOST:
            more = button(self._look, _("Add a time"), "quiet", "plus")
            more.clicked.connect(lambda _on: self._take([*self._times, _NEW]))
            self._foot.addWidget(more)
        if len(self._times) > 1:
            less = button(self._look, _("Remove the last"), "quiet")
            less.clicked.connect(lambda _on: self._take(self._times[:-1]))
            self._foot.addWidget(less)
        self._foot.addStretch()

    def _field(self, number: int, each: str) -> QComboBox:
        known = sorted({*_HALF_HOURS, each})
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
