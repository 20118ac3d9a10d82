"""Worker processes: one coordinator hands out jobs, a few workers do them, results come back.

Small files cost mostly Python, so threads would only wait for each other. Workers are forked on
Linux (they share the loaded index without a copy) and spawned elsewhere; the coordinator must
have a single thread when it forks. Jobs and results are small: what is heavy (file contents,
packs) never crosses a pipe.

Why this cannot deadlock: a worker gets a second job while it is busy only if that job surely
fits into the pipe's buffer; a larger one waits until the worker is idle, that is, reading.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, cast

from app.backends.contract import Backend
from app.errors import AppError
from app.monitor import Monitor

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkContext
    from multiprocessing.process import BaseProcess

Job = TypeVar("Job")
Result = TypeVar("Result")
_Job = TypeVar("_Job", contravariant=True)
_Result = TypeVar("_Result", covariant=True)

_PLATFORM: str = sys.platform
_LOOK_EVERY = 0.25  # seconds between looks at the monitor while waiting
_SMALL_JOB = 32 << 10
_QUEUED = 4
_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


class WorkerDied(AppError):
    """A worker process ended without a word: killed, or out of memory."""


class Handler(Protocol[_Job, _Result]):
    """Does the work. Lives in one worker process, made there."""

    def work(self, job: _Job) -> _Result:
        """The result of one job."""
        ...

    def finish(self) -> _Result:
        """Called once after the last job: flush what is held back, report it."""
        ...


def worker_count(asked: int | None, backend: Backend) -> int:
    """How many workers to start: as many as asked for, else `default_count`; but none where the
    place does not survive a fork."""
    if not backend.may_fork:
        return 0
    return default_count() if asked is None else asked


def default_count() -> int:
    """One worker for each core that this process may use, at most eight."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:
        cores = os.cpu_count() or 1
    return max(1, min(8, cores))


class Workers(Generic[Job, Result]):
    """A pool of `count` processes that each run a handler; 0 runs it in this process.

    Order: `submit` any number of jobs, yielding results as they come; `finish` yields the rest
    and each handler's last word; `stop` kills what is left. Use as a context manager: leaving
    the block always stops the processes.
    """

    def __init__(
        self,
        make: Callable[[], Handler[Job, Result]],
        count: int,
        *,
        monitor: Monitor | None = None,
        queued: int = _QUEUED,
    ) -> None:
        """`queued` is how many jobs one worker may hold: few where each takes long, so that at
        the end none is left alone with several."""
        self._inline = make() if count == 0 else None
        self._pool = _Pool(make, count, queued) if count else None
        self._monitor = monitor

    def __enter__(self) -> Workers[Job, Result]:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def submit(self, job: Job) -> Iterator[Result]:
        """Hand out a job, as soon as a worker has room; yields results that arrived meanwhile.

        The iterator must be exhausted. Raises what a handler raised (an `AppError` as it is),
        or `WorkerDied`.
        """
        if self._pool is None:
            assert self._inline is not None
            yield self._inline.work(job)
            return
        data = pickle.dumps(job, protocol=pickle.HIGHEST_PROTOCOL)
        while not self._pool.offer(data):
            yield from self._wait(self._pool)
        yield from self._pool.receive(timeout=0)

    def offer(self, job: Job) -> bool:
        """Hand out a job if a worker has room for it now; whether one had. With `arrived` for
        those who have other work to do meanwhile; without workers it is always False."""
        if self._pool is None or not self._pool.has_room:
            return False
        return self._pool.offer(pickle.dumps(job, protocol=pickle.HIGHEST_PROTOCOL))

    def arrived(self) -> Iterator[Result]:
        """Results that are there already."""
        if self._pool is not None:
            yield from self._pool.receive(timeout=0)

    def awaited(self) -> Iterator[Result]:
        """Results as soon as there are some, or none after a moment; for those who have nothing
        else to do."""
        if self._pool is not None:
            yield from self._wait(self._pool)

    def _wait(self, pool: _Pool) -> Iterator[Result]:
        """Results as soon as there are some; meanwhile the monitor is looked at."""
        self.checkpoint()
        yield from pool.receive(timeout=_LOOK_EVERY)

    def checkpoint(self) -> None:
        """The monitor's checkpoint; while it is paused, the processes are stopped as well."""
        if self._monitor is None:
            return
        if self._pool is None:
            self._monitor.checkpoint()
            return
        try:
            self._monitor.checkpoint(self._pool.suspend)
        finally:
            self._pool.go_on()

    def finish(self) -> Iterator[Result]:
        """All results still to come, then each handler's `finish`."""
        if self._pool is None:
            assert self._inline is not None
            yield self._inline.finish()
            return
        while self._pool.outstanding > 0:
            yield from self._wait(self._pool)
        self._pool.ask_to_finish()
        while self._pool.outstanding > 0:
            yield from self._wait(self._pool)

    def stop(self) -> None:
        """End all processes now. Idempotent."""
        if self._pool is not None:
            self._pool.stop()


def _spawning() -> ForkContext:
    """Where forking is unsafe or unknown. Typed as the other so that one code serves both."""
    import multiprocessing

    return cast("ForkContext", multiprocessing.get_context("spawn"))


class _Worker:
    def __init__(self, process: BaseProcess, pipe: Connection) -> None:
        self.process = process
        self.pipe = pipe
        self.jobs = 0


class _Pool:
    """The processes and their pipes."""

    def __init__(
        self, make: Callable[[], Handler[Job, Result]], count: int, queued: int = _QUEUED
    ) -> None:
        import multiprocessing

        forked = _PLATFORM.startswith("linux")
        context = multiprocessing.get_context("fork") if forked else _spawning()
        if forked:
            import ctypes  # noqa: F401  # for `_end_with`: once here, not once in each worker
        gc.freeze()  # what is here now stays: no collector shall touch, and so copy, these pages
        pairs = [context.Pipe(duplex=True) for _ in range(count)]
        ends = [ours for ours, _ in pairs]
        self._workers: list[_Worker] = []
        self._suspended = False
        self._queued = queued
        for ours, theirs in pairs:
            # A forked child holds copies of all ends; it must close them, or it would never
            # see the end of input when the coordinator dies.
            close = [*ends, *(other for _, other in pairs if other is not theirs)]
            process = context.Process(
                target=_run,
                args=(make, theirs, close if forked else [], os.getpid()),
                daemon=True,
            )
            process.start()
            self._workers.append(_Worker(process, ours))
        for _, theirs in pairs:
            theirs.close()

    @property
    def outstanding(self) -> int:
        return sum(worker.jobs for worker in self._workers)

    @property
    def has_room(self) -> bool:
        """Whether a small job would be taken now."""
        return any(worker.jobs < self._queued for worker in self._workers)

    def offer(self, data: bytes) -> bool:
        """Give the job to the least busy worker; False if none has room."""
        worker = min(self._workers, key=lambda each: each.jobs)
        if worker.jobs >= (self._queued if len(data) <= _SMALL_JOB else 1):
            return False
        self._send(worker, data)
        return True

    def _send(self, worker: _Worker, data: bytes) -> None:
        try:
            worker.pipe.send_bytes(data)
        except OSError as error:
            raise WorkerDied("worker-died") from error
        worker.jobs += 1

    def ask_to_finish(self) -> None:
        for worker in self._workers:
            self._send(worker, b"")

    def suspend(self) -> None:
        """Stop all processes where they are (POSIX). Idempotent."""
        if not self._suspended and hasattr(signal, "SIGSTOP"):
            self._suspended = True
            self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Undo `suspend`."""
        if self._suspended:
            self._suspended = False
            self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for worker in self._workers:
            if worker.process.pid is not None and worker.process.is_alive():
                os.kill(worker.process.pid, number)

    def receive(self, timeout: float | None) -> Iterator[Result]:
        """Results that are there, waiting for the first at most `timeout` seconds."""
        from multiprocessing.connection import wait

        busy = {worker.pipe: worker for worker in self._workers if worker.jobs}
        for pipe in wait(list(busy), timeout):
            worker = busy[pipe]  # type: ignore[index]  # wait returns what it was given
            try:
                ok, value = pickle.loads(worker.pipe.recv_bytes())  # noqa: S301  # our own child
            except (EOFError, OSError) as error:
                raise WorkerDied("worker-died") from error
            worker.jobs -= 1
            if not ok:
                raise value
            yield value

    def stop(self) -> None:
        for worker in self._workers:
            worker.pipe.close()
            if worker.process.is_alive():
                worker.process.terminate()
        for worker in self._workers:
            worker.process.join()
            worker.process.close()
        self._workers = []


def _run(
    make: Callable[[], Handler[Job, Result]],
    pipe: Connection,
    close: list[Connection],
    coordinator: int,
) -> None:
    """A worker's life: jobs in, results out, until asked to finish or input ends."""
    _end_with(coordinator)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the coordinator decides, and tells us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in close:
        other.close()
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        handler = make()
        while data := pipe.recv_bytes():
            _answer(pipe, handler.work, pickle.loads(data))  # noqa: S301  # our own parent
        _answer(pipe, handler.finish)


def _end_with(coordinator: int) -> None:
    """Have the system kill this process once the coordinator is gone, whatever ended that one
    (Linux). The pipe's end tells it to those who read; a worker that is busy with a large file
    would go on for hours, and one that a pause has stopped would stay for ever."""
    if not _PLATFORM.startswith("linux"):
        return
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != coordinator:
        os._exit(1)  # it was gone before we could say so


def _answer(pipe: Connection, call: Callable[..., object], *args: object) -> None:
    try:
        answer = (True, call(*args))
    except AppError as error:
        answer = (False, error)
    except Exception as error:  # noqa: BLE001  # the edge of a process: it travels as text
        import traceback

        text = "".join(traceback.format_exception(error))
        answer = (False, RuntimeError(f"in a worker process:\n{text}"))
    pipe.send_bytes(pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL))
