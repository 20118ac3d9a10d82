"""Many files into Dropbox: contents go up in parallel, a batch of them is committed at once.

Each connection has a thread, which sends one file at a time into an upload session, piece by
piece if it is large, and goes on at the offset that Dropbox names when an answer was lost. The
thread that asked for all this commits the sessions, in the order of the files, while the others
go on sending: Dropbox takes writes to an account one after the other, and several at once would
only be turned away (`too_many_write_operations`).

Between the moment when a file is taken and the one when it is named there are at most two files a
connection. Threads that somebody no longer waits for stop before the next piece; what they have
sent is nothing, and Dropbox drops it after a week.
"""

from __future__ import annotations

import queue
import random
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import Protocol

import msgspec

from app.backends.contract import BackendError, Buffer, FileName, FileNotThere, PlaceBroken
from app.backends.dropbox.hashing import content_hash
from app.backends.dropbox.model import Commit, SessionClosed, SessionGone, Stored, WrongOffset
from app.backends.retrying import Patience, Tries, nothing

# A request may carry 150 MiB; of a large file no more than this must be sent again.
_PIECE = 32 << 20
# Between two looks whether somebody wants to stop, in seconds.
_LOOK_EVERY = 0.5
PATIENCE = Patience(tries=5)


class Sender(Protocol):
    """Who talks to Dropbox; see `client.Client`."""

    def begin_session(self, path: str, data: bytes, content_hash: str, *, last: bool) -> str: ...

    def continue_session(
        self, path: str, session: str, offset: int, data: bytes, content_hash: str, *, last: bool
    ) -> None: ...

    def commit(
        self, commits: Sequence[Commit]
    ) -> Sequence[Stored | BackendError | SessionGone]: ...

    def metadata(self, path: str) -> Stored: ...

    def broken(self, path: str, reason: str) -> PlaceBroken: ...

    def watched(self, look: Callable[[], None]) -> AbstractContextManager[None]: ...


class _Sent(msgspec.Struct, frozen=True):
    """A file whose content is in a closed session."""

    commit: Commit
    content_hash: str


class _Abandoned(Exception):
    """Nobody waits for this any more."""


@dataclass(frozen=True, slots=True)
class _Pauses:
    """How one of the threads waits before it tries again."""

    patience: Patience
    sleep: Callable[[float], object]
    checkpoint: Callable[[], None]
    draw: Callable[[], float] = field(default=random.random)


class Uploads:
    """One run of `save_many`. `committing` is held while Dropbox writes; `checkpoint` is called
    in the thread that saves, and whatever it raises ends the run at once."""

    def __init__(
        self,
        sender: Sender,
        path_to: Callable[[FileName], str],
        *,
        connections: int,
        committing: threading.Lock,
        patience: Patience,
        checkpoint: Callable[[], None] = nothing,
    ) -> None:
        self._sender = sender
        self._path_to = path_to
        self._connections = connections
        self._committing = committing
        self._abandoned = threading.Event()
        self._patience = patience
        self._checkpoint = checkpoint
        self._threads = 0
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()

    def save(self, files: Iterable[tuple[FileName, Buffer]]) -> Iterator[FileName]:
        """Each name in the order of the files, once its file is there."""
        window = 2 * self._connections
        enough = window // 2 + 1
        waiting: deque[tuple[FileName, Future[_Sent]]] = deque()
        try:
            for file, data in files:
                waiting.append((file, self._submit(self._path_to(file), data)))
                del data
                if len(waiting) == window:
                    yield from self._commit(_take(waiting, enough))
            while waiting:
                yield from self._commit(_take(waiting, len(waiting)))
        finally:
            self._abandoned.set()
            for _ in range(self._threads):
                self._jobs.put(None)

    # --- sending, in threads -----------------------------------------------------------------

    def _submit(self, path: str, data: Buffer) -> Future[_Sent]:
        future: Future[_Sent] = Future()
        content: list[bytes] = [bytes(data)]  # a list, to let go of it as soon as it is sent

        def job() -> None:
            try:
                with self._sender.watched(self._still_wanted):
                    future.set_result(self._send(path, content.pop()))
            except BaseException as error:  # noqa: BLE001  # raised where it is waited for
                future.set_exception(error)

        self._jobs.put(job)
        if self._threads < self._connections:
            self._threads += 1
            threading.Thread(target=self._work, name="dropbox", daemon=True).start()
        return future

    def _still_wanted(self) -> None:
        if self._abandoned.is_set():
            raise _Abandoned

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
            del job

    def _send(self, path: str, data: bytes) -> _Sent:
        digest = content_hash(data)
        tries = Tries(_Pauses(self._patience, self._abandoned.wait, self._still_wanted))
        while True:
            self._still_wanted()
            try:
                session = self._fill(path, data, digest, tries)
            except SessionGone:
                tries.wait_or_raise(self._sender.broken(path, "session not_found"))
            except BackendError as error:
                tries.wait_or_raise(error)
            else:
                return _Sent(Commit(path, session, len(data)), digest)

    def _fill(self, path: str, data: bytes, digest: str, tries: Tries) -> str:
        """A closed session with this content. Raises `SessionGone` if it must be sent again."""
        first, last = data[:_PIECE], len(data) <= _PIECE
        whole = digest if last else content_hash(first)
        session = self._sender.begin_session(path, first, whole, last=last)
        offset = len(first)
        while offset < len(data):
            piece = data[offset : offset + _PIECE]
            end = offset + len(piece)
            try:
                self._sender.continue_session(
                    path, session, offset, piece, content_hash(piece), last=end == len(data)
                )
                offset = end
            except WrongOffset as wrong:  # the answer to the last piece was lost, say
                if wrong.correct == offset:
                    raise SessionGone from wrong
                offset = wrong.correct
            except SessionClosed:
                return session
            except BackendError as error:
                tries.wait_or_raise(error)
        return session

    # --- committing, in the caller's thread --------------------------------------------------

    def _commit(self, batch: Sequence[tuple[FileName, Future[_Sent]]]) -> Iterator[FileName]:
        """Commit what has been sent, up to the first that failed; then raise why it failed."""
        sent, failure = self._until_failure([future for _, future in batch])
        stored = self._store(sent) if sent else []
        for (file, _), each, outcome in zip(batch, sent, stored, strict=False):
            if isinstance(outcome, BackendError):
                raise outcome
            if outcome != Stored(each.commit.size, each.content_hash):
                raise self._sender.broken(each.commit.path, "content_hash")
            yield file
        if failure is not None:
            raise failure

    def _until_failure(
        self, futures: Sequence[Future[_Sent]]
    ) -> tuple[Sequence[_Sent], BaseException | None]:
        sent: list[_Sent] = []
        for future in futures:
            while not wait([future], timeout=_LOOK_EVERY).done:
                self._checkpoint()
            if (failure := future.exception()) is not None:
                return sent, failure
            sent.append(future.result())
        return sent, None

    def _store(self, sent: Sequence[_Sent]) -> Sequence[Stored | BackendError]:
        outcomes: dict[int, Stored | BackendError] = {}
        tries = Tries(_Pauses(self._patience, self._abandoned.wait, self._checkpoint))
        while left := [number for number in range(len(sent)) if number not in outcomes]:
            again: BackendError | None = None
            try:
                with self._committing:
                    answers = self._sender.commit([sent[number].commit for number in left])
            except BackendError as error:
                tries.wait_or_raise(error)
                continue
            for number, answer in zip(left, answers, strict=True):
                if isinstance(answer, PlaceBroken):
                    again = answer
                else:
                    outcomes[number] = self._known(sent[number], answer)
            if again is not None:
                tries.wait_or_raise(again)
        return [outcomes[number] for number in range(len(sent))]

    def _known(
        self, sent: _Sent, answer: Stored | BackendError | SessionGone
    ) -> Stored | BackendError:
        """A session that is gone may have been committed by a request whose answer was lost."""
        if not isinstance(answer, SessionGone):
            return answer
        try:
            return self._sender.metadata(sent.commit.path)
        except FileNotThere:
            return self._sender.broken(sent.commit.path, "session not_found")
        except BackendError as error:
            return error


def _take(
    waiting: deque[tuple[FileName, Future[_Sent]]], enough: int
) -> Sequence[tuple[FileName, Future[_Sent]]]:
    """The first ones: as many as are enough, and those behind them that are done as well."""
    first = [waiting.popleft() for _ in range(enough)]
    done = list(takewhile(lambda each: each[1].done(), islice(waiting, None)))
    for _ in done:
        waiting.popleft()
    return [*first, *done]
