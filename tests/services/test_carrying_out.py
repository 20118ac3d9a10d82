"""What was removed here on purpose goes at the copies, and nothing else ever does.

The source and the copy are in memory; the list of what is owed is a real one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.backends.contract import Backend, FileName, Kind, NoSpace
from app.backends.memory import MemoryBackend
from app.copies.owed import OwedDeletions, OwedUnusable, What
from app.errors import AppError, WrongUsage
from app.monitor import Progress, Recorder, nothing
from app.repository.checker import Scope, check
from app.repository.destination import there
from app.repository.forgetting import remove_snapshots, retag
from app.repository.keys import add_key
from app.repository.lock import LockMode, locked
from app.repository.mirror import behind, mirror
from app.repository.pack import BlobKind
from app.repository.policy import Policy
from app.repository.prune_plan import Allowance, CannotPrune, plan_prune
from app.repository.pruner import execute
from app.repository.repository import Repository
from app.repository.snapshot import Snapshot
from app.secret import Secret
from app.services.forget import ForgetRequest, change_tags, forget, owed_by
from app.services.history import Outcome
from app.services.home import Home
from app.services.owed import Turn, carry_out
from app.services.sync import sync_copy
from app.settings.settings import CopySettings, add_copy
from tests.faults import CrashMode, crash_points
from tests.repository.support import (
    CHEAP,
    cheap_repository,
    open_cheap,
    save_backup,
    save_blobs,
    walk,
)

COPY = "0123456789abcdef"


@pytest.fixture
def owed(tmp_path: Path) -> OwedDeletions:
    return OwedDeletions(tmp_path / "owed")


@pytest.fixture
def source() -> Repository:
    """Three snapshots, each with 200 kB of its own, and a pack that all of them need."""
    repository = cheap_repository()
    save_blobs(repository, BlobKind.DATA, b"common")
    for number in range(3):
        save_backup(repository, number, os.urandom(200_000), b"common")
    return repository


@pytest.fixture
def place(source: Repository) -> MemoryBackend:
    """A copy with all of that, and a snapshot that only it has."""
    made = MemoryBackend()
    mirror(source, made, monitor=Recorder())
    save_backup(open_cheap(made), 50, b"another machine's")
    return made


def names(backend: Backend, kind: Kind = Kind.SNAPSHOT) -> set[str]:
    return {info.file.name for info in backend.list(kind)}


def size(backend: MemoryBackend) -> int:
    return sum(map(len, backend.files.values()))


def sync(source: Repository, backend: Backend, owed: OwedDeletions) -> int:
    """As `sync_copy` does it; returns how many bytes were sent."""
    report = mirror(source, backend, monitor=Recorder())
    carry_out(source, backend, owed, COPY, Recorder())
    return report.bytes_copied


def oldest_first(repository: Repository) -> list[Snapshot]:
    return repository.snapshots(Recorder())


def forget_here(source: Repository, owed: OwedDeletions, *snapshots: Snapshot) -> None:
    with locked(source, LockMode.EXCLUSIVE) as lock:
        ids = [snapshot.id for snapshot in snapshots]
        owed.record([COPY], What.SNAPSHOT, ids)
        remove_snapshots(source, ids, lock, monitor=Recorder())


def prune_source(source: Repository, owed: OwedDeletions) -> None:
    with locked(source, LockMode.EXCLUSIVE) as lock:
        owed.record([COPY], What.ROOM, [os.urandom(8).hex()])
        plan = plan_prune(source, allowance=Allowance(share=0.0), monitor=Recorder())
        execute(plan, source, lock, monitor=Recorder())


def retag_here(source: Repository, owed: OwedDeletions, snapshot: Snapshot, tag: str) -> Snapshot:
    with locked(source, LockMode.EXCLUSIVE) as lock:
        return retag(
            source,
            snapshot,
            [tag],
            lock,
            note=lambda made: owed.record([COPY], What.SNAPSHOT, [snapshot.id], instead=made.id),
        )


def all_whole(backend: Backend) -> None:
    repository = open_cheap(backend)
    repository.load_index(Recorder())
    for snapshot in oldest_first(repository):
        list(walk(repository, snapshot.tree))


# --- snapshots -------------------------------------------------------------------------------


def test_what_was_forgotten_goes_and_after_a_prune_its_room_comes_back(
    source: Repository, place: MemoryBackend, owed: OwedDeletions
) -> None:
    first, second, third = oldest_first(source)
    (other,) = names(place) - names(source.backend)
    forget_here(source, owed, first, second)
    assert carry_out(source, place, owed, COPY, Recorder()) == 2
    assert names(place) == {third.id, other}
    before = size(place)
    prune_source(source, owed)
    sync(source, place, owed)
    assert before - size(place) >= 400_000
    assert names(place) == {third.id, other}
    assert owed.pending(COPY) == []
    all_whole(place)
    monitor = Recorder()
    check(open_cheap(place), Scope(100), monitor=monitor)
    assert monitor.problems == []


def test_what_is_still_here_is_not_sent_again_and_again(
    source: Repository, place: MemoryBackend, owed: OwedDeletions
) -> None:
    """A prune at the copy removed packs that the source still had; the next mirror sent them
    once more, and there they stayed for ever."""
    first, second, _ = oldest_first(source)
    forget_here(source, owed, first, second)
    for _ in range(3):
        assert sync(source, place, owed) == 0
    prune_source(source, owed)
    sync(source, place, owed)
    pruned = size(place)
    for _ in range(3):
        assert sync(source, place, owed) == 0
    assert size(place) == pruned
    assert behind(source, place).complete
    kinds = (Kind.PACK, Kind.INDEX)
    held = {kind: names(place, kind) - names(source.backend, kind) for kind in kinds}
    assert len(held[Kind.PACK]) == 2  # the other machine's data and tree


def test_packs_that_were_rewritten_here_replace_the_old_ones(
    owed: OwedDeletions,
) -> None:
    """The old pack and the new one hold the same blob: the old one must go."""
    source = cheap_repository()
    contents = [os.urandom(50_000) for _ in range(8)]
    first = save_backup(source, 0, *contents)  # all in one pack
    save_backup(source, 1, contents[0])
    place = MemoryBackend()
    sync(source, place, owed)
    forget_here(source, owed, first)
    prune_source(source, owed)
    sync(source, place, owed)
    assert names(place, Kind.PACK) == names(source.backend, Kind.PACK)
    assert names(place, Kind.INDEX) == names(source.backend, Kind.INDEX)
    all_whole(place)


def test_a_prune_that_came_during_a_sync_stays_owed(
    source: Repository, place: MemoryBackend, owed: OwedDeletions
) -> None:
    prune_source(source, owed)

    class Meanwhile(Recorder):
        def progress(self, progress: Progress) -> None:
            """Nothing to show."""

        def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
            if len(owed.pending(COPY)) == 1:
                owed.record([COPY], What.ROOM, ["later"])

    carry_out(source, place, owed, COPY, Meanwhile())
    assert [each.id for each in owed.pending(COPY)] == ["later"]


def test_nothing_is_inferred_from_absence(
    source: Repository, place: MemoryBackend, owed: OwedDeletions
) -> None:
    before = place.files
    for snapshot in oldest_first(source):
        source.backend.remove(FileName(Kind.SNAPSHOT, snapshot.id))
    assert carry_out(source, place, owed, COPY, Recorder()) == 0
    assert place.files == before


def test_what_is_recorded_and_still_here_stays_and_is_struck_out(
    source: Repository, place: MemoryBackend, owed: OwedDeletions
) -> None:
    """A forget that crashed before it removed anything must not become a removal later."""
    first, *_ = oldest_first(source)
    owed.record([COPY], What.SNAPSHOT, [first.id])
    before = place.files
    assert carry_out(source, place, owed, COPY, Recorder()) == 0
    assert owed.pending(COPY) == []
    source.backend.remove(FileName(Kind.SNAPSHOT, first.id))  # a bad disk, not us
    assert carry_out(source, place, owed, COPY, Recorder()) == 0
    assert place.files == before


def test_a_forget_at_work_is_waited_for(
    source: Repository, place: MemoryBackend, owed: OwedDeletions
) -> None:
    """Between the note and the removal it must not be taken for one that crashed."""
    first, *_ = oldest_first(source)
    with locked(source, LockMode.EXCLUSIVE):
        owed.record([COPY], What.SNAPSHOT, [first.id])
        with pytest.raises(AppError, match="in use"):
            carry_out(source, place, owed, COPY, Recorder())
    assert len(owed.pending(COPY)) == 1


def test_where_the_prune_fails_it_stays_owed_and_is_done_next_time(
    source: Repository, place: MemoryBackend, owed: OwedDeletions
) -> None:
    first, *_ = oldest_first(source)
    forget_here(source, owed, first)
    prune_source(source, owed)
    bad = FileName(Kind.SNAPSHOT, "0" * 64)
    place.save(bad, b"nobody can read this")
    with pytest.raises(CannotPrune):
        carry_out(source, place, owed, COPY, Recorder())
    assert len(owed.pending(COPY)) == 1
    packs = names(place, Kind.PACK)
    place.remove(bad)
    carry_out(source, place, owed, COPY, Recorder())
    assert names(place, Kind.PACK) < packs
    assert owed.pending(COPY) == []


# --- changed tags ----------------------------------------------------------------------------


def test_a_retagged_snapshot_goes_when_the_new_one_has_arrived(
    source: Repository, place: MemoryBackend, owed: OwedDeletions
) -> None:
    """A sync that listed before the tags changed must not leave the copy with neither."""
    first, *_ = oldest_first(source)
    new = retag_here(source, owed, first, "pinned")
    assert carry_out(source, place, owed, COPY, Recorder()) == 0
    assert first.id in names(place)
    mirror(source, place, monitor=Recorder())
    assert carry_out(source, place, owed, COPY, Recorder()) == 1
    assert first.id not in names(place)
    assert new.id in names(place)


def test_tags_that_changed_twice_leave_one(
    source: Repository, place: MemoryBackend, owed: OwedDeletions
) -> None:
    first, *_ = oldest_first(source)
    middle = retag_here(source, owed, first, "a")
    last = retag_here(source, owed, middle, "b")
    assert carry_out(source, place, owed, COPY, Recorder()) == 0
    mirror(source, place, monitor=Recorder())
    assert carry_out(source, place, owed, COPY, Recorder()) == 2
    assert len(names(place)) == 4
    assert last.id in names(place)


def test_a_retagged_snapshot_that_was_forgotten_then_goes(
    source: Repository, place: MemoryBackend, owed: OwedDeletions
) -> None:
    first, *_ = oldest_first(source)
    forget_here(source, owed, retag_here(source, owed, first, "a"))
    assert carry_out(source, place, owed, COPY, Recorder()) == 2
    assert first.id not in names(place)


# --- keys ------------------------------------------------------------------------------------


def test_a_key_goes_only_when_all_of_ours_have_arrived(
    source: Repository, place: MemoryBackend, owed: OwedDeletions
) -> None:
    old = source.key_id
    new = add_key(source.backend, source.master, Secret("new"), cost=CHEAP)
    owed.record([COPY], What.KEY, [old])
    source.backend.remove(FileName(Kind.KEY, old))
    carry_out(source, place, owed, COPY, Recorder())
    assert names(place, Kind.KEY) == {old}  # the only one that it has
    mirror(source, place, monitor=Recorder())
    carry_out(source, place, owed, COPY, Recorder())
    assert names(place, Kind.KEY) == {new}
    assert owed.pending(COPY) == []


# --- full copies -----------------------------------------------------------------------------


def test_making_room_leaves_the_newest_of_each_machine_and_the_keys(
    source: Repository, place: MemoryBackend, owed: OwedDeletions
) -> None:
    save_backup(source, 100, b"has not arrived")
    first, second, third, _ = oldest_first(source)
    place.remove(FileName(Kind.SNAPSHOT, next(iter(names(place) - names(source.backend)))))
    forget_here(source, owed, first, second, third)
    owed.record([COPY], What.KEY, ["f" * 64])
    before = size(place)
    assert carry_out(source, place, owed, COPY, Recorder(), turn=Turn.MAKING_ROOM) == 0
    assert size(place) == before  # nothing would come back while it is still here
    prune_source(source, owed)
    assert carry_out(source, place, owed, COPY, Recorder(), turn=Turn.MAKING_ROOM) == 3
    assert names(place) == {third.id}
    assert before - size(place) >= 400_000
    left = [(each.what, each.id) for each in owed.pending(COPY)]
    assert left[:2] == [(What.SNAPSHOT, third.id), (What.KEY, "f" * 64)]
    assert [what for what, _ in left[2:]] == [What.ROOM]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home.find({"TRADEKEEP_HOME": str(tmp_path / "own"), "HOME": str(tmp_path)})
    add_copy(found.paths.settings_file, CopySettings("KEEP", "folder", str(tmp_path / "c"), COPY))
    return found.fresh()


def test_a_full_copy_gets_room_from_what_was_forgotten(
    source: Repository, place: MemoryBackend, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was refused as full for ever, since what is owed came after the mirror only."""
    monkeypatch.setattr("app.services.sync.open_copy", lambda *_: place)
    (copy,) = home.settings.copies
    place.capacity = size(place) + (1 << 20) + 100_000
    save_backup(source, 100, os.urandom(300_000))
    with pytest.raises(NoSpace):
        sync_copy(home, source, copy, Recorder())
    request = ForgetRequest(policy=Policy(last=2))
    forget(home, source, request, Recorder(), own=True)
    with pytest.raises(NoSpace):
        sync_copy(home, source, copy, Recorder())
    prune_source(source, owed_by(home))
    monitor = Recorder()
    assert sync_copy(home, source, copy, monitor).snapshots_copied == 1
    assert monitor.problems == []
    assert names(source.backend) <= names(place)
    assert owed_by(home).pending(COPY) == []
    all_whole(place)


def test_where_something_could_not_be_sent_nothing_is_removed_at_the_copy(
    source: Repository, place: MemoryBackend, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The older snapshots there may be the last that have it."""
    monkeypatch.setattr("app.services.sync.open_copy", lambda *_: place)
    (copy,) = home.settings.copies
    before = names(source.backend, Kind.PACK)
    save_backup(source, 100, os.urandom(300_000))
    forget(home, source, ForgetRequest(policy=Policy(last=1)), Recorder(), own=True)
    fresh = FileName(Kind.PACK, min(names(source.backend, Kind.PACK) - before))
    whole = source.backend.load(fresh)
    source.backend.save(fresh, whole[:-1] + bytes([whole[-1] ^ 1]))
    there = names(place)
    monitor = Recorder()
    assert sync_copy(home, source, copy, monitor).snapshots_copied == 1
    assert [problem.message_id for problem in monitor.problems] == ["mirror-source-damaged"]
    assert there < names(place)
    source.backend.save(fresh, whole)
    assert sync_copy(home, source, copy, Recorder()).outcome is Outcome.OK
    assert len(names(place)) == len(names(source.backend)) + 1  # another machine's
    all_whole(place)


# --- forgetting here -------------------------------------------------------------------------


def test_nothing_is_removed_here_that_cannot_be_noted(source: Repository, home: Home) -> None:
    owed_by(home).folder.parent.mkdir(parents=True)
    owed_by(home).folder.write_text("in the way")
    before = names(source.backend)
    with pytest.raises(OwedUnusable):
        forget(home, source, ForgetRequest(policy=Policy(last=1)), Recorder(), own=True)
    assert names(source.backend) == before
    with pytest.raises(OwedUnusable):
        change_tags(home, source, "latest", Recorder(), add=["a"], own=True)
    assert before <= names(source.backend)
    forget(home, source, ForgetRequest(policy=Policy(last=1)), Recorder(), own=False)
    assert len(names(source.backend)) == 1


def test_rules_that_keep_nothing_of_a_machine_need_a_word(source: Repository, home: Home) -> None:
    """A misspelt tag must not be the end of all snapshots."""
    policy = Policy(tags=(("keep-mee",),))
    for dry_run in (True, False):
        request = ForgetRequest(policy=policy, dry_run=dry_run)
        with pytest.raises(WrongUsage, match="keep no snapshot of test /source"):
            forget(home, source, request, Recorder(), own=True)
    assert len(names(source.backend)) == 3
    assert owed_by(home).pending(COPY) == []
    report = forget(
        home, source, ForgetRequest(policy=policy, allow_empty=True), Recorder(), own=True
    )
    assert report["removed"] == 3
    assert report["groups"] == [
        {"host": "test", "paths": ["/source"], "tags": [], "keep": 0, "remove": 3}
    ]


def test_a_dry_run_writes_nothing(source: Repository, home: Home) -> None:
    assert isinstance(source.backend, MemoryBackend)
    source.backend.capacity = 0  # as on a drive that is full or write-protected
    before = source.backend.files
    request = ForgetRequest(policy=Policy(last=1), dry_run=True)
    report = forget(home, source, request, Recorder(), own=True)
    assert (report["dry_run"], report["removed"]) == (True, 0)
    assert source.backend.files == before
    assert owed_by(home).pending(COPY) == []


def test_names_and_rules_together_are_refused(source: Repository, home: Home) -> None:
    request = ForgetRequest(names=("latest",), policy=Policy(last=1))
    with pytest.raises(WrongUsage, match="named and rules"):
        forget(home, source, request, Recorder(), own=True)
    assert len(names(source.backend)) == 3


def test_a_snapshot_that_is_named_twice_goes_once(source: Repository, home: Home) -> None:
    request = ForgetRequest(names=("latest", oldest_first(source)[-1].id[:10]))
    report = forget(home, source, request, Recorder(), own=True)
    removed = report["remove"]
    assert isinstance(removed, list)
    assert len(removed) == report["removed"] == 1


# --- crashes ---------------------------------------------------------------------------------


def unlock(*backends: Backend) -> None:
    """Remove the locks of a process that is gone."""
    for backend in backends:
        for info in list(backend.list(Kind.LOCK)):
            backend.remove(info.file)


@pytest.mark.chaos
@pytest.mark.parametrize("mode", CrashMode)
def test_a_crash_at_the_copy_costs_nothing_that_is_wanted(
    source: Repository, place: MemoryBackend, tmp_path: Path, mode: CrashMode
) -> None:
    first, second, third = oldest_first(source)
    (other,) = names(place) - names(source.backend)
    template = OwedDeletions(tmp_path / "template")
    forget_here(source, template, first)
    new = retag_here(source, template, second, "pinned")
    prune_source(source, template)
    note = template.folder / f"{COPY}.jsonl"
    owed = OwedDeletions(tmp_path / "owed")
    owed.folder.mkdir()
    seen = 0

    def begin() -> MemoryBackend:
        (owed.folder / note.name).write_bytes(note.read_bytes())
        return place.clone()

    def job(backend: Backend) -> None:
        sync(source, backend, owed)

    for _number, left in crash_points(begin, job, mode):
        assert {third.id, other} <= names(left)
        assert names(left) & {second.id, new.id}
        all_whole(left)
        unlock(source.backend, left)
        job(left)
        assert names(left) == {third.id, new.id, other}
        assert owed.pending(COPY) == []
        all_whole(left)
        extra = names(left, Kind.PACK) - names(source.backend, Kind.PACK)
        assert len(extra) == 2  # the other machine's data and tree
        seen += 1
    assert seen > 8


@pytest.mark.chaos
@pytest.mark.parametrize("mode", CrashMode)
def test_a_crash_here_loses_no_note_and_no_snapshot(
    source: Repository, place: MemoryBackend, tmp_path: Path, mode: CrashMode
) -> None:
    """Whatever is gone here is gone at the copy after the next sync; what is here stays there."""
    first, second, _ = oldest_first(source)
    (other,) = names(place) - names(source.backend)
    template = source.backend
    assert isinstance(template, MemoryBackend)
    ways: list[Callable[[Repository, OwedDeletions], object]] = [
        lambda repository, owed: forget_here(repository, owed, first, second),
        lambda repository, owed: retag_here(repository, owed, second, "a"),
    ]
    for number, way in enumerate(ways):
        folders = (tmp_path / f"{number}-{mode.name}-{at}" for at in range(1000))
        owed = OwedDeletions(next(folders))

        def job(backend: Backend, way: Callable[..., object] = way) -> None:
            nonlocal owed
            owed = OwedDeletions(next(folders))  # noqa: B023  # used at once
            way(open_cheap(backend), owed)

        for _number, left in crash_points(template.clone, job, mode):
            unlock(left)
            here = open_cheap(left)
            copy = place.clone()
            sync(here, copy, owed)
            assert names(copy) == names(left) | {other}
            assert owed.pending(COPY) == []
            all_whole(copy)
            assert there(here, copy).snapshots(Recorder())
