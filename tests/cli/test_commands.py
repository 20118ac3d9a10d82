"""Each command once as a person uses it, from an empty machine to a restore on a new one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.support import ROOT, Machine


def test_from_nothing_to_a_restore_on_a_new_machine(tmp_path: Path) -> None:
    old = Machine(tmp_path / "old")
    old.folder.mkdir()
    said = old.run("init", "--repository", old.repository, "--recovery-out", old.recovery)
    assert "restic -r" in said.out
    assert old.recovery.read_text().strip() not in said.out
    folder = old.add("bots", {"config.json": b"{}", "trend.py": b"buy()"})
    drive = tmp_path / "drive"
    drive.mkdir()
    old.run("copy", "add", "folder", drive / "tradekeep", "--name", "KEEP-1")
    assert "Snapshot" in old.run("backup").out

    new = Machine(tmp_path / "new")
    new.folder.mkdir()
    arguments = ("--repository", drive / "tradekeep", "--password-file", old.recovery)
    listed = new.run(*arguments, "snapshots", "--json").report["snapshots"]
    assert isinstance(listed, list)
    assert len(listed) == 1
    new.run(*arguments, "restore", "latest", "--target", tmp_path / "back")
    assert (tmp_path / "back/bots/trend.py").read_bytes() == b"buy()"
    assert (tmp_path / "back/.tradekeep/settings.toml").exists()
    assert sorted(os.listdir(folder)) == sorted(os.listdir(tmp_path / "back/bots"))
    assert not new.home.exists()  # no configuration is needed, and none is made


def test_init_without_a_file_shows_the_recovery_key_once(machine: Machine) -> None:
    out = machine.run("init", "--repository", machine.repository).out
    key = next(line.strip() for line in out.splitlines() if line.startswith("    ") and "-" in line)
    machine.recovery.write_text(key.lower().replace("-", " ") + "\n")
    machine.run("-r", machine.repository, "--password-file", machine.recovery, "snapshots")
    stored = b"".join(p.read_bytes() for p in machine.folder.rglob("*") if p.is_file())
    stored = stored.replace(machine.recovery.read_bytes(), b"")
    assert key.encode() not in stored


def test_init_twice_is_refused_and_changes_nothing(ready: Machine) -> None:
    before = (ready.home / "config/settings.toml").read_bytes()
    arguments = ("init", "--repository", ready.folder / "other", "--json", "--recovery-stdout")
    done = ready.run(*arguments, code=2)
    assert done.error["id"] == "already-set-up"
    assert (ready.home / "config/settings.toml").read_bytes() == before
    assert not (ready.folder / "other").exists()


def test_init_does_not_overwrite_a_recovery_file_or_a_folder_with_files(machine: Machine) -> None:
    machine.recovery.write_text("something of mine")
    arguments = ("init", "--repository", machine.repository, "--recovery-out", machine.recovery)
    machine.run(*arguments, code=2)
    assert machine.recovery.read_text() == "something of mine"
    machine.repository.mkdir(exist_ok=True)
    (machine.repository / "photo.jpg").write_bytes(b"x")
    machine.run("init", "--repository", machine.repository, code=2)
    assert os.listdir(machine.repository) == ["photo.jpg"]


def test_init_that_cannot_write_the_recovery_key_makes_no_repository(machine: Machine) -> None:
    arguments = ("init", "--repository", machine.repository, "--recovery-out", "/nowhere/key")
    done = machine.run(*arguments, "--json", code=2)
    assert done.error["id"] == "recovery-file-unwritable"
    assert not (machine.repository / "config").exists()


def test_the_password_file_is_made_private_by_init(machine: Machine) -> None:
    machine.set_up()
    key = machine.folder / "device-key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert machine.recovery.stat().st_mode & 0o777 == 0o600
    assert key.read_text() != machine.recovery.read_text()


def test_sources_are_listed_and_removed(ready: Machine) -> None:
    listed = ready.run("source", "list", "--json").report["sources"]
    assert isinstance(listed, list)
    assert [each["name"] for each in listed] == ["notes"]
    ready.run("source", "remove", "notes")
    assert ready.run("source", "list", "--json").report["sources"] == []
    assert ready.run("backup", "--json", code=2).error["id"] == "no-sources"


def test_a_second_backup_adds_next_to_nothing(ready: Machine) -> None:
    first = ready.run("backup", "--json").report
    second = ready.run("backup", "--json").report
    assert first["files_new"] == 2
    assert second["files_new"] == 0
    assert isinstance(second["snapshot"], dict)
    assert isinstance(first["snapshot"], dict)
    assert second["snapshot"]["id"] != first["snapshot"]["id"]


def test_paths_can_be_backed_up_ad_hoc(ready: Machine) -> None:
    extra = ready.folder / "extra"
    extra.mkdir()
    (extra / "keep").write_text("x")
    (extra / "drop.tmp").write_text("y")
    report = ready.run(
        "backup", extra, "--tag", "t1", "--host", "elsewhere", "--exclude", "*.tmp", "--json"
    ).report
    snapshot = report["snapshot"]
    assert isinstance(snapshot, dict)
    assert (snapshot["host"], snapshot["tags"], snapshot["paths"]) == (
        "elsewhere", ["t1"], [str(extra)],
    )  # fmt: skip
    entries = ready.run("ls", "latest", extra, "--host", "elsewhere", "--json").report["entries"]
    assert isinstance(entries, list)
    assert [entry["path"] for entry in entries] == [str(extra / "keep")]


def test_snapshots_are_narrowed_by_host_tag_and_path(ready: Machine) -> None:
    ready.run("backup")
    extra = ready.folder / "extra"
    extra.mkdir()
    (extra / "f").write_text("x")
    ready.run("backup", extra, "--tag", "pinned", "--host", "laptop")

    def count(*arguments: str | Path) -> int:
        found = ready.run("snapshots", *arguments, "--json").report["snapshots"]
        assert isinstance(found, list)
        return len(found)

    assert count() == 2
    assert count("--host", "laptop") == count("--tag", "pinned") == count("--path", extra) == 1
    assert count("--host", "nobody") == 0


def test_a_snapshot_is_named_by_the_beginning_of_its_id(ready: Machine) -> None:
    report = ready.run("backup", "--json").report
    assert isinstance(report["snapshot"], dict)
    name = str(report["snapshot"]["id"])[:6]
    assert "a.txt" in ready.run("ls", name, ready.folder / "notes").out
    done = ready.run("ls", "ffffffffffff", "--json", code=2)
    assert done.error["id"] == "snapshot-not-found"


def test_restore_of_a_subfolder_and_of_chosen_paths(ready: Machine) -> None:
    ready.run("backup")
    target = ready.folder / "t"
    ready.run("restore", f"latest:{ready.folder}/notes/deep", "--target", target)
    assert os.listdir(target) == ["b.txt"]
    other = ready.folder / "u"
    ready.run("restore", "latest", "--target", other, "--include", "notes/a.txt")
    assert [path.name for path in other.rglob("*") if path.is_file()] == ["a.txt"]


def test_a_second_restore_does_not_boast_of_what_it_left_alone(ready: Machine) -> None:
    """It said “Restored 0 files, 4 kB”."""
    ready.run("backup")
    arguments = ("restore", "latest", "--target", ready.folder / "t", "--json")
    assert ready.run(*arguments).report["bytes"]
    again = ready.run(*arguments).report
    assert (again["files"], again["bytes"]) == (0, 0)


def test_no_snapshot_that_fits_is_not_told_as_no_snapshot_at_all(ready: Machine) -> None:
    ready.run("backup")
    out = ready.run("snapshots", "--host", "nobody").out
    assert "No snapshot fits" in out
    assert "No snapshots yet" not in out


def test_a_copy_has_the_same_state_in_both_lists(ready: Machine) -> None:
    ready.run("copy", "add", "folder", ready.folder / "k", "--name", "K")
    assert "empty" in ready.run("copy", "list").out
    assert "empty" in ready.run("status").out


def test_the_doctor_speaks_to_people(ready: Machine) -> None:
    """It said “0, 0” and “PasswordFileKeys”."""
    out = ready.run("doctor").out
    assert "1 source, 0 copies" in out
    assert "device-key: " in out


def test_own_folders_are_private_with_their_parents(ready: Machine) -> None:
    ready.run("backup")
    for folder in (ready.home, *(path for path in ready.home.iterdir() if path.is_dir())):
        assert folder.stat().st_mode & 0o077 == 0, folder


def test_a_further_recovery_key_says_where_it_is(ready: Machine) -> None:
    file = ready.folder / "second.txt"
    assert str(file) in ready.run("key", "add", "--recovery-out", file).out


def test_restore_in_place_brings_a_removed_file_back(ready: Machine) -> None:
    ready.run("backup")
    (ready.folder / "notes/a.txt").unlink()
    (ready.folder / "notes/deep/b.txt").write_bytes(b"newer")
    arguments = ("restore", "latest", "--in-place", "--overwrite", "never", "--json")
    assert ready.run(*arguments).report["files"] == 1
    assert (ready.folder / "notes/a.txt").read_bytes() == b"alpha"
    assert (ready.folder / "notes/deep/b.txt").read_bytes() == b"newer"


def test_restore_in_place_loses_nothing_newer_unless_told_to(ready: Machine) -> None:
    ready.run("backup")
    newer = ready.folder / "notes/a.txt"
    newer.write_bytes(b"newer than the backup")
    report = ready.run("restore", "latest", "--in-place", "--json").report
    assert (report["files"], report["beside"]) == (1, 1)
    assert newer.read_bytes() == b"newer than the backup"
    (beside,) = newer.parent.glob("a (restored*).txt")
    assert beside.read_bytes() == b"alpha"
    ready.run("restore", "latest", "--in-place", "--overwrite", "if-changed")
    assert newer.read_bytes() == b"alpha"


def test_a_name_cannot_command_the_terminal(ready: Machine) -> None:
    (ready.folder / "notes/\x1b]0;owned\x07.txt").write_text("x")
    ready.run("backup")
    done = ready.run("ls", "latest", "-R")
    assert "\x1b" not in done.out
    assert "\\x1b]0;owned\\x07.txt" in done.out


def test_verify_says_what_was_checked(ready: Machine) -> None:
    ready.run("backup")
    assert "Nothing is damaged" in ready.run("verify").out
    report = ready.run("verify", "--read-data", "--json").report
    assert (report["scope"], report["damaged"]) == ("all", 0)
    assert report["packs_read"] == report["packs"] == 2
    sample = ready.run("verify", "--sample", "1%", "--json").report
    assert (sample["scope"], sample["packs_read"]) == ("sample", 1)
    for wrong in ("0", "101%", "x", "-5%"):
        ready.run("verify", "--sample", wrong, code=2)
    ready.run("verify", "--sample", "5%", "--read-data", code=2)


def test_keys_are_added_listed_and_removed(ready: Machine) -> None:
    second = ready.folder / "second.txt"
    added = ready.run("key", "add", "--recovery-out", second, "--json").report
    keys = ready.run("key", "list", "--json").report["keys"]
    assert isinstance(keys, list)
    assert len(keys) == 3
    assert [key["in_use"] for key in keys].count(True) == 1
    ready.run("-r", ready.repository, "--password-file", second, "snapshots")
    ready.run("key", "remove", str(added["id"])[:10])
    ready.run("-r", ready.repository, "--password-file", second, "snapshots", code=12)
    own = next(key["id"] for key in keys if key["in_use"])
    assert ready.run("key", "remove", own, "--json", code=2).error["id"] == "key-last"


def test_a_password_of_ones_own_can_be_added(ready: Machine) -> None:
    file = ready.folder / "mine.txt"
    file.write_text("correct horse battery staple\nsecond line\n")
    ready.run("key", "add", "--new-password-file", file)
    ready.run("-r", ready.repository, "--password-file", file, "snapshots")


def test_copies_are_added_listed_synced_and_forgotten(ready: Machine) -> None:
    ready.run("backup")
    place = ready.folder / "usb"
    ready.run("copy", "add", "folder", place, "--name", "KEEP-1")
    assert ready.run("copy", "sync", "keep-1", "--json").report["bytes_copied"]
    listed = ready.run("copy", "list", "--json").report["copies"]
    assert isinstance(listed, list)
    assert (listed[0]["state"], listed[0]["snapshots"]) == ("ok", 1)
    assert ready.run("-r", "KEEP-1", "verify", "--read-data", "--json").report["damaged"] == 0
    ready.run("copy", "remove", "KEEP-1")
    assert ready.run("copy", "list", "--json").report["copies"] == []
    assert (place / "config").exists()
    assert ready.run("copy", "sync", "--json", code=2).error["id"] == "no-copies"


def test_a_copy_that_is_away_is_a_problem_and_the_backup_is_kept(ready: Machine) -> None:
    place = ready.folder / "usb"
    ready.run("copy", "add", "folder", place, "--name", "KEEP-1")
    place.rename(ready.folder / "unplugged")
    done = ready.run("backup", "--json", code=3)
    assert done.events[-1]["outcome"] == "problems"
    (problem,) = (event for event in done.events if event["event"] == "problem")
    assert problem["id"] == "copy-away"
    assert "KEEP-1" in str(problem["title"])
    place.mkdir()  # a mount point without its drive
    done = ready.run("backup", "--json", code=3)
    assert [e["id"] for e in done.events if e["event"] == "problem"] == ["copy-bare"]
    assert os.listdir(place) == []
    place.rmdir()
    (ready.folder / "unplugged").rename(place)
    assert ready.run("backup", "--json").events[-1]["outcome"] == "ok"


def test_status_tells_the_whole_without_any_key(ready: Machine) -> None:
    ready.run("backup")
    (ready.folder / "device-key").unlink()
    report = ready.run("status", "--json").report
    sources, runs = report["sources"], report["runs"]
    assert isinstance(sources, list)
    assert isinstance(runs, list)
    assert (sources[0]["name"], sources[0]["files"]) == ("notes", 2)
    assert (runs[0]["job"], runs[0]["outcome"]) == ("backup", "ok")
    assert "notes" in ready.run("status").out


def test_status_before_any_set_up(machine: Machine) -> None:
    assert "tradekeep init" in machine.run("status").out
    assert machine.run("status", "--json").report["repository"] is None
    assert machine.run("backup", "--json", code=10).error["id"] == "not-set-up"


def test_doctor_finds_nothing_and_then_what_is_missing(ready: Machine) -> None:
    assert "Nothing is missing" in ready.run("doctor").out
    assert (ready.folder / "device-key").read_text().strip() not in ready.run("doctor").out
    (ready.folder / "notes").rename(ready.folder / "gone")
    done = ready.run("doctor", "--json", code=3)
    findings = done.report["findings"]
    assert isinstance(findings, list)
    assert [f["name"] for f in findings if f["fine"] is False] == ["source notes"]


@pytest.mark.parametrize("arguments", [["nonsense"], ["restore", "latest"], ["--repository"]])
def test_wrong_usage_is_said_and_ends_with_2(machine: Machine, arguments: list[str]) -> None:
    assert machine.run(*arguments, code=2).err


def test_help_is_there_for_every_command(machine: Machine) -> None:
    from app.cli.main import _COMMANDS

    assert all(name in machine.run("--help").out for name in _COMMANDS)
    for name in _COMMANDS:
        assert machine.run(name, "--help").out.startswith("Usage: tradekeep")


def test_without_a_screen_the_window_says_so_and_does_not_abort(machine: Machine) -> None:
    bare = Machine(machine.folder, {"QT_QPA_PLATFORM": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""})
    done = bare.run(code=1)
    assert "There is no screen here" in done.err
    assert "tradekeep --help" in done.err


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    """CPU seconds of a process, the best of five: a busy machine makes no difference."""
    code = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_utime + used.ru_stime)\n"
    )
    runs = (
        subprocess.run(
            [sys.executable, "-c", code, *command], env=environment, cwd=ROOT, text=True,
            capture_output=True, check=True,
        ).stdout
        for _ in range(5)
    )  # fmt: skip
    return min(float(out) for out in runs)


def test_nothing_heavy_is_imported_before_it_is_needed(ready: Machine) -> None:
    code = (
        "import json, sys\n"
        "from app.cli.main import run\n"
        "run(sys.argv[1:])\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
    )

    def imported(*arguments: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], env=ready.environment, cwd=ROOT, text=True,
            capture_output=True, check=True,
        )  # fmt: skip
        return set(json.loads(done.stderr.splitlines()[-1]))

    heavy = {"PySide6", "keyring", "tomlkit", "rich", "psutil", "multiprocessing", "numpy"}
    assert not heavy & imported("--version")
    assert not {"cryptography", "zstandard", "msgspec"} & imported("--version")
    assert not heavy & imported("snapshots")
    ready.run("backup")
    unchanged = imported("backup", "--no-copies")
    assert not (heavy | {"sqlite3", "shutil", "socket", "pyfastcdc", "difflib"}) & unchanged


def test_version_and_snapshots_answer_at_once(ready: Machine) -> None:
    ready.run("backup")
    assert _seconds(ready.command("--version"), ready.environment) < 0.15
    assert _seconds(ready.command("snapshots"), ready.environment) < 0.4


def test_a_bot_whose_database_lies_in_a_server_is_a_problem_of_every_backup(ready: Machine) -> None:
    bot = ready.folder / "jesse"
    (bot / "strategies").mkdir(parents=True)
    (bot / ".env").write_text("POSTGRES_HOST=127.0.0.1\nPOSTGRES_PASSWORD=hunter2\n")
    ready.run("source", "add", "bot", bot, code=3)
    done = ready.run("backup", "--json", code=3)
    (problem,) = (event for event in done.events if event["event"] == "problem")
    assert "POSTGRES_NAME" in str(problem["title"]) + str(problem["hint"])
    assert "hunter2" not in done.out


def _kept_index(machine: Machine) -> Path:
    (kept,) = (path for path in machine.home.rglob("index/*") if "cache" in path.parts)
    return kept


def test_a_kept_index_that_is_damaged_does_not_harm_a_restore(ready: Machine) -> None:
    ready.run("backup")
    kept = _kept_index(ready)
    raw = bytearray(kept.read_bytes())
    raw[len(raw) // 2] ^= 1
    kept.write_bytes(raw)
    ready.run("restore", "latest", "--target", ready.folder / "t")
    assert (ready.folder / "t/notes/a.txt").read_bytes() == b"alpha"


def test_a_kept_index_does_not_hide_that_the_repository_has_lost_its_own(ready: Machine) -> None:
    """A restore is also how one learns whether another machine could."""
    ready.run("backup")
    (index,) = (ready.repository / "index").iterdir()
    index.chmod(0o600)
    index.write_bytes(b"damaged" + index.read_bytes()[7:])
    with_it = ready.run("restore", "latest", "--target", ready.folder / "t", "--json", code=1)
    _kept_index(ready).unlink()
    without = ready.run("restore", "latest", "--target", ready.folder / "u", "--json", code=1)
    assert with_it.error == without.error
