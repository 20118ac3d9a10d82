"""The rows of "What is protected" and "Last runs". Must not know Qt."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from app.messages import _, plural
from app.services.worth import FRESH
from app.ui import words
from app.ui.exchange_chips import exchange_rows
from app.ui.report import Source, Status
from app.ui.shown import ChipShown, SourceShown
from app.ui.tokens import Tone

_ICONS = {"bot": "robot", "folder": "folder"}
_NEEDS_A_PERSON = (Tone.BAD, Tone.WARN)


def source_rows(status: Status, now: datetime, home: str) -> tuple[SourceShown, ...]:
    """Bots, folders and candles; what needs a person first, else in the order of the settings."""
    return _needing_first(_source(source, now, home) for source in status.sources)


def protected_rows(status: Status, now: datetime, home: str) -> tuple[SourceShown, ...]:
    """Exchanges, bots, folders and candles; what needs a person first."""
    return _needing_first((*exchange_rows(status, now), *source_rows(status, now, home)))


def _needing_first(rows: Iterable[SourceShown]) -> tuple[SourceShown, ...]:
    return tuple(sorted(rows, key=lambda row: row.chip.tone not in _NEEDS_A_PERSON))


def _source(source: Source, now: datetime, home: str) -> SourceShown:
    icon = _ICONS.get(source.kind, "database")
    return SourceShown(icon, source.name, _about(source, home), _source_chip(source, now))


def _about(source: Source, home: str) -> str:
    what = source.bot or words.short_path(source.path, home)
    counted = []
    if source.databases:
        counted.append(plural("{count} database", "{count} databases", source.databases))
    if source.files is not None:
        counted.append(plural("{count} file", "{count} files", source.files))
    facts = [what, words.beside(counted)]
    if source.bytes is not None:
        facts.append(words.size(source.bytes))
    return " · ".join(filter(None, facts))


def _source_chip(source: Source, now: datetime) -> ChipShown:
    if not source.present:
        return ChipShown("alert-triangle", _("Not there"), Tone.WARN)
    if source.problems:
        text = plural("{count} problem", "{count} problems", source.problems)
        return ChipShown("alert-triangle", text, Tone.WARN)
    captured = source.last_captured
    if captured is None:
        return ChipShown("hourglass", _("Waiting"), Tone.CALM)
    if now - captured > FRESH:
        text = _("{days} old").format(days=words.days(now - captured))
        return ChipShown("clock-exclamation", text, Tone.WARN)
    if source.kind != "bot":
        when = _short(captured, now)
        return ChipShown("circle-check", _("Backed up {when}").format(when=when), Tone.OK)
    when = _short(captured, now)
    return ChipShown("circle-check", _("Captured {when}").format(when=when), Tone.OK)


def _short(when: datetime, now: datetime) -> str:
    """ "12:04" today, "15 Nov" else: chips are short."""
    if when.astimezone().date() == now.astimezone().date():
        return words.clock(when)
    return words.day(when, now)
