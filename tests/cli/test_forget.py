"""Forgetting, pinning and pruning as a person does it; and what follows at the copies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.backends.contract import Kind
from app.copies.owed import OwedDeletions
from tests.cli.support import Machine
from tests.faults import files_of, flip_bit


@pytest.fixture
def grown(ready: Machine) -> Machine:
    """Four snapshots; each holds a file that only it needs."""
    ready.run("copy", "add", "folder", ready.folder / "usb", "--name", "KEEP-1")
    for number in range(4):
        (ready.folder / "notes/only").write_bytes(os.urandom(200_000))
        ready.run("backup", "--no-copies", "--tag", f"n{number}")
    return ready


def ids(machine: Machine, *where: str | Path) -> list[str]:
    found = machine.run(*where, "snapshots", "--json").report["snapshots"]
    assert isinstance(found, list)
    return [each["id"] for each in found]


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in files_of(folder, Kind.PACK))


def test_a_policy_is_shown_first_and_then_carried_out(grown: Machine) -> None:
    before = ids(grown)
    plan = grown.run("forget", "--keep-last", "2", "--dry-run", "--json").report
    assert ids(grown) == before
    keep, remove = plan["keep"], plan["remove"]
    assert isinstance(keep, list)
    assert isinstance(remove, list)
    assert {each["id"] for each in keep} == set(before[2:])
    assert {each["id"] for each in remove} == set(before[:2])
    assert all(each["reasons"] == ["last snapshot"] for each in keep)
    assert "Removed 2 of 4" in grown.run("forget", "--keep-last", "2").out
    assert ids(grown) == before[2:]


def test_the_room_comes_back_with_prune(grown: Machine) -> None:
    before = size(grown.repository)
    grown.run("forget", "--keep-last", "1")
    plan = grown.run("prune", "--dry-run", "--max-unused", "0%", "--json").report
    assert size(grown.repository) == before
    report = grown.run("prune", "--max-unused", "0%", "--json").report
    assert report["bytes_freed"] == plan["bytes_to_free"]
    assert before - size(grown.repository) >= 600_000
    grown.run("verify", "--read-data")
    target = grown.folder / "t"
    grown.run("restore", "latest", "--target", target)
    assert (target / "notes/only").read_bytes() == (grown.folder / "notes/only").read_bytes()


def test_what_is_forgotten_goes_at_the_copies_too_and_nothing_else(grown: Machine) -> None:
    usb = grown.folder / "usb"
    grown.run("copy", "sync")
    there = ids(grown, "-r", usb, "--password-file", grown.recovery)
    assert len(there) == 4
    # Another machine writes to the copy alone.
    extra = grown.folder / "extra"
    extra.mkdir()
    (extra / "f").write_bytes(os.urandom(50_000))
    arguments = ("-r", usb, "--password-file", grown.recovery, "backup", extra, "--host", "other")
    other = Machine(grown.folder / "other")
    other.folder.mkdir()
    other.run(*arguments)
    before = size(usb)
    grown.run("forget", "--keep-last", "1", "--prune")
    usb.rename(grown.folder / "away")
    grown.run("backup", code=3)  # the drive is away: what is owed stays owed
    (grown.folder / "away").rename(usb)
    grown.run("copy", "sync")
    left = ids(grown, "-r", usb, "--password-file", grown.recovery)
    assert set(there[:3]).isdisjoint(left)
    assert len(left) == 3  # the one that was kept, the one made meanwhile, the other machine's
    assert before - size(usb) >= 400_000
    grown.run("-r", "KEEP-1", "verify", "--read-data")
    (owed,) = (grown.home / "data/owed").glob("*.jsonl")
    assert OwedDeletions(owed.parent).pending(owed.stem) == []


def test_a_snapshot_that_is_missing_here_is_not_removed_at_a_copy(grown: Machine) -> None:
    grown.run("copy", "sync")
    files_of(grown.repository, Kind.SNAPSHOT)[0].unlink()  # not by us
    grown.run("copy", "sync")
    assert len(files_of(grown.folder / "usb", Kind.SNAPSHOT)) == 4


def test_a_removed_key_goes_at_the_copies_with_the_next_sync(grown: Machine) -> None:
    second = grown.folder / "second.txt"
    added = grown.run("key", "add", "--recovery-out", second, "--json").report
    grown.run("copy", "sync")
    arguments = ("-r", grown.folder / "usb", "--password-file", second, "snapshots")
    grown.run(*arguments)
    grown.run("key", "remove", str(added["id"]))
    grown.run("copy", "sync")
    grown.run(*arguments, code=12)
    grown.run("-r", grown.folder / "usb", "--password-file", grown.recovery, "snapshots")


def test_a_pinned_snapshot_stays(grown: Machine) -> None:
    first = ids(grown)[0]
    assert "pinned" in grown.run("pin", first).out
    grown.run("forget", "--keep-last", "1")
    left = grown.run("snapshots", "--json").report["snapshots"]
    assert isinstance(left, list)
    assert [each["tags"] for each in left] == [["n0", "pinned"], ["n3"]]
    pinned = left[0]["id"]
    assert grown.run("forget", pinned, "--json", code=2).error["id"] == "snapshot-is-pinned"
    grown.run("unpin", pinned)
    grown.run("forget", "--keep-last", "1")
    assert len(ids(grown)) == 1


def test_tags_are_added_removed_and_set(grown: Machine) -> None:
    grown.run("tag", "latest", "--add", "a", "--add", "b")
    changed = grown.run("tag", "latest", "--remove", "n3", "--json").report["snapshot"]
    assert isinstance(changed, dict)
    assert changed["tags"] == ["a", "b"]
    changed = grown.run("tag", "latest", "--set", "z", "--json").report["snapshot"]
    assert isinstance(changed, dict)
    assert changed["tags"] == ["z"]
    assert len(ids(grown)) == 4
    grown.run("tag", "latest", code=2)


def test_one_snapshot_is_forgotten_by_its_name(grown: Machine) -> None:
    first, *others = ids(grown)
    grown.run("forget", first[:12])
    assert ids(grown) == others


def test_a_damaged_snapshot_that_no_copy_has_can_be_given_up(grown: Machine) -> None:
    """It was in nobody's list, so it could not be forgotten, and no prune ran any more."""
    *_, last = ids(grown)
    grown.run("copy", "sync")
    path = next(path for path in files_of(grown.repository, Kind.SNAPSHOT) if path.name == last)
    flip_bit(path, 40)
    error = grown.run("prune", "--json", code=1).error
    assert error["id"] == "prune-snapshot-damaged"
    assert last[:8] in str(error["hint"])
    report = grown.run("forget", last[:8], "--json", code=0).report
    assert (report["damaged"], report["remove"], report["removed"]) == ([last], [], 1)
    grown.run("prune")
    grown.run("verify", "--read-data")
    grown.run("copy", "sync")  # where it is sound, it stays
    assert last in {path.name for path in files_of(grown.folder / "usb", Kind.SNAPSHOT)}


def test_a_pinned_snapshot_stays_at_a_copy_whatever_goes_here(grown: Machine) -> None:
    first, *_ = ids(grown)
    grown.run("pin", first)
    grown.run("copy", "sync")
    where = ("-r", grown.folder / "usb", "--password-file", grown.recovery)
    (pinned,) = grown.run("snapshots", "--tag", "pinned", "--json").report["snapshots"]  # type: ignore[misc, attr-defined]
    grown.run(*where, "forget", "--keep-last", "1", "--prune")  # by somebody at the copy
    assert pinned["id"] in ids(grown, *where)
    grown.run("forget", "--keep-last", "1", "--prune")
    grown.run("backup")
    grown.run("copy", "sync")
    grown.run(*where, "prune", "--max-unused", "0%")
    for place in ((), where):
        assert pinned["id"] in ids(grown, *place)
        target = grown.folder / f"t{len(place)}"
        grown.run(*place, "restore", pinned["id"], "--target", target)
        assert len((target / "notes/only").read_bytes()) == 200_000
        assert grown.run(*place, "forget", pinned["id"], "--json", code=2).error["id"] == (
            "snapshot-is-pinned"
        )


def test_a_policy_that_keeps_nothing_is_refused(grown: Machine) -> None:
    done = grown.run("forget", "--json", code=2)
    assert done.error["id"] == "policy-empty"
    assert grown.run("forget", "--keep-within", "soon", "--json", code=2).error["id"] == (
        "span-unreadable"
    )
    grown.run("forget", "--keep-last", "1", "--group-by", "colour", code=2)
    assert len(ids(grown)) == 4


def test_prune_refuses_an_amount_that_is_none(grown: Machine) -> None:
    for text in ("x", "100%", "-1", "5 %%"):
        grown.run("prune", "--max-unused", text, code=2)
    grown.run("prune", "--max-unused", "unlimited")
    grown.run("prune", "--max-unused", "200M")
