"""`restore` and `browse` as a window runs them: the key and the choice come by standard input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.backends.mounts import Mount
from app.services.found import Root, drives, found_places, look_at
from tests.cli.support import Machine


@pytest.fixture
def backed_up(ready: Machine) -> Machine:
    ready.run("backup")
    return ready


@pytest.fixture
def stranger(tmp_path: Path) -> Machine:
    """A new computer: no settings, no device key."""
    folder = tmp_path / "new"
    folder.mkdir()
    return Machine(folder)


def key(machine: Machine) -> str:
    return machine.recovery.read_text().strip()


def test_a_new_machine_reads_with_the_recovery_key_from_standard_input(
    backed_up: Machine, stranger: Machine
) -> None:
    asked = f'{key(backed_up)}\n{{"id":1,"do":"snapshots"}}\n'
    place = ("-r", backed_up.repository, "--password-stdin")
    events = stranger.run(*place, "browse", "--json", stdin=asked).events
    assert events[1]["total"] == 1
    assert not stranger.home.exists()


def test_a_wrong_key_on_standard_input_is_said(backed_up: Machine, stranger: Machine) -> None:
    place = ("-r", backed_up.repository, "--password-stdin")
    error = stranger.run(*place, "browse", "--json", code=12, stdin="no key at all\n").error
    assert error["id"] == "key-wrong"
    said = stranger.run(*place, "browse", "--json", code=2, stdin="").err
    assert "no key in the first line" in said


def test_a_choice_from_standard_input_is_restored_with_the_recovery_key(
    backed_up: Machine, stranger: Machine
) -> None:
    target = stranger.folder / "there"
    notes = backed_up.folder / "notes"
    choice = json.dumps({"include": [str(notes)], "exclude": [str(notes / "deep")]})
    words = f"{key(backed_up)}\n{choice}\n"
    report = stranger.run(
        "-r", backed_up.repository, "--password-stdin", "restore", "latest",
        "--target", target, "--choice-stdin", "--overwrite", "set-aside", "--json",
        "--control-stdin", stdin=words,
    ).report  # fmt: skip
    assert (report["files"], report["aside"]) == (1, 0)
    assert (target / "notes/a.txt").read_bytes() == b"alpha"
    assert not (target / "notes/deep").exists()


def test_a_dry_run_says_what_would_happen_and_writes_nothing(backed_up: Machine) -> None:
    notes = backed_up.folder / "notes"
    (notes / "a.txt").write_text("mine, longer")
    options = ("restore", "latest", "--in-place", "--overwrite", "set-aside")
    report = backed_up.run(*options, "--dry-run", "--json").report
    assert (report["new"], report["same"], report["different"]) == (0, 1, 1)
    rows = report["in_the_way"]
    assert isinstance(rows, list)
    assert rows[0]["name"] == "a.txt.before-restore"
    assert sorted(path.name for path in notes.iterdir()) == ["a.txt", "deep"]
    assert "a.txt.before-restore" in backed_up.run(*options, "--dry-run").out
    backed_up.run(*options)
    assert (notes / "a.txt.before-restore").read_text() == "mine, longer"


def test_the_window_is_told_sizes_and_the_plan(backed_up: Machine) -> None:
    notes = backed_up.folder / "notes"
    (notes / "a.txt").write_text("mine, longer")
    questions = [
        {"id": 1, "do": "sizes", "snapshot": "latest", "path": str(notes)},
        {"id": 2, "do": "measure", "snapshot": "latest", "exclude": [str(notes / "deep")]},
        {"id": 3, "do": "restore-plan", "snapshot": "latest", "include": [str(notes)]},
    ]
    lines = "".join(json.dumps(each) + "\n" for each in questions)
    events = backed_up.run("browse", "--json", stdin=lines).events
    rows = {e["id"]: e["rows"] for e in events if "rows" in e}
    last = {e["id"]: e for e in events if e.get("more") is False}
    assert rows[1] == [{"name": "deep", "files": 1, "bytes": 4000}]
    assert (last[2]["files"], last[2]["bytes"]) == (1, 5)
    assert (last[3]["same"], last[3]["different"]) == (1, 1)
    [row] = rows[3]  # type: ignore[misc]
    assert row["path"] == str(notes / "a.txt").lstrip("/")
    assert row["size"] == len("mine, longer")


def test_places_are_found_without_a_key(backed_up: Machine, stranger: Machine) -> None:
    found = found_places({"HOME": str(backed_up.folder)})
    folders = found["folders"]
    assert isinstance(folders, list)
    [place] = folders
    assert place["place"] == str(backed_up.repository)
    assert place["snapshots"] == 1
    assert len(place["machines"]) == 1
    assert place["newest"] is not None
    report = stranger.run("places", "--json").report
    assert set(report) == {"drives", "folders"}


def test_a_drive_is_looked_into_two_levels_deep_and_no_deeper(backed_up: Machine) -> None:
    drive = backed_up.folder / "KEEP-1"
    (drive / "a/b/c").mkdir(parents=True)
    backed_up.repository.rename(drive / "a/b/here")
    [root] = look_at([Root(drive, is_drive=True, label="KEEP-1")], patience=5)
    assert not root.found
    assert root.answered
    (drive / "a/b/here").rename(drive / "a/here")
    [root] = look_at([Root(drive, is_drive=True, label="KEEP-1")], patience=5)
    assert [each["place"] for each in root.found] == [str(drive / "a/here")]


def test_a_drive_that_does_not_answer_holds_nothing_up(tmp_path: Path) -> None:
    [root] = look_at([Root(tmp_path, is_drive=True, label="slow")], patience=0)
    assert root.label == "slow"


def test_what_is_mounted_by_the_system_itself_is_no_drive() -> None:
    mounts = [
        Mount("/", "ext4"), Mount("/proc", "proc"), Mount("/boot/efi", "vfat"),
        Mount("/media/trader/KEEP-1", "exfat"), Mount("/mnt/nas", "nfs4"),
        Mount("/run/user/1000/doc", "fuse.portal"), Mount("/data", "ext4"),
    ]  # fmt: skip
    assert [root.label for root in drives(mounts)] == ["KEEP-1", "nas", "data"]


def test_the_latest_in_its_place_is_this_machines_where_several_share_a_repository(
    ready: Machine,
) -> None:
    """Two servers have their bots in the same folder; the other one had backed up last."""
    file = ready.folder / "notes" / "whose"
    file.write_bytes(b"mine")
    ready.run("backup")
    file.write_bytes(b"another machine's")
    ready.run("backup", "--host", "another", ready.folder / "notes")
    ready.run("restore", "latest", "--in-place", "--overwrite", "always")
    assert file.read_bytes() == b"mine"
    where = ("restore", "latest", "--in-place", "--overwrite", "always", "--host", "another")
    ready.run(*where)
    assert file.read_bytes() == b"another machine's"


def test_the_latest_that_is_pinned_is_this_machines_where_several_share_a_repository(
    ready: Machine,
) -> None:
    """What somebody wanted to keep was not what was kept."""
    mine = ready.run("backup", "--json").report["snapshot"]
    ready.run("backup", "--host", "another", ready.folder / "notes")
    ready.run("pin", "latest")
    found = ready.run("snapshots", "--tag", "pinned", "--json").report["snapshots"]
    assert isinstance(found, list)
    assert isinstance(mine, dict)
    assert [each["time"] for each in found] == [mine["time"]]
