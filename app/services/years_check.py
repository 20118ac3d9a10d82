"""Is a locked year what it was? Its folder by its own verifier, and the archive of today against
the rows that were locked: what was added, changed and gone since, by their ids.

What a look found is kept in a small file, so that `status` can tell it without looking.
"""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import msgspec

from app.errors import AppError, WrongUsage
from app.exchange import year
from app.exchange.archive import Archive
from app.exchange.year import Change, Changed
from app.files import private_folder, write_atomic
from app.json_lines import NO_JSON
from app.monitor import Monitor, Problem
from app.repository.times import rfc3339
from app.services import stamp, years, years_known
from app.services.archive import opened
from app.services.history import now
from app.services.home import Home
from app.services.period import of_year
from app.services.years import Lock
from app.settings.paths import resource

_SHOWN = 1000  # rows that are named one by one
_FAULTS = {
    3: "year-signature-wrong",
    4: "year-file-changed",
    5: "year-file-missing",
    6: "year-file-added",
    7: "year-chain-broken",
    8: "year-row-unfounded",
}
Report = dict[str, object]


class State(msgspec.Struct, frozen=True):
    """What the last look at a locked year found: faults of its folder, rows, and whose time stamp
    it has."""

    lock: int
    checked: str
    faults: int = 0
    added: int = 0
    changed: int = 0
    gone: int = 0
    authority: str = ""

    @property
    def found(self) -> tuple[int, int, int, int]:
        return (self.faults, self.added, self.changed, self.gone)


class _Row(msgspec.Struct, frozen=True):
    change: str
    kind: str
    account: str
    market: str
    id: str


def chosen(home: Home, wanted: int | None, account: str | None) -> list[Lock]:
    """The newest locks of a year, or of all; `WrongUsage` where there are none, `AppError` where
    there is only what cannot be read."""
    found = [
        lock
        for lock in years.newest(home)
        if wanted in (None, lock.manifest.year)
        if account is None or (lock.manifest.account or "").casefold() == account.casefold()
    ]
    if not found:
        _refuse_missing(home, wanted)
        for folder in years.unreadable(home):
            if wanted is None or folder.parent.name.partition("-")[0] == str(wanted):
                raise AppError("year-manifest-unreadable", path=str(folder))
        raise WrongUsage("year-not-locked", year=str(wanted or ""))
    return found


def _refuse_missing(home: Home, wanted: int | None) -> None:
    """Raise where all locks of a year are gone."""
    if home.settings.repository is None:
        return
    for problem in years_known.missing(home, years_known.known(home)):
        if wanted is None or str(problem.params["year"]).partition("-")[0] == str(wanted):
            raise AppError(problem.message_id, **problem.params)


def check(home: Home, locks: Iterable[Lock], monitor: Monitor) -> Report:
    """Look at locked years: {"years": [each as `as_json`, with faults and rows, and whether it was
    signed by this computer's key: `own_key`]}. What is not as it was is a Problem of each year, and
    so is each lock that is missing, of whatever year."""
    told, states, key = [], load(home), years.own_public_key(home)
    known = years_known.known(home)
    locks, gone = list(locks), years_known.missing(home, known)
    for problem in gone:
        if problem.params["year"] not in {lock.label for lock in locks}:
            monitor.problem(problem)
    for folder in years.unreadable(home):
        monitor.problem(Problem("year-manifest-unreadable", {"path": str(folder)}))
    for lock in locks:
        monitor.checkpoint()
        authority, faults = _stamp(lock)
        missing = [each for each in gone if each.params["year"] == lock.label]
        faults = [*_faults(lock), *faults, *(missing or _before(lock))]
        if all(each.message_id != "year-signature-wrong" for each in faults):
            faults += years_known.faults(lock, known)
        with opened(home) as archive:
            faults += _cut_off(archive, lock)
            rows, counts = _rows_or_fault(archive, lock, faults)
        for problem in faults:
            monitor.problem(problem)
        state = _state(lock, len(faults), counts, authority)
        states[lock.label] = state
        _tell(lock, state, monitor)
        found = [str(problem.sentence) for problem in faults]
        builtins = [msgspec.to_builtins(row) for row in rows]
        own = {"own_key": lock.manifest.public_key == key}
        told.append({**as_json(lock, state), **own, "faults": found, "rows": builtins})
    _save(home, states)
    return {"years": told}


def after_pull(home: Home, archive: Archive, monitor: Monitor) -> None:
    """A look at those years of which a row came later; a Problem where that is news, and for each
    lock that is missing. A year that cannot be looked at does not end the pull."""
    try:
        if home.paths.sealed_file.exists():
            for problem in years_known.missing(home, years_known.known(home)):
                monitor.problem(problem)
        locks = years.newest(home)
        states = load(home)
        for lock in locks:
            span = of_year(lock.manifest.year)
            if not year.came_later(archive, span.since, span.until, lock.manifest.chain.count):
                continue
            before = states.get(lock.label)
            faults, authority = (before.faults, before.authority) if before else (0, "")
            state = _state(lock, faults, _rows(archive, lock)[1], authority)
            states[lock.label] = state
            if before is None or before.lock != state.lock or before.found != state.found:
                _tell(lock, state, monitor)
        if locks:
            _save(home, states)
    except AppError as error:
        monitor.problem(Problem.from_error(error))


def _state(lock: Lock, faults: int, counts: Counter[Change], authority: str) -> State:
    added, changed, gone = counts[Change.ADDED], counts[Change.CHANGED], counts[Change.GONE]
    when = rfc3339(now())
    return State(lock.manifest.lock, when, faults, added, changed, gone, authority)


def _tell(lock: Lock, state: State, monitor: Monitor) -> None:
    if state.found[1:] != (0, 0, 0):
        counts = {"added": state.added, "changed": state.changed, "gone": state.gone}
        monitor.problem(Problem("year-differs", {"year": lock.label, **counts}))


def _faults(lock: Lock) -> Iterator[Problem]:
    """What its own verifier finds."""
    try:
        for fault in _verifier().faults(lock.folder):
            yield Problem(_FAULTS[fault.code], {"year": lock.label, "about": fault.about})
    except OSError as error:
        path, reason = str(lock.folder), error.strerror or str(error)
        raise AppError("year-unreadable", path=path, reason=reason) from error


def _stamp(lock: Lock) -> tuple[str, list[Problem]]:
    """Whose time stamp it has, "" for none, and what is wrong with it."""
    try:
        found = stamp.read(lock)
    except AppError as error:
        return "", [Problem.from_error(error)]
    return ("" if found is None else found.authority), []


def _before(lock: Lock) -> list[Problem]:
    """The lock that it follows is named in it by the hash of its manifest."""
    told, there = lock.manifest.previous, years.before(lock)
    if told is None or (there is not None and there.sha256 == told.sha256):
        return []
    path = f"{told.lock}/{years.MANIFEST}"
    return [Problem("year-file-changed", {"year": lock.label, "about": path})]


@cache
def _verifier() -> ModuleType:
    """The one-file verifier that lies in each locked year: there is no second one."""
    spec = importlib.util.spec_from_file_location("verify_year", resource(years.VERIFIER))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _cut_off(archive: Archive, lock: Lock) -> list[Problem]:
    """Whether the archive's evidence still goes through where it ended then."""
    chain = lock.manifest.chain
    link = year.link_at(archive, chain.count)
    if not chain.count or (link is not None and link.hex() == chain.link):
        return []
    return [Problem("year-evidence-other", {"year": lock.label, "number": chain.count})]


def _rows_or_fault(
    archive: Archive, lock: Lock, faults: list[Problem]
) -> tuple[list[_Row], Counter[Change]]:
    """That the rows of one year cannot be read keeps nobody from looking at the others."""
    try:
        return _rows(archive, lock)
    except AppError as error:
        faults.append(Problem.from_error(error))
        return [], Counter()


def _rows(archive: Archive, lock: Lock) -> tuple[list[_Row], Counter[Change]]:
    """The first rows that differ, and how many there are of each change."""
    span, account = of_year(lock.manifest.year), lock.manifest.account
    counts: Counter[Change] = Counter()
    shown: list[_Row] = []
    try:
        before = year.read_rows(lock.folder / "rows.csv")
        with year.unchanging(archive):
            now_ = year.year_rows(archive, span.since, span.until, account)
            for each in year.differences(before, now_):
                counts[each.change] += 1
                if len(shown) < _SHOWN:
                    shown.append(_named(each))
    except FileNotFoundError:
        return [], Counter()  # that it is missing is a fault of its own
    except (OSError, ValueError) as error:
        path, reason = str(lock.folder), str(error)
        raise AppError("year-unreadable", path=path, reason=reason) from error
    return shown, counts


def _named(each: Changed) -> _Row:
    row = each.row
    return _Row(each.change.value, row.kind, row.account, row.market, row.id)


# --- what was found last ----------------------------------------------------------------------


def load(home: Home) -> dict[str, State]:
    """By label. A file that cannot be read counts as none: it only spares a look."""
    try:
        content = home.paths.years_file.read_bytes()
        return msgspec.json.decode(content, type=dict[str, State])
    except (OSError, *NO_JSON):
        return {}


def _save(home: Home, states: dict[str, State]) -> None:
    file: Path = home.paths.years_file
    try:
        private_folder(file.parent)
        write_atomic(file, msgspec.json.encode(states))
    except OSError as error:
        path, reason = str(file.parent), error.strerror or str(error)
        raise AppError("own-folder-unwritable", path=path, reason=reason) from error


def states(home: Home) -> list[Report]:
    """All locked years for `status`, each as `as_json`; nothing is looked at."""
    kept = load(home)
    return [as_json(lock, kept.get(lock.label)) for lock in years.newest(home)]


def as_json(lock: Lock, state: State | None) -> Report:
    """year, account, lock, label, made, machine, path, rows, gaps, missing, public_key, sha256 (of
    the manifest), stamped; checked (null for never), and what was found then, also
    whose time stamp it has (`authority`, "" where nobody looked)."""
    told = lock.manifest
    seen = state if state is not None and state.lock == told.lock else None
    return {
        "year": told.year,
        "account": told.account,
        "lock": told.lock,
        "label": lock.label,
        "made": told.made,
        "machine": told.machine,
        "path": str(lock.folder),
        "rows": told.rows,
        "gaps": told.gaps,
        "missing": told.missing,
        "public_key": told.public_key,
        "sha256": lock.sha256,
        "stamped": lock.stamped,
        "authority": seen.authority if seen and lock.stamped else "",
        "checked": seen.checked if seen else None,
        "fault_count": seen.faults if seen else 0,
        "added": seen.added if seen else 0,
        "changed": seen.changed if seen else 0,
        "gone": seen.gone if seen else 0,
    }
