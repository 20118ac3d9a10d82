"""Files of a repository in order, the next two read and hashed while one is used.

Two threads read: on a fast drive hashing takes longer than reading and writing together. What lies
ready is limited in bytes, since packs may be large.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from app.backends.contract import FileInfo, FileName

if TYPE_CHECKING:
    from concurrent.futures import Future

_THREADS = 2
_BYTES = 40 << 20  # as many packs of the size that we make


def read_ahead(
    load: Callable[[FileName], bytes], infos: Sequence[FileInfo]
) -> Iterator[tuple[FileInfo, Future[bytes]]]:
    """Each file with its content to come, or the error of `load`, which is called in threads."""
    from concurrent.futures import ThreadPoolExecutor  # 10 ms, for those who have copies

    left = deque(infos)
    coming: deque[tuple[FileInfo, Future[bytes]]] = deque()

    def may_go_on() -> bool:
        """Beside the first of them, which is needed next."""
        ahead = [info.size for info, _ in islice(coming, 1, None)]
        fits = len(ahead) < _THREADS and sum(ahead) + left[0].size <= _BYTES
        return len(coming) < 2 or fits

    pool = ThreadPoolExecutor(_THREADS, "read")
    try:
        while left or coming:
            while left and may_go_on():
                info = left.popleft()
                coming.append((info, pool.submit(load, info.file)))
            yield coming.popleft()
    finally:
        # Not waited for: what an error has left behind is closed whenever it is collected, which
        # may be within the start of a thread, and that holds a lock that others need to end.
        pool.shutdown(wait=False, cancel_futures=True)
