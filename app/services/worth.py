"""What the repository and each of its copies is worth today: the one rule by which a place counts
in the 3-2-1 gauge, for the window and for the command line.

A place is *proven* while it is fresh (`FRESH`), its data was read back without a finding, and, if
it is a copy, a restore from it was practised without a finding; both not too long ago
(`verified.holds`). A look at the structure alone proves nothing about the data. The repository of
this computer is not what one restores from once this computer is gone: it needs no drill.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.schedule import SKEW
from app.services.verified import NOTHING_READ, holds

FRESH = timedelta(days=7)
# A drive that is away still holds what was brought to it: it stays proven until it is old.
_HELD = frozenset({"ok", "behind", "away"})


class Worth(StrEnum):
    """What a place is worth today, best first."""

    PROVEN = "proven"
    UNPROVEN = "unproven"  # fresh, and a proof was never made, or found something
    PROOF_OLD = "proof-old"
    STALE = "stale"
    NOTHING = "nothing"  # empty, gone, or not ours


class Proof(StrEnum):
    """What proves a place, in the order in which it is to be done."""

    VERIFY = "verify"
    DRILL = "drill"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a place: its newest snapshot; when it was verified, and how thoroughly; when
    a drill found nothing, and whether one found something since. Only a `copy` needs drills."""

    newest: datetime | None
    verified: datetime | None
    scope: str | None
    drilled: datetime | None = None
    drill_found: bool = False
    copy: bool = False


def is_held(state: str) -> bool:
    """Whether a copy in such a state (of `status.report`) holds what was brought to it."""
    return state in _HELD


def judge(known: Known, now: datetime) -> tuple[Worth, Proof | None]:
    """What a place is worth, and the proof that a fresh one lacks first."""
    if known.newest is None:
        return Worth.NOTHING, None
    if not -SKEW <= now - known.newest <= FRESH:
        return Worth.STALE, None
    read = None if known.scope in NOTHING_READ else known.verified
    if read is None or not holds(read, now):
        return _lacking(read), Proof.VERIFY
    restored = None if known.drill_found else known.drilled
    if known.copy and (restored is None or not holds(restored, now)):
        return _lacking(restored), Proof.DRILL
    return Worth.PROVEN, None


def _lacking(proof: datetime | None) -> Worth:
    return Worth.UNPROVEN if proof is None else Worth.PROOF_OLD
