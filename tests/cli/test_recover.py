"""A lost computer comes back on a new one: whole processes, an own home each."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app.repository.keys import host_name
from app.services.home import Home
from app.services.only_one import only_one
from tests.backends.object_servers import BUCKET, PASSWORD, s3_server
from tests.cli.exchange_support import SECRET, connect, sample_exchange
from tests.cli.recover_support import World, hashes, snapshots
from tests.cli.support import Machine, typed

RESTIC = shutil.which("restic")


@contextmanager
def writer(file: Path) -> Iterator[None]:
    """A bot at work: commits to a live database until the block ends."""
    stop = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(file)) as database:
            while not stop.is_set():
                with database:
                    database.execute("INSERT INTO trades (pair) VALUES ('BTC/USDT')")
                time.sleep(0.002)

    with closing(sqlite3.connect(file)) as database, database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE trades (id INTEGER PRIMARY KEY, pair TEXT)")
        database.executemany("INSERT INTO trades (pair) VALUES (?)", [("ETH/USDT",)] * 500)
    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two sources, backed up to the drive; A is gone."""
    made = World(tmp_path)
    made.a.add("notes", {"a.txt": b"alpha", "deep/b.txt": b"beta" * 1000})
    made.a.add("bot", {"config.json": b"{}", "logs/big.bin": os.urandom(300_000)})
    made.back_up()
    made.lose_a()
    return made


def test_a_new_computer_has_everything_that_the_lost_one_had(tmp_path: Path) -> None:
    world = World(tmp_path)
    a, b = world.a, world.b
    with sample_exchange() as place:
        a.add("notes", {"a.txt": b"alpha", "deep/b.txt": b"beta" * 1000})
        bot = a.add("bot", {"config.json": b"{}"})
        (bot / "config.json").chmod(0o600)
        bot.chmod(0o700)
        connect(a, place)
        a.run("pull")
        a.run("schedule", "set", "--at", "06:00", "--at", "18:00")
        a.run("keep", "set", "--last", "7")
        with writer(bot / "trades.db"):
            world.back_up()
        trades = count(bot / "trades.db")
        verified = a.run("archive", "verify", "--json").report
        world.lose_a()
        done = b.run(*world.arguments, "--yes")
        assert "tradekeep exchange key main" in done.out
        assert hashes(b.folder / "notes") == hashes(world.lost / "notes")
        assert hashes(b.folder / "bot") == hashes(world.lost / "bot")
        assert (b.folder / "bot").stat().st_mode & 0o777 == 0o700
        assert 500 <= count(b.folder / "bot" / "trades.db") <= trades
        again = b.run("archive", "verify", "--json").report
        assert again.pop("heads")
        verified.pop("heads")  # of the places where the chain's end is kept
        assert again == verified
        check_settings(world)
        check_life_goes_on(world)


def count(file: Path) -> int:
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (rows,) = database.execute("SELECT count(*) FROM trades").fetchone()
        return int(rows)


def check_settings(world: World) -> None:
    there = tomllib.loads((world.lost / "home/config/settings.toml").read_text())
    here = tomllib.loads(world.settings.read_text())
    for table in ("schedule", "keep", "exchanges", "copies"):
        assert here[table] == there[table], table
    paths = {source["name"]: source["path"] for source in here["sources"]}
    assert paths == {name: str(world.b.folder / name) for name in ("notes", "bot")}
    assert here["repository"]["id"] == there["repository"]["id"]
    assert here["repository"]["path"] == str(world.b.home / "repository")
    assert here["repository"]["device_key"] != there["repository"]["device_key"]
    shown = world.b.run("schedule", "show", "--json").report["schedule"]
    assert isinstance(shown, dict)
    assert shown["times"] == ["06:00", "18:00"]


def check_life_goes_on(world: World) -> None:
    """A backup and a sync from the new computer; the old one's snapshots stay."""
    b = world.b
    due = b.run("due", "--json").report
    assert due["backup"], "there is no backup of this computer yet"
    before = {each["id"] for each in snapshots(b)}
    assert len(before) == 1
    b.run("backup", code=3)  # the account's key did not come along
    after = {each["id"] for each in snapshots(b)}
    assert before < after
    assert len(after) == 2
    due = b.run("due", "--json").report  # the copy has never been restored from: a drill is due
    assert due["backup"] is False
    assert due["drill"] == "USB"
    moment = due["next"]
    assert isinstance(moment, str)
    assert datetime.fromisoformat(moment).astimezone().strftime("%H:%M") in ("06:00", "18:00")
    b.run("copy", "sync", "USB")
    assert {each["id"] for each in snapshots(b, "-r", "USB")} == after
    b.run("-r", "USB", "verify", "--read-data")
    keys = {each.name for each in (world.drive / "keys").iterdir()}
    assert tomllib.loads(world.settings.read_text())["repository"]["device_key"] in keys
    if RESTIC:
        restic(world, "check", "--read-data")


def restic(world: World, *arguments: str) -> None:
    assert RESTIC is not None
    command = [RESTIC, "-r", str(world.drive), "--no-cache", "--password-file", str(world.key)]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_a_dry_run_writes_nothing(world: World) -> None:
    def everything() -> list[tuple[str, int]]:
        roots = (world.b.folder, world.drive)
        found = (path for root in roots for path in root.rglob("*"))
        return sorted((str(path), path.stat().st_mtime_ns) for path in found)

    before = everything()
    report = world.b.run(*world.arguments, "--dry-run", "--json").report
    assert everything() == before
    parts = report["parts"]
    assert isinstance(parts, list)
    assert {part["to"] for part in parts} == {str(world.b.folder / n) for n in ("notes", "bot")}
    assert report["new"] == 4
    shown = world.b.run(*world.arguments, "--dry-run").out
    assert str(world.b.folder / "notes") in shown


def test_who_is_asked_sees_that_the_newest_backup_is_suspect(world: World) -> None:
    at = ("-r", world.drive, "--password-file", world.key)
    world.b.run(*at, "tag", "latest", "--add", "suspect")
    told: Any = world.b.run(*at, "snapshots", "--json").report["snapshots"]
    newest = max(told, key=lambda each: each["time"])["id"]
    done = world.b.run(*world.arguments, "--snapshot", newest, "--dry-run", code=3)
    assert "Tags: suspect\n" in done.out
    assert "looks as if somebody had encrypted the files" in done.err


def test_the_last_clean_backup_is_taken_before_a_newer_one_that_is_suspect(world: World) -> None:
    at = ("-r", world.drive, "--password-file", world.key)
    world.lost.rename(world.a.folder)
    world.a.run("backup")
    world.lose_a()
    world.b.run(*at, "tag", "latest", "--add", "suspect")
    done = world.b.run(*world.arguments, "--dry-run", code=3)
    assert "Tags: suspect" not in done.out
    assert "looks as if somebody had encrypted the files" in done.err
    assert "--snapshot" in done.err


def test_what_is_there_already_is_set_aside(world: World) -> None:
    (world.b.folder / "notes").mkdir()
    mine = world.b.folder / "notes" / "a.txt"
    mine.write_bytes(b"mine, and of this computer")
    report = world.b.run(*world.arguments, "--dry-run", "--json").report
    rows = report["in_the_way"]
    assert isinstance(rows, list)
    assert [row["path"] for row in rows] == [str(mine)]
    world.b.run(*world.arguments, "--yes")
    assert mine.read_bytes() == b"alpha"
    assert mine.with_name("a.txt.before-restore").read_bytes() == b"mine, and of this computer"


def test_the_longest_mapping_counts_and_a_source_may_get_another_name(world: World) -> None:
    elsewhere = world.b.folder / "elsewhere" / "robot"
    world.b.run(*world.arguments, "--map", f"{world.a.folder / 'bot'}={elsewhere}", "--yes")
    assert hashes(elsewhere) == hashes(world.lost / "bot")
    assert hashes(world.b.folder / "notes") == hashes(world.lost / "notes")
    said = tomllib.loads(world.settings.read_text())["sources"]
    assert [source["path"] for source in said] == [str(world.b.folder / "notes"), str(elsewhere)]


def test_only_the_sources_sets_nothing_up(world: World) -> None:
    world.b.run(*world.arguments, "--only", "sources", "--yes")
    assert hashes(world.b.folder / "bot") == hashes(world.lost / "bot")
    assert not world.settings.exists()
    assert not (world.b.home / "repository").exists()


def test_a_wrong_key_changes_nothing(world: World) -> None:
    wrong = world.b.folder / "wrong"
    wrong.write_text("not the key\n")
    done = world.b.run("recover", world.drive, "--password-file", wrong, "--yes", "--json", code=12)
    assert done.error["id"] == "key-wrong"
    assert not world.settings.exists()


def test_without_a_terminal_it_wants_to_be_told_yes(world: World) -> None:
    done = world.b.run(*world.arguments, code=2)
    assert "--yes" in done.err
    assert not (world.b.folder / "notes").exists()


def test_a_computer_that_is_set_up_is_not_recovered(world: World) -> None:
    world.b.set_up()
    done = world.b.run(*world.arguments, "--yes", "--json", code=2)
    assert done.error["id"] == "already-set-up"


def test_a_mapping_that_is_none_is_refused(world: World) -> None:
    for bad in ("nothing", "old=/new", "/old=new"):
        world.b.run("recover", world.drive, "--map", bad, "--yes", code=2)


def test_the_lost_computers_key_stays_until_it_is_retired(world: World) -> None:
    done = world.b.run(*world.arguments, "--yes")
    assert "tradekeep backup" in done.out
    assert "tradekeep key" in done.out
    world.b.run("copy", "sync")
    assert host_name()
    found = world.b.run("key", "list", "--json").report["keys"]
    assert isinstance(found, list)
    assert [key["kind"] for key in found].count("device") == 2


def test_a_folder_with_other_things_is_not_taken_for_the_repository(world: World) -> None:
    mine = world.b.home / "repository" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    done = world.b.run(*world.arguments, "--yes", "--json", code=2)
    assert done.error["id"] == "folder-not-empty"
    assert not (world.b.folder / "notes").exists()


def test_a_place_without_a_backup_of_everything_says_what_to_do(world: World) -> None:
    shutil.rmtree(world.drive / "snapshots")
    (world.drive / "snapshots").mkdir()
    done = world.b.run(*world.arguments, "--yes", "--json", code=2)
    assert done.error["id"] == "recover-no-whole"


def test_of_several_computers_one_is_named(tmp_path: Path) -> None:
    world = World(tmp_path)
    folder = world.a.add("notes", {"a.txt": b"first"})
    world.back_up()
    (folder / "a.txt").write_bytes(b"of the laptop, later")
    world.a.run("backup", "--host", "laptop")
    world.lose_a()
    done = world.b.run(*world.arguments, "--yes", "--json", code=2)
    assert done.error["id"] == "recover-which-machine"
    done = world.b.run(*world.arguments, "--machine", "laptop", "--yes")
    assert "tradekeep key retire laptop" in done.out
    assert (world.b.folder / "notes" / "a.txt").read_bytes() == b"of the laptop, later"


def test_an_older_snapshot_comes_back_when_it_is_named(tmp_path: Path) -> None:
    world = World(tmp_path)
    folder = world.a.add("notes", {"a.txt": b"first"})
    world.back_up()
    (folder / "a.txt").write_bytes(b"encrypted by somebody else")
    first = str(snapshots(world.a)[0]["id"])
    world.a.run("backup")
    world.lose_a()
    world.b.run(*world.arguments, "--snapshot", first[:8], "--yes")
    assert (world.b.folder / "notes" / "a.txt").read_bytes() == b"first"


def test_secrets_that_were_put_into_backups_come_back_sealed(tmp_path: Path) -> None:
    world = World(tmp_path)
    with sample_exchange() as place:
        connect(world.a, place, "--secrets-in-backup")
        world.back_up()
        world.lose_a()
        done = world.b.run(*world.arguments, "--yes", "--json")
        assert done.report["accounts"] == []
        assert SECRET not in done.out
        world.b.run("backup")  # which asks the exchange
        for file in world.b.home.rglob("*"):
            assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file


def test_a_repository_that_was_no_copy_yet_becomes_one(tmp_path: Path) -> None:
    """The disk of the lost computer, put into another one."""
    world = World(tmp_path)
    world.a.add("notes", {"a.txt": b"alpha"})
    world.a.run("backup")
    world.lose_a()
    told = ("recover", world.lost / "repository", "--password-file", world.key)
    report = world.b.run(
        *told, "--map", f"{world.a.folder}={world.b.folder}", "--yes", "--json"
    ).report
    name = report["copy"]
    assert isinstance(name, str)
    world.b.run("backup")
    assert len(snapshots(world.b, "-r", name)) == 2


def test_from_a_bucket_with_the_secrets_of_the_environment(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.a.add("notes", {"a.txt": b"alpha"})
    address = f"{s3_server().endpoint}/{BUCKET}/recovery"
    added = ("copy", "add", "s3", address, "--access-key", "AKID", "--name", "B2")
    world.a.run(*added, "--secret-stdin", stdin=PASSWORD.reveal() + "\n")
    world.a.run("backup")
    world.lose_a()
    told = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": PASSWORD.reveal()}
    command = ("recover", f"s3:{address}", "--password-file", world.key)
    to = f"{world.a.folder}={world.b.folder}"
    report = Machine(world.b.folder, told).run(*command, "--map", to, "--yes", "--json").report
    assert (report["copy"], report["copies"]) == ("B2", [])
    assert (world.b.folder / "notes" / "a.txt").read_bytes() == b"alpha"
    world.b.run("backup")  # with what was sealed
    assert len(snapshots(world.b, "-r", "B2")) == 2


def test_two_recoveries_at_once_do_not_meet(world: World) -> None:
    with only_one(Home.find(world.b.environment), "recover", "recover-at-work"):
        done = world.b.run(*world.arguments, "--yes", "--json", code=11)
    assert done.error["id"] == "recover-at-work"
    assert not (world.b.folder / "notes").exists()


def test_a_place_that_cannot_be_written_keeps_nothing_else_away(world: World) -> None:
    file = world.b.folder / "file"
    file.write_text("in the way")
    there = f"{world.a.folder / 'bot'}={file / 'bot'}"
    done = world.b.run(*world.arguments, "--map", there, "--yes", "--json", code=3)
    problems = [e["id"] for e in done.events if e["event"] == "problem"]
    assert problems == ["recover-target"]
    assert file.read_text() == "in the way"
    assert hashes(world.b.folder / "notes") == hashes(world.lost / "notes")


def test_a_person_types_the_key_once_and_says_yes(world: World) -> None:
    command = ("recover", world.drive, "--map", f"{world.a.folder}={world.b.folder}")
    shown = typed(world.b, command, [world.key.read_text().strip(), "y"])
    assert shown.count("Recovery key or password") == 1
    assert shown.index("Restore all this?") < shown.index("Restored 4 files")
    assert world.key.read_text().strip() not in shown
    told: Any = world.b.run("status", "--json").report["repository"]
    assert told["kit"]["proved"], "the paper has just been proved"
    assert hashes(world.b.folder / "notes") == hashes(world.lost / "notes")


def test_a_person_who_says_no_gets_nothing(world: World) -> None:
    shown = typed(world.b, world.arguments, ["n"], code=130)
    assert str(world.b.folder / "notes") in shown
    assert not (world.b.folder / "notes").exists()
