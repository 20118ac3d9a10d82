"""Keys over the years: the recovery key replaced, a lost machine shut out, everything rekeyed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.backends.contract import Kind
from app.backends.local import LocalBackend
from app.repository.keys import DEVICE_COST, add_key, open_key
from app.secret import Secret
from tests.cli.support import Done, Machine
from tests.faults import files_of


def opens(machine: Machine, key: Path, place: Path | None = None) -> None:
    machine.run("-r", place or machine.repository, "--password-file", key, "snapshots")


def is_shut_out(machine: Machine, key: Path, place: Path | None = None) -> None:
    where = ("-r", place or machine.repository, "--password-file", key)
    machine.run(*where, "snapshots", code=12)


def test_kinds_of_keys_are_told_apart(ready: Machine) -> None:
    mine = ready.folder / "mine.txt"
    mine.write_text("correct horse battery staple\n")
    ready.run("key", "add", "--new-password-file", mine)
    keys = ready.run("key", "list", "--json").report["keys"]
    assert isinstance(keys, list)
    assert sorted(key["kind"] for key in keys) == ["device", "other", "recovery"]
    assert [key["kind"] for key in keys if key["in_use"]] == ["device"]
    assert "recovery key" in ready.run("key", "list").out


def test_the_recovery_key_is_replaced_here_and_at_the_copies(ready: Machine) -> None:
    usb, new = ready.folder / "usb", ready.folder / "new.txt"
    ready.run("copy", "add", "folder", usb, "--name", "KEEP-1")
    ready.run("backup")
    opens(ready, ready.recovery, usb)
    said = ready.run("key", "replace-recovery", "--recovery-out", new).out
    assert "master key" in said
    assert "rekey" in said
    opens(ready, new)
    is_shut_out(ready, ready.recovery)
    opens(ready, ready.recovery, usb)  # until the next sync
    ready.run("copy", "sync")
    opens(ready, new, usb)
    is_shut_out(ready, ready.recovery, usb)
    assert len(files_of(usb, Kind.KEY)) == 2


def test_the_last_key_that_lies_outside_of_computers_stays(ready: Machine) -> None:
    """What was left was in the keyring of the one computer whose loss it is for."""
    keys = ready.run("key", "list", "--json").report["keys"]
    assert isinstance(keys, list)
    (printed,) = (key["id"] for key in keys if key["kind"] == "recovery")
    failed = ready.run("key", "remove", printed, "--json", code=2)
    assert failed.error["id"] == "key-last-printed"
    opens(ready, ready.recovery)
    ready.run("key", "add", "--recovery-out", ready.folder / "second.txt")
    ready.run("key", "remove", printed)
    is_shut_out(ready, ready.recovery)


def test_a_new_recovery_key_is_shown_before_the_old_one_goes(ready: Machine) -> None:
    said = ready.run("key", "replace-recovery").out
    shown = next(line.strip() for line in said.splitlines() if line.startswith("    "))
    assert said.index(shown) < said.index("is gone")
    new = ready.folder / "new.txt"
    new.write_text(shown + "\n")
    opens(ready, new)


def test_which_recovery_key_goes_must_be_said_where_there_are_two(ready: Machine) -> None:
    second, third = ready.folder / "second.txt", ready.folder / "third.txt"
    ready.run("key", "add", "--recovery-out", second)
    failed = ready.run("key", "replace-recovery", "--recovery-out", third, "--json", code=2)
    assert failed.error["id"] == "recovery-key-which"
    assert not third.exists()
    opens(ready, ready.recovery)
    keys = ready.run("key", "list", "--json").report["keys"]
    assert isinstance(keys, list)
    old = next(key["id"] for key in keys if key["kind"] == "recovery")
    ready.run("key", "replace-recovery", "--recovery-out", third, "--replaces", old[:10])
    opens(ready, second)
    opens(ready, third)
    is_shut_out(ready, ready.recovery)


def test_no_secret_in_json_lines_and_no_file_written_over(ready: Machine) -> None:
    failed = ready.run("key", "replace-recovery", "--json", code=2)
    assert failed.error["id"] == "recovery-out-needed"
    taken = ("--recovery-out", ready.recovery)
    failed = ready.run("key", "replace-recovery", *taken, "--json", code=2)
    assert failed.error["id"] == "recovery-file-exists"
    opens(ready, ready.recovery)


def test_the_recovery_key_can_be_replaced_by_whoever_holds_it(ready: Machine) -> None:
    new = ready.folder / "new.txt"
    where = ("-r", ready.repository, "--password-file", ready.recovery)
    ready.run(*where, "key", "replace-recovery", "--recovery-out", new)
    opens(ready, new)
    is_shut_out(ready, ready.recovery)


def test_a_lost_machine_is_shut_out(ready: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = LocalBackend(ready.repository)
    recovery = Secret(ready.recovery.read_text().strip())
    lost = ready.folder / "lost.txt"
    lost.write_text("l" * 43 + "\n")
    with monkeypatch.context() as patch:
        patch.setattr("app.repository.keys.host_name", lambda: "Old-Laptop")
        add_key(backend, open_key(backend, [recovery]).master, Secret("l" * 43), cost=DEVICE_COST)
    opens(ready, lost)
    unknown = ready.run("key", "retire", "nobody", "--json", code=2).error
    assert unknown["id"] == "machine-unknown"
    assert "Old-Laptop" in str(unknown["hint"])
    assert "master key" in ready.run("key", "retire", "old-laptop").out
    is_shut_out(ready, lost)
    opens(ready, ready.recovery)
    keys = ready.run("key", "list", "--json").report["keys"]
    assert isinstance(keys, list)
    (here,) = {key["host"] for key in keys}
    assert ready.run("key", "retire", here, "--json", code=2).error["id"] == "machine-in-use"


# --- rekey -----------------------------------------------------------------------------------


def test_everything_is_copied_under_a_new_master_key(ready: Machine) -> None:
    ready.run("backup", "--tag", "first")
    (ready.folder / "notes/more").write_bytes(b"more" * 50_000)
    ready.run("backup")
    place, key = ready.folder / "second", ready.folder / "second.txt"
    report = ready.run("rekey", place, "--recovery-out", key, "--json").report
    assert (report["snapshots"], report["already"], report["used"]) == (2, 0, False)
    where = ("-r", place, "--password-file", key)
    is_shut_out(ready, ready.recovery, place)
    ready.run(*where, "verify", "--read-data")
    old = ready.run("snapshots", "--json").report["snapshots"]
    new = ready.run(*where, "snapshots", "--json").report["snapshots"]
    assert isinstance(old, list)
    assert isinstance(new, list)
    for field in ("time", "host", "tags", "paths", "size"):
        assert [each[field] for each in new] == [each[field] for each in old]
    assert {each["id"] for each in new}.isdisjoint(each["id"] for each in old)
    ready.run(*where, "restore", "latest", "--target", ready.folder / "t")
    assert (ready.folder / "t/notes/more").read_bytes() == b"more" * 50_000
    again = ready.run("rekey", place, "--recovery-out", key, "--json").report
    assert (again["snapshots"], again["already"], again["bytes"]) == (0, 2, 0)


def test_this_machine_goes_on_with_the_new_repository(ready: Machine) -> None:
    ready.run("backup")
    place, key = ready.folder / "second", ready.folder / "second.txt"
    said = ready.run("rekey", place, "--recovery-out", key, "--use").out
    assert "tradekeep copy remove" in said
    ready.run("backup")
    snapshots = ready.run("-r", place, "--password-file", key, "snapshots", "--json").report
    assert isinstance(snapshots["snapshots"], list)
    assert len(snapshots["snapshots"]) == 2
    assert len(files_of(ready.repository, Kind.SNAPSHOT)) == 1


def test_a_second_machine_that_goes_on_with_the_new_repository_can_open_it(
    ready: Machine, tmp_path: Path
) -> None:
    """It wrote the first one's key into its settings, and was locked out."""
    other = Machine(tmp_path / "other")
    other.folder.mkdir()
    other.run("--password-file", ready.recovery, "init", "--join", ready.repository)
    other.add("charts", {"a.txt": b"1"})
    place, key = ready.folder / "second", ready.folder / "second.txt"
    for machine in (ready, other):
        machine.run("rekey", place, "--recovery-out", key, "--use")
        machine.run("backup")
    keys = other.run("key", "list", "--json").report["keys"]
    assert isinstance(keys, list)
    assert sorted(each["kind"] for each in keys) == ["device", "device", "recovery"]


def test_what_is_not_whole_is_not_copied_and_the_new_one_not_used(ready: Machine) -> None:
    ready.run("backup")
    (ready.folder / "notes/only").write_bytes(b"only here" * 30_000)
    before = set(files_of(ready.repository, Kind.PACK))
    ready.run("backup")
    for path in set(files_of(ready.repository, Kind.PACK)) - before:
        path.chmod(0o600)
        path.write_bytes(b"\0" * path.stat().st_size)
    place, key = ready.folder / "second", ready.folder / "second.txt"
    done = ready.run("rekey", place, "--recovery-out", key, "--use", "--json", code=3)
    assert (done.report["snapshots"], done.report["skipped"]) == (1, 1)
    assert done.report["used"] is False
    ready.run("-r", place, "--password-file", key, "verify", "--read-data")


def test_the_same_repository_is_no_place_for_a_new_key(ready: Machine) -> None:
    place = ("rekey", ready.repository, "--recovery-out", ready.recovery)
    assert ready.run(*place, "--json", code=2).error["id"] == "rekey-same"
    missing = ("rekey", ready.repository, "--recovery-out", ready.folder / "none", "--json")
    assert ready.run(*missing, code=2).error["id"] == "rekey-needs-key"


@pytest.mark.interop
@pytest.mark.skipif(shutil.which("restic") is None, reason="stock restic is not installed")
def test_restic_finds_a_rekeyed_repository_sound(ready: Machine) -> None:
    ready.run("backup")
    place, key = ready.folder / "second", ready.folder / "second.txt"
    ready.run("rekey", place, "--recovery-out", key)
    restic = ["restic", "-r", str(place), "--password-file", str(key), "--no-cache"]
    subprocess.run([*restic, "check", "--read-data"], check=True, capture_output=True)


def key_event(done: Done) -> dict[str, object]:
    (event,) = [each for each in done.events if each["event"] == "key"]
    return event


def test_a_new_recovery_key_comes_as_an_event_and_never_in_a_report(machine: Machine) -> None:
    done = machine.run("init", "--repository", machine.repository, "--json", "--recovery-stdout")
    event = key_event(done)
    assert event["id"] == done.report["recovery_key_id"]
    assert str(event["key"]) not in str(done.report)
    key = machine.folder / "typed.txt"
    key.write_text(f"{event['key']}\n")
    opens(machine, key)
    again = machine.run("key", "replace-recovery", "--json", "--recovery-stdout")
    assert [each["event"] for each in again.events] == ["key", "done"]
    key.write_text(f"{key_event(again)['key']}\n")
    opens(machine, key)


def test_json_without_a_way_for_the_recovery_key_makes_nothing(machine: Machine) -> None:
    failed = machine.run("init", "--repository", machine.repository, "--json", code=2)
    assert failed.error["id"] == "recovery-out-needed"
    assert not machine.repository.exists()
    both = ("--recovery-stdout", "--recovery-out", machine.recovery)
    failed = machine.run("init", "--repository", machine.repository, "--json", *both, code=2)
    assert failed.error["id"] == "recovery-out-twice"
    assert not machine.recovery.exists()


def proof(machine: Machine) -> object:
    repository = machine.run("status", "--json").report["repository"]
    assert isinstance(repository, dict)
    return repository["kit"]


def test_a_recovery_key_that_was_typed_is_proved_until_it_is_replaced(ready: Machine) -> None:
    key = ready.recovery.read_text()
    assert proof(ready) == {"proved": None, "key": None, "outdated": []}
    typed = ("key", "prove", "--json", "--key-stdin")
    done = ready.run(*typed, stdin=key.lower().replace("-", " "))
    ready.run("key", "kit-printed", str(done.report["id"])[:8])
    proved = {"proved": done.report["proved"], "key": done.report["id"]}
    assert proof(ready) == {**proved, "outdated": []}
    kept = "".join(p.read_text() for p in ready.home.rglob("*.json*") if p.is_file())
    assert key[:9] not in kept
    ready.run("key", "replace-recovery", "--recovery-out", ready.folder / "new.txt")
    told: Any = proof(ready)
    assert (told["proved"], told["key"]) == (None, None)
    assert [each["id"] for each in told["outdated"]] == ["kit-outdated-key"]
    assert ready.run(*typed, stdin=key, code=12).error["id"] == "key-wrong"


def test_what_is_typed_wrong_or_is_no_recovery_key_proves_nothing(ready: Machine) -> None:
    typed = ("key", "prove", "--json", "--key-stdin")
    key = ready.recovery.read_text().strip()
    wrong = key[:5] + ("0" if key[5] != "0" else "1") + key[6:]
    failed = ready.run(*typed, stdin=wrong, code=12)
    assert failed.error["id"] == "recovery-key-group"
    assert failed.error["params"] == {"group": 2}
    device = (ready.folder / "device-key").read_text()
    assert ready.run(*typed, stdin=device, code=2).error["id"] == "proof-other-key"
    assert ready.run(*typed, stdin="", code=2).error["id"] == "key-stdin-empty"
    assert proof(ready) == {"proved": None, "key": None, "outdated": []}


def test_a_set_up_that_was_killed_while_it_replaced_a_key_goes_on(ready: Machine) -> None:
    ready.run("key", "add", "--recovery-out", ready.folder / "left-by-a-kill.txt")
    new = ready.folder / "new.txt"
    done = ready.run("key", "replace-recovery", "--unproved", "--recovery-out", new, "--json")
    assert len(done.report["removed"]) == 2  # type: ignore[arg-type]
    opens(ready, new)
    is_shut_out(ready, ready.recovery)
    ready.run("key", "prove", "--key-stdin", stdin=new.read_text())
    third = ready.folder / "third.txt"
    done = ready.run("key", "replace-recovery", "--unproved", "--recovery-out", third, "--json")
    assert done.report["removed"] == []  # the paper that was proved stays good
    opens(ready, new)
    opens(ready, third)
