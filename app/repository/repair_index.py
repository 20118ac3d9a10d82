"""Mending the index from what the packs say of themselves.

Each pack ends with a list of what it holds, so an index can always be made again. Sound index
files stay as they are; only packs that none of them lists rightly are looked into, and of those
only the list at the end is read. Entries of packs that are gone are dropped: an index that names
them would let a backup believe that it need not store their contents again.

Order: the new index file, then the old ones go. Under an exclusive lock of the caller's.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field

from app.backends.contract import FileName, FileNotThere, Kind, PlaceBroken
from app.monitor import Monitor, Problem, Progress, Step, Unit
from app.repository.checker import implied_size
from app.repository.crypto import BrokenSeal
from app.repository.index import BadIndex, Entry, encode_entries, in_files, parse_index
from app.repository.lock import Lock
from app.repository.named import Damaged
from app.repository.pack import BadPack, PackedBlob, header_length, parse_header
from app.repository.repository import Repository


@dataclass(slots=True)
class IndexPlan:
    """What is wrong with the index. `damaged` cannot be read, `partly` names packs that are gone
    or not of the size that it implies; `unlisted` packs are in no sound index file."""

    damaged: list[str] = field(default_factory=list)
    partly: list[str] = field(default_factory=list)
    unlisted: list[bytes] = field(default_factory=list)
    gone: list[bytes] = field(default_factory=list)
    _kept: list[Entry] = field(default_factory=list)
    _sizes: dict[bytes, int] = field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        return not (self.damaged or self.partly or self.unlisted)


@dataclass(slots=True)
class IndexRepair:
    """What was done: index files that were replaced, packs that are listed again, packs whose
    own list cannot be read."""

    replaced: int = 0
    listed: int = 0
    unreadable: list[bytes] = field(default_factory=list)


def plan_index_repair(
    repository: Repository,
    monitor: Monitor,
    *,
    drop: bool = True,
    leave: Set[bytes] = frozenset(),
) -> IndexPlan:
    """Look at every index file and at the sizes of all packs; changes nothing.

    Without `drop`, entries of packs that are gone or damaged stay for now: they tell what such
    a pack held, which `repair_packs` must know. `leave`: packs that are not to be listed again.
    """
    plan = IndexPlan(
        _sizes={
            bytes.fromhex(info.file.name): info.size for info in repository.backend.list(Kind.PACK)
        }
    )
    listed: set[bytes] = set()
    for info in sorted(repository.backend.list(Kind.INDEX), key=lambda each: each.file.name):
        monitor.checkpoint()
        _look_at(repository, info.file, plan, listed, drop=drop)
    plan.unlisted = sorted(plan._sizes.keys() - listed - leave)
    plan.gone = sorted(set(plan.gone))
    return plan


def _look_at(
    repository: Repository, file: FileName, plan: IndexPlan, listed: set[bytes], *, drop: bool
) -> None:
    try:
        entries = parse_index(repository.load_json(file))
    except FileNotThere:
        return
    except (Damaged, BadIndex, PlaceBroken):
        plan.damaged.append(file.name)
        return
    sound = [
        (pack, blobs) for pack, blobs in entries if plan._sizes.get(pack) == implied_size(blobs)
    ]
    known = {pack for pack, _ in sound}
    plan.gone += [pack for pack, _ in entries if pack not in known]
    listed.update(known if drop else (pack for pack, _ in entries))
    if drop and len(sound) < len(entries):
        plan.partly.append(file.name)
        plan._kept += sound


def repair_index(
    plan: IndexPlan, repository: Repository, lock: Lock, *, monitor: Monitor
) -> IndexRepair:
    """Carry a plan out. Packs whose list cannot be read become Problems and stay where they are.

    Raises `LockLost` before anything is listed or removed, `Cancelled`, or a `BackendError`.
    """
    report = IndexRepair()
    if plan.is_sound:
        return report
    entries = [*plan._kept, *_headers(plan, repository, report, monitor)]
    for part in in_files(entries):
        lock.verify()
        repository.save_json(Kind.INDEX, encode_entries(part))
    for name in (*plan.damaged, *plan.partly):
        lock.verify()
        repository.backend.remove(FileName(Kind.INDEX, name))
        report.replaced += 1
    return report


def _headers(
    plan: IndexPlan, repository: Repository, report: IndexRepair, monitor: Monitor
) -> Iterator[Entry]:
    for number, pack in enumerate(plan.unlisted):
        monitor.checkpoint()
        try:
            yield pack, read_pack_header(repository, pack, plan._sizes[pack])
            report.listed += 1
        except (BadPack, BrokenSeal, FileNotThere, PlaceBroken):
            report.unreadable.append(pack)
            params = {"file": f"data/{pack.hex()[:16]}", "place": repository.backend.place}
            monitor.problem(Problem("repair-pack-unreadable", params))
        monitor.progress(Progress(Step.TIDY, "index", number + 1, len(plan.unlisted), Unit.FILES))


def read_pack_header(repository: Repository, pack: bytes, size: int) -> tuple[PackedBlob, ...]:
    """What a pack says that it holds, from its end; `BadPack` if it cannot be read."""
    file = FileName(Kind.PACK, pack.hex())
    if size < 4:
        raise BadPack("the pack is shorter than four bytes")
    length = header_length(repository.backend.load(file, size - 4, 4), size)
    sealed = repository.backend.load(file, size - 4 - length, length)
    return parse_header(repository.sealer, sealed, size)
