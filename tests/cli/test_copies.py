"""Copies by the command line, as the window asks for them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.backends.dropbox_server import APP_KEY, server
from tests.cli.support import Machine


def status_of(machine: Machine) -> dict[str, Any]:
    return machine.run("status", "--json").report


def test_a_copy_on_the_repositorys_own_disk_is_told_as_one_medium(machine: Machine) -> None:
    machine.set_up()
    machine.run("copy", "add", "folder", machine.folder / "copy", "--name", "Beside")
    told = status_of(machine)
    assert told["repository"]["medium"].startswith("disk:")
    assert told["copies"][0]["medium"] == told["repository"]["medium"]


def test_another_repository_is_refused_when_it_is_added_not_by_every_backup_after_it(
    ready: Machine, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = Machine(tmp_path / "other").set_up()
    refused = ready.run("copy", "add", "folder", other.repository, "--name", "Old", code=1)
    assert "Another repository is at" in refused.err
    assert not status_of(ready)["copies"]
    assert not (other.repository / "tradekeep-copy.json").exists()
    mine = tmp_path / "mine"
    ready.run("copy", "add", "folder", mine, "--name", "Mine")
    ready.run("backup")
    ready.run("copy", "remove", "Mine")
    ready.run("copy", "add", "folder", mine, "--name", "Mine again")


# --- signing in to Dropbox --------------------------------------------------------------------


def sign_in(machine: Machine, *command: str, code: Callable[[str], str]) -> list[dict[str, Any]]:
    """The events of a command that waits for a code, which is made of its address."""
    process = machine.start("copy", *command, "--json")
    assert process.stdout is not None
    first: dict[str, Any] = json.loads(process.stdout.readline())
    assert first.keys() == {"event", "address"}
    assert first["event"] == "sign-in"
    out, err = process.communicate(code(first["address"]) + "\n", timeout=60)
    assert err == ""
    return [first, *map(json.loads, out.splitlines())]


def test_a_program_signs_in_to_dropbox_by_an_event_and_a_line(machine: Machine) -> None:
    dropbox = server()
    account = dropbox.account()
    machine.set_up()
    none = machine.run("copy", "add", "dropbox", "--name", "Dropbox", "--json", code=2)
    assert none.error["id"] == "dropbox-no-app-key"
    machine.run("copy", "dropbox-app", APP_KEY)

    def approve(address: str) -> str:
        return dropbox.approve(address, account)

    _asked, done = sign_in(machine, "add", "dropbox", "--name", "Dropbox", code=approve)
    assert (done["event"], done["outcome"]) == ("done", "ok")
    assert account.token not in json.dumps(done)
    machine.run("copy", "sync", "Dropbox")
    (copy,) = status_of(machine)["copies"]
    assert (copy["medium"], copy["off_site"], copy["state"]) == ("dropbox", True, "ok")

    account.revoked = True
    failed = machine.run("copy", "sync", "Dropbox", "--json", code=1)
    assert failed.error["id"] == "dropbox-sign-in"
    account.revoked = False
    _asked, done = sign_in(machine, "sign-in", "Dropbox", code=approve)
    assert done["outcome"] == "ok"
    machine.run("copy", "sync", "Dropbox")


def test_a_wrong_code_adds_nothing(machine: Machine) -> None:
    server()
    machine.set_up()
    machine.run("copy", "dropbox-app", APP_KEY)
    add = ("add", "dropbox", "--name", "Dropbox")
    _asked, done = sign_in(machine, *add, code=lambda _address: "0" * 43)
    assert done["error"]["id"] == "dropbox-code"
    assert status_of(machine)["copies"] == []


def test_whoever_hangs_up_while_a_code_is_awaited_ends_the_command(machine: Machine) -> None:
    server()
    machine.set_up()
    machine.run("copy", "dropbox-app", APP_KEY)
    _asked, done = sign_in(machine, "add", "dropbox", "--name", "D", code=lambda _address: "")
    assert done["error"]["id"] == "copy-secret-needed"


def test_a_backup_in_dropbox_is_read_on_a_computer_that_knows_nothing_of_it(
    ready: Machine, tmp_path: Path
) -> None:
    dropbox = server()
    account = dropbox.account()

    def approve(address: str) -> str:
        return dropbox.approve(address, account)

    ready.run("copy", "dropbox-app", APP_KEY)
    sign_in(ready, "add", "dropbox", "--name", "Dropbox", code=approve)
    ready.run("backup")

    (tmp_path / "other").mkdir()
    bare = Machine(tmp_path / "other")
    bare.run("copy", "dropbox-app", APP_KEY)
    _asked, given, done = sign_in(bare, "dropbox-token", code=approve)
    assert given.keys() == {"event", "token"}
    assert (done["outcome"], done["report"]) == ("ok", {})
    other = Machine(tmp_path / "other", {"TRADEKEEP_DROPBOX_TOKEN": given["token"]})
    opened = ("-r", "dropbox:tradekeep", "--password-file", ready.recovery)
    told = other.run(*opened, "snapshots", "--json").report
    assert len(told["snapshots"]) == 1  # type: ignore[arg-type]

    # Broken settings keep nobody from it, as long as the app is named.
    (settings,) = other.home.rglob("settings.toml")
    settings.write_text("version = ?")
    unnamed = other.run(*opened, "snapshots", "--json", code=2)
    assert unnamed.error["id"] == "dropbox-no-app-key"
    named = Machine(other.folder, {**other.more, "TRADEKEEP_DROPBOX_APP_KEY": APP_KEY})
    assert named.run(*opened, "snapshots", "--json").report == told


def test_a_copy_in_dropbox_that_was_emptied_is_brought_back(ready: Machine) -> None:
    dropbox = server()
    account = dropbox.account()
    ready.run("copy", "dropbox-app", APP_KEY)
    approve: Callable[[str], str] = lambda address: dropbox.approve(address, account)  # noqa: E731
    sign_in(ready, "add", "dropbox", "--name", "Dropbox", code=approve)
    ready.run("backup")
    assert status_of(ready)["copies"][0]["history_days"] == 30
    before = account.folder.files
    account.folder.delete("/tradekeep")
    assert "files were missing" in ready.run("copy", "recover", "Dropbox", "--dry-run").out
    told = ready.run("copy", "recover", "dropbox", "--json").report
    assert told["brought"] == told["missing"] == len(before)
    assert account.folder.files == before
    said = ready.run("copy", "recover", "Dropbox").out
    assert said.startswith("Nothing is missing and nothing is damaged there.\n")
    assert "at least 30 days" in said
    ready.run("copy", "add", "folder", ready.folder / "copy", "--name", "Beside")
    refused = ready.run("copy", "recover", "Beside", code=2)
    assert "keeps nothing of what was overwritten or deleted there" in refused.err
