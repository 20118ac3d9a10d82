"""What a prune would do: which packs nobody needs, which are worth repacking.

See `pruner`, which carries it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.backends.contract import FileName, FileNotThere, Kind
from app.errors import AppError
from app.monitor import Monitor, Recorder
from app.repository.checker import implied_size
from app.repository.forgetting import unreadable_snapshots
from app.repository.index import BadIndex, Entry, Index, parse_index
from app.repository.named import Damaged, Missing
from app.repository.pack import BlobKind, PackedBlob
from app.repository.repository import Repository
from app.repository.tree import references


class CannotPrune(AppError):
    """Something is missing or unreadable, so nothing may be deleted."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much unneeded data may stay, as a share of all data or in bytes; the least of what is
    given counts. None: everything may stay, and only packs without any needed blob go."""

    share: float | None = 0.05
    size: int | None = None

    def bytes(self, used: int) -> int | None:
        """Bytes that may stay beside `used` needed ones."""
        limits = []
        if self.share is not None:
            limits.append(int(self.share / (1 - self.share) * used) if self.share < 1 else None)
        limits.append(self.size)
        known = [limit for limit in limits if limit is not None]
        return min(known) if known else None


@dataclass(frozen=True, slots=True)
class PackUse:
    """What of a pack is needed and what is not, in stored bytes of blobs."""

    pack: bytes
    size: int
    used: int
    unused: int
    mixed: bool

    @property
    def file(self) -> FileName:
        return _file(self.pack)


def _file(pack: bytes) -> FileName:
    return FileName(Kind.PACK, pack.hex())


def _index_file(name: str) -> FileName:
    return FileName(Kind.INDEX, name)


@dataclass(slots=True)
class Used:
    """Ids of the blobs that snapshots need."""

    data: set[bytes] = field(default_factory=set)
    trees: set[bytes] = field(default_factory=set)

    def needs(self, blob: PackedBlob) -> bool:
        return blob.id in (self.trees if blob.kind is BlobKind.TREE else self.data)

    def __len__(self) -> int:
        return len(self.data) + len(self.trees)


@dataclass(frozen=True, slots=True)
class PrunePlan:
    """What a prune would do, in numbers, and to what. `freed` is what comes back in all,
    `rewritten` what is copied for it, `left` what stays though nobody needs it."""

    snapshots: int
    blobs_used: int
    packs_kept: int
    remove: tuple[bytes, ...]
    repack: tuple[bytes, ...]
    orphans: tuple[FileName, ...]
    freed: int
    rewritten: int
    left: int
    index_files: tuple[str, ...]  # to be replaced
    used: Used = field(repr=False, compare=False)
    index: Index = field(repr=False, compare=False)

    @property
    def changes_nothing(self) -> bool:
        return not (self.remove or self.repack or self.orphans or self.index_files)


def plan_prune(
    repository: Repository,
    *,
    allowance: Allowance | None = None,
    kept: frozenset[FileName] = frozenset(),
    monitor: Monitor,
) -> PrunePlan:
    """Plan under the caller's exclusive lock. Replaces the repository's loaded index.

    `kept`, for a copy: packs and index files that its source still has. They stay whatever is in
    them, since the next mirror would send them again; what lies in them counts as being there.
    Raises `CannotPrune`, `Cancelled`, or a `BackendError`; changes nothing.
    """
    snapshots = _snapshots(repository)
    sizes = {
        bytes.fromhex(info.file.name): info.size for info in repository.backend.list(Kind.PACK)
    }
    files = _index_files(repository, monitor)
    index, stale = _sound_index(files, sizes, kept)
    repository.index = index
    used = used_blobs(repository, snapshots, monitor)
    uses = _pack_uses(files, index, used)
    movable = [use for use in uses if use.used and use.file not in kept]
    chosen = _worth_repacking(movable, allowance or Allowance())
    return _Planner(repository, len(snapshots), used, uses, sizes, files, stale, kept).plan(chosen)


def _snapshots(repository: Repository) -> list[bytes]:
    found = Recorder()
    snapshots = repository.snapshots(found)
    if found.problems:
        first, *_ = unreadable_snapshots(repository)
        raise CannotPrune(
            "prune-snapshot-damaged", place=repository.backend.place, snapshot=first[:8]
        )
    return [snapshot.tree for snapshot in snapshots]


def _index_files(repository: Repository, monitor: Monitor) -> dict[str, list[Entry]]:
    """All index files, parsed."""
    found: dict[str, list[Entry]] = {}
    for info in repository.backend.list(Kind.INDEX):
        monitor.checkpoint()
        try:
            parsed = parse_index(repository.load_json(info.file))
        except (Damaged, BadIndex, FileNotThere) as error:
            raise CannotPrune("prune-index-damaged", place=repository.backend.place) from error
        found[info.file.name] = [(pack, blobs) for pack, blobs in parsed]
    return found


def _sound_index(
    files: dict[str, list[Entry]], sizes: dict[bytes, int], kept: frozenset[FileName]
) -> tuple[Index, frozenset[str]]:
    """An index of those packs that are there in their size, and the index files that name
    others or name one a second time: they are to be written anew. Kept files come first: the
    index finds a blob where it was named first."""
    index = Index(expected=sum(len(blobs) for entries in files.values() for _, blobs in entries))
    seen: set[bytes] = set()
    stale: set[str] = set()
    named = [(name, *entry) for name, entries in sorted(files.items()) for entry in entries]
    if kept:
        named.sort(key=lambda each: (_file(each[1]) not in kept, _index_file(each[0]) not in kept))
    for name, pack, blobs in named:
        sound = sizes.get(pack) == implied_size(list(blobs))
        if sound:
            index.add(pack, blobs)
        if not sound or pack in seen:
            stale.add(name)
        seen.add(pack)
    return index, frozenset(stale)


def freed_without(
    repository: Repository, going: Sequence[bytes], staying: Sequence[bytes], monitor: Monitor
) -> int:
    """Stored bytes of what only the trees `going` need, by the loaded index. Raises as
    `plan_prune`; changes nothing."""

    def stored() -> int:
        kinds = ((BlobKind.DATA, used.data), (BlobKind.TREE, used.trees))
        places = (repository.index.find(kind, blob) for kind, blobs in kinds for blob in blobs)
        return sum(place.length for place in places if place is not None)

    used = used_blobs(repository, staying, monitor)
    kept = stored()
    used_blobs(repository, going, monitor, used)
    return stored() - kept


def used_blobs(
    repository: Repository, trees: Sequence[bytes], monitor: Monitor, known: Used | None = None
) -> Used:
    """Walk every tree once, but for those in `known`, which is added to; raises `CannotPrune` if
    anything is missing."""
    used = Used() if known is None else known
    stack = list(trees)
    try:
        while stack:
            tree = stack.pop()
            if tree in used.trees:
                continue
            monitor.checkpoint()
            used.trees.add(tree)
            contents, subtrees = references(repository.load_blob(BlobKind.TREE, tree))
            used.data.update(contents)
            stack.extend(subtrees)
    except (Missing, Damaged, ValueError) as error:
        raise CannotPrune("prune-incomplete", place=repository.backend.place) from error
    if not all(repository.index.has(BlobKind.DATA, blob) for blob in used.data):
        raise CannotPrune("prune-incomplete", place=repository.backend.place)
    return used


def _pack_uses(files: dict[str, list[Entry]], index: Index, used: Used) -> list[PackUse]:
    """What of each sound pack is needed. Of a blob that lies in several packs, the one place
    that the index finds is needed, and no other."""
    uses = []
    seen: set[bytes] = set()
    for entries in files.values():
        for pack, blobs in entries:
            if pack in seen or not index.holds(pack):
                continue
            seen.add(pack)
            uses.append(_use(pack, blobs, index, used))
    return uses


def _use(pack: bytes, blobs: Sequence[PackedBlob], index: Index, used: Used) -> PackUse:
    total = sum(blob.length for blob in blobs)
    needed = sum(blob.length for blob in blobs if is_needed(blob, pack, index, used))
    mixed = len({blob.kind for blob in blobs}) > 1
    return PackUse(pack, implied_size(list(blobs)), needed, total - needed, mixed)


def is_needed(blob: PackedBlob, pack: bytes, index: Index, used: Used) -> bool:
    """Whether a snapshot needs this very place of a blob."""
    if not used.needs(blob):
        return False
    found = index.find(blob.kind, blob.id)
    return found is not None and (found.pack, found.offset) == (pack, blob.offset)


@dataclass(frozen=True, slots=True)
class _Planner:
    """All that was found, on its way to a plan."""

    repository: Repository
    snapshots: int
    used: Used
    uses: list[PackUse]
    sizes: dict[bytes, int]
    files: dict[str, list[Entry]]
    stale: frozenset[str]
    kept: frozenset[FileName]

    def plan(self, repack: list[PackUse]) -> PrunePlan:
        remove = [use for use in self.uses if not use.used and use.file not in self.kept]
        gone = {use.pack for use in (*remove, *repack)}
        known = {use.pack for use in self.uses}
        orphans = sorted(
            pack for pack in self.sizes if pack not in known and _file(pack) not in self.kept
        )
        touched = {
            name for name, entries in self.files.items() if any(pack in gone for pack, _ in entries)
        }
        freed = sum(use.size for use in remove) + sum(use.unused for use in repack)
        kept = [use for use in self.uses if use.pack not in gone]
        return PrunePlan(
            snapshots=self.snapshots,
            blobs_used=len(self.used),
            packs_kept=len(kept),
            remove=tuple(use.pack for use in remove),
            repack=tuple(use.pack for use in repack),
            orphans=tuple(map(_file, orphans)),
            freed=freed + sum(self.sizes[pack] for pack in orphans),
            rewritten=sum(use.used for use in repack),
            left=sum(use.unused for use in kept),
            index_files=tuple(
                sorted(n for n in touched | self.stale if _index_file(n) not in self.kept)
            ),
            used=self.used,
            index=self.repository.index,
        )


def _worth_repacking(wanted: list[PackUse], allowance: Allowance) -> list[PackUse]:
    """Mixed packs, and as many of the worst others as bring what stays below the allowance."""
    chosen = [use for use in wanted if use.mixed]
    limit = allowance.bytes(sum(use.used for use in wanted))
    if limit is None:
        return chosen
    others = [use for use in wanted if not use.mixed and use.unused]
    others.sort(key=lambda use: (use.unused / use.size, use.pack), reverse=True)
    left = sum(use.unused for use in others)
    for use in others:
        if left <= limit:
            break
        chosen.append(use)
        left -= use.unused
    return chosen
