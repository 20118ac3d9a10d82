"""Handing out what must be read: in batches, to worker processes only once it is worth it."""

from __future__ import annotations

from collections.abc import Iterator

from app.monitor import Monitor
from app.repository.packer import SaveMode
from app.repository.reading import Batch, BatchResult, BytesJob, ReaderFactory, Slice
from app.repository.workers import Workers, worker_count

# What a batch may hold, and so a slice of it: little enough to keep all workers busy to the end.
BATCH_FILES = 128
BATCH_BYTES = 4 << 20
BATCH_NAMES = 12 << 10  # bytes; a batch stays below what `workers` may queue
# Less work than this is done in this process: starting workers takes longer.
_FEW_FILES = 300
_FEW_BYTES = 8 << 20


class Crew:
    """Batches jobs, and starts worker processes only once there is enough for them to do."""

    def __init__(self, make: ReaderFactory, count: int | None, monitor: Monitor) -> None:
        self._make = make
        self._count = count
        self._monitor = monitor
        self._workers: Workers[Batch, BatchResult] | None = None
        self._batches: list[Batch] = []
        self._jobs: list[Slice | BytesJob] = []
        self._files = self._names = self._bytes = self._held_files = self._held_bytes = 0
        self.last_path = b""

    def add(self, job: Slice | BytesJob, size: int) -> Iterator[BatchResult]:
        """Take a job of `size` bytes to read; yields results that have arrived."""
        if isinstance(job, Slice):
            self._files += len(job.names)
            self._names += len(job.folder) + sum(map(len, job.names))
            self.last_path = b"%s/%s" % (job.folder, job.names[-1])
        else:
            self._files += 1
        self._jobs.append(job)
        self._bytes += size
        full = (
            self._files >= BATCH_FILES or self._bytes >= BATCH_BYTES or self._names >= BATCH_NAMES
        )
        if full:
            yield from self._close_batch()

    def _close_batch(self) -> Iterator[BatchResult]:
        if not self._jobs:
            return
        self._held_files += self._files
        self._held_bytes += self._bytes
        self._batches.append(tuple(self._jobs))
        self._jobs = []
        self._files = self._names = self._bytes = 0
        much = self._held_files > _FEW_FILES or self._held_bytes > _FEW_BYTES
        if much:
            self.start()
        if self._workers is not None:
            yield from self._hand_out(self._workers)

    def start(self) -> None:
        """Start the workers, if they are not yet at work: there will be much to do."""
        if self._workers is None:
            self._start(worker_count(self._count, self._make.repository.backend))

    def _start(self, count: int) -> None:
        # Sending to a distant place takes so long that this process goes on meanwhile.
        behind = count or not self._make.repository.backend.may_fork
        mode = SaveMode.BEHIND if behind else SaveMode.AT_ONCE
        make = ReaderFactory(self._make.repository, self._make.claims, self._make.temporary, mode)
        self._workers = Workers(make, count, monitor=self._monitor)

    def _hand_out(self, workers: Workers[Batch, BatchResult]) -> Iterator[BatchResult]:
        for batch in self._batches:
            yield from workers.submit(batch)
        self._batches = []

    def flush(self) -> Iterator[BatchResult]:
        """No more jobs will come: hand out the last ones, here if there are only a few."""
        yield from self._close_batch()
        if self._workers is None:
            self._start(0)
        assert self._workers is not None
        yield from self._hand_out(self._workers)

    def finish(self) -> Iterator[BatchResult]:
        assert self._workers is not None
        yield from self._workers.finish()

    def checkpoint(self) -> None:
        """The monitor's checkpoint, by way of the workers if there are any."""
        if self._workers is not None:
            self._workers.checkpoint()
        else:
            self._monitor.checkpoint()

    def stop(self) -> None:
        if self._workers is not None:
            self._workers.stop()
