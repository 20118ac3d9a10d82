"""The port of the tests' Dropbox: taken before anything can import the SDK, which reads its hosts
when it is imported. Nobody listens there until the server starts, so that a test without a server
is refused, and none reaches the real Dropbox.
"""

from __future__ import annotations

import os
import socket

TAKEN = socket.socket()
TAKEN.bind(("127.0.0.1", 0))
HOST = f"localhost:{TAKEN.getsockname()[1]}"


def point_the_sdk_here() -> None:
    """As a person would: by its own variables for hosts."""
    for name in ("API", "API_CONTENT", "API_NOTIFY", "WEB"):
        os.environ[f"DROPBOX_{name}_HOST"] = HOST
