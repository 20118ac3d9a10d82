"""The process ends at the first change of a place, at the second, …, while something is tidied:
snapshots forgotten, room given back, tags changed, damage mended, a key removed. Here, and at a
copy where the same is owed.

After each crash, in each mode, all that could be restored before and was not to go can be
restored; the next run finishes, finds nothing damaged, and leaves nothing over.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.backends.contract import Backend, FileName, Kind
from app.backends.memory import MemoryBackend
from app.copies.owed import OwedDeletions, What
from app.monitor import Recorder
from app.repository.checker import Scope, check
from app.repository.forgetting import remove_snapshots, retag
from app.repository.index import Index, parse_index
from app.repository.keys import add_key, remove_key
from app.repository.lock import LockMode, locked
from app.repository.mirror import mirror
from app.repository.pack import BlobKind
from app.repository.prune_plan import Allowance, plan_prune
from app.repository.pruner import execute
from app.repository.repair import mend
from app.repository.repository import Repository
from app.secret import Secret
from app.services.owed import carry_out
from tests.chaos.support import Content, readable
from tests.faults import CrashMode, crash_points
from tests.repository.support import CHEAP, cheap_repository, open_cheap, save_backup, save_blobs

pytestmark = pytest.mark.chaos

CHANCE = random.Random(20261125)
SHARED, MIXED, OWN, *_ = CONTENTS = [CHANCE.randbytes(5000) for _ in range(6)]
OTHER = Secret("the key of a machine that was lost")
COPY = "0123456789abcdef"


@dataclass
class World:
    """Three snapshots that share files, and an index entry for a pack that nobody needs. Two keys.
    `going` are the first two snapshots."""

    here: MemoryBackend
    going: list[str]
    key: str

    @classmethod
    def made(cls, *, twice: bool) -> World:
        """`twice`: what snapshots share lies in two packs. Not so where packs are damaged: until
        all is mended, a reader may come upon the damaged place of such a blob."""
        repository = cheap_repository()
        assert isinstance(repository.backend, MemoryBackend)
        key = add_key(repository.backend, repository.master, OTHER, cost=CHEAP)
        first = save_backup(repository, 1, SHARED, MIXED)
        if twice:
            repository.index = Index()
        second = save_backup(repository, 2, MIXED, CONTENTS[3])
        save_backup(repository, 3, SHARED, OWN, CONTENTS[4])
        save_blobs(repository, BlobKind.DATA, CONTENTS[5])
        return cls(repository.backend, [first.id, second.id], key)

    def copy(self) -> MemoryBackend:
        place = MemoryBackend()
        mirror(open_cheap(self.here), place, monitor=Recorder())
        return place


@pytest.fixture
def world() -> World:
    return World.made(twice=True)


@pytest.fixture
def lean() -> World:
    return World.made(twice=False)


def contents(place: Backend, *, but: list[str] | None = None) -> set[Content]:
    """What can be restored, by the tree in which it is: tags change the snapshot's id."""
    found = readable(open_cheap(place))
    return {each for snapshot, each in found if snapshot not in (but or [])}


def unlock(*places: Backend) -> None:
    """Remove the locks of a process that is gone."""
    for place in places:
        for info in list(place.list(Kind.LOCK)):
            place.remove(info.file)


def sound(place: Backend, *, orphans: int = 0) -> None:
    monitor = Recorder()
    report = check(open_cheap(place), Scope(100), monitor=monitor, workers=0)
    assert [str(problem.sentence) for problem in monitor.problems] == []
    assert report.orphans <= orphans
    assert list(place.list(Kind.LOCK)) == []


def alone(job: Callable[..., object]) -> Callable[..., None]:
    """A job under an exclusive lock, on a place."""

    def run(place: Backend, *arguments: object) -> None:
        repository = open_cheap(place)
        with locked(repository, LockMode.EXCLUSIVE) as lock:
            job(repository, lock, *arguments)

    return run


@alone
def forget(repository: Repository, lock, world: World) -> None:
    remove_snapshots(repository, world.going, lock, monitor=Recorder())


@alone
def prune(repository: Repository, lock, world: World) -> None:
    plan = plan_prune(repository, allowance=Allowance(None, 0), monitor=Recorder())
    execute(plan, repository, lock, monitor=Recorder())


def forget_and_prune(place: Backend, world: World) -> None:
    forget(place, world)
    prune(place, world)


@alone
def change_tags(repository: Repository, lock, world: World) -> None:
    for snapshot in repository.snapshots(Recorder()):
        retag(repository, snapshot, ["known-good"], lock)


@alone
def drop_key(repository: Repository, lock, world: World) -> None:
    if any(info.file.name == world.key for info in repository.backend.list(Kind.KEY)):
        remove_key(repository.backend, world.key, in_use=repository.key_id)


JOBS: dict[str, tuple[Callable[[Backend, World], None], bool]] = {
    "forget": (forget, True),
    "forget and prune": (forget_and_prune, True),
    "prune": (prune, False),
    "tags": (change_tags, False),
    "key removal": (drop_key, False),
}


@pytest.mark.parametrize("mode", CrashMode)
@pytest.mark.parametrize("name", JOBS)
def test_a_crash_while_tidying_costs_nothing_that_was_to_stay(
    world: World, name: str, mode: CrashMode
) -> None:
    job, loses = JOBS[name]
    must = contents(world.here, but=world.going if loses else None)
    before = contents(world.here)
    *_, (_, whole) = crash_points(world.here.clone, lambda place: job(place, world))
    tidy = _shape(whole)
    for number, place in crash_points(world.here.clone, lambda place: job(place, world), mode):
        assert must <= contents(place) <= before, number
        unlock(place)
        job(place, world)
        assert contents(place) == must
        assert _shape(place) == tidy, number
        sound(place, orphans=0 if "prune" in name else 1)


def _shape(place: Backend) -> dict[Kind, int]:
    """How many files of each kind are there: after a crash and another run not one more."""
    return {kind: len(list(place.list(kind))) for kind in Kind}


# --- mending ---------------------------------------------------------------------------------


def damage(place: MemoryBackend, file: FileName, at: int = 50) -> None:
    content = bytearray(place.load(file))
    content[at] ^= 1
    place.save(file, bytes(content))


def _damage_all_kinds(place: MemoryBackend, world: World) -> FileName:
    """The lost machine's key, an index file, a snapshot, half of the packs; and one that a
    snapshot needs is gone. Returns the index file that lists that one."""
    repository = open_cheap(place)
    gone, listing = _newest_tree(repository)
    damage(place, FileName(Kind.KEY, world.key))
    damage(place, min((info.file for info in place.list(Kind.SNAPSHOT)), key=str))
    indexes = sorted((info.file for info in place.list(Kind.INDEX)), key=str)
    damage(place, next(file for file in indexes if file != listing))
    for file in sorted((info.file for info in place.list(Kind.PACK)), key=str)[::2]:
        damage(place, file)
    place.remove(FileName(Kind.PACK, gone.hex()))
    return listing


def _newest_tree(repository: Repository) -> tuple[bytes, FileName]:
    """The pack in which the newest snapshot's tree lies, and the index file that lists it."""
    tree = repository.snapshots(Recorder())[-1].tree
    for info in repository.backend.list(Kind.INDEX):
        for pack, blobs in parse_index(repository.load_json(info.file)):
            if any(blob.id == tree for blob in blobs):
                return pack, info.file
    raise AssertionError("a tree in no index")


def repair(place: Backend, *copies: Backend) -> Recorder:
    repository, monitor = open_cheap(place), Recorder()
    others = [open_cheap(copy) for copy in copies]
    for other in others:
        other.load_index(Recorder())
    with locked(repository, LockMode.EXCLUSIVE) as lock:
        mend(repository, others, lock, monitor=monitor, workers=0)
    return monitor


@pytest.mark.parametrize("mode", CrashMode)
@pytest.mark.parametrize("gone", ["", "with an index file"])
def test_a_crash_while_everything_is_mended_from_another_place(
    lean: World, mode: CrashMode, gone: str
) -> None:
    """A copy from the repository, or the repository from a copy: it is the same."""
    whole, other = contents(lean.here), lean.copy()
    listing = _damage_all_kinds(lean.here, lean)
    if gone:
        lean.here.remove(listing)
    before = contents(lean.here)
    assert before < whole
    for number, place in crash_points(lean.here.clone, lambda at: repair(at, other), mode):
        assert before <= contents(place), number
        unlock(place)
        assert repair(place, other).problems == []
        assert contents(place) == whole
        assert _shape(place)[Kind.SNAPSHOT] == 3
        assert _shape(place)[Kind.KEY] == 2
        sound(place, orphans=1)


@pytest.mark.parametrize("mode", CrashMode)
def test_a_crash_while_mending_without_a_copy_loses_nothing_more(
    lean: World, mode: CrashMode
) -> None:
    """An index file is lost; of one pack a blob is damaged, of another one the list at its end."""
    packs = sorted((info for info in lean.here.list(Kind.PACK)), key=lambda info: -info.size)
    damage(lean.here, packs[0].file)
    damage(lean.here, packs[1].file, packs[1].size - 20)
    lean.here.remove(min((info.file for info in lean.here.list(Kind.INDEX)), key=str))
    *_, (_, mended) = crash_points(lean.here.clone, repair)
    before, after = contents(lean.here), contents(mended)
    assert before <= after
    for number, place in crash_points(lean.here.clone, repair, mode):
        assert before <= contents(place), number
        unlock(place)
        repair(place)
        assert contents(place) == after


# --- at a copy -------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", CrashMode)
@pytest.mark.parametrize("name", JOBS)
def test_a_crash_at_the_copy_where_the_same_is_owed(
    world: World, name: str, mode: CrashMode, tmp_path: Path
) -> None:
    copy = world.copy()
    other = save_backup(open_cheap(copy), 50, b"another machine's" * 9).id
    theirs = {each for snapshot, each in readable(open_cheap(copy)) if snapshot == other}
    job, loses = JOBS[name]
    tree_of = {each.id: each.tree for each in open_cheap(world.here).snapshots(Recorder())}
    must = contents(world.here, but=world.going if loses else None)
    job(world.here, world)
    instead = {each.tree: each.id for each in open_cheap(world.here).snapshots(Recorder())}
    folders = (tmp_path / str(number) for number in range(10_000))

    def owing() -> OwedDeletions:
        owed = OwedDeletions(next(folders))
        for snapshot in tree_of:
            if FileName(Kind.SNAPSHOT, snapshot) not in world.here.files:
                new = instead.get(tree_of[snapshot], "")
                owed.record([COPY], What.SNAPSHOT, [snapshot], instead=new)
        if name == "key removal":
            owed.record([COPY], What.KEY, [world.key])
        if "prune" in name:
            owed.record([COPY], What.ROOM, ["room"])
        return owed

    def sync(place: Backend, owed: OwedDeletions) -> None:
        source = open_cheap(world.here)
        mirror(source, place, monitor=Recorder())
        carry_out(source, place, owed, COPY, Recorder())

    owed = owing()

    def begin() -> MemoryBackend:
        nonlocal owed
        owed = owing()
        return copy.clone()

    for number, place in crash_points(begin, lambda at: sync(at, owed), mode):
        assert must | theirs <= contents(place), number
        unlock(place, world.here)
        sync(place, owed)
        assert contents(place) == must | theirs
        assert owed.pending(COPY) == []
        for kind in (Kind.SNAPSHOT, Kind.KEY):
            here = {info.file.name for info in world.here.list(kind)}
            there = {info.file.name for info in place.list(kind)}
            assert there - {other} == here, number
        sound(place, orphans=1)
