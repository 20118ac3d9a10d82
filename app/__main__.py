"""The two ways in: no arguments open the window, `--tray` stays in the tray without one; anything
else is the command line.

Nothing heavy is imported before it is needed: `--version` answers in a tenth of a second.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

from app import core_files


def main() -> int:
    """`tradekeep`: returns the process's exit code."""
    _open_streams()
    _speak()
    arguments = sys.argv[1:]
    if arguments in ([], ["--tray"]):
        return main_window()
    core_files.forbid()
    if arguments[:1] == ["--print-report"]:  # a child of `tradekeep report`
        from app.ui.printing import run as print_report

        return print_report(arguments[1:])
    # A job makes many objects and hardly a cycle: collecting after every 700 of them was 3 % of a
    # backup of 100,000 files.
    gc.set_threshold(50_000, 20, 20)
    from app.cli.main import run

    return run(arguments)


def main_window() -> int:
    """`tradekeep-gui`: the window."""
    core_files.limit()
    _open_streams()
    _speak()
    if sys.platform.startswith("linux") and not _has_screen():
        return _refuse("no-screen")
    try:
        from app.ui.main import run
    except ImportError as error:
        return _refuse("qt-missing", reason=str(error))
    return run(sys.argv)


def _open_streams() -> None:
    """Where whoever started us gave no streams (Windows without a console, some daemons), what is
    said goes nowhere instead of ending the run."""
    nowhere = Path(os.devnull)
    if sys.stdin is None:
        sys.stdin = nowhere.open(encoding="utf-8")  # as long as the process
    if sys.stdout is None:
        sys.stdout = nowhere.open("w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = nowhere.open("w", encoding="utf-8")


def _speak() -> None:
    """Texts are in the user's language; which one that is, is found out when one is needed."""
    from app.messages.language import speak

    def ask() -> str:
        from app.settings.language import spoken

        return spoken(os.environ)

    def folder() -> Path:
        from app.settings.language import translations

        return translations()

    speak(ask, folder)


def _has_screen() -> bool:
    """Qt would end the process with an abort."""
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _refuse(message_id: str, **params: str) -> int:
    from app.messages import render

    sentence = render(message_id, params)
    sys.stderr.write(f"{sentence.title}\n{sentence.hint}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
