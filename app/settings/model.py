"""The settings as values: what `settings.toml` says once it is known to be right.

Must not know: TOML, files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

import msgspec

VERSION = 1
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FOLDER, DRIVE, DROPBOX, S3, WEBDAV = COPY_KINDS = ("folder", "drive", "dropbox", "s3", "webdav")
AWAY_KINDS = (DROPBOX, S3, WEBDAV)  # behind a network


# What an option of an exchange may be: TOML's values but for dates and floats.
Option: TypeAlias = "str | bool | int | Sequence[Option] | Mapping[str, Option]"


class Environment(StrEnum):
    """Where an exchange account trades: for real, or for practice."""

    LIVE = "live"
    DEMO = "demo"


class SourceKind(StrEnum):
    """What a source is. A bot is a folder whose live databases and capsule are known."""

    FOLDER = "folder"
    BOT = "bot"


class RepositorySettings(msgspec.Struct, frozen=True):
    """This machine's repository: its absolute path, restic's id of it, and the id of the key file
    that the device key opens (both 64 hexadecimal digits).

    One behind a network has no path: `kind` is DROPBOX, S3 or WEBDAV then, and it has what a copy
    there has (see `CopySettings`: address, user, region, off_site, limit). Other machines may
    share it.
    """

    path: Path | None
    id: str
    device_key: str
    kind: str = FOLDER
    address: str = ""
    user: str = ""
    region: str = ""
    off_site: bool = False
    limit: int = 0

    @property
    def place(self) -> str:
        """Where it lies, as people write it: a path, or KIND:ADDRESS."""
        if self.path is not None:
            return str(self.path)
        return self.address if self.kind == DROPBOX else f"{self.kind}:{self.address}"


class SourceSettings(msgspec.Struct, frozen=True):
    """Something to back up. `bot` names the kind of bot (bots.toml) and is there for bots only;
    `exclude` are the user's patterns, `leave_out` those of the bot's description."""

    name: str
    kind: SourceKind
    path: Path
    bot: str | None = None
    exclude: tuple[str, ...] = ()
    exclude_caches: bool = True
    leave_out: tuple[str, ...] = ()


class CopySettings(msgspec.Struct, frozen=True):
    """A copy of the repository. `id` is the one in the copy's marker, 16 hexadecimal digits.

    address  of a folder or a drive the absolute path, of a drive the one where it was last; of a
             bucket or a WebDAV folder its https address, of Dropbox "dropbox:/" and a folder
    inside   of a drive: where on it the copy lies, "" for the drive itself
    user     of WebDAV, or the id of an access key; secrets lie in the sealed file
    region   of a bucket, "" for the usual one
    off_site it does not lie where this computer is
    paused   it is left out until it is wanted again
    limit    kilobytes a second at most that are sent there; 0: all that there is
    hours    as "22:00-06:00", local time, when scheduled runs may send there; "" for always
    append_only  nothing is ever removed there, not even on purpose
    """

    name: str
    kind: str
    address: str
    id: str
    inside: str = ""
    user: str = ""
    region: str = ""
    off_site: bool = False
    paused: bool = False
    limit: int = 0
    hours: str = ""
    append_only: bool = False


class ExchangeSettings(msgspec.Struct, frozen=True):
    """An account at an exchange; its secrets lie in the sealed file. `exchange` is ccxt's id,
    `since` from when on its history is wanted, `options` what the client is made with (see
    `app.exchange.options`), `share` the part of the permitted rate that we take, `sample_minutes`
    how often balances and positions are to be looked at between pulls."""

    name: str
    exchange: str
    environment: Environment = Environment.LIVE
    since: date | None = None
    options: Mapping[str, Option] = msgspec.field(default_factory=dict)
    share: float | None = None
    sample_minutes: int | None = None


class CandleSettings(msgspec.Struct, frozen=True):
    """Candles that are kept: `market` is ccxt's symbol, `timeframe` as 1m, 4h, 1d."""

    name: str
    exchange: str
    market: str
    timeframe: str
    since: date


class AlertOn(StrEnum):
    """What an alert tells of."""

    FAILED = "failed"
    PROBLEMS = "problems"
    OVERDUE = "overdue"
    RECOVERED = "recovered"
    WEEKLY = "weekly"


class AlertSettings(msgspec.Struct, frozen=True):
    """Somebody who is told how the backups go. `id` is what the sealed file keeps its address by,
    16 hexadecimal digits; `service` what that leads to, as people call it: Telegram, ntfy.

    silence  a dead man's switch: its address is called after every good backup, and whoever is
             behind it raises the alarm when it hears nothing; `on` then means nothing
    """

    name: str
    id: str
    service: str
    on: tuple[AlertOn, ...] = ()
    silence: bool = False


class ScheduleKind(StrEnum):
    """How the times of backups are said."""

    OFF = "off"
    EVERY = "every"
    AT = "at"
    CRON = "cron"


class Metered(StrEnum):
    """What a scheduled run does on a network that is paid by use."""

    WAIT = "wait"  # it leaves out what needs the network
    USE = "use"


class ScheduleSettings(msgspec.Struct, frozen=True):
    """When backups begin by themselves. `minutes` belong to "every", `times` (as 18:00) and
    `weekdays` (mon … sun, none for all) to "at", `cron` to "cron". `at_start` also after the
    computer was switched on, `on_drive` brings a drive up to date when it is plugged in."""

    kind: ScheduleKind = ScheduleKind.AT
    minutes: int = 360
    times: tuple[str, ...] = ("12:00", "18:00")
    weekdays: tuple[str, ...] = ()
    cron: str = ""
    at_start: bool = False
    on_drive: bool = True


class PowerSettings(msgspec.Struct, frozen=True):
    """When scheduled runs wait: below `battery_least` percent on battery, until `battery_enough`
    or plugged in; 0 does not care."""

    battery_least: int = 20
    battery_enough: int = 30
    metered: Metered = Metered.WAIT


class KeepSettings(msgspec.Struct, frozen=True):
    """Which snapshots of this machine a backup keeps when it tidies up: the last ones, and the
    newest of each hour, day, week, month and year; and all that are not older than `within`, as
    "14d" or "1y6m", counted back from the newest. Pinned ones stay whatever it says. Not `on`,
    every snapshot is kept."""

    on: bool = True
    last: int = 10
    hourly: int = 24
    daily: int = 14
    weekly: int = 8
    monthly: int = 24
    yearly: int = 10
    within: str = ""


class Appearance(StrEnum):
    """Light or dark; AUTO follows the system."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


class WindowSettings(msgspec.Struct, frozen=True):
    """How the window is wanted. `language` is "auto" for the system's, or one of those that ship
    (`app.messages.language`); the command line follows it, too."""

    language: str = "auto"
    appearance: Appearance = Appearance.AUTO


class DropboxSettings(msgspec.Struct, frozen=True):
    """Which app of Dropbox signs in: the key of one's own, "" for that of this build."""

    app_key: str = ""


class Settings(msgspec.Struct, frozen=True):
    """Everything; without arguments what holds before set-up. Names are unique, ignoring case.

    `secrets_in_backup`: whether the accounts' secrets go into snapshots; None until asked. `keep`
    None: every snapshot is kept.
    """

    version: int = VERSION
    repository: RepositorySettings | None = None
    sources: tuple[SourceSettings, ...] = ()
    copies: tuple[CopySettings, ...] = ()
    exchanges: tuple[ExchangeSettings, ...] = ()
    candles: tuple[CandleSettings, ...] = ()
    alerts: tuple[AlertSettings, ...] = ()
    secrets_in_backup: bool | None = None
    schedule: ScheduleSettings = ScheduleSettings()
    power: PowerSettings = PowerSettings()
    keep: KeepSettings | None = None
    window: WindowSettings = WindowSettings()
    dropbox: DropboxSettings = DropboxSettings()
