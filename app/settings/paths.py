"""Where this machine's own files lie, and where the program's data files are.

TRADEKEEP_HOME puts everything below one folder (a USB stick, a test); otherwise the operating
system's conventions hold. Nothing is made here: whoever writes makes the folder, private.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import msgspec

_PACKAGE = Path(__file__).resolve().parents[1]


class Paths(msgspec.Struct, frozen=True):
    """The folders of this machine, absolute. They may not exist yet."""

    config: Path
    data: Path
    cache: Path
    logs: Path

    @classmethod
    def find(cls, environment: Mapping[str, str]) -> Paths:
        """The folders below TRADEKEEP_HOME, or where this operating system has them.

        In the second case platformdirs also reads the process's own environment (XDG_*).
        """
        named = environment.get("TRADEKEEP_HOME")
        if named:
            home = Path(named).absolute()
            return cls(home / "config", home / "data", home / "cache", home / "logs")
        from platformdirs import PlatformDirs  # slow, and not needed below TRADEKEEP_HOME

        system = PlatformDirs("tradekeep", appauthor=False)
        return cls(
            system.user_config_path,
            system.user_data_path,
            system.user_cache_path,
            system.user_log_path,
        )

    @property
    def settings_file(self) -> Path:
        """The one file that a person edits."""
        return self.config / "settings.toml"

    @property
    def temporary(self) -> Path:
        """For copies that live as long as a run; cleared by the next one."""
        return self.cache / "temporary"

    @property
    def listings(self) -> Path:
        """What was last seen at copies behind a network, see `app.copies.known`."""
        return self.cache / "copies"

    @property
    def sealed_file(self) -> Path:
        """The secrets of accounts, see `app.settings.sealed`."""
        return self.data / "secrets.sealed"

    @property
    def archive_file(self) -> Path:
        """The local database of exchange history, see `app.exchange`."""
        return self.data / "archive" / "archive.db"

    @property
    def years(self) -> Path:
        """Locked years, beside the archive so that each backup has them: `app.services.years`."""
        return self.archive_file.with_name("years")

    @property
    def years_file(self) -> Path:
        """What the last look at locked years found, see `app.services.years_check`."""
        return self.data / "years.json"

    @property
    def candles(self) -> Path:
        """The folder of candles, see `app.exchange.candles`."""
        return self.data / "candles"

    @property
    def pause_file(self) -> Path:
        """Until when the schedule is paused, see `app.services.pausing`."""
        return self.data / "pause.json"

    @property
    def history_file(self) -> Path:
        """The finished runs, see `app.services.history`."""
        return self.data / "runs.jsonl"

    @property
    def alerts_file(self) -> Path:
        """What alerts told last, see `app.services.alerts`."""
        return self.data / "alerts.json"

    @property
    def dealt_file(self) -> Path:
        """Which problems somebody accepted or put off."""
        return self.data / "dealt.json"

    @property
    def proofs_file(self) -> Path:
        """Which recovery keys were typed to prove them, see `app.services.proof`."""
        return self.data / "proofs.json"

    @property
    def rights_file(self) -> Path:
        """What accounts' keys were found to be able to do, see `app.services.key_rights`."""
        return self.data / "rights.json"

    @property
    def wizards(self) -> Path:
        """The folder of answers of wizards that were left, see `app.ui.wizards`."""
        return self.data / "wizards"


def resource(name: str) -> Path:
    """A file or folder below `resources/`, by its name with slashes.

    Found in a frozen build, an installed wheel and a checkout. FileNotFoundError says where it
    was looked for: that is a broken installation, not something a user can mend.
    """
    relative = PurePosixPath(name)
    if not name or relative.is_absolute() or ".." in relative.parts:
        raise ValueError(f"not the name of a resource: {name!r}")
    found = _resources().joinpath(*relative.parts)
    if not found.exists():
        raise FileNotFoundError(f"the resource {name!r} is not part of this installation: {found}")
    return found


def _resources() -> Path:
    frozen = getattr(sys, "_MEIPASS", None)  # PyInstaller's folder of unpacked files
    if frozen is not None:
        return Path(frozen) / "resources"
    installed = _PACKAGE / "_resources"
    return installed if installed.is_dir() else _PACKAGE.parent / "resources"
