"""A person in front of a real screen (Xvfb), and what they see and do there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli.support import ROOT, Machine

_NOTHING: dict[str, object] = {
    "title": "",
    "said": [],
    "busy": False,
    "buttons": {},
    "tray": "",
    "menu": {},
}


def _list(said: object) -> list[object]:
    assert isinstance(said, list)
    return said


@dataclass
class Desk:
    """See the module. `process` is the window's, `state` the file into which it tells."""

    display: str
    state: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] = field(init=False)

    @classmethod
    def of(cls, display: str, machine: Machine, folder: Path, **more: str) -> Desk:
        (folder / "pictures").mkdir()
        (folder / "run").mkdir(mode=0o700)
        environment = {
            **machine.environment, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb",
            "XDG_RUNTIME_DIR": str(folder / "run"), "XDG_CURRENT_DESKTOP": "X-Test", **more,
        }  # fmt: skip
        environment.pop("DBUS_SESSION_BUS_ADDRESS", None)
        return cls(display, folder / "state.json", environment)

    def starts(self, *arguments: str) -> None:
        """Start the window, or the tray alone."""
        self.process = self._popen(
            "tests.ui.real_window", str(self.state), str(self.state.parent / "pictures"), *arguments
        )

    def starts_again(self) -> int:
        """A second start; how it ended."""
        return self._popen("app").wait(20)

    def _popen(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.Popen(command, env=self.environment, cwd=ROOT)

    @property
    def sees(self) -> dict[str, object]:
        try:
            found: dict[str, object] = json.loads(self.state.read_bytes())
        except FileNotFoundError:
            return _NOTHING
        return found

    def waits_for(self, title: str, seconds: float = 30) -> None:
        """Until the window's first sentence has this in it."""
        self.waits_until(lambda sees: title in str(sees["title"]), seconds)

    def waits_until(self, true: Callable[[dict[str, object]], bool], seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not true(self.sees):
            assert time.monotonic() < end, f"waited in vain: {self.sees}"
            assert self.process.poll() is None, "the window is gone"
            time.sleep(0.05)

    def waits_to_read(self, words: str, seconds: float = 30) -> None:
        """Until something in the window has these words in it."""
        self.waits_until(lambda sees: words in "\n".join(map(str, _list(sees["said"]))), seconds)

    def clicks(self, name: str, what: str = "buttons", button: int = 1) -> None:
        """A button of the window, or a line of the tray's menu."""
        places = self.sees[what]
        assert isinstance(places, dict)
        assert name in places, sorted(places)
        self._click(places[name], button)

    def clicks_tray(self, button: int = 1) -> None:
        self._click(self.sees["icon"], button)

    def _click(self, at: object, button: int) -> None:
        assert isinstance(at, list)
        self._xdotool("mousemove", str(at[0]), str(at[1]), "click", str(button))

    def presses(self, keys: str) -> None:
        self._xdotool("search", "--sync", "--onlyvisible", "--name", "^Tradekeep$", "windowfocus")
        self._xdotool("key", keys)

    def _xdotool(self, *arguments: str) -> None:
        environment = {**os.environ, "DISPLAY": self.display}
        subprocess.run(["xdotool", *arguments], env=environment, check=True, timeout=20)

    def leaves(self) -> None:
        """At the latest now."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
