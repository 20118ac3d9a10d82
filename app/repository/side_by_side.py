"""Small files of a place, several on their way at once where each is a request over a network.

Sixty backups are sixty index files and sixty snapshots. One behind the other, at a tenth of a
second each, somebody who has lost a computer would look at an empty window for twelve seconds
(`tests.bench.first_file`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from app.backends.contract import Backend, FileName

AT_ONCE = 16
Load = Callable[[Backend, FileName], bytes]


def side_by_side(
    backend: Backend, files: Sequence[FileName], load: Load
) -> Iterator[tuple[FileName, Callable[[], bytes]]]:
    """Each file in its order, with what gives its bytes or raises. On this computer each is read
    only then; elsewhere some are read ahead, in threads that end with the last one."""
    if backend.is_local or len(files) < 2:
        for file in files:
            yield file, partial(load, backend, file)
        return
    waiting: deque[tuple[FileName, Future[bytes]]] = deque()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            for file in files:
                if len(waiting) == 2 * AT_ONCE:
                    first, future = waiting.popleft()
                    yield first, future.result
                waiting.append((file, pool.submit(load, backend, file)))
            while waiting:
                first, future = waiting.popleft()
                yield first, future.result
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
