"""Mending: what was damaged is whole again where a copy has it, and named where none has."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from app.backends.contract import Kind
from tests.cli.support import Machine
from tests.faults import empty, files_of, flip_bit, truncate

DAMAGES: dict[str, Callable[[Path], object]] = {
    "bit": lambda path: flip_bit(path, path.stat().st_size // 3),
    "cut": lambda path: truncate(path, -9),
    "empty": empty,
    "gone": lambda path: path.unlink(),
}


@pytest.fixture
def copied(ready: Machine) -> Machine:
    """Two snapshots here and at a copy."""
    ready.run("copy", "add", "folder", ready.folder / "usb", "--name", "KEEP-1")
    (ready.folder / "notes/big.bin").write_bytes(os.urandom(300_000))
    ready.run("backup")
    (ready.folder / "notes/c.txt").write_bytes(b"gamma")
    ready.run("backup")
    return ready


def whole(machine: Machine, name: str) -> None:
    """Nothing is damaged, everything restores, and stock restic agrees."""
    machine.run("verify", "--read-data")
    target = machine.folder / name
    machine.run("restore", "latest", "--target", target)
    for path in (machine.folder / "notes").rglob("*"):
        if path.is_file():
            back = target / "notes" / path.relative_to(machine.folder / "notes")
            assert back.read_bytes() == path.read_bytes()
    program = shutil.which("restic")
    assert program
    done = subprocess.run(
        [program, "-r", machine.repository, "--no-cache", "check", "--read-data",
         "--password-file", machine.recovery],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_sound_repository_is_left_alone(copied: Machine) -> None:
    before = {path: path.read_bytes() for path in copied.repository.rglob("*") if path.is_file()}
    assert "Nothing is lost" in copied.run("repair").out
    after = {path: path.read_bytes() for path in copied.repository.rglob("*") if path.is_file()}
    assert after == before


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", [Kind.PACK, Kind.INDEX])
def test_everything_of_a_kind_is_damaged_and_a_copy_has_it(
    copied: Machine, kind: Kind, damage: str
) -> None:
    for path in files_of(copied.repository, kind):
        DAMAGES[damage](path)
    plan = copied.run("repair", "--dry-run", "--json").report
    assert plan["dry_run"] is True
    report = copied.run("repair", "--json").report
    assert report["blobs_lost"] == []
    assert report["affected"] == {}
    whole(copied, "t")


@pytest.mark.parametrize("damage", ["bit", "cut", "empty"])
def test_a_damaged_snapshot_file_comes_back_from_a_copy(copied: Machine, damage: str) -> None:
    for path in files_of(copied.repository, Kind.SNAPSHOT):
        DAMAGES[damage](path)
    report = copied.run("repair", "--json", code=0).report
    assert report["snapshots_fetched"] == 2
    whole(copied, "t")


def test_a_paused_copy_is_left_alone_and_named(copied: Machine) -> None:
    for pack in files_of(copied.repository, Kind.PACK):
        flip_bit(pack, pack.stat().st_size // 3)
    copied.run("copy", "set", "KEEP-1", "--pause")
    done = copied.run("repair", code=3)
    assert "KEEP-1 is paused: nothing is taken from there." in done.out
    assert "0 packs from copies" in done.out
    copied.run("copy", "set", "KEEP-1", "--go-on")
    copied.run("repair")
    whole(copied, "afterwards")


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_lost_index_is_made_again_without_any_copy(copied: Machine, damage: str) -> None:
    (copied.folder / "usb").rename(copied.folder / "away")
    for path in files_of(copied.repository, Kind.INDEX):
        DAMAGES[damage](path)
    report = copied.run("repair", "--json").report
    assert report["packs_listed"] == len(files_of(copied.repository, Kind.PACK))
    whole(copied, "t")


def test_without_a_copy_what_can_be_read_is_saved_and_the_rest_is_named(copied: Machine) -> None:
    (copied.folder / "usb").rename(copied.folder / "away")
    largest = max(files_of(copied.repository, Kind.PACK), key=lambda path: path.stat().st_size)
    flip_bit(largest, largest.stat().st_size // 2)
    done = copied.run("repair", "--json", code=3)
    lost = done.report["blobs_lost"]
    assert isinstance(lost, list)
    assert len(lost) == 1
    affected = done.report["affected"]
    assert isinstance(affected, dict)
    assert list(affected) == [str(copied.folder / "notes/big.bin")]
    ids = {event["id"] for event in done.events if event["event"] == "problem"}
    assert {"repair-blob-lost", "check-affected"} <= ids
    assert not largest.exists()
    copied.run("restore", "latest", "--target", copied.folder / "t", code=3)
    assert (copied.folder / "t/notes/a.txt").read_bytes() == b"alpha"
    # The file still is on this computer: a backup that reads it heals every snapshot of it.
    os.utime(copied.folder / "notes/big.bin")
    copied.run("backup", code=3)  # the drive is away
    whole(copied, "u")


def test_blob_by_blob_from_a_copy_with_other_packs(copied: Machine) -> None:
    """The copy was pruned by itself: its packs have other names, its blobs are the same."""
    usb = copied.folder / "usb"
    arguments = ("-r", usb, "--password-file", copied.recovery)
    listed = copied.run(*arguments, "snapshots", "--json").report["snapshots"]
    assert isinstance(listed, list)
    copied.run(*arguments, "forget", listed[0]["id"])
    copied.run(*arguments, "prune", "--max-unused", "0%")
    for path in files_of(copied.repository, Kind.PACK):
        flip_bit(path, 60)
    report = copied.run("repair", "--json").report
    assert report["packs_salvaged"]
    assert report["packs_fetched"]
    assert report["blobs_lost"] == []
    whole(copied, "t")


@pytest.mark.parametrize("copy", ["there", "away"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_config_does_not_keep_repair_out(copied: Machine, damage: str, copy: str) -> None:
    """Nothing opened any more although all data was there; without a copy, for ever."""
    if copy == "away":
        (copied.folder / "usb").rename(copied.folder / "away")
    DAMAGES[damage](copied.repository / "config")
    code = 10 if damage == "gone" else 1
    assert "tradekeep repair" in str(copied.run("snapshots", "--json", code=code).error["hint"])
    assert copied.run("repair", "--json").report["config_mended"] is True
    if copy == "there":
        assert (copied.repository / "config").read_bytes() == (
            copied.folder / "usb/config"
        ).read_bytes()
    whole(copied, "t")
    if copy == "away":  # it still is the same repository
        (copied.folder / "away").rename(copied.folder / "usb")
        copied.run("copy", "sync")


@pytest.mark.parametrize("there", ["an empty folder", "nothing"])
def test_where_no_repository_is_a_repair_says_so_and_makes_none(
    copied: Machine, there: str
) -> None:
    """The drive is not plugged in. It said that the key files are lost, or exited with 1."""
    copied.repository.rename(copied.folder / "elsewhere")
    if there == "an empty folder":
        copied.repository.mkdir()
    for command in (("repair",), ("-r", copied.repository, "repair")):
        error = copied.run(*command, "--json", code=10).error
        assert error["id"] == ("repository-missing" if copied.repository.exists() else "place-away")
    assert not copied.repository.exists() or list(copied.repository.iterdir()) == []


def test_through_a_link_a_repository_is_no_copy_of_itself(copied: Machine) -> None:
    link = copied.folder / "link"
    link.symlink_to(copied.repository)
    report = copied.run("-r", link, "repair", "--json").report
    assert report["copies"] == [str(copied.folder / "usb")]


@pytest.mark.parametrize("damage", ["bit", "cut", "empty"])
def test_damaged_key_files_do_not_keep_repair_out(copied: Machine, damage: str) -> None:
    """All of them: neither the device key nor the recovery key opens anything."""
    for path in files_of(copied.repository, Kind.KEY):
        DAMAGES[damage](path)
    copied.run("snapshots", code=12)
    assert copied.run("repair", "--json").report["keys_fetched"] == 2
    whole(copied, "t")
    copied.run("-r", copied.repository, "--password-file", copied.recovery, "snapshots")


@pytest.mark.parametrize("kind", [Kind.PACK, Kind.INDEX, Kind.SNAPSHOT, Kind.KEY])
def test_a_damaged_copy_is_mended_from_this_computer(copied: Machine, kind: Kind) -> None:
    """Nothing did: a sync takes files of the right size for sound, and a repair of the copy knew
    of no other place."""
    usb = copied.folder / "usb"
    for path in files_of(usb, kind):
        flip_bit(path, 60)
    copied.run("copy", "sync")
    report = copied.run("-r", "KEEP-1", "repair", "--json").report
    assert (report["blobs_lost"], report["affected"]) == ([], {})
    assert report["copies"] == [str(copied.repository)]
    copied.run("-r", "KEEP-1", "verify", "--read-data")
    for path in files_of(copied.repository, kind):
        assert (usb / path.relative_to(copied.repository)).read_bytes() == path.read_bytes()


def test_what_no_copy_has_and_the_disk_still_has_heals_with_the_next_backup(
    copied: Machine,
) -> None:
    """Also where nothing in the folder has changed since."""
    (copied.folder / "usb").rename(copied.folder / "away")
    max(files_of(copied.repository, Kind.PACK), key=lambda path: path.stat().st_size).unlink()
    assert copied.run("repair", "--json", code=3).report["affected"]
    copied.run("backup", code=3)  # the drive is away
    whole(copied, "u")


def test_snapshots_whose_folders_are_lost_can_be_given_up(copied: Machine) -> None:
    """A list of folders that has changed since comes back from no disk."""
    (copied.folder / "usb").rename(copied.folder / "away")
    for path in files_of(copied.repository, Kind.PACK):
        if path.stat().st_size < 4000:
            path.unlink()
    affected = copied.run("repair", "--json", code=3).report["affected"]
    assert isinstance(affected, dict)
    assert list(affected) == ["/"]
    error = copied.run("prune", "--json", code=1).error
    assert error["id"] == "prune-incomplete"
    assert "forget" in str(error["hint"])
    copied.run("backup", code=3)  # the drive is away
    copied.run("forget", *affected["/"])
    copied.run("prune")
    whole(copied, "u")
