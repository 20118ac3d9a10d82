"""Snapshots that somebody calls known-good for a bot: a tag with the bot's name.

Rules for keeping never take the last one of a bot away (`app.repository.policy`), here or at a
copy, and it cannot be forgotten by name either until it is cleared.
"""

from __future__ import annotations

import os

from app.errors import WrongUsage
from app.monitor import Monitor
from app.repository.policy import known_good_for, known_good_tag, last_known_good
from app.repository.repository import Repository
from app.repository.snapshot import Snapshot
from app.repository.walk import lookup
from app.services.forget import change_tags
from app.services.home import Home
from app.services.rollback import bot_named
from app.services.snapshots import Filter, as_json_object, find, rather_ours
from app.settings.model import SourceSettings


def call_known_good(
    home: Home, repository: Repository, bot: str, name: str, monitor: Monitor
) -> dict[str, object]:
    """bot and snapshot, as it is then. Raises `WrongUsage` for what is no bot, or a snapshot that
    does not hold it; `RepositoryLocked`, `BackendError`."""
    source = bot_named(home, bot)
    snapshot = find(repository, name, Filter(), monitor)
    repository.load_index(monitor, home.index_cache(repository.config.id))
    _refuse_without(repository, snapshot, source)
    tags = (known_good_tag(source.name),)
    made = change_tags(home, repository, snapshot.id, monitor, add=tags, own=True)
    return {"bot": source.name, "snapshot": as_json_object(made)}


def known_good(repository: Repository, monitor: Monitor) -> dict[str, object]:
    """`known_good`: bot, snapshot and whether it is the bot's last one; newest first."""
    newest_first = repository.snapshots(monitor)[::-1]
    last = last_known_good(newest_first)
    rows = [
        {"bot": bot, "snapshot": as_json_object(snapshot), "last": last[bot] is snapshot}
        for snapshot in newest_first
        for bot in known_good_for(snapshot)
    ]
    return {"known_good": rows}


def clear(
    home: Home, repository: Repository, bot: str, name: str | None, monitor: Monitor
) -> dict[str, object]:
    """bot, and `cleared`: the snapshots that are not called so any more, all of the bot's if none
    is named: this machine's, for another one may have a bot of that name. Raises as
    `call_known_good`; the bot need not be a source any more."""
    wanted = None if name is None else find(repository, name, Filter(), monitor).id
    found = [
        (snapshot, each)
        for snapshot in repository.snapshots(monitor)
        for each in known_good_for(snapshot)
        if each.casefold() == bot.casefold() and wanted in (None, snapshot.id)
    ]
    if wanted is None:
        ours = rather_ours([snapshot for snapshot, _ in found])
        found = [each for each in found if each[0] in ours]
    if not found:
        raise WrongUsage("known-good-none", name=bot)
    cleared = [
        change_tags(
            home, repository, snapshot.id, monitor, remove=(known_good_tag(each),), own=True
        )
        for snapshot, each in found
    ]
    return {"bot": found[0][1], "cleared": [as_json_object(each) for each in cleared]}


def _refuse_without(repository: Repository, snapshot: Snapshot, source: SourceSettings) -> None:
    path = os.path.realpath(source.path)
    try:
        if lookup(repository, snapshot, os.fsencode(path)).subtree is not None:
            return
    except WrongUsage:
        pass
    params = {"snapshot": snapshot.id[:8], "name": source.name, "path": path}
    raise WrongUsage("rollback-not-in-snapshot", **params)
