"""Mirroring: everything that this repository has and a copy lacks is sent to the copy.

Names are content hashes, so what to send is a set difference and no sync database exists. The
order is the one in which a backup writes: keys, packs, indexes, snapshots, and for a new copy
the config last. So a run that stops anywhere leaves a valid repository with fewer snapshots, or
nothing that looks like one, and the next run goes on. Nothing is ever removed from the copy
because it is missing here. Locks are not sent.

What is sent: listed at the beginning, snapshots first, then indexes, then packs. A backup that
runs here meanwhile adds packs before indexes before snapshots, so all that a listed snapshot
needs is listed too. A prune that runs here meanwhile is another matter. The source is therefore
locked (shared) while it is listed, and not for hours while it is sent: a prune that starts later
removes an index before any of its packs, so as long as the listed packs and indexes can be read,
what was listed is whole; when one has vanished, the run lists anew.

The copy is locked (shared) throughout, also a new one: a lock is only a file sealed with the
master key, which we have. Otherwise a prune could start there between the config of one mirror
and the snapshots of another.

A file is there only if its SHA-256 is its name. On a drive it is read back from under a temporary
name, which proves what was read here and what was written there; elsewhere it is hashed first. A
damaged file here stays away from the copy and becomes a Problem; indexes and snapshots that mention
it are still sent, since all else that they mention can be restored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from app.backends.contract import (
    CONFIG,
    AccessDenied,
    Backend,
    BackendError,
    FileInfo,
    FileName,
    FileNotThere,
    Kind,
    NoSpace,
    NotAsNamed,
    PlaceBroken,
    ProvesWrites,
)
from app.errors import AppError
from app.monitor import Monitor, Problem, Progress, Step
from app.repository.config import load_config
from app.repository.crypto import Sealer
from app.repository.destination import Ground, survey, there
from app.repository.lock import Clocks, Lock, guard, locked
from app.repository.named import Damaged, load_unproven
from app.repository.read_ahead import read_ahead
from app.repository.repository import Repository

_ORDER = (Kind.KEY, Kind.PACK, Kind.INDEX, Kind.SNAPSHOT)
# Before what names other files, our lock must have held until then; keys and packs name none.
_NAMING = (Kind.INDEX, Kind.SNAPSHOT)
_PASSES = 5
# So many files that cannot be read, and it is the place rather than the files.
_PATIENCE = 20
# What a file costs on a drive beyond its bytes, and what a drive must keep for its own use.
_BLOCK = 4096
_RESERVE = 1 << 20


class NotKept(AppError):
    """The destination returned other bytes than were written to it."""


class SourceChanged(AppError):
    """Files kept vanishing from the source while they were being sent."""


class _Vanished(Exception):
    """A listed file is gone from the source: list anew."""


@dataclass(frozen=True, slots=True)
class MirrorReport:
    """What one run did. `replaced` are files of the wrong size at the copy, counted in
    `files_copied` too; `problems` are files that could not be sent."""

    files_copied: int
    bytes_copied: int
    snapshots_copied: int
    already_there: int
    replaced: int
    problems: int


@dataclass(frozen=True, slots=True)
class Behind:
    """What a copy lacks. `newest` is the time of the newest snapshot that it has in common with
    the source, `waiting_since` that of the oldest one that it lacks."""

    files: int
    bytes: int
    snapshots: int
    newest: datetime | None
    waiting_since: datetime | None

    @property
    def complete(self) -> bool:
        return self.files == 0


@dataclass(frozen=True, slots=True)
class _Plan:
    """Files to send, by kind; `replaced` are those that are there with another size."""

    missing: Mapping[Kind, Sequence[FileInfo]]
    replaced: frozenset[FileName]
    held: frozenset[FileName]

    @property
    def files(self) -> int:
        return sum(map(len, self.missing.values()))

    @property
    def bytes(self) -> int:
        return sum(info.size for infos in self.missing.values() for info in infos)


def mirror(
    source: Repository, destination: Backend, *, monitor: Monitor, clocks: Clocks | None = None
) -> MirrorReport:
    """Send what `destination` lacks. Its folder must be there; a new copy is made in it.

    Raises `OtherRepository`, `NoSpace` (before anything is sent), `RepositoryLocked`, `NotKept`,
    `LockLost`, `Cancelled`, or a `BackendError`; whatever arrived by then is kept and valid.
    """
    monitor.checkpoint()
    ground = survey(source, destination)
    if ground is Ground.NEW:
        destination.create()
    elif ground is Ground.OURS and not destination.is_local:
        # A lock costs more requests than the look that shows that there is nothing to do.
        plan = _compare(_list_locked(source, clocks), destination)
        if not plan.files:
            return MirrorReport(0, 0, 0, len(plan.held), 0, 0)
    with locked(there(source, destination), clocks=clocks) as lock:
        run = _Run(source, destination, lock, guard(lock, monitor), clocks)
        run.until_settled(ground)
        return run.report()


def behind(source: Repository, destination: Backend) -> Behind:
    """What a run of `mirror` would send, by listing alone: takes no lock and changes nothing.

    Raises `OtherRepository` or a `BackendError`.
    """
    ground = survey(source, destination)
    plan = _compare(_list(source.backend), destination)
    lacking = plan.missing[Kind.SNAPSHOT]
    held = [file.name for file in plan.held if file.kind is Kind.SNAPSHOT]
    return Behind(
        files=plan.files + (ground is not Ground.OURS),
        bytes=plan.bytes,
        snapshots=len(lacking),
        newest=max(_times(source, held), default=None),
        waiting_since=min(_times(source, [info.file.name for info in lacking]), default=None),
    )


def _times(source: Repository, snapshot_ids: Sequence[str]) -> Iterator[datetime]:
    for snapshot_id in snapshot_ids:
        with suppress(Damaged, FileNotThere):
            yield source.snapshot(snapshot_id).time


# --- what to send ----------------------------------------------------------------------------

_Listing = Mapping[Kind, Sequence[FileInfo]]


def _list(backend: Backend) -> _Listing:
    """The source's files. The order is essential: see the module."""
    return {kind: list(backend.list(kind)) for kind in reversed(_ORDER)}


def _list_locked(source: Repository, clocks: Clocks | None) -> _Listing:
    try:
        with locked(source, clocks=clocks):
            return _list(source.backend)
    except (AccessDenied, NoSpace):
        # Where we cannot write a lock, nobody can prune, but for another user: then a vanished
        # file tells.
        return _list(source.backend)


def _compare(listing: _Listing, destination: Backend) -> _Plan:
    missing: dict[Kind, list[FileInfo]] = {}
    replaced: set[FileName] = set()
    held: set[FileName] = set()
    for kind in _ORDER:
        sizes = {info.file: info.size for info in destination.list(kind)}
        lacking = [info for info in listing[kind] if sizes.get(info.file) != info.size]
        missing[kind] = sorted(lacking, key=lambda info: info.file.name)
        replaced.update(info.file for info in lacking if info.file in sizes)
        held.update(info.file for info in listing[kind] if sizes.get(info.file) == info.size)
    return _Plan(missing, frozenset(replaced), frozenset(held))


def _refuse_if_full(plan: _Plan, destination: Backend) -> None:
    free = destination.free_space()
    needed = plan.bytes + plan.files * _BLOCK
    if free is None or not plan.files or needed + _RESERVE <= free:
        return
    raise NoSpace(
        "mirror-no-space",
        place=destination.place,
        missing=_megabytes(needed + _RESERVE - free),
        needed=_megabytes(needed),
        free=_megabytes(free),
    )


def _megabytes(count: int) -> str:
    return f"{-(-count // 1_000_000):,} MB"


# --- sending ---------------------------------------------------------------------------------


class _Run:
    """One call of `mirror`: counts what it sends. `monitor` keeps the destination's lock fresh."""

    def __init__(
        self,
        source: Repository,
        destination: Backend,
        lock: Lock,
        monitor: Monitor,
        clocks: Clocks | None,
    ) -> None:
        self._source = source
        self._destination = destination
        self._lock = lock
        self._monitor = monitor
        self._clocks = clocks
        self._plan = _Plan({}, frozenset(), frozenset())
        self._copied: dict[FileName, int] = {}
        self._bad: set[FileName] = set()
        self._replaced = 0
        self._already = -1
        self._unreadable = 0
        self._done = self._sent = 0

    def report(self) -> MirrorReport:
        return MirrorReport(
            files_copied=len(self._copied),
            bytes_copied=sum(self._copied.values()),
            snapshots_copied=sum(file.kind is Kind.SNAPSHOT for file in self._copied),
            already_there=max(0, self._already),
            replaced=self._replaced,
            problems=len(self._bad),
        )

    def until_settled(self, ground: Ground) -> None:
        """Send all, listing anew as often as files vanish from the source."""
        if ground.config_first:
            self._send_config()
        for _ in range(_PASSES):
            try:
                self._send_all()
            except _Vanished:
                continue
            if ground is Ground.NEW:
                self._send_config()
            return
        raise SourceChanged("mirror-source-changed", place=self._source.backend.place)

    def _send_all(self) -> None:
        self._plan = _compare(_list_locked(self._source, self._clocks), self._destination)
        if self._already < 0:
            self._already = len(self._plan.held)
        self._done = self._sent = 0
        _refuse_if_full(self._plan, self._destination)
        for kind in _ORDER:
            if self._plan.missing[kind]:
                if kind in _NAMING:
                    self._lock.verify()
                self._send(kind, self._plan.missing[kind])

    def _send(self, kind: Kind, infos: Sequence[FileInfo]) -> None:
        self._show(kind, "")
        sizes = {info.file: info.size for info in infos}
        at = self._destination
        saved = self._proven(at, infos) if isinstance(at, ProvesWrites) else self._saved(infos)
        for file in saved:
            self._copied[file] = sizes[file]
            self._replaced += file in self._plan.replaced
            self._done += sizes[file]
            self._sent += 1
            self._show(kind, str(file))

    def _show(self, kind: Kind, item: str) -> None:
        self._monitor.progress(
            Progress(
                Step.COPIES,
                kind.value,
                self._done,
                self._plan.bytes,
                items=self._sent,
                items_total=self._plan.files,
                item=item,
            )
        )

    def _saved(self, infos: Sequence[FileInfo]) -> Iterator[FileName]:
        """Each file, once it is there; it was sound when it was read here."""
        contents = self._contents(infos, self._source.load_raw)
        for file in self._destination.save_many(contents):
            self._prove(file, file.name)
            yield file

    def _proven(self, place: ProvesWrites, infos: Sequence[FileInfo]) -> Iterator[FileName]:
        """As `_saved`, where a place finds out itself what is not sound."""
        left, sizes = {info.file: info for info in infos}, {info.file: info.size for info in infos}
        load = partial(load_unproven, self._source.backend)
        while left:
            contents = self._contents(list(left.values()), load, left)
            try:
                yield from place.save_proven(contents)
            except NotAsNamed as error:
                for file in error.files:
                    self._refuse_if_sound(file, error)
                    self._done += sizes[file]

    def _refuse_if_sound(self, file: FileName, error: NotAsNamed) -> None:
        """Whether the source or the destination is to blame shows when the source is read again."""
        if self._loaded(file, partial(self._source.load_raw, file)) is not None:
            place = self._destination.place
            raise NotKept("mirror-not-kept", place=place, file=str(file)) from error

    def _contents(
        self,
        infos: Sequence[FileInfo],
        load: Callable[[FileName], bytes],
        left: dict[FileName, FileInfo] | None = None,
    ) -> Iterator[tuple[FileName, bytes]]:
        """Content of the source's files, one at a time; those that cannot be read are left out.
        What was given or left out is no longer in `left`."""
        for info, coming in read_ahead(load, infos):
            self._monitor.checkpoint()
            if left is not None:
                del left[info.file]
            content = self._loaded(info.file, coming.result)
            del coming
            if content is None:
                self._done += info.size
            else:
                yield info.file, content
            del content

    def _loaded(self, file: FileName, load: Callable[[], bytes]) -> bytes | None:
        """A file's content, or None where it cannot be sent."""
        try:
            return load()
        except FileNotThere as error:
            if file.kind in (Kind.PACK, Kind.INDEX):
                raise _Vanished from error
            # A snapshot was forgotten or a key removed since: neither concerns other files.
        except Damaged:
            self._note(file, "mirror-source-damaged")
        except (AccessDenied, PlaceBroken) as error:
            self._unreadable += 1
            if self._unreadable > _PATIENCE:
                raise
            self._note(file, "mirror-source-unreadable", reason=error.sentence.title)
        return None

    def _note(self, file: FileName, message_id: str, **params: str) -> None:
        if file not in self._bad:
            self._bad.add(file)
            place = self._source.backend.place
            self._monitor.problem(Problem(message_id, {"file": str(file), "place": place} | params))

    def _prove(self, file: FileName, digest: str) -> None:
        """Read back what was written, unless the place compares hashes while it takes a file."""
        if self._destination.checks_writes:
            return
        kept = self._destination.load(file)
        if hashlib.sha256(kept).hexdigest() != digest:
            # With the right size it would be taken for good by the next run.
            with suppress(BackendError):
                self._destination.remove(file)
            raise NotKept("mirror-not-kept", place=self._destination.place, file=str(file))

    def _send_config(self) -> None:
        """The source's config as it is, once it has proven to be readable."""
        load_config(self._source.backend, Sealer(self._source.master))
        content = self._source.backend.load(CONFIG)
        self._lock.verify()
        self._destination.save(CONFIG, content)
        self._prove(CONFIG, hashlib.sha256(content).hexdigest())
        self._copied[CONFIG] = len(content)
