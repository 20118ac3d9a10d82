"""The snapshots that hold a bot, and what each says of it: version, open trades, known-good.

What the capsule in `/.tradekeep/` does not say stays unsaid; it is never taken for "none".
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

import msgspec

from app.backends.contract import BackendError
from app.errors import WrongUsage
from app.json_lines import NO_JSON
from app.monitor import Monitor
from app.repository.backup_model import CONTEXT
from app.repository.contents import Contents
from app.repository.named import Damaged, Missing
from app.repository.policy import SUSPECT, known_good_for
from app.repository.reader import Reader
from app.repository.repository import Repository
from app.repository.snapshot import Snapshot
from app.repository.walk import lookup
from app.services.home import Home
from app.services.rollback import bot_named, undo_tag
from app.settings.model import SourceSettings

MOST = 200
_LARGEST = 4 << 20


class _Release(msgspec.Struct, frozen=True):
    version: str = ""


class _Open(msgspec.Struct, frozen=True):
    trades: int = 0
    orders: int = 0


class _Capsule(msgspec.Struct, frozen=True):
    """What is read of a record whose whole shape `app.bots.capsule` tells."""

    release: _Release | None = None
    open: tuple[_Open, ...] = ()


def bot_states(home: Home, repository: Repository, bot: str, monitor: Monitor) -> dict[str, object]:
    """bot, path, and states, newest first, `MOST` at most: id, time, host, good, undo (made before
    a rollback), suspect; version, trades and orders, null where the snapshot does not say."""
    source = bot_named(home, bot)
    reader = Reader(repository, monitor, index_cache=home.index_cache(repository.config.id))
    states: list[dict[str, object]] = []
    for snapshot in reversed(reader.snapshots(monitor)):
        monitor.checkpoint()
        if len(states) < MOST and _holds(reader, snapshot, source):
            states.append(_state(reader, snapshot, source.name))
    return {"bot": source.name, "path": str(source.path), "states": states}


def _holds(reader: Reader, snapshot: Snapshot, source: SourceSettings) -> bool:
    try:
        path = os.fsencode(os.path.realpath(source.path))
        return lookup(reader, snapshot, path).subtree is not None
    except (WrongUsage, Missing, Damaged, BackendError):
        return False


def _state(reader: Reader, snapshot: Snapshot, bot: str) -> dict[str, object]:
    said = _capsule(reader, snapshot, bot)
    version = said.release.version if said and said.release else None
    return {
        "id": snapshot.id,
        "time": snapshot.file.time,
        "host": snapshot.host,
        "good": bot in known_good_for(snapshot) or "" in known_good_for(snapshot),
        "undo": undo_tag(bot) in snapshot.tags,
        "suspect": SUSPECT in snapshot.tags,
        "version": version or None,
        "trades": sum(each.trades for each in said.open) if said and said.open else None,
        "orders": sum(each.orders for each in said.open) if said and said.open else None,
    }


def _capsule(reader: Reader, snapshot: Snapshot, bot: str) -> _Capsule | None:
    for raw in _record(reader, snapshot, bot):
        with suppress(*NO_JSON):
            return msgspec.json.decode(raw, type=_Capsule)
    return None


def _record(reader: Reader, snapshot: Snapshot, bot: str) -> Iterator[bytes]:
    with suppress(WrongUsage, Missing, Damaged, BackendError):
        node = lookup(reader, snapshot, b"/%s/%s.json" % (CONTEXT, os.fsencode(bot)))
        if node.size <= _LARGEST:
            yield Contents(reader, node).read(0, _LARGEST)
