"""What an operating system says when it refuses something, in the person's language.

`OSError.strerror` is English on Linux and macOS whatever the language is (Python leaves the
language of the C library's messages alone), and travels as a parameter called `reason`. The texts
are those of glibc and of macOS; others are shown as they come.
"""

from __future__ import annotations

from app.messages import mark

OF_THE_SYSTEM = frozenset(
    {
        mark("Address already in use"),
        mark("Bad file descriptor"),
        mark("Broken pipe"),
        mark("Cannot allocate memory"),
        mark("Connection refused"),
        mark("Connection reset by peer"),
        mark("Connection timed out"),
        mark("Device or resource busy"),
        mark("Directory not empty"),
        mark("Disk quota exceeded"),
        mark("File exists"),
        mark("File name too long"),
        mark("File too large"),
        mark("Host is down"),
        mark("Input/output error"),
        mark("Invalid argument"),
        mark("Invalid cross-device link"),
        mark("Is a directory"),
        mark("Network is down"),
        mark("Network is unreachable"),
        mark("No route to host"),
        mark("No space left on device"),
        mark("No such device"),
        mark("No such device or address"),
        mark("No such file or directory"),
        mark("Not a directory"),
        mark("Operation not permitted"),
        mark("Operation not supported"),
        mark("Operation timed out"),
        mark("Permission denied"),
        mark("Read-only file system"),
        mark("Resource busy"),
        mark("Stale file handle"),
        mark("Text file busy"),
        mark("Too many levels of symbolic links"),
        mark("Too many open files"),
        mark("Transport endpoint is not connected"),
    }
)
