"""What is owed to copies survives crashes and power cuts, and is struck out once done."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.copies.owed import Owed, OwedDeletions, What

IDS = ["a" * 64, "b" * 64, "c" * 64]


@pytest.fixture
def owed(tmp_path: Path) -> OwedDeletions:
    return OwedDeletions(tmp_path / "owed")


def test_nothing_is_owed_at_first(owed: OwedDeletions) -> None:
    assert owed.pending("0123456789abcdef") == []
    assert not owed.folder.exists()


def test_each_copy_has_its_own_list(owed: OwedDeletions) -> None:
    owed.record(["aa", "bb"], What.SNAPSHOT, IDS[:2])
    owed.record(["bb"], What.KEY, IDS[2:])
    assert owed.pending("aa") == [Owed(What.SNAPSHOT, each) for each in IDS[:2]]
    assert owed.pending("bb") == [*owed.pending("aa"), Owed(What.KEY, IDS[2])]
    owed.done("aa", owed.pending("aa"))
    assert owed.pending("aa") == []
    assert len(owed.pending("bb")) == 3


def test_what_came_meanwhile_stays_owed(owed: OwedDeletions) -> None:
    owed.record(["aa"], What.SNAPSHOT, IDS[:1])
    seen = owed.pending("aa")
    owed.record(["aa"], What.SNAPSHOT, IDS[1:])
    owed.done("aa", seen)
    assert [each.id for each in owed.pending("aa")] == IDS[1:]


def test_the_same_thing_is_owed_once(owed: OwedDeletions) -> None:
    for _ in range(3):
        owed.record(["aa"], What.SNAPSHOT, IDS)
    assert len(owed.pending("aa")) == 3


@given(cut=st.integers(0, 400))
def test_a_file_cut_anywhere_still_takes_new_lines(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    owed = OwedDeletions(tmp_path_factory.mktemp("o") / "owed")
    owed.record(["aa"], What.SNAPSHOT, IDS[:2])
    path = owed.folder / "aa.jsonl"
    path.write_bytes(path.read_bytes()[:cut])
    before = owed.pending("aa")
    assert before in ([], owed.pending("aa")[:1], owed.pending("aa")[:2])
    owed.record(["aa"], What.KEY, IDS[2:])
    assert owed.pending("aa") == [*before, Owed(What.KEY, IDS[2])]


def test_the_file_is_private(owed: OwedDeletions) -> None:
    owed.record(["aa"], What.SNAPSHOT, IDS)
    assert owed.folder.stat().st_mode & 0o777 == 0o700
    assert (owed.folder / "aa.jsonl").stat().st_mode & 0o777 == 0o600


def test_an_id_that_is_a_path_is_refused(owed: OwedDeletions) -> None:
    with pytest.raises(ValueError, match="no id"):
        owed.pending("../settings")


def test_lines_of_a_later_version_are_passed_over(owed: OwedDeletions) -> None:
    owed.record(["aa"], What.SNAPSHOT, IDS[:1])
    with (owed.folder / "aa.jsonl").open("a") as file:
        file.write('{"what":"snapshot","id":"x","version":2}\n{"what":"moon","id":"y"}\n')
    assert len(owed.pending("aa")) == 1
