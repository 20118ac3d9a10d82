"""Lines that stand at the beginning of standard input, before whoever reads the rest of it.

They are taken byte by byte, so that what follows stays where it is: questions of `browse`, words
for a job at work.
"""

from __future__ import annotations

import os

import msgspec

from app.errors import WrongUsage
from app.json_lines import NO_JSON
from app.secret import Secret

_LONGEST_PASSWORD = 64 << 10
_LONGEST_CHOICE = 4 << 20


def read_password() -> Secret:
    """The first line, which is a password or a key; `WrongUsage` if there is none."""
    try:
        text = _line(_LONGEST_PASSWORD).decode().strip("\r")
    except UnicodeDecodeError:  # its reason quotes what came
        raise WrongUsage("password-stdin-bad") from None
    if not text:
        raise WrongUsage("password-stdin-bad")
    return Secret(text)


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Which paths of a snapshot: {"include":[…],"exclude":[…]}. A path whose name is not UTF-8 is
    written as "base64:" and its bytes in base64."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


def read_choice() -> Choice:
    """The next line as a choice of paths; `WrongUsage` if it is none."""
    try:
        return msgspec.json.decode(_line(_LONGEST_CHOICE), type=Choice)
    except NO_JSON as error:
        raise WrongUsage("choice-stdin-bad", reason=str(error)[:300]) from error


def _line(longest: int) -> bytes:
    line = bytearray()
    while len(line) <= longest:
        byte = os.read(0, 1)
        if byte in (b"", b"\n"):
            return bytes(line)
        line += byte
    raise WrongUsage("browse-question-long", most=longest)
