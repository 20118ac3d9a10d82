"""How things stand: read from settings, places and the history, without any key.

This is what the window's first page shows; see `report` for its shape.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.backends.contract import Backend, BackendError, FileNotThere, Kind
from app.backends.local import LocalBackend
from app.copies import known
from app.copies.marker import MarkerState
from app.copies.medium import medium_of, medium_of_folder
from app.copies.where import folder_of, is_local, state_of
from app.errors import AppError
from app.repository.times import rfc3339
from app.services import alerts
from app.services.behind import Behind, is_synced, lacking, owed_since
from app.services.dealt import as_json as as_told
from app.services.dealt import dealt
from app.services.drilled import facts
from app.services.history import Job, Outcome, RunRecord, now
from app.services.home import Home
from app.services.kit_record import as_json_object, load, outdated
from app.services.own_place import as_copy, seen
from app.services.proof import newest as newest_proof
from app.services.scheduling import as_json
from app.services.suspect import for_status
from app.services.verified import Verified, verified
from app.services.worth import Known, is_held, judge
from app.settings.model import CopySettings, RepositorySettings, SourceSettings

_SHOWN_RUNS = 20
_FINDINGS = 20


@dataclass(frozen=True, slots=True)
class _Listing:
    """What listing a place tells: sizes by kind, and the snapshots' names."""

    size: int
    snapshots: frozenset[str]


def report(home: Home) -> dict[str, object]:
    """The state of the whole as plain data:

    repository (null before set-up): path (or KIND:ADDRESS), kind ("folder", or as of a copy), id,
    exists, medium, off_site, seen (as of a copy), size, newest, snapshots, verified,
    verified_scope, findings (what the last look found, the first 20), drilled, drill_seconds,
    drill_findings, trend (see `drilled.facts`), worth, lacks ("verify", "drill" or null, the proof
    that it lacks first; both see `app.services.worth`), kit (proved: when
    its recovery key was last typed, null for never; key: the id of that key file; outdated: why
    the one that was printed last is); sources: name,
    kind, bot, path, present, files, bytes, databases, last_captured, problems; exchanges: as
    `app.services.exchange_state.states` tells them; copies: name,
    kind, address, medium (what it is lost together with: `app.copies.medium`), off_site, paused,
    limit, hours, append_only, state ("ok", "behind", "never", "away", "bare", "other"), newest,
    snapshots,
    behind (while it is away: snapshots made here since it was synced), owed_bytes (about what
    those added), size, free, seen (of what lies behind a network: when that was so; null for
    now), history_days (how long its place keeps what was), verified, verified_scope, findings,
    drilled and what goes with it, synced, worth, lacks; runs: the newest 20; running;
    suspect (null, or the newest suspect backup, as `suspect.as_json`); dealt (what was accepted or
    put off, as `dealt.as_json`); last_good; alerts (as `app.services.alerts.states`); years (as
    `years_check.states`); next, retry, overdue_since, waiting, paused_until, metered (as `due`
    tells),
    schedule (the settings in plain values). Times are RFC 3339, sizes bytes.
    """
    history = home.history
    running = history.running()
    runs = history.runs()
    own = _own_listing(home)
    return {
        "repository": _repository(home, own, runs),
        "sources": [_source(source, runs) for source in home.settings.sources],
        "exchanges": _exchanges(home),
        "copies": [_copy(home, copy, own, runs) for copy in home.settings.copies],
        "runs": [_run(run) for run in runs[:_SHOWN_RUNS]],
        "running": _running(running[0]) if running else None,
        "suspect": for_status(home),
        "dealt": [as_told(each) for each in dealt(home, runs, now())],
        "last_good": _last_good(runs),
        "alerts": alerts.states(home),
        "years": _years(home),
        **_schedule(home, runs),
    }


def _schedule(home: Home, runs: list[RunRecord]) -> dict[str, object]:
    from app.services.due import look

    told = look(home, now(), runs=runs).as_json()
    names = ("next", "retry", "overdue_since", "waiting", "paused_until", "metered")
    return {**{name: told[name] for name in names}, "schedule": as_json(home.settings.schedule)}


def _exchanges(home: Home) -> list[dict[str, object]]:
    if not home.settings.exchanges:
        return []
    from app.services.exchange_state import states

    return states(home, int(now().timestamp() * 1000))


def _years(home: Home) -> list[dict[str, object]]:
    if not home.paths.years.exists():
        return []
    from app.services.years_check import states

    try:
        return states(home)
    except AppError:
        return []  # `lock-year --check` says what is wrong; the rest stands without them


def _own_listing(home: Home) -> _Listing | None:
    """What this machine's repository holds; of one behind a network what was last seen there."""
    own = home.settings.repository
    if own is None or own.path is not None:
        return _list(LocalBackend(own.path)) if own and own.path else None
    there = seen(home)
    return None if there is None else _Listing(there.size, there.snapshots)


def _list(backend: Backend) -> _Listing | None:
    """What a place holds; None if there is no repository or it cannot be listed."""
    try:
        size = sum(info.size for kind in (Kind.PACK, Kind.INDEX) for info in backend.list(kind))
        names = frozenset(info.file.name for info in backend.list(Kind.SNAPSHOT))
    except (BackendError, FileNotThere):
        return None
    return _Listing(size, names)


def _repository(home: Home, own: _Listing | None, runs: list[RunRecord]) -> object:
    settings = home.settings.repository
    if settings is None:
        return None
    looked = verified(runs, "", settings.id, now())
    path = settings.path
    there = None if path is not None else seen(home)
    exists = True if path is None else (path / "config").exists()
    newest = _newest(runs)
    drilled = facts(runs, "", settings.id)
    return {
        "path": settings.place,
        "kind": settings.kind,
        "id": settings.id,
        "exists": exists,
        "medium": _medium(settings),
        "off_site": settings.off_site,
        "seen": _text(there.seen if there else None),
        "size": own.size if own else None,
        "newest": newest,
        "snapshots": len(own.snapshots) if own else 0,
        "verified": looked.when,
        "verified_scope": looked.scope,
        "findings": [_told(problem) for problem in looked.found[:_FINDINGS]],
        "kit": _kit(home, settings),
        **drilled,
        **_worth(newest if exists else None, looked, drilled, copy=False),
    }


def _medium(own: RepositorySettings) -> str:
    return medium_of(as_copy(own), own.address) if own.path is None else medium_of_folder(own.path)


def _worth(
    newest: str | None, looked: Verified, drilled: Mapping[str, object], *, copy: bool
) -> dict[str, object]:
    known = Known(
        _moment(newest),
        _moment(looked.when),
        looked.scope,
        _moment(drilled["drilled"]),
        drill_found=bool(drilled["drill_findings"]),
        copy=copy,
    )
    worth, lacks = judge(known, now())
    return {"worth": worth.value, "lacks": None if lacks is None else lacks.value}


def _moment(told: object) -> datetime | None:
    return datetime.fromisoformat(told) if isinstance(told, str) else None


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)


def _kit(home: Home, settings: RepositorySettings) -> dict[str, object]:
    names = _keys(home, settings)
    proof = newest_proof(home, settings.id, names)
    return {
        "proved": proof.proved if proof else None,
        "key": proof.key if proof else None,
        "outdated": [as_json_object(p) for p in outdated(load(home), home.settings, names)],
    }


def _keys(home: Home, settings: RepositorySettings) -> Collection[str]:
    if settings.path is None:
        there = seen(home)
        return there.keys if there else ()
    try:
        return [info.file.name for info in LocalBackend(settings.path).list(Kind.KEY)]
    except (BackendError, FileNotThere):
        return ()


def _newest(runs: list[RunRecord]) -> str | None:
    """Time of the newest snapshot that this machine made."""
    for run in runs:
        snapshot = run.report.get("snapshot")
        if run.job is Job.BACKUP and isinstance(snapshot, dict):
            return str(snapshot["time"])
    return None


def _last_good(runs: list[RunRecord]) -> str | None:
    good = (Outcome.OK, Outcome.PROBLEMS)
    found = (run for run in runs if run.job is Job.BACKUP and run.outcome in good)
    return next((run.started for run in found), None)


def _source(source: SourceSettings, runs: list[RunRecord]) -> dict[str, object]:
    run, count = _last_capture(source.name, runs)
    return {
        "name": source.name,
        "kind": source.kind.value,
        "bot": source.bot,
        "path": str(source.path),
        "present": source.path.exists(),
        "files": count.get("files"),
        "bytes": count.get("bytes"),
        "databases": count.get("databases"),
        "last_captured": run.started if run else None,
        "problems": count.get("problems", 0),
    }


def _last_capture(name: str, runs: list[RunRecord]) -> tuple[RunRecord | None, dict[str, object]]:
    for run in runs:
        if run.job is not Job.BACKUP or run.outcome not in (Outcome.OK, Outcome.PROBLEMS):
            continue
        sources = run.report.get("sources")
        for count in sources if isinstance(sources, list) else ():
            if isinstance(count, dict) and count.get("name") == name:
                return run, count
    return None, {}


def _copy(
    home: Home, copy: CopySettings, own: _Listing | None, runs: list[RunRecord]
) -> dict[str, object]:
    at, marker, listing, free, last = _looked_at(home, copy)
    behind = _behind(copy.name, own, listing, marker, runs)
    looked = verified(runs, copy.name, copy.id, now())
    synced = _synced(copy.name, runs)
    state = _state(marker, listing, behind, synced)
    drilled = facts(runs, copy.name, copy.id)
    return {
        "name": copy.name,
        "kind": copy.kind,
        "address": at,
        "medium": medium_of(copy, at),
        "off_site": copy.off_site,
        "paused": copy.paused,
        "limit": copy.limit,
        "hours": copy.hours,
        "append_only": copy.append_only,
        "state": state,
        "newest": synced if listing and listing.snapshots else None,
        "snapshots": len(listing.snapshots) if listing else None,
        "behind": behind.snapshots if behind else None,
        "owed_bytes": behind.bytes if behind else None,
        "size": listing.size if listing else None,
        "free": free,
        "seen": _text(last),
        "history_days": _history_days(home, copy),
        "verified": looked.when,
        "verified_scope": looked.scope,
        "findings": [_told(problem) for problem in looked.found[:_FINDINGS]],
        **drilled,
        "synced": synced,
        **_worth(synced if is_held(state) else None, looked, drilled, copy=True),
    }


def _history_days(home: Home, copy: CopySettings) -> int | None:
    """For how many days at least its place keeps what was overwritten or deleted."""
    seen = None if is_local(copy) else known.load(home.paths.listings, copy.id)
    return seen.history_days if seen is not None else None


def _looked_at(
    home: Home, copy: CopySettings
) -> tuple[str, MarkerState, _Listing | None, int | None, datetime | None]:
    """Where a copy is, whether it is there, what it holds, how much room is left, and as of when.
    What lies behind a network is told as it was last seen; None for now."""
    if not is_local(copy):
        last = known.load(home.paths.listings, copy.id)
        if last is None:
            return copy.address, MarkerState.OURS, None, None, None
        listing = _Listing(last.size, last.snapshots)
        return copy.address, MarkerState.OURS, listing, last.free, last.seen
    folder = folder_of(copy)
    marker = state_of(copy, folder)
    if marker is not MarkerState.OURS:
        return str(folder), marker, None, None, None
    place = LocalBackend(folder)
    held = _list(place)
    return str(folder), marker, held, place.free_space() if held else None, None


def _behind(
    name: str,
    own: _Listing | None,
    listing: _Listing | None,
    marker: MarkerState,
    runs: list[RunRecord],
) -> Behind | None:
    if own is None:
        return None
    if listing is not None:
        return lacking(own.snapshots, listing.snapshots, runs)
    return owed_since(own.snapshots, name, runs) if marker is MarkerState.AWAY else None


def _state(
    marker: MarkerState, listing: _Listing | None, behind: Behind | None, synced: str | None
) -> str:
    if marker is not MarkerState.OURS:
        return str(marker.value)
    if listing is None or (not listing.snapshots and synced is None):
        return "never"
    return "behind" if behind and behind.snapshots else "ok"


def _synced(name: str, runs: list[RunRecord]) -> str | None:
    """When the copy was last brought up to date."""
    for run in runs:
        if is_synced(run, name):
            return run.started
    return None


def _run(run: RunRecord) -> dict[str, object]:
    return {
        "run": run.run,
        "job": run.job.value,
        "started": run.started,
        "seconds": run.seconds,
        "outcome": run.outcome.value,
        "place": run.place,
        "added": run.added,
        "by": run.by.value,
        "problems": [_told(problem) for problem in run.problems],
        "error": _told(run.error) if run.error else None,
    }


def _told(told: object) -> dict[str, object]:
    import msgspec

    fields: dict[str, object] = msgspec.to_builtins(told)
    return fields


def _running(record: object) -> dict[str, object]:
    return _told(record)
