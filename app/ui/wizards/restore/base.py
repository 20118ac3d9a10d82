"""What the pages of the restore wizard have in common: drawn anew when their state changes."""

from __future__ import annotations

from app.ui.protocol import Told
from app.ui.wizards.drawn import DrawnPage
from app.ui.wizards.restore.session import Session


class RestorePage(DrawnPage):
    """A page of the restore wizard."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    @property
    def is_seen(self) -> bool:
        return self._column is not None

    def set_busy(self, *, busy: bool, error: Told | None = None) -> None:
        """Something is at work because of Continue, or is over."""
        self._busy, self.error = busy, error
        self.redraw()
