"""Whatever ends the program while a recovery key is replaced, one that somebody has opens."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from app.backends.contract import Backend, Kind
from app.backends.memory import MemoryBackend
from app.copies.owed import OwedDeletions
from app.errors import WrongKey, WrongUsage
from app.monitor import Recorder
from app.repository.keys import add_key, open_key
from app.repository.mirror import mirror
from app.secret import Secret
from app.services import keys, setup
from app.services.forget import owed_by
from app.services.home import Home
from app.services.keys import replace_recovery_key
from app.services.owed import carry_out
from app.services.setup import add_access
from app.settings.settings import CopySettings, add_copy
from tests.faults import CrashMode, crash_points
from tests.repository.support import CHEAP, cheap_repository, open_cheap, save_backup

COPY = "0123456789abcdef"
OLD = Secret("the old recovery key")


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "RECOVERY_COST", CHEAP)
    monkeypatch.setattr(setup, "RECOVERY_COST", CHEAP)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home.find({"TRADEKEEP_HOME": str(tmp_path / "own"), "HOME": str(tmp_path)})
    add_copy(found.paths.settings_file, CopySettings("KEEP", "folder", str(tmp_path / "c"), COPY))
    return found.fresh()


@pytest.fixture
def template() -> tuple[MemoryBackend, str]:
    """A repository with a backup and two keys, and the id of the old recovery key."""
    repository = cheap_repository()
    save_backup(repository, 0, b"content")
    old = add_key(repository.backend, repository.master, OLD, cost=CHEAP)
    assert isinstance(repository.backend, MemoryBackend)
    return repository.backend, old


def opens(backend: Backend, key: Secret) -> bool:
    try:
        open_key(backend, [key])
    except WrongKey:
        return False
    return True


def unlock(backend: Backend) -> None:
    for info in list(backend.list(Kind.LOCK)):
        backend.remove(info.file)


@pytest.mark.chaos
@pytest.mark.parametrize("mode", CrashMode)
@pytest.mark.parametrize("into_a_file", [True, False])
def test_a_crash_while_the_recovery_key_is_replaced(
    template: tuple[MemoryBackend, str],
    home: Home,
    tmp_path: Path,
    mode: CrashMode,
    into_a_file: bool,
) -> None:
    backend, old = template
    file = tmp_path / "new.txt"
    shown: list[Secret] = []

    def begin() -> MemoryBackend:
        file.unlink(missing_ok=True)
        shown.clear()
        (owed_by(home).folder / f"{COPY}.jsonl").unlink(missing_ok=True)
        return backend.clone()

    def job(place: Backend) -> None:
        replace_recovery_key(
            home,
            open_cheap(place),
            old=old,
            recovery_out=file if into_a_file else None,
            show=lambda key, _key_id: shown.append(key),
            own=True,
        )

    seen = 0
    for number, left in crash_points(begin, job, mode):
        told = [Secret(file.read_text().strip())] if file.exists() else shown
        assert opens(left, OLD) or any(opens(left, each) for each in told), number
        # The copy loses the old key only if it has gone here, and gets the new one before.
        unlock(left)
        here, copy = open_cheap(left), backend.clone()
        mirror(here, copy, monitor=Recorder())
        carry_out(here, copy, owed_by(home), COPY, Recorder())
        assert {info.file for info in copy.list(Kind.KEY)} >= {
            info.file for info in left.list(Kind.KEY)
        }
        assert opens(copy, OLD) == opens(left, OLD)
        seen += 1
    assert seen >= 3
    assert not opens(left, OLD)
    assert OwedDeletions(owed_by(home).folder).pending(COPY) == []


def test_a_key_that_cannot_be_added_leaves_no_file_with_it(
    template: tuple[MemoryBackend, str], home: Home, tmp_path: Path
) -> None:
    backend, old = template
    place = backend.clone()
    place.capacity = sum(map(len, place.files.values())) + 400  # room for a lock and no more
    with pytest.raises(Exception, match="space"):
        replace_recovery_key(
            home,
            open_cheap(place),
            old=old,
            recovery_out=tmp_path / "new.txt",
            show=lambda _key: None,
            own=True,
        )
    assert not (tmp_path / "new.txt").exists()
    assert opens(place, OLD)


def test_a_key_whose_file_cannot_be_written_is_not_added(
    template: tuple[MemoryBackend, str], tmp_path: Path
) -> None:
    """Each try left a key that nobody has, up to the fifteen that a repository may have."""
    backend, _old = template
    place = backend.clone()
    before = set(place.files)
    with pytest.raises(WrongUsage, match="key"):
        out = tmp_path / "no-such-folder" / "new.txt"
        add_access(open_cheap(place), password_file=None, recovery_out=out)
    assert set(place.files) == before


def test_a_key_that_cannot_be_added_either_leaves_no_file(
    template: tuple[MemoryBackend, str], tmp_path: Path
) -> None:
    place = template[0].clone()
    place.capacity = sum(map(len, place.files.values()))
    with pytest.raises(Exception, match="space"):
        add_access(open_cheap(place), password_file=None, recovery_out=tmp_path / "new.txt")
    assert list(tmp_path.iterdir()) == []


def test_a_key_file_that_a_full_disk_cuts_short_does_not_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(setup, "sync_file", full)
    with pytest.raises(WrongUsage):
        setup.write_key_file(tmp_path / "new.txt", OLD)
    assert list(tmp_path.iterdir()) == []


def test_the_file_of_a_new_key_survives_a_power_cut_before_the_old_key_goes(
    template: tuple[MemoryBackend, str],
    home: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its content was durable, its name was not."""
    place = template[0].clone()
    durable: list[Path] = []

    def synced(folder: Path) -> None:
        assert opens(place, OLD)
        durable.append(folder)

    monkeypatch.setattr(setup, "sync_folder", synced)
    replace_recovery_key(
        home,
        open_cheap(place),
        old=template[1],
        recovery_out=tmp_path / "new.txt",
        show=lambda *_: None,
        own=False,
    )
    assert durable == [tmp_path]
    assert not opens(place, OLD)
