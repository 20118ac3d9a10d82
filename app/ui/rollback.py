"""What the window says of a bot's earlier states and of taking it back to one. No Qt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from app.messages import _, plural
from app.ui import words
from app.ui.tokens import Tone

Row = Mapping[str, object]


class State(msgspec.Struct, frozen=True):
    """A snapshot that holds a bot, as `tradekeep capsules` tells it."""

    id: str
    time: datetime
    host: str = ""
    good: bool = False
    undo: bool = False
    suspect: bool = False
    version: str | None = None
    trades: int | None = None
    orders: int | None = None


class Count(msgspec.Struct, frozen=True):
    changes: int = 0
    comes: int = 0
    goes: int = 0
    rights: int = 0

    @property
    def any(self) -> bool:
        return bool(self.changes or self.comes or self.goes or self.rights)


class File(msgspec.Struct, frozen=True):
    path: str
    what: str


class Key(msgspec.Struct, frozen=True):
    key: str
    now: str | None = None
    then: str | None = None
    secret: bool = False
    code: bool = False
    order: bool = False


class Configuration(msgspec.Struct, frozen=True):
    path: str
    keys: tuple[Key, ...] = ()
    lines: tuple[dict[str, object], ...] = ()


class Paper(msgspec.Struct, frozen=True):
    path: str
    on: bool


class Said(msgspec.Struct, frozen=True):
    text: str


class Trades(msgspec.Struct, frozen=True):
    trades: int = 0
    orders: int = 0
    accounts: tuple[str, ...] = ()
    asked: datetime | None = None
    differences: tuple[Said, ...] = ()
    doubts: tuple[Said, ...] = ()


class Rolled(msgspec.Struct, frozen=True):
    """What a rollback would do, or did, as `tradekeep rollback` tells it."""

    bot: str
    done: bool = False
    healed: tuple[str, ...] | None = None
    at_work: tuple[str, ...] = ()
    counts: Count = Count()
    files: tuple[File, ...] = ()
    configurations: tuple[Configuration, ...] = ()
    paper: tuple[Paper, ...] = ()
    trades: Trades | None = None

    @property
    def trades_money(self) -> bool:
        """Whether it could be begun on paper."""
        return bool(self.paper) and not all(each.on for each in self.paper)


def read_states(report: Row) -> list[State]:
    """Raises `msgspec.ValidationError`."""
    return msgspec.convert(report.get("states", []), type=list[State])


def read_rolled(report: Row) -> Rolled:
    """Raises `msgspec.ValidationError`."""
    return msgspec.convert(report, type=Rolled)


# --- the list ------------------------------------------------------------------------------------


def state_rows(states: Sequence[State], now: datetime) -> list[dict[str, object]]:
    """Rows for the table: when, version, trades, mark, and the state itself."""
    return [
        {
            "when": words.stamp(each.time, now),
            "version": each.version or "",
            "trades": "" if each.trades is None else words.count(each.trades),
            "mark": mark_of(each),
            "id": each.id,
        }
        for each in states
    ]


def longest_stamp(now: datetime) -> str:
    """How wide a time may be: one of another year."""
    return words.stamp(now.replace(year=now.year - 1, day=28, hour=8, minute=8), now)


def mark_of(state: State) -> str:
    """What is to be known of a state, in a word or two."""
    if state.suspect:
        return _("Suspect")
    if state.good:
        return _("Known good")
    return _("Before a rollback") if state.undo else ""


def mark_icon(row: Row) -> str:
    icons = {_("Suspect"): "alert-triangle", _("Known good"): "circle-check"}
    return icons.get(str(row.get("mark")), "")


def mark_tone(row: Row) -> Tone | None:
    tones = {_("Suspect"): Tone.BAD, _("Known good"): Tone.OK}
    return tones.get(str(row.get("mark")))


def mark_words() -> tuple[str, ...]:
    return _("Suspect"), _("Known good"), _("Before a rollback")


# --- what would change -----------------------------------------------------------------------


def summary(rolled: Rolled) -> str:
    """What would change, in a sentence."""
    count = rolled.counts
    if not count.any:
        return _("Nothing differs.")
    counts = msgspec.structs.asdict(count)
    shown = {name: words.count(many) for name, many in counts.items()}
    said = _(
        "Files that change: {changes}, come back: {comes}, go: {goes}, get other rights: {rights}."
    )
    return said.format(**shown)


def lines(rolled: Rolled) -> Iterator[dict[str, object]]:
    """Rows as `compare`'s: configurations by key, then the other files by name."""
    told = set()
    for each in rolled.configurations:
        told.add(each.path)
        yield _line(" ", each.path)
        for key in each.keys:
            yield from _key(key)
        for row in each.lines:
            yield {**row, "before": None, "after": None}
    marks = {"changes": "~", "comes": "+", "goes": "-", "rights": "~"}
    rest = [each for each in rolled.files if each.path not in told]
    if rest:
        yield _line(" ", _("Files"))
    for file in rest:
        yield _line(marks.get(file.what, " "), f"  {file.path}")


def _line(sign: str, text: str, *, secret: bool = False) -> dict[str, object]:
    return {"mark": sign, "before": None, "after": None, "text": text, "secret": secret}


def _key(key: Key) -> Iterator[dict[str, object]]:
    if key.code:
        sign = "+" if key.now is None else "-" if key.then is None else "~"
        yield _line(sign, f"  {key.key}")
    elif key.secret and key.now == key.then:
        yield _line("~", f"  {key.key}: {key.then}", secret=True)
    else:
        if key.now is not None:
            yield _line("-", f"  {key.key}: {key.now}", secret=key.secret)
        if key.then is not None:
            yield _line("+", f"  {key.key}: {key.then}", secret=key.secret)


# --- afterwards ----------------------------------------------------------------------------------


def afterwards(rolled: Rolled, now: datetime) -> list[tuple[str, Tone | None]]:
    """Sentences with their tones: what the bot believes, and what the exchange says."""
    trades = rolled.trades
    if trades is None:
        return []
    trade = plural("{count} open trade", "{count} open trades", trades.trades)
    order = plural("{count} open order", "{count} open orders", trades.orders)
    said: list[tuple[str, Tone | None]] = [
        (_("The bot believes in {trades} and {orders}.").format(trades=trade, orders=order), None)
    ]
    if not trades.accounts or trades.asked is None:
        unknown = _(
            "What the exchange says is not known here: compare them yourself before you start."
        )
        return [*said, (unknown, Tone.WARN)]
    when = words.moment(trades.asked, now)
    if trades.differences:
        said.append((_("The exchange says otherwise, as of {time}:").format(time=when), Tone.BAD))
    elif not trades.doubts:
        said.append((_("The exchange agrees, as of {time}.").format(time=when), Tone.OK))
    said += [(each.text, None) for each in trades.differences]
    if trades.doubts:
        unsure = _("Not everything could be compared with the exchange as it is now:")
        said.append((unsure, Tone.WARN))
    return [*said, *((each.text, None) for each in trades.doubts)]
