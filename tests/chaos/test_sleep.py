"""A laptop sleeps for nine hours through its lock, after the first thing it does at the place, the
second, …

Meanwhile another machine takes over: it prunes, or backs up what the sleeper was about to remove.
Once awake, the sleeper stops before it writes an index or a snapshot or removes anything, and
says why. Nothing is harmed, and the next run does what this one did not.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from app.backends.contract import Backend, Buffer, FileName, Kind, PlaceBroken
from app.backends.memory import MemoryBackend
from app.monitor import Recorder
from app.repository import index, index_writer, pack
from app.repository.archiver import back_up
from app.repository.backup_model import BackupOptions
from app.repository.checker import Scope, check
from app.repository.index import Index
from app.repository.lock import LockLost, LockMode, guard, locked
from app.repository.mirror import mirror
from app.repository.prune_plan import Allowance, plan_prune
from app.repository.pruner import execute
from app.repository.repair import mend
from app.repository.repository import Repository
from app.repository.scan import Source
from tests.chaos.support import small_corpus
from tests.cli.support import Machine
from tests.faults import Call, Op, RecordingBackend, files_of
from tests.repository.support import FakeClock, cheap_repository, open_cheap, save_backup, walk

pytestmark = pytest.mark.chaos
TIDY = Allowance(share=None, size=0)
A, B, C, D = (os.urandom(5000) for _ in range(4))
Job = Callable[[Backend, FakeClock], object]


class Sleeping(RecordingBackend):
    """Falls asleep when the n-th thing is done; somebody else is at work meanwhile. Never in the
    one instant between a look at the lock and what follows: no program could notice that."""

    def __init__(self, inner: Backend, n: int, clock: FakeClock, meanwhile: Job) -> None:
        super().__init__(inner)
        self.slept = False
        self._left = n
        self._clock = clock
        self._meanwhile = meanwhile

    @contextmanager
    def _around(self, call: Call, data: Buffer = b"") -> Iterator[None]:
        with super()._around(call, data):
            yield
        if call.op is Op.SIZE and call.file is not None and call.file.kind is Kind.LOCK:
            return
        self._left -= 1
        if self._left == 0:
            self.slept = True
            self._clock.pass_by(hours=9)
            self._meanwhile(self.inner, self._clock)

    def save_many(self, files: Iterable[tuple[FileName, Buffer]]) -> Iterator[FileName]:
        for file, data in files:
            self.save(file, data)
            yield file


def prune(place: Backend, clock: FakeClock) -> None:
    repository = open_cheap(place)
    with locked(repository, LockMode.EXCLUSIVE, clocks=clock.clocks) as lock:
        monitor = guard(lock, Recorder())
        plan = plan_prune(repository, allowance=TIDY, monitor=monitor)
        execute(plan, repository, lock, monitor=monitor)


def snapshots(place: Backend) -> set[str]:
    return {info.file.name for info in place.list(Kind.SNAPSHOT)}


def sound(place: Backend) -> None:
    """Nothing is damaged and nothing is missing: above all, no index names a pack that is gone."""
    repository, monitor = open_cheap(place), Recorder()
    check(repository, Scope(100), monitor=monitor, workers=0)
    assert [str(problem.sentence) for problem in monitor.problems] == []
    for snapshot in repository.snapshots(monitor):
        list(walk(repository, snapshot.tree))


def sleeping(
    begin: MemoryBackend, job: Job, meanwhile: Job
) -> Iterator[tuple[MemoryBackend, bool]]:
    """The place after each sleep, and whether the sleeper stopped; then it is done once more."""
    for n in count(1):
        place, clock = begin.clone(), FakeClock()
        asleep = Sleeping(place, n, clock, meanwhile)
        stopped = False
        try:
            job(asleep, clock)
        except LockLost as error:
            stopped = True
            assert "lock" in str(error.sentence)
        if not asleep.slept:
            return
        sound(place)
        yield place, stopped
        assert list(place.list(Kind.LOCK)) == []
        job(place, clock)
        sound(place)


@pytest.fixture(params=["an index for each pack", "one index"])
def many_changes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "an index for each pack":
        for module in (index, index_writer):
            monkeypatch.setattr(module, "BLOBS_A_FILE", 1)
    monkeypatch.setattr(pack.PackBuilder.__init__, "__defaults__", (64 << 10,))


each_way = pytest.mark.usefixtures("many_changes")


@each_way
def test_a_backup_that_slept_writes_no_snapshot(tmp_path: Path) -> None:
    """Its packs were listed nowhere yet, so the other one's prune removed them."""
    small_corpus(tmp_path / "home")
    template = MemoryBackend()
    old = save_backup(cheap_repository(template), 1, A)

    def job(place: Backend, clock: FakeClock) -> None:
        repository = open_cheap(place)
        with locked(repository, clocks=clock.clocks) as lock:
            repository.load_index(Recorder())
            back_up(
                repository,
                [Source("home", tmp_path / "home")],
                temporary=tmp_path / "temporary",
                monitor=Recorder(),
                lock=lock,
                options=BackupOptions(workers=0, now=lambda: clock.time),
            )

    stops = 0
    for place, stopped in sleeping(template, job, prune):
        assert (snapshots(place) == {old.id}) == stopped
        stops += stopped
    assert stops >= 4


def _to_prune() -> tuple[MemoryBackend, str]:
    template = MemoryBackend()
    repository = cheap_repository(template)
    mixed, kept, gone = (
        save_backup(repository, number, *contents)
        for number, contents in enumerate([(A, B), (A,), (C, D)])
    )
    for each in (mixed, gone):
        template.remove(FileName(Kind.SNAPSHOT, each.id))
    return template, kept.id


def _back_up_what_nobody_needs(place: Backend, clock: FakeClock) -> None:
    repository = open_cheap(place)
    with locked(repository, clocks=clock.clocks):
        repository.load_index(Recorder())
        save_backup(repository, 50, C, D, B)


@each_way
@pytest.mark.parametrize("meanwhile", [prune, _back_up_what_nobody_needs])
def test_a_prune_that_slept_removes_nothing_more(meanwhile: Job) -> None:
    """What nobody needed when it was planned, somebody else has come to need."""
    template, kept = _to_prune()
    stops = 0
    for place, stopped in sleeping(template, prune, meanwhile):
        assert kept in snapshots(place)
        stops += stopped
    assert stops >= 4


@each_way
def test_a_prune_that_slept_lists_nothing_that_is_gone() -> None:
    """It looked at its lock before the first of several index files only."""
    template = MemoryBackend()
    repository = cheap_repository(template)
    contents = [os.urandom(30_000) for _ in range(6)]  # of each pack half is needed
    gone = save_backup(repository, 1, *contents)
    save_backup(repository, 2, *contents[::2])
    template.remove(FileName(Kind.SNAPSHOT, gone.id))

    def forget_all_and_prune(place: Backend, clock: FakeClock) -> None:
        for snapshot in snapshots(place):
            place.remove(FileName(Kind.SNAPSHOT, snapshot))
        prune(place, clock)

    stops = 0
    for place, stopped in sleeping(template, prune, forget_all_and_prune):
        assert list(place.list(Kind.INDEX)) == []
        stops += stopped
    assert stops >= 4


@each_way
def test_a_mirror_that_slept_sends_no_snapshot() -> None:
    source, copy = MemoryBackend(), MemoryBackend()
    repository = cheap_repository(source)
    first = save_backup(repository, 1, A)
    mirror(repository, copy, monitor=Recorder())
    save_backup(repository, 2, *(os.urandom(30_000) for _ in range(4)))

    def job(place: Backend, clock: FakeClock) -> None:
        mirror(open_cheap(source), place, monitor=Recorder(), clocks=clock.clocks)

    stops = 0
    for place, stopped in sleeping(copy, job, prune):
        if stopped:
            assert snapshots(place) == {first.id}
        stops += stopped
    assert stops >= 3


@each_way
def test_a_repair_that_slept_lists_nothing_that_is_gone() -> None:
    template = MemoryBackend()
    repository = cheap_repository(template)
    kept = save_backup(repository, 1, A, B)
    repository.index = Index()
    gone = save_backup(repository, 2, C, D)
    template.remove(FileName(Kind.SNAPSHOT, gone.id))
    template.remove(min((info.file for info in template.list(Kind.INDEX)), key=str))

    def job(place: Backend, clock: FakeClock) -> None:
        asleep = open_cheap(place)
        with locked(asleep, LockMode.EXCLUSIVE, clocks=clock.clocks) as lock:
            mend(asleep, [], lock, monitor=guard(lock, Recorder()), workers=0)

    def mend_and_prune(place: Backend, clock: FakeClock) -> None:
        job(place, clock)
        prune(place, clock)

    stops = 0
    for place, stopped in sleeping(template, job, mend_and_prune):
        assert kept.id in snapshots(place)
        stops += stopped
    assert stops >= 1


@each_way
def test_a_repair_that_slept_removes_nothing_that_another_one_has_mended() -> None:
    """It looked at its lock before the first removal only. What no copy of its own had, another
    machine's copy had: that came back, and was removed."""
    template = MemoryBackend()
    repository = cheap_repository(template)
    for number, contents in enumerate([(A, B), (C,), (D,)]):
        save_backup(repository, number, *contents)
    copy = MemoryBackend()
    mirror(repository, copy, monitor=Recorder())
    for file, content in template.files.items():
        if file.kind is Kind.PACK and len(content) > len(C):
            template.save(file, b"x" + content[1:])

    def repair(place: Backend, clock: FakeClock, *others: Repository) -> None:
        damaged = open_cheap(place)
        with locked(damaged, LockMode.EXCLUSIVE, clocks=clock.clocks) as lock:
            mend(damaged, others, lock, monitor=guard(lock, Recorder()), workers=0)

    def repair_from_the_copy(place: Backend, clock: FakeClock) -> None:
        other = open_cheap(copy)
        other.load_index(Recorder())
        repair(place, clock, other)

    stops = 0
    for _, stopped in sleeping(template, repair, repair_from_the_copy):
        stops += stopped
    assert stops >= 4


class Hiccup(RecordingBackend):
    """Answers no question while it fails."""

    fails = False

    def size(self, file: FileName) -> int:
        if self.fails:
            raise PlaceBroken("place-io", place="x", reason="no")
        return super().size(file)


@pytest.mark.parametrize("failing", [False, True])
def test_awake_again_the_lock_is_looked_at_before_anything_is_done(failing: bool) -> None:
    """The monotonic clock stands still while a computer sleeps, and it was asked whether it was
    time to look: up to a second of work was done without a lock. Also where the last thing before
    the sleep was a refresh that failed."""
    template, clock = cheap_repository(), FakeClock()
    place = Hiccup(template.backend)
    with locked(open_cheap(place), LockMode.EXCLUSIVE, clocks=clock.clocks) as lock:
        place.fails = failing
        clock.pass_by(minutes=5)
        lock.tick()
        place.fails = False
        clock.pass_by(hours=9)
        with (
            locked(template, LockMode.EXCLUSIVE, clocks=clock.clocks),
            pytest.raises(LockLost),
        ):
            lock.tick()


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no process can be stopped here")
def test_a_backup_that_was_stopped_says_why_it_gives_up(tmp_path: Path) -> None:
    machine = Machine(tmp_path).set_up()
    machine.add("notes", {"large": os.urandom(20_000_000)})
    process = machine.start("backup", "--json")
    while not (locks := files_of(machine.repository, Kind.LOCK)):
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGSTOP)
    for path in locks:  # as whoever takes over from a lock that is half an hour old
        path.unlink()
    machine.run("prune")
    process.send_signal(signal.SIGCONT)
    output, _ = process.communicate(timeout=60)
    done = json.loads(output.splitlines()[-1])
    assert (process.returncode, done["error"]["id"]) == (1, "lock-lost")
    assert "slept" in done["error"]["hint"]
    machine.run("verify", "--read-data")
    machine.run("backup")
