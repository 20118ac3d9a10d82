"""What a drill restores of a snapshot: a source as a whole, or a random sample that is bounded.

A sample takes at least one file of each source, live databases (the smallest first), then files at
random: one half of them each as likely as the other, one half the likelier the larger they are, so
that there is enough to tell a rate from. A seed makes the same choice again. Where everything is
little, everything is restored.

Must not know the settings: what sources are called stands in the snapshot itself.
"""

from __future__ import annotations

import math
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from app.errors import AppError, WrongUsage
from app.json_lines import NO_JSON
from app.monitor import Monitor
from app.repository.backup_model import CONTEXT
from app.repository.pack import BlobKind
from app.repository.repository import Repository
from app.repository.restore_plan import Amount, Piece, measure
from app.repository.snapshot import Snapshot
from app.repository.tree import Node, NodeType
from app.repository.walk import lookup, nodes_or_problem
from app.services.snapshot_context import SECRETS

_LOOKS_LIKE_DATABASE = (b".sqlite", b".sqlite3", b".db")
_JOURNALS = (b"-wal", b"-journal")
_LARGEST_SETTINGS = 1 << 20
_TOP = -1  # the number of what belongs to no source


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a sample may be, and how much may be looked through to choose it."""

    files: int = 200
    bytes: int = 256 << 20
    databases: int = 192 << 20  # of those bytes
    folders: int = 5000
    seen: int = 50_000


NEAR = Limits()
FAR = Limits(files=50, bytes=64 << 20, databases=48 << 20, folders=200)
"""Behind a network, where each folder and each piece of data is a request."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is restored, of the same folder one behind the other. `scope` is "source", "sample" or
    "all"; `sources` counts those of which something is in it."""

    pieces: list[Piece]
    amount: Amount
    scope: str
    sources: int


@dataclass(frozen=True, slots=True)
class _File:
    """A file of the snapshot: the folder that it lies in, absolute, and which source that is."""

    folder: bytes
    node: Node
    source: int

    @property
    def path(self) -> bytes:
        return self.folder + b"/" + self.node.name

    @property
    def piece(self) -> Piece:
        return Piece(self.folder.lstrip(b"/"), self.node)


def source_choice(
    repository: Repository, snapshot: Snapshot, name: str, monitor: Monitor
) -> Choice:
    """One source as a whole, by the name it had when the snapshot was made, or by its path.
    Raises `WrongUsage` if there is none."""
    named = _named_sources(repository, snapshot)
    known = {each.casefold(): path for each, path in named.items()}
    path = known.get(name.casefold(), name)
    if path not in snapshot.paths:
        there = [each for each, at in named.items() if at in snapshot.paths]
        raise WrongUsage("drill-no-source", name=name, known=", ".join(there or snapshot.paths))
    at = os.fsencode(path)
    node = lookup(repository, snapshot, at)
    pieces = [Piece(at.rpartition(b"/")[0].lstrip(b"/"), node)]
    return Choice(pieces, measure(repository, pieces, monitor), "source", 1)


def _named_sources(repository: Repository, snapshot: Snapshot) -> dict[str, str]:
    """Paths by the names that they have in the settings of this very snapshot."""
    import tomllib  # not needed for a sample

    try:
        node = lookup(repository, snapshot, b"/" + CONTEXT + b"/settings.toml")
        if node.size > _LARGEST_SETTINGS:
            return {}
        content = b"".join(repository.load_blob(BlobKind.DATA, each) for each in node.content)
        found = tomllib.loads(content.decode()).get("sources", [])
    except (AppError, *NO_JSON):  # then by the path
        return {}
    named = {}
    for each in found if isinstance(found, list) else ():
        if isinstance(each, dict) and "\0" not in str(each.get("path", "\0")):
            named[str(each.get("name"))] = os.path.realpath(os.path.expanduser(str(each["path"])))  # noqa: PTH111
    return named


def sample_choice(
    repository: Repository, snapshot: Snapshot, seed: int, limits: Limits, monitor: Monitor
) -> Choice:
    """A random sample, or everything where that is within the limits."""
    chance = random.Random(seed)  # not for secrets
    look = _Look(repository, chance, limits, monitor)
    look.through(_tops(repository, snapshot))
    taken = look.files if look.is_all else _sampled(look, limits)
    taken = sorted(taken, key=lambda file: (file.folder, file.node.name))
    amount = Amount(len(taken), sum(file.node.size for file in taken))
    sources = len({file.source for file in taken} - {_TOP})
    scope = "all" if look.is_all else "sample"
    return Choice([file.piece for file in taken], amount, scope, sources)


def _tops(repository: Repository, snapshot: Snapshot) -> list[tuple[bytes, Node]]:
    """Sources, outermost ones, by path; the folders at the top where paths lead nowhere, as in
    some snapshots by restic."""
    found: list[tuple[bytes, Node]] = []
    for path in sorted({os.fsencode(path).rstrip(b"/") for path in snapshot.paths}):
        if any(path.startswith(above + b"/") for above, _node in found):
            continue
        try:
            found.append((path, lookup(repository, snapshot, path)))
        except WrongUsage:
            continue
    top = repository.load_tree(snapshot.tree)
    if found:
        return [*found, *((b"/" + node.name, node) for node in top if node.name == CONTEXT)]
    return [(b"/" + node.name, node) for node in top]


@dataclass(slots=True)
class _Look:
    """Looks through sources in turn, a random folder of each, until all was seen or enough."""

    repository: Repository
    chance: random.Random
    limits: Limits
    monitor: Monitor
    files: list[_File] = field(default_factory=list)
    complete: bool = True

    @property
    def is_all(self) -> bool:
        size = sum(file.node.size for file in self.files)
        few = len(self.files) <= self.limits.files and size <= self.limits.bytes
        return self.complete and few

    def through(self, tops: Sequence[tuple[bytes, Node]]) -> None:
        turns = [self._source(*top, number) for number, top in enumerate(tops)]
        folders = 0
        while turns:
            for turn in list(turns):
                if folders >= self.limits.folders or len(self.files) >= self.limits.seen:
                    self.complete = False
                    return
                if next(turn, None) is None:
                    turns.remove(turn)
                else:
                    folders += 1

    def _source(self, path: bytes, node: Node, number: int) -> Iterator[bytes]:
        """Yields the path of each folder that was looked into."""
        if path == b"/" + CONTEXT:
            number = _TOP
        waiting: list[tuple[bytes, bytes]] = []
        self._meet(path.rpartition(b"/")[0], node, number, waiting)
        while waiting:
            self.monitor.checkpoint()
            at = self.chance.randrange(len(waiting))
            waiting[at], waiting[-1] = waiting[-1], waiting[at]
            folder, tree = waiting.pop()
            for each in nodes_or_problem(self.repository, tree, self.monitor, folder):
                self._meet(folder, each, number, waiting)
            yield folder

    def _meet(
        self, folder: bytes, node: Node, number: int, waiting: list[tuple[bytes, bytes]]
    ) -> None:
        if node.subtree is not None:
            waiting.append((folder + b"/" + node.name, node.subtree))
        elif node.type is NodeType.FILE and not (number == _TOP and node.name == SECRETS.encode()):
            self.files.append(_File(folder, node, number))


@dataclass(slots=True)
class _Basket:
    """What has been taken, within the limits; a database always with its journals."""

    limits: Limits
    by_path: dict[bytes, _File]
    taken: dict[bytes, _File] = field(default_factory=dict)
    bytes: int = 0

    @property
    def free(self) -> int:
        """How many files there is room for."""
        return self.limits.files - len(self.taken)

    def take(self, file: _File, most: int | None = None) -> bool:
        """Take a file if there is room for it; `most` bytes in all."""
        group = [each for each in self.group(file) if each.path not in self.taken]
        size = self.bytes + sum(each.node.size for each in group)
        if len(group) > self.free or size > (self.limits.bytes if most is None else most):
            return False
        self.taken.update((each.path, each) for each in group)
        self.bytes = size
        return True

    def group(self, file: _File) -> list[_File]:
        found = (self.by_path.get(file.path + suffix) for suffix in _JOURNALS)
        return [file, *(each for each in found if each is not None)]


def _sampled(look: _Look, limits: Limits) -> list[_File]:
    """See the module."""
    basket = _Basket(limits, {file.path: file for file in look.files})
    mixed = look.chance.sample(look.files, len(look.files))
    own = [file for file in mixed if file.source != _TOP]
    for file in mixed:
        if file.source == _TOP:
            basket.take(file)
    for source in sorted({file.source for file in own}):
        some = [file for file in own if file.source == source]
        any(map(basket.take, [some[0], *sorted(some, key=_size)]))
    most = basket.bytes + limits.databases
    for file in sorted(filter(_is_like_database, own), key=_size):
        basket.take(file, min(most, limits.bytes))
    for file in own[: basket.free // 2]:
        basket.take(file)
    for file in sorted(own, key=lambda file: _lot(file, look.chance)):
        if not basket.take(file) and not basket.free:
            break
    return list(basket.taken.values())


def _size(file: _File) -> int:
    return file.node.size


def _is_like_database(file: _File) -> bool:
    return file.node.name.lower().endswith(_LOOKS_LIKE_DATABASE)


def _lot(file: _File, chance: random.Random) -> float:
    """The lowest lots win, and large files draw low ones: each byte is as likely as the other
    (Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006)."""
    return -math.log(1 - chance.random()) / max(1, file.node.size)
