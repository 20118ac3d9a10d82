"""What a doctor would look at first: is everything there that backups and restores need?

Each finding is a line of its own, with no secret in it, so that the whole can be pasted into a
report. What is wrong is a Problem with its sentence.
"""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib import metadata

from app import __version__
from app.errors import AppError
from app.messages import _, plural
from app.messages.amounts import size
from app.messages.joined import beside, labelled
from app.monitor import Monitor, Problem
from app.services import doctor_system as system
from app.services.finding import Finding
from app.services.home import Access, Home, open_for
from app.services.opening import open_copy, sealed_file
from app.settings.model import CopySettings, ExchangeSettings, Settings

_LIBRARIES = (
    "cryptography", "ccxt", "zstandard", "pyfastcdc", "msgspec", "keyring", "platformdirs", "click",
    "rich", "psutil", "pathspec", "tomlkit", "PySide6-Essentials",
)  # fmt: skip
_LOW = 1 << 30


def examine(home: Home, monitor: Monitor) -> list[Finding]:
    """Look at everything; what is wrong is a Problem as well. Changes nothing."""
    findings = [*_versions(), *_places(home)]
    for name, look in (
        (_("settings"), _settings),
        (_("device key"), _device_key),
        (_("repository"), _repository),
    ):
        findings.append(_looked(name, look, home, monitor))
    findings.extend(_sources(home, monitor))
    findings.extend(_copies(home, monitor))
    findings.extend(_accounts(home, monitor))
    findings.extend(_room(home, monitor))
    findings.extend(system.examine(home, monitor))
    return findings


def _versions() -> Iterator[Finding]:
    yield Finding("Tradekeep", __version__)
    yield Finding("Python", f"{platform.python_version()} ({sys.executable})")
    yield Finding(_("system"), platform.platform())
    for library in _LIBRARIES:
        try:
            yield Finding(library, metadata.version(library), fine=True)
        except metadata.PackageNotFoundError:
            yield Finding(library, "–", fine=False)
    restic = shutil.which("restic")
    yield Finding("restic", restic or "–")  # useful to have, never needed


def _places(home: Home) -> Iterator[Finding]:
    yield Finding(_("configuration"), str(home.paths.config))
    yield Finding(_("data"), str(home.paths.data))
    yield Finding(_("cache"), str(home.paths.cache))


def _looked(name: str, look: Callable[[Home], str], home: Home, monitor: Monitor) -> Finding:
    try:
        return Finding(name, look(home), fine=True)
    except AppError as error:
        monitor.problem(Problem.from_error(error))
        return Finding(name, error.sentence.title, fine=False)


def _settings(home: Home) -> str:
    settings = home.settings
    sources = plural("{count} source", "{count} sources", len(settings.sources))
    copies = plural("{count} copy", "{count} copies", len(settings.copies))
    return labelled(str(home.paths.settings_file), beside((sources, copies)))


def _device_key(home: Home) -> str:
    own = home.settings.repository
    named = home.environment.get("TRADEKEEP_PASSWORD_FILE")
    place = named or _("in the keyring")
    if own is None:
        home.device_keys  # noqa: B018  # says it where there is no keyring
        return place
    if home.device_keys.get(own.id) is None:
        raise AppError("device-key-missing")
    return labelled(place, own.device_key[:8])


def _repository(home: Home) -> str:
    repository = open_for(home, Access())
    return labelled(repository.backend.place, repository.config.id[:8])


def _sources(home: Home, monitor: Monitor) -> Iterator[Finding]:
    for source in _readable(home).sources:
        if not source.path.exists():
            monitor.problem(Problem("source-gone", {"path": str(source.path)}))
        yield Finding(
            _("source {name}").format(name=source.name),
            str(source.path),
            fine=source.path.exists(),
        )


def _copies(home: Home, monitor: Monitor) -> Iterator[Finding]:
    for copy in _readable(home).copies:
        yield _looked(
            _("copy {name}").format(name=copy.name), partial(_copy_place, copy), home, monitor
        )


def _copy_place(copy: CopySettings, home: Home) -> str:
    return open_copy(home, copy).place


def _accounts(home: Home, monitor: Monitor) -> Iterator[Finding]:
    """Whether the key of each exchange account is here. No exchange is asked."""
    for account in _readable(home).exchanges:
        yield _looked(
            _("account {name}").format(name=account.name),
            partial(_account_key, account),
            home,
            monitor,
        )


def _account_key(account: ExchangeSettings, home: Home) -> str:
    kept = sealed_file(home).accounts().get(account.name)
    if kept is None or not kept.secrets:
        raise AppError("exchange-no-key", name=account.name)
    return beside((account.exchange, account.environment.value))


def _readable(home: Home) -> Settings:
    """The settings; none where they cannot be read, which has been told already."""
    try:
        return home.settings
    except AppError:
        return Settings()


def _room(home: Home, monitor: Monitor) -> Iterator[Finding]:
    own = _readable(home).repository
    if own is None or own.path is None or not own.path.exists():
        return
    free = shutil.disk_usage(own.path).free
    if free < _LOW:
        params = {"place": str(own.path), "free": size(free)}
        monitor.problem(Problem("room-low", params))
    yield Finding(_("free space"), size(free), fine=free >= _LOW)
