"""A trader's files as the tripwire's cases need them, what encrypts them, and ordinary work.

Everything comes from a seed, so that a case that fails can be had again.
"""

from __future__ import annotations

import gzip
import json
import random
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import zstandard

from app.monitor import Recorder
from app.repository.archiver import back_up
from app.repository.backup_model import BackupOptions
from app.repository.repository import Repository
from app.repository.scan import Source
from app.services.tripwire import Finding, judge
from app.services.tripwire_facts import facts_of
from tests.repository.support import cheap_repository

Act = Callable[["World"], None]
_WORDS = (
    "order",
    "filled",
    "at",
    "price",
    "maker",
    "taker",
    "position",
    "closed",
    "grid",
    "funding",
)


class World:
    """Sources in a folder, and a repository that they are backed up into."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.folder = folder
        self.bot, self.data = folder / "bot", folder / "data"
        self.repository: Repository = cheap_repository()
        for each in (self.bot, self.data):
            each.mkdir(parents=True)
        self._make()

    # --- files -------------------------------------------------------------------------------

    def _make(self) -> None:
        for number in range(self.chance.randrange(15, 30)):
            self.write(self.bot / f"strategies/s{number}.py", self.text(900))
        for number in range(self.chance.randrange(8, 16)):
            self.write(self.bot / f"configs/c{number}.json", self.config(number))
        for number in range(10):
            self.write(self.bot / f"logs/bot.log.{number}", self.text(4000))
        self.write(self.bot / "logs/bot.log", self.text(6000))
        for name in ("trades", "orders"):
            self.database(self.bot / f"{name}.sqlite", 300)
        for number in range(self.chance.randrange(6, 12)):
            self.write(self.data / f"candles/p{number}.feather", self.feather(number))
            self.write(self.data / f"charts/p{number}.png", self.png())
            self.write(self.data / f"ticks/p{number}.csv.zst", self.zst())
        self.write(self.data / "exports/2025.csv", self.text(20_000))

    def write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def files(self) -> list[Path]:
        return sorted(each for each in self.folder.rglob("*") if each.is_file())

    def text(self, about: int) -> bytes:
        lines = []
        while sum(map(len, lines)) < about:
            words = self.chance.choices(_WORDS, k=7)
            lines.append(f"2026-11-26 {self.chance.random():.6f} {' '.join(words)}\n")
        return "".join(lines).encode()

    def config(self, number: int) -> bytes:
        return json.dumps({"pair": f"P{number}", "grid": self.chance.random(), "on": True}).encode()

    def database(self, path: Path, rows: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE IF NOT EXISTS t (id INTEGER, price REAL, note TEXT)")
            values = [(n, self.chance.random(), self.chance.choice(_WORDS)) for n in range(rows)]
            database.executemany("INSERT INTO t VALUES (?, ?, ?)", values)
        database.close()

    def zst(self) -> bytes:
        return zstandard.compress(self.text(self.chance.randrange(5_000, 40_000)))

    def feather(self, number: int) -> bytes:
        body = zstandard.compress(self.text(20_000 + number))
        return b"ARROW1\0\0" + bytes(8) + body + b"ARROW1"

    def png(self) -> bytes:
        return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + zlib.compress(self.chance.randbytes(9000))

    # --- backups -----------------------------------------------------------------------------

    def backup(self) -> bytes:
        """Back up; the snapshot's tree."""
        sources = [Source(each.name, each) for each in (self.bot, self.data) if each.exists()]
        report = back_up(
            self.repository,
            sources,
            temporary=self.folder.parent,
            monitor=Recorder(),
            options=BackupOptions(workers=0),
        )
        return report.snapshot.tree

    def judged(self, before: bytes, after: bytes) -> Finding | None:
        monitor = Recorder()
        facts = facts_of(self.repository, before, after, monitor)
        assert monitor.problems == []
        return judge(facts)


# --- programs that encrypt -----------------------------------------------------------------------


def _sealed(world: World, path: Path, every: int = 1) -> bytes:
    """Every so many blocks of 4 KiB are replaced, from the first one on."""
    content = path.read_bytes()
    blocks = [content[at : at + 4096] for at in range(0, len(content), 4096)]
    for at in range(0, len(blocks), every):
        blocks[at] = world.chance.randbytes(len(blocks[at]))
    return b"".join(blocks)


def in_place(world: World) -> None:
    for path in world.files():
        path.write_bytes(_sealed(world, path))


def with_ending(world: World) -> None:
    ending = world.chance.choice((".locked", ".lockbit", ".enc", ".crypt7"))
    for path in world.files():
        content = _sealed(world, path)
        path.unlink()
        path.with_name(path.name + ending).write_bytes(content)


def intermittent(world: World) -> None:
    every = world.chance.randrange(2, 9)
    for path in world.files():
        path.write_bytes(_sealed(world, path, every))


def only_databases(world: World) -> None:
    for path in sorted(world.bot.glob("*.sqlite")):
        path.write_bytes(_sealed(world, path, world.chance.choice((1, 4))))


def first_page_of_a_database(world: World) -> None:
    """The quick ones stop after 4 KiB: the rest cannot be read without them."""
    world.database(world.bot / "trades.sqlite", world.chance.choice((300, 20_000)))
    content = (world.bot / "trades.sqlite").read_bytes()
    (world.bot / "trades.sqlite").write_bytes(world.chance.randbytes(4096) + content[4096:])


def with_note(world: World) -> None:
    """Few files, and a note in each folder."""
    for path in world.chance.sample(world.files(), 3):
        path.write_bytes(_sealed(world, path))
    name = world.chance.choice(
        ("README_TO_DECRYPT.txt", "HOW_TO_RECOVER_FILES.html", "!!!RESTORE-MY-FILES!!!.txt")
    )
    for folder in {path.parent for path in world.files()}:
        world.write(folder / name, b"Pay 1 BTC.")


def new_names(world: World) -> None:
    for path in world.files():
        content = _sealed(world, path)
        path.unlink()
        world.write(path.with_name(world.chance.randbytes(8).hex()), content)


def by_a_script(world: World) -> None:
    """Fernet's text, as a script in Python would write it."""
    import base64

    for path in world.files():
        sealed = b"gAAAAA" + base64.urlsafe_b64encode(_sealed(world, path))
        path.write_bytes(sealed)


def hidden_in_work(world: World) -> None:
    """While an update of 500 files goes on, eight configurations are encrypted."""
    bot_update(world)
    for path in sorted((world.bot / "configs").iterdir())[:8]:
        path.write_bytes(world.chance.randbytes(300))


def slowly(world: World) -> None:
    """One step of a slow one: 5 % of all files."""
    left = [path for path in world.files() if path.suffix != ".done"]
    for path in world.chance.sample(left, max(2, len(left) // 20)):
        path.write_bytes(_sealed(world, path))


ATTACKS: tuple[Act, ...] = (
    in_place, with_ending, intermittent, only_databases, first_page_of_a_database, with_note,
    new_names, by_a_script, hidden_in_work,
)  # fmt: skip


# --- ordinary work -------------------------------------------------------------------------------


def bot_update(world: World) -> None:
    for number in range(500):
        world.write(world.bot / f"lib/m{number % 20}/f{number}.py", world.text(600))
        if number % 9 == 0:
            world.write(world.bot / f"lib/c{number}.pyc", b"\xcb\r\r\n" + world.text(500))
    for path in sorted((world.bot / "strategies").iterdir()):
        path.write_bytes(world.text(950))


def candle_download(world: World) -> None:
    for number in range(60):
        world.write(world.data / f"candles/p{number}.feather", world.feather(number + 7))


def git_checkout(world: World) -> None:
    for path in sorted((world.bot / "strategies").iterdir())[::2]:
        path.unlink()
    for number in range(40):
        world.write(world.bot / f"strategies/n{number}.py", world.text(700))
        world.write(world.bot / f".git/objects/{number:02x}/{number:038x}", zlib.compress(
            world.text(400)))  # fmt: skip
    for folder in ("a", "b", "c", "d"):
        world.write(world.bot / folder / "README.md", world.text(300))
    for path in sorted((world.data / "charts").iterdir()):
        path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64)


def log_rotation(world: World) -> None:
    logs = world.bot / "logs"
    for number in range(9, 0, -1):
        (logs / f"bot.log.{number - 1}").rename(logs / f"bot.log.{number}")
    (logs / "bot.log").rename(logs / "bot.log.0")
    for number in range(3, 10):
        plain = logs / f"bot.log.{number}"
        world.write(logs / f"bot.log.{number}.gz", gzip.compress(plain.read_bytes()))
        plain.unlink()
    world.write(logs / "bot.log", world.text(500))


def folder_renamed(world: World) -> None:
    (world.data / "candles").rename(world.data / "candles-2025")
    (world.bot / "strategies").rename(world.bot / "old strategies")


def new_source(world: World) -> None:
    for number in range(300):
        world.write(world.data / f"new/x{number}.bin", world.chance.randbytes(2000))


def emptied(world: World) -> None:
    shutil.rmtree(world.data)
    world.data.mkdir()
    world.write(world.data / "note.txt", b"moved to the server")


def rewritten(world: World) -> None:
    """Tables and archives written anew; databases go on."""
    for number, path in enumerate(sorted((world.data / "candles").iterdir())):
        path.write_bytes(world.feather(number + 100))
    for number in range(8):
        world.write(world.data / f"candles/q{number}.parquet", b"PAR1" + world.zst() + b"PAR1")
    for path in sorted((world.data / "ticks").iterdir()):
        path.write_bytes(world.zst())
    with zipfile.ZipFile(world.data / "backtest.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("r.json", world.text(30_000))
    for path in sorted(world.bot.glob("*.sqlite")):
        world.database(path, 2000)


def json_reformatted(world: World) -> None:
    for path in sorted((world.bot / "configs").iterdir()):
        path.write_text(json.dumps(json.loads(path.read_bytes()), indent=4))


def year_of_logs_deleted(world: World) -> None:
    for path in sorted((world.bot / "logs").glob("bot.log.*")):
        path.unlink()
    (world.data / "exports/2025.csv").unlink()


def texts_compressed(world: World) -> None:
    for path in (*sorted((world.bot / "logs").iterdir()), world.data / "exports/2025.csv"):
        world.write(path.with_name(path.name + ".zst"), zstandard.compress(path.read_bytes()))
        path.unlink()


def models_trained(world: World) -> None:
    for number in range(12):
        weights = b"".join(world.chance.randbytes(3) + b"\x3d" for _ in range(4000))
        world.write(world.bot / f"models/w{number}.onnx", b"\x08\x07" + weights)


def mixed(world: World) -> None:
    """Three kinds at once, of those that leave each other's files where they are."""
    apart = (bot_update, candle_download, git_checkout, log_rotation, new_source, rewritten,
             json_reformatted, models_trained)  # fmt: skip
    for act in world.chance.sample(apart, 3):
        act(world)


ORDINARY: tuple[Act, ...] = (
    bot_update, candle_download, git_checkout, log_rotation, folder_renamed, new_source, emptied,
    rewritten, json_reformatted, year_of_logs_deleted, texts_compressed, models_trained, mixed,
)  # fmt: skip
