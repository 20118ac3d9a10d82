"""Locking a tax year: everything that is known of it is written down, hashed and signed, so that
whatever changes later can be told. See `app.services.years` for what lies where.

All is read in one moment of the archive. The folder is made under another name and appears when it
is complete; a lock that is there is never touched again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from app import __version__
from app.errors import AppError, WrongUsage
from app.exchange import gaps, year
from app.exchange.archive import Archive
from app.exchange.export.rows import Selection, What
from app.exchange.export.tax_formats import FORMATS
from app.exchange.known import known
from app.files import private_folder, sync_file, sync_folder, write_atomic
from app.messages.joined import sentences
from app.monitor import Monitor, Problem
from app.repository.keys import host_name
from app.repository.times import rfc3339
from app.services import years, years_known
from app.services.archive import known_json, opened
from app.services.export import TABLES, account_named, write
from app.services.history import Job, now
from app.services.home import Home
from app.services.only_one import only_one
from app.services.period import Period, millis_now, of_year, when
from app.services.report import gap_json
from app.services.report_files import new_folder
from app.services.year_gaps import problems_of
from app.services.years import Chain, Entry, Lock, Manifest, Previous
from app.settings.paths import resource

_UNFINISHED = ".lock-year-"
_PULLING = frozenset({Job.PULL, Job.BACKUP})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A year to be locked; `account` in its own spelling, None for all."""

    year: int
    account: str | None
    period: Period

    @classmethod
    def named(cls, home: Home, year: int, account: str | None) -> Wanted:
        """Raises `WrongUsage` for an account that the archive does not know."""
        with opened(home) as archive:
            spelled = None if account is None else account_named(archive, account)
        return cls(year, spelled, of_year(year))


def missing(home: Home, wanted: Wanted) -> list[Problem]:
    """What is not whole about the year now: it is to be told before it is locked."""
    found: list[Problem] = []
    span = wanted.period
    if span.until > millis_now():
        found.append(Problem("year-not-over", {"year": str(wanted.year)}))
    if any(run.job in _PULLING for run in home.history.running()):
        found.append(Problem("year-pull-running", {}))
    with opened(home) as archive:
        known_accounts = {account.name for _, account in archive.accounts()}
        lacking = _gaps(archive, wanted)
    for account in home.settings.exchanges:
        if account.name not in known_accounts and wanted.account is None:
            found.append(Problem("year-never-fetched", {"account": account.name}))
    return [*found, *problems_of(lacking)]


def _gaps(archive: Archive, wanted: Wanted) -> list[gaps.Gap]:
    span = wanted.period
    return gaps.gaps(archive, span.since, span.until, now=millis_now(), name=wanted.account)


def lock(home: Home, wanted: Wanted, monitor: Monitor) -> Lock:
    """Lock the year as the archive knows it now; the new lock. What export had to leave out is a
    Problem. Raises `AppError` where it cannot be written, `SealedError`, keyring errors."""
    lacking = [problem.sentence.title for problem in missing(home, wanted)]
    key = years.signing_key(home)
    place = years.folder_of(home, wanted.year, wanted.account)
    with only_one(home, "lock-year", "year-busy"):
        try:
            private_folder(place)
            _clear(home)
            # Not beside the archive, where a backup would meet half of it.
            folder = private_folder(home.paths.data / f"{_UNFINISHED}{os.urandom(6).hex()}")
            with opened(home) as archive, year.unchanging(archive):
                facts = _write_all(archive, wanted, folder, monitor)
            before = years.locks_in(place)
            numbered = (_next(place), before[-1] if before else None)
            manifest = _manifest(wanted, folder, facts, numbered, (years.public_of(key), lacking))
            content = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
            write_atomic(folder / years.MANIFEST, content)
            write_atomic(folder / years.SIGNATURE, key.sign(content).hex().encode() + b"\n")
            final = folder.replace(place / str(manifest.lock))
            sync_folder(place)
        except OSError as error:
            reason = error.strerror or str(error)
            raise AppError("year-unwritable", path=str(place), reason=reason) from error
        finally:
            _clear(home)
    made = Lock(final, manifest, hashlib.sha256(content).hexdigest())
    years_known.note(home, [made])
    return made


def _manifest(
    wanted: Wanted,
    folder: Path,
    facts: _Facts,
    numbered: tuple[int, Lock | None],
    said: tuple[str, list[str]],
) -> Manifest:
    """Of a folder with all its files. `numbered`: the lock's number, and the lock before it;
    `said`: the public key, and what was missing."""
    (number, before), (public_key, lacking) = numbered, said
    return Manifest(
        year=wanted.year,
        account=wanted.account,
        since=when(wanted.period.since),
        until=when(wanted.period.until),
        lock=number,
        previous=Previous(before.manifest.lock, before.sha256) if before else None,
        made=rfc3339(now()),
        program=f"Tradekeep {__version__}",
        machine=host_name(),
        public_key=public_key,
        chain=facts.chain,
        rows=facts.rows,
        gaps=facts.gaps,
        missing=lacking,
        files=sorted(_entries(folder), key=lambda each: each.path),
    )


def _next(place: Path) -> int:
    """One more than any lock that is, or was, there."""
    numbers = [int(each.name) for each in place.glob("*") if each.name.isdigit()]
    return max(numbers, default=0) + 1


def _clear(home: Home) -> None:
    """What a lock that was stopped has left."""
    for each in home.paths.data.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(each, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class _Facts:
    chain: Chain
    rows: int
    gaps: int


def _write_all(archive: Archive, wanted: Wanted, folder: Path, monitor: Monitor) -> _Facts:
    span, account = wanted.period, wanted.account
    _exports(archive, wanted, private_folder(folder / "exports"), monitor)
    rows = year.year_rows(archive, span.since, span.until, account)
    count = year.write_rows(folder / "rows.csv", rows)
    monitor.checkpoint()
    year.write_chain(folder / "chain.jsonl", archive)
    lacking = _gaps(archive, wanted)
    told = {
        "series": [known_json(each) for each in known(archive, span.until, name=account)],
        "gaps": [gap_json(gap) for gap in lacking],
    }
    coverage = msgspec.json.format(msgspec.json.encode(told), indent=1)
    write_atomic(folder / "coverage.json", coverage + b"\n")
    write_atomic(folder / years.VERIFIER, resource(years.VERIFIER).read_bytes())
    numbered, link = archive.head()
    return _Facts(Chain(numbered, link.hex()), count, len(lacking))


def _exports(archive: Archive, wanted: Wanted, folder: Path, monitor: Monitor) -> None:
    """All kinds as tables, and one file for each tax program."""
    span = wanted.period
    for what, form in _all_exports():
        monitor.checkpoint()
        selection = Selection(what=what, account=wanted.account, since=span.since, until=span.until)
        name = f"{form}.csv" if form in FORMATS else f"{what.value}.{form}"
        write(archive, selection, form, folder / name, monitor)


def _all_exports() -> Iterator[tuple[What, str]]:
    for what in What:
        for form in TABLES:
            yield what, form
    for form in FORMATS:
        yield What.TRADES, form


def _entries(folder: Path) -> Iterator[Entry]:
    for file in folder.rglob("*"):
        if file.is_file():
            file.chmod(0o600)
            with file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
                sync_file(stream.fileno())
            path = file.relative_to(folder).as_posix()
            yield Entry(path, file.stat().st_size, digest)


def hand_over(lock: Lock, out: Path) -> Path:
    """A copy of a lock in a new or empty folder. Raises `WrongUsage`, `AppError`."""
    folder = new_folder(out)
    try:
        shutil.copytree(lock.folder, folder, dirs_exist_ok=True)
    except (OSError, shutil.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AppError("report-unwritable", path=str(folder), reason=reason) from error
    return folder


def refuse_incomplete(found: Sequence[Problem]) -> None:
    """Raise for a year that is not whole, where nobody said that it is to be locked as it is."""
    if found:
        told = sentences(str(problem.sentence) for problem in found)
        raise WrongUsage("year-incomplete", told=told)
