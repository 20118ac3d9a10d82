"""What the Exchanges page says: accounts, the calendar, what is missing, rows, plots. Pure; must
not know Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import msgspec

from app.messages import _, plural
from app.messages.stream_names import stream_name
from app.ui import words
from app.ui.exchange_chips import coverage_chip, rights_chip
from app.ui.exchange_names import exchange_name
from app.ui.exchange_tables import decimal_of, gain, signed
from app.ui.painted import (
    CalendarRow,
    CalendarShown,
    CellState,
    PlotKind,
    PlotShown,
    Point,
    SeriesShown,
)
from app.ui.report import Rights
from app.ui.shown import ChipShown, NeedShown
from app.ui.tokens import Tone

DAYS = (30, 90, 180, 365)
_EPOCH = date(1970, 1, 1)


class Account(msgspec.Struct, frozen=True):
    """An account as `browse --archive` tells it. `last_pull` is the last try, `fetched` the last
    one that succeeded."""

    name: str
    exchange: str = ""
    environment: str = "live"
    fills: int = 0
    orders: int = 0
    last_pull: datetime | None = None
    outcome: str | None = None
    fetched: datetime | None = None
    rights: Rights | None = None


class Stretch(msgspec.Struct, frozen=True):
    """Days in a row that are not saved: [start, stop) in days since 1970."""

    kind: str
    start: int
    stop: int
    day: str
    expires: datetime | None = None


class KindRow(msgspec.Struct, frozen=True):
    kind: str
    days: tuple[str, ...]


class Coverage(msgspec.Struct, frozen=True):
    """The answer to `calendar`."""

    account: str = ""
    first: int = 0
    rows: tuple[KindRow, ...] = ()
    stretches: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountShown:
    name: str
    title: str
    about: str
    chips: tuple[ChipShown, ...]


def day_number(when: datetime) -> int:
    """Days since 1970, in UTC."""
    return (when.astimezone(UTC).date() - _EPOCH).days


def read_accounts(last: Mapping[str, object]) -> list[Account]:
    """Raises `msgspec.ValidationError`."""
    return msgspec.convert(last.get("accounts", []), type=list[Account])


def read_coverage(last: Mapping[str, object]) -> Coverage:
    """Raises `msgspec.ValidationError`."""
    return msgspec.convert(last, type=Coverage)


def account_shown(account: Account, coverage: Coverage | None, now: datetime) -> AccountShown:
    """The card of an account."""
    facts = list(filter(None, [_kind(account)]))
    if account.fills:
        facts.append(plural("{count} fill", "{count} fills", account.fills))
    if account.fetched is None:
        facts.append(_("never fetched"))
    chips: list[ChipShown] = []
    if account.environment != "live":
        chips.append(ChipShown("info-circle", _("Practice"), Tone.CALM))
    chips += filter(None, (rights_chip(account.rights), _worst(account, coverage, now)))
    return AccountShown(account.name, account.name, " · ".join(facts), tuple(chips))


def _kind(account: Account) -> str:
    """The exchange, without what the account's own name says already."""
    name = exchange_name(account.exchange)
    return "" if name == account.name else name.removeprefix(f"{account.name} ")


def fetched(account: Account, now: datetime) -> str:
    """When the history was last fetched; said above the calendar while no day is chosen."""
    if account.fetched is None:
        return ""
    return _("Fetched {when}").format(when=words.moment(account.fetched, now))


def _worst(account: Account, coverage: Coverage | None, now: datetime) -> ChipShown | None:
    known = None if coverage is None else {each.day for each in coverage.stretches}
    expires = [each.expires for each in coverage.stretches if each.expires] if coverage else []
    return coverage_chip(account.last_pull, account.outcome, known, min(expires, default=None), now)


# --- the calendar -----------------------------------------------------------------------------


def kind_name(kind: str) -> str:
    """A kind of history as people know it."""
    return stream_name(kind)


_STATES = {
    "saved": CellState.SAVED,
    "imported": CellState.SAVED,
    "empty": CellState.EMPTY,
    "unproven": CellState.SAVED,
    "missing": CellState.MISSING,
    "denied": CellState.MISSING,
    "expiring": CellState.EXPIRING,
    "gap": CellState.GAP,
    "expired": CellState.GAP,
}


def _note(day: str) -> str:
    notes = {
        "imported": _("from a file of yours"),
        "unproven": _("saved; nobody can tell whether that was all"),
        "denied": _("the key may not see it"),
        "expired": _("the exchange had forgotten it before it was first asked"),
        "unsupported": _("the exchange does not have it"),
    }
    return notes.get(day, "")


def calendar(coverage: Coverage, now: datetime) -> CalendarShown:
    """The calendar for what is known."""
    count = len(coverage.rows[0].days) if coverage.rows else 0
    first = _EPOCH + timedelta(days=coverage.first)
    days = tuple(first + timedelta(days=at) for at in range(count))
    rows = tuple(
        CalendarRow(
            kind_name(row.kind),
            tuple(_STATES.get(day, CellState.UNKNOWN) for day in row.days),
            tuple((at, _note(day)) for at, day in enumerate(row.days) if _note(day)),
        )
        for row in coverage.rows
    )
    return CalendarShown(rows, days, now, UTC)


def needs(coverage: Coverage, exchange: str, now: datetime) -> list[NeedShown]:
    """What is missing or expiring, what expires first before the rest."""
    told = [each for each in coverage.stretches if each.day in ("missing", "expiring", "denied")]
    told.sort(key=lambda each: (each.expires is None, each.expires or now, each.start))
    return [_need(each, exchange, now) for each in told]


def _need(stretch: Stretch, exchange: str, now: datetime) -> NeedShown:
    span = _span(stretch, now)
    what = {"kind": kind_name(stretch.kind), "span": span}
    if stretch.day == "expiring" and stretch.expires is not None:
        title = _("{kind}, {span}: not saved yet").format(**what)
        hint = _(
            "{exchange} deletes it from {day} on, in {days}. The next backup fetches it."
        ).format(
            exchange=exchange_name(exchange),
            day=words.day(stretch.expires, now),
            days=words.days(stretch.expires - now),
        )
        return NeedShown("hourglass", Tone.WARN, title, hint, words.titled(title, hint))
    if stretch.day == "denied":
        title = _("{kind}, {span}: the key may not see it").format(**what)
        hint = _("Give the account a key that may read it.")
        return NeedShown("key", Tone.WARN, title, hint, words.titled(title, hint))
    title = _("{kind}, {span}: missing").format(**what)
    hint = _("{exchange} still has it. The next backup asks again.").format(
        exchange=exchange_name(exchange)
    )
    return NeedShown("alert-triangle", Tone.BAD, title, hint, words.titled(title, hint))


def _span(stretch: Stretch, now: datetime) -> str:
    first, last = (_moment(stretch.start), _moment(stretch.stop - 1))
    begin = words.day(first, now, UTC)
    if stretch.stop - stretch.start == 1:
        return begin
    return _("{first} to {last}").format(first=begin, last=words.day(last, now, UTC))


def _moment(day: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)


# --- plots ------------------------------------------------------------------------------------


def value_plot(last: Mapping[str, object], now: datetime, days: int) -> PlotShown:
    """The account's value over time, from the answer to `series`."""
    points = _points(last)
    unit, others = str(last.get("unit", "")), last.get("others")
    shown = PlotShown(
        _("Account value"),
        (SeriesShown(_("Account value"), points),) if points else (),
        now,
        unit=unit,
        period=plural("{count} day", "{count} days", days),
        places=2,
        zone=UTC,
        empty=_("No balance is known yet. The first fetch brings it."),
    )
    known = [point.value for point in points if point.value is not None]
    if not known:
        return shown
    period = shown.period
    if isinstance(others, list) and others:
        period = _("{period}, without {assets}").format(
            period=period, assets=words.listed(str(each) for each in others[:4])
        )
    change = known[-1] - known[0]
    return PlotShown(
        shown.title,
        shown.series,
        now,
        unit=unit,
        period=period,
        places=2,
        figure=words.money(known[-1], 2),
        change=signed(change, 2),
        change_tone=gain(change),
        zone=UTC,
    )


def funding_plot(last: Mapping[str, object], now: datetime, days: int) -> PlotShown:
    """What funding paid or cost each day."""
    points = _points(last)
    return PlotShown(
        _("Funding"),
        (SeriesShown(_("Funding"), points),) if points else (),
        now,
        unit=str(last.get("unit", "")),
        period=plural("{count} day", "{count} days", days),
        kind=PlotKind.BARS,
        places=2,
        zone=UTC,
        empty=_("No funding was paid in this time."),
    )


def _points(last: Mapping[str, object]) -> tuple[Point, ...]:
    found = last.get("points")
    made = []
    for each in found if isinstance(found, list) else ():
        if isinstance(each, list) and len(each) == 2 and isinstance(each[0], int):
            made.append(Point(_moment(each[0]), decimal_of(each[1])))
    return tuple(made)


# --- reconcile --------------------------------------------------------------------------------


def reconciled(report: Mapping[str, object]) -> tuple[ChipShown, list[str]]:
    """What a comparison of the history with itself found: a chip, and a sentence for each
    mismatch."""
    found = report.get("mismatches")
    compared = report.get("compared")
    total = (
        sum(n for n in compared.values() if isinstance(n, int)) if isinstance(compared, dict) else 0
    )
    if not isinstance(found, list) or not found:
        text = plural("{count} comparison agrees", "{count} comparisons agree", total)
        return ChipShown("circle-check", text, Tone.OK), []
    text = plural("{count} mismatch", "{count} mismatches", len(found))
    return ChipShown("alert-triangle", text, Tone.WARN), [_mismatch(each) for each in found]


def _mismatch(told: Mapping[str, object]) -> str:
    questions = {
        "ledger": _("Balance against the ledger"),
        "fills": _("Order against its fills"),
        "funding": _("Funding against the time held"),
        "ids": _("Numbers of fills"),
    }
    question = questions.get(str(told.get("question")), str(told.get("question")))
    return _("{question}, {of}: {found} instead of {expected}").format(
        question=question,
        of=told.get("of"),
        found=_amount(told.get("found")),
        expected=_amount(told.get("expected")),
    )


def _amount(value: object) -> str:
    return words.money(str(value)) if decimal_of(value) is not None else str(value)


def chosen(accounts: Sequence[Account], name: str) -> Account | None:
    """The account of a name; the first one where there is none of it."""
    found = next((each for each in accounts if each.name == name), None)
    return found or (accounts[0] if accounts else None)


def rights_words(rights: object) -> tuple[str, Tone]:
    """What a key may do, in a sentence."""
    if not isinstance(rights, dict):
        return (
            _("The exchange takes the key. It does not tell what the key may do: look there."),
            Tone.CALM,
        )
    if rights.get("withdraw"):
        return _("This key can withdraw. Make one that can only read."), Tone.BAD
    if rights.get("trade"):
        return _("This key can trade. Make one that can only read."), Tone.BAD
    return _("The exchange takes the key. It can only read."), Tone.OK
