"""A repository in a folder of a Dropbox account, as a place like all others.

What is written replaces what is there: names are hashes of contents, so anything else under a
name is damaged. Dropbox keeps it among the revisions of the file, from which `recover` can give
back what was damaged or deleted.

Nothing is connected before the first call, and each process that uses a place, forked ones too,
has its own connections.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING

from app.backends.contract import Buffer, FileInfo, FileName, FileNotThere, Kind
from app.backends.dropbox.hashing import content_hash
from app.backends.dropbox.listing import Held, Listing, ListingCache
from app.backends.dropbox.paths import Folder, file_at
from app.backends.dropbox.upload import PATIENCE, Uploads
from app.backends.layout import is_of_others
from app.backends.retrying import Patience, nothing
from app.secret import Secret

if TYPE_CHECKING:
    from app.backends.dropbox.client import Client

CONNECTIONS = 8
# The most that is sent with one request; a larger file goes up in pieces.
_ONE_REQUEST = 128 << 20
# So many files go up one after the other, each with one request: a session for each and a commit
# for both would take as long, and one request more.
_FEW = 2
# For so long Dropbox keeps what was, by the kind of plan. Some of "pro" keep more, none less.
_LEAST_DAYS = 30
_HISTORY_DAYS = {"basic": 30, "pro": 30, "business": 180}


def open_dropbox(
    folder: str,
    token: Secret,
    app_key: str,
    *,
    cache: ListingCache | None = None,
    checkpoint: Callable[[], None] = nothing,
) -> DropboxBackend:
    """The place `folder` (as `a/b`; "" for all of it) within the app's folder of an account.

    `token` is the refresh token of `sign_in`, `app_key` that of the app it was given to (see
    `app_key`). `cache` keeps the listing between runs: without one, the first look lists all.
    `checkpoint` is called, in the caller's thread, while that one sends or waits for those that
    do; it may raise.
    Connects to nothing yet. It does not retry everything that is worth it: wrap it.
    """
    return DropboxBackend(Folder.named(folder), token, app_key, cache=cache, checkpoint=checkpoint)


class DropboxBackend:
    """See `open_dropbox`. Safe for threads; use it on either side of a fork, or pickle it."""

    def __init__(
        self,
        folder: Folder,
        token: Secret,
        app_key: str,
        *,
        cache: ListingCache | None = None,
        connections: int = CONNECTIONS,
        patience: Patience = PATIENCE,
        checkpoint: Callable[[], None] = nothing,
    ) -> None:
        self._folder = folder
        self._token = token
        self._app_key = app_key
        self._connections = connections
        self._patience = patience
        self._checkpoint = checkpoint
        self._made: tuple[int, Client] | None = None
        self._making = threading.Lock()
        self._committing = threading.Lock()
        self._listing = Listing(self._client, folder, cache=cache)

    def __reduce__(self) -> tuple[object, ...]:
        # To a worker of ours, through a pipe: a spawned one has no other way to the token.
        return _again, (
            self._folder,
            self._token.reveal(),
            self._app_key,
            self._connections,
            self._patience,
        )

    @property
    def place(self) -> str:
        return self._folder.place

    @property
    def is_local(self) -> bool:
        return False

    @property
    def checks_writes(self) -> bool:
        return True

    @property
    def may_fork(self) -> bool:
        return True

    def create(self) -> None:
        if self._folder.path and not self._listing.has_just_seen_the_folder():
            with self._committing:
                self._client().create_folder(self._folder.path)
            self._listing.written()

    # --- reading -----------------------------------------------------------------------------

    def list(self, kind: Kind) -> Iterator[FileInfo]:
        for held in self._listing.files(kind):
            yield FileInfo(held.file, held.size)

    def holds_others(self) -> bool:
        try:
            found = self._client().list_all(self._folder.path).changes
        except FileNotThere:
            return False
        below = (self._folder.below(each.path) for each in found)
        return any(is_of_others(path.partition("/")[0]) for path in below if path)

    def hashes(self) -> Iterator[Held]:
        """Every file with the content hash that Dropbox has for it, as of now: the whole copy can
        be compared with `hashing.content_hash` of what we have, without a download."""
        yield from self._listing.everything()

    def hash_of(self, data: Buffer) -> str:
        return content_hash(data)

    def load(self, file: FileName, offset: int = 0, length: int | None = None) -> bytes:
        assert offset >= 0 and (length is None or length >= 0)
        if length == 0:
            self.size(file)
            return b""
        path = self._folder.path_to(file)
        part = self._client().download(path, offset, length)
        end = part.size if length is None else min(part.size, offset + length)
        data = part.data[offset:end] if part.whole else part.data
        if len(data) != max(0, end - offset):
            raise self._client().broken(path, f"{len(data)} bytes")
        return data

    def size(self, file: FileName) -> int:
        return self._client().metadata(self._folder.path_to(file)).size

    def free_space(self) -> int | None:
        return self._client().free_space()

    # --- writing -----------------------------------------------------------------------------

    def save(self, file: FileName, data: Buffer) -> None:
        path = self._folder.path_to(file)
        content = bytes(data)
        if len(content) > _ONE_REQUEST:
            for _ in self._uploads().save([(file, content)]):
                self._listing.written()
            return
        digest = content_hash(content)
        with self._committing, self._client().watched(self._checkpoint):
            stored = self._client().upload(path, content, digest)
        self._listing.written()
        if stored.content_hash != digest:
            raise self._client().broken(path, "content_hash")

    def replace(self, file: FileName, data: Buffer) -> None:
        self.save(file, data)

    def save_many(self, files: Iterable[tuple[FileName, Buffer]]) -> Iterator[FileName]:
        source = iter(files)
        first = list(islice(source, _FEW + 1))
        if len(first) <= _FEW:
            for file, data in first:
                self.save(file, data)
                yield file
            return
        for file in self._uploads().save(chain(_emptying(first), source)):
            self._listing.written()
            yield file

    def remove(self, file: FileName) -> None:
        path = self._folder.path_to(file)
        with self._committing:
            self._client().delete(path)
        self._listing.written()

    def clear_dead(self, begun_before: float) -> int:  # noqa: ARG002
        return 0

    def recover(self, file: FileName, wanted: str | None = None) -> bool:
        """Give a damaged or deleted file back from the newest of Dropbox's revisions that is sound.

        Sound is one whose content hash is `wanted`; where nobody knows that, one whose downloaded
        content has the SHA-256 that is its name. False if Dropbox has none.
        """
        path = self._folder.path_to(file)
        try:
            revisions = self._client().revisions(path)
        except FileNotThere:
            return False
        for revision in revisions:
            if wanted is None:
                data = self._client().download(f"rev:{revision.rev}", 0, None).data
                sound = hashlib.sha256(data).hexdigest() == file.name
            else:
                sound = revision.content_hash == wanted
            if sound:
                with self._committing:
                    restored = self._client().restore(path, revision.rev)
                self._listing.written()
                return restored.content_hash == revision.content_hash
        return False

    def deleted(self) -> Iterator[FileName]:
        for path in self._client().deleted(self._folder.path):
            file = file_at(self._folder.below(path))
            if file is not None:
                yield file

    def last_hash(self, file: FileName) -> str | None:
        try:
            revisions = self._client().revisions(self._folder.path_to(file))
        except FileNotThere:
            return None
        return next((each.content_hash for each in revisions if each.size), None)

    def history_days(self) -> int:
        return _HISTORY_DAYS.get(self._client().account_type(), _LEAST_DAYS)

    # --- connections -------------------------------------------------------------------------

    def _uploads(self) -> Uploads:
        return Uploads(
            self._client(),
            self._folder.path_to,
            connections=self._connections,
            committing=self._committing,
            patience=self._patience,
            checkpoint=self._checkpoint,
        )

    def _client(self) -> Client:
        made = self._made
        if made is None or made[0] != os.getpid():
            from app.backends.dropbox.client import Client  # half a second, for those who use it

            with self._making:
                made = self._made
                if made is None or made[0] != os.getpid():
                    client = Client(
                        self._folder, self._token, self._app_key, connections=self._connections + 2
                    )
                    made = self._made = (os.getpid(), client)
        return made[1]


def _emptying(files: list[tuple[FileName, Buffer]]) -> Iterator[tuple[FileName, Buffer]]:
    """The list's items, which it lets go of."""
    while files:
        yield files.pop(0)


def _again(
    folder: Folder, token: str, app_key: str, connections: int, patience: Patience
) -> DropboxBackend:
    return DropboxBackend(
        folder, Secret(token), app_key, connections=connections, patience=patience
    )
