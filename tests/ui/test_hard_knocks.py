"""What happens to real drives and real keyrings, and what the real window says of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.support import ROOT, Machine
from tests.ui.conftest import needed
from tests.ui.desk import Desk

pytestmark = pytest.mark.window


# --- a drive ----------------------------------------------------------------------------------


@dataclass
class Drive:
    """A file system in a file, mounted like a drive that was plugged in."""

    image: Path
    at: Path
    loop: str = ""

    def plug_in(self) -> bool:
        """Whether that is allowed here."""
        made = _run("losetup", "-f", "--show", str(self.image))
        self.loop = made.stdout.strip()
        return made.returncode == 0 and _run("mount", self.loop, str(self.at)).returncode == 0

    def pull(self) -> None:
        _run("umount", "-l", str(self.at))
        _run("losetup", "-d", self.loop)

    @property
    def used(self) -> int:
        found = shutil.disk_usage(self.at)
        return found.used if os.path.ismount(self.at) else 0


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Drive]:
    needed("mkfs.ext4", "losetup", "mount")
    made = Drive(tmp_path / "drive.img", tmp_path / "KEEP-2")
    made.at.mkdir()
    with made.image.open("wb") as file:
        file.truncate(1 << 30)
    subprocess.run(["mkfs.ext4", "-q", made.image], check=True)
    if not made.plug_in():
        made.pull()
        pytest.skip("mounting a drive is not permitted here")
    yield made
    made.pull()


def test_a_drive_that_is_pulled_in_the_middle_is_named_and_filled_when_it_is_back(
    display: str, tmp_path: Path, drive: Drive
) -> None:
    machine = Machine(tmp_path).set_up()
    machine.run("schedule", "set", "--cron", "0 0 1 1 *", "--on-drive")
    source = machine.add("notes", {"first.bin": os.urandom(1 << 20)})
    machine.run("copy", "add", "folder", drive.at / "Tradekeep", "--name", "KEEP-2")
    machine.run("backup")
    for number in range(60):
        (source / f"{number}.bin").write_bytes(os.urandom(6 << 20))
    desk = Desk.of(display, machine, tmp_path)
    desk.starts()
    desk.waits_for("Saved, but not proven yet")
    before = drive.used
    desk.presses("ctrl+b")
    desk.waits_until(lambda _sees: drive.used > before + (12 << 20), 90)
    drive.pull()
    desk.waits_until(lambda sees: not sees["busy"], 60)
    desk.waits_to_read("KEEP-2/Tradekeep is not there now.")
    runs = machine.run("status", "--json").report["runs"]
    assert isinstance(runs, list)
    assert (runs[0]["job"], runs[0]["outcome"]) == ("backup", "problems")
    machine.run("verify", "--read-data")
    assert os.listdir(drive.at) == [], "nothing was written where the drive had been"
    assert _state(machine) == ("away", 1)
    drive.plug_in()
    desk.waits_until(lambda _sees: _state(machine) == ("ok", 0), 60)
    desk.leaves()
    machine.run("--repository", "KEEP-2", "verify", "--read-data")


def _state(machine: Machine) -> tuple[object, object]:
    """The copy's state, and by how many snapshots it is behind."""
    copies = machine.run("status", "--json").report["copies"]
    assert isinstance(copies, list)
    return copies[0]["state"], copies[0]["behind"]


# --- a keyring --------------------------------------------------------------------------------

_LOCK = """
from contextlib import closing
import secretstorage
with closing(secretstorage.dbus_init()) as bus:
    secretstorage.get_default_collection(bus).lock()
"""


@dataclass
class Keyring:
    """gnome-keyring on a bus of its own, with a home of its own and nobody to ask."""

    environment: dict[str, str]

    def unlock(self) -> None:
        """As a login does it."""
        command = ["gnome-keyring-daemon", "--replace", "--unlock", "--components=secrets"]
        subprocess.run(
            command, input=b"password", env=self._all, stdout=subprocess.DEVNULL, check=True
        )

    def lock(self) -> None:
        subprocess.run([sys.executable, "-c", _LOCK], env=self._all, cwd=ROOT, check=True)

    @property
    def _all(self) -> dict[str, str]:
        return {**os.environ, **self.environment}


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[Keyring]:
    needed("dbus-run-session", "gnome-keyring-daemon")
    home = tmp_path / "person"
    folders = {"HOME": home, "XDG_RUNTIME_DIR": home / "run", "XDG_DATA_HOME": home / "data",
               "XDG_CONFIG_HOME": home / "config", "XDG_CACHE_HOME": home / "cache"}  # fmt: skip
    for folder in folders.values():
        folder.mkdir(mode=0o700)
    environment = {name: str(folder) for name, folder in folders.items()}
    environment["PYTHON_KEYRING_BACKEND"] = "keyring.backends.SecretService.Keyring"
    environment["TRADEKEEP_PASSWORD_FILE"] = ""
    with subprocess.Popen(
        ["dbus-run-session", "--", "sh", "-c", "echo $DBUS_SESSION_BUS_ADDRESS; cat"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
        text=True,
    ) as session:
        assert session.stdout is not None
        environment["DBUS_SESSION_BUS_ADDRESS"] = session.stdout.readline().strip()
        made = Keyring(environment)
        made.unlock()
        yield made
        session.communicate("")


def test_a_locked_keyring_is_said_and_backups_go_on_once_it_is_open(
    display: str, tmp_path: Path, keyring: Keyring
) -> None:
    machine = Machine(tmp_path, keyring.environment).set_up()
    machine.run("schedule", "set", "--off")
    machine.add("notes", {"first.bin": os.urandom(1 << 20)})
    assert not (tmp_path / "device-key").exists()
    machine.run("backup")
    desk = Desk.of(display, machine, tmp_path, **keyring.environment)
    desk.environment.update(keyring.environment)
    desk.starts()
    desk.waits_until(lambda sees: "Verify now" in str(sees["buttons"]))
    keyring.lock()
    desk.presses("ctrl+b")
    desk.waits_for("Your keyring is locked")
    time.sleep(1)
    assert desk.sees["busy"] is False
    keyring.unlock()
    desk.presses("ctrl+b")
    desk.waits_until(lambda sees: "locked" not in str(sees["title"]) and not sees["busy"])
    desk.leaves()
    runs = machine.run("status", "--json").report["runs"]
    assert isinstance(runs, list)
    assert [run["outcome"] for run in runs if run["job"] == "backup"] == ["ok", "failed", "ok"]
