"""What tells the kinds of copies apart: an icon each, how it is treated, whether its place still
lets us in. Must not know Qt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.messages import _
from app.ui import words
from app.ui.protocol import Told
from app.ui.report import Copy, Repository, Run
from app.ui.shown import FactShown

_ICONS = {"drive": "device-usb", "dropbox": "brand-dropbox", "s3": "cloud", "webdav": "world"}
# What a place says that does not take our secrets any more: only a person can give others.
_REFUSALS = frozenset(
    {"dropbox-sign-in", "dropbox-permission", "place-key-refused", "copy-secrets-missing"}
)


def own_name(own: Repository) -> str:
    """What this computer's repository is called beside its copies."""
    return _("This computer") if own.is_local else _("Repository")


def own_icon(own: Repository) -> str:
    """Its mark."""
    return "device-desktop" if own.is_local else icon_of(own)


def icon_of(copy: Copy | Repository) -> str:
    """The mark of a copy's kind; a folder on a network share is known by its medium."""
    if copy.kind == "folder" and (copy.medium or "").startswith("network:"):
        return "server"
    return _ICONS.get(copy.kind, "folder")


def refusal(copy: Copy, runs: Sequence[Run]) -> Told | None:
    """Why its place did not let us in since it was last brought up to date; None if it did, or
    was not asked. `runs` begin with the newest."""
    if copy.is_local:
        return None
    for run in runs:
        if copy.synced is not None and run.started <= copy.synced:
            return None
        for told in _said(run):
            if told.id in _REFUSALS and _is_about(told, copy, run):
                return told
    return None


def _said(run: Run) -> Iterator[Told]:
    if run.error is not None:
        yield run.error
    yield from run.problems


def _is_about(told: Told, copy: Copy, run: Run) -> bool:
    """Whether it names the copy, or the place where that lies ("s3:" and its address)."""
    if copy.name in (run.place, told.params.get("name")):
        return True
    place = str(told.params.get("place", "")).rstrip("/")
    return place.endswith(copy.address.rstrip("/"))


def treatment(copy: Copy) -> list[FactShown]:
    """What was said about how it is to be treated, where that is not as usual."""
    facts = []
    if copy.limit:
        most = _("at most {rate}").format(rate=words.rate(copy.limit * 1000))
        facts.append(FactShown(_("Speed"), most))
    if copy.hours:
        since, _dash, until = copy.hours.partition("-")
        times = _("from {since} to {until}").format(since=since, until=until)
        facts.append(FactShown(_("Hours"), times))
    return facts
