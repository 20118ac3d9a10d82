"""Whether what stands at a destination is this repository, and what it lacks."""

from __future__ import annotations

import json

import pytest

from app.backends.contract import CONFIG, FileName, Kind
from app.backends.memory import MemoryBackend
from app.errors import AppError
from app.repository.config import TooNew
from app.repository.crypto import Sealer
from app.repository.destination import Ground, OtherRepository, survey, there
from app.repository.lock import locked
from app.repository.repository import Repository
from tests.faults import Fault, FlakyBackend, RecordingBackend
from tests.repository.support import cheap_repository, save_backup


@pytest.fixture
def source() -> Repository:
    repository = cheap_repository()
    save_backup(repository, 1, b"content")
    return repository


@pytest.fixture
def copy(source) -> MemoryBackend:
    return source.backend.clone()


def _without(copy: MemoryBackend, *kinds: Kind) -> MemoryBackend:
    files = copy.files.items()
    return MemoryBackend({file: data for file, data in files if file.kind not in kinds})


def _sealed_config(repository: Repository, version: int, number: int = 1) -> bytes:
    config = {
        "version": version,
        "id": f"{number:064x}",
        "chunker_polynomial": repository.config.chunker_polynomial,
    }
    return Sealer(repository.master).seal(json.dumps(config).encode())


def test_an_empty_place_is_new(source):
    assert survey(source, MemoryBackend()) is Ground.NEW
    assert not Ground.NEW.config_first


def test_our_own_repository_lacks_nothing(source, copy):
    assert survey(source, copy) is Ground.OURS
    assert not Ground.OURS.config_first


def test_a_copy_that_has_only_its_config(source, copy):
    assert survey(source, MemoryBackend({CONFIG: copy.files[CONFIG]})) is Ground.OURS


@pytest.mark.parametrize(
    "kinds",
    [
        {Kind.KEY},
        {Kind.KEY, Kind.PACK},
        {Kind.KEY, Kind.PACK, Kind.INDEX},
        {Kind.SNAPSHOT},
        {Kind.INDEX},
    ],
)
def test_what_an_interrupted_first_run_left_is_ours(source, copy, kinds):
    rest = _without(copy, *(set(Kind) - kinds))
    assert rest.files
    assert survey(source, rest) is Ground.NEW


def test_a_first_run_that_got_no_further_than_its_lock(source):
    place = MemoryBackend()
    with locked(there(source, place)):
        assert survey(source, place) is Ground.NEW


def test_a_repository_with_another_id(source):
    other = cheap_repository(number=2)
    with pytest.raises(OtherRepository) as caught:
        survey(source, other.backend)
    assert caught.value.sentence.title


def test_our_key_but_another_id(source, copy):
    """Somebody made a second repository from the same master key."""
    copy.save(CONFIG, _sealed_config(source, 2, number=2))
    with pytest.raises(OtherRepository):
        survey(source, copy)


@pytest.mark.parametrize("kind", [Kind.KEY, Kind.PACK, Kind.INDEX, Kind.SNAPSHOT, Kind.LOCK])
def test_files_of_a_repository_that_is_not_ours_are_refused(source, kind):
    """Its config is missing, but its packs must not be mixed with ours."""
    file = FileName(kind, "ab" * 32)
    with pytest.raises(OtherRepository):
        survey(source, MemoryBackend({file: b"from elsewhere"}))


def test_a_foreign_repository_without_its_config_is_refused(source):
    other = cheap_repository(number=2)
    save_backup(other, 1, b"theirs")
    with pytest.raises(OtherRepository):
        survey(source, _without(other.backend, Kind.CONFIG))


def test_a_damaged_config_among_our_files(source, copy):
    copy.save(CONFIG, bytes(100))
    assert survey(source, copy) is Ground.DAMAGED
    assert Ground.DAMAGED.config_first


def test_a_damaged_config_and_nothing_of_ours(source):
    with pytest.raises(OtherRepository):
        survey(source, MemoryBackend({CONFIG: bytes(100)}))


def test_an_empty_config_file(source, copy):
    copy.save(CONFIG, b"")
    assert survey(source, copy) is Ground.DAMAGED


def test_an_older_format(source, copy):
    copy.save(CONFIG, _sealed_config(source, 1))
    assert survey(source, copy) is Ground.OLDER
    assert Ground.OLDER.config_first


def test_a_newer_format_is_not_touched(source, copy):
    copy.save(CONFIG, _sealed_config(source, 9))
    with pytest.raises(TooNew):
        survey(source, copy)


def test_looking_changes_nothing(source, copy):
    recording = RecordingBackend(copy)
    survey(source, recording)
    survey(source, RecordingBackend(MemoryBackend()))
    assert recording.changes == ()


@pytest.mark.parametrize("at", range(3))
def test_a_place_that_does_not_answer_is_not_taken_for_new(source, copy, at):
    """An error is an error: never an empty place."""
    rest = _without(copy, Kind.CONFIG)
    flaky = FlakyBackend(rest, [Fault.NONE] * at + [Fault.BEFORE])
    with pytest.raises(AppError) as caught:
        survey(source, flaky)
    assert not isinstance(caught.value, OtherRepository)


def test_the_repository_there_has_our_key_and_their_place(source):
    place = MemoryBackend(place="elsewhere")
    other = there(source, place)
    assert (other.master, other.config, other.backend) == (source.master, source.config, place)
    assert other.index.blobs == 0
