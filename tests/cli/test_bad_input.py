"""What goes wrong for people: a clear sentence, the right exit code, nothing lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.backends.contract import Kind
from tests.cli.support import Done, Machine
from tests.faults import empty, files_of, flip_bit, truncate

IS_ROOT = os.geteuid() == 0


@pytest.fixture
def full(ready: Machine) -> Machine:
    """A machine with two snapshots."""
    ready.run("backup")
    (ready.folder / "notes/c.txt").write_bytes(b"gamma")
    ready.run("backup")
    return ready


def said(done: Done) -> str:
    """The sentence of the error; it must be one, with something to do."""
    error = done.error
    assert str(error["title"])[-1] in ".”"
    assert error["hint"]
    return str(error["id"])


def test_a_wrong_key(full: Machine, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("not the password\n")
    done = full.run("-r", full.repository, "--password-file", wrong, "snapshots", "--json", code=12)
    assert said(done) == "key-wrong"


def test_a_recovery_key_with_a_typing_mistake_names_the_group(full: Machine) -> None:
    key = full.recovery.read_text().strip()
    groups = key.split("-")
    groups[3] = groups[3][::-1] if groups[3] != groups[3][::-1] else "0000"
    wrong = full.folder / "typed.txt"
    wrong.write_text("-".join(groups) + "\n")
    done = full.run("-r", full.repository, "--password-file", wrong, "snapshots", "--json", code=12)
    assert said(done) == "recovery-key-group"
    assert done.error["params"] == {"group": 4}
    assert groups[3] not in done.out


@pytest.mark.parametrize(
    "typed", [str.lower, lambda key: key.replace("-", " "), lambda key: key.replace("-", "")]
)
def test_a_recovery_key_typed_as_people_type_opens(
    full: Machine, typed: Callable[[str], str]
) -> None:
    file = full.folder / "typed.txt"
    file.write_text("  " + typed(full.recovery.read_text().strip()) + " \n")
    full.run("-r", full.repository, "--password-file", file, "snapshots")


def test_a_folder_that_is_no_repository(full: Machine, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for place in (tmp_path / "photos", tmp_path / "nowhere"):
        arguments = ("-r", place, "--password-file", full.recovery, "snapshots", "--json")
        assert said(full.run(*arguments, code=10)) in ("repository-missing", "place-away")


def test_the_repository_of_this_computer_is_gone(full: Machine) -> None:
    full.repository.rename(full.folder / "moved")
    done = full.run("backup", "--json", code=10)
    assert said(done) in ("repository-missing", "place-away")
    assert not full.repository.exists()
    (full.folder / "moved").rename(full.repository)
    full.run("backup")


def test_a_newer_format_is_refused_and_left_alone(full: Machine) -> None:
    from app.backends.local import LocalBackend
    from app.repository.config import Config, save_config
    from app.repository.crypto import Sealer
    from app.repository.repository import open_repository
    from app.services.home import read_passwords

    backend = LocalBackend(full.repository)
    repository = open_repository(backend, read_passwords(full.recovery))
    newer = Config(3, repository.config.id, repository.config.chunker_polynomial)
    save_config(backend, Sealer(repository.master), newer)
    before = tree(full.repository)
    done = full.run("backup", "--json", code=1)
    assert said(done) == "repository-too-new"
    assert tree(full.repository) == before


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


DAMAGES: dict[str, Callable[[Path], None]] = {
    "bit": lambda path: flip_bit(path, path.stat().st_size // 2),
    "cut": lambda path: truncate(path, -7),
    "empty": empty,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_config(full: Machine, damage: str) -> None:
    copy = full.repository / "config"
    kept = copy.read_bytes()
    DAMAGES[damage](copy)
    for command in ("snapshots", "backup", "verify"):
        assert said(full.run(command, "--json", code=1)) == "repository-config-damaged"
    copy.chmod(0o600)
    copy.write_bytes(kept)
    full.run("verify", "--read-data")


def test_a_lost_config_is_told_from_a_folder_that_is_no_repository(full: Machine) -> None:
    """The advice was to make a new repository there."""
    (full.repository / "config").unlink()
    assert said(full.run("snapshots", "--json", code=10)) == "repository-config-missing"


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_key_file_leaves_the_other_key(full: Machine, damage: str) -> None:
    settings = (full.home / "config/settings.toml").read_text()
    own = next(p for p in files_of(full.repository, Kind.KEY) if p.name in settings)
    DAMAGES[damage](own)
    done = full.run("snapshots", "--json", code=12)
    assert said(done) == "key-file-damaged"  # not “typed wrongly”: nothing was typed
    assert done.error["params"]["key"] == own.name[:8]
    full.run("-r", full.repository, "--password-file", full.recovery, "snapshots")


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_snapshot_is_a_problem_and_the_other_one_is_there(
    full: Machine, damage: str
) -> None:
    DAMAGES[damage](files_of(full.repository, Kind.SNAPSHOT)[0])
    done = full.run("snapshots", "--json", code=3)
    listed = done.report["snapshots"]
    assert isinstance(listed, list)
    assert len(listed) == 1
    full.run("restore", "latest", "--target", full.folder / "t", code=3)
    full.run("backup", code=3)  # said again until it is mended


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_is_a_problem_and_the_next_backup_heals_what_it_can(
    full: Machine, damage: str
) -> None:
    for path in files_of(full.repository, Kind.INDEX):
        DAMAGES[damage](path)
    assert "Nothing is damaged" not in full.run("verify", code=3).out
    done = full.run("verify", "--json", code=3)
    ids = {event["id"] for event in done.events if event["event"] == "problem"}
    assert {"index-damaged", "check-affected"} <= ids
    full.run("backup", code=3)
    target = full.folder / "t"
    full.run("restore", "latest", "--target", target, code=3)
    assert (target / "notes/c.txt").read_bytes() == b"gamma"
    assert (target / "notes/a.txt").read_bytes() == b"alpha"


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_pack_is_named_with_its_files(full: Machine, damage: str) -> None:
    for path in files_of(full.repository, Kind.PACK):
        DAMAGES[damage](path)
    done = full.run("verify", "--read-data", "--json", code=3)
    report = done.report
    assert report["damaged"]
    assert report["affected"]
    target = full.folder / "t"
    if damage == "cut":  # what is cut off is the list at the end, which the index has, too
        full.run("restore", "latest", "--target", target)
        assert (target / "notes/a.txt").read_bytes() == b"alpha"
    else:
        done = full.run("restore", "latest", "--target", target, "--json", code=1)
        assert said(done) == "blob-damaged"


@pytest.mark.parametrize("damage", [each for each in DAMAGES if each != "empty"])
def test_a_damaged_lock_stops_nothing_but_says_so(full: Machine, damage: str) -> None:
    lock = full.repository / "locks" / ("ab" * 32)
    shutil.copy(files_of(full.repository, Kind.SNAPSHOT)[0], lock)
    DAMAGES[damage](lock)
    done = full.run("backup", "--json", code=11)
    assert said(done) == "lock-unreadable"
    lock.unlink()
    full.run("backup")


def test_rubbish_among_the_files_is_passed_over(full: Machine) -> None:
    for name in ("data/zz", "index/x.tmp", "snapshots/README", "keys/.DS_Store", "Thumbs.db"):
        (full.repository / name).write_bytes(b"rubbish")
    full.run("backup")
    full.run("verify", "--read-data")


def test_a_repository_that_is_in_use_is_told_by_whom(full: Machine) -> None:
    from app.backends.local import LocalBackend
    from app.repository.lock import LockMode, locked
    from app.repository.repository import open_repository
    from app.services.home import read_passwords

    backend = LocalBackend(full.repository)
    repository = open_repository(backend, read_passwords(full.recovery))
    with locked(repository, LockMode.EXCLUSIVE):
        done = full.run("backup", "--json", code=11)
    assert said(done) == "locked"
    assert str(os.getpid()) in str(done.error["title"])
    full.run("backup")


# --- settings and keys -----------------------------------------------------------------------


def test_all_mistakes_in_the_settings_are_told_at_once(full: Machine) -> None:
    settings = full.home / "config/settings.toml"
    text = settings.read_text()
    settings.write_text(text + '\n[[sources]]\nname = 7\nkind = "folder"\nnmae = "x"\n')
    done = full.run("backup", code=1)
    assert "name" in done.err
    assert "nmae" in done.err
    assert "path" in done.err  # missing
    arguments = ("-r", full.repository, "--password-file", full.recovery, "snapshots")
    full.run(*arguments)  # a restore does not depend on them


def test_no_keyring_is_said_and_is_no_empty_password(full: Machine) -> None:
    without = Machine(full.folder, {"TRADEKEEP_PASSWORD_FILE": ""})
    done = without.run("backup", "--json", code=1)
    assert str(done.error["id"]).startswith("keyring-")
    assert "TRADEKEEP_PASSWORD_FILE" in str(done.error["hint"])


def test_a_password_file_that_others_can_read_is_refused(full: Machine) -> None:
    (full.folder / "device-key").chmod(0o644)
    done = full.run("backup", "--json", code=2)
    assert "chmod 600" in str(done.error["hint"])


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe\x00"])
def test_an_odd_password_file_is_said(full: Machine, content: bytes) -> None:
    file = full.folder / "odd"
    file.write_bytes(content)
    done = full.run("-r", full.repository, "--password-file", file, "snapshots", "--json", code=2)
    assert str(done.error["id"]).startswith("password-file-")


def test_a_missing_password_file_is_said(full: Machine) -> None:
    arguments = ("-r", full.repository, "--password-file", full.folder / "none", "snapshots")
    assert "none" in full.run(*arguments, code=2).err


def test_an_unknown_kind_of_place_is_said(full: Machine) -> None:
    for place in ("ftp:host/x", "sftp:host/x"):
        arguments = ("-r", place, "--password-file", full.recovery, "snapshots", "--json")
        assert said(full.run(*arguments, code=2)) == "place-unknown-kind"


def test_a_copy_that_does_not_exist_is_not_a_drive_to_be_plugged_in(full: Machine) -> None:
    assert said(full.run("-r", "KEEP", "snapshots", "--json", code=10)) == "place-no-such"


@pytest.mark.parametrize("command", ["status", "doctor", "source list", "copy sync"])
def test_a_place_is_refused_where_it_would_be_passed_over(full: Machine, command: str) -> None:
    """`--repository K status` showed this computer's repository as if it were K."""
    done = full.run("-r", full.folder, *command.split(), code=2)
    assert "--repository means nothing" in done.err


def test_a_password_file_with_blanks_at_the_end_opens_as_with_stock_restic(full: Machine) -> None:
    file = full.folder / "windows"
    file.write_bytes(full.recovery.read_bytes().strip() + b" \r\n")
    full.run("-r", full.repository, "--password-file", file, "snapshots")


# --- sources ---------------------------------------------------------------------------------


def test_a_source_that_is_gone_is_a_problem_and_the_others_are_saved(full: Machine) -> None:
    full.add("second", {"x": b"x"})
    (full.folder / "notes").rename(full.folder / "away")
    done = full.run("backup", "--json", code=3)
    (problem,) = (event for event in done.events if event["event"] == "problem")
    assert problem["id"] == "source-gone"
    assert done.report["snapshot"]


def test_all_sources_gone_makes_no_snapshot(full: Machine) -> None:
    (full.folder / "notes").rename(full.folder / "away")
    before = files_of(full.repository, Kind.SNAPSHOT)
    done = full.run("backup", "--json", code=1)
    assert said(done) == "backup-nothing"
    assert files_of(full.repository, Kind.SNAPSHOT) == before


@pytest.mark.skipif(not IS_ROOT, reason="needs root to become somebody who may not read")
@pytest.mark.skipif(IS_ROOT, reason="root may read everything")
def test_a_copy_where_this_user_may_not_even_look_is_said(full: Machine) -> None:
    """It ended in a traceback."""
    locked = full.folder / "others"
    locked.mkdir(mode=0)
    done = full.run("copy", "add", "folder", locked / "c", "--name", "c", "--json", code=1)
    assert said(done) == "copy-unwritable"


def test_an_own_folder_that_cannot_be_made_is_said(full: Machine) -> None:
    """A backup into a repository at hand ended in a traceback."""
    (full.folder / "file").touch()
    elsewhere = Machine(full.folder, {"TRADEKEEP_HOME": str(full.folder / "file/home")})
    place = ("-r", full.repository, "--password-file", full.recovery)
    done = elsewhere.run(*place, "backup", full.folder / "notes", "--json", code=1)
    assert said(done) == "own-folder-unwritable"
    elsewhere.run(*place, "snapshots")


def test_names_that_are_not_utf8_in_arguments_do_not_end_a_run(full: Machine) -> None:
    """The restore was done, and ended in a traceback when it was to be told."""
    odd = os.fsdecode(os.fsencode(full.folder) + b"/odd\xff")
    done = full.run("restore", "latest", "--target", odd, "--json")
    assert done.report["target"] == f"{full.folder}/odd\ufffd"
    assert os.path.exists(f"{odd}/notes/a.txt")
    full.run("backup", odd, "--json")
    assert said(full.run("-r", odd, "snapshots", "--json", code=10)) == "repository-missing"
    strict = Machine(full.folder, {"PYTHONIOENCODING": "utf-8:strict"})
    assert "odd" in strict.run("source", "detect", odd).out + strict.run("snapshots").out


def test_an_unreadable_file_is_listed_and_the_run_ends_with_problems(
    full: Machine,
) -> None:
    for folder in (*full.folder.parents[:-2], full.folder):  # for somebody else to pass through
        folder.chmod(folder.stat().st_mode | 0o011)
    if _nobody_runs(full) is None:
        pytest.skip("another user cannot run this environment's Python")
    secret = full.folder / "notes/secret.txt"
    secret.write_text("x")
    secret.chmod(0o000)
    subprocess.run(["chown", "-R", "65534", full.folder], check=True)
    os.chown(secret, 0, 0)
    done = _nobody_runs(full, "backup", "--json")
    assert done is not None
    assert done.returncode == 3
    problems = [json.loads(line) for line in done.stdout.splitlines() if '"problem"' in line]
    assert [each["params"]["path"] for each in problems] == [str(secret)]


def _nobody_runs(machine: Machine, *arguments: str) -> subprocess.CompletedProcess[str] | None:
    command = ["setpriv", "--reuid=65534", "--clear-groups", *machine.command(*arguments)]
    if not arguments:
        probe = subprocess.run(
            [*command, "--version"], env=machine.environment, capture_output=True
        )
        return None if probe.returncode else subprocess.CompletedProcess([], 0)
    return subprocess.run(command, env=machine.environment, capture_output=True, text=True)


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminals here")
@pytest.mark.parametrize("typed", [True, False], ids=["at a terminal", "by cron"])
def test_a_mistyped_command_is_no_failed_run(full: Machine, typed: bool) -> None:
    """It turned the window red. Of a cron job's mistake nobody would know otherwise: the folder
    may be on a drive that is not there."""
    before = full.run("status", "--json").report
    command = full.command("backup", full.folder / "ntoes")
    ours, theirs = os.openpty() if typed else os.pipe()
    done = subprocess.run(command, env=full.environment, stdin=theirs, stderr=theirs)
    assert done.returncode == 2
    assert "ntoes" in os.read(ours, 4096).decode()
    for descriptor in (ours, theirs):
        os.close(descriptor)
    after = full.run("status", "--json").report
    runs = after["runs"]
    assert isinstance(runs, list)
    assert (runs == before["runs"]) == typed
    assert (runs[0]["outcome"] == "ok") == typed
    assert after["running"] is None


def test_a_history_that_cannot_be_written_does_not_stop_a_restore(full: Machine) -> None:
    history = full.home / "data"
    shutil.rmtree(history)
    history.write_text("in the way")
    target = full.folder / "t"
    done = full.run("restore", "latest", "--target", target, "--json", code=3)
    problems = [event["id"] for event in done.events if event["event"] == "problem"]
    assert problems == ["history-unwritable"]  # said once, not at the beginning and at the end
    assert (target / "notes/a.txt").read_bytes() == b"alpha"


# --- disks -----------------------------------------------------------------------------------


def test_a_full_disk_under_the_repository(machine: Machine, small_disk: Path) -> None:
    repository = small_disk / "repository"
    machine.run("init", "--repository", repository, "--recovery-out", machine.recovery)
    machine.add("small", {"a": b"alpha"})
    first = machine.run("backup", "--json").report["snapshot"]
    assert isinstance(first, dict)
    machine.add("big", {"random": os.urandom(20 << 20)})
    done = machine.run("backup", "--json", code=1)
    assert said(done) == "place-full"
    machine.run("source", "remove", "big")
    machine.run("verify", "--read-data")
    target = machine.folder / "t"
    machine.run("restore", first["id"], "--target", target)
    assert (target / "small/a").read_bytes() == b"alpha"


@pytest.mark.parametrize("small_disk", [160], indirect=True)
def test_a_full_disk_does_not_lose_the_room_of_what_was_saved(
    machine: Machine, small_disk: Path
) -> None:
    """It was in no index: the next run saved it again, into even less room, and failed again."""
    repository = small_disk / "repository"
    machine.run("init", "--repository", repository, "--recovery-out", machine.recovery)
    machine.add("big", {f"{n:02}": os.urandom(6 << 20) for n in range(30)})
    machine.run("backup", code=1)
    report = machine.run("verify", "--read-data", "--json").report
    assert isinstance(report["packs"], int)
    assert report["packs"] > 4
    assert report["orphans"] == 0


def test_a_full_disk_under_a_copy(full: Machine, small_disk: Path) -> None:
    place = small_disk / "copy"
    full.run("copy", "add", "folder", place, "--name", "SMALL")
    full.run("backup")
    full.add("big", {"random": os.urandom(20 << 20)})
    done = full.run("backup", "--json", code=3)
    assert [e["id"] for e in done.events if e["event"] == "problem"] == ["mirror-no-space"]
    full.run("-r", "SMALL", "verify", "--read-data")


def test_a_full_disk_under_a_restore(full: Machine, small_disk: Path) -> None:
    full.add("big", {"random": os.urandom(20 << 20)})
    full.run("backup")
    target = small_disk / "t"
    done = full.run("restore", "latest", "--target", target, "--json", code=1)
    assert said(done) == "restore-no-space"
    assert os.listdir(target) == []


@pytest.fixture
def read_only(full: Machine) -> Iterator[Machine]:
    """The repository on a file system that cannot be written to."""
    command = ["mount", "--bind", full.repository, full.repository]
    again = ["mount", "-o", "remount,bind,ro", full.repository]
    if not IS_ROOT or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("this system lets us mount nothing")
    subprocess.run(again, check=True)
    yield full
    subprocess.run(["umount", "-l", full.repository], check=True)


def test_a_read_only_repository_refuses_a_backup_and_still_restores(read_only: Machine) -> None:
    assert said(read_only.run("backup", "--json", code=1)) == "place-read-only"
    read_only.run("verify", "--read-data")
    target = read_only.folder / "t"
    read_only.run("restore", "latest", "--target", target)
    assert (target / "notes/c.txt").read_bytes() == b"gamma"


def test_a_read_only_target_is_said(read_only: Machine) -> None:
    target = read_only.repository / "t"
    done = read_only.run("restore", "latest", "--target", target, "--json", code=1)
    assert said(done) == "restore-target"
