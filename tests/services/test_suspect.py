"""What is noted about suspect backups, and that it holds whatever happens to the note."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from app.errors import WrongUsage
from app.monitor import Recorder, Step
from app.repository.lock import Lock
from app.repository.policy import Policy
from app.repository.prune_plan import Allowance
from app.repository.repository import Repository
from app.repository.snapshot import Snapshot
from app.services import suspect, suspect_watch, tripwire, tripwire_facts
from app.services.forget import ForgetRequest, forget, prune_here
from app.services.history import Job
from app.services.home import Home
from app.services.run import Run
from app.services.suspect import (
    Frozen,
    file_of,
    for_status,
    freeze,
    is_frozen,
    suspects,
)
from app.services.suspect_watch import Watch, dismiss, keep
from app.services.tripwire import Facts, Finding
from tests.repository.support import cheap_repository, save_backup
from tests.services.test_opening import NoDisplay

AT = datetime(2026, 11, 26, 5, tzinfo=UTC)
FOUND = Finding(encrypted=3, lost=0, swapped=0, notes=1, changed=9, gone=0, examples=("/bot/a",))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.find({"TRADEKEEP_HOME": str(tmp_path)})


@pytest.fixture
def repository() -> Repository:
    return cheap_repository()


def test_what_was_found_is_kept_as_it_was(home: Home, repository: Repository) -> None:
    made = freeze(home, repository, FOUND, AT, clean="c" * 64)
    assert suspects(home) == (made,)
    assert (made.snapshot, made.encrypted, made.examples) == ("", 3, ("/bot/a",))
    freeze(home, repository, FOUND, AT, clean="d" * 64, snapshot="5" * 64)
    (done,) = suspects(home)
    assert (done.snapshot, done.clean) == ("5" * 64, "d" * 64)
    assert file_of(home).stat().st_mode & 0o777 == 0o600


def test_a_backup_that_was_killed_before_its_snapshot_stays_frozen_and_can_be_dismissed(
    home: Home, repository: Repository
) -> None:
    freeze(home, repository, FOUND, AT, clean="c" * 64)
    assert is_frozen(home, repository)
    again = freeze(home, repository, FOUND, AT, clean="c" * 64)
    assert suspects(home) == (again,)  # the one that was broken off gave way
    assert dismiss(home, repository, "all", Recorder()) == [again]
    assert not is_frozen(home, repository)
    assert not file_of(home).exists()


def test_another_repository_is_not_frozen(home: Home, repository: Repository) -> None:
    freeze(home, repository, FOUND, AT, clean="")
    assert not is_frozen(home, cheap_repository(number=2))


def test_dismissing_all_at_one_place_leaves_another_repository_frozen(
    home: Home, repository: Repository
) -> None:
    other = cheap_repository(number=2)
    for each in (repository, other):
        freeze(home, each, FOUND, AT, clean="c" * 64)
    dismiss(home, other, "all", Recorder())
    assert is_frozen(home, repository)
    assert not is_frozen(home, other)


@pytest.mark.parametrize("content", [b"", b"{", b'{"version": 9}', b'{"suspects": [1]}'])
def test_a_note_that_cannot_be_read_removes_nothing(
    home: Home, repository: Repository, content: bytes
) -> None:
    save_backup(repository, 1, b"one")
    file_of(home).parent.mkdir(parents=True)
    file_of(home).write_bytes(content)
    with pytest.raises(Frozen, match=r"suspect\.json"):
        forget(home, repository, ForgetRequest(names=("latest",)), Recorder(), own=True)
    with pytest.raises(Frozen):
        prune_here(home, repository, None, None, dry_run=False, own=True)  # type: ignore[arg-type]
    assert len(repository.snapshots(Recorder())) == 1
    assert for_status(home) is None


def test_a_dry_run_is_no_removal(home: Home, repository: Repository) -> None:
    save_backup(repository, 1, b"one")
    freeze(home, repository, FOUND, AT, clean="")
    request = ForgetRequest(names=("latest",), dry_run=True)
    assert forget(home, repository, request, Recorder(), own=True)["removed"] == 0


def test_what_a_backup_finds_while_a_person_dismisses_another_one_stays_noted(
    home: Home, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze(home, repository, FOUND, AT, clean="c" * 64, snapshot="1" * 64)
    unhindered = suspect.write

    def late(home: Home, found: tuple[suspect.Suspect, ...]) -> None:
        monkeypatch.setattr(suspect, "write", unhindered)
        monkeypatch.setattr(suspect_watch, "write", unhindered, raising=False)
        backup.start()
        backup.join(0.3)  # it must wait, or what it notes is overwritten
        unhindered(home, found)

    def second() -> None:
        freeze(home, repository, FOUND, AT, clean="c" * 64, snapshot="2" * 64)

    backup = Thread(target=second)
    monkeypatch.setattr(suspect, "write", late)
    monkeypatch.setattr(suspect_watch, "write", late, raising=False)
    dismiss(home, repository, "1" * 64, Recorder())
    backup.join()
    assert [each.snapshot for each in suspects(home)] == ["2" * 64]


@pytest.mark.parametrize("what", ["forget", "prune"])
def test_nothing_goes_that_a_backup_froze_while_it_was_waited_for(
    home: Home, repository: Repository, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    save_backup(repository, 1, b"x")
    save_backup(repository, 2, b"y")
    acquire = Lock.acquire

    def after_a_backup(lock: Lock, *, looked: bool = False) -> None:
        freeze(home, repository, FOUND, AT, clean="c" * 64, snapshot="5" * 64)
        acquire(lock, looked=looked)

    monkeypatch.setattr(Lock, "acquire", after_a_backup)
    with pytest.raises(Frozen):
        if what == "forget":
            request = ForgetRequest(policy=Policy(last=1), allow_empty=True)
            forget(home, repository, request, Recorder(), own=False)
        else:
            run = Run(Job.PRUNE, [Step.TIDY], NoDisplay())
            prune_here(home, repository, Allowance(), run, dry_run=False, own=False)
    assert len(repository.snapshots(Recorder())) == 2


def test_a_suspect_snapshot_that_was_pinned_loses_its_tag_all_the_same(
    home: Home, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.services.forget import change_tags

    _caught(home, repository, monkeypatch)
    change_tags(home, repository, "latest", Recorder(), add=["pinned"], own=True)
    dismiss(home, repository, "all", Recorder())
    assert [each.tags for each in repository.snapshots(Recorder())] == [("pinned",), ("pinned",)]


def test_what_nobody_named_is_not_decided(home: Home, repository: Repository) -> None:
    freeze(home, repository, FOUND, AT, clean="", snapshot="5" * 64)
    for name in ("", "6", "latest"):
        with pytest.raises(WrongUsage):
            dismiss(home, repository, name, Recorder())
    assert [each.kept for each in keep(home, "55")] == [True]
    assert suspects(home)[0].kept
    assert is_frozen(home, repository)


def test_the_user_is_told_with_examples_and_the_last_clean_one_is_pinned(
    home: Home, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitor = _caught(home, repository, monkeypatch)
    (problem,) = monitor.problems
    assert "/bot/a" in problem.sentence.title
    clean, bad = repository.snapshots(Recorder())
    assert (clean.tags, bad.tags) == (("pinned",), ("suspect",))
    assert (suspects(home)[0].clean, suspects(home)[0].snapshot) == (clean.id, bad.id)


def test_a_tripwire_that_cannot_note_what_it_found_does_not_stop_the_backup(
    home: Home, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_of(home).mkdir(parents=True)  # something in its way
    monitor = Recorder()
    watch, tags, clean = _judged(home, repository, monkeypatch, monitor)
    assert tags == ("suspect",)
    assert [each.message_id for each in monitor.problems] == ["suspect-unusable"]
    file_of(home).rmdir()
    watch.finish(clean)  # it can be noted now
    assert is_frozen(home, repository)
    assert monitor.problems[-1].message_id == "suspect-backup"


def _judged(
    home: Home, repository: Repository, monkeypatch: pytest.MonkeyPatch, monitor: Recorder
) -> tuple[Watch, object, Snapshot]:
    monkeypatch.setattr(tripwire_facts, "facts_of", lambda *_: Facts())
    monkeypatch.setattr(tripwire, "judge", lambda _: FOUND)
    clean = save_backup(repository, 1, b"one")
    watch = Watch(home, repository, monitor)
    return watch, watch.judge(clean, b"\1" * 32), clean


def _caught(home: Home, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    import msgspec

    monitor = Recorder()
    watch, tags, _clean = _judged(home, repository, monkeypatch, monitor)
    assert tags == ("suspect",)
    bad = save_backup(repository, 2, b"two")
    tagged = msgspec.structs.replace(bad.file, tags=["suspect"])
    made = repository.save_snapshot(tagged)
    repository.backend.remove(_name(bad))
    watch.finish(made)
    return monitor


def _name(snapshot: Snapshot):
    from app.backends.contract import FileName, Kind

    return FileName(Kind.SNAPSHOT, snapshot.id)
