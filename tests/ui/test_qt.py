"""What the window needs of Qt's binding, where a release of it failed."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, Signal


class _Bell(QObject):
    rung = Signal(int)


def test_a_day_of_signals_does_not_end_the_process(qapp: object) -> None:
    """PySide 6.12.0 took one reference from True with each emit: "bool_dealloc: deallocating True
    or False", after a few hundred of them, on Pythons before 3.12."""
    bell = _Bell()
    before = sys.getrefcount(True)
    for number in range(100):
        bell.rung.emit(number)
    assert sys.getrefcount(True) >= before - 10
