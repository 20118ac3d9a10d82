"""A bot's PostgreSQL as a file: with a real server, a writer at work, and all that goes wrong."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.bots import pg_dump, postgres
from app.bots.capsule import read_environment
from app.bots.pg_dump import Address
from app.bots.postgres import Dumped, DumpFailed, address_in, dump
from app.errors import Cancelled
from app.messages import message_ids
from app.monitor import Recorder
from app.secret import Secret
from tests.bots import postgres_server
from tests.bots.postgres_server import DATABASE, PASSWORD, USER, Server
from tests.cli.support import Machine

ENV = "POSTGRES_NAME=jesse_db\nPOSTGRES_USERNAME=jesse_user\nPOSTGRES_PASSWORD=secret\n"
FOUND = postgres_server.programs()
pytestmark = pytest.mark.xdist_group("postgres")  # one server for all of them
needs_server = pytest.mark.skipif(FOUND is None, reason="needs a PostgreSQL server (postgresql)")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    assert FOUND is not None
    with postgres_server.server(FOUND) as running:
        yield running


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    (tmp_path / "jesse").mkdir()
    (tmp_path / "private").mkdir(mode=0o700)
    return tmp_path / "jesse"


def _dumped(
    bot: Path,
    env: str,
    *left_out: str,
    monitor: Recorder | None = None,
    ways: tuple[tuple[str, str], ...] = (),
) -> Dumped:
    (bot / ".env").write_text(env)
    address = address_in(bot, "POSTGRES_")
    assert address is not None
    target = bot.parent / "private" / "jesse.postgresql.sql"
    monitor = monitor or Recorder()
    return dump(address, target, left_out=left_out, bot=bot, monitor=monitor, ways=ways)


def _restored(server: Server, file: Path, name: str) -> None:
    """As the file's own first lines say, into another database."""
    server.sql(f"CREATE DATABASE {name}", "postgres")
    feed = [*server.psql(name), "-1", "-f", file]
    done = subprocess.run(feed, env=server.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


class _Writer(threading.Thread):
    """Writes an order and the trade that it closes, in one transaction each."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server, self.done, self.pairs = server, threading.Event(), 0

    def run(self) -> None:
        writes = subprocess.Popen(
            self.server.psql(), env=self.server.environment, stdin=subprocess.PIPE, text=True
        )
        assert writes.stdin is not None
        with writes:
            while not self.done.is_set():
                self.pairs += 1
                writes.stdin.write(
                    "BEGIN; INSERT INTO \"order\"(symbol, qty) VALUES ('P', 1); "
                    "INSERT INTO closedtrade(symbol, qty) VALUES ('P', 1); COMMIT;\n"
                )
                writes.stdin.flush()
                time.sleep(0.002)


@needs_server
def test_a_dump_is_one_moment_of_a_database_that_is_written_to(server: Server, bot: Path) -> None:
    writer = _Writer(server)
    writer.start()
    try:
        while int(server.sql("SELECT count(*) FROM \"order\" WHERE symbol = 'P'")) < 20:
            assert writer.is_alive()
        told = _dumped(bot, server.env_file())
        before = writer.pairs
        end = time.monotonic() + 30
        while writer.pairs < before + 20:
            assert time.monotonic() < end, "the writer was locked out"
            time.sleep(0.01)
    finally:
        writer.done.set()
        writer.join()
    file = bot.parent / "private" / told.file
    assert file.stat().st_mode & 0o777 == 0o600
    _restored(server, file, "again")
    orders = int(server.sql("SELECT count(*) FROM \"order\" WHERE symbol = 'P'", "again"))
    trades = int(server.sql("SELECT count(*) FROM closedtrade WHERE symbol = 'P'", "again"))
    assert 20 <= orders == trades
    assert server.sql("SELECT count(*), min(close), max(close) FROM candle", "again") == (
        server.sql("SELECT count(*), min(close), max(close) FROM candle")
    )
    assert f"-- {told.restore}".replace("--", "", 1).strip() in file.read_text()[:600]


@needs_server
def test_candles_are_kept_unless_they_are_left_out(server: Server, bot: Path) -> None:
    assert "\t60000\t101\t102\tBTC-USDT" in _text(bot, _dumped(bot, server.env_file()))
    (bot.parent / "private" / "jesse.postgresql.sql").unlink()
    told = _dumped(bot, server.env_file(), "candle")
    text = _text(bot, told)
    assert told.left_out == ("candle",)
    assert "CREATE TABLE public.candle" in text
    assert "60000" not in text
    assert "COPY public.closedtrade" in text


def _text(bot: Path, told: Dumped) -> str:
    return (bot.parent / "private" / told.file).read_text()


@needs_server
def test_the_password_is_in_no_argument_and_no_environment(
    server: Server, bot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = pg_dump.pg_dump_here()
    spy = bot.parent / "spy"
    spy.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" > {bot}/argv\nenv > {bot}/env\n'
        f'ls -l "$PGPASSFILE" > {bot}/mode\nexec {real} "$@"\n'
    )
    spy.chmod(0o755)
    monkeypatch.setattr(postgres, "pg_dump_here", lambda: str(spy))
    _dumped(bot, server.env_file())
    seen = (bot / "argv").read_text() + (bot / "env").read_text()
    assert "--format=plain" in seen and f"PGUSER={USER}" in seen
    assert PASSWORD not in seen and "pass:word" not in seen
    assert (bot / "mode").read_text().startswith("-rw-------")
    assert [each.name for each in (bot.parent / "private").iterdir()] == ["jesse.postgresql.sql"]


@needs_server
@pytest.mark.parametrize(
    ("other", "message_id", "said"),
    [
        ({"PASSWORD": "wrong"}, "bot-dump-wrong-password", USER),
        ({"PASSWORD": ""}, "bot-dump-wrong-password", USER),
        ({"USERNAME": "nobody_here"}, "bot-dump-wrong-password", "nobody_here"),
        ({"NAME": "other_db"}, "bot-dump-no-database", "other_db"),
        ({"PORT": "1"}, "bot-dump-no-server", "127.0.0.1:1"),
        ({"HOST": "nowhere.invalid"}, "bot-dump-no-server", "nowhere.invalid"),
    ],
)
def test_what_goes_wrong_is_a_sentence(
    server: Server, bot: Path, other: dict[str, str], message_id: str, said: str
) -> None:
    with pytest.raises(DumpFailed) as caught:
        _dumped(bot, server.env_file(**other))
    sentence = str(caught.value.sentence)
    assert caught.value.message_id == message_id
    assert said in sentence and PASSWORD not in sentence and "{" not in sentence
    assert list((bot.parent / "private").iterdir()) == []


@needs_server
def test_the_name_of_a_container_means_its_port_on_this_computer(server: Server, bot: Path) -> None:
    told = _dumped(bot, server.env_file(HOST="postgres-of-jesse"))
    assert told.server == f"localhost:{server.port}"
    (bot.parent / "private" / told.file).unlink()
    ways = (("127.0.0.1", "1"), ("127.0.0.1", str(server.port)))
    told = _dumped(bot, server.env_file(HOST="postgres-of-jesse", PORT="5432"), ways=ways)
    assert told.server == f"127.0.0.1:{server.port}"


def test_of_a_container_that_cannot_be_reached_the_last_way_is_named(bot: Path) -> None:
    with pytest.raises(DumpFailed) as caught:
        _dumped(bot, ENV + "POSTGRES_HOST=postgres-of-jesse\nPOSTGRES_PORT=1\n")
    assert caught.value.message_id == "bot-dump-no-server"
    assert "localhost:1" in caught.value.sentence.title
    assert "publish its port" in caught.value.sentence.hint


@needs_server
def test_a_locked_table_can_be_waited_for_no_longer_than_one_likes(
    server: Server, bot: Path
) -> None:
    class Impatient(Recorder):
        def checkpoint(self, while_paused: object = None) -> None:
            raise Cancelled

    holder = subprocess.Popen(
        server.psql(), env=server.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdin is not None and holder.stdout is not None
        holder.stdin.write(b"BEGIN; LOCK TABLE candle; SELECT 'held';\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == b"held\n"
        start = time.monotonic()
        with pytest.raises(Cancelled):
            _dumped(bot, server.env_file(), monitor=Impatient())
        assert time.monotonic() - start < 15
        holder.stdin.close()
    assert list((bot.parent / "private").iterdir()) == []


# --- in a backup -----------------------------------------------------------------------------


@pytest.fixture
def machine(tmp_path: Path, server: Server) -> Machine:
    """A computer with a Jesse as its only source."""
    bot = tmp_path / "jesse"
    (bot / "strategies").mkdir(parents=True)
    (bot / "strategies" / "mine.py").write_text("class Mine: ...")
    (bot / ".env").write_text(server.env_file())
    found = Machine(tmp_path).set_up()
    found.run("source", "add", "bot", bot)
    return found


@needs_server
def test_a_backup_holds_the_database_and_says_how_it_comes_back(
    server: Server, machine: Machine, tmp_path: Path
) -> None:
    first = machine.run("backup", "--json").report
    machine.run("source", "exclude", "jesse", "postgresql/candle")
    machine.run("backup")
    for snapshot in ("latest", str(first["snapshot"]["id"])):  # type: ignore[index]
        machine.run("restore", f"{snapshot}:/.tradekeep", "--target", tmp_path / snapshot[:6])
    whole, without = (tmp_path / name for name in (str(first["snapshot"]["id"])[:6], "latest"))  # type: ignore[index]
    environment = read_environment((whole / "jesse.json").read_bytes())
    assert environment is not None
    (told,) = environment.dumps
    assert (told.file, told.database, told.left_out) == ("jesse.postgresql.sql", DATABASE, ())
    _restored(server, whole / told.file, "from_backup")
    count = "SELECT count(*) FROM candle"
    assert server.sql(count, "from_backup") == server.sql(count) != "0"
    _restored(server, without / told.file, "without")
    assert server.sql(count, "without") == "0"
    told_later = read_environment((without / "jesse.json").read_bytes())
    assert told_later is not None and told_later.dumps[0].left_out == ("candle",)
    assert list((machine.home / "cache" / "temporary").iterdir()) == []


@needs_server
def test_a_database_that_is_down_does_not_stop_the_rest(
    server: Server, machine: Machine, tmp_path: Path
) -> None:
    (tmp_path / "jesse" / ".env").write_text(server.env_file(PORT="1"))
    told = machine.run("backup", "--json", code=3).events
    ids = [each["id"] for each in told if each["event"] == "problem"]
    assert ids == ["bot-dump-no-server"]
    assert "mine.py" in machine.run("find", "mine.py").out


@needs_server
def test_a_backup_that_is_killed_leaves_no_dump_behind(server: Server, machine: Machine) -> None:
    place = machine.home / "cache" / "temporary"
    holder = subprocess.Popen(
        server.psql(), env=server.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder, machine.start("backup") as backup:
        assert holder.stdin is not None and holder.stdout is not None
        holder.stdin.write(b"BEGIN; LOCK TABLE candle; SELECT 'held';\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == b"held\n"
        end = time.monotonic() + 60
        while not list(place.glob("hot-*/*.sql")):
            assert backup.poll() is None and time.monotonic() < end
            time.sleep(0.02)
        backup.kill()
        holder.stdin.close()
    left = list(place.glob("hot-*/*.sql"))
    assert left and left[0].parent.stat().st_mode & 0o077 == 0
    machine.run("backup")
    assert list(place.iterdir()) == []


# --- without a server ------------------------------------------------------------------------


def _stand_in(bot: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = bot.parent / "pg_dump"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(postgres, "pg_dump_here", lambda: str(program))


def test_a_server_that_is_newer_than_pg_dump(bot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "pg_dump: error: aborting because of server version mismatch"
    detail = "pg_dump: detail: server version: 17.2 (Debian); pg_dump version: 15.18"
    _stand_in(bot, monkeypatch, f"echo '{said}' >&2; echo '{detail}' >&2; exit 1")
    with pytest.raises(DumpFailed) as caught:
        _dumped(bot, ENV)
    assert caught.value.message_id == "bot-dump-too-new"
    assert "17.2" in caught.value.sentence.title and "15.18" in caught.value.sentence.title


@pytest.mark.parametrize("script", ["echo 'COPY public.candle'", "echo odd >&2; exit 1", "kill $$"])
def test_half_a_dump_is_none(bot: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    _stand_in(bot, monkeypatch, script)
    with pytest.raises(DumpFailed) as caught:
        _dumped(bot, ENV)
    assert caught.value.message_id == "bot-dump-failed"
    assert list((bot.parent / "private").iterdir()) == []


def test_a_server_that_hangs_is_not_waited_for_without_end(
    bot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stand_in(bot, monkeypatch, "echo --; exec sleep 60")
    monkeypatch.setattr(pg_dump, "_PATIENCE", 0.5)
    start = time.monotonic()
    with pytest.raises(DumpFailed) as caught:
        _dumped(bot, ENV)
    assert caught.value.message_id == "bot-dump-failed"
    assert time.monotonic() - start < 20
    assert list((bot.parent / "private").iterdir()) == []


def test_no_room_for_a_dump(bot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _stand_in(bot, monkeypatch, "yes x")
    monkeypatch.setattr(pg_dump, "_RESERVE", 1 << 62)
    with pytest.raises(DumpFailed) as caught:
        _dumped(bot, ENV)
    assert caught.value.message_id == "bot-dump-unwritable"
    assert "postgresql/candle" in caught.value.sentence.hint
    assert list((bot.parent / "private").iterdir()) == []


def test_no_pg_dump(bot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "pg_dump_here", lambda: None)
    with pytest.raises(DumpFailed) as caught:
        _dumped(bot, ENV)
    assert caught.value.message_id == "bot-dump-no-program"


def test_the_newest_pg_dump_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = pg_dump._version_in
    assert version(Path("/usr/lib/postgresql/17/bin/pg_dump")) == 17
    assert version(Path("/opt/homebrew/opt/postgresql@16/bin/pg_dump")) == 16
    for number in ("9", "15", "17"):
        program = tmp_path / number / "bin" / "pg_dump"
        program.parent.mkdir(parents=True)
        program.touch(0o755)
    (tmp_path / "18" / "bin").mkdir(parents=True)
    monkeypatch.setattr(pg_dump, "_PLACES", (f"{tmp_path}/*/bin",))
    monkeypatch.setattr(pg_dump, "_version_in", lambda path: int(path.parent.parent.name))
    assert pg_dump.pg_dump_here() == str(tmp_path / "17" / "bin" / "pg_dump")


def test_where_a_bots_database_is_comes_from_its_env_file(tmp_path: Path) -> None:
    assert address_in(tmp_path, "POSTGRES_") is None
    (tmp_path / ".env").write_text("POSTGRES_HOST=postgres\n# POSTGRES_NAME=old\n")
    assert address_in(tmp_path, "POSTGRES_") is None
    (tmp_path / ".env").write_text("export POSTGRES_NAME='db' \nPOSTGRES_USERNAME = me # who\n")
    assert address_in(tmp_path, "POSTGRES_") == Address("localhost", "5432", "me", "db", Secret(""))


def test_every_failure_has_a_sentence() -> None:
    assert {known for _sign, known in postgres._KNOWN} <= message_ids()
    assert DATABASE not in os.environ.values()
