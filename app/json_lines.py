"""One JSON object as one line of UTF-8, whatever names are in it; and what reading one may raise.

Paths come from arguments and from the system, and need not be UTF-8: Python then holds them with
lone surrogates, which no UTF-8 can carry. A run must not end with an exception at its very last
line because of such a name, so the odd bytes become replacement signs, as on a terminal.

Must not know: anything else of `app`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

# What decoding raises for what is none of ours: no JSON or another shape (msgspec's errors are
# ValueErrors), text that is no UTF-8, or brackets that are nested too deep.
NO_JSON = (ValueError, RecursionError)
# A time of a file that anybody may have edited: one without a zone cannot be compared with ours.
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


def encode_line(value: object) -> bytes:
    """The line with its end."""
    try:
        return msgspec.json.encode(value) + b"\n"
    except UnicodeEncodeError:
        return msgspec.json.encode(_legible(msgspec.to_builtins(value))) + b"\n"


def _legible(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if isinstance(value, dict):
        return {_legible(key): _legible(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_legible(each) for each in value]
    return value
