"""A machine in this process with an account at a sample exchange, for tests of services."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from app.secret import Secret
from app.services import exchanges
from app.services.home import Home
from app.settings.settings import RepositorySettings, set_repository
from tests.cli.exchange_support import KEY, SECRET, Place

SECRETS = {"apiKey": Secret(KEY), "secret": Secret(SECRET)}
SINCE = datetime.now(UTC).date() - timedelta(days=25)


def home_at(folder: Path) -> Home:
    """A home whose settings name a repository; there is none, and none is needed."""
    device = folder / "device-key"
    if not device.exists():
        device.write_text("d" * 43 + "\n", encoding="utf-8")
        device.chmod(0o600)
    home = Home.find(
        {
            "TRADEKEEP_HOME": str(folder / "home"),
            "TRADEKEEP_PASSWORD_FILE": str(device),
            "HOME": str(folder),
        }
    )
    if home.settings.repository is None:
        repository = RepositorySettings(folder / "repository", "a1" * 32, "b2" * 32)
        set_repository(home.paths.settings_file, repository)
    return home.fresh()


def add(home: Home, place: Place, name: str = "main", since: date = SINCE) -> Home:
    """Connect an account; the home with its settings read anew."""
    from app.monitor import Recorder

    request = exchanges.AddRequest(
        name=name,
        exchange="binanceusdm",
        options={"address": place.server.address},
        since=since,
    )
    exchanges.add(home, exchanges.draft(home, request), SECRETS, Recorder())
    return home.fresh()


def seconds(began: float) -> float:
    return time.monotonic() - began
