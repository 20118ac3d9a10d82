"""What a lost computer's backup brings back, and where to: planned, compared, nothing written.

The newest backup of everything (see `snapshots.is_whole`) of one machine says in `/.tradekeep/`
what was set up. Paths change with `--map` and with the home folder. Sources are found in the
snapshot by their path; one that was reached through a link is stored under another, and is found by
its name. The archive and the candles are what no source accounts for. Where the settings cannot
be read, every path of the snapshot is a source, so that a damaged pack never keeps all else away.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path, PurePath

import msgspec

from app.errors import WrongUsage
from app.json_lines import NO_JSON
from app.monitor import Monitor, Problem
from app.repository.backup_model import CONTEXT
from app.repository.named import Damaged, Missing
from app.repository.pack import BlobKind
from app.repository.policy import SUSPECT
from app.repository.repository import Repository
from app.repository.restore_plan import Selection
from app.repository.snapshot import Snapshot
from app.repository.walk import lookup, nodes_or_problem
from app.secret import Secret
from app.services.home import Home
from app.services.recover_paths import (
    Placing,
    Rule,
    Why,
    folders_of_copies,
    in_our_paths,
    is_below,
    placing,
    said_there,
    settings_of,
    there,
    tree_path,
)
from app.services.snapshot_context import SECRETS
from app.services.snapshots import choose
from app.services.suspect_choice import tell_if_suspect
from app.settings import surgery
from app.settings.mistakes import BrokenSettings
from app.settings.reading import decode, parse

_LARGEST = 4 << 20  # of a file in the context
_SETTINGS = "settings.toml"
_ARCHIVE, _CANDLES = "archive", "candles"
Secrets = Mapping[str, Mapping[str, Secret]]


class What(StrEnum):
    """What may come back. SETTINGS makes this computer the lost one's heir: repository, copy,
    schedule and all."""

    SETTINGS = "settings"
    ARCHIVE = "archive"
    SOURCES = "sources"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverRequest:
    """Which machine and snapshot ("latest" or an id's beginning), what of it, and which folders
    have another place here: the longest one that fits counts."""

    machine: str | None = None
    snapshot: str = "latest"
    only: frozenset[What] = frozenset(What)
    maps: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A folder or a file that comes back: where it was, where it goes, and why there."""

    what: What
    name: str
    old: PurePath
    new: Path
    why: Why

    @property
    def target(self) -> Path:
        return self.new.parent if self._keeps_its_name else self.new

    @property
    def selection(self) -> Selection:
        """With its own permissions and time where it keeps its name."""
        old = tree_path(self.old)
        if self._keeps_its_name:
            return Selection(folder=tree_path(self.old.parent), include=(old,))
        return Selection(folder=old)

    @property
    def _keeps_its_name(self) -> bool:
        upper = self.old.parent
        return self.old.name == self.new.name and upper != upper.parent


@dataclass(frozen=True, slots=True)
class RecoverPlan:
    """`text` are the settings as they will be, but for the repository and the copy; `read` is False
    where those of the backup are lost; `secrets` are those that the user put into backups, by
    account and name."""

    snapshot: Snapshot
    parts: tuple[Part, ...]
    text: str
    secrets: Secrets = field(default_factory=dict)
    read: bool = True


class _SecretsFile(msgspec.Struct):
    accounts: dict[str, dict[str, str]]


def make_plan(
    home: Home, repository: Repository, request: RecoverRequest, monitor: Monitor
) -> RecoverPlan:
    """Choose the snapshot, read what it says, and place everything. Loads the index.

    What cannot be read or found is a Problem. Raises `WrongUsage`, `NewerSettings`, or a
    `BackendError`.
    """
    repository.load_index(monitor)
    snapshot = _snapshot(repository, request, monitor)
    context = _context(repository, snapshot, monitor)
    known = placing(snapshot, request.maps)
    text = _settings_text(context.get(_SETTINGS), home.paths.settings_file, known, monitor)
    left = [there(path) for path in snapshot.paths]
    read = text is not None
    if text is None:
        own = _own_parts(home, left)
        text = settings_of([p for p in left if p not in {part.old for part in own}])
    text, sources = _sources(text, known, left, monitor)
    parts = [*sources, *_own_parts(home, left)]
    return RecoverPlan(
        snapshot,
        tuple(part for part in parts if part.what in request.only),
        in_our_paths(folders_of_copies(text, known), known),
        _secrets(context.get(SECRETS), monitor),
        read,
    )


# --- the snapshot -----------------------------------------------------------------------------


def _snapshot(repository: Repository, request: RecoverRequest, monitor: Monitor) -> Snapshot:
    """The one that is named, or the newest whole one of the only or the named machine."""
    found = repository.snapshots(monitor)
    place = repository.backend.place
    if request.snapshot != "latest":
        chosen = choose(found, request.snapshot, place)
        tell_if_suspect(found, chosen, monitor)
        return chosen
    newest: dict[str, Snapshot] = {}
    for snapshot in reversed(found):
        passed = newest.get(snapshot.host)
        wanted = request.machine in (None, snapshot.host)
        better = passed is None or (SUSPECT in passed.tags and SUSPECT not in snapshot.tags)
        if wanted and better and _is_whole(repository, snapshot, monitor):
            newest[snapshot.host] = snapshot
            if passed is not None:
                told = {"passed": passed.id[:8], "taken": snapshot.id[:8]}
                monitor.problem(Problem("recover-suspect-passed", told))
    if not newest:
        raise WrongUsage("recover-no-whole", place=place)
    if len(newest) > 1:
        known = ", ".join(sorted(newest))
        raise WrongUsage("recover-which-machine", place=place, known=known)
    return next(iter(newest.values()))


def _is_whole(repository: Repository, snapshot: Snapshot, monitor: Monitor) -> bool:
    top = nodes_or_problem(repository, snapshot.tree, monitor, b"")
    return any(node.name == CONTEXT for node in top)


def _context(repository: Repository, snapshot: Snapshot, monitor: Monitor) -> dict[str, bytes]:
    """The files of the snapshot's own folder that matter here, as far as they can be read."""
    found: dict[str, bytes] = {}
    try:
        tree = lookup(repository, snapshot, b"/" + CONTEXT).subtree
    except WrongUsage as error:
        raise WrongUsage("recover-no-whole", place=repository.backend.place) from error
    for node in nodes_or_problem(repository, tree, monitor, b"/" + CONTEXT) if tree else ():
        name = os.fsdecode(node.name)
        if name not in (_SETTINGS, SECRETS) or node.size > _LARGEST:
            continue
        try:
            found[name] = b"".join(
                repository.load_blob(BlobKind.DATA, blob) for blob in node.content
            )
        except (Damaged, Missing) as error:
            reason = error.sentence.title
            path = f"/.tradekeep/{name}"
            monitor.problem(Problem("restore-file-lost", {"path": path, "reason": reason}))
    return found


def _secrets(raw: bytes | None, monitor: Monitor) -> Secrets:
    if raw is None:
        return {}
    try:
        told = msgspec.json.decode(raw, type=_SecretsFile).accounts
    except NO_JSON:  # its reason may quote a secret
        monitor.problem(Problem("recover-secrets-unread"))
        return {}
    return {name: {n: Secret(s) for n, s in each.items()} for name, each in told.items()}


# --- the settings -----------------------------------------------------------------------------


def _settings_text(raw: bytes | None, path: Path, known: Placing, monitor: Monitor) -> str | None:
    """The lost machine's settings; None where they are lost or were not right."""
    if raw is None:
        monitor.problem(Problem("recover-settings-lost"))
        return None
    try:
        text = decode(raw, path)
        parse(in_our_paths(text, known), path)
    except BrokenSettings as error:
        monitor.problem(Problem.from_error(error))
        return None
    return text


def _sources(
    text: str, known: Placing, left: list[PurePath], monitor: Monitor
) -> tuple[str, list[Part]]:
    """The sources with their new places, in the text too; takes what it finds out of `left`."""
    parts: list[Part] = []
    waiting: list[tuple[str, PurePath, Path, Why]] = []
    for number, source in enumerate(tomllib.loads(text).get("sources", [])):
        name, said = str(source["name"]), str(source["path"])
        old = said_there(said, known)
        new, why = known.place(old)
        if Path(said).expanduser() != new:
            text = surgery.change_table(text, "sources", number, {"path": str(new)})
        if old in left:
            left.remove(old)
            parts.append(Part(What.SOURCES, name, old, new, why))
        else:
            waiting.append((name, old, new, why))
    for name, old, new, why in waiting:
        same = [path for path in left if path.name == old.name]
        if len(same) == 1:
            left.remove(same[0])
            parts.append(Part(What.SOURCES, name, same[0], new, why))
        elif not any(is_below(old, part.old) for part in parts):
            monitor.problem(Problem("recover-source-missing", {"name": name, "path": str(old)}))
    return text, parts


def _own_parts(home: Home, left: Sequence[PurePath]) -> list[Part]:
    """The archive and the candles, which go to where this computer keeps them."""
    places = {_ARCHIVE: home.paths.archive_file.parent, _CANDLES: home.paths.candles}
    return [
        Part(What.ARCHIVE, old.name, old, places[old.name], Why.OWN)
        for old in left
        if old.name in places
    ]
