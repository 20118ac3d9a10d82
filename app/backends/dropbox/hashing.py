"""Dropbox's content hash: what Dropbox has can be compared with what we have, unread.

SHA-256 over the SHA-256 of each block of 4 MiB, in hex.
Format: dropbox.com/developers/reference/content-hash
"""

from __future__ import annotations

import hashlib

from app.backends.contract import Buffer

_BLOCK = 4 << 20


def content_hash(data: Buffer) -> str:
    """The content hash that Dropbox lists for a file with these bytes."""
    whole = hashlib.sha256()
    with memoryview(data) as view, view.cast("B") as octets:
        for start in range(0, len(octets), _BLOCK):
            whole.update(hashlib.sha256(octets[start : start + _BLOCK]).digest())
    return whole.hexdigest()
