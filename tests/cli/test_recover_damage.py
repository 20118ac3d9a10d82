"""Recovering where something goes wrong: kills, damage, no room."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path, PurePosixPath

import pytest

from app.services import recover
from app.services.history import Job
from app.services.home import Access, Home
from app.services.recover_plan import RecoverRequest
from app.services.run import Run
from tests.cli.recover_support import World, hashes
from tests.cli.support import Machine
from tests.services.test_opening import NoDisplay


def until(work: subprocess.Popen[str], sign: str) -> None:
    """Read what a run says until it says this, or ends."""
    assert work.stdout is not None
    for line in work.stdout:
        if sign in line:
            return


@pytest.mark.parametrize("after", [0.0, 0.03, 0.1])
@pytest.mark.parametrize("sign", ['"started"', '"progress"', '"copies","state":"running"'])
def test_a_recovery_that_was_killed_goes_on(tmp_path: Path, sign: str, after: float) -> None:
    world = World(tmp_path)
    world.a.add("notes", {f"{n:03}": os.urandom(20_000) for n in range(400)})
    world.a.add("bot", {"big": os.urandom(30 << 20)})
    world.back_up()
    world.lose_a()
    work = world.b.start(*world.arguments, "--yes", "--json")
    until(work, sign)
    time.sleep(after)
    work.kill()
    work.communicate()
    if not world.settings.exists():
        there = {path: path.stat().st_ino for path in (world.b.folder / "notes").glob("[0-9]*")}
        world.b.run(*world.arguments, "--yes")
        assert {path: path.stat().st_ino for path in there} == there, "written twice"
    for name in ("notes", "bot"):
        assert hashes(world.b.folder / name) == hashes(world.lost / name)
    assert not list(world.b.folder.rglob("*.partial"))
    assert not list(world.b.folder.rglob("*.before-restore"))
    world.b.run("verify", "--read-data")
    world.b.run("backup")


@pytest.fixture
def damaged(tmp_path: Path) -> World:
    """One of the packs on the drive that hold file contents is damaged."""
    made = World(tmp_path)
    made.a.add("notes", {f"{n}.bin": os.urandom(6 << 20) for n in range(12)})
    made.back_up()
    return made


def spoil(drive: Path) -> None:
    packs = sorted((drive / "data").rglob("*"), key=lambda path: path.stat().st_size)
    pack = packs[-1]
    pack.chmod(0o600)
    content = bytearray(pack.read_bytes())
    for at in range(1000, len(content) - 1000, 100_000):
        content[at] ^= 0xFF
    pack.write_bytes(content)


def test_with_a_damaged_pack_the_rest_comes_back_and_the_lost_is_named(damaged: World) -> None:
    damaged.lose_a()
    spoil(damaged.drive)
    done = damaged.b.run(*damaged.arguments, "--yes", "--json", code=3)
    lost = [e for e in done.events if e["event"] == "problem" and e["id"] == "restore-file-lost"]
    here, there = hashes(damaged.b.folder / "notes"), hashes(damaged.lost / "notes")
    assert here.items() < there.items()
    assert len(lost) == len(there) - len(here)
    assert damaged.settings.exists()
    # What is lost is in no index here, so the next backup saves what turns up again.
    for name in there.keys() - here.keys():
        shutil.copy(damaged.lost / "notes" / name, damaged.b.folder / "notes" / name)
    damaged.b.run("backup")
    target = damaged.b.folder / "again"
    damaged.b.run("restore", "latest", "--target", target)
    assert hashes(target / "notes") == there


def test_what_one_copy_has_lost_comes_from_another(damaged: World, tmp_path: Path) -> None:
    second = tmp_path / "second"
    damaged.a.run("copy", "add", "folder", second, "--name", "NAS")
    damaged.a.run("backup")
    damaged.lose_a()
    spoil(damaged.drive)
    done = damaged.b.run(*damaged.arguments, "--yes", code=3)
    assert "tradekeep -r USB repair" in done.out
    assert hashes(damaged.b.folder / "notes") == hashes(damaged.lost / "notes")
    damaged.b.run("verify", "--read-data")
    damaged.b.run("backup")  # which takes this computer's key there
    damaged.b.run("-r", "USB", "repair")
    damaged.b.run("-r", "USB", "verify", "--read-data")


def test_without_room_nothing_is_begun(damaged: World, small_disk: Path) -> None:
    """It also counts this computer's own repository, which is made after the files."""
    damaged.lose_a()
    b = Machine(small_disk)
    to = f"{damaged.a.folder}={damaged.b.folder}"
    told = ("recover", damaged.drive, "--password-file", damaged.key, "--map", to)
    done = b.run(*told, "--yes", "--json", code=1)
    assert done.error["id"] == "recover-no-space"
    assert not list(damaged.b.folder.iterdir())
    assert not (b.home / "repository").exists()


def test_files_are_durable_before_the_settings_say_that_all_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a power cut the settings were there, and files of no length, which the next backup
    would have saved."""
    world = World(tmp_path)
    world.a.add("notes", {"a.txt": b"alpha"})
    world.back_up()
    world.lose_a()
    synced: list[Path] = []

    def watched(folder: Path) -> None:
        assert not world.settings.exists()
        synced.append(folder)

    monkeypatch.setattr(recover, "sync_all_of", watched)
    request = RecoverRequest(maps=((PurePosixPath(world.a.folder), world.b.folder),))
    home = Home.find(world.b.environment)
    run = Run(Job.RESTORE, [], NoDisplay())
    recover.recover(home, Access(str(world.drive), world.key), request, run)
    assert world.b.folder in synced
    assert world.settings.exists()
