"""The end of the chain as each snapshot carries it, in `/.tradekeep/archive.json`: what was there
when the snapshot was made cannot be cut off later without being seen."""

from __future__ import annotations

import json

from app.exchange.archive import Archive
from app.exchange.chain import Head
from app.exchange.known import known
from app.exchange.streams import Millis

NAME = "archive.json"
_VERSION = 1


def head_file(archive: Archive, now: Millis) -> bytes:
    """The file's content: the chain's head and what is covered, as readable JSON. It changes only
    when the archive does: days until something expires are for whoever reads it."""
    count, link = archive.head()
    covered = [
        {
            "account": each.account.name,
            "exchange": each.account.exchange,
            "environment": each.account.environment,
            "stream": each.stream,
            "wallet": each.wallet,
            "market": each.market,
            "rows": each.rows,
            "intervals": [[i.start, i.stop, i.state.value, i.reason] for i in each.intervals],
        }
        for each in known(archive, now)
    ]
    head = {"count": count, "link": link.hex()}
    return json.dumps({"version": _VERSION, "head": head, "coverage": covered}).encode() + b"\n"


def parse(content: bytes, origin: str) -> Head:
    """The head that a snapshot holds; ValueError for anything else."""
    try:
        told = json.loads(content)
        head = told["head"]
        count, link = head["count"], bytes.fromhex(head["link"])
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("not a head of the archive") from error
    if told.get("version") != _VERSION or type(count) is not int or len(link) != 32:
        raise ValueError("not a head of the archive")
    return Head(count, link, origin)
