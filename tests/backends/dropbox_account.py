"""One account's app folder, as Dropbox keeps it: files, revisions, cursors, upload sessions.

Every error is raised as an `Answer` with the tags that the real API gives. Paths do not tell large
letters from small ones. Writes need the namespace's lock; who finds it taken is turned away.
"""

from __future__ import annotations

import hashlib
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

BLOCK = 4 << 20
LARGEST_REQUEST = 150 << 20


class Answer(Exception):
    """An error of a route (HTTP 409), as the union that its documentation describes."""

    def __init__(self, *tags: str, **fields: object) -> None:
        super().__init__("/".join(tags))
        self.error: dict[str, object] = {".tag": tags[-1], **fields}
        for outer in reversed(tags[:-1]):
            self.error = {".tag": outer, outer: self.error}

    def within(self, outer: str, key: str = "", **fields: object) -> Answer:
        """The same as part of another union, or of a structure of it."""
        self.error = {".tag": outer, key or outer: self.error, **fields}
        return self


class Busy(Exception):
    """The namespace's lock is taken, or too much is asked: HTTP 429."""

    def __init__(self, reason: str, retry_after: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


@dataclass
class Version:
    """What a path was from some moment on: a file's content, or nothing any more."""

    rev: str
    content: bytes | None
    modified: float
    shown: str

    @property
    def hash(self) -> str:
        return content_hash(self.content or b"")


@dataclass
class Session:
    data: bytearray
    closed: bool
    finished: bool = False


@dataclass
class Cursor:
    """Where a listing goes on: paths that are still to come, and then changes after `seen`."""

    root: str
    pending: list[str]
    seen: int
    limit: int


def content_hash(data: bytes) -> str:
    """Written apart from the one that is tested."""
    digests = b"".join(
        hashlib.sha256(data[start : start + BLOCK]).digest() for start in range(0, len(data), BLOCK)
    )
    return hashlib.sha256(digests).hexdigest()


def stamp(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


@dataclass
class AppFolder:
    """The state. `lock` guards it; `writing` is the namespace's lock, which is held so long."""

    account_id: str = "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc"
    capacity: int = 1 << 40
    plan: str = "basic"
    allocation: dict[str, object] | None = None
    page: int = 2000
    used_elsewhere: int = 0
    seconds_to_commit: float = 0.0
    retry_after: int = 1
    history: dict[str, list[Version]] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)
    journal: list[str] = field(default_factory=list)
    cursors: dict[str, Cursor] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    writing: threading.Lock = field(default_factory=threading.Lock)
    turned_away: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    # --- reading -----------------------------------------------------------------------------

    def file(self, path: str) -> Version | None:
        versions = self.history.get(path.lower())
        return versions[-1] if versions and versions[-1].content is not None else None

    @property
    def files(self) -> dict[str, bytes]:
        """Content by path (in lower case) of all that is there."""
        with self.lock:
            found = ((path, self.file(path)) for path in self.history)
            return {path: each.content or b"" for path, each in found if each is not None}

    @property
    def used(self) -> int:
        return self.used_elsewhere + sum(map(len, self.files.values()))

    def found(self, path: str) -> Version:
        version = self.file(path)
        if version is None:
            raise Answer("path", "not_file" if path.lower() in self.folders else "not_found")
        return version

    # --- writing -----------------------------------------------------------------------------

    @contextmanager
    def namespace(self) -> Iterator[None]:
        if not self.writing.acquire(blocking=False):
            self.turned_away += 1
            raise Busy("too_many_write_operations", self.retry_after)
        try:
            time.sleep(self.seconds_to_commit)
            with self.lock:
                yield
        finally:
            self.writing.release()

    def write(self, path: str, content: bytes, mode: object) -> Version:
        """As a commit does, under the namespace's lock."""
        if path.lower() in self.folders:
            raise Answer("conflict", "folder")
        there = self.file(path)
        if there is not None and there.content != content and mode != "overwrite":
            raise Answer("conflict", "file")
        for parent in parents(path):
            if self.file(parent) is not None:
                raise Answer("conflict", "file_ancestor")
        growth = len(content) - len((there.content if there else None) or b"")
        if growth > self.capacity - self.used:
            raise Answer("insufficient_space")
        for parent in parents(path):
            self.make_folder(parent)
        if there is not None and there.content == content:
            return there
        return self._note(path, content)

    def make_folder(self, path: str) -> None:
        if path and path.lower() not in self.folders:
            self.folders[path.lower()] = path
            self.journal.append(path.lower())

    def delete(self, path: str) -> None:
        key = path.lower()
        if self.file(key) is not None:
            self._note(path, None)
            return
        if key not in self.folders:
            raise Answer("path_lookup", "not_found")
        for below in list(self.history):
            if below.startswith(key + "/") and self.file(below) is not None:
                self._note(below, None)
        for folder in list(self.folders):
            if folder == key or folder.startswith(key + "/"):
                del self.folders[folder]
        self.journal.append(key)

    def _note(self, path: str, content: bytes | None) -> Version:
        version = Version(f"{next(self.numbers):09x}", content, time.time(), path)
        self.history.setdefault(path.lower(), []).append(version)
        self.journal.append(path.lower())
        return version

    # --- lists -------------------------------------------------------------------------------

    def begin_list(self, root: str, limit: int, *, deleted: bool = False) -> Cursor:
        key = root.lower()
        if key and key not in self.folders:
            raise Answer("path", "not_folder" if self.file(key) else "not_found")
        there = [path for path in self.history if deleted or self.file(path) is not None]
        all_of_it = [*self.folders, *there]
        pending = [path for path in all_of_it if path == key or path.startswith(key + "/")]
        return Cursor(key, pending, len(self.journal), limit)

    def go_on(self, cursor: Cursor) -> tuple[list[str], Cursor]:
        """The next paths, and the cursor after them."""
        pending, seen = cursor.pending, cursor.seen
        if not pending:
            changed = dict.fromkeys(self.journal[seen:])
            inside = cursor.root + "/"
            pending = [path for path in changed if path == cursor.root or path.startswith(inside)]
            seen = len(self.journal)
        now, later = pending[: cursor.limit], pending[cursor.limit :]
        return now, Cursor(cursor.root, later, seen, cursor.limit)

    def reset_cursors(self) -> None:
        with self.lock:
            self.cursors.clear()


def parents(path: str) -> list[str]:
    """The folders above a path, outermost first; the root is none."""
    parts = path.split("/")[1:-1]
    return ["/" + "/".join(parts[:count]) for count in range(1, len(parts) + 1)]
