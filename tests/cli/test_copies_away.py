"""Copies that are not folders on this computer: on a drive, in a bucket, on WebDAV, in Dropbox.

Whole commands against servers that keep state; each copy is then restored from by itself.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.services.home import Home
from app.services.opening import sealed_file
from tests.backends.dropbox_server import APP_KEY, Account, server
from tests.backends.object_servers import BUCKET, PASSWORD, s3_server, webdav_server
from tests.cli.support import Machine

FILES = {"a.txt": b"alpha", "b/big.bin": bytes(range(256)) * 4000}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path, {"TRADEKEEP_DROPBOX_APP_KEY": APP_KEY}).set_up()
    machine.add("Notes", FILES)
    machine.run("backup")
    return machine


def copy_of(machine: Machine, name: str) -> dict[str, Any]:
    copies: Any = machine.run("status", "--json").report["copies"]
    return next(each for each in copies if each["name"] == name)


def restored(machine: Machine, place: str) -> bytes:
    target = machine.folder / f"restored from {place}"
    machine.run("--repository", place, "restore", "latest", "--target", target)
    (found,) = target.rglob("big.bin")
    return found.read_bytes()


def filled(machine: Machine, name: str) -> None:
    """The copy is brought up to date, told of, verified, and restored from."""
    assert copy_of(machine, name)["state"] == "never"
    machine.run("copy", "sync", name)
    told = copy_of(machine, name)
    assert (told["state"], told["snapshots"], told["behind"]) == ("ok", 1, 0)
    assert told["size"] > 1000
    assert told["off_site"] is True
    assert told["seen"] >= told["synced"]
    assert f"{name} was last seen " in machine.run("status").out
    machine.run("verify", "--copy", name, "--read-data")
    assert copy_of(machine, name)["verified_scope"] == "all"
    assert restored(machine, name) == FILES["b/big.bin"]
    assert machine.run("drill", "--copy", name, "--json").report["files"] == 3
    assert copy_of(machine, name)["drill_seconds"] > 0
    (machine.folder / "Notes" / "a.txt").write_bytes(b"another")
    machine.run("backup")
    told = copy_of(machine, name)
    assert (told["state"], told["snapshots"]) == ("ok", 2)


def signed_in(machine: Machine, account: Account, *arguments: str) -> str:
    """A command that asks for a code of Dropbox, as a person at a pipe answers it."""
    process = machine.start(*arguments)
    assert process.stdin is not None
    assert process.stderr is not None
    address = next(line.strip() for line in process.stderr if line.startswith("https://"))
    out, err = process.communicate(server().approve(address, account) + "\n", timeout=60)
    assert process.returncode == 0, err
    assert account.token not in out + err
    return out


# --- behind a network -------------------------------------------------------------------------


def test_a_copy_in_a_bucket(machine: Machine) -> None:
    address = f"{s3_server().endpoint}/{BUCKET}/keep"
    added = ("copy", "add", "s3", address, "--access-key", "AKID", "--name", "B2")
    machine.run(*added, "--secret-stdin", stdin=PASSWORD.reveal() + "\n")
    filled(machine, "B2")
    settings = (machine.home / "config" / "settings.toml").read_text()
    assert address in settings
    for file in machine.home.rglob("*"):
        assert not file.is_file() or PASSWORD.reveal().encode() not in file.read_bytes(), file


def test_a_copy_in_a_webdav_folder(machine: Machine) -> None:
    address = f"{webdav_server().address}/keep/{machine.folder.name}"
    added = ("copy", "add", "webdav", address, "--user", "somebody", "--name", "Cloud")
    machine.run(*added, "--secret-stdin", stdin=PASSWORD.reveal() + "\n")
    filled(machine, "Cloud")


def test_a_copy_in_dropbox(machine: Machine) -> None:
    account = server().account()
    signed_in(machine, account, "copy", "add", "dropbox", "--name", "Dropbox")
    filled(machine, "Dropbox")
    for file in machine.home.rglob("*"):
        assert not file.is_file() or account.token.encode() not in file.read_bytes(), file


def test_where_nothing_is_new_dropbox_is_asked_three_times_at_most(machine: Machine) -> None:
    account = server().account()
    signed_in(machine, account, "copy", "add", "dropbox", "--name", "Dropbox")
    machine.run("copy", "sync", "Dropbox")
    account.requests.clear()
    machine.run("copy", "sync", "Dropbox")
    asked = [each.route for each in account.requests if "token" not in each.route]
    assert 0 < len(asked) <= 3, asked


def test_a_drill_asks_dropbox_what_is_there_and_not_the_listing_that_is_kept(
    machine: Machine,
) -> None:
    account = server().account()
    signed_in(machine, account, "copy", "add", "dropbox", "--name", "Dropbox")
    machine.run("copy", "sync", "Dropbox")
    (listing,) = (machine.home / "cache" / "copies").glob("*.listing")
    listing.write_bytes(b"poison")
    account.requests.clear()
    machine.run("drill")
    asked = [each.route for each in account.requests]
    assert any("list_folder" in route for route in asked)
    assert listing.read_bytes() == b"poison"


def test_a_whole_copy_in_dropbox_is_compared_without_a_download_and_mended(
    machine: Machine,
) -> None:
    account = server().account()
    signed_in(machine, account, "copy", "add", "dropbox", "--name", "Dropbox")
    machine.run("copy", "sync", "Dropbox")
    account.requests.clear()
    report = machine.run("verify", "--copy", "Dropbox", "--listing", "--json").report
    assert (report["scope"], report["sound"], report["differ"]) == ("hashes", True, 0)
    assert int(str(report["files"])) >= 4
    assert not [each for each in account.requests if each.route.endswith("download")]
    assert copy_of(machine, "Dropbox")["verified_scope"] == "hashes"
    path = next(path for path in account.folder.files if "/data/" in path)
    account.folder.write(path, b"\0" * len(account.folder.files[path]), "overwrite")
    bad = machine.run("verify", "--copy", "Dropbox", "--listing", "--json", code=3)
    assert bad.events[-1]["report"]["differ"] == 1  # type: ignore[index]
    assert copy_of(machine, "Dropbox")["verified"] is None
    mended = machine.run("verify", "--copy", "Dropbox", "--listing", "--mend", "--json").report
    assert (mended["mended"], mended["sound"]) == (1, True)
    machine.run("verify", "--copy", "Dropbox", "--read-data")


def test_wrong_secrets_are_said_and_nothing_is_added(machine: Machine) -> None:
    address = f"{webdav_server().address}/keep/wrong"
    added = ("copy", "add", "webdav", address, "--user", "somebody", "--name", "Cloud")
    done = machine.run(*added, "--secret-stdin", "--json", code=1, stdin="not it\n")
    assert done.error["id"] == "place-key-refused"
    assert machine.run("status", "--json").report["copies"] == []
    done = machine.run(*added, "--json", code=2, stdin="")
    assert done.error["id"] == "copy-secret-needed"


def test_a_copy_whose_secrets_cannot_be_sealed_is_not_added(machine: Machine) -> None:
    address = f"{webdav_server().address}/keep/{machine.folder.name}-unsealed"
    added = ("copy", "add", "webdav", address, "--user", "somebody", "--name", "Cloud")
    (machine.home / "data" / "secrets.sealed").write_bytes(b"damaged")
    secret = PASSWORD.reveal() + "\n"
    done = machine.run(*added, "--secret-stdin", "--json", code=1, stdin=secret)
    assert done.error["id"] == "sealed-damaged"
    assert machine.run("status", "--json").report["copies"] == []
    (machine.home / "data" / "secrets.sealed").unlink()
    machine.run(*added, "--secret-stdin", stdin=secret)
    again = ("copy", "add", "webdav", address + "2", "--user", "somebody", "--name", "Cloud")
    machine.run(*again, "--secret-stdin", "--json", code=2, stdin=secret)
    home = Home.find(machine.environment)
    assert len(sealed_file(home).accounts()) == 1


def test_a_sign_in_that_was_taken_back_is_given_again(machine: Machine) -> None:
    account = server().account()
    signed_in(machine, account, "copy", "add", "dropbox", "--name", "Dropbox")
    account.revoked = True
    failed = machine.run("copy", "sync", "Dropbox", "--json", code=1)
    assert "sign" in str(failed.error["hint"]).lower()
    account.revoked = False
    signed_in(machine, account, "copy", "sign-in", "Dropbox")
    machine.run("copy", "sync", "Dropbox")


def test_who_signs_in_to_another_account_is_not_told_that_the_copy_is_there(
    machine: Machine,
) -> None:
    first, second = server().account(), server().account()
    signed_in(machine, first, "copy", "add", "dropbox", "--name", "Dropbox")
    machine.run("copy", "sync", "Dropbox")
    second.folder.make_folder("/tradekeep")
    signed_in(machine, second, "copy", "sign-in", "Dropbox")
    told = copy_of(machine, "Dropbox")
    assert (told["snapshots"], told["behind"]) == (0, 1)
    machine.run("copy", "sync", "Dropbox")
    assert restored(machine, "Dropbox") == FILES["b/big.bin"]


def test_a_copy_whose_secrets_are_gone_says_how_to_give_them_again(machine: Machine) -> None:
    address = f"{webdav_server().address}/keep/{machine.folder.name}-gone"
    added = ("copy", "add", "webdav", address, "--user", "somebody", "--name", "Cloud")
    machine.run(*added, "--secret-stdin", stdin=PASSWORD.reveal() + "\n")
    for sealed in machine.home.rglob("*sealed*"):
        sealed.unlink()
    error = machine.run("copy", "sync", "Cloud", "--json", code=1).error
    assert error["id"] == "copy-secrets-missing"
    machine.run("copy", "sign-in", "Cloud", "--secret-stdin", stdin=PASSWORD.reveal() + "\n")
    machine.run("copy", "sync", "Cloud")


def test_a_place_is_opened_without_settings_by_its_address(
    machine: Machine, tmp_path: Path
) -> None:
    address = f"{s3_server().endpoint}/{BUCKET}/elsewhere"
    added = ("copy", "add", "s3", address, "--access-key", "AKID", "--name", "B2")
    machine.run(*added, "--secret-stdin", stdin=PASSWORD.reveal() + "\n")
    machine.run("copy", "sync", "B2")
    keys = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": PASSWORD.reveal()}
    other = Machine(tmp_path / "other", keys)
    place = ("--repository", f"s3:{address}", "--password-file", machine.recovery)
    snapshots: Any = other.run(*place, "snapshots", "--json").report["snapshots"]
    assert len(snapshots) == 1
    without = Machine(tmp_path / "other", {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
    error = without.run(*place, "snapshots", "--json", code=2).error
    assert error["id"] == "place-secrets-missing"


def test_a_removed_copy_leaves_no_secret_and_keeps_its_files(machine: Machine) -> None:
    account = server().account()
    signed_in(machine, account, "copy", "add", "dropbox", "--name", "Dropbox")
    machine.run("copy", "sync", "Dropbox")
    machine.run("copy", "remove", "Dropbox")
    assert machine.run("status", "--json").report["copies"] == []
    assert any("/snapshots/" in path for path in account.folder.files)
    assert machine.run("copy", "sync", "Dropbox", "--json", code=2).error["id"] == "no-copies"


def test_secrets_of_copies_are_in_no_snapshot_also_where_those_of_accounts_are(
    machine: Machine,
) -> None:
    address = f"{webdav_server().address}/keep/{machine.folder.name}-own"
    added = ("copy", "add", "webdav", address, "--user", "somebody", "--name", "Cloud")
    machine.run(*added, "--secret-stdin", stdin=PASSWORD.reveal() + "\n")
    settings = machine.home / "config" / "settings.toml"
    account = '\n[secrets]\nin_backup = true\n[[exchanges]]\nname = "main"\nexchange = "kraken"\n'
    settings.write_text(settings.read_text() + account)
    machine.run("backup", code=3)  # no key of that account is there
    target = machine.folder / "all of it"
    machine.run("restore", "latest", "--target", target)
    (kept,) = target.rglob("secrets.json")
    assert json.loads(kept.read_text())["accounts"] == {}
    for file in target.rglob("*"):
        assert not file.is_file() or PASSWORD.reveal().encode() not in file.read_bytes(), file


def test_a_copy_that_nobody_has_looked_at_from_here_is_not_called_empty(machine: Machine) -> None:
    """As on a computer that takes a lost one's place, until one has signed in again."""
    address = f"{webdav_server().address}/keep/{machine.folder.name}-seen"
    added = ("copy", "add", "webdav", address, "--user", "somebody", "--name", "Cloud")
    machine.run(*added, "--secret-stdin", stdin=PASSWORD.reveal() + "\n")
    assert "empty" in machine.run("copy", "list").out
    for seen in Home.find({"TRADEKEEP_HOME": str(machine.home)}).paths.listings.iterdir():
        seen.unlink()
    assert "empty" not in machine.run("copy", "list").out
    assert "empty" not in machine.run("status").out


# --- how a copy is treated --------------------------------------------------------------------


def test_a_copy_that_is_paused_is_left_out_of_backups(machine: Machine, tmp_path: Path) -> None:
    machine.run("copy", "add", "folder", tmp_path / "NAS", "--name", "NAS")
    machine.run("copy", "set", "NAS", "--pause")
    machine.run("backup")
    assert copy_of(machine, "NAS")["state"] == "never"
    assert copy_of(machine, "NAS")["paused"] is True
    machine.run("copy", "set", "NAS", "--go-on")
    machine.run("backup")
    assert copy_of(machine, "NAS")["state"] == "ok"


def test_nothing_is_ever_removed_from_a_copy_that_is_append_only(
    machine: Machine, tmp_path: Path
) -> None:
    machine.run("copy", "add", "folder", tmp_path / "NAS", "--name", "NAS")
    machine.run("copy", "set", "NAS", "--append-only")
    for number in range(3):
        (machine.folder / "Notes" / "a.txt").write_bytes(b"%d" % number)
        machine.run("backup")
    machine.run("forget", "--keep-last", "1", "--prune")
    machine.run("copy", "sync", "NAS")
    assert copy_of(machine, "NAS")["snapshots"] == 4
    keys = machine.run("-r", "NAS", "key", "list", "--json").report["keys"]
    assert isinstance(keys, list)
    printed = next(key["id"] for key in keys if key["kind"] == "recovery")
    fresh = machine.folder / "fresh.txt"
    for removal in (
        ("forget", "--keep-last", "1"), ("prune",), ("pin", "latest"), ("key", "remove", printed),
        ("key", "replace-recovery", "--recovery-out", fresh), ("key", "retire", keys[0]["host"]),
    ):  # fmt: skip
        error = machine.run("-r", "NAS", *removal, "--json", code=2).error
        assert error["id"] == "copy-append-only"
    assert not fresh.exists()
    assert copy_of(machine, "NAS")["snapshots"] == 4
    machine.run("copy", "set", "NAS", "--may-remove")
    machine.run("copy", "sync", "NAS")
    assert copy_of(machine, "NAS")["snapshots"] == 1


def test_what_cannot_be_is_refused_with_a_sentence(machine: Machine, tmp_path: Path) -> None:
    machine.run("copy", "add", "folder", tmp_path / "NAS", "--name", "NAS")
    error = machine.run("copy", "set", "NAS", "--hours", "25:00-26:00", "--json", code=2).error
    assert error["id"] == "settings-unfit"
    machine.run("copy", "set", "NAS", "--hours", "22:00-06:00", "--limit", "500", "--off-site")
    told = copy_of(machine, "NAS")
    assert (told["hours"], told["limit"], told["off_site"]) == ("22:00-06:00", 500, True)
    machine.run("copy", "set", "NAS", "--hours", "", "--limit", "0")
    told = copy_of(machine, "NAS")
    assert (told["hours"], told["limit"]) == ("", 0)
    assert machine.run("copy", "eject", "NAS", "--json", code=2).error["id"] == "copy-not-drive"
    assert machine.run("copy", "sign-in", "NAS", "--json", code=2).error["id"] == "copy-not-remote"


# --- a drive ----------------------------------------------------------------------------------


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A file system in a file."""
    image = tmp_path / "drive.img"
    with image.open("wb") as file:
        file.truncate(64 << 20)
    if run("mkfs.ext4", "-q", image).returncode:
        pytest.skip("mkfs.ext4, which makes the drive, does not work here")
    return image


def plug_in(image: Path, at: Path) -> None:
    at.mkdir()
    if run("mount", "-o", "loop", image, at).returncode:
        pytest.skip("file systems cannot be mounted here")


def test_a_drive_is_found_again_wherever_it_is_mounted(
    machine: Machine, image: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "E", tmp_path / "F"
    plug_in(image, first)
    try:
        machine.run("copy", "add", "drive", first, "--name", "KEEP-1")
        machine.run("copy", "sync", "KEEP-1")
        told = copy_of(machine, "KEEP-1")
        assert (told["kind"], told["address"]) == ("drive", str(first / "Tradekeep"))
        assert (first / "Tradekeep" / "READ ME.txt").read_text("utf-8-sig").count("restic") >= 2
        run("umount", first)
        assert copy_of(machine, "KEEP-1")["state"] == "away"  # its mount point is still there
        assert machine.run("copy", "sync", "KEEP-1", "--json", code=1).error["id"] == "copy-away"
        plug_in(image, second)
        machine.run("backup")
        told = copy_of(machine, "KEEP-1")
        assert (told["state"], told["snapshots"]) == ("ok", 2)
        assert told["address"] == str(second / "Tradekeep")
        assert restored(machine, "KEEP-1") == FILES["b/big.bin"]
        assert not any(first.iterdir())
    finally:
        run("umount", first)
        run("umount", second)


def test_a_drive_that_is_none_is_refused(machine: Machine, tmp_path: Path) -> None:
    added = ("copy", "add", "drive", tmp_path, "--name", "KEEP-1", "--json")
    assert machine.run(*added, code=2).error["id"] == "copy-no-drive"
