"""A copy in Dropbox that was emptied, encrypted in place or damaged comes back from its past; what
was removed on purpose does not."""

from __future__ import annotations

import pytest

from app.backends.contract import CONFIG, FileName, Kind
from app.backends.dropbox.backend import DropboxBackend
from app.backends.dropbox.paths import file_at
from app.backends.limited import LimitedBackend, Pace
from app.backends.memory import MemoryBackend
from app.backends.retrying import RetryingBackend
from app.errors import WrongUsage
from app.monitor import Recorder
from app.repository.destination import OtherRepository
from app.repository.mirror import mirror
from app.repository.repository import Repository
from app.services.bring_back import BroughtBack, bring_back, history_days
from tests.backends.dropbox_place import dropbox_place
from tests.backends.dropbox_server import Account, Fault, server
from tests.repository.support import FakeClock, cheap_repository, save_backup


def with_snapshots(many: int) -> Repository:
    repository = cheap_repository()
    for number in range(many):
        save_backup(repository, number, b"shared", b"of day %d " % number * 1_000)
    return repository


@pytest.fixture
def own() -> Repository:
    return with_snapshots(4)


@pytest.fixture
def account() -> Account:
    made = server().account()
    made.folder.retry_after = 0
    return made


@pytest.fixture
def place(account: Account, own: Repository) -> DropboxBackend:
    made = dropbox_place(account)
    made.create()
    mirror(own, made, monitor=Recorder(), clocks=FakeClock().clocks)
    return made


def held(account: Account) -> dict[FileName, bytes]:
    found = account.folder.files.items()
    named = {file_at(path.removeprefix("/tradekeep/")): content for path, content in found}
    return {file: content for file, content in named.items() if file is not None}


def look(own: Repository | None, account: Account, **wishes: bool) -> tuple[BroughtBack, list[str]]:
    """Bring back with new connections and no memory of before, as a later run does."""
    monitor = Recorder()
    report = bring_back(own, RetryingBackend(dropbox_place(account)), monitor, **wishes)
    return report, [problem.message_id for problem in monitor.problems]


def test_a_copy_that_was_emptied_comes_back_without_being_sent(
    account: Account, place: DropboxBackend, own: Repository
) -> None:
    before = held(account)
    account.folder.delete("/tradekeep")
    assert held(account) == {}
    account.requests.clear()
    report, problems = look(own, account)
    assert held(account) == before
    assert (report.missing, report.brought, report.lost) == (len(before), len(before), 0)
    assert problems == []
    assert account.count("files/upload") == 0


def test_files_that_were_encrypted_in_place_come_back(
    account: Account, place: DropboxBackend, own: Repository
) -> None:
    before = held(account)
    for path, content in list(account.folder.files.items()):
        account.folder.write(path, bytes(255 - byte for byte in content), "overwrite")
    report, problems = look(own, account)
    assert held(account) == before
    assert (report.damaged, report.brought) == (len(before), len(before))
    assert problems == []


def test_a_dry_run_only_counts(account: Account, place: DropboxBackend, own: Repository) -> None:
    account.folder.delete("/tradekeep/snapshots")
    report, _problems = look(own, account, dry_run=True)
    assert (report.missing, report.brought) == (4, 0)
    assert not [file for file in held(account) if file.kind is Kind.SNAPSHOT]
    assert look(own, account)[0].brought == 4
    assert look(own, account)[0] == BroughtBack(30)


def test_what_was_removed_on_purpose_stays_away(
    account: Account, place: DropboxBackend, own: Repository
) -> None:
    """A key that was taken away must not open the copy again, a forgotten snapshot not return."""
    (gone,) = [info.file for info in own.backend.list(Kind.SNAPSHOT)][:1]
    own.backend.remove(gone)
    place.remove(gone)
    stranger = FileName(Kind.KEY, "ab" * 32)
    place.save(stranger, b"another key")
    place.remove(stranger)
    account.folder.delete("/tradekeep")
    look(own, account)
    assert gone not in held(account)
    assert stranger not in held(account)


def test_everything_comes_back_where_there_is_no_repository_here(
    account: Account, place: DropboxBackend
) -> None:
    before = held(account)
    place.save(FileName(Kind.LOCK, "cd" * 32), b"a lock")
    lock = place.list(Kind.LOCK).__next__().file
    place.remove(lock)
    account.folder.delete("/tradekeep")
    report, problems = look(None, account, everything=True)
    assert held(account) == before
    assert lock not in held(account)
    assert CONFIG in held(account)
    assert (report.brought, problems) == (len(before), [])


def test_the_newest_sound_revision_is_taken_and_what_has_none_is_told(
    account: Account, place: DropboxBackend, own: Repository
) -> None:
    pack = next(iter(own.backend.list(Kind.PACK))).file
    path = f"/tradekeep/data/{pack.name[:2]}/{pack.name}"
    for rubbish in (b"1", b"22", b"333"):
        account.folder.write(path, rubbish, "overwrite")
    assert look(own, account)[0].brought == 1
    account.folder.history[path] = account.folder.history[path][-1:]
    account.folder.write(path, b"4444", "overwrite")
    account.folder.history[path] = account.folder.history[path][-1:]
    report, problems = look(own, account)
    assert (report.damaged, report.lost) == (1, 1)
    assert problems == ["recover-lost"]


def test_our_own_damaged_file_is_no_measure(
    account: Account, place: DropboxBackend, own: Repository
) -> None:
    pack = next(iter(own.backend.list(Kind.PACK))).file
    before = held(account)
    own.backend.replace(pack, b"rotten")
    report, problems = look(own, account)
    assert (report.damaged, problems) == (0, ["repository-file-damaged"])
    assert held(account) == before


def test_another_repositorys_folder_is_left_alone(account: Account, place: DropboxBackend) -> None:
    before = held(account)
    with pytest.raises(OtherRepository):
        look(with_snapshots(1), account)
    assert held(account) == before


def test_it_is_tried_again_where_dropbox_is_busy(
    account: Account, place: DropboxBackend, own: Repository
) -> None:
    before = held(account)
    account.folder.delete("/tradekeep/index")
    account.faults = [Fault("limited", "files/restore", value=0)]
    look(own, account)
    assert held(account) == before


def test_only_places_that_keep_the_past_can_give_it_back(own: Repository) -> None:
    with pytest.raises(WrongUsage):
        bring_back(own, RetryingBackend(MemoryBackend()), Recorder())
    assert history_days(MemoryBackend()) is None


@pytest.mark.parametrize(("plan", "days"), [("basic", 30), ("pro", 30), ("business", 180)])
def test_the_plan_says_how_long_it_keeps(account: Account, plan: str, days: int) -> None:
    account.folder.plan = plan
    wrapped = LimitedBackend(RetryingBackend(dropbox_place(account)), Pace(1000))
    assert history_days(wrapped) == days
