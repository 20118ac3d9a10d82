"""A repository of this machine's own behind a network, and machines that share one."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app.errors import WrongUsage
from app.services.home import Home
from app.services.own_place import Treatment
from app.services.setup import initialise
from tests.backends.dropbox_server import APP_KEY, server
from tests.backends.object_servers import BUCKET, PASSWORD, s3_server, webdav_server
from tests.cli.support import Machine

FILES = {"a.txt": b"alpha", "b/big.bin": bytes(range(256)) * 4000}
AWS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": PASSWORD.reveal()}
WEBDAV = {
    "TRADEKEEP_WEBDAV_USER": "somebody",
    "TRADEKEEP_WEBDAV_PASSWORD": PASSWORD.reveal(),
}


def status(machine: Machine) -> dict[str, Any]:
    told: Any = machine.run("status", "--json").report
    return told


def computer(folder: Path, secrets: Mapping[str, str]) -> tuple[Machine, Machine]:
    """A machine, and the same one in a shell that knows the secrets of a place."""
    folder.mkdir(parents=True, exist_ok=True)
    return Machine(folder), Machine(folder, secrets)


def restic(machine: Machine, place: str, *words: str, more: Mapping[str, str] | None = None) -> str:
    told = {**os.environ, "RESTIC_PASSWORD_FILE": str(machine.recovery), **(more or {})}
    command = ["restic", "-r", place, "--no-cache", *words]
    done = subprocess.run(
        command, env=told, capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout


def test_several_machines_back_up_into_one_bucket_at_once(tmp_path: Path) -> None:
    endpoint = s3_server().endpoint
    place = f"s3:{endpoint}/{BUCKET}/shared-{tmp_path.name}"
    first, knowing = computer(tmp_path / "one", AWS)
    made = knowing.run("init", place, "--recovery-out", first.recovery, "--json").report
    assert made["repository"] == place
    second, also = computer(tmp_path / "two", AWS)
    also.run("--password-file", first.recovery, "init", "--join", place, "--json")
    for number, machine in enumerate((first, second)):
        machine.add(f"Notes{number}", {"a.txt": b"%d" % number, "big": os.urandom(3_000_000)})
    ended: list[int] = []

    def work(machine: Machine) -> None:
        ended.append(machine.run("backup", "--host", machine.folder.name).code)

    hands = [threading.Thread(target=work, args=(each,)) for each in (first, second)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert ended == [0, 0]
    assert "no errors were found" in restic(first, place, "check", "--read-data", more=AWS)
    told = status(first)["repository"]
    assert (told["kind"], told["path"], told["exists"]) == ("s3", place, True)
    assert told["medium"].startswith("s3:")
    assert told["off_site"] is True
    assert told["seen"] is not None
    assert told["size"] > 3_000_000
    target = tmp_path / "restored"
    second.run("restore", "latest", "--host", "one", "--target", target)
    assert [file.read_bytes() for file in target.rglob("a.txt")] == [b"0"]


def test_a_repository_on_webdav_is_used_like_any_other_and_brings_a_lost_machine_back(
    tmp_path: Path,
) -> None:
    place = f"webdav:{webdav_server().address}/own/{tmp_path.name}"
    machine, knowing = computer(tmp_path / "one", WEBDAV)
    knowing.run("init", place, "--at-home", "--limit", "90000", "--recovery-out", machine.recovery)
    machine.add("Notes", FILES)
    machine.run("backup")
    machine.run("verify", "--read-data")
    machine.run("key", "prove", "--key-stdin", stdin=machine.recovery.read_text())
    machine.run("copy", "add", "folder", tmp_path / "disk", "--name", "Disk")
    machine.run("backup")
    own = status(machine)["repository"]
    assert (own["snapshots"], own["off_site"], own["verified_scope"]) == (2, False, "all")
    assert own["kit"]["proved"] is not None
    assert "no errors" in restic(machine, str(tmp_path / "disk"), "check", "--read-data")
    for file in machine.home.rglob("*"):
        assert not file.is_file() or PASSWORD.reveal().encode() not in file.read_bytes(), file
    shutil.rmtree(machine.home)
    shutil.rmtree(machine.folder / "Notes")
    new = Machine(tmp_path / "new", {**WEBDAV, "HOME": str(tmp_path / "new" / "user")})
    (tmp_path / "new" / "user").mkdir(parents=True)
    new.run("recover", place, "--password-file", machine.recovery, "--yes")
    assert (machine.folder / "Notes" / "a.txt").read_bytes() == b"alpha"
    told = status(new)
    assert told["repository"]["kind"] == "folder"
    assert sorted(copy["kind"] for copy in told["copies"]) == ["folder", "webdav"]


def test_a_repository_in_dropbox_is_made_with_a_token_and_joined(tmp_path: Path) -> None:
    account = server().account()
    told = {"TRADEKEEP_DROPBOX_APP_KEY": APP_KEY, "TRADEKEEP_DROPBOX_TOKEN": account.token}
    machine, knowing = computer(tmp_path / "one", told)
    knowing.run("init", "dropbox:own", "--recovery-out", machine.recovery)
    _, other = computer(tmp_path / "two", told)
    other.run("--password-file", machine.recovery, "init", "--join", "dropbox:own")
    assert sum("/keys/" in path for path in account.folder.files) == 3


def test_a_folder_is_joined_too_and_nothing_is_made_anew(tmp_path: Path) -> None:
    first = Machine(tmp_path / "one")
    first.folder.mkdir()
    first.set_up()
    second, _ = computer(tmp_path / "two", {})
    typed = first.recovery.read_text()
    second.run("--password-stdin", "init", "--join", first.repository, stdin=typed)
    assert status(second)["repository"]["kit"]["proved"] is not None
    again = second.run("init", "--join", first.repository, "--json", code=2)
    assert again.error["id"] == "already-set-up"
    assert len(list((first.repository / "keys").iterdir())) == 3


def test_other_secrets_for_the_repository_count_once_they_lead_to_it(tmp_path: Path) -> None:
    place = f"webdav:{webdav_server().address}/{tmp_path.name}"
    machine, knowing = computer(tmp_path / "one", WEBDAV)
    made = knowing.run("init", place, "--recovery-out", machine.recovery)
    assert "restic -r webdav:" not in made.out  # which it does not know
    assert "by way of rclone" in made.out
    sign_in = ("copy", "sign-in", "--secret-stdin", "--json")
    refused = machine.run(*sign_in, stdin="wrong\n", code=1)
    assert refused.error["id"] == "place-key-refused"
    machine.run("snapshots")
    Home.find({"TRADEKEEP_HOME": str(machine.home)}).paths.sealed_file.unlink()
    lost = machine.run("snapshots", "--json", code=1)
    assert lost.error["id"] == "copy-secrets-missing"
    told = machine.run(*sign_in, place, stdin=PASSWORD.reveal() + "\n").report
    assert told["address"] == place.removeprefix("webdav:")
    machine.run("snapshots")


def test_what_opens_a_place_is_asked_for_before_anything_is_made(tmp_path: Path) -> None:
    home, out = Home.find({"TRADEKEEP_HOME": str(tmp_path / "home")}), tmp_path / "key.txt"
    with pytest.raises(WrongUsage) as lacking:
        initialise(home, place="s3:https://s3.example.com/keep", recovery_out=out)
    assert lacking.value.message_id == "place-secrets-missing"
    limited = Treatment(limit=100)
    with pytest.raises(WrongUsage) as local:
        initialise(home, place=str(tmp_path / "here"), recovery_out=out, treatment=limited)
    assert local.value.message_id == "repository-not-remote"
    machine, _ = computer(tmp_path / "one", {})
    failed = machine.run("init", "--join", tmp_path, "--recovery-out", out, "--json", code=2)
    assert failed.error["id"] == "join-makes-no-key"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one"]


def test_nothing_is_made_at_a_place_that_holds_something_else(tmp_path: Path) -> None:
    dav = webdav_server()
    dav.open(f"{tmp_path.name}/photos").create()
    (tmp_path / "one").mkdir()
    machine = Machine(tmp_path / "one", WEBDAV)
    words = ("init", f"webdav:{dav.address}/{tmp_path.name}", "--recovery-out", machine.recovery)
    failed = machine.run(*words, "--json", code=2)
    assert failed.error["id"] == "folder-not-empty"
    assert [each.name for each in (dav.folder / tmp_path.name).iterdir()] == ["photos"]
    assert not machine.recovery.exists()
    assert machine.run("status", "--json").report["repository"] is None


pytestmark = pytest.mark.skipif(not shutil.which("restic"), reason="restic is not installed")
