"""Which snapshot is proposed in the place of a suspect one."""

from __future__ import annotations

from app.monitor import Recorder
from app.repository.snapshot import Snapshot, SnapshotFile
from app.services.suspect_choice import last_clean, tell_if_suspect


def taken(day: int, *tags: str, host: str = "desk", paths: tuple[str, ...] = ("/a",)) -> Snapshot:
    file = SnapshotFile(
        time=f"2026-11-{day:02}T10:00:00Z",
        tree="00" * 32,
        paths=list(paths),
        hostname=host,
        tags=list(tags),
    )
    return Snapshot(f"{day:064}", file)


def test_the_last_clean_one_is_of_the_same_machine_and_before_it() -> None:
    first, second = taken(1), taken(2)
    suspect, later, other = taken(4, "suspect"), taken(5), taken(3, host="laptop")
    found = [first, second, taken(3, "suspect"), other, suspect, later]
    assert last_clean(found, suspect) is second


def test_rather_one_that_holds_as_much() -> None:
    whole, part = taken(1, paths=("/a", "/b")), taken(2, paths=("/a",))
    assert last_clean([whole, part], taken(3, "suspect", paths=("/a", "/b"))) is whole
    assert last_clean([part], taken(3, "suspect", paths=("/a", "/b"))) is part


def test_a_suspect_one_is_said_with_the_last_clean_one_where_there_is_one() -> None:
    recorder = Recorder()
    tell_if_suspect([taken(1)], taken(1), recorder)
    assert recorder.problems == []
    tell_if_suspect([taken(1)], taken(2, "suspect"), recorder)
    tell_if_suspect([], taken(2, "suspect"), recorder)
    said = [str(problem.sentence) for problem in recorder.problems]
    assert taken(1).id[:8] in said[0]
    assert "no older one" in said[1]
