"""The repository and its copies: what each is worth, and the 3-2-1 gauge.

What makes a place *proven* says `app.services.worth`. Places of one medium are lost together; what
status does not tell is never claimed. Must not know Qt.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.messages import _, mark, plural
from app.services.worth import Known, Proof, Worth, is_held, judge
from app.ui import words
from app.ui.place_kinds import own_name
from app.ui.report import Copy, Repository, Status
from app.ui.shown import GaugeGroup, PipState

COPIES, MEDIA, OFF_SITE = 3, 2, 1


@dataclass(frozen=True, slots=True)
class Place:
    """One place with what follows from its report. `lacks` is the proof that it lacks first;
    `copy` is None for this computer."""

    name: str
    worth: Worth
    lacks: Proof | None
    newest: datetime | None
    verified: datetime | None
    scope: str | None
    medium: str | None
    off_site: bool
    copy: Copy | None = None
    by_itself: bool = False  # it is brought up to date when it is plugged in

    @property
    def proved(self) -> datetime | None:
        """When the proof that it lacks was made last."""
        if self.lacks is Proof.DRILL:
            return self.copy.drilled if self.copy is not None else None
        return self.verified


def places(status: Status, now: datetime) -> tuple[Place, ...]:
    """This computer first, then the copies as they are configured."""
    own = status.repository
    if own is None:
        return ()
    return (_own(own, now), *(_of_copy(copy, status, now) for copy in status.copies))


def _own(own: Repository, now: datetime) -> Place:
    newest = own.newest if own.exists else None
    scope, away = own.verified_scope, own.off_site
    worth, lacks = judge(Known(newest, own.verified, scope), now)
    name = own_name(own)
    return Place(name, worth, lacks, newest, own.verified, scope, own.medium, off_site=away)


def _of_copy(copy: Copy, status: Status, now: datetime) -> Place:
    newest = (copy.newest or copy.synced) if is_held(copy.state) else None
    known = Known(
        newest,
        copy.verified,
        copy.verified_scope,
        copy.drilled,
        drill_found=bool(copy.drill_findings),
        copy=True,
    )
    worth, lacks = judge(known, now)
    return Place(
        copy.name,
        worth,
        lacks,
        newest,
        copy.verified,
        copy.verified_scope,
        copy.medium,
        off_site=copy.off_site is True,
        copy=copy,
        by_itself=status.schedule.fills_drives,
    )


def to_prove(found: Sequence[Place]) -> Place | None:
    """The place that is to be proven first: one whose proof is old, then one without."""
    for worth in (Worth.PROOF_OLD, Worth.UNPROVEN):
        for place in found:
            if place.worth is worth:
                return place
    return None


# --- the gauge --------------------------------------------------------------------------------

_PIPS = {
    Worth.PROVEN: PipState.PROVEN,
    Worth.UNPROVEN: PipState.UNPROVEN,
    Worth.PROOF_OLD: PipState.STALE,
    Worth.STALE: PipState.STALE,
}
_BEST_FIRST = (PipState.PROVEN, PipState.UNPROVEN, PipState.STALE, PipState.MISSING)


def gauge(found: Sequence[Place], now: datetime) -> tuple[GaugeGroup, ...]:
    """Three groups: copies, media, off site. Empty before set-up."""
    return (_copies(found, now), _media(found), _off_site(found, now)) if found else ()


def _pips(states: Sequence[PipState], needed: int) -> tuple[PipState, ...]:
    best = sorted(states, key=_BEST_FIRST.index)[:needed]
    return (*best, *([PipState.MISSING] * (needed - len(best))))


def _states(found: Sequence[Place]) -> list[PipState]:
    return [_PIPS[place.worth] for place in found if place.worth in _PIPS]


def _copies(found: Sequence[Place], now: datetime) -> GaugeGroup:
    pips = _pips(_states(found), COPIES)
    proven = pips.count(PipState.PROVEN)
    if proven == COPIES:
        return GaugeGroup(pips, _("3 copies"), _proven_by(found))
    title = _("{proven} of 3 copies").format(proven=proven)
    return GaugeGroup(pips, title, _reason(found, pips, now))


def _proven_by(found: Sequence[Place]) -> str:
    """That all is proven; how many by a sample alone, where no three are by all their data."""
    proven = [place for place in found if place.worth is Worth.PROVEN]
    by_a_sample = sum(place.scope == "sample" for place in proven)
    if len(proven) - by_a_sample >= COPIES:
        return _("All three fresh and proven")
    return plural(
        "All fresh, {count} proven by a sample only",
        "All fresh, {count} proven by a sample only",
        by_a_sample,
    )


def _reason(found: Sequence[Place], pips: Sequence[PipState], now: datetime) -> str:
    """The one thing that matters most: what has become too old, what is missing, what waits."""
    old = next((place for place in found if place.worth in (Worth.STALE, Worth.PROOF_OLD)), None)
    if old is not None:
        return _why_not(old, now)
    missing = pips.count(PipState.MISSING)
    if missing:
        return plural("{count} more copy needed", "{count} more copies needed", missing)
    waiting = next((place for place in found if place.worth is Worth.UNPROVEN), None)
    return _why_not(waiting, now) if waiting else ""


def _why_not(place: Place, now: datetime) -> str:
    if place.worth is Worth.STALE and place.newest is not None:
        return _("{name} is {days} old").format(
            name=place.name, days=words.days(now - place.newest)
        )
    drill = place.lacks is Proof.DRILL
    if place.worth is Worth.PROOF_OLD and place.proved is not None:
        words_ = _("{name} was restored from {ago}") if drill else _("{name} was verified {ago}")
        return words_.format(name=place.name, ago=words.ago(place.proved, now))
    if drill and place.proved is None:
        return _("{name} was never restored from").format(name=place.name)
    return _("{name} is not proven yet").format(name=place.name)


def _media(found: Sequence[Place]) -> GaugeGroup:
    """By medium the best of what lies on it; a place whose medium is not told is no medium."""
    by_medium: dict[str, list[PipState]] = {}
    for place in found:
        if place.medium and place.worth in _PIPS:
            by_medium.setdefault(place.medium, []).append(_PIPS[place.worth])
    pips = _pips([min(states, key=_BEST_FIRST.index) for states in by_medium.values()], MEDIA)
    proven = pips.count(PipState.PROVEN)
    known = words.listed(_media_words(by_medium))
    title = _("2 media") if proven == MEDIA else _("{n} of 2 media").format(n=proven)
    if len(by_medium) >= MEDIA:
        return GaugeGroup(pips, title, known)
    return GaugeGroup(pips, title, _("No second medium known yet"))


_MEDIA = {
    "disk": mark("Disk"),
    "drive": mark("USB drive"),
    "network": mark("Network folder"),
    "dropbox": "Dropbox",
    "s3": mark("Bucket"),
    "webdav": "WebDAV",
}


def _media_words(media: Iterable[str]) -> list[str]:
    """What sort each medium is of; two of one sort are named twice where nothing else is there."""
    sorts = [medium.partition(":")[0] for medium in media]
    told = list(dict.fromkeys(sorts))
    return [_(_MEDIA.get(sort, sort)) for sort in (told if len(told) >= MEDIA else sorts)]


def _off_site(found: Sequence[Place], now: datetime) -> GaugeGroup:
    away = [place for place in found if place.off_site]
    pips = _pips(_states(away), OFF_SITE)
    if pips == (PipState.PROVEN,):
        names = words.listed(place.name for place in away if place.worth is Worth.PROVEN)
        return GaugeGroup(pips, _("1 off site"), names)
    reason = _why_not(away[0], now) if _states(away) else _("No copy off site yet")
    return GaugeGroup(pips, _("0 of 1 off site"), reason)
