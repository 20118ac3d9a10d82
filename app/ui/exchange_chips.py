"""The state of an exchange account in a chip, and its row among what is protected. Pure; must not
know Qt."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from app.messages import _
from app.ui import words
from app.ui.exchange_names import exchange_name
from app.ui.report import Exchange, Rights, Status
from app.ui.shown import ChipShown, SourceShown
from app.ui.tokens import Tone


def rights_chip(rights: Rights | None) -> ChipShown | None:
    """What the key may do; nothing where the exchange does not tell."""
    if rights is None:
        return None
    if rights.withdraw:
        return ChipShown("key", _("Key can withdraw"), Tone.BAD)
    if rights.trade:
        return ChipShown("key", _("Key can trade"), Tone.BAD)
    return ChipShown("key", _("Read-only"), Tone.CALM)


def coverage_chip(
    last_pull: datetime | None,
    outcome: str | None,
    days: Collection[str] | None,
    expires: datetime | None,
    now: datetime,
) -> ChipShown | None:
    """The worst that is known of an account's history; None while it is not known. `days` are the
    states that some days are in."""
    if last_pull is None:
        return ChipShown("hourglass", _("Waiting"), Tone.CALM)
    if outcome in ("failed", "stopped"):  # stopped: the exchange did not answer, or refused
        return ChipShown("circle-x", _("Last fetch failed"), Tone.BAD)
    if days is None:
        return None
    if "expiring" in days and expires is not None:
        left = words.days(expires - now)
        return ChipShown("hourglass", _("Expires in {days}").format(days=left), Tone.WARN)
    if "missing" in days:
        return ChipShown("alert-triangle", _("Days missing"), Tone.BAD)
    if "denied" in days:
        return ChipShown("key", _("Not all may be read"), Tone.WARN)
    if "unproven" in days:
        return ChipShown("circle-minus", _("Not proven complete"), Tone.CALM)
    if "gap" in days:
        return ChipShown("circle-minus", _("Gap at the exchange"), Tone.CALM)
    return ChipShown("circle-check", _("Complete"), Tone.OK)


def exchange_rows(status: Status, now: datetime) -> tuple[SourceShown, ...]:
    """The accounts among what is protected."""
    return tuple(_row(each, now) for each in status.exchanges)


def _row(account: Exchange, now: datetime) -> SourceShown:
    facts = [exchange_name(account.exchange)]
    if account.fetched is None:
        facts.append(_("never fetched"))
    else:
        facts.append(_("fetched {when}").format(when=words.moment(account.fetched, now)))
    about = " · ".join(facts)
    return SourceShown("building-bank", account.name, about, _chip(account, now), exchange=True)


def _chip(account: Exchange, now: datetime) -> ChipShown:
    """A key that may do too much is worse than a gap."""
    rights = rights_chip(account.rights)
    if rights is not None and rights.tone is Tone.BAD:
        return rights
    days = None if account.coverage is None else {account.coverage}
    found = coverage_chip(account.last_pull, account.outcome, days, account.expires, now)
    return found or ChipShown("help-circle", _("Not known"), Tone.CALM)
