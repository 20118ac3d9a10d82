"""Keys as they are written on the keyboards of the language: Ctrl+F, Strg+F, ⌘F."""

from __future__ import annotations

import sys

from PySide6.QtGui import QKeySequence

from app.messages import _


def key_name(keys: str, platform: str = sys.platform) -> str:
    """The keys of a shortcut, which Qt knows by their English names ("Alt+Left", "Ctrl+1 … 7")."""
    first, dots, last = keys.partition(" … ")
    if platform == "darwin":
        return QKeySequence(first).toString(QKeySequence.SequenceFormat.NativeText) + dots + last
    names = {
        "Ctrl": _("Ctrl"),
        "Enter": _("Enter"),
        "Backspace": _("Backspace"),
        "Left": "←",
        "Right": "→",
    }
    return "+".join(names.get(each, each) for each in first.split("+")) + dots + last
