"""What `tradekeep status --json` answers, as types. See `app.services.status.report`.

Everything has a default: a field that another version leaves out reads as "not known", and what
is not known is never claimed. Must not know Qt.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.ui.protocol import Told


class Kit(msgspec.Struct, frozen=True):
    """When the printed recovery key was last typed to prove it, which key file it opens, and why
    the paper that was printed last is out of date."""

    proved: datetime | None = None
    key: str | None = None
    outdated: tuple[Told, ...] = ()


class Drilled(msgspec.Struct, frozen=True):
    """A restore that was practised: `seconds` is how long everything would have taken."""

    time: datetime
    seconds: float | None = None
    bytes_per_second: int | None = None


class Repository(msgspec.Struct, frozen=True):
    """`kind` and `seen` as of a copy; `path` is KIND:ADDRESS where it lies behind a network."""

    path: str
    kind: str = "folder"
    off_site: bool = False
    seen: datetime | None = None
    id: str = ""
    exists: bool = True
    medium: str | None = None
    size: int | None = None
    newest: datetime | None = None
    snapshots: int = 0
    verified: datetime | None = None
    verified_scope: str | None = None
    findings: tuple[Told, ...] = ()
    drilled: datetime | None = None
    drill_scope: str | None = None
    drill_seconds: float | None = None
    drill_findings: tuple[Told, ...] = ()
    trend: tuple[Drilled, ...] = ()
    kit: Kit = Kit()

    @property
    def is_local(self) -> bool:
        """Whether it has a folder on this computer."""
        return self.kind == "folder"


class Source(msgspec.Struct, frozen=True):
    name: str
    kind: str = "folder"
    bot: str | None = None
    path: str = ""
    present: bool = True
    files: int | None = None
    bytes: int | None = None
    databases: int | None = None
    last_captured: datetime | None = None
    problems: int | None = None


class Rights(msgspec.Struct, frozen=True):
    """What a key may do, as its exchange told."""

    trade: bool = False
    withdraw: bool = False


class Exchange(msgspec.Struct, frozen=True):
    """An account; `coverage` is null before its first pull. `last_pull` is the last try, `fetched`
    the last one that succeeded."""

    name: str
    exchange: str = ""
    environment: str = "live"
    rights: Rights | None = None
    last_pull: datetime | None = None
    outcome: str | None = None
    fetched: datetime | None = None
    coverage: str | None = None
    expires: datetime | None = None


class Copy(msgspec.Struct, frozen=True):
    """`medium`: what it is lost together with, as `app.copies.medium` has it; one that is not
    told is not claimed. `seen`: since when what is behind a network is known to be so."""

    name: str
    kind: str = "folder"
    address: str = ""
    state: str = ""
    newest: datetime | None = None
    snapshots: int | None = None
    behind: int | None = None
    owed_bytes: int | None = None
    size: int | None = None
    free: int | None = None
    history_days: int | None = None
    verified: datetime | None = None
    verified_scope: str | None = None
    findings: tuple[Told, ...] = ()
    drilled: datetime | None = None
    drill_scope: str | None = None
    drill_seconds: float | None = None
    drill_findings: tuple[Told, ...] = ()
    trend: tuple[Drilled, ...] = ()
    synced: datetime | None = None
    seen: datetime | None = None
    medium: str | None = None
    off_site: bool | None = None
    paused: bool = False
    limit: int = 0
    hours: str = ""
    append_only: bool = False

    @property
    def is_local(self) -> bool:
        """Whether it has a folder on this computer."""
        return self.kind in ("folder", "drive")


class Run(msgspec.Struct, frozen=True):
    run: str
    job: str
    started: datetime
    seconds: float = 0.0
    outcome: str = ""
    place: str = ""
    added: int | None = None
    problems: tuple[Told, ...] = ()
    error: Told | None = None


class Running(msgspec.Struct, frozen=True):
    run: str
    job: str
    started: datetime
    pid: int
    place: str = ""


class Dealt(msgspec.Struct, frozen=True):
    """What somebody decided about a problem, see `app.services.dealt`."""

    key: str
    how: str = ""
    when: datetime | None = None
    why: str = ""
    until: datetime | None = None


class Suspect(msgspec.Struct, frozen=True):
    """A backup that looks like the work of ransomware, see `app.services.suspect`."""

    snapshot: str
    time: datetime
    clean: str = ""
    reasons: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    kept: bool = False


class LockedYear(msgspec.Struct, frozen=True):
    """A locked year, as `app.services.years_check.as_json` tells it."""

    label: str
    year: int = 0
    account: str | None = None
    lock: int = 1
    made: datetime | None = None
    path: str = ""
    rows: int = 0
    gaps: int = 0
    missing: tuple[str, ...] = ()
    public_key: str = ""
    sha256: str = ""
    stamped: bool = False
    authority: str = ""
    checked: datetime | None = None
    fault_count: int = 0
    added: int = 0
    changed: int = 0
    gone: int = 0

    @property
    def differs(self) -> bool:
        """Whether the last look found that something is not as it was locked."""
        return bool(self.fault_count or self.added or self.changed or self.gone)


class Schedule(msgspec.Struct, frozen=True):
    """What the settings say of backups that begin by themselves."""

    kind: str = ""
    on_drive: bool = False

    @property
    def fills_drives(self) -> bool:
        """Whether a drive that is plugged in is brought up to date by itself."""
        return self.on_drive and self.kind not in ("", "off")


class Status(msgspec.Struct, frozen=True):
    repository: Repository | None = None
    sources: tuple[Source, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    copies: tuple[Copy, ...] = ()
    runs: tuple[Run, ...] = ()
    running: Running | None = None
    suspect: Suspect | None = None
    dealt: tuple[Dealt, ...] = ()
    years: tuple[LockedYear, ...] = ()
    last_good: datetime | None = None
    next: datetime | None = None
    retry: datetime | None = None
    overdue_since: datetime | None = None
    waiting: Told | None = None
    paused_until: datetime | None = None
    metered: bool = False
    schedule: Schedule = Schedule()


def read_status(report: dict[str, object]) -> Status:
    """The report of `done`; raises `msgspec.ValidationError` where it is none."""
    return msgspec.convert(report, type=Status)
