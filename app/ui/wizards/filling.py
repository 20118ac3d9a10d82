"""What can fill the window in place of its pages: the start, a wizard."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.ui.look import Look


class Filling(QWidget):
    """See the module."""

    topic = "words"  # of the help that F1 shows

    def dress(self, look: Look) -> None:
        """Put on another appearance; what was chosen stays."""
        raise NotImplementedError
