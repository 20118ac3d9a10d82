"""What the Records page says: locked years, and which times a report can be about. Pure; must not
know Qt."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from app.messages import _, plural
from app.ui import words
from app.ui.report import LockedYear
from app.ui.shown import ChipShown, FactShown, PlaceShown
from app.ui.tokens import Tone

_YEARS = 10  # that can be chosen
_DIGITS = 16  # of a hash, on a card
_ROWS = {"added": "+", "changed": "~", "gone": "−"}


def verdict(years: Sequence[LockedYear]) -> tuple[str, Tone]:
    """The sentence at the top, and its tone."""
    if not years:
        return _("No year is locked yet."), Tone.CALM
    differ = [year.label for year in years if year.differs]
    if differ:
        told = _("Not as it was locked: {years}")
        return told.format(years=words.listed(differ)), Tone.WARN
    unseen = sum(year.checked is None for year in years)
    locked = plural("{count} year is locked.", "{count} years are locked.", len(years))
    if unseen == len(years):
        return locked, Tone.CALM
    return words.sentences((locked, _("Nothing changed since."))), Tone.OK


def _who(authority: str) -> str:
    """The name in a certificate's subject, of which the rest says where that is; "" for none."""
    named = re.search(r"\bCN=((?:\\.|[^,+\\])+)", authority)
    return re.sub(r"\\(.)", r"\1", named[1]) if named else authority


def year_card(year: LockedYear, now: datetime, home: str) -> PlaceShown:
    """A card of a locked year."""
    stamp = (_who(year.authority) or _("by a service")) if year.stamped else _("not stamped")
    checked = words.moment(year.checked, now) if year.checked else _("never")
    made = words.day_and_year(year.made) if year.made else words.UNKNOWN
    facts = (
        FactShown(_("Locked"), made),
        FactShown(_("Rows"), words.count(year.rows)),
        FactShown(_("Gaps"), words.count(year.gaps), Tone.WARN if year.gaps else None),
        FactShown(_("Time stamp"), stamp),
        FactShown(_("Checked"), checked),
        FactShown(_("Manifest"), f"{year.sha256[:_DIGITS]}…"),
    )
    where = words.short_path(year.path, home)
    return PlaceShown("lock", _name(year), where, _chip(year), facts)


def _name(year: LockedYear) -> str:
    who = year.account or _("all accounts")
    name = _("{year}, {account}").format(year=year.year, account=who)
    return name if year.lock == 1 else _("{name}, lock {lock}").format(name=name, lock=year.lock)


def _chip(year: LockedYear) -> ChipShown:
    if year.fault_count:
        return ChipShown("circle-x", _("Not as signed"), Tone.BAD)
    rows = year.added + year.changed + year.gone
    if rows:
        told = plural("{count} row differs", "{count} rows differ", rows)
        return ChipShown("alert-triangle", told, Tone.WARN)
    if year.checked is None:
        return ChipShown("help-circle", _("Not checked yet"), Tone.CALM)
    return ChipShown("circle-check", _("Nothing changed"), Tone.OK)


# --- what a report is about -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Period:
    """A time that a report can be about: its words, and what is asked of `tradekeep report`."""

    words: str
    arguments: tuple[str, ...]


def periods(now: datetime) -> tuple[Period, ...]:
    """This year first."""
    this = now.year
    ago = (now - timedelta(days=365)).date().isoformat()
    return (
        Period(_("{year} so far").format(year=this), ("--from", f"{this}-01-01")),
        *(
            Period(str(year), ("--from", f"{year}-01-01", "--to", f"{year + 1}-01-01"))
            for year in range(this - 1, this - 4, -1)
        ),
        Period(_("The last 12 months"), ("--from", ago)),
    )


def report_folder(inside: Path, now: datetime) -> Path:
    """A new folder for a report, with a name that is free."""
    name = f"{_('Tradekeep report')} {now:%Y-%m-%d}"
    folder, number = inside / name, 1
    while folder.exists():
        number += 1
        folder = inside / f"{name} ({number})"
    return folder


def lockable(now: datetime) -> tuple[int, ...]:
    """Years that can be locked: the last one first, then those before it, then this one."""
    return (*range(now.year - 1, now.year - _YEARS, -1), now.year)


# --- what changed -----------------------------------------------------------------------------


def changes_text(report: Mapping[str, object]) -> str:
    """What `lock-year --check` found of one year, a line each; "" where nothing changed."""
    years = report.get("years")
    lines: list[str] = []
    for year in years if isinstance(years, list) else ():
        faults, rows = year.get("faults", []), year.get("rows", [])
        lines += [str(fault) for fault in faults]
        for row in rows:
            named = (row.get(name) for name in ("kind", "account", "market", "id"))
            mark = _ROWS.get(str(row.get("change")), "?")
            lines.append("  ".join((mark, *(str(each) for each in named if each))))
    return "\n".join(lines)
