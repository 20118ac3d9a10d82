"""The cards of this computer's repository and of each copy. Must not know Qt."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import Enum

from app.messages import _, mark, plural
from app.messages.proofs import extent, proof
from app.services.verified import ONE_SOURCE
from app.services.worth import Proof, Worth
from app.ui import words
from app.ui.place_kinds import icon_of, own_icon, refusal, treatment
from app.ui.places import Place, places
from app.ui.report import Copy, Repository, Status
from app.ui.shown import ChipShown, FactShown, PlaceShown, Step
from app.ui.tokens import Tone


class AtWork(Enum):
    """What the running step means for the places."""

    NOTHING = "nothing"
    SAVING = "saving"  # into this computer's repository
    COPYING = "copying"  # from there to the copies
    PAUSED = "paused"  # nothing is written until it goes on


def place_cards(
    status: Status, at_work: AtWork, now: datetime, home: str
) -> tuple[PlaceShown, ...]:
    """A card for this computer and one for each copy."""
    cards = []
    for place in places(status, now):
        card = _card(place, status, _chip(place, status, at_work, now), now, home)
        step = (
            _next(place, status) if at_work is AtWork.NOTHING and status.running is None else None
        )
        cards.append(replace(card, next=step, own=place.copy is None))
    return tuple(cards)


_PROVING = {Proof.VERIFY: Step.VERIFY, Proof.DRILL: Step.DRILL}


def _next(place: Place, status: Status) -> Step | None:
    """What brings a place further, if a person can do it here and now."""
    if place.copy is not None:
        if place.copy.state in ("behind", "never"):
            waits = place.copy.paused or refusal(place.copy, status.runs) is not None
            return None if waits else Step.SYNC
        if place.copy.state != "ok":
            return None
    return _PROVING[place.lacks] if place.lacks is not None else None


def _card(place: Place, status: Status, chip: ChipShown, now: datetime, home: str) -> PlaceShown:
    own = status.repository
    assert own is not None
    newest = FactShown(_("Newest snapshot"), *_newest(place, now))
    verified = FactShown(_("Last verified"), _verified(place, now), _old(place, Proof.VERIFY))
    practised = _practised(place.copy or own, _old(place, Proof.DRILL), now)
    where = words.short_path(place.copy.address if place.copy else own.path, home)
    if place.copy is None:
        own_facts = (newest, verified, practised, *_size(words.size(own.size), own.size))
        details = (*_recovery(own), *_seen(own, now))
        return PlaceShown(own_icon(own), place.name, where, chip, own_facts, details)
    facts = [newest, verified, practised]
    if place.copy.behind:
        owed = plural("{count} snapshot", "{count} snapshots", place.copy.behind)
        if place.copy.owed_bytes:
            about = words.size(place.copy.owed_bytes)
            owed = _("{snapshots}, about {size}").format(snapshots=owed, size=about)
        facts.append(FactShown(_("Owed"), owed, Tone.WARN))
    facts += _size(_room(place.copy), place.copy.size)
    details = (
        *_recovery(place.copy),
        *_history(place.copy),
        *_seen(place.copy, now),
        *treatment(place.copy),
    )
    more = (ChipShown("lock", _("Append-only"), Tone.CALM),) if place.copy.append_only else ()
    return PlaceShown(icon_of(place.copy), place.name, where, chip, tuple(facts), details, more)


def _size(told: str, size: int | None) -> tuple[FactShown, ...]:
    """How much lies there, where it is known."""
    return () if size is None else (FactShown(_("Size"), told),)


def _newest(place: Place, now: datetime) -> tuple[str, Tone | None]:
    if place.newest is None:
        return _("none"), None
    text = words.moment(place.newest, now)
    if place.worth is Worth.STALE:
        return _("{when}, {days} old").format(
            when=text, days=words.days(now - place.newest)
        ), Tone.BAD
    return text, None


def _verified(place: Place, now: datetime) -> str:
    if place.verified is None:
        return _("never")
    return proof(words.moment(place.verified, now), place.scope)


def _old(place: Place, proof: Proof) -> Tone | None:
    """The tone of a proof that counted, and is too old to count."""
    return Tone.WARN if place.worth is Worth.PROOF_OLD and place.lacks is proof else None


def _practised(place: Copy | Repository, tone: Tone | None, now: datetime) -> FactShown:
    """The last restore that was practised from a place, or what was found."""
    name = _("Last practised")
    if place.drill_findings:
        found = plural("{count} problem", "{count} problems", len(place.drill_findings))
        return FactShown(name, found, Tone.BAD)
    if place.drilled is None:
        return FactShown(name, _("never"))
    if place.drill_scope == ONE_SOURCE:
        return FactShown(name, extent(ONE_SOURCE), tone)
    return FactShown(name, words.moment(place.drilled, now), tone)


def _recovery(place: Copy | Repository) -> tuple[FactShown, ...]:
    """What was restored, and how long everything would take."""
    if place.drill_findings or place.drilled is None:
        return ()
    told = extent(place.drill_scope)
    restored = (FactShown(_("Restored then"), told),) if told else ()
    if place.drill_seconds is None:
        return restored
    return (*restored, FactShown(_("All back in"), words.duration(place.drill_seconds)))


def _seen(place: Copy | Repository, now: datetime) -> tuple[FactShown, ...]:
    """As of when what lies behind a network is told."""
    if place.seen is None:
        return ()
    return (FactShown(_("Last seen"), words.moment(place.seen, now)),)


def _history(copy: Copy) -> tuple[FactShown, ...]:
    """For how long what was deleted there can be brought back."""
    days = copy.history_days
    if days is None:
        return ()
    told = plural("at least {count} day", "at least {count} days", days)
    return (FactShown(_("Deleted files come back"), told),)


def _room(copy: Copy) -> str:
    if copy.free is None:
        return words.size(copy.size)
    return _("{size}, {free} free").format(size=words.size(copy.size), free=words.size(copy.free))


_STATE_CHIPS = {
    "away": ("plug-connected-x", mark("Away"), Tone.CALM),
    "bare": ("alert-triangle", mark("Not mounted"), Tone.WARN),
    "other": ("alert-triangle", mark("Another copy"), Tone.WARN),
    "never": ("hourglass", mark("Empty"), Tone.CALM),
}


def _chip(place: Place, status: Status, at_work: AtWork, now: datetime) -> ChipShown:
    if place.copy is None:
        own = status.repository
        if own is not None and not own.exists:
            return ChipShown("circle-x", _("Not there"), Tone.BAD)
        if at_work is AtWork.SAVING:
            return ChipShown("refresh", _("Writing"), Tone.ACCENT)
        if at_work is AtWork.PAUSED:
            return ChipShown("player-pause", _("Paused"), Tone.CALM)
        return _worth_chip(place, now)
    return _copy_chip(place, place.copy, status, at_work, now)


def _copy_chip(
    place: Place, copy: Copy, status: Status, at_work: AtWork, now: datetime
) -> ChipShown:
    """What needs a person first, then what a person wanted, then how it is."""
    if refusal(copy, status.runs) is not None:
        return ChipShown("key", _("Sign in again"), Tone.WARN)
    if copy.paused and copy.state not in ("bare", "other"):
        return ChipShown("player-pause", _("Paused"), Tone.CALM)
    if at_work is not AtWork.NOTHING and copy.state in ("ok", "behind", "never"):
        if at_work is AtWork.COPYING:
            return ChipShown("refresh", _("Writing"), Tone.ACCENT)
        return ChipShown("hourglass", _("Waiting"), Tone.CALM)
    if copy.state in _STATE_CHIPS:
        icon, text, tone = _STATE_CHIPS[copy.state]
        return ChipShown(icon, _(text), tone)
    if copy.state == "behind" and place.worth is not Worth.STALE:
        return ChipShown("hourglass", _("Behind"), Tone.CALM)
    return _worth_chip(place, now)


def _worth_chip(place: Place, now: datetime) -> ChipShown:
    match place.worth:
        case Worth.PROVEN:
            return ChipShown("circle-check", _("Proven"), Tone.OK)
        case Worth.UNPROVEN:
            return ChipShown("clock", _("Not proven yet"), Tone.CALM)
        case Worth.PROOF_OLD:
            return ChipShown("clock-exclamation", _("Proof too old"), Tone.WARN)
        case Worth.STALE if place.newest is not None:
            age = _("{days} old").format(days=words.days(now - place.newest))
            return ChipShown("clock-exclamation", age, Tone.BAD)
    return ChipShown("hourglass", _("Empty"), Tone.CALM)
