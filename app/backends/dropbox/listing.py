"""What a repository in Dropbox holds: listed once as a whole, then followed by its changes.

Dropbox gives a cursor with a listing, and for a cursor what has changed since. So the whole is
kept, in memory and, where the caller has a cache, between runs, and each look costs one request.
A look serves each kind of files once: who lists all kinds, as a mirror does, asks Dropbox once,
and who lists a kind again, as who waits for a lock does, asks again. Locks are never served from
an older look, nor is anything after a write of our own.

A cache is only a cache: one that is lost, damaged or of another account means a new listing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from app.backends.contract import FileName, FileNotThere, Kind, PlaceAway
from app.backends.dropbox.model import Change, CursorReset, Page, State
from app.backends.dropbox.paths import Folder, file_at
from app.json_lines import NO_JSON

_VERSION = 1
# So long a look may serve kinds that were not asked for yet, in seconds: who lists one after the
# other, that is, and nobody who comes later.
_FRESH = 5.0


class Lister(Protocol):
    """Who asks Dropbox; see `client.Client`."""

    def list_all(self, path: str) -> Page: ...

    def list_on(self, path: str, cursor: str) -> Page: ...


class ListingCache(Protocol):
    """Keeps a listing between runs, for one place. Losing it costs one full listing."""

    def load(self) -> bytes | None:
        """What was kept last, if it is still there."""
        ...

    def keep(self, data: bytes) -> None:
        """Keep this instead; errors are for the keeper to swallow."""
        ...


class Held(msgspec.Struct, frozen=True, array_like=True):
    """A file as listed: its size and Dropbox's content hash, for comparing without a download."""

    file: FileName
    size: int
    content_hash: str


class _Known(msgspec.Struct, array_like=True):
    """A listing by path below the folder, as of a cursor."""

    version: int
    folder: str
    cursor: str
    files: dict[str, tuple[int, str]]


class Listing:
    """The files below one folder. Safe for threads."""

    def __init__(
        self,
        client: Callable[[], Lister],
        folder: Folder,
        *,
        cache: ListingCache | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._folder = folder
        self._cache = cache
        self._clock = clock
        self._lock = threading.Lock()
        self._known: _Known | None = None
        self._changed = False
        self._files: dict[Kind, list[Held]] = {}
        self._unserved: set[Kind] = set()
        self._looked = -_FRESH
        self._writes = self._seen_writes = 0

    def written(self) -> None:
        """Something was changed by us: the next who asks looks again."""
        with self._lock:
            self._writes += 1

    def has_just_seen_the_folder(self) -> bool:
        """Whether a look of a moment ago has found the folder."""
        with self._lock:
            return self._known is not None and self._is_fresh()

    def files(self, kind: Kind) -> Sequence[Held]:
        """The files of a kind; at most one request, if little has changed since the last."""
        with self._lock:
            if not self._may_serve(kind):
                self._look()
            self._unserved.discard(kind)
            return self._files.get(kind, [])

    def everything(self) -> Sequence[Held]:
        """All files, as of now."""
        with self._lock:
            self._look()
            return [held for files in self._files.values() for held in files]

    def _may_serve(self, kind: Kind) -> bool:
        return (
            kind in self._unserved
            and kind is not Kind.LOCK
            and self._seen_writes == self._writes
            and self._is_fresh()
        )

    def _is_fresh(self) -> bool:
        return self._clock() - self._looked < _FRESH

    def _look(self) -> None:
        writes = self._writes
        if self._known is None:
            self._known = self._cached()
        more = self._begin() if self._known is None else True
        while more:
            more = self._go_on()
        if self._changed or not self._files:
            self._sort()
        if self._changed and self._cache is not None:
            self._cache.keep(msgspec.msgpack.encode(self._known))
        self._changed = False
        self._unserved = set(Kind)
        self._looked, self._seen_writes = self._clock(), writes

    def _begin(self) -> bool:
        """Take the first page of all; whether there are more."""
        try:
            page = self._client().list_all(self._folder.path)
        except FileNotThere as error:
            raise self._gone() from error
        self._known = _Known(_VERSION, self._folder.path, page.cursor, {})
        self._changed = True
        return self._apply(self._known, page)

    def _go_on(self) -> bool:
        """Take the next page; whether there are more. What failed can be taken up from there."""
        assert self._known is not None
        try:
            page = self._client().list_on(self._folder.path, self._known.cursor)
        except CursorReset:
            return self._begin()
        except FileNotThere as error:
            raise self._gone() from error
        return self._apply(self._known, page)

    def _apply(self, known: _Known, page: Page) -> bool:
        for change in page.changes:
            self._apply_one(known.files, change)
            self._changed = True
        known.cursor = page.cursor
        return page.has_more

    def _apply_one(self, files: dict[str, tuple[int, str]], change: Change) -> None:
        if change.state is State.FOLDER:
            return
        path = self._folder.below(change.path)
        if not path:  # the folder itself is deleted, or is a file now
            raise self._gone()
        if change.state is State.FILE and file_at(path) is not None:
            files[path] = (change.size, change.content_hash)
        elif files.pop(path, None) is None:
            for below in [each for each in files if each.startswith(path + "/")]:
                del files[below]

    def _sort(self) -> None:
        assert self._known is not None
        self._files = {kind: [] for kind in Kind}
        for path, (size, content_hash) in self._known.files.items():
            file = file_at(path)
            assert file is not None
            self._files[file.kind].append(Held(file, size, content_hash))

    def _cached(self) -> _Known | None:
        data = self._cache.load() if self._cache is not None else None
        if data is None:
            return None
        try:
            known = msgspec.msgpack.decode(data, type=_Known)
        except NO_JSON:
            return None
        ours = (known.version, known.folder) == (_VERSION, self._folder.path)
        return known if ours and all(map(file_at, known.files)) else None

    def _gone(self) -> PlaceAway:
        self._known = None
        place = self._folder.place
        return PlaceAway("dropbox-folder-gone", place=place, file=place, reason="")
