"""SHA-256 beside other work: hashlib lets other threads run while it hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from threading import Thread

# Below it, a thread costs more than it saves.
_WORTH_A_THREAD = 1 << 20


def sha256_beside(data: bytes) -> Callable[[], bytes]:
    """Begin to hash; calling the answer waits for the digest. The thread ends with it."""
    if len(data) < _WORTH_A_THREAD:
        found = hashlib.sha256(data).digest()
        return lambda: found
    digests: list[bytes] = []
    thread = Thread(target=lambda: digests.append(hashlib.sha256(data).digest()), daemon=True)
    thread.start()

    def digest() -> bytes:
        thread.join()
        return digests[0]

    return digest
