"""What the Snapshots page says: lists, folders, changes, lines. Pure; must not know Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import msgspec

from app.messages import _, plural
from app.redact import HIDDEN, plain
from app.ui import words
from app.ui.painted import LaneShown, MarkShown, TimelineShown
from app.ui.shown import ChipShown, Heading, RowShown
from app.ui.tokens import Tone

PINNED, GOOD, SUSPECT = "pinned", "known-good", "suspect"
_SAVED_FIRST, _UNTIL = "before-rollback:", "keep-until-"
_DAY = timedelta(days=1)


class SnapshotRow(msgspec.Struct, frozen=True):
    """A snapshot as `browse` tells it."""

    id: str
    time: datetime
    host: str = ""
    tags: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    size: int | None = None
    files: int | None = None
    bytes_added: int | None = None

    @property
    def pinned(self) -> bool:
        return PINNED in self.tags

    @property
    def good(self) -> bool:
        """Whether somebody called it known-good, for a bot or for all that it holds."""
        return any(tag == GOOD or tag.startswith(f"{GOOD}:") for tag in self.tags)


def read_rows(rows: Sequence[Mapping[str, object]]) -> list[SnapshotRow]:
    """Rows of an answer; raises `msgspec.ValidationError` where they are none."""
    return [msgspec.convert(row, type=SnapshotRow) for row in rows]


def hosts(rows: Sequence[SnapshotRow]) -> list[str]:
    """The machines, by name."""
    return sorted({row.host for row in rows if row.host}, key=str.casefold)


def listed(
    rows: Sequence[SnapshotRow], now: datetime, this_host: str = "", zone: tzinfo | None = None
) -> list[Heading | RowShown]:
    """The list, newest first, with a heading before each day, week and month."""
    out: list[Heading | RowShown] = []
    for row in rows:
        heading = _heading(row.time, now, zone)
        if heading != next((each for each in reversed(out) if isinstance(each, Heading)), None):
            out.append(heading)
        out.append(_shown(row, now, this_host, zone))
    return out


def _heading(when: datetime, now: datetime, zone: tzinfo | None) -> Heading:
    there, here = when.astimezone(zone).date(), now.astimezone(zone).date()
    if there >= here:
        return Heading(_("Today"))
    if there == here - _DAY:
        return Heading(_("Yesterday"))
    if there > here - 7 * _DAY:
        return Heading(_("The last seven days"))
    return Heading(words.month(when, now, zone))


def _shown(row: SnapshotRow, now: datetime, this_host: str, zone: tzinfo | None) -> RowShown:
    there, here = row.time.astimezone(zone).date(), now.astimezone(zone).date()
    clock = words.clock(row.time, zone)
    recent = there >= here - _DAY
    day = words.weekday(row.time, now, zone)
    title = clock if recent else _("{day}, {clock}").format(day=day, clock=clock)
    return RowShown(
        row.id,
        "device-desktop" if row.host == this_host or not this_host else "server",
        title,
        _about(row),
        _chip(row),
        row.pinned,
    )


def _about(row: SnapshotRow) -> str:
    added = "" if row.bytes_added is None else f"+{words.size(row.bytes_added)}"
    notes = filter(None, map(_note, row.tags))
    return " · ".join(part for part in (row.host, added, *notes) if part)


def _note(tag: str) -> str:
    """A tag as people read it; "" for what is shown otherwise."""
    if tag.startswith(_SAVED_FIRST):
        return _("Before a rollback of {bot}").format(bot=tag.removeprefix(_SAVED_FIRST))
    shown = tag in (PINNED, GOOD, SUSPECT) or tag.startswith((f"{GOOD}:", _UNTIL))
    return "" if shown else tag


def _chip(row: SnapshotRow) -> ChipShown | None:
    if SUSPECT in row.tags:
        return ChipShown("alert-triangle", _("Suspect"), Tone.BAD)
    if row.good:
        return ChipShown("circle-check", _("Known good"), Tone.OK)
    return None


def timeline(
    rows: Sequence[SnapshotRow], chosen: str, now: datetime, this_host: str = ""
) -> TimelineShown:
    """All machines over time, a lane each, this one first."""
    names = sorted(hosts(rows), key=lambda name: name != this_host)
    lanes = tuple(
        LaneShown(
            "device-desktop" if name == this_host else "server",
            name,
            tuple(_mark(row) for row in reversed(rows) if row.host == name),
        )
        for name in names
    )
    return TimelineShown(lanes, now, chosen)


def _mark(row: SnapshotRow) -> MarkShown:
    added = "" if row.bytes_added is None else f"+{words.size(row.bytes_added)}"
    return MarkShown(row.id, row.time, added, row.pinned)


def before(rows: Sequence[SnapshotRow], chosen: SnapshotRow) -> SnapshotRow | None:
    """The snapshot of the same machine that came before: what a folder is set beside."""
    older = (row for row in rows if row.host == chosen.host and row.time < chosen.time)
    return max(older, key=lambda row: row.time, default=None)


# --- folders ----------------------------------------------------------------------------------

_ICONS = {"dir": "folder", "symlink": "external-link"}
_CODE = (".json", ".py", ".yml", ".yaml", ".toml", ".ini", ".env", ".cfg", ".js", ".ts", ".sh")
_DATA = (".sqlite", ".sqlite3", ".db", ".parquet", ".feather", ".csv")
_IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp")


def icon_of(row: Mapping[str, object]) -> str:
    """The icon of a file by its type and its name's end."""
    kind = str(row.get("type", ""))
    if kind in _ICONS:
        return _ICONS[kind]
    name = str(row.get("name", row.get("path", ""))).lower()
    for ends, icon in ((_CODE, "file-code"), (_DATA, "database"), (_IMAGES, "photo")):
        if name.endswith(ends):
            return icon
    return "file"


_CHANGES = {
    "new": ("+ {word}", Tone.OK),
    "changed": ("~ {word}", Tone.ACCENT),
    "gone": ("− {word}", Tone.BAD),
}


def change_text(row: Mapping[str, object]) -> str:
    """What became of a file since the snapshot before: a sign and a word."""
    names = {
        "new": _("new"),
        "changed": _("changed"),
        "gone": _("gone"),
        "same": _("same"),
    }
    change = str(row.get("change", ""))
    if change not in names:
        return ""
    return _CHANGES.get(change, ("{word}", None))[0].format(word=names[change])


def change_tone(row: Mapping[str, object]) -> Tone | None:
    """Its colour, which only repeats the word."""
    return _CHANGES.get(str(row.get("change", "")), ("", None))[1]


def size_text(row: Mapping[str, object]) -> str:
    """A file's size; a folder has none."""
    size = row.get("size")
    return words.size(size) if isinstance(size, int) and row.get("type") == "file" else ""


def when_text(row: Mapping[str, object], now: datetime, zone: tzinfo | None = None) -> str:
    """When a file was changed last, to the minute."""
    text = row.get("mtime")
    if not isinstance(text, str) or not text:
        return ""
    return words.stamp(datetime.fromisoformat(text), now, zone)


def crumbs(path: str) -> list[tuple[str, str]]:
    """The folders on the way to a path, each with its own path; the top is "/"."""
    parts = [part for part in path.split("/") if part]
    return [(part, "/" + "/".join(parts[: at + 1])) for at, part in enumerate(parts)]


def top_folder(rows: Sequence[str]) -> str:
    """Where to begin: the deepest folder that all of a snapshot's paths have in common."""
    split = [path.strip("/").split("/") for path in rows if path.startswith("/")]
    if not split:
        return "/"
    common: list[str] = []
    for level in zip(*split, strict=False):
        if len(set(level)) > 1:
            break
        common.append(level[0])
    return "/" + "/".join(common)


# --- lines ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line of a text or of a comparison; `note` says what is known of a hidden value."""

    number: str
    mark: str
    text: str
    note: str
    tone: Tone | None


def line_shown(row: Mapping[str, object]) -> LineShown:
    """A row of `compare`, with dots for what is hidden."""
    mark = str(row.get("mark", " "))
    number = row.get("after") if row.get("after") is not None else row.get("before")
    tones = {"-": Tone.BAD, "+": Tone.OK, "~": Tone.WARN}
    note = ""
    if row.get("secret"):
        note = _("hidden, changed") if mark == "~" else _("hidden, unchanged")
        if mark in "+-":
            note = _("hidden")
    text = plain(str(row.get("text", ""))).replace(HIDDEN, "•" * 8).replace("\t", "    ")
    return LineShown(str(number or ""), mark.replace("-", "−").strip(), text, note, tones.get(mark))


@dataclass(frozen=True, slots=True)
class Totals:
    """What a comparison adds up to."""

    added: int = 0
    removed: int = 0
    secrets: int = 0

    def and_row(self, row: Mapping[str, object]) -> Totals:
        mark = row.get("mark")
        changed = mark != " " and bool(row.get("secret"))
        return Totals(
            self.added + (mark == "+"), self.removed + (mark == "-"), self.secrets + changed
        )

    @property
    def chips(self) -> tuple[ChipShown, ...]:
        """One for lines that came, one for lines that went, one for changed secrets."""
        lines = plural("{count} line added", "{count} lines added", self.added)
        went = plural("{count} line removed", "{count} lines removed", self.removed)
        secret = plural("{count} secret changed", "{count} secrets changed", self.secrets)
        short = plural("{count} secret", "{count} secrets", self.secrets)
        chips = (
            (self.added, ChipShown("plus", words.count(self.added), Tone.OK, lines)),
            (self.removed, ChipShown("minus", words.count(self.removed), Tone.BAD, went)),
            (self.secrets, ChipShown("lock", short, Tone.WARN, secret)),
        )
        return tuple(chip for count, chip in chips if count)
