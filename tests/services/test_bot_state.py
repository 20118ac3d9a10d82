"""What a backup records of bots beside their files."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app.bots.capsule import Environment, read_environment
from app.bots.open_trades import What
from app.monitor import Recorder
from app.services import bot_state, sources
from app.services.bot_state import left_out_tables
from app.services.home import Home
from app.services.snapshot_context import context_files
from app.services.sources import add_bot
from app.settings.model import SourceKind, SourceSettings
from tests.bots.support import freqtrade, freqtrade_trades


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "user").mkdir()
    names = {"TRADEKEEP_HOME": str(tmp_path / "own"), "HOME": str(tmp_path / "user")}
    return Home.find(names)


def _told(home: Home, tmp_path: Path, monitor: Recorder) -> Environment:
    with context_files(home.fresh(), monitor, tmp_path / "private") as files:
        (content,) = [each.content for each in files if each.name == "ft.json"]
    found = read_environment(content)
    assert found is not None
    return found


def test_open_trades_are_counted_in_each_snapshot(home: Home, tmp_path: Path) -> None:
    bot = freqtrade(tmp_path / "user" / "ft")
    database = bot / "user_data" / "tradesv3.sqlite"
    database.unlink()
    freqtrade_trades(database)
    add_bot(home, bot)
    monitor = Recorder()
    with closing(sqlite3.connect(database)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("UPDATE trades SET is_open = 1")
        writer.commit()
        (told,) = _told(home, tmp_path, monitor).open
    assert (told.database, told.trades, told.orders) == ("user_data/tradesv3.sqlite", 2, 1)
    assert [each.pair for each in told.records if each.what is What.TRADE] == [
        "BTC/USDT", "ETH/USDT:USDT",
    ]  # fmt: skip
    assert monitor.problems == []
    assert list((tmp_path / "private").iterdir()) == []


def test_a_bot_that_goes_while_it_is_looked_at_does_not_end_the_backup(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = freqtrade(tmp_path / "user" / "ft")
    add_bot(home, bot)
    inner = sources.capsule_of

    def and_gone(*arguments: object) -> object:
        found = inner(*arguments)  # type: ignore[arg-type]
        shutil.rmtree(bot)
        return found

    monkeypatch.setattr(sources, "capsule_of", and_gone)
    with context_files(home.fresh(), Recorder(), tmp_path / "private") as files:
        assert [each.name for each in files] == ["settings.toml"]


def test_a_broken_database_is_a_problem_and_not_no_trades(home: Home, tmp_path: Path) -> None:
    bot = freqtrade(tmp_path / "user" / "ft")
    add_bot(home, bot)
    (bot / "user_data" / "tradesv3.sqlite").write_bytes(b"SQLite format 3\0" + bytes(5000))
    monitor = Recorder()
    assert _told(home, tmp_path, monitor).open == ()
    assert [each.message_id for each in monitor.problems] == ["bot-trades-unreadable"]


def test_a_database_in_memory_is_a_problem_of_each_backup(home: Home, tmp_path: Path) -> None:
    bot = freqtrade(tmp_path / "user" / "ft")
    (bot / "user_data" / "config.json").write_text('{"db_url": "sqlite://"}')
    assert [each.message_id for each in add_bot(home, bot).problems] == ["bot-database-in-memory"]
    monitor = Recorder()
    told = _told(home, tmp_path, monitor)
    assert told.open == (), "a database that says nothing is not one without trades"
    assert [each.message_id for each in monitor.problems] == ["bot-database-in-memory"]


def test_tables_are_left_out_by_patterns_of_their_own(tmp_path: Path) -> None:
    source = SourceSettings(
        name="j",
        kind=SourceKind.BOT,
        path=tmp_path,
        bot="jesse",
        exclude=("*.tmp", "/postgresql/log*", "postgresql/", 'postgresql/x" --x'),
        leave_out=("postgresql/candle", "postgresql/candle/"),
    )
    assert left_out_tables(source) == ("candle", "log*")


def test_what_will_keep_a_database_out_is_said_when_a_bot_is_added(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = "POSTGRES_NAME=db\nPOSTGRES_USERNAME=me\nPOSTGRES_HOST=postgres\n"
    for number, (text, program, expected) in enumerate(
        [
            ("POSTGRES_HOST=postgres\n", "/usr/bin/pg_dump", ["bot-dump-no-address"]),
            (env, None, ["bot-dump-no-program"]),
            (env, "/usr/bin/pg_dump", []),
        ]
    ):
        monkeypatch.setattr(bot_state, "pg_dump_here", lambda program=program: program)
        bot = tmp_path / "user" / f"jesse-{number}"
        (bot / "strategies").mkdir(parents=True)
        (bot / ".env").write_text(text)
        problems = add_bot(home.fresh(), bot).problems
        assert [each.message_id for each in problems] == expected
        assert all("{" not in str(each.sentence) for each in problems)
