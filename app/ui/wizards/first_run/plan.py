"""From the answers of the first run to commands: only what is not yet so, in a safe order.

A wizard that is taken up again gives the same answers once more; what was carried out before is
then in the status, and no command is made for it. Must not know Qt.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from app.ui.report import Copy, Source

Command = tuple[str, ...]
FOLDER = "Tradekeep"  # what a copy's folder is called on a drive


@dataclass(frozen=True, slots=True)
class FoundBot:
    """A bot as `source detect` tells it. Sizes are bytes; `more` if counting was ended."""

    name: str
    path: str
    files: int = 0
    bytes: int = 0
    more: bool = False
    databases: tuple[str, ...] = ()
    in_memory: tuple[str, ...] = ()

    @classmethod
    def read(cls, told: object) -> FoundBot | None:
        """From the report; None for what is none."""
        if not isinstance(told, dict) or not isinstance(told.get("path"), str):
            return None
        return cls(
            name=str(told.get("name", "")),
            path=told["path"],
            files=_number(told.get("files")),
            bytes=_number(told.get("bytes")),
            more=told.get("complete") is False,
            databases=_texts(told.get("databases")),
            in_memory=_texts(told.get("in_memory")),
        )


@dataclass(frozen=True, slots=True)
class Drive:
    """A drive that is plugged in, as `drives` tells it."""

    path: str
    label: str
    disk: str = ""
    size: int = 0
    free: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A folder, as `drives` tells it; see `app.services.places_about`."""

    path: str
    holds: str | None = "nothing"
    disk: str = ""
    free: int | None = None
    removable: bool = False
    synced: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """The report of `drives`."""

    default: Place
    drives: tuple[Drive, ...] = ()
    paths: Mapping[str, Place] = field(default_factory=dict)

    @classmethod
    def read(cls, report: Mapping[str, object]) -> Places:
        """From the report of `done`; raises `msgspec.ValidationError` where it is none."""
        import msgspec

        told = msgspec.convert(report, type=_Report)
        places = (told.default, *told.paths)
        return cls(told.default, told.drives, {place.path: place for place in places})


@dataclass(frozen=True, slots=True)
class _Report:
    default: Place
    drives: tuple[Drive, ...] = ()
    paths: tuple[Place, ...] = ()


def source_commands(
    bots: Sequence[str], folders: Sequence[str], unwanted: Collection[str], there: Sequence[Source]
) -> list[Command]:
    """Add the bots and folders (paths) that are no sources yet; remove those sources whose paths
    are `unwanted` now. Removing comes first, so that a name is free again."""
    known = {source.path for source in there}
    gone = [("source", "remove", s.name) for s in there if s.path in unwanted]
    new = [("source", "add", "bot", path) for path in bots if path not in known]
    more = [("source", "add", "folder", path) for path in folders if path not in known]
    return [*gone, *new, *more]


def init_command(repository: str) -> Command:
    """Make the repository; the recovery key comes as an event."""
    return ("init", "--repository", repository, "--recovery-stdout")


def join_command(place: str) -> Command:
    """Use the repository that is at a place; its key is the first line of the input."""
    return ("--password-stdin", "init", "--join", place)


def copy_commands(
    folder: str, name: str, there: Sequence[Copy], *, drive: str = ""
) -> list[Command]:
    """Add a copy, unless it is one; on a `drive` (its path), which is found again wherever it is
    mounted, its folder is made there."""
    if any(copy.address == folder for copy in there):
        return []
    place = ("drive", drive) if drive else ("folder", folder)
    return [("copy", "add", *place, "--name", free_name(name, there))]


def dropped_copies(made: Collection[str], wanted: str, there: Sequence[Copy]) -> list[Command]:
    """Forget copies that this wizard made (their folders) and that are not wanted any more."""
    gone = [copy for copy in there if copy.address in made and copy.address != wanted]
    return [("copy", "remove", copy.name) for copy in gone]


def free_name(name: str, there: Sequence[Copy]) -> str:
    """A name that no copy has yet, without signs that a name may not have."""
    clean = "".join(sign for sign in name if sign.isprintable() and sign not in '/\\"').strip()
    base = clean or FOLDER
    taken = {copy.name.casefold() for copy in there}
    names = [base, *(f"{base} {number}" for number in range(2, len(taken) + 3))]
    return next(each for each in names if each.casefold() not in taken)


def copy_folder(drive: str) -> str:
    """Where on a drive its copy goes."""
    separator = "\\" if "\\" in drive and "/" not in drive else "/"
    return drive.rstrip("/\\") + separator + FOLDER


def _number(told: object) -> int:
    return told if isinstance(told, int) else 0


def _texts(told: object) -> tuple[str, ...]:
    return tuple(str(each) for each in told) if isinstance(told, list) else ()


def candle_command(exchange: str, market: str, timeframe: str) -> Command:
    """Keep a market's candles; what is typed small is meant large."""
    wanted = market.strip().upper()
    return ("candles", "add", wanted, timeframe, "--exchange", exchange)


def schedule_command(
    kind: str, *, minutes: int, times: Sequence[str], at_start: bool, on_drive: bool
) -> Command:
    """Say when backups begin by themselves."""
    when: tuple[str, ...] = ("--off",)
    if kind == "every":
        when = ("--every", str(minutes))
    elif kind == "at":
        when = tuple(word for time in sorted(set(times)) for word in ("--at", time))
    start = "--at-start" if at_start else "--not-at-start"
    drive = "--on-drive" if on_drive else "--not-on-drive"
    return ("schedule", "set", *when, start, drive)
