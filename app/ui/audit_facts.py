"""A report as types, and its summary in words. Pure; must not know Qt.

Everything has a default: what another version left out reads as "not known".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from app.messages import _, plural
from app.ui import words
from app.ui.protocol import Told
from app.ui.report import Copy, LockedYear, Repository, Run

_MADE = ("ok", "problems")


class Series(msgspec.Struct, frozen=True):
    account: str
    exchange: str = ""
    stream: str = ""
    wallet: str = ""
    market: str = ""
    rows: int = 0
    state: str = ""
    since: datetime | None = None
    until: datetime | None = None


class Gap(msgspec.Struct, frozen=True):
    account: str
    stream: str
    start: datetime
    stop: datetime
    state: str
    wallet: str = ""
    markets: tuple[str, ...] = ()
    reason: str = ""


class Head(msgspec.Struct, frozen=True):
    origin: str
    count: int = 0


class Chain(msgspec.Struct, frozen=True):
    """`error`: it could not be walked."""

    whole: bool = False
    rows: int = 0
    bytes: int = 0
    heads: tuple[Head, ...] = ()
    found: tuple[str, ...] = ()
    error: str = ""


class Reconciled(msgspec.Struct, frozen=True):
    agrees: bool = False
    compared: dict[str, int] = {}
    found: tuple[str, ...] = ()
    error: str = ""


class Archive(msgspec.Struct, frozen=True):
    series: tuple[Series, ...] = ()
    gaps: tuple[Gap, ...] = ()
    chain: Chain = Chain()
    reconciled: Reconciled = Reconciled()


class Audit(msgspec.Struct, frozen=True):
    """What `app.services.report.gather` tells."""

    made: datetime
    since: datetime
    until: datetime
    machine: str = ""
    program: str = ""
    runs: tuple[Run, ...] = ()
    repository: Repository | None = None
    copies: tuple[Copy, ...] = ()
    years: tuple[LockedYear, ...] = ()
    archive: Archive | None = None

    def of(self, job: str) -> list[Run]:
        return [run for run in self.runs if run.job == job]


def read_audit(content: bytes) -> Audit:
    """The content of report.json; raises `msgspec.DecodeError` where it is none."""
    return msgspec.json.decode(content, type=Audit)


def summary(audit: Audit) -> list[tuple[str, str]]:
    """The first page: what it is about, and what there is to say of it."""
    lines = [
        (_("Backups"), _backups(audit.of("backup"))),
        (_("Practised restores"), _drills(audit.of("drill"))),
        (_("Copies"), _copies(audit.copies)),
        (_("Recovery key"), _key(audit.repository)),
    ]
    if audit.years:
        lines.append((_("Locked years"), _years(audit.years)))
    if audit.archive is None:
        return [*lines, (_("Exchanges"), _("Nothing was ever pulled from an exchange."))]
    return [
        *lines,
        (_("Exchanges"), _coverage(audit.archive)),
        (_("Evidence"), chain_words(audit.archive.chain)),
        (_("Agreement"), agreement_words(audit.archive.reconciled)),
    ]


def _backups(runs: Sequence[Run]) -> str:
    if not runs:
        return _("None in this time.")
    good = [run for run in runs if run.outcome in _MADE]
    told = [plural("{count} backup.", "{count} backups.", len(runs)), *_ended(runs)]
    if good:
        last = words.day_and_year(good[-1].started)
        told.append(_("The last good one on {day}.").format(day=last))
    return words.sentences(told)


def _ended(runs: Sequence[Run]) -> list[str]:
    """How many did not end well, in words."""
    problems, failed = (sum(r.outcome == each for r in runs) for each in ("problems", "failed"))
    told = []
    if problems:
        told.append(plural("{count} with problems.", "{count} with problems.", problems))
    if failed:
        told.append(plural("{count} failed.", "{count} failed.", failed))
    return told


def _drills(runs: Sequence[Run]) -> str:
    if not runs:
        return _("None in this time.")
    told = plural("{count} practised restore.", "{count} practised restores.", len(runs))
    return words.sentences([told, *(_ended(runs) or [_("All without a finding.")])])


def _copies(copies: Sequence[Copy]) -> str:
    if not copies:
        return _("There is no copy.")
    told = plural("{count} copy:", "{count} copies:", len(copies))
    verified, drilled, away = (
        sum(bool(value) for value in values)
        for values in (
            [copy.verified for copy in copies],
            [copy.drilled for copy in copies],
            [copy.off_site for copy in copies],
        )
    )
    facts = (
        plural("{count} verified", "{count} verified", verified),
        plural("{count} restored from", "{count} restored from", drilled),
        plural("{count} at another place", "{count} at another place", away),
    )
    return words.sentences((told, words.beside(facts)))


def _key(repository: Repository | None) -> str:
    proved = repository.kit.proved if repository else None
    if proved is None:
        return _("It was never typed to see that it opens the backups.")
    told = _("Typed on {day}: it opened the backups.")
    return told.format(day=words.day_and_year(proved))


def _years(years: Sequence[LockedYear]) -> str:
    return words.sentences(words.labelled(year.label, since_then(year)) for year in years)


def since_then(year: LockedYear) -> str:
    """What became of a locked year, in a sentence."""
    if year.checked is None:
        return _("Not checked yet.")
    if year.fault_count:
        return _("It is not as it was signed.")
    if not year.differs:
        return _("Nothing changed since it was locked.")
    told = _("Since it was locked: {added} rows added, {changed} changed, {gone} gone.")
    counts = {"added": year.added, "changed": year.changed, "gone": year.gone}
    return told.format(**{name: words.count(count) for name, count in counts.items()})


def binds() -> str:
    """What a signature by one's own key shows, and what not."""
    return _(
        "It shows what the year was when it was locked, and every later change. It does not bind "
        "you against yourself: whoever holds the key can lock another year in its place. A time "
        "stamp of somebody else does."
    )


def _coverage(archive: Archive) -> str:
    accounts = len({each.account for each in archive.series})
    series = plural("{count} history", "{count} histories", len(archive.series))
    told = plural("{series} of {count} account.", "{series} of {count} accounts.", accounts,
                  series=series)  # fmt: skip
    if not archive.gaps:
        return words.sentences((told, _("No gap in this time.")))
    missing = plural(
        "{count} gap in this time: it is named below.",
        "{count} gaps in this time: they are named below.",
        len(archive.gaps),
    )
    return words.sentences((told, missing))


def chain_words(chain: Chain) -> str:
    """Whether the evidence is what it was."""
    if chain.error:
        return chain.error
    if not chain.whole:
        return _("The evidence is not what it was. What differs is named below.")
    told = plural(
        "{count} answer of exchanges is as it was received ({size}).",
        "All {count} answers of exchanges are as they were received ({size}).",
        chain.rows,
        size=words.size(chain.bytes),
    )
    seen = plural("{count} snapshot agrees.", "{count} snapshots agree.", len(chain.heads))
    return words.sentences((told, seen))


def agreement_words(told: Reconciled) -> str:
    """Whether the parts of the history agree."""
    if told.error:
        return told.error
    if told.agrees:
        return _("Everything agrees.")
    return plural(
        "{count} part of the history does not agree with the rest: it is named below.",
        "{count} parts of the history do not agree with the rest: they are named below.",
        len(told.found),
    )


def grouped(runs: Sequence[Run]) -> list[tuple[Told, list[Run]]]:
    """Each thing that went wrong once, with the runs in which it did, the latest first."""
    found: dict[str, tuple[Told, list[Run]]] = {}
    for run in runs:
        for told in (*run.problems, *((run.error,) if run.error else ())):
            found.setdefault(told.key, (told, []))[1].append(run)
    return sorted(found.values(), key=lambda each: each[1][-1].started, reverse=True)
