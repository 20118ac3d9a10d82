"""Sending what a mirror's plan says, each file proven; see `mirror` for the order and the locks.

To a drive, a file goes in pieces as it is read, and is hashed when it is read back from under its
temporary name. So a piece is in memory, and on a fast drive nothing is hashed twice. Elsewhere a
file is read and hashed first, two of them ahead.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from app.backends.contract import (
    CONFIG,
    AccessDenied,
    Backend,
    BackendError,
    Buffer,
    FileInfo,
    FileName,
    FileNotThere,
    Kind,
    NotAsNamed,
    PlaceBroken,
    ProvesWrites,
    ReadsInPieces,
)
from app.errors import AppError
from app.monitor import Monitor, Problem, Progress, Step
from app.repository.config import load_config
from app.repository.crypto import Sealer
from app.repository.destination import Ground
from app.repository.lock import Clocks, Lock
from app.repository.mirror_plan import ORDER, Plan, compare, list_locked, refuse_if_full
from app.repository.named import Damaged, most_stored
from app.repository.read_ahead import read_ahead
from app.repository.repository import Repository

# Before what names other files, our lock must have held until then; keys and packs name none.
_NAMING = (Kind.INDEX, Kind.SNAPSHOT)
_PASSES = 5
# So many files that cannot be read, and it is the place rather than the files.
_PATIENCE = 20


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


class Sending:
    """One call of `mirror`: counts what it sends. `monitor` keeps the destination's lock fresh."""

    def __init__(
        self,
        source: Repository,
        destination: Backend,
        lock: Lock,
        monitor: Monitor,
        clocks: Clocks | None,
        free_space: Callable[[], int | None],
    ) -> None:
        self._source = source
        self._destination = destination
        self._lock = lock
        self._monitor = monitor
        self._clocks = clocks
        self._free_space = free_space
        self._plan = Plan({}, frozenset(), frozenset())
        self._copied: dict[FileName, int] = {}
        self._bad: set[FileName] = set()
        self._replaced = 0
        self._already = -1
        self._unreadable = 0
        self._broken: dict[FileName, BackendError] = {}  # while they were read
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
        self._plan = compare(list_locked(self._source, self._clocks), self._destination)
        if self._already < 0:
            self._already = len(self._plan.held)
        self._done = self._sent = 0
        free, self._free_space = self._free_space(), self._destination.free_space
        refuse_if_full(self._plan, free, self._destination.place)
        for kind in ORDER:
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

    # --- to a place that takes whole files ---------------------------------------------------

    def _saved(self, infos: Sequence[FileInfo]) -> Iterator[FileName]:
        """Each file, once it is there; it was sound when it was read here."""
        for file in self._destination.save_many(self._contents(infos)):
            self._prove(file, file.name)
            yield file

    def _contents(self, infos: Sequence[FileInfo]) -> Iterator[tuple[FileName, bytes]]:
        """Content of the source's files, one at a time; those that cannot be read are left out."""
        for info, coming in read_ahead(self._source.load_raw, infos):
            self._monitor.checkpoint()
            content = self._loaded(info.file, coming.result)
            del coming
            if content is None:
                self._done += info.size
            else:
                yield info.file, content
            del content

    # --- to a place that reads back what it was given ----------------------------------------

    def _proven(self, place: ProvesWrites, infos: Sequence[FileInfo]) -> Iterator[FileName]:
        """As `_saved`, where a place finds out itself what is not sound."""
        left = {info.file: info for info in infos}
        sizes = {info.file: info.size for info in infos}
        while left:
            try:
                yield from place.save_proven(self._offered(left))
            except NotAsNamed as error:
                for file in error.files:
                    self._refuse_if_sound(file, error)
                    self._done += sizes[file]

    def _offered(
        self, left: dict[FileName, FileInfo]
    ) -> Iterator[tuple[FileInfo, Iterable[Buffer]]]:
        """Files of the source with their content; what was offered is no longer in `left`."""
        source = self._source.backend
        if isinstance(source, ReadsInPieces):
            for info in list(left.values()):
                self._monitor.checkpoint()
                del left[info.file]
                yield info, self._pieces(source, info.file)
            return

        def load(file: FileName) -> bytes:
            return source.load(file, 0, most_stored(file.kind))

        for info, coming in read_ahead(load, list(left.values())):
            self._monitor.checkpoint()
            del left[info.file]
            yield info, self._whole(info.file, coming.result)
            del coming

    def _pieces(self, source: ReadsInPieces, file: FileName) -> Iterator[Buffer]:
        """Content as it is read. It ends where it cannot be read on, and then is not as named: why
        it is not, `_refuse_if_sound` finds out."""
        try:
            yield from source.pieces(file, most_stored(file.kind))
        except BackendError as error:
            self._broken[file] = error

    def _whole(self, file: FileName, load: Callable[[], bytes]) -> Iterator[Buffer]:
        try:
            yield load()
        except BackendError as error:
            self._broken[file] = error

    def _refuse_if_sound(self, file: FileName, error: NotAsNamed) -> None:
        """Whether the source or the destination is to blame shows when the source is read again."""

        def again() -> bytes:
            if file in self._broken:
                raise self._broken.pop(file)
            return self._source.load_raw(file)

        if self._loaded(file, again) is not None:
            place = self._destination.place
            raise NotKept("mirror-not-kept", place=place, file=str(file)) from error

    # --- what cannot be read, what was not kept ----------------------------------------------

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
